/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reasons in words.  That each decoder's names have a row is asserted where
 * they are given: in sink.h and in the fuzz targets' lease_feed.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lease/reason.h"

static void
finds_by_name(void **state)
{
	const struct reason *reason = reason_find("nas_not_its_own");

	(void)state;
	assert_non_null(reason);
	assert_string_equal(reason->name, "nas_not_its_own");
	assert_int_equal(reason->effect, REASON_FIELD);
	assert_non_null(reason->advice);
	assert_null(reason_find("nas_not_its"));
	assert_null(reason_find(""));
}

static void
says_what_was_done(void **state)
{
	(void)state;
	assert_string_equal(reason_effect_text(REASON_RECORD),
			    "the record was left out");
	assert_string_equal(reason_effect_text(REASON_FIELD),
			    "that field was ignored");
	assert_string_equal(reason_effect_text(REASON_SOURCE),
			    "nothing more of that source is taken");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_by_name),
	    cmocka_unit_test(says_what_was_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
