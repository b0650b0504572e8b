/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CTU-13 scenario 11 under the detectors: both ICMP flooders, the bot that only
 * speaks to its control server when that is listed, and none of the other
 * campus addresses; the same when packets are sampled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "detect/detect.h"
#include "detect/indicators.h"
#include "flow/argus.h"
#include "flow/thin.h"

#define SEEDS 20
#define LIST                                                               \
	"type,value,port,proto,family,source,last_seen\n"                  \
	"address,78.40.125.4,6667,tcp,rbot,example-list,2011-08-17T00:00:" \
	"00Z\n"

static char path[8192];
static struct flow_record *records;
static size_t count, capacity;

static const char *const flooders[] = {"147.32.84.191", "147.32.84.165"};
static const char *const first_packets[] = {"2011-08-18T15:52:55.096000Z",
					    "2011-08-18T15:53:14.601000Z"};

struct found {
	int64_t flood_us[2]; /* time of the first sighting; 0: none */
	int64_t contact_us;
	unsigned others;
};

static void
collect(void *context, const struct flow_record *more, size_t n)
{
	(void)context;
	if (count + n > capacity) {
		capacity = capacity * 2 + 4096;
		records = realloc(records, capacity * sizeof(*records));
		assert_non_null(records);
	}
	memcpy(records + count, more, n * sizeof(*more));
	count += n;
}

/* As a live exporter would deliver them: by their end. */
static int
by_export(const void *a, const void *b)
{
	const struct flow_record *x = a, *y = b;

	if (x->exported.us != y->exported.us)
		return x->exported.us < y->exported.us ? -1 : 1;
	return memcmp(x, y, sizeof(*x));
}

static int
load(void **state)
{
	char command[8300], piece[65536];
	struct argus *argus = argus_new(0);
	FILE *file;
	size_t got;

	(void)state;
	snprintf(command, sizeof(command), "xz -dc '%s'", path);
	file = popen(command, "r");
	assert_non_null(file);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
		assert_int_equal(argus_feed(argus, piece, got, collect, NULL),
				 0);
	assert_int_equal(pclose(file), 0);
	assert_int_equal(argus_end(argus, collect, NULL), 0);
	argus_free(argus);
	qsort(records, count, sizeof(*records), by_export);
	assert_true(count > 190000);
	return 0;
}

static void
take(void *context, const struct sighting *sighting)
{
	struct found *found = context;
	char who[ADDR_TEXT_SIZE];
	struct text text;

	text_init(&text, who, sizeof(who));
	addr_format(&text, &sighting->address);
	for (unsigned i = 0; i < 2; i++) {
		if (strcmp(who, flooders[i]) == 0 &&
		    sighting->class == RSIT_DDOS) {
			if (found->flood_us[i] == 0)
				found->flood_us[i] = sighting->time.us;
			return;
		}
	}
	if (strcmp(who, "147.32.84.192") == 0 &&
	    sighting->class == RSIT_INFECTED_SYSTEM) {
		found->contact_us = sighting->time.us;
		return;
	}
	print_message("blamed: %s as %s\n", who,
		      rsit_class_name(sighting->class));
	found->others++;
}

static struct found
run(bool listed, uint32_t sampling, uint64_t seed)
{
	struct indicator_list *list = indicator_list_new((struct hash_key){0});
	struct prefix_map *map = prefix_map_new();
	struct inside_item item = {.assign = 128};
	struct detect_conf conf;
	struct detect *detect;
	struct found found = {0};
	struct rng rng;

	rng_init(&rng, seed);
	detect_conf_init(&conf);
	assert_int_equal(prefix_parse(slice_of("147.32.0.0/16"), &item.prefix),
			 0);
	assert_int_equal(prefix_map_add(map, &item.prefix, 0), 0);
	assert_int_equal(prefix_map_seal(map), 0);
	assert_int_equal(indicator_list_add_csv(list, LIST, strlen(LIST), NULL,
						NULL),
			 1);
	assert_int_equal(indicator_list_seal(list), 0);
	conf.inside = map;
	conf.items = &item;
	conf.source_filtered = true;
	conf.sampling = sampling;
	conf.indicators = listed ? list : NULL;
	detect = detect_new(&conf);
	assert_non_null(detect);
	for (size_t i = 0; i < count; i++) {
		struct flow_record record = records[i];

		if (flow_thin(&record, sampling, &rng))
			detect_flows(detect, &record, 1, take, &found);
	}
	detect_end(detect, take, &found);
	detect_free(detect);
	prefix_map_free(map);
	indicator_list_free(list);
	return found;
}

static double
delay_s(const struct found *found, unsigned i)
{
	int64_t first;

	assert_int_equal(times_parse(slice_of(first_packets[i]), &first), 0);
	return (double)(found->flood_us[i] - first) / 1e6;
}

static void
all_packets(void **state)
{
	struct found found = run(true, 1, 1);
	int64_t contact;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		print_message("%s found %.1f s after its first packet\n",
			      flooders[i], delay_s(&found, i));
		assert_true(found.flood_us[i] != 0);
		assert_true(delay_s(&found, i) > 0);
		assert_true(delay_s(&found, i) <= 20);
	}
	assert_int_equal(times_parse(slice_of("2011-08-18T15:48:43.345012Z"),
				     &contact),
			 0);
	assert_int_equal(found.contact_us, contact);
	assert_int_equal(found.others, 0);
	found = run(false, 1, 1);
	assert_int_equal(found.contact_us, 0);
	assert_int_equal(found.others, 0);
}

static void
curve(uint32_t sampling)
{
	unsigned both = 0, others = 0;
	double least = 1e9, most = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct found found = run(false, sampling, seed);

		others += found.others;
		both += found.flood_us[0] != 0 && found.flood_us[1] != 0;
		for (unsigned i = 0; i < 2; i++) {
			if (found.flood_us[i] == 0)
				continue;
			least = delay_s(&found, i) < least ? delay_s(&found, i)
							   : least;
			most = delay_s(&found, i) > most ? delay_s(&found, i)
							 : most;
		}
	}
	print_message("1:%u: 2 of 2 in %u of %d seeds, %.1f to %.1f s after "
		      "the first packet, %u others blamed\n",
		      sampling, both, SEEDS, least, most, others);
	assert_int_equal(both, SEEDS);
	assert_int_equal(others, 0);
}

static void
one_packet_in_100(void **state)
{
	(void)state;
	curve(100);
}

static void
one_packet_in_1000(void **state)
{
	(void)state;
	curve(1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_packets),
	    cmocka_unit_test(one_packet_in_100),
	    cmocka_unit_test(one_packet_in_1000),
	};
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");
	const char *name =
	    "data/traffic/ctu13-s11/capture20110818-2.binetflow.xz";
	int failed;

	if (shared)
		snprintf(path, sizeof(path), "%s/%s", shared, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/%s",
			 source ? source : ".", name);
	if (access(path, R_OK) != 0) {
		puts("skipped: no test material (LAZARET_SHARED)");
		return 77;
	}
	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, load, NULL);
	free(records);
	crypto_fini();
	return failed;
}
