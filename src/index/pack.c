/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a sealed day: packing rows, each field by what is cheapest. */
#include "base/check.h"
#include "base/hash.h"
#include "index/page.h"

#define EXCEPTION_BITS (8 * PAGE_EXCEPTION_SIZE)

/* Fields that are mostly one value, but for a few rows. */
#define MAY_EXCEPT                                                           \
	(1u << PAGE_PORTS | 1u << PAGE_HEARD | 1u << PAGE_REPORTED |         \
	 1u << PAGE_SOURCE | 1u << PAGE_SLOT | 1u << PAGE_MARKS |            \
	 1u << PAGE_ERROR | 1u << PAGE_ID | 1u << PAGE_INSIDE_HIGH |         \
	 1u << PAGE_INSIDE_LOW | 1u << PAGE_INSIDE_REALM | 1u << PAGE_LINE | \
	 1u << PAGE_HASH | 1u << PAGE_OFFSET | 1u << PAGE_LENGTH)
/* Fields in microseconds, often of whole seconds. */
#define ARE_TIMES                                                  \
	(1u << PAGE_START | 1u << PAGE_LENGTH | 1u << PAGE_HEARD | \
	 1u << PAGE_REPORTED | 1u << PAGE_ERROR)

static const uint64_t units[] = {1, 1000, 1000000};

/* How one field is written. */
struct plan {
	uint64_t base;
	uint8_t form, bits;
	uint16_t exceptions;
};

static unsigned
width(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

static bool
all_alike(const uint64_t *values, size_t count)
{
	uint64_t difference = 0;

	for (size_t i = 1; i < count; i++)
		difference |= values[i] ^ values[0];
	return difference == 0;
}

/* The units are written out: dividing by a constant is a multiplication. */
static bool
all_whole(const uint64_t *values, size_t count, uint64_t base, unsigned form)
{
	if (form == PAGE_UNIT_S) {
		for (size_t i = 0; i < count; i++)
			if ((values[i] - base) % 1000000 != 0)
				return false;
		return true;
	}
	for (size_t i = 0; i < count; i++)
		if ((values[i] - base) % 1000 != 0)
			return false;
	return true;
}

/* The value that most rows have, if most have one. */
static uint64_t
usual_of(const uint64_t *values, size_t count)
{
	uint64_t usual = values[0];
	size_t votes = 0;

	for (size_t i = 0; i < count; i++) {
		if (votes == 0)
			usual = values[i];
		votes = values[i] == usual ? votes + 1 : votes - 1;
	}
	return usual;
}

static void
plan_exceptions(const uint64_t *values, size_t count, struct plan *plan)
{
	uint64_t usual = usual_of(values, count);
	size_t exceptions = 0;

	for (size_t i = 0; i < count; i++)
		exceptions += values[i] != usual;
	if (exceptions * EXCEPTION_BITS >= count * plan->bits)
		return;
	plan->base = usual;
	plan->form = PAGE_EXCEPTIONS;
	plan->bits = 0;
	plan->exceptions = (uint16_t)exceptions;
}

static void
plan_field(const uint64_t *values, size_t count, unsigned field,
	   struct plan *plan)
{
	uint64_t low = values[0], high = values[0];

	*plan = (struct plan){.base = values[0]};
	if (all_alike(values, count))
		return;
	for (size_t i = 1; i < count; i++) {
		low = values[i] < low ? values[i] : low;
		high = values[i] > high ? values[i] : high;
	}
	plan->base = low;
	if (ARE_TIMES & 1u << field) {
		while (plan->form < PAGE_UNIT_S &&
		       all_whole(values, count, low, plan->form + 1u))
			plan->form++;
	}
	plan->bits = (uint8_t)width((high - low) / units[plan->form]);
	if (MAY_EXCEPT & 1u << field)
		plan_exceptions(values, count, plan);
}

/* Bytes the rows need. */
static size_t
plan_page(const struct page_rows *rows, size_t count,
	  struct plan plans[PAGE_FIELDS])
{
	size_t stride = 0, exceptions = 0;

	for (unsigned i = 0; i < PAGE_EXCEPTED; i++) {
		plan_field(rows->fields[i], count, i, &plans[i]);
		stride += plans[i].bits;
		exceptions += plans[i].exceptions;
	}
	plans[PAGE_EXCEPTED] = (struct plan){.bits = exceptions > 0};
	stride += exceptions > 0;
	return PAGE_HEAD_SIZE + (count * stride + 7) / 8 + PAGE_SLACK +
	       exceptions * PAGE_EXCEPTION_SIZE;
}

void
page_put(uint8_t *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++, value >>= 8)
		at[i] = (uint8_t)value;
}

/* ORs the low bits of value in; 8 bytes (9 for wide ones) are ours there. */
static inline void
bits_put(uint8_t *at, size_t bit, uint64_t value, unsigned bits)
{
	uint8_t *to = at + bit / 8;
	unsigned shift = bit % 8;
	uint64_t old = page_u64(to) | value << shift;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	old = __builtin_bswap64(old);
#endif
	memcpy(to, &old, sizeof(old));
	if (bits + shift > 64)
		to[8] |= (uint8_t)(value >> (64 - shift));
}

static void
put_bits(const uint64_t *values, size_t count, const struct plan *plan,
	 uint8_t *at, size_t stride, size_t bit)
{
	switch (plan->form) {
	case PAGE_UNIT_S:
		for (size_t i = 0; i < count; i++, bit += stride)
			bits_put(at, bit, (values[i] - plan->base) / 1000000,
				 plan->bits);
		break;
	case PAGE_UNIT_MS:
		for (size_t i = 0; i < count; i++, bit += stride)
			bits_put(at, bit, (values[i] - plan->base) / 1000,
				 plan->bits);
		break;
	default:
		for (size_t i = 0; i < count; i++, bit += stride)
			bits_put(at, bit, values[i] - plan->base, plan->bits);
	}
}

static void
put_exceptions(const uint64_t *values, size_t count, const struct plan *plan,
	       uint8_t *at)
{
	uint8_t *value = at + 2 * (size_t)plan->exceptions;

	for (size_t i = 0; i < count; i++) {
		if (values[i] == plan->base)
			continue;
		page_put(at, i, 2);
		page_put(value, values[i], 8);
		at += 2;
		value += 8;
	}
}

/* Which rows are in any list. */
static void
mark_excepted(struct page_rows *rows, size_t count,
	      const struct plan plans[PAGE_FIELDS])
{
	uint64_t *marks = rows->fields[PAGE_EXCEPTED];

	if (plans[PAGE_EXCEPTED].bits == 0)
		return;
	memset(marks, 0, count * sizeof(*marks));
	for (unsigned i = 0; i < PAGE_EXCEPTED; i++) {
		const uint64_t *values = rows->fields[i];

		if (plans[i].form != PAGE_EXCEPTIONS)
			continue;
		for (size_t k = 0; k < count; k++)
			marks[k] |= values[k] != plans[i].base;
	}
}

static void
put_page(const struct page_rows *rows, size_t count,
	 const struct plan plans[PAGE_FIELDS], uint8_t *page)
{
	size_t stride = 0, bit = 0, at;

	for (unsigned i = 0; i < PAGE_FIELDS; i++)
		stride += plans[i].bits;
	at = PAGE_HEAD_SIZE + (count * stride + 7) / 8 + PAGE_SLACK;
	page_put(page + 8, stride, 2);
	page_put(page + 10, PAGE_HEAD_SIZE, 2);
	page_put(page + 16, rows->fields[PAGE_KEY][count - 1], 8);
	for (unsigned i = 0; i < PAGE_FIELDS; i++) {
		const struct plan *plan = &plans[i];
		uint8_t *field = page + PAGE_FIELDS_AT + i * PAGE_FIELD_SIZE;
		bool list = plan->form == PAGE_EXCEPTIONS;

		page_put(field, plan->base, 8);
		page_put(field + 8, list ? at : bit, 2);
		field[10] = plan->bits;
		field[11] = plan->form;
		page_put(field + 12, plan->exceptions, 2);
		if (list)
			put_exceptions(rows->fields[i], count, plan, page + at);
		else if (plan->bits > 0)
			put_bits(rows->fields[i], count, plan,
				 page + PAGE_HEAD_SIZE, stride, bit);
		at += plan->exceptions * (size_t)PAGE_EXCEPTION_SIZE;
		bit += plan->bits;
	}
}

size_t
page_pack(struct page_rows *rows, uint16_t group, uint32_t number,
	  uint8_t page[DAY_PAGE_SIZE])
{
	struct plan plans[PAGE_FIELDS];
	size_t count = rows->count, left;

	lz_assert(count > 0);
	/* Pages are much alike: most often the first try fits. */
	if (rows->fitted > 0 && count > rows->fitted + rows->fitted / 128 + 1)
		count = rows->fitted + rows->fitted / 128 + 1;
	for (;;) {
		size_t bytes = plan_page(rows, count, plans);

		if (bytes <= DAY_PAGE_SIZE)
			break;
		/* A single row always fits. */
		count = count * (DAY_PAGE_SIZE - PAGE_HEAD_SIZE) /
			(bytes - PAGE_HEAD_SIZE);
		lz_assert(count > 0);
	}
	mark_excepted(rows, count, plans);
	memset(page, 0, DAY_PAGE_SIZE);
	page_put(page + 4, count, 2);
	page_put(page + 6, group, 2);
	page_put(page + 12, number, 4);
	put_page(rows, count, plans, page);
	page_put(page, hash_crc32c(0, page + 4, DAY_PAGE_SIZE - 4), 4);
	rows->fitted = count;
	left = rows->count - count;
	for (unsigned i = 0; left > 0 && i < PAGE_FIELDS; i++)
		memmove(rows->fields[i], rows->fields[i] + count,
			left * sizeof(rows->fields[i][0]));
	rows->count = left;
	return count;
}
