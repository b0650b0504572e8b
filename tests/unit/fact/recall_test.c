/* SPDX-License-Identifier: Apache-2.0 */
/* Which sightings rest on what is recalled, and which don't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fact/recall.h"

#define SINCE_US INT64_C(1700000000000000)

static const struct at_event since = {SINCE_US};
static const struct at_event forever = {TIMES_UNSET_US};

static struct sighting
contact(void)
{
	struct sighting sighting = {.time.us = SINCE_US + TIMES_HOUR_US,
				    .peer_port = 443,
				    .marks = SIGHTING_HAS_PEER |
					     SIGHTING_HAS_PEER_PORT |
					     SIGHTING_HAS_EXPORTER};

	assert_int_equal(addr_parse(slice_of("198.51.100.9"), &sighting.peer),
			 0);
	assert_int_equal(addr_parse(slice_of("203.0.113.1"),
				    &sighting.exporter),
			 0);
	strcpy(sighting.origin, "list:example-c2");
	strcpy(sighting.detector, "contact/1");
	return sighting;
}

static bool
meets(unsigned kind, const char *value, const struct sighting *sighting)
{
	struct recall recall;

	assert_int_equal(recall_init(&recall, kind, value, since, forever), 0);
	return recall_meets(&recall, sighting, "bng1/192.0.2.1");
}

static void
each_kind_meets_what_rests_on_it(void **state)
{
	const struct sighting one = contact();

	(void)state;
	assert_true(meets(RECALL_DETECTOR, "contact/1", &one));
	assert_false(meets(RECALL_DETECTOR, "contact/2", &one));
	assert_true(meets(RECALL_INDICATOR, "198.51.100.9", &one));
	assert_true(meets(RECALL_INDICATOR, "198.51.100.9:443", &one));
	assert_false(meets(RECALL_INDICATOR, "198.51.100.9:80", &one));
	assert_false(meets(RECALL_INDICATOR, "198.51.100.8", &one));
	assert_true(meets(RECALL_FEED, "example-c2", &one));
	assert_true(meets(RECALL_FEED, "list:example-c2", &one));
	assert_false(meets(RECALL_FEED, "example", &one));
	assert_true(meets(RECALL_EXPORTER, "203.0.113.1", &one));
	assert_false(meets(RECALL_EXPORTER, "203.0.113.2", &one));
	assert_true(meets(RECALL_BINDING_SOURCE, "bng1", &one));
	assert_true(meets(RECALL_BINDING_SOURCE, "bng1/192.0.2.1", &one));
	assert_false(meets(RECALL_BINDING_SOURCE, "bng2", &one));
	assert_false(meets(RECALL_BINDING_SOURCE, "bng", &one));
}

/* A list was wrong about an address: that it was flooded stays true. */
static void
a_victim_is_no_indicator(void **state)
{
	struct sighting flood = contact();

	(void)state;
	strcpy(flood.origin, "own-flow");
	assert_false(meets(RECALL_INDICATOR, "198.51.100.9", &flood));
}

/* What names no exporter, or has no word of a holder, rests on none. */
static void
what_is_not_known_is_not_met(void **state)
{
	struct sighting text = contact();
	struct recall recall;

	(void)state;
	text.marks &= (uint16_t)~SIGHTING_HAS_EXPORTER;
	assert_false(meets(RECALL_EXPORTER, "203.0.113.1", &text));
	assert_int_equal(recall_init(&recall, RECALL_BINDING_SOURCE, "bng1",
				     since, forever),
			 0);
	assert_false(recall_meets(&recall, &text, NULL));
	assert_false(recall_meets(&recall, &text, ""));
}

/* [since, until) of the sighting's own time. */
static void
times_are_the_sightings_own(void **state)
{
	const struct at_event until = {SINCE_US + TIMES_DAY_US};
	struct sighting one = contact();
	struct recall recall;

	(void)state;
	assert_int_equal(recall_init(&recall, RECALL_DETECTOR, "contact/1",
				     since, until),
			 0);
	one.time.us = SINCE_US - 1;
	assert_false(recall_meets(&recall, &one, NULL));
	one.time.us = SINCE_US;
	assert_true(recall_meets(&recall, &one, NULL));
	one.time.us = until.us - 1;
	assert_true(recall_meets(&recall, &one, NULL));
	one.time.us = until.us;
	assert_false(recall_meets(&recall, &one, NULL));
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		unsigned kind;
		const char *value;
		int error;
	} wrong[] = {
	    {0, "x", LZ_E_RANGE},
	    {RECALL_KIND_COUNT, "x", LZ_E_RANGE},
	    {RECALL_DETECTOR, "", LZ_E_FORMAT},
	    {RECALL_INDICATOR, "c2.example", LZ_E_UNSUPPORTED},
	    {RECALL_INDICATOR, "198.51.100.9:443/tcp", LZ_E_FORMAT},
	    {RECALL_INDICATOR, "198.51.100.999", LZ_E_FORMAT},
	    {RECALL_EXPORTER, "203.0.113.1:2055", LZ_E_FORMAT},
	    {RECALL_EXPORTER, "router.example", LZ_E_FORMAT},
	};
	struct recall recall = {.kind = 99};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(recall_init(&recall, wrong[i].kind,
					     wrong[i].value, since, forever),
				 wrong[i].error);
	assert_int_equal(recall_init(&recall, RECALL_DETECTOR, "scan/1", since,
				     since),
			 LZ_E_RANGE);
	assert_int_equal(recall.kind, 99);
	for (unsigned kind = 1; kind < RECALL_KIND_COUNT; kind++)
		assert_non_null(recall_kind_name(kind));
	assert_null(recall_kind_name(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_meets_what_rests_on_it),
	    cmocka_unit_test(a_victim_is_no_indicator),
	    cmocka_unit_test(what_is_not_known_is_not_met),
	    cmocka_unit_test(times_are_the_sightings_own),
	    cmocka_unit_test(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
