/* SPDX-License-Identifier: Apache-2.0 */
/* A line is limited for security alone: the list is closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fact/security_reason.h"

static int
parse(const char *name, enum security_reason *reason)
{
	return security_reason_parse(slice_of(name), reason);
}

static void
every_reason_has_its_name(void **state)
{
	(void)state;
	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		enum security_reason reason = REASON_NONE;
		const char *name =
		    security_reason_name((enum security_reason)i);

		assert_int_equal(parse(name, &reason), LZ_OK);
		assert_int_equal(reason, i);
	}
	assert_string_equal(security_reason_name(REASON_NONE), "none");
	assert_string_equal(security_reason_name(REASON_COUNT), "unknown");
}

static void
what_must_never_be_a_reason_is_known_by_name(void **state)
{
	static const char *const wrong[] = {"copyright", "Piracy",
					    "content",   "speech",
					    "debt",      "unpaid",
					    "price",     "torrent",
					    "COPYRIGHT"};
	enum security_reason reason = REASON_ATTACK;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(wrong[i], &reason), LZ_E_UNSUPPORTED);
	assert_int_equal(reason, REASON_ATTACK);
}

static void
nothing_else_is_a_reason_either(void **state)
{
	enum security_reason reason = REASON_ATTACK;

	(void)state;
	assert_int_equal(parse("", &reason), LZ_E_NOT_FOUND);
	assert_int_equal(parse("none", &reason), LZ_E_NOT_FOUND);
	assert_int_equal(parse("attacks", &reason), LZ_E_NOT_FOUND);
	assert_int_equal(parse("because", &reason), LZ_E_NOT_FOUND);
	assert_int_equal(reason, REASON_ATTACK);
}

static void
every_class_gives_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++)
		assert_in_range(security_reason_of((enum rsit_class)i),
				REASON_ATTACK, REASON_COUNT - 1);
	assert_int_equal(security_reason_of(RSIT_DDOS), REASON_ATTACK);
	assert_int_equal(security_reason_of(RSIT_SCANNER), REASON_INFECTED);
	assert_int_equal(security_reason_of(RSIT_C2_SERVER), REASON_C2_HOSTED);
	assert_int_equal(security_reason_of(RSIT_DDOS_AMPLIFIER),
			 REASON_AMPLIFIER);
	assert_int_equal(security_reason_of(RSIT_VULNERABLE_SYSTEM),
			 REASON_VULNERABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_reason_has_its_name),
	    cmocka_unit_test(what_must_never_be_a_reason_is_known_by_name),
	    cmocka_unit_test(nothing_else_is_a_reason_either),
	    cmocka_unit_test(every_class_gives_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
