/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON pull reader: what RFC 8259 allows, and that nothing else passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_reader.h"

static enum json_kind
last_of(const char *text)
{
	struct json_reader reader;
	struct json_token token;

	json_reader_init(&reader, text, strlen(text));
	while (json_next(&reader, &token) != JSON_END)
		if (token.kind == JSON_BAD)
			break;
	return token.kind;
}

static void
walks_members_in_order(void **state)
{
	static const char text[] =
	    " {\"a\" : 1, \"b\":[true,false,null,\"x\"],\"c\":{}}\n"
	    "[-0.5e+10]";
	static const enum json_kind want[] = {
	    JSON_OBJECT, JSON_NUMBER,     JSON_ARRAY,      JSON_TRUE,
	    JSON_FALSE,  JSON_NULL,       JSON_STRING,     JSON_ARRAY_END,
	    JSON_OBJECT, JSON_OBJECT_END, JSON_OBJECT_END, JSON_ARRAY,
	    JSON_NUMBER, JSON_ARRAY_END,  JSON_END};
	struct json_reader reader;
	struct json_token token;

	(void)state;
	json_reader_init(&reader, text, strlen(text));
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_int_equal(json_next(&reader, &token), want[i]);
		if (i == 1) {
			assert_true(token.has_key);
			assert_true(json_raw_is(token.key, "a"));
			assert_true(json_raw_is(token.raw, "1"));
			assert_int_equal(token.offset, 8);
		}
		if (i == 6)
			assert_true(!token.has_key &&
				    json_raw_is(token.raw, "x"));
	}
}

static void
refuses_what_is_no_json(void **state)
{
	static const char *const bad[] = {
	    "{\"a\":1,}", "[1,]",
	    "{,}",        "{\"a\" 1}",
	    "{a:1}",      "[1 2]",
	    "[01]",       "[1.]",
	    "[.5]",       "[+1]",
	    "[1e]",       "[\"a]",
	    "[\"\\x\"]",  "[\"\\u12g4\"]",
	    "[\"\t\"]",   "{\"a\":1]",
	    "]",          "}",
	    "[",          "{\"a\":",
	    "tru",        "NaN",
	    "'a'",        "[-]",
	    "[\"\\",      "{\"a\":1,2}",
	    ",",          ":",
	};
	static const char *const good[] = {
	    "",    " ",    "1",      "\"\"",           "[]",     "{}", "[[]]",
	    "[0]", "[-0]", "[1E-9]", "\"\\u00e9\\n\"", "1 2\n3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (last_of(bad[i]) != JSON_BAD)
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (last_of(good[i]) != JSON_END)
			fail_msg("refused: %s", good[i]);
}

static void
bounds_the_depth(void **state)
{
	char text[200];

	(void)state;
	memset(text, '[', 100);
	memset(text + 100, ']', 99);
	text[199] = '\0';
	assert_int_equal(last_of(text), JSON_BAD);
	/* 31 deep is the last that's taken. */
	assert_int_equal(last_of("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1"
				 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
			 JSON_END);
	assert_int_equal(last_of("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1"
				 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
			 JSON_BAD);
}

static void
skips_whole_values(void **state)
{
	static const char text[] = "{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":7}";
	struct json_reader reader;
	struct json_token token;

	(void)state;
	json_reader_init(&reader, text, strlen(text));
	assert_int_equal(json_next(&reader, &token), JSON_OBJECT);
	assert_int_equal(json_next(&reader, &token), JSON_OBJECT);
	assert_int_equal(json_skip(&reader, &token), 0);
	assert_int_equal(json_next(&reader, &token), JSON_NUMBER);
	assert_true(json_raw_is(token.key, "d"));
	assert_int_equal(json_skip(&reader, &token), 0);
	assert_int_equal(json_next(&reader, &token), JSON_OBJECT_END);
	json_reader_init(&reader, "[[1,", 4);
	assert_int_equal(json_next(&reader, &token), JSON_ARRAY);
	assert_int_equal(json_skip(&reader, &token), LZ_E_FORMAT);
}

static void
unescapes(void **state)
{
	char to[16];

	(void)state;
	assert_int_equal(json_text(slice_of("a\\u00e9\\\"\\/\\n"), to, 16), 6);
	assert_string_equal(to, "a\xc3\xa9\"/\n");
	assert_int_equal(json_text(slice_of("\\ud83d\\ude00"), to, 16), 4);
	assert_string_equal(to, "\xf0\x9f\x98\x80");
	assert_int_equal(json_text(slice_of("\\u0000"), to, 16), LZ_E_FORMAT);
	assert_int_equal(json_text(slice_of("\\ud83dx"), to, 16), LZ_E_FORMAT);
	assert_int_equal(json_text(slice_of("\\ude00"), to, 16), LZ_E_FORMAT);
	assert_int_equal(json_text(slice_of("\xc3"), to, 16), LZ_E_FORMAT);
	assert_int_equal(json_text(slice_of("\xc0\x80"), to, 16), LZ_E_FORMAT);
	assert_int_equal(json_text(slice_of("\xed\xa0\x80"), to, 16),
			 LZ_E_FORMAT);
	assert_int_equal(json_text(slice_of("0123456789abcdef"), to, 16),
			 LZ_E_RANGE);
	assert_int_equal(json_text(slice_of("0123456789abcde"), to, 16), 15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(walks_members_in_order),
	    cmocka_unit_test(refuses_what_is_no_json),
	    cmocka_unit_test(bounds_the_depth),
	    cmocka_unit_test(skips_whole_values),
	    cmocka_unit_test(unescapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
