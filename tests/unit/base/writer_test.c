/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: what it writes the cursor reads, and full stays full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "base/writer.h"

static void
the_cursor_reads_it_back(void **state)
{
	uint8_t buffer[64];
	struct writer w;
	struct cursor c;

	(void)state;
	writer_init(&w, buffer, sizeof(buffer));
	writer_u8(&w, 0xab);
	writer_u16(&w, 0xbeef);
	writer_u32(&w, 0xdeadbeef);
	writer_u64(&w, UINT64_C(0x0123456789abcdef));
	for (size_t width = 1; width <= 8; width++)
		writer_uint(&w, UINT64_C(0xf1f2f3f4f5f6f7f8), width);
	writer_bytes(&w, "xyz", 3);
	writer_bytes(&w, NULL, 0);
	assert_false(w.failed);
	assert_int_equal(w.length, 1 + 2 + 4 + 8 + 36 + 3);
	cursor_init(&c, buffer, w.length);
	assert_int_equal(cursor_u8(&c), 0xab);
	assert_int_equal(cursor_u16(&c), 0xbeef);
	assert_true(cursor_u32(&c) == 0xdeadbeef);
	assert_true(cursor_u64(&c) == UINT64_C(0x0123456789abcdef));
	for (size_t width = 1; width <= 8; width++)
		assert_true(cursor_uint(&c, width) ==
			    (UINT64_C(0xf1f2f3f4f5f6f7f8) &
			     UINT64_MAX >> (64 - 8 * width)));
	assert_memory_equal(cursor_take(&c, 3), "xyz", 3);
	assert_int_equal(cursor_left(&c), 0);
}

static void
what_does_not_fit_writes_nothing(void **state)
{
	uint8_t buffer[4] = {9, 9, 9, 9};
	struct writer w;

	(void)state;
	writer_init(&w, buffer, 3);
	writer_u16(&w, 0x0102);
	writer_u16(&w, 0x0304);
	assert_true(w.failed);
	assert_int_equal(w.length, 2);
	assert_int_equal(buffer[2], 9);
	/* One byte would fit, but the error stays. */
	writer_u8(&w, 7);
	writer_bytes(&w, "x", 1);
	writer_patch_u16(&w, 0, 0x0505);
	assert_int_equal(w.length, 2);
	assert_int_equal(buffer[0], 1);
	assert_int_equal(buffer[2], 9);
	writer_init(&w, buffer, 4);
	writer_bytes(&w, buffer, SIZE_MAX);
	assert_true(w.failed);
}

static void
refuses_impossible_widths(void **state)
{
	uint8_t buffer[16];
	struct writer w;

	(void)state;
	writer_init(&w, buffer, sizeof(buffer));
	writer_uint(&w, 1, 0);
	assert_true(w.failed);
	writer_init(&w, buffer, sizeof(buffer));
	writer_uint(&w, 1, 9);
	assert_true(w.failed);
	assert_int_equal(w.length, 0);
}

static void
patches_only_what_was_written(void **state)
{
	static const uint8_t expected[] = {0xaa, 0xbb, 0, 1, 2, 3, 0, 0};
	uint8_t buffer[8];
	struct writer w;

	(void)state;
	writer_init(&w, buffer, sizeof(buffer));
	writer_u64(&w, 0);
	writer_patch_u16(&w, 0, 0xaabb);
	writer_patch_u32(&w, 2, 0x00010203);
	assert_false(w.failed);
	assert_memory_equal(buffer, expected, sizeof(expected));
	writer_patch_u32(&w, 4, 0);
	assert_false(w.failed);
	writer_patch_u32(&w, 5, 0);
	assert_true(w.failed);
	writer_init(&w, buffer, sizeof(buffer));
	writer_u16(&w, 0);
	writer_patch_u16(&w, SIZE_MAX, 1);
	assert_true(w.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_cursor_reads_it_back),
	    cmocka_unit_test(what_does_not_fit_writes_nothing),
	    cmocka_unit_test(refuses_impossible_widths),
	    cmocka_unit_test(patches_only_what_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
