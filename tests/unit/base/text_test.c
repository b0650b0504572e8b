/* SPDX-License-Identifier: Apache-2.0 */
/* Slices, numbers in text, and the bounded text buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void
compares_slices(void **state)
{
	const struct slice none = {NULL, 0};

	(void)state;
	assert_true(slice_equal(slice_of("abc"), "abc"));
	assert_false(slice_equal(slice_of("abc"), "abd"));
	assert_false(slice_equal(slice_of("abc"), "ab"));
	assert_false(slice_equal(slice_of("ab"), "abc"));
	assert_true(slice_equal(none, ""));
	assert_true(slice_equal_folded(slice_of("Src_IP"), "src_ip"));
	assert_true(slice_equal_folded(none, ""));
	/* '[' and '{' are 32 apart as letters are, and no letters. */
	assert_false(slice_equal_folded(slice_of("["), "{"));
	assert_false(slice_equal_folded(slice_of("@"), "`"));
}

static void
trims_and_splits(void **state)
{
	struct slice rest = slice_of("a,,b,");

	(void)state;
	assert_true(slice_equal(slice_trim(slice_of(" \tx y\r ")), "x y"));
	assert_true(slice_equal(slice_trim(slice_of(" \t\r")), ""));
	assert_true(slice_equal(slice_split(&rest, ','), "a"));
	assert_true(slice_equal(slice_split(&rest, ','), ""));
	assert_true(slice_equal(slice_split(&rest, ','), "b"));
	/* The empty last field is there, and then nothing. */
	assert_non_null(rest.at);
	assert_true(slice_equal(slice_split(&rest, ','), ""));
	assert_null(rest.at);
	assert_true(slice_equal(slice_split(&rest, ','), ""));
	assert_null(rest.at);
}

struct number_case {
	const char *text;
	uint64_t max;
	int error;
	uint64_t value;
};

static void
reads_decimal_numbers(void **state)
{
	static const struct number_case cases[] = {
	    {"0", 10, 0, 0},
	    {"007", 10, 0, 7},
	    {"65535", 65535, 0, 65535},
	    {"65536", 65535, LZ_E_RANGE, 0},
	    {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
	    {"18446744073709551616", UINT64_MAX, LZ_E_RANGE, 0},
	    {"99999999999999999999999", UINT64_MAX, LZ_E_RANGE, 0},
	    {"99999999999999999999999x", UINT64_MAX, LZ_E_FORMAT, 0},
	    {"", 10, LZ_E_FORMAT, 0},
	    {"-1", 10, LZ_E_FORMAT, 0},
	    {"+1", 10, LZ_E_FORMAT, 0},
	    {" 1", 10, LZ_E_FORMAT, 0},
	    {"1 ", 10, LZ_E_FORMAT, 0},
	    {"0x1", 10, LZ_E_FORMAT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 42;

		assert_int_equal(slice_u64(slice_of(cases[i].text),
					   cases[i].max, &value),
				 cases[i].error);
		/* On an error the value stays what it was. */
		assert_true(value == (cases[i].error ? 42 : cases[i].value));
	}
}

static void
reads_hexadecimal_numbers(void **state)
{
	static const struct number_case cases[] = {
	    {"0x0", 10, 0, 0},
	    {"0x1A", 26, 0, 26},
	    {"0X1a", 25, LZ_E_RANGE, 0},
	    {"0xffffffffffffffff", UINT64_MAX, 0, UINT64_MAX},
	    {"0x10000000000000000", UINT64_MAX, LZ_E_RANGE, 0},
	    {"0x", 10, LZ_E_FORMAT, 0},
	    {"1a", 255, LZ_E_FORMAT, 0},
	    {"0xg", 255, LZ_E_FORMAT, 0},
	    {"", 255, LZ_E_FORMAT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 42;

		assert_int_equal(slice_hex(slice_of(cases[i].text),
					   cases[i].max, &value),
				 cases[i].error);
		assert_true(value == (cases[i].error ? 42 : cases[i].value));
	}
}

static void
reads_millionths(void **state)
{
	static const struct {
		const char *text;
		int error;
		int64_t micro;
	} cases[] = {
	    {"2.983247", 0, 2983247},
	    {"0", 0, 0},
	    {"416.8", 0, 416800000},
	    {"0.0000019", 0, 1},
	    {"1.123456789012345678901", 0, 1123456},
	    {"9223372036854.775807", 0, INT64_MAX},
	    {"9223372036854.775808", LZ_E_RANGE, 0},
	    {"999999999999999999", LZ_E_RANGE, 0},
	    {"0000000000000000001", LZ_E_RANGE, 0}, /* 19 digits */
	    {"99999999999999999999.5", LZ_E_RANGE, 0},
	    {"", LZ_E_FORMAT, 0},
	    {".5", LZ_E_FORMAT, 0},
	    {"5.", LZ_E_FORMAT, 0},
	    {"1.5.2", LZ_E_FORMAT, 0},
	    {"-1.5", LZ_E_FORMAT, 0},
	    {"1e5", LZ_E_FORMAT, 0},
	    {"1.5e5", LZ_E_FORMAT, 0},
	    {"99999999999999999999.x", LZ_E_FORMAT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t micro = 42;

		assert_int_equal(slice_micro(slice_of(cases[i].text), &micro),
				 cases[i].error);
		assert_true(micro == (cases[i].error ? 42 : cases[i].micro));
	}
}

static void
builds_text(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x7f, 0xff};
	char buffer[128];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	assert_string_equal(buffer, "");
	text_add(&text, "a");
	text_char(&text, '=');
	text_u64(&text, UINT64_MAX);
	text_char(&text, ' ');
	text_i64(&text, INT64_MIN);
	text_char(&text, ' ');
	text_i64(&text, 0);
	text_char(&text, ' ');
	text_padded(&text, 7, 3);
	text_padded(&text, 1234, 3);
	text_padded(&text, 5, 0);
	text_char(&text, ' ');
	text_hex(&text, bytes, sizeof(bytes));
	text_slice(&text, (struct slice){"!?", 1});
	text_slice(&text, (struct slice){NULL, 0});
	assert_string_equal(buffer, "a=18446744073709551615 "
				    "-9223372036854775808 0 00712345 007fff!");
	assert_int_equal(text.length, strlen(buffer));
	assert_false(text.full);
}

static void
full_text_stays_whole(void **state)
{
	char buffer[8];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "seven77");
	assert_false(text.full);
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "four");
	text_add(&text, "five5");
	assert_true(text.full);
	assert_string_equal(buffer, "four");
	/* It would fit; but a text with a hole in it is worse than a cut. */
	text_char(&text, 'x');
	assert_string_equal(buffer, "four");
	text_init(&text, buffer, 1);
	text_char(&text, 'x');
	assert_true(text.full);
	assert_string_equal(buffer, "");
}

static void
copies_with_an_end(void **state)
{
	char to[4] = "xxx";

	(void)state;
	assert_true(text_copy(to, sizeof(to), slice_of("abc")));
	assert_string_equal(to, "abc");
	assert_false(text_copy(to, sizeof(to), slice_of("defg")));
	assert_string_equal(to, "def");
	assert_true(text_copy(to, sizeof(to), (struct slice){NULL, 0}));
	assert_string_equal(to, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(compares_slices),
	    cmocka_unit_test(trims_and_splits),
	    cmocka_unit_test(reads_decimal_numbers),
	    cmocka_unit_test(reads_hexadecimal_numbers),
	    cmocka_unit_test(reads_millionths),
	    cmocka_unit_test(builds_text),
	    cmocka_unit_test(full_text_stays_whole),
	    cmocka_unit_test(copies_with_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
