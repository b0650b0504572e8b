/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a sealed day: reading and searching rows of bits. */
#include "index/page.h"

#include "base/cursor.h"
#include "fact/row_id.h"

#define PORT_BITS 16
#define LINE_SIZE 64
#define PORT_MASK UINT64_C(0xffff)

static const uint64_t units[PAGE_FORM_COUNT] = {1, 1000, 1000000, 1};

static inline void
field_read(const uint8_t *page, enum page_field number,
	   struct page_form_of *field)
{
	const uint8_t *at = page + PAGE_FIELDS_AT +
			    (size_t)number * PAGE_FIELD_SIZE;

	field->base = page_u64(at);
	field->at = page_u16(at + 8);
	field->bits = at[10];
	field->form = at[11];
	field->exceptions = page_u16(at + 12);
}

static uint64_t
exception(const uint8_t *page, const struct page_form_of *field, unsigned row)
{
	const uint8_t *rows = page + field->at;
	const uint8_t *values = rows + 2 * (size_t)field->exceptions;
	unsigned low = 0, high = field->exceptions;

	/* Few rows are any; the others needn't touch the list's lines. */
	if (page_get(page, PAGE_EXCEPTED, row) == 0)
		return field->base;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (page_u16(rows + 2 * (size_t)middle) < row)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < field->exceptions && page_u16(rows + 2 * (size_t)low) == row)
		return page_u64(values + 8 * (size_t)low);
	return field->base;
}

static inline uint64_t
form_get(const uint8_t *page, const struct page_form_of *form, size_t rows_at,
	 size_t stride, unsigned row)
{
	if (form->form == PAGE_EXCEPTIONS)
		return exception(page, form, row);
	if (form->bits == 0)
		return form->base;
	return form->base +
	       page_bits(page + rows_at, row * stride + form->at, form->bits) *
		   units[form->form];
}

uint64_t
page_get(const uint8_t *page, enum page_field number, unsigned row)
{
	struct page_form_of form;

	field_read(page, number, &form);
	return form_get(page, &form, page_u16(page + 10), page_u16(page + 8),
			row);
}

uint64_t
page_value(const struct page_view *view, const struct page_form_of *form,
	   unsigned row)
{
	return form_get(view->page, form, view->rows_at, view->stride, row);
}

void
page_view_init(struct page_view *view, const uint8_t *page)
{
	view->page = page;
	view->top = page_u64(page + 16);
	view->rows = page_rows(page);
	view->stride = page_u16(page + 8);
	view->rows_at = page_u16(page + 10);
	field_read(page, PAGE_KEY, &view->key);
	field_read(page, PAGE_START, &view->start);
	field_read(page, PAGE_LENGTH, &view->length);
	field_read(page, PAGE_LOW, &view->low);
	field_read(page, PAGE_PORT, &view->port);
}

int
page_check(const uint8_t *page)
{
	size_t rows = page_rows(page), stride = page_u16(page + 8);
	size_t at = page_u16(page + 10);

	if (rows == 0 || rows > PAGE_ROWS_MAX || at < PAGE_HEAD_SIZE ||
	    at + (rows * stride + 7) / 8 + PAGE_SLACK > DAY_PAGE_SIZE)
		return LZ_E_FORMAT;
	for (unsigned i = 0; i < PAGE_FIELDS; i++) {
		struct page_form_of field;

		field_read(page, i, &field);
		if (field.form >= PAGE_FORM_COUNT || field.bits > 64)
			return LZ_E_FORMAT;
		/* A list of which rows are in lists would never end. */
		if (i == PAGE_EXCEPTED && field.form == PAGE_EXCEPTIONS)
			return LZ_E_FORMAT;
		if (field.form != PAGE_EXCEPTIONS) {
			if (field.at + (size_t)field.bits > stride)
				return LZ_E_FORMAT;
		} else if (field.at +
			       PAGE_EXCEPTION_SIZE * (size_t)field.exceptions >
			   DAY_PAGE_SIZE) {
			return LZ_E_FORMAT;
		}
	}
	return LZ_OK;
}

int
page_key_compare(const struct page_key *a, const struct page_key *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return 0;
}

/* Is the row at or before the key? */
static inline bool
row_before(const struct page_view *view, unsigned row,
	   const struct page_key *key)
{
	uint64_t value = page_value(view, &view->key, row);

	if (value != key->key)
		return value < key->key;
	value = page_value(view, &view->low, row);
	if (value != key->low)
		return value < key->low;
	value = page_value(view, &view->port, row);
	if (value != key->port)
		return value < key->port;
	return page_value(view, &view->start, row) <= key->start;
}

/* Where the key would lie if keys were spread evenly. */
static unsigned
guess(const struct page_view *view, const struct page_key *key)
{
	uint64_t low = view->key.base;
	double part;

	if (key->key <= low)
		return 0;
	if (key->key >= view->top)
		return view->rows - 1u;
	part = (double)(key->key - low) / (double)(view->top - low);
	return (unsigned)(part * (double)(view->rows - 1));
}

void
page_prefetch(const struct page_view *view, const struct page_key *key)
{
	size_t bit = (size_t)guess(view, key) * view->stride;
	const uint8_t *row = view->page + view->rows_at + bit / 8;

	__builtin_prefetch(row);
	__builtin_prefetch(row + LINE_SIZE);
	for (size_t i = 0; i < PAGE_HEAD_SIZE; i += LINE_SIZE)
		__builtin_prefetch(view->page + i);
}

/*
 * Gallops from the guess, then halves: addresses lie densely in most pools, so
 * that the guess is good and few cache lines are touched.
 */
unsigned
page_upper(const struct page_view *view, const struct page_key *key)
{
	unsigned rows = view->rows, high, step = 4;
	unsigned low = guess(view, key);

	if (row_before(view, low, key)) {
		high = low + 1;
		while (high < rows && row_before(view, high, key)) {
			low = high;
			high = rows - high > step ? high + step : rows;
			step *= 2;
		}
		low++;
	} else {
		high = low;
		while (low > 0) {
			low = low > step ? low - step : 0;
			if (row_before(view, low, key)) {
				low++;
				break;
			}
			high = low;
			step *= 2;
		}
	}
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (row_before(view, middle, key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t
half_of(const uint8_t bytes[8])
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, 8);
	return cursor_u64(&cursor);
}

static void
half_to(uint8_t bytes[8], uint64_t value)
{
	for (size_t i = 8; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
}

static uint64_t
zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t
unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

static void
inside_of(const uint8_t *page, unsigned row, struct binding *binding)
{
	if (!(binding->marks & BINDING_INSIDE))
		return;
	half_to(binding->inside.bytes, page_get(page, PAGE_INSIDE_HIGH, row));
	half_to(binding->inside.bytes + 8,
		page_get(page, PAGE_INSIDE_LOW, row));
	binding->inside_realm = (uint32_t)page_get(page, PAGE_INSIDE_REALM,
						   row);
}

void
page_row(const uint8_t *page, const struct shape *shape, unsigned row,
	 struct binding *binding)
{
	struct subject *subject = &binding->subject;
	uint64_t key = page_get(page, PAGE_KEY, row);

	memset(binding, 0, sizeof(*binding));
	if (shape->v4) {
		subject->prefix.addr =
		    addr_from_v4((uint32_t)(key >> PORT_BITS));
		subject->port_first = (uint16_t)(key & PORT_MASK);
	} else {
		half_to(subject->prefix.addr.bytes, key);
		half_to(subject->prefix.addr.bytes + 8,
			page_get(page, PAGE_LOW, row));
		subject->port_first = (uint16_t)page_get(page, PAGE_PORT, row);
	}
	subject->prefix.length = shape->length;
	subject->port_last =
	    (uint16_t)(subject->port_first + page_get(page, PAGE_PORTS, row));
	binding->realm = shape->realm;
	/* Unsigned sums: what a damaged file says may not overflow. */
	binding->start.us = (int64_t)page_get(page, PAGE_START, row);
	binding->end.us = (int64_t)((uint64_t)binding->start.us +
				    page_get(page, PAGE_LENGTH, row));
	binding->heard.us =
	    (int64_t)((uint64_t)binding->end.us -
		      (uint64_t)unzigzag(page_get(page, PAGE_HEARD, row)));
	binding->reported.us =
	    (int64_t)((uint64_t)binding->start.us +
		      (uint64_t)unzigzag(page_get(page, PAGE_REPORTED, row)));
	binding->party = (uint32_t)page_get(page, PAGE_PARTY, row);
	binding->offset = page_get(page, PAGE_RECORD, row) << 16 |
			  (page_get(page, PAGE_OFFSET, row) & PORT_MASK);
	binding->source = (uint16_t)page_get(page, PAGE_SOURCE, row);
	binding->slot = (uint8_t)page_get(page, PAGE_SLOT, row);
	binding->marks = (uint16_t)page_get(page, PAGE_MARKS, row);
	binding->error_us = (int64_t)page_get(page, PAGE_ERROR, row);
	inside_of(page, row, binding);
	binding->line = (uint32_t)page_get(page, PAGE_LINE, row);
	binding->hash = page_get(page, PAGE_HASH, row);
	binding->id = page_get(page, PAGE_ID, row) ^ binding_row_id(binding);
}

void
page_key_of(const struct page_rows *rows, size_t row, struct page_key *key)
{
	key->key = rows->fields[PAGE_KEY][row];
	key->low = rows->fields[PAGE_LOW][row];
	key->port = rows->fields[PAGE_PORT][row];
	key->start = rows->fields[PAGE_START][row];
}

void
page_rows_add(struct page_rows *rows, const struct shape *shape,
	      const struct binding *row)
{
	const struct subject *subject = &row->subject;
	const uint8_t *bytes = subject->prefix.addr.bytes;
	size_t n = rows->count++;
	uint64_t(*to)[PAGE_ROWS_ROOM] = rows->fields;
	bool inside = (row->marks & BINDING_INSIDE) != 0;

	if (shape->v4) {
		to[PAGE_KEY][n] = (uint64_t)addr_v4(&subject->prefix.addr)
				      << PORT_BITS |
				  subject->port_first;
		to[PAGE_LOW][n] = to[PAGE_PORT][n] = 0;
	} else {
		to[PAGE_KEY][n] = half_of(bytes);
		to[PAGE_LOW][n] = half_of(bytes + 8);
		to[PAGE_PORT][n] = subject->port_first;
	}
	to[PAGE_START][n] = (uint64_t)row->start.us;
	to[PAGE_LENGTH][n] = (uint64_t)(row->end.us - row->start.us);
	to[PAGE_PORTS][n] =
	    (uint64_t)(subject->port_last - subject->port_first);
	to[PAGE_PARTY][n] = row->party;
	to[PAGE_RECORD][n] = row->offset >> 16;
	to[PAGE_OFFSET][n] = row->offset & PORT_MASK;
	to[PAGE_HEARD][n] =
	    zigzag((int64_t)((uint64_t)row->end.us - (uint64_t)row->heard.us));
	to[PAGE_REPORTED][n] = zigzag(
	    (int64_t)((uint64_t)row->reported.us - (uint64_t)row->start.us));
	to[PAGE_SOURCE][n] = row->source;
	to[PAGE_SLOT][n] = row->slot;
	to[PAGE_MARKS][n] = row->marks;
	to[PAGE_ERROR][n] = (uint64_t)row->error_us;
	to[PAGE_ID][n] = row->id ^ binding_row_id(row);
	to[PAGE_INSIDE_HIGH][n] = inside ? half_of(row->inside.bytes) : 0;
	to[PAGE_INSIDE_LOW][n] = inside ? half_of(row->inside.bytes + 8) : 0;
	to[PAGE_INSIDE_REALM][n] = inside ? row->inside_realm : 0;
	to[PAGE_LINE][n] = row->line;
	to[PAGE_HASH][n] = row->hash;
}
