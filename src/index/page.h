/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of a sealed day: rows as bits.  The form stands in day.h; the page's
 * bytes (all little-endian):
 *
 *   0  CRC32C u32 of all that follows    4  rows u16     6  group u16
 *   8  bits a row u16   10  offset of the rows u16   12  page number u32
 *  16  highest key's first part u64
 *  24  for each field 16 bytes: lowest or usual value u64, its bit in a row or
 *      the offset of its exceptions u16, bits u8, form u8, exceptions u16, 0 u16
 */
#ifndef INDEX_PAGE_H
#define INDEX_PAGE_H

#include <string.h>

#include "index/day.h"

/* The order is that of the file. */
enum page_field {
	PAGE_KEY, /* IPv4 << 16 | first port; else upper half of the address */
	PAGE_START,  /* us */
	PAGE_LENGTH, /* end - start */
	PAGE_LOW,    /* IPv6: lower half */
	PAGE_PORT,   /* IPv6: first port */
	PAGE_PORTS,  /* last port - first port */
	PAGE_PARTY,
	PAGE_RECORD,   /* offset >> 16 */
	PAGE_OFFSET,   /* its low 16 bits */
	PAGE_HEARD,    /* end - heard, zigzag */
	PAGE_REPORTED, /* reported - start, zigzag */
	PAGE_SOURCE,
	PAGE_SLOT,
	PAGE_MARKS,
	PAGE_ERROR,
	PAGE_ID, /* id ^ binding_row_id */
	PAGE_INSIDE_HIGH,
	PAGE_INSIDE_LOW,
	PAGE_INSIDE_REALM,
	PAGE_LINE,
	PAGE_HASH,
	PAGE_EXCEPTED, /* 1: the row stands in a list of exceptions */
	PAGE_FIELDS
};

#define PAGE_ROWS_MAX 4096
#define PAGE_FIELD_SIZE 16
#define PAGE_FIELDS_AT 24
#define PAGE_HEAD_SIZE (PAGE_FIELDS_AT + PAGE_FIELDS * PAGE_FIELD_SIZE)
/* A number may be read 8 bytes wide from its last bit's byte. */
#define PAGE_SLACK 9
#define PAGE_EXCEPTION_SIZE 10

/* page_field form: the unit above the lowest value, or exceptions. */
enum page_form {
	PAGE_UNIT_1 = 0,
	PAGE_UNIT_MS = 1,
	PAGE_UNIT_S = 2,
	PAGE_EXCEPTIONS = 3,
	PAGE_FORM_COUNT
};

/* What order and search go by. */
struct page_key {
	uint64_t key, low, port;
	uint64_t start;
};

static inline uint64_t
page_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

static inline uint32_t
page_u32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static inline uint16_t
page_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] | (unsigned)at[1] << 8);
}

static inline uint16_t
page_rows(const uint8_t *page)
{
	return page_u16(page + 4);
}

static inline uint16_t
page_group(const uint8_t *page)
{
	return page_u16(page + 6);
}

/* `bits` (0 to 64) from bit `bit` on. */
static inline uint64_t
page_bits(const uint8_t *at, size_t bit, unsigned bits)
{
	const uint8_t *from = at + bit / 8;
	unsigned shift = bit % 8;
	uint64_t value = page_u64(from) >> shift;

	if (bits + shift > 64)
		value |= (uint64_t)from[8] << (64 - shift);
	return bits >= 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

/* One field's form, as it stands in the page's head. */
struct page_form_of {
	uint64_t base;
	uint16_t at;
	uint8_t bits, form;
	uint16_t exceptions;
};

/*
 * What a search needs of a page, read once when the page is checked and kept
 * side by side: a search then touches no line of the page but the rows' own.
 */
struct page_view {
	const uint8_t *page;
	uint64_t top; /* highest key's first part */
	uint16_t rows, stride, rows_at;
	struct page_form_of key, start, length, low, port;
};

/* One field of one row; the page has been checked. */
uint64_t page_get(const uint8_t *page, enum page_field field, unsigned row);
uint64_t page_value(const struct page_view *view,
		    const struct page_form_of *form, unsigned row);
void page_view_init(struct page_view *view, const uint8_t *page);
/* Bounds of everything in it; LZ_E_FORMAT. The CRC is the caller's. */
LZ_NODISCARD int page_check(const uint8_t *page);
/* As page_u64 and so on, the other way. */
void page_put(uint8_t *at, uint64_t value, size_t bytes);
/* Asks for the memory that page_upper and page_row will touch. */
void page_prefetch(const struct page_view *view, const struct page_key *key);
/* How many rows are at or before the key. */
unsigned page_upper(const struct page_view *view, const struct page_key *key);
void page_row(const uint8_t *page, const struct shape *shape, unsigned row,
	      struct binding *binding);

/* Fields of rows that wait to be packed.  A line more a field: else the same
 * row of all fields would fall into one set of the cache. */
#define PAGE_ROWS_ROOM (PAGE_ROWS_MAX + 8)
struct page_rows {
	size_t count;
	size_t fitted; /* into the last page */
	uint64_t fields[PAGE_FIELDS][PAGE_ROWS_ROOM];
};

void page_rows_add(struct page_rows *rows, const struct shape *shape,
		   const struct binding *row);
/* Packs as many as fit and takes them out; answers how many. */
size_t page_pack(struct page_rows *rows, uint16_t group, uint32_t number,
		 uint8_t page[DAY_PAGE_SIZE]);
void page_key_of(const struct page_rows *rows, size_t row,
		 struct page_key *key);
int page_key_compare(const struct page_key *a, const struct page_key *b);

#endif
