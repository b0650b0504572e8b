/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as it arrives: broken rows cost their first line and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/csv.h"
#include "base/memory.h"

/* Reader, row and an exact copy of the input, all on the heap. */
struct reading {
	struct csv csv;
	struct csv_row row;
	char *bytes;
};

static struct reading *
open_bytes(const char *bytes, size_t length)
{
	struct reading *r = memory_new(1, sizeof(*r));

	r->bytes = malloc(length ? length : 1);
	memcpy(r->bytes, bytes, length);
	csv_init(&r->csv, r->bytes, length, ',');
	return r;
}

static void
close_reading(struct reading *r)
{
	assert_false(csv_next(&r->csv, &r->row));
	/* Asked again, the end is still the end. */
	assert_false(csv_next(&r->csv, &r->row));
	free(r->bytes);
	memory_free(r);
}

/* The next row, fields joined by '|', or "!" and why it's bad. */
static const char *
next(struct reading *r, char *buffer, size_t size)
{
	struct text text;

	text_init(&text, buffer, size);
	if (!csv_next(&r->csv, &r->row))
		return "END";
	if (r->row.reason) {
		assert_int_equal(r->row.field_count, 0);
		text_char(&text, '!');
		text_add(&text, r->row.reason);
	}
	for (size_t i = 0; i < r->row.field_count; i++) {
		if (i)
			text_char(&text, '|');
		text_slice(&text, r->row.fields[i]);
	}
	return buffer;
}

static void
check_rows(const char *bytes, size_t length, const char *const *expected)
{
	struct reading *r = open_bytes(bytes, length);
	char buffer[256];

	for (; *expected; expected++)
		assert_string_equal(next(r, buffer, sizeof(buffer)), *expected);
	close_reading(r);
}

#define CHECK_ROWS(bytes, ...)               \
	check_rows(bytes, sizeof(bytes) - 1, \
		   (const char *const[]){__VA_ARGS__, NULL})

#define BARE "!a quote inside an unquoted field"
#define AFTER "!text after a closing quote"
#define NUL_BYTE "!a NUL byte"
#define UNCLOSED "!a quote that isn't closed"

static void
reads_plain_rows(void **state)
{
	(void)state;
	CHECK_ROWS("a,b,c\n1,2,3\n", "a|b|c", "1|2|3");
	CHECK_ROWS("a,b,c\n1,2,3", "a|b|c", "1|2|3");
	CHECK_ROWS(",\n", "|");
	CHECK_ROWS("a,\n,b\n", "a|", "|b");
	CHECK_ROWS(" a , b\n", " a | b");
	CHECK_ROWS(" \n", " ");
	CHECK_ROWS("a,b", "a|b");
	CHECK_ROWS("a,", "a|");
	check_rows("", 0, (const char *const[]){NULL});
	check_rows("\n\r\n\r", 4, (const char *const[]){NULL});
}

static void
knows_every_line_end(void **state)
{
	struct reading *r;
	char buffer[64];

	(void)state;
	CHECK_ROWS("a\r\nb\r\n", "a", "b");
	CHECK_ROWS("a\rb\r", "a", "b");
	CHECK_ROWS("a\nb\rc\r\nd", "a", "b", "c", "d");
	CHECK_ROWS("\"a\"\r\n\"b\"\r\"c\"\n", "a", "b", "c");
	CHECK_ROWS("a\n\n\n\r\n\nb\n", "a", "b");
	/* Blank lines count as lines. */
	r = open_bytes("\r\na\r\n\r\r\nb", 9);
	next(r, buffer, sizeof(buffer));
	assert_int_equal(r->row.line, 2);
	assert_int_equal(r->row.offset, 2);
	next(r, buffer, sizeof(buffer));
	assert_string_equal(buffer, "b");
	assert_int_equal(r->row.line, 5);
	assert_int_equal(r->row.offset, 8);
	close_reading(r);
}

static void
unquotes_fields(void **state)
{
	(void)state;
	CHECK_ROWS("\"a\",\"b,c\",\"\"\n", "a|b,c|");
	CHECK_ROWS("\"\"\"\"\n", "\"");
	CHECK_ROWS("\"\"\"\"\"\"\n", "\"\"");
	CHECK_ROWS("\"say \"\"x\"\" twice \"\"\",\"\"\"\",z\n",
		   "say \"x\" twice \"|\"|z");
	CHECK_ROWS("\"two\nlines\",\"cr\rlf\r\n\"\nnext\n",
		   "two\nlines|cr\rlf\r\n", "next");
	CHECK_ROWS("http;a\t\"\n1,\"a,b \"\"x\"\"\nsecond line.\"\n", BARE,
		   "1|a,b \"x\"\nsecond line.");
}

static void
a_bad_row_costs_one_line(void **state)
{
	(void)state;
	CHECK_ROWS("a,b\"c\nnext,row\n", BARE, "next|row");
	CHECK_ROWS("a,\"b\"c\nnext,row\n", AFTER, "next|row");
	CHECK_ROWS("\"b\" ,c\nnext\n", AFTER, "next");
	CHECK_ROWS("a,\"b\nnext,row\nlast\n", UNCLOSED, "next|row", "last");
	CHECK_ROWS("a,\"", UNCLOSED);
	CHECK_ROWS("\"", UNCLOSED);
	CHECK_ROWS("\"\"\"", UNCLOSED);
	CHECK_ROWS("\"a\n\"b\"\n", AFTER, "b");
	/* The swallowed lines come back, the good ones as rows. */
	CHECK_ROWS("1,\"x\n2,y\n3,\"z\"\n", AFTER, "2|y", "3|z");
}

static void
a_nul_costs_its_row_unless_allowed(void **state)
{
	static const char bytes[] = "a,\"b\0\nc\"\nd\0e\nf\n";
	struct reading *r;
	char buffer[64];

	(void)state;
	CHECK_ROWS("a,\"b\0\nc\"\nd\0e\nf\n", NUL_BYTE, NUL_BYTE, "f");
	r = open_bytes(bytes, sizeof(bytes) - 1);
	r->csv.nul_allowed = true;
	next(r, buffer, sizeof(buffer));
	assert_null(r->row.reason);
	assert_int_equal(r->row.fields[1].length, 4);
	assert_memory_equal(r->row.fields[1].at, "b\0\nc", 4);
	next(r, buffer, sizeof(buffer));
	assert_null(r->row.reason);
	assert_int_equal(r->row.fields[0].length, 3);
	next(r, buffer, sizeof(buffer));
	close_reading(r);
}

static void
skips_a_byte_order_mark(void **state)
{
	struct reading *r = open_bytes("\xef\xbb\xbf\"timestamp\",ip\r\n1,2",
				       22);
	char buffer[64];

	(void)state;
	assert_string_equal(next(r, buffer, sizeof(buffer)), "timestamp|ip");
	assert_int_equal(r->row.offset, 3);
	assert_int_equal(csv_column(&r->row, "timestamp"), 0);
	assert_string_equal(next(r, buffer, sizeof(buffer)), "1|2");
	close_reading(r);
	CHECK_ROWS("\xef\xbb\xbf", NULL);
	CHECK_ROWS("\xef\xbb", "\xef\xbb");
}

static void
finds_columns_by_name(void **state)
{
	struct reading *r = open_bytes("Time, SRC_ip ,time\n", 19);
	char buffer[64];

	(void)state;
	next(r, buffer, sizeof(buffer));
	assert_int_equal(csv_column(&r->row, "time"), 0);
	assert_int_equal(csv_column(&r->row, "src_ip"), 1);
	assert_int_equal(csv_column(&r->row, "src"), -1);
	close_reading(r);
}

static void
says_where_a_row_stood(void **state)
{
	static const char bytes[] = "h\n\"x\ny\r\nz\",1\nb\"d,\nlast";
	struct reading *r = open_bytes(bytes, sizeof(bytes) - 1);
	char buffer[64];

	(void)state;
	next(r, buffer, sizeof(buffer));
	assert_int_equal(r->row.line, 1);
	next(r, buffer, sizeof(buffer));
	assert_int_equal(r->row.line, 2);
	assert_int_equal(r->row.offset, 2);
	assert_int_equal(r->row.raw.length, 10);
	assert_memory_equal(r->row.raw.at, "\"x\ny\r\nz\",1", 10);
	next(r, buffer, sizeof(buffer));
	assert_int_equal(r->row.line, 5);
	assert_int_equal(r->row.offset, 13);
	assert_non_null(r->row.reason);
	assert_int_equal(r->row.raw.length, 4);
	assert_memory_equal(r->row.raw.at, "b\"d,", 4);
	next(r, buffer, sizeof(buffer));
	assert_int_equal(r->row.line, 6);
	close_reading(r);
}

static void
counts_fields(void **state)
{
	static char bytes[2 * CSV_FIELDS_MAX + 16];
	struct reading *r;
	char buffer[64];

	(void)state;
	/* 511 separators make 512 fields. */
	memset(bytes, ',', CSV_FIELDS_MAX - 1);
	memcpy(bytes + CSV_FIELDS_MAX - 1, "\nx\n", 3);
	r = open_bytes(bytes, CSV_FIELDS_MAX + 2);
	next(r, buffer, sizeof(buffer));
	assert_null(r->row.reason);
	assert_int_equal(r->row.field_count, CSV_FIELDS_MAX);
	assert_string_equal(next(r, buffer, sizeof(buffer)), "x");
	close_reading(r);
	memset(bytes, ',', CSV_FIELDS_MAX);
	memcpy(bytes + CSV_FIELDS_MAX, "\nx\n", 3);
	r = open_bytes(bytes, CSV_FIELDS_MAX + 3);
	assert_string_equal(next(r, buffer, sizeof(buffer)),
			    "!more than 512 fields");
	assert_int_equal(r->row.raw.length, CSV_FIELDS_MAX);
	assert_string_equal(next(r, buffer, sizeof(buffer)), "x");
	close_reading(r);
}

/* A row of exactly `length` bytes built by `fill`, then the row "x". */
static void
check_long_row(size_t length, const char *open, const char *fill,
	       const char *shut, const char *reason)
{
	char *bytes = malloc(length + 2);
	size_t at = strlen(open), stop = length - strlen(shut);
	struct reading *r;
	char buffer[64];

	memcpy(bytes, open, at);
	for (; at < stop; at += strlen(fill))
		memcpy(bytes + at, fill, strlen(fill));
	assert_int_equal(at, stop);
	memcpy(bytes + at, shut, strlen(shut));
	memcpy(bytes + length, "\nx", 2);
	r = open_bytes(bytes, length + 2);
	assert_true(csv_next(&r->csv, &r->row));
	if (reason)
		assert_string_equal(r->row.reason, reason);
	else
		assert_null(r->row.reason);
	assert_int_equal(r->row.raw.length, length);
	assert_string_equal(next(r, buffer, sizeof(buffer)), "x");
	close_reading(r);
	free(bytes);
}

static void
bounds_the_length_of_a_row(void **state)
{
	static const char too_long[] = "longer than 65536 bytes";

	(void)state;
	check_long_row(CSV_ROW_BYTES_MAX, "", "a", "", NULL);
	check_long_row(CSV_ROW_BYTES_MAX + 1, "", "a", "", too_long);
	check_long_row(CSV_ROW_BYTES_MAX, "\"", "a", "\"", NULL);
	check_long_row(CSV_ROW_BYTES_MAX + 1, "\"", "a", "\"", too_long);
	check_long_row(CSV_ROW_BYTES_MAX, "\"", "\"\"", "\"", NULL);
	check_long_row(CSV_ROW_BYTES_MAX + 2, "\"", "\"\"", "\"", too_long);
	/* The ceiling may fall upon the separator and the closing quote. */
	check_long_row(CSV_ROW_BYTES_MAX + 1, "", "a", ",", too_long);
	check_long_row(CSV_ROW_BYTES_MAX, "", "a", ",", NULL);
	check_long_row(CSV_ROW_BYTES_MAX + 2, "\"", "a", "\",", too_long);
	check_long_row(4 * CSV_ROW_BYTES_MAX, "\"", "a", "\"", too_long);
}

static void
a_long_quoted_row_gives_its_lines_back(void **state)
{
	size_t lines = CSV_ROW_BYTES_MAX / 4 + 10;
	char *bytes = malloc(lines * 4);
	struct reading *r;
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < lines; i++)
		memcpy(bytes + i * 4, i == 0 ? "\"ab\n" : "c,d\n", 4);
	r = open_bytes(bytes, lines * 4);
	assert_string_equal(next(r, buffer, sizeof(buffer)),
			    "!longer than 65536 bytes");
	assert_int_equal(r->row.raw.length, 3);
	for (size_t i = 1; i < lines; i++)
		assert_string_equal(next(r, buffer, sizeof(buffer)), "c|d");
	assert_int_equal(r->row.line, lines);
	close_reading(r);
	free(bytes);
}

/* What rows unescape isn't kept: a file of any length goes through 64 kB. */
static void
unescapes_row_after_row(void **state)
{
	enum { ROWS = 20000 };
	static const char line[] = "\"a \"\"quoted\"\" word\",b\n";
	size_t length = sizeof(line) - 1;
	char *bytes = malloc(ROWS * length);
	struct reading *r;
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		memcpy(bytes + i * length, line, length);
	r = open_bytes(bytes, ROWS * length);
	for (size_t i = 0; i < ROWS; i++)
		assert_string_equal(next(r, buffer, sizeof(buffer)),
				    "a \"quoted\" word|b");
	close_reading(r);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_plain_rows),
	    cmocka_unit_test(knows_every_line_end),
	    cmocka_unit_test(unquotes_fields),
	    cmocka_unit_test(a_bad_row_costs_one_line),
	    cmocka_unit_test(a_nul_costs_its_row_unless_allowed),
	    cmocka_unit_test(skips_a_byte_order_mark),
	    cmocka_unit_test(finds_columns_by_name),
	    cmocka_unit_test(says_where_a_row_stood),
	    cmocka_unit_test(counts_fields),
	    cmocka_unit_test(bounds_the_length_of_a_row),
	    cmocka_unit_test(unescapes_row_after_row),
	    cmocka_unit_test(a_long_quoted_row_gives_its_lines_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
