/* SPDX-License-Identifier: Apache-2.0 */
/* radacct rows; columns and lines are lease/table.h's business. */
#include "lease/radacct.h"

#include <string.h>

#include "base/memory.h"
#include "lease/accounting_word.h"
#include "lease/holder.h"
#include "lease/table.h"
#include "radius/numbers.h"

#define STAMP_SIZE 48
#define HALF_DAY_US (12 * TIMES_HOUR_US)
#define HALF_DAYS_OFF_MAX 3
#define UNREADABLE_MAX 3

enum column {
	SESSION_ID,
	UNIQUE_ID,
	USER,
	NAS,
	START,
	UPDATE,
	STOP,
	SESSION_TIME,
	CALLING,
	CAUSE,
	ADDRESS,
	ADDRESS6,
	PREFIX,
	DELEGATED,
	CLASS,
	COLUMN_COUNT
};

enum form { FORM_UNKNOWN = 0, FORM_ZONE, FORM_NAIVE };

struct radacct {
	struct table table;
	struct accounting_conf conf;
	bool zone_told;
	int32_t zone_s;
	/* Learned from the rows. */
	enum form form;
	unsigned half_days_off, unreadable; /* rows running */
	const char *stopped;
	/* Of the chunk at hand. */
	const struct lease_chunk *chunk;
	const struct lease_output *output;
	uint64_t offset;
};

/* Of one row; unset where not told. */
struct row_times {
	struct at_event start, update, stop;
};

static const struct table_column columns[COLUMN_COUNT] = {
    [SESSION_ID] = {{"acctsessionid"}},
    [UNIQUE_ID] = {{"acctuniqueid"}},
    [USER] = {{"username"}},
    [NAS] = {{"nasipaddress"}},
    [START] = {{"acctstarttime"}},
    [UPDATE] = {{"acctupdatetime"}},
    [STOP] = {{"acctstoptime"}},
    [SESSION_TIME] = {{"acctsessiontime"}},
    [CALLING] = {{"callingstationid"}},
    [CAUSE] = {{"acctterminatecause"}},
    [ADDRESS] = {{"framedipaddress"}},
    [ADDRESS6] = {{"framedipv6address"}},
    [PREFIX] = {{"framedipv6prefix"}},
    [DELEGATED] = {{"delegatedipv6prefix"}},
    [CLASS] = {{"class"}},
};

struct radacct *
radacct_new(const struct accounting_conf *conf, bool zone_told, int32_t zone_s)
{
	struct radacct *radacct = memory_new(1, sizeof(*radacct));

	if (!radacct)
		return NULL;
	table_init(&radacct->table, columns, COLUMN_COUNT);
	radacct->conf = *conf;
	radacct->zone_told = zone_told;
	radacct->zone_s = zone_s;
	return radacct;
}

void
radacct_free(struct radacct *radacct)
{
	memory_free(radacct);
}

const char *
radacct_stopped(const struct radacct *radacct)
{
	return radacct->stopped;
}

void
radacct_begin(struct radacct *radacct)
{
	radacct->form = FORM_UNKNOWN;
	radacct->half_days_off = 0;
	radacct->unreadable = 0;
	radacct->stopped = NULL;
}

static void
refuse(const struct radacct *radacct, const char *reason)
{
	if (radacct->output->refused)
		radacct->output->refused(radacct->output->context,
					 radacct->offset, reason);
}

static struct slice
told(struct slice field)
{
	if (slice_equal(field, "NULL") || slice_equal(field, "\\N"))
		field.length = 0;
	return field;
}

static struct slice
field(const struct radacct *radacct, enum column column)
{
	return told(table_field(&radacct->table, column));
}

/* With its blanks: a name that ends in one is another name. */
static struct slice
exact_field(const struct radacct *radacct, enum column column)
{
	const struct table *table = &radacct->table;
	struct slice none = {"", 0};

	if (table->at[column] < 0 ||
	    (size_t)table->at[column] >= table->row.field_count)
		return none;
	return told(table->row.fields[table->at[column]]);
}

/*
 * The zone at the end of a time, as RFC 3339 wants it: "+00" gets minutes.
 * What form it is; FORM_UNKNOWN: a date alone, or no time at all.
 */
static enum form
complete(struct slice from, char stamp[STAMP_SIZE])
{
	struct text text;
	size_t digits = 0;
	char mark;

	text_init(&text, stamp, STAMP_SIZE);
	text_slice(&text, from);
	if (text.full || from.length < 19)
		return FORM_UNKNOWN;
	while (digits < from.length &&
	       from.at[from.length - 1 - digits] >= '0' &&
	       from.at[from.length - 1 - digits] <= '9')
		digits++;
	if (digits == from.length)
		return FORM_UNKNOWN;
	mark = from.at[from.length - 1 - digits];
	if (mark == 'Z' || mark == 'z')
		return FORM_ZONE;
	if (mark == '+' || mark == '-') {
		text_add(&text, ":00");
		return FORM_ZONE;
	}
	/* "+05:30", or what ends in ":00" or ".25" */
	mark = from.at[from.length - 6];
	if (digits == 2 && (mark == '+' || mark == '-') && from.length > 19)
		return FORM_ZONE;
	text_char(&text, 'Z');
	return FORM_NAIVE;
}

/* Why not, or NULL; a field that tells nothing leaves the time unset. */
static const char *
read_time(struct radacct *radacct, enum column column, struct at_event *time)
{
	struct slice from = field(radacct, column);
	char stamp[STAMP_SIZE];
	enum form form;

	*time = times_unset();
	/* MySQL's way to say never. */
	if (from.length == 0 || slice_equal(from, "0000-00-00 00:00:00"))
		return NULL;
	form = complete(from, stamp);
	if (form == FORM_UNKNOWN ||
	    times_parse(slice_of(stamp), &time->us) != 0) {
		if (++radacct->unreadable == UNREADABLE_MAX)
			radacct->stopped = "times can't be read";
		return "time";
	}
	radacct->unreadable = 0;
	if (form == FORM_NAIVE && !radacct->zone_told)
		return "time_without_zone";
	if (radacct->form == FORM_UNKNOWN)
		radacct->form = form;
	if (form != radacct->form) {
		radacct->stopped = "times have changed their form";
		return "time_form";
	}
	if (form == FORM_NAIVE)
		time->us -= radacct->zone_s * TIMES_SECOND_US;
	return NULL;
}

/* Does a closed row last as long as it says?  Why not, or NULL. */
static const char *
check_length(struct radacct *radacct, const struct row_times *times)
{
	struct slice from = field(radacct, SESSION_TIME);
	uint64_t lasted;
	int64_t off;

	if (!times_is_set(times->start) || !times_is_set(times->stop))
		return NULL;
	if (from.length == 0 || slice_u64(from, UINT32_MAX, &lasted) != 0)
		return times->stop.us < times->start.us ? "time" : NULL;
	off = times->stop.us - times->start.us -
	      (int64_t)lasted * TIMES_SECOND_US;
	if (off < 0)
		off = -off;
	if (off > HALF_DAY_US - TIMES_MINUTE_US &&
	    off < HALF_DAY_US + TIMES_MINUTE_US) {
		if (++radacct->half_days_off == HALF_DAYS_OFF_MAX)
			radacct->stopped = "times are twelve hours off";
		return "session_time";
	}
	radacct->half_days_off = 0;
	return times->stop.us < times->start.us ? "time" : NULL;
}

static const char *
read_times(struct radacct *radacct, struct row_times *times)
{
	const char *reason = read_time(radacct, START, &times->start);

	if (!reason)
		reason = read_time(radacct, UPDATE, &times->update);
	if (!reason)
		reason = read_time(radacct, STOP, &times->stop);
	if (!reason)
		reason = check_length(radacct, times);
	if (!reason && !times_is_set(times->start) &&
	    !times_is_set(times->update) && !times_is_set(times->stop))
		reason = "no_time";
	return reason;
}

/* "192.0.2.1" or PostgreSQL's "192.0.2.1/32". */
static int
read_address(struct slice from, struct addr *addr)
{
	struct slice rest = from;
	struct slice head = slice_split(&rest, '/');
	int error = addr_parse(head, addr);

	if (!error && rest.at &&
	    !slice_equal(rest, addr_is_v4(addr) ? "32" : "128"))
		error = LZ_E_FORMAT;
	return error;
}

/*
 * An address or prefix field, as the attribute that it came from: the same
 * rules of what can be a customer's then hold.
 */
static void
add_subject(struct accounting_word *word, const struct radacct *radacct,
	    enum column column, uint8_t type,
	    const struct accounting_place *place)
{
	struct slice from = field(radacct, column), rest = from;
	bool is_prefix = column == PREFIX || column == DELEGATED;
	struct radius_attribute attribute = {.type = type};
	uint8_t octets[18] = {0};
	uint64_t length = 0;
	struct addr addr;
	int error;

	if (from.length == 0)
		return;
	if (is_prefix) {
		error = addr_parse(slice_split(&rest, '/'), &addr);
		if (!error)
			error = rest.at ? slice_u64(rest, 128, &length)
					: LZ_E_FORMAT;
	} else {
		error = read_address(from, &addr);
	}
	if (error || addr_is_v4(&addr) != (column == ADDRESS)) {
		refuse(radacct, column == PREFIX      ? "framed_prefix"
				: column == DELEGATED ? "delegated_prefix"
						      : "framed_address");
		return;
	}
	octets[1] = (uint8_t)length;
	memcpy(octets + 2, addr.bytes, 16);
	attribute.value = is_prefix           ? octets
			  : addr_is_v4(&addr) ? octets + 2 + 12
					      : octets + 2;
	attribute.length = is_prefix           ? sizeof(octets)
			   : addr_is_v4(&addr) ? 4
					       : 16;
	accounting_word_add(word, &attribute, place);
}

static void
add_subjects(struct radacct *radacct, struct lease_event *event)
{
	const struct accounting_place place = {.conf = &radacct->conf,
					       .output = radacct->output,
					       .offset = radacct->offset};
	struct accounting_word word;

	accounting_word_init(&word);
	add_subject(&word, radacct, ADDRESS, RADIUS_FRAMED_IP_ADDRESS, &place);
	add_subject(&word, radacct, ADDRESS6, RADIUS_FRAMED_IPV6_ADDRESS,
		    &place);
	add_subject(&word, radacct, PREFIX, RADIUS_FRAMED_IPV6_PREFIX, &place);
	add_subject(&word, radacct, DELEGATED, RADIUS_DELEGATED_IPV6_PREFIX,
		    &place);
	memcpy(event->subjects, word.subjects,
	       word.subject_count * sizeof(word.subjects[0]));
	event->subject_count = word.subject_count;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* FreeRADIUS writes the octets of Class as "0x616263". */
static bool
name_class(char label[PARTY_LABEL_SIZE], struct slice value)
{
	char octets[PARTY_LABEL_SIZE];
	size_t length = 0;

	if (value.length < 4 || value.length % 2 || value.at[0] != '0' ||
	    value.at[1] != 'x')
		return holder_octets(label, "class", value);
	for (size_t i = 2; i < value.length; i += 2) {
		int high = nibble(value.at[i]), low = nibble(value.at[i + 1]);

		if (high < 0 || low < 0)
			return holder_octets(label, "class", value);
		if (length == sizeof(octets))
			return false;
		octets[length++] = (char)(high << 4 | low);
	}
	return holder_octets(label, "class", (struct slice){octets, length});
}

static bool
name_holder(const struct radacct *radacct, uint8_t by,
	    char label[PARTY_LABEL_SIZE])
{
	struct slice value = exact_field(radacct, by == ACCOUNTING_CLASS ? CLASS
						  : by == ACCOUNTING_USER
						      ? USER
						      : CALLING);
	bool named;

	if (by > ACCOUNTING_CALLING || value.length == 0)
		return false;
	named = by == ACCOUNTING_CLASS ? name_class(label, value)
		: by == ACCOUNTING_USER
		    ? holder_text(label, "user", value)
		    : holder_mac(label, value, true) ||
			  holder_text(label, "calling", value);
	if (!named)
		refuse(radacct, "holder_long");
	return named;
}

static void
name_speaker(const struct radacct *radacct, struct lease_event *event)
{
	struct slice from = field(radacct, NAS);
	struct addr addr;
	struct text text;

	text_init(&text, event->speaker, sizeof(event->speaker));
	if (read_address(from, &addr) == 0)
		addr_format(&text, &addr);
	else
		text_slice(&text, from);
	if (text.full) {
		refuse(radacct, "nas_identifier");
		event->speaker[0] = '\0';
	}
}

/* Session and holder; why not, or NULL. */
static const char *
name_session(const struct radacct *radacct, struct lease_event *event)
{
	struct slice id = exact_field(radacct, UNIQUE_ID);

	if (id.length == 0)
		id = exact_field(radacct, SESSION_ID);
	if (id.length == 0)
		return "no_session_id";
	if (!text_copy(event->session, sizeof(event->session), id))
		return "session_id";
	for (size_t i = 0; i < radacct->conf.holder_count; i++)
		if (name_holder(radacct, radacct->conf.holders[i],
				event->holder)) {
			if (i > 0)
				event->marks |= LEASE_HOLDER_LESSER;
			break;
		}
	return NULL;
}

static void
send(const struct radacct *radacct, const struct lease_event *event)
{
	radacct->output->sink(radacct->output->context, event);
}

/* A time that is still to come is by a clock that is wrong. */
static void
doubt(const struct radacct *radacct, struct lease_event *event)
{
	int64_t ahead = event->at.us - radacct->chunk->arrival.us;

	if (!times_is_set((struct at_event){radacct->chunk->arrival.us}) ||
	    ahead <= radacct->conf.clock_bound_us)
		return;
	event->marks |= LEASE_CLOCK_DOUBTED;
	if (ahead > event->error_us)
		event->error_us = ahead;
}

static void
say_open(const struct radacct *radacct, const struct row_times *times,
	 struct lease_event *event)
{
	event->kind = LEASE_ALIVE;
	event->at = times->update;
	if (times_is_set(times->start)) {
		if (!times_is_set(times->update) ||
		    times->update.us < times->start.us)
			event->at = times->start;
		event->start = times->start;
		event->marks |= LEASE_START_INFERRED;
	}
	doubt(radacct, event);
	send(radacct, event);
}

static void
say_closed(const struct radacct *radacct, const struct row_times *times,
	   struct lease_event *event)
{
	struct slice cause = field(radacct, CAUSE);

	event->at = times->stop;
	doubt(radacct, event);
	if (!times_is_set(times->start)) {
		event->kind = LEASE_STOP;
		send(radacct, event);
		return;
	}
	event->start = times->start;
	event->end = times->stop;
	event->kind = LEASE_WHOLE;
	if (cause.length == 0 || slice_equal_folded(cause, "NAS-Reboot")) {
		/* The update that closed it isn't the session's word. */
		event->marks |= LEASE_END_INFERRED;
		event->sure = times_is_set(times->update) &&
				      times->update.us < times->stop.us &&
				      times->update.us > times->start.us
				  ? times->update
				  : times->start;
		if (event->subject_count)
			send(radacct, event);
		return;
	}
	if (event->subject_count)
		send(radacct, event);
	event->kind = LEASE_STOP;
	event->start = times_unset();
	event->end = times_unset();
	event->subject_count = 0;
	send(radacct, event);
}

static void
take_row(void *context, uint64_t offset)
{
	struct radacct *radacct = context;
	struct lease_event event = {.realm = radacct->conf.realm,
				    .arrival = radacct->chunk->arrival,
				    .origin = radacct->chunk->origin |
					      (offset <= LEASE_CHUNK_MAX
						   ? offset
						   : 0),
				    /* Whole seconds, cut. */
				    .error_us = TIMES_SECOND_US,
				    .start = times_unset(),
				    .end = times_unset(),
				    .sure = times_unset()};
	struct row_times times;
	const char *reason;

	radacct->offset = offset;
	reason = radacct->stopped ? "stopped" : read_times(radacct, &times);
	if (!reason)
		reason = name_session(radacct, &event);
	if (reason) {
		refuse(radacct, reason);
		return;
	}
	name_speaker(radacct, &event);
	add_subjects(radacct, &event);
	if (times_is_set(times.stop))
		say_closed(radacct, &times, &event);
	else
		say_open(radacct, &times, &event);
}

/* Who, what and when must be there. */
static const char *
take_header(void *context)
{
	const struct radacct *radacct = context;
	const struct table *table = &radacct->table;

	if ((!table_has(table, UNIQUE_ID) && !table_has(table, SESSION_ID)) ||
	    !table_has(table, START) || !table_has(table, STOP) ||
	    !table_has(table, NAS))
		return "header";
	return NULL;
}

size_t
radacct_feed(struct radacct *radacct, const struct lease_chunk *chunk,
	     const struct lease_output *output)
{
	const struct table_calls calls = {.header = take_header,
					  .row = take_row,
					  .context = radacct,
					  .no_header = "header",
					  .bad_fields = "fields"};

	radacct->chunk = chunk;
	radacct->output = output;
	return table_feed(&radacct->table, chunk, &calls, output);
}
