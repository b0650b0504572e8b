/* SPDX-License-Identifier: Apache-2.0 */
/* What a sensor that was taken over can't make the desk believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "role/credible.h"

#define NOW_US INT64_C(1700000000000000)

static const char yaml[] =
    "network: { name: example, inside: [192.0.2.0/24,"
    " { prefix: 203.0.113.0/24, cgnat: outside, ports: 512, first: 1024 },"
    " { prefix: \"2001:db8::/32\", assign: 56 }] }\n";
static const struct at_event now = {NOW_US};
static struct conf *conf;

static int
setup(void **state)
{
	struct conf_errors errors;

	(void)state;
	return conf_parse("test", yaml, strlen(yaml), &conf, &errors);
}

static int
teardown(void **state)
{
	(void)state;
	conf_free(conf);
	return 0;
}

static struct sighting
flood(const char *address)
{
	struct sighting sighting = {.role = ROLE_INFECTED,
				    .class = RSIT_DDOS,
				    .weight_milli = 6000};
	const struct inside_item *item;
	uint32_t index;

	assert_int_equal(addr_parse(slice_of(address), &sighting.address), 0);
	index = prefix_map_find(conf->inside, &sighting.address);
	if (index != PREFIX_MAP_NONE) {
		item = &conf->inside_items[index];
		sighting.subject = subject_of(item, &sighting.address, 1600);
	} else {
		sighting.subject.prefix = prefix_of(&sighting.address, 128);
	}
	sighting.time.us = NOW_US - TIMES_MINUTE_US;
	sighting.first = sighting.last = sighting.known = sighting.time;
	strcpy(sighting.origin, "own-flow");
	strcpy(sighting.detector, "flood.udp/1");
	return sighting;
}

static void
assert_believed(struct sighting sighting)
{
	const char *why = credible_sighting(conf, now, &sighting);

	if (why)
		fail_msg("%s", why);
}

static void
assert_not(struct sighting sighting, const char *expected)
{
	const char *why = credible_sighting(conf, now, &sighting);

	assert_non_null(why);
	assert_string_equal(why, expected);
}

static void
what_detectors_say_is_believed(void **state)
{
	struct sighting sighting = flood("192.0.2.7");

	(void)state;
	assert_believed(sighting);
	assert_believed(flood("203.0.113.9"));
	assert_believed(flood("2001:db8:1:2::7"));
	sighting.known.us = NOW_US + TIMES_MINUTE_US; /* a clock ahead */
	assert_believed(sighting);
	sighting.time.us = sighting.first.us = NOW_US - 4 * TIMES_DAY_US;
	assert_believed(sighting);
	strcpy(sighting.detector, "scan/1");
	sighting.class = RSIT_SCANNER;
	assert_believed(sighting);
	strcpy(sighting.detector, "contact/1");
	strcpy(sighting.origin, "list:example");
	sighting.class = RSIT_INFECTED_SYSTEM;
	assert_believed(sighting);
}

static void
weights_are_ours(void **state)
{
	struct sighting sighting = flood("192.0.2.7");

	(void)state;
	sighting.weight_milli = 1000000000;
	assert_null(credible_sighting(conf, now, &sighting));
	assert_int_equal(sighting.weight_milli, 6000);
	sighting.class = RSIT_SCANNER;
	strcpy(sighting.detector, "scan/1");
	assert_null(credible_sighting(conf, now, &sighting));
	assert_int_equal(sighting.weight_milli, 5000);
	sighting.weight_milli = -1;
	assert_not(sighting, "its weight is negative");
}

static void
nothing_is_to_come(void **state)
{
	struct sighting sighting = flood("192.0.2.7"), other = sighting;

	(void)state;
	other.time.us = NOW_US + TIMES_DAY_US;
	assert_not(other, "its times can't be");
	other.time.us = INT64_MAX;
	assert_not(other, "its times can't be");
	other.time = times_unset();
	assert_not(other, "its times can't be");
	other = sighting;
	other.known.us = NOW_US + TIMES_HOUR_US;
	assert_not(other, "its times can't be");
	other = sighting;
	other.last.us = NOW_US + TIMES_HOUR_US;
	assert_not(other, "its times can't be");
	other = sighting;
	other.first.us = 0;
	assert_not(other, "its times can't be");
	other = sighting;
	other.lateness_us = INT64_MAX;
	assert_not(other, "its times can't be");
	other = sighting;
	other.time_error_us = INT64_MAX;
	assert_not(other, "its times can't be");
	other = sighting;
	other.port_count = 1;
	other.ports[0].time.us = INT64_MIN;
	assert_not(other, "its times can't be");
}

static void
the_subject_is_of_the_address(void **state)
{
	struct sighting sighting = flood("192.0.2.7");

	(void)state;
	assert_not(flood("198.51.100.7"), "its address isn't ours");
	sighting.subject = flood("192.0.2.8").subject; /* a neighbour */
	assert_not(sighting, "its subject isn't that of its address");
	sighting.subject.prefix = prefix_of(&sighting.address, 96 + 24);
	assert_not(sighting, "its subject isn't that of its address");
	sighting = flood("2001:db8:1:2::7");
	sighting.subject.prefix = prefix_of(&sighting.address, 48);
	assert_not(sighting, "its subject isn't that of its address");
	sighting = flood("203.0.113.9");
	sighting.subject.port_last++; /* two blocks, or all ports */
	assert_not(sighting, "its subject isn't that of its address");
	sighting.subject.port_first = sighting.subject.port_last = 0;
	assert_not(sighting, "its subject isn't that of its address");
}

static void
names_are_ours(void **state)
{
	struct sighting sighting = flood("192.0.2.7"), other = sighting;

	(void)state;
	strcpy(other.detector, "flood.udp/2");
	assert_not(other, "no such detector");
	other = sighting;
	strcpy(other.origin, "own-dns"); /* a second origin */
	assert_not(other, "its detector doesn't say that");
	strcpy(other.origin, "list:example");
	assert_not(other, "its detector doesn't say that");
	other = sighting;
	other.class = RSIT_INFECTED_SYSTEM;
	assert_not(other, "its detector doesn't say that");
	strcpy(other.detector, "contact/1");
	assert_not(other, "its detector doesn't say that");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_detectors_say_is_believed),
	    cmocka_unit_test(weights_are_ours),
	    cmocka_unit_test(nothing_is_to_come),
	    cmocka_unit_test(the_subject_is_of_the_address),
	    cmocka_unit_test(names_are_ours),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
