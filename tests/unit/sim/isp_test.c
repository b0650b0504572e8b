/* SPDX-License-Identifier: Apache-2.0 */
/* The invented provider: the same seed gives the same records, in the order
 * routers send them, and each behaviour does what its name says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "sim/isp.h"
#include "sim/trait.h"

static struct isp *
small_isp(uint64_t seed)
{
	struct isp_conf conf;

	isp_conf_init(&conf);
	conf.seed = seed;
	conf.lines = 60;
	conf.start.us = INT64_C(1767607200000000);
	return isp_new(&conf);
}

static uint32_t
digest(uint64_t seed)
{
	struct isp *isp = small_isp(seed);
	struct flow_record record;
	uint32_t crc = 0;

	assert_non_null(isp);
	while (isp_next(isp, &record)) {
		crc = hash_crc32c(crc, record.src.bytes, 16);
		crc = hash_crc32c(crc, record.dst.bytes, 16);
		crc = hash_crc32c(crc, &record.start.us, 8);
		crc = hash_crc32c(crc, &record.packets, 8);
	}
	isp_free(isp);
	return crc;
}

static void
same_seed_same_records(void **state)
{
	(void)state;
	assert_int_equal(digest(7), digest(7));
	assert_int_not_equal(digest(7), digest(8));
}

static void
records_come_in_export_order_and_make_sense(void **state)
{
	struct isp *isp = small_isp(1);
	struct flow_record record;
	struct prefix inside_a, inside_b, inside_v6;
	int64_t last = INT64_MIN;
	size_t count = 0;

	(void)state;
	assert_int_equal(prefix_parse(slice_of(ISP_INSIDE_V4_A), &inside_a), 0);
	assert_int_equal(prefix_parse(slice_of(ISP_INSIDE_V4_B), &inside_b), 0);
	assert_int_equal(prefix_parse(slice_of(ISP_INSIDE_V6), &inside_v6), 0);
	while (isp_next(isp, &record)) {
		bool src = prefix_contains(&inside_a, &record.src) ||
			   prefix_contains(&inside_b, &record.src) ||
			   prefix_contains(&inside_v6, &record.src);
		bool dst = prefix_contains(&inside_a, &record.dst) ||
			   prefix_contains(&inside_b, &record.dst) ||
			   prefix_contains(&inside_v6, &record.dst);

		assert_true(src != dst);
		assert_int_equal(record.entered,
				 src ? ENTERED_SUBSCRIBER : ENTERED_BORDER);
		assert_true(record.exported.us >= last);
		assert_true(record.start.us <= record.end.us);
		assert_true(record.end.us <= record.exported.us);
		assert_true(record.packets > 0);
		assert_true(record.end.us - record.start.us <=
			    5 * TIMES_SECOND_US);
		last = record.exported.us;
		count++;
	}
	assert_true(count > 50000);
	isp_free(isp);
}

static void
every_behaviour_is_dealt(void **state)
{
	struct isp *isp = small_isp(3);
	unsigned seen[ISP_BEHAVIOUR_COUNT] = {0};
	unsigned infected = 0, behaviour;
	size_t i;

	(void)state;
	for (i = 0; i < isp_line_count(isp); i++) {
		const struct isp_line *line = isp_line(isp, i);

		seen[line->behaviour]++;
		infected += isp_behaviour_infected(line->behaviour);
		assert_non_null(isp_behaviour_name(line->behaviour));
	}
	for (behaviour = 0; behaviour < ISP_BEHAVIOUR_COUNT; behaviour++)
		assert_true(seen[behaviour] > 0);
	assert_int_equal(infected, 4);
	isp_free(isp);
}

/* What the flooders are made of: enough one-way packets a second. */
static void
attack_rates_are_what_they_say(void **state)
{
	struct isp *isp = small_isp(1);
	uint64_t packets[ISP_BEHAVIOUR_COUNT] = {0};
	struct flow_record record;

	(void)state;
	while (isp_next(isp, &record)) {
		size_t i;

		for (i = 0; i < isp_line_count(isp); i++) {
			const struct isp_line *line = isp_line(isp, i);

			if (addr_equal(&record.src, &line->v4) &&
			    record.dport != 443)
				packets[line->behaviour] += record.packets;
		}
	}
	/* 180 s of attack, less what each starts later. */
	assert_in_range(packets[ISP_UDP_FLOOD], 900 * 171, 900 * 173);
	assert_in_range(packets[ISP_SYN_FLOOD], 280 * 168, 320 * 168);
	assert_in_range(packets[ISP_SCANNER], 150 * 175, 170 * 175);
	assert_in_range(packets[ISP_C2_ONLY], 50, 60);
	isp_free(isp);
}

static void
impossible_sizes_are_refused(void **state)
{
	struct isp_conf conf;

	(void)state;
	isp_conf_init(&conf);
	conf.lines = ISP_LINES_MAX + 1;
	assert_null(isp_new(&conf));
	conf.lines = ISP_LINES_MIN - 1;
	assert_null(isp_new(&conf));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_seed_same_records),
	    cmocka_unit_test(records_come_in_export_order_and_make_sense),
	    cmocka_unit_test(every_behaviour_is_dealt),
	    cmocka_unit_test(attack_rates_are_what_they_say),
	    cmocka_unit_test(impossible_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
