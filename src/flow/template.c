/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: reading their definition, and records by them. */
#include <string.h>

#include "base/memory.h"
#include "flow/template.h"

/* What each information element means to us. */
static const struct {
	uint16_t element;
	uint8_t value;
} elements[] = {
    {1, VALUE_BYTES},          {2, VALUE_PACKETS},
    {4, VALUE_PROTO},          {6, VALUE_TCP_FLAGS},
    {7, VALUE_SPORT},          {8, VALUE_SRC_V4},
    {10, VALUE_IN_IF},         {11, VALUE_DPORT},
    {12, VALUE_DST_V4},        {14, VALUE_OUT_IF},
    {21, VALUE_END_UPTIME},    {22, VALUE_START_UPTIME},
    {23, VALUE_BYTES},         {24, VALUE_PACKETS},
    {27, VALUE_SRC_V6},        {28, VALUE_DST_V6},
    {32, VALUE_ICMP},          {34, VALUE_SAMPLING},
    {48, VALUE_SAMPLER},       {50, VALUE_SAMPLING},
    {61, VALUE_DIRECTION},     {85, VALUE_BYTES},
    {86, VALUE_PACKETS},       {139, VALUE_ICMP},
    {150, VALUE_START_S},      {151, VALUE_END_S},
    {152, VALUE_START_MS},     {153, VALUE_END_MS},
    {154, VALUE_START_NTP},    {155, VALUE_END_NTP},
    {156, VALUE_START_NTP},    {157, VALUE_END_NTP},
    {158, VALUE_START_DELTA},  {159, VALUE_END_DELTA},
    {160, VALUE_INIT_MS},      {176, VALUE_ICMP_TYPE},
    {177, VALUE_ICMP_CODE},    {178, VALUE_ICMP_TYPE},
    {179, VALUE_ICMP_CODE},    {225, VALUE_OUTSIDE_V4},
    {227, VALUE_OUTSIDE_PORT}, {230, VALUE_NAT_EVENT},
    {234, VALUE_VRF},          {281, VALUE_OUTSIDE_V6},
    {302, VALUE_SAMPLER},      {305, VALUE_SAMPLED},
    {306, VALUE_SAMPLE_SPACE}, {309, VALUE_SAMPLE_SIZE},
    {310, VALUE_POPULATION},   {322, VALUE_OBSERVED_S},
    {323, VALUE_OBSERVED_MS},  {324, VALUE_OBSERVED_NTP},
    {325, VALUE_OBSERVED_NTP}, {361, VALUE_PORT_FIRST},
    {362, VALUE_PORT_LAST},    {363, VALUE_PORT_STEP},
    {364, VALUE_PORT_COUNT},   {463, VALUE_NAT_INSTANCE},
    {464, VALUE_REALM},
};

static uint8_t
value_of(uint16_t element)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (elements[i].element == element)
			return elements[i].value;
	return VALUE_SKIP;
}

/* A field whose width can't hold its meaning is skipped, not guessed at. */
static uint8_t
fitting(uint8_t value, uint16_t width)
{
	switch (value) {
	case VALUE_SRC_V4:
	case VALUE_DST_V4:
	case VALUE_OUTSIDE_V4:
		return width == 4 ? value : VALUE_SKIP;
	case VALUE_SRC_V6:
	case VALUE_DST_V6:
	case VALUE_OUTSIDE_V6:
		return width == 16 ? value : VALUE_SKIP;
	case VALUE_START_NTP:
	case VALUE_END_NTP:
	case VALUE_OBSERVED_NTP:
		return width == 8 ? value : VALUE_SKIP;
	default:
		return width >= 1 && width <= 8 ? value : VALUE_SKIP;
	}
}

/*
 * Where a template names two elements of one meaning (what came in and what
 * went out again, deltas and totals), the first of them that is a delta of
 * what came in counts, else the first.
 */
static bool
outranks(uint16_t element)
{
	return element == 1 || element == 2;
}

static void
drop_earlier(struct template *template, unsigned before, uint8_t value)
{
	for (unsigned i = 0; i < before; i++)
		if (template->fields[i].value == value)
			template->fields[i].value = VALUE_SKIP;
}

static bool
is_nat_value(uint8_t value)
{
	return (value >= VALUE_NAT_NUMBERS && value < VALUE_NUMBERS) ||
	       value >= VALUE_NAT_ADDRS;
}

/* Flow records say translated addresses too; nobody asks for them there, and
 * copying them would cost each record. */
static void
drop_nat_values(struct template *template)
{
	if (template_is_nat(template))
		return;
	for (unsigned i = 0; i < template->field_count; i++) {
		struct template_field *field = &template->fields[i];

		if (!is_nat_value(field->value))
			continue;
		template->present &= ~(UINT64_C(1) << field->value);
		field->value = VALUE_SKIP;
	}
}

/* Its fields are known: the width of a record, and where in it each stands. */
static int
settle(const struct cursor *cursor, uint32_t width, struct template *template)
{
	uint16_t offset = 0;

	/* A record of no bytes would never end its set. */
	if (cursor->failed || width == 0 || width > UINT16_MAX)
		return LZ_E_FORMAT;
	template->width = (uint16_t)width;
	drop_nat_values(template);
	for (unsigned i = 0; !template->variable && i < template->field_count;
	     i++) {
		template->fields[i].offset = offset;
		offset = (uint16_t)(offset + template->fields[i].width);
	}
	return 0;
}

static int
read_fields(struct cursor *cursor, bool v9, unsigned count, unsigned scopes,
	    struct template *template)
{
	uint32_t width = 0;

	for (unsigned i = 0; i < count; i++) {
		struct template_field *field = &template->fields[i];
		uint16_t element = cursor_u16(cursor);
		bool foreign = !v9 && (element & 0x8000);
		uint8_t value;

		field->width = cursor_u16(cursor);
		if (foreign)
			cursor_skip(cursor, 4);
		/* v9 scopes are numbered by themselves. */
		value = foreign || (v9 && i < scopes) ? VALUE_SKIP
						      : value_of(element);
		field->value = fitting(value, field->width);
		/* Said in v9 too by some; no datagram has a field so wide. */
		if (field->width == TEMPLATE_VARIABLE) {
			template->variable = true;
			width += 1;
		} else {
			width += field->width;
		}
		if (field->value == VALUE_SKIP)
			continue;
		if (template->present >> field->value & 1) {
			if (!outranks(element)) {
				field->value = VALUE_SKIP;
				continue;
			}
			drop_earlier(template, i, field->value);
		}
		template->present |= UINT64_C(1) << field->value;
	}
	return settle(cursor, width, template);
}

int
template_read(struct cursor *cursor, bool v9, bool options, bool *withdrawn,
	      struct template **made)
{
	unsigned count = cursor_u16(cursor), scopes = 0;
	struct template *template;
	int error;

	*withdrawn = !v9 && count == 0;
	*made = NULL;
	if (*withdrawn)
		return cursor->failed ? LZ_E_FORMAT : 0;
	if (options && v9) {
		unsigned scope_bytes = count;
		unsigned option_bytes = cursor_u16(cursor);

		if (scope_bytes % 4 != 0 || option_bytes % 4 != 0)
			return LZ_E_FORMAT;
		scopes = scope_bytes / 4;
		count = scopes + option_bytes / 4;
	} else if (options) {
		scopes = cursor_u16(cursor);
		if (scopes == 0 || scopes > count)
			return LZ_E_FORMAT;
	}
	if (cursor->failed || count == 0 || count > TEMPLATE_FIELDS_MAX ||
	    count * 4u > cursor_left(cursor))
		return LZ_E_FORMAT;
	template = memory_new(1, sizeof(*template) +
				     count * sizeof(template->fields[0]));
	if (!template)
		return LZ_E_MEMORY;
	template->options = options;
	template->field_count = (uint16_t)count;
	error = read_fields(cursor, v9, count, scopes, template);
	if (error) {
		memory_free(template);
		return error;
	}
	*made = template;
	return 0;
}

#define SAVED_OPTIONS 1
#define SAVED_VARIABLE 2
/*
 * Values as stored, whatever stands between them here: the first numbers as
 * they are, addresses from 32, what only translators say from 64.
 */
#define SAVED_ADDRS 32
#define SAVED_NAT 64

static uint8_t
saved_value(uint8_t value)
{
	if (value < VALUE_NAT_NUMBERS)
		return value;
	if (value < VALUE_NUMBERS)
		return (uint8_t)(value - VALUE_NAT_NUMBERS + SAVED_NAT);
	return (uint8_t)(value - VALUE_NUMBERS + SAVED_ADDRS);
}

/* VALUE_COUNT: no value is stored so. */
static uint8_t
loaded_value(uint8_t saved)
{
	if (saved < VALUE_NAT_NUMBERS)
		return saved;
	if (saved >= SAVED_ADDRS &&
	    saved < SAVED_ADDRS + VALUE_COUNT - VALUE_NUMBERS)
		return (uint8_t)(saved - SAVED_ADDRS + VALUE_NUMBERS);
	if (saved >= SAVED_NAT &&
	    saved < SAVED_NAT + VALUE_NUMBERS - VALUE_NAT_NUMBERS)
		return (uint8_t)(saved - SAVED_NAT + VALUE_NAT_NUMBERS);
	return VALUE_COUNT;
}

_Static_assert(VALUE_NAT_NUMBERS == 32, "what is stored was numbered so");
_Static_assert(VALUE_COUNT <= 64, "one bit each in `present`");

void
template_save(struct writer *writer, const struct template *template)
{
	writer_u16(writer, (uint16_t) template->id);
	writer_u8(writer, (uint8_t)((template->options ? SAVED_OPTIONS : 0) |
				    (template->variable ? SAVED_VARIABLE : 0)));
	writer_u16(writer, template->field_count);
	for (unsigned i = 0; i < template->field_count; i++) {
		writer_u16(writer, template->fields[i].width);
		writer_u8(writer, saved_value(template->fields[i].value));
	}
}

static int
load_fields(struct cursor *cursor, struct template *template)
{
	uint32_t width = 0;

	for (unsigned i = 0; i < template->field_count; i++) {
		struct template_field *field = &template->fields[i];
		const bool variable = template->variable;

		field->width = cursor_u16(cursor);
		field->value = loaded_value(cursor_u8(cursor));
		width += variable && field->width == TEMPLATE_VARIABLE
			     ? 1
			     : field->width;
		if (field->value == VALUE_SKIP)
			continue;
		if (field->value >= VALUE_COUNT ||
		    fitting(field->value, field->width) != field->value ||
		    template->present >> field->value & 1)
			return LZ_E_FORMAT;
		template->present |= UINT64_C(1) << field->value;
	}
	return settle(cursor, width, template);
}

int
template_load(struct cursor *cursor, struct template **made)
{
	const uint16_t id = cursor_u16(cursor);
	const uint8_t flags = cursor_u8(cursor);
	const unsigned count = cursor_u16(cursor);
	struct template *template;
	int error;

	*made = NULL;
	if (cursor->failed || id < 256 ||
	    flags > (SAVED_OPTIONS | SAVED_VARIABLE) || count == 0 ||
	    count > TEMPLATE_FIELDS_MAX)
		return LZ_E_FORMAT;
	template = memory_new(1, sizeof(*template) +
				     count * sizeof(template->fields[0]));
	if (!template)
		return LZ_E_MEMORY;
	template->id = id;
	template->options = flags &SAVED_OPTIONS;
	template->variable = flags &SAVED_VARIABLE;
	template->field_count = (uint16_t)count;
	error = load_fields(cursor, template);
	if (error) {
		memory_free(template);
		return error;
	}
	*made = template;
	return 0;
}

/* The width of a variable field in this record (RFC 7011 section 7). */
static size_t
variable_width(struct cursor *set)
{
	size_t width = cursor_u8(set);

	return width == 255 ? cursor_u16(set) : width;
}

static uint64_t
number_at(const uint8_t *at, unsigned width)
{
	uint64_t number = 0;

	switch (width) {
	case 1:
		return at[0];
	case 2:
		return (uint64_t)at[0] << 8 | at[1];
	case 4:
		return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 |
		       (uint64_t)at[2] << 8 | at[3];
	case 8:
		return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 |
		       (uint64_t)at[2] << 40 | (uint64_t)at[3] << 32 |
		       (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
		       (uint64_t)at[6] << 8 | at[7];
	default:
		for (unsigned i = 0; i < width; i++)
			number = number << 8 | at[i];
		return number;
	}
}

/* Every offset was checked with the template: one look at the end is enough. */
static bool
fixed_values(const struct template *template, struct cursor *set,
	     struct template_values *values)
{
	const uint8_t *record = cursor_take(set, template->width);

	if (!record)
		return false;
	for (unsigned i = 0; i < template->field_count; i++) {
		const struct template_field *field = &template->fields[i];
		const uint8_t *at = record + field->offset;

		if (field->value == VALUE_SKIP)
			continue;
		if (field->value < VALUE_NUMBERS)
			values->numbers[field->value] = number_at(at,
								  field->width);
		else
			values->addrs[field->value - VALUE_NUMBERS] = at;
	}
	return true;
}

static bool
variable_values(const struct template *template, struct cursor *set,
		struct template_values *values)
{
	for (unsigned i = 0; i < template->field_count; i++) {
		const struct template_field *field = &template->fields[i];
		size_t width = field->width;

		if (width == TEMPLATE_VARIABLE)
			width = variable_width(set);
		if (field->value == VALUE_SKIP)
			cursor_skip(set, width);
		else if (field->value < VALUE_NUMBERS)
			values->numbers[field->value] = cursor_uint(set, width);
		else
			values->addrs[field->value - VALUE_NUMBERS] =
			    cursor_take(set, width);
	}
	return !set->failed;
}

bool
template_values(const struct template *template, struct cursor *set,
		struct template_values *values)
{
	values->present = template->present;
	return template->variable ? variable_values(template, set, values)
				  : fixed_values(template, set, values);
}
