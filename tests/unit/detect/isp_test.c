/* SPDX-License-Identifier: Apache-2.0 */
/* The invented provider under the detectors: every infected line is found,
 * and no line that only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "detect/detect.h"
#include "detect/indicators.h"
#include "sim/isp.h"

#define LIST                                                                \
	"type,value,port,proto,family,source,last_seen\n"                   \
	"address,192.0.2.66,48101,tcp,mirai,example-list,2026-01-04T10:00:" \
	"00Z\n"

struct seen {
	const struct isp *isp;
	unsigned classes[ISP_LINES_MAX]; /* bit per rsit_class, by line */
	size_t count;
	uint8_t digest[SIGHTING_ID_SIZE]; /* of all ids, in their order */
};

static void
take(void *context, const struct sighting *sighting)
{
	struct seen *seen = context;

	assert_int_equal(sighting->role, ROLE_INFECTED);
	assert_false(sighting->marks & SIGHTING_SPOOFABLE);
	for (size_t i = 0; i < isp_line_count(seen->isp); i++) {
		const struct isp_line *line = isp_line(seen->isp, i);

		if (addr_equal(&sighting->address, &line->v4) ||
		    prefix_contains(&line->v6, &sighting->address))
			seen->classes[i] |= 1u << sighting->class;
	}
	for (size_t i = 0; i < sizeof(seen->digest); i++)
		seen->digest[i] =
		    (uint8_t)(seen->digest[i] * 31 + sighting->id[i]);
	seen->count++;
}

static void
inside(struct prefix_map *map, struct inside_item items[3])
{
	static const char *const prefixes[] = {ISP_INSIDE_V4_A, ISP_INSIDE_V4_B,
					       ISP_INSIDE_V6};

	memset(items, 0, 3 * sizeof(items[0]));
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(prefix_parse(slice_of(prefixes[i]),
					      &items[i].prefix),
				 0);
		items[i].assign = i == 2 ? 56 : 128;
		assert_int_equal(prefix_map_add(map, &items[i].prefix, i), 0);
	}
	assert_int_equal(prefix_map_seal(map), 0);
}

/* Runs the provider through the detectors in pieces of `batch` records. */
static void
run(struct seen *seen, struct isp *isp, size_t batch)
{
	static struct flow_record records[FLOW_BATCH_MAX];
	struct indicator_list *list = indicator_list_new((struct hash_key){0});
	struct prefix_map *map = prefix_map_new();
	struct inside_item items[3];
	struct detect_conf conf;
	struct detect *detect;
	size_t count = 0;

	memset(seen, 0, sizeof(*seen));
	seen->isp = isp;
	inside(map, items);
	detect_conf_init(&conf);
	conf.inside = map;
	conf.items = items;
	conf.source_filtered = true;
	conf.lateness_us = 7 * TIMES_SECOND_US;
	conf.indicators = list;
	assert_int_equal(indicator_list_add_csv(list, LIST, strlen(LIST), NULL,
						NULL),
			 1);
	assert_int_equal(indicator_list_seal(list), 0);
	detect = detect_new(&conf);
	assert_non_null(detect);
	while (isp_next(isp, &records[count])) {
		if (++count == batch) {
			detect_flows(detect, records, count, take, seen);
			count = 0;
		}
	}
	detect_flows(detect, records, count, take, seen);
	detect_end(detect, take, seen);
	detect_free(detect);
	prefix_map_free(map);
	indicator_list_free(list);
}

static struct isp *
provider(void)
{
	struct isp_conf conf;

	isp_conf_init(&conf);
	conf.start.us = INT64_C(1767607200000000);
	return isp_new(&conf);
}

static void
infected_lines_are_found_and_nobody_else(void **state)
{
	static const unsigned wanted[ISP_BEHAVIOUR_COUNT] = {
	    [ISP_SCANNER] = 1u << RSIT_SCANNER,
	    [ISP_UDP_FLOOD] = 1u << RSIT_DDOS,
	    [ISP_SYN_FLOOD] = 1u << RSIT_DDOS | 1u << RSIT_INFECTED_SYSTEM,
	    [ISP_C2_ONLY] = 1u << RSIT_INFECTED_SYSTEM,
	};
	struct isp *isp = provider();
	static struct seen seen;

	(void)state;
	run(&seen, isp, FLOW_BATCH_MAX);
	for (size_t i = 0; i < isp_line_count(isp); i++) {
		enum isp_behaviour behaviour = isp_line(isp, i)->behaviour;

		if (seen.classes[i] != wanted[behaviour])
			print_message("%s: classes %x\n",
				      isp_behaviour_name(behaviour),
				      seen.classes[i]);
		assert_int_equal(seen.classes[i], wanted[behaviour]);
	}
	isp_free(isp);
}

static void
batches_change_nothing(void **state)
{
	static struct seen one, other;
	struct isp *isp = provider();

	(void)state;
	run(&one, isp, 1);
	isp_free(isp);
	isp = provider();
	run(&other, isp, 37);
	isp_free(isp);
	assert_int_equal(one.count, other.count);
	assert_true(one.count > 0);
	assert_memory_equal(one.digest, other.digest, sizeof(one.digest));
}

/* detection.md 1.3: 300 pps at 1:1000 with 60 s windows. */
static void
floor_is_what_poisson_says(void **state)
{
	struct detect_conf conf;

	(void)state;
	detect_conf_init(&conf);
	assert_in_range((unsigned)detect_floor_pps(&conf, 1000), 270, 330);
	assert_in_range((unsigned)detect_floor_pps(&conf, 100), 251, 307);
	assert_int_equal((unsigned)detect_floor_pps(&conf, 1), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(infected_lines_are_found_and_nobody_else),
	    cmocka_unit_test(batches_change_nothing),
	    cmocka_unit_test(floor_is_what_poisson_says),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
