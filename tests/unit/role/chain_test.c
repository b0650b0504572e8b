/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that changes hands: whom the desk's thinking names, with clocks that
 * are as wrong as they may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "crypto/sha256.h"
#include "detect/detect_conf.h"
#include "role/chain.h"

static const char rows[] =
    "address,port_first,port_last,party,start,end\n"
    "192.0.2.7,,,before,2024-06-01T00:00:00Z,2024-06-20T10:00:00Z\n"
    "192.0.2.7,,,after,2024-06-20T10:00:00Z,\n"
    "192.0.2.8,,,one,2024-06-01T00:00:00Z,2024-06-20T10:00:00Z\n"
    "192.0.2.8,,,one,2024-06-20T10:00:00Z,\n"
    "192.0.2.9,,,two,2024-06-01T00:00:00Z,\n"
    "192.0.2.9,,,three,2024-06-20T00:00:00Z,\n";
#define HANDED_US (INT64_C(1718877600) * TIMES_SECOND_US)

static struct holders *holders;
static struct case_policy policy;
static struct chain *chain;
static char told[PARTY_LABEL_SIZE]; /* "": nobody */
static unsigned notices;

static int
party_of(void *context, const char *label, bool known, struct party_id *party)
{
	(void)context;
	(void)known;
	party->value = hash_crc32c(1, label, strlen(label));
	return 0;
}

static void
sink(void *context, const struct chain_output *output)
{
	(void)context;
	for (size_t i = 0; i < output->step->action_count; i++) {
		if (output->step->actions[i].kind != CASE_ACTION_NOTICE)
			continue;
		notices++;
		(void)text_copy(told, sizeof(told),
				slice_of(output->party_label));
	}
}

static int
setup(void **state)
{
	struct chain_conf conf = {.policy = &policy,
				  .reachable = true,
				  .party_of = party_of,
				  .sink = sink};
	struct binding_list *bindings;

	(void)state;
	if (crypto_init() != 0)
		return -1;
	case_policy_init(&policy);
	case_policy_seal(&policy);
	bindings = binding_list_new();
	if (!bindings ||
	    binding_list_add_csv(bindings, "test", rows, strlen(rows), NULL,
				 NULL) < 0 ||
	    binding_list_seal(bindings) != 0)
		return -1;
	holders = holders_of(bindings, NULL);
	if (!holders)
		return -1;
	conf.holders = holders;
	rng_init(&conf.rng, 1);
	chain = chain_new(&conf);
	told[0] = '\0';
	notices = 0;
	return chain ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	chain_free(chain);
	holders_close(holders);
	return 0;
}

/* A scan of five minutes' length, as a detector would say it. */
static void
see(const char *address, int64_t first_us, int64_t last_us)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .weight_milli = 5000};
	struct detect_conf detect;

	detect_conf_init(&detect);
	assert_int_equal(addr_parse(slice_of(address), &sighting.address), 0);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.time_error_us = detect.time_error_us;
	sighting.first.us = first_us;
	sighting.time.us = sighting.last.us = last_us;
	sighting.known.us = last_us + TIMES_MINUTE_US;
	strcpy(sighting.origin, "own-flow");
	strcpy(sighting.detector, "scan/1");
	sighting_seal(&sighting);
	assert_int_equal(chain_sighting(chain, &sighting, sighting.known), 0);
}

/* Half a minute after the change by a clock that may be a minute ahead. */
static void
nobody_is_told_beside_a_change(void **state)
{
	(void)state;
	see("192.0.2.7", HANDED_US + 30 * TIMES_SECOND_US,
	    HANDED_US + 300 * TIMES_SECOND_US);
	assert_int_equal(notices, 0);
	see("192.0.2.7", HANDED_US - 300 * TIMES_SECOND_US,
	    HANDED_US - 30 * TIMES_SECOND_US);
	assert_int_equal(notices, 0);
	see("192.0.2.7", HANDED_US - 100 * TIMES_SECOND_US,
	    HANDED_US + 100 * TIMES_SECOND_US);
	assert_int_equal(notices, 0);
}

static void
who_is_told_held_it(void **state)
{
	(void)state;
	see("192.0.2.7", HANDED_US - 300 * TIMES_SECOND_US,
	    HANDED_US - 100 * TIMES_SECOND_US);
	assert_string_equal(told, "before");
	see("192.0.2.7", HANDED_US + 100 * TIMES_SECOND_US,
	    HANDED_US + 300 * TIMES_SECOND_US);
	assert_string_equal(told, "after");
	assert_int_equal(notices, 2);
}

static void
a_renewal_is_no_change(void **state)
{
	(void)state;
	see("192.0.2.8", HANDED_US - TIMES_SECOND_US,
	    HANDED_US + TIMES_SECOND_US);
	assert_string_equal(told, "one");
}

static void
two_rows_name_nobody(void **state)
{
	(void)state;
	see("192.0.2.9", HANDED_US - 300 * TIMES_SECOND_US,
	    HANDED_US + 300 * TIMES_SECOND_US);
	assert_int_equal(notices, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nobody_is_told_beside_a_change,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(who_is_told_held_it, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_renewal_is_no_change, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(two_rows_name_nobody, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
