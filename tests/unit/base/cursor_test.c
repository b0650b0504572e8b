/* SPDX-License-Identifier: Apache-2.0 */
/* The cursor: order of bytes, ends, and errors that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"

static void
reads_in_network_order(void **state)
{
	static const uint8_t bytes[] = {1,  2,  3,  4,    5,    6,
					7,  8,  9,  10,   11,   12,
					13, 14, 15, 0xfe, 0xff, 0xff};
	struct cursor c;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u32(&c), 0x04050607);
	assert_true(cursor_u64(&c) == UINT64_C(0x08090a0b0c0d0e0f));
	assert_int_equal(cursor_left(&c), 3);
	assert_int_equal(cursor_uint(&c, 3), 0xfeffff);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.failed);
}

static void
reads_every_reduced_size(void **state)
{
	static const uint8_t bytes[] = {0xf1, 2, 3, 4, 5, 6, 7, 8};
	uint64_t expected = 0;
	struct cursor c;

	(void)state;
	for (size_t width = 1; width <= 8; width++) {
		expected = expected << 8 | bytes[width - 1];
		cursor_init(&c, bytes, width);
		assert_true(cursor_uint(&c, width) == expected);
		assert_false(c.failed);
		assert_int_equal(cursor_left(&c), 0);
	}
	for (size_t width = 0; width <= 9; width += 9) {
		cursor_init(&c, bytes, sizeof(bytes));
		assert_true(cursor_uint(&c, width) == 0);
		assert_true(c.failed);
	}
}

static void
an_error_stays(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	const uint8_t *before;
	struct cursor c;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	assert_int_equal(cursor_u8(&c), 1);
	before = c.at;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.failed);
	/* Two bytes are there, but not any more for this parser. */
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_u16(&c), 0);
	assert_true(cursor_u64(&c) == 0);
	assert_null(cursor_take(&c, 1));
	assert_null(cursor_take(&c, 0));
	cursor_skip(&c, 1);
	assert_ptr_equal(c.at, before);
	assert_true(c.failed);
}

static void
takes_and_skips_up_to_the_end(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4};
	struct cursor c;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	cursor_skip(&c, 1);
	assert_ptr_equal(cursor_take(&c, 3), bytes + 1);
	assert_ptr_equal(cursor_take(&c, 0), bytes + 4);
	assert_false(c.failed);
	cursor_skip(&c, 1);
	assert_true(c.failed);
	/* A length that would wrap round is only too long. */
	cursor_init(&c, bytes, sizeof(bytes));
	assert_null(cursor_take(&c, SIZE_MAX));
	assert_true(c.failed);
}

static void
an_empty_cursor_is_well(void **state)
{
	struct cursor c, sub;

	(void)state;
	cursor_init(&c, NULL, 0);
	assert_int_equal(cursor_left(&c), 0);
	sub = cursor_sub(&c, 0);
	assert_false(sub.failed);
	assert_false(c.failed);
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.failed);
}

static void
a_sub_cursor_ends_where_it_was_told(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4};
	struct cursor c, sub;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	sub = cursor_sub(&c, 2);
	assert_int_equal(cursor_u16(&sub), 0x0102);
	assert_int_equal(cursor_u8(&sub), 0);
	assert_true(sub.failed);
	assert_false(c.failed);
	assert_int_equal(cursor_u16(&c), 0x0304);
	cursor_init(&c, bytes, sizeof(bytes));
	sub = cursor_sub(&c, 5);
	assert_true(sub.failed);
	assert_true(c.failed);
	assert_int_equal(cursor_left(&sub), 0);
}

static void
fails_when_told(void **state)
{
	static const uint8_t bytes[] = {1, 2};
	struct cursor c;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	cursor_fail(&c);
	assert_true(c.failed);
	assert_int_equal(cursor_u8(&c), 0);
	assert_ptr_equal(c.at, bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_in_network_order),
	    cmocka_unit_test(reads_every_reduced_size),
	    cmocka_unit_test(an_error_stays),
	    cmocka_unit_test(takes_and_skips_up_to_the_end),
	    cmocka_unit_test(an_empty_cursor_is_well),
	    cmocka_unit_test(a_sub_cursor_ends_where_it_was_told),
	    cmocka_unit_test(fails_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
