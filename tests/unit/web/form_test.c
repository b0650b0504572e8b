/* SPDX-License-Identifier: Apache-2.0 */
/* Forms as browsers send them, and as others do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/form.h"

static struct form form;

static int
parse(const char *bytes)
{
	return form_parse(&form, bytes, strlen(bytes));
}

static void
test_fields(void **state)
{
	(void)state;
	assert_int_equal(parse("step=unplug&step=update&device=tv+box&"
			       "code=lz%2DK7%C3%A9&empty=&bare"),
			 0);
	assert_int_equal(form.count, 6);
	assert_true(form_has(&form, "step", "update"));
	assert_false(form_has(&form, "step", "router"));
	assert_string_equal(form_get(&form, "device"), "tv box");
	assert_string_equal(form_get(&form, "code"), "lz-K7\xc3\xa9");
	assert_string_equal(form_get(&form, "empty"), "");
	assert_string_equal(form_get(&form, "bare"), "");
	assert_null(form_get(&form, "Step"));
	assert_int_equal(parse(""), 0);
	assert_int_equal(form.count, 0);
	assert_int_equal(parse("&&a=1&&"), 0);
	assert_int_equal(form.count, 1);
}

static void
test_refused(void **state)
{
	static const char *const wrong[] = {
	    "a=%",      "a=%4",        "a=%g0",          "a=%00",
	    "a=%0",     "%1b=1",       "a=%7f",          "a=%c3",
	    "a=%c0%80", "a=%ed%a0%80", "a=%f5%80%80%80", "a=%e0%80%80",
	    "a=\x01"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(wrong[i]), LZ_E_FORMAT);
		assert_int_equal(form.count, 0);
	}
}

static void
test_ceilings(void **state)
{
	char bytes[FORM_BYTES_MAX + 2];

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	assert_int_equal(form_parse(&form, bytes, FORM_BYTES_MAX), 0);
	assert_int_equal(strlen(form.fields[0].name), FORM_BYTES_MAX);
	assert_int_equal(form_parse(&form, bytes, FORM_BYTES_MAX + 1),
			 LZ_E_FULL);
	for (size_t i = 0; i < FORM_FIELDS_MAX + 1; i++)
		memcpy(bytes + 4 * i, "a=b&", 4);
	assert_int_equal(form_parse(&form, bytes, (size_t)4 * FORM_FIELDS_MAX),
			 0);
	assert_int_equal(form.count, FORM_FIELDS_MAX);
	assert_int_equal(form_parse(&form, bytes,
				    (size_t)4 * (FORM_FIELDS_MAX + 1)),
			 LZ_E_FULL);
	/* As many bare names of one letter as go in. */
	for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
		memcpy(bytes + 2 * i, "a&", 2);
	assert_int_equal(form_parse(&form, bytes, (size_t)2 * FORM_FIELDS_MAX),
			 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_ceilings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
