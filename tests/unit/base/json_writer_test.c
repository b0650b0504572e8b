/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines: commas, escapes, and UTF-8 made valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_writer.h"
#include "base/times.h"

struct writing {
	char buffer[512];
	struct text text;
	struct json_writer json;
};

static struct json_writer *
start(struct writing *w)
{
	text_init(&w->text, w->buffer, sizeof(w->buffer));
	json_writer_init(&w->json, &w->text);
	return &w->json;
}

static void
writes_an_object_of_everything(void **state)
{
	static const uint8_t bytes[] = {0xde, 0xad};
	struct writing w;
	struct json_writer *json = start(&w);

	(void)state;
	json_open_object(json, NULL);
	json_string(json, "s", "x");
	json_u64(json, "u", UINT64_MAX);
	json_i64(json, "i", INT64_MIN);
	json_bool(json, "t", true);
	json_bool(json, "f", false);
	json_time(json, "time", TIMES_EARLIEST_US + 1);
	json_time(json, "unset", TIMES_UNSET_US);
	json_hex(json, "h", bytes, sizeof(bytes));
	json_open_array(json, "a");
	json_u64(json, NULL, 1);
	json_open_array(json, NULL);
	json_close_array(json);
	json_open_object(json, NULL);
	json_string(json, "k", "");
	json_close_object(json);
	json_close_array(json);
	json_open_object(json, "o");
	json_close_object(json);
	json_close_object(json);
	assert_false(w.text.full);
	assert_string_equal(
	    w.buffer, "{\"s\":\"x\",\"u\":18446744073709551615,"
		      "\"i\":-9223372036854775808,\"t\":true,\"f\":false,"
		      "\"time\":\"2000-01-01T00:00:00.000001Z\",\"h\":\"dead\","
		      "\"a\":[1,[],{\"k\":\"\"}],\"o\":{}}");
}

static void
a_second_object_has_no_comma(void **state)
{
	struct writing w;
	struct json_writer *json = start(&w);

	(void)state;
	json_open_object(json, NULL);
	json_close_object(json);
	text_char(&w.text, '\n');
	json_open_object(json, NULL);
	json_u64(json, "a", 1);
	json_close_object(json);
	assert_string_equal(w.buffer, "{}\n{\"a\":1}");
}

static void
check_string(const char *bytes, size_t length, const char *expected)
{
	struct writing w;
	struct json_writer *json = start(&w);
	char *copy = test_malloc(length ? length : 1);

	memcpy(copy, bytes, length);
	json_slice(json, NULL, (struct slice){copy, length});
	assert_string_equal(w.buffer, expected);
	test_free(copy);
}

#define CHECK_STRING(bytes, expected) \
	check_string(bytes, sizeof(bytes) - 1, "\"" expected "\"")
#define BAD "\xef\xbf\xbd"

static void
escapes_what_json_asks_for(void **state)
{
	(void)state;
	CHECK_STRING("", "");
	CHECK_STRING("a\"b\\c/", "a\\\"b\\\\c/");
	CHECK_STRING("\n\r\t", "\\n\\r\\t");
	CHECK_STRING("\0\x01\x1f\x7f", "\\u0000\\u0001\\u001f\x7f");
	CHECK_STRING("\b\f", "\\u0008\\u000c");
}

static void
keeps_good_utf8(void **state)
{
	(void)state;
	CHECK_STRING("\xc3\xa9", "\xc3\xa9");
	CHECK_STRING("\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf");
	CHECK_STRING("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
		     "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
	CHECK_STRING("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		     "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

static void
replaces_bad_utf8(void **state)
{
	(void)state;
	CHECK_STRING("a\x80z", "a" BAD "z");
	CHECK_STRING("\xff\xfe", BAD BAD);
	CHECK_STRING("\xc0\xaf", BAD BAD);         /* overlong */
	CHECK_STRING("\xc1\x81", BAD BAD);         /* overlong */
	CHECK_STRING("\xe0\x9f\xbf", BAD BAD BAD); /* overlong */
	CHECK_STRING("\xed\xa0\x80", BAD BAD BAD); /* surrogate */
	CHECK_STRING("\xf0\x8f\xbf\xbf", BAD BAD BAD BAD);
	CHECK_STRING("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	CHECK_STRING("\xf5\x80\x80\x80", BAD BAD BAD BAD);
	/* Cut off at the end, and cut off by the next character. */
	CHECK_STRING("\xc3", BAD);
	CHECK_STRING("\xe2\x82", BAD BAD);
	CHECK_STRING("\xf0\x9f\x98", BAD BAD BAD);
	CHECK_STRING("\xe2\x82x", BAD BAD "x");
	CHECK_STRING("\xc3\"", BAD "\\\"");
}

static void
says_when_it_did_not_fit(void **state)
{
	char buffer[8];
	struct text text;
	struct json_writer json;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_string(&json, "key", "value");
	json_close_object(&json);
	assert_true(text.full);
	assert_string_equal(buffer, "{\"key\":");
}

static void
writes_scaled_numbers(void **state)
{
	char buffer[256];
	struct text text;
	struct json_writer json;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_scaled(&json, "a", -1250, 3);
	json_scaled(&json, "b", 7, 9);
	json_scaled(&json, "c", -1, 2);
	json_scaled(&json, "d", 42, 0);
	json_scaled(&json, "e", INT64_MIN, 18);
	json_close_object(&json);
	assert_string_equal(buffer, "{\"a\":-1.250,\"b\":0.000000007,"
				    "\"c\":-0.01,\"d\":42,"
				    "\"e\":-9.223372036854775808}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_an_object_of_everything),
	    cmocka_unit_test(a_second_object_has_no_comma),
	    cmocka_unit_test(escapes_what_json_asks_for),
	    cmocka_unit_test(keeps_good_utf8),
	    cmocka_unit_test(replaces_bad_utf8),
	    cmocka_unit_test(says_when_it_did_not_fit),
	    cmocka_unit_test(writes_scaled_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
