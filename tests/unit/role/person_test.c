/* SPDX-License-Identifier: Apache-2.0 */
/* The same person by two ways is one; who is root alone may be anybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "role/person.h"

static void
one_person_is_one_however_he_comes(void **state)
{
	static const char ann[] = "ann (uid 1001)";
	static const char by_sudo[] = "root (uid 0) for ann (uid 1001)";
	static const char bob[] = "root (uid 0) for bob (uid 1002)";

	(void)state;
	assert_string_equal(person_of(ann), ann);
	assert_string_equal(person_of(by_sudo), ann);
	assert_true(person_same(ann, by_sudo));
	assert_true(person_same(by_sudo, by_sudo));
	assert_false(person_same(by_sudo, bob));
	assert_false(person_same(ann, bob));
	assert_false(person_same("ann (uid 1001)", "ann (uid 1003)"));
	/* Root alone may be any of them: "sudo lazaret" and "su - root" are no
	 * two persons. */
	assert_true(person_same("root (uid 0)", "root (uid 0)"));
	assert_true(person_same("root (uid 0)", by_sudo));
	assert_true(person_same(ann, "root (uid 0)"));
	assert_true(person_is_anybody("root (uid 0) for root (uid 0)"));
	assert_false(person_is_anybody(by_sudo));
	assert_false(person_is_anybody("ann (uid 10)"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_person_is_one_however_he_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
