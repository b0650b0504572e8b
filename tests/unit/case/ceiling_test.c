/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flood of addresses nobody is known to hold: they fill their own ceiling and
 * no more; an account still gets its case, and so does an address once another
 * one's has been erased.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "book_bench.h"

static struct bench bench;

static void
see(uint64_t party, bool known)
{
	bench.party.id.value = party;
	bench.party.known = known;
	bench.answer.certainty = known ? CERTAINTY_CERTAIN : CERTAINTY_NOBODY;
	bench_see(&bench, &shape_scan, (int64_t)party);
}

static void
addresses_fill_their_own_ceiling(void **state)
{
	const struct party_id first = {1};

	(void)state;
	bench_init(&bench);
	for (uint64_t party = 1; party <= CASE_UNKNOWN_MAX; party++)
		see(party, false);
	assert_int_equal(case_book_count(bench.book), CASE_UNKNOWN_MAX);
	assert_int_equal(case_book_turned_away(bench.book), 0);
	see(CASE_UNKNOWN_MAX + 1, false);
	assert_int_equal(case_book_count(bench.book), CASE_UNKNOWN_MAX);
	assert_int_equal(case_book_turned_away(bench.book), 1);
	/* One that has a case goes on having it. */
	see(1, false);
	assert_int_equal(case_book_turned_away(bench.book), 1);
	see(CASE_UNKNOWN_MAX + 2, true);
	assert_int_equal(case_book_count(bench.book), CASE_UNKNOWN_MAX + 1);
	case_book_forget(bench.book, case_book_of_party(bench.book, first)->id);
	see(CASE_UNKNOWN_MAX + 3, false);
	assert_int_equal(case_book_count(bench.book), CASE_UNKNOWN_MAX + 1);
	assert_int_equal(case_book_turned_away(bench.book), 1);
	bench_fini(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_fill_their_own_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
