/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for the desk in enforcer_test.py: writes measures into a desk's
 * store, rings, and prints what came back in the enforcer's spool.
 *
 *   enforcer_desk STATE RUN on|would MEASURE KIND TARGET SECONDS
 *   enforcer_desk STATE RUN off MEASURE
 *   enforcer_desk STATE RUN effects
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "crypto/sha256.h"
#include "role/effect.h"
#include "spool/spool.h"
#include "store/effect_store.h"

#define CASE_ID 17

static struct at_event now;

static int
begin(struct store *store)
{
	const struct party_id party = {7};
	static const uint8_t record[] = {0};
	const struct store_case row = {.id = CASE_ID,
				       .party = party,
				       .state = CASE_OPEN,
				       .version = 1,
				       .opened = now,
				       .changed = now,
				       .last = now,
				       .due = times_unset(),
				       .closed = times_unset(),
				       .record = {record, sizeof(record)}};
	int error = desk_store_party_add(store, party, "acct-7", true, now);

	if (error == LZ_E_EXISTS)
		return 0;
	return error ? error : desk_store_case_put(store, &row);
}

static int
keep_first(void *context, const struct store_measure *measure)
{
	struct store_measure *kept = context;
	static char target[MEASURE_TARGET_SIZE];

	if (measure->id != kept->id)
		return 0;
	*kept = *measure;
	snprintf(target, sizeof(target), "%s", measure->target);
	kept->target = target;
	return 0;
}

static enum measure_kind
kind_of(const char *name)
{
	for (unsigned i = MEASURE_FILTER; i < MEASURE_KIND_COUNT; i++)
		if (strcmp(name, measure_kind_name(i)) == 0)
			return (enum measure_kind)i;
	return MEASURE_KIND_COUNT;
}

static int
put(struct store *store, int argc, char **argv)
{
	struct store_measure row = {.id = strtoull(argv[4], NULL, 10),
				    .case_id = CASE_ID,
				    .since = now,
				    .changed = now};
	int error = store_begin(store);

	if (!error)
		error = begin(store);
	if (argc == 8) {
		row.kind = kind_of(argv[5]);
		row.target = argv[6];
		row.expires.us =
		    now.us + (int64_t)(strtod(argv[7], NULL) * TIMES_SECOND_US);
		row.wanted = true;
		row.would = strcmp(argv[3], "would") == 0;
	} else if (!error) {
		error = desk_view_measures(store, CASE_ID, keep_first, &row);
		row.wanted = false;
	}
	row.reason = "a test";
	if (!error)
		error = desk_store_measure_put(store, &row);
	return error ? error : store_commit(store);
}

static int
effects_print(const char *state)
{
	char path[512];
	struct spool_reader *reader;
	const uint8_t *body;
	size_t length;
	uint64_t sequence;
	int error;

	snprintf(path, sizeof(path), "%s/enforcer/spool", state);
	error = spool_reader_open(path, 0, &reader);
	if (error)
		return error;
	while (spool_reader_next(reader, &body, &length, &sequence) == 1) {
		struct cursor cursor;
		struct effect effect;

		cursor_init(&cursor, body, length);
		error = effect_decode(&cursor, &effect);
		if (error)
			break;
		printf("%" PRIu64 " %s %s %" PRId64 " %s %s\n", effect.measure,
		       effect.on ? "on" : "off", effect_kind_name(effect.kind),
		       effect.time.us, effect.device, effect.detail);
	}
	spool_reader_close(reader);
	return error;
}

int
main(int argc, char **argv)
{
	char path[512], message[STORE_MESSAGE_SIZE] = "";
	struct timespec clock;
	struct store *store;
	int error, ring;

	if (argc < 4)
		return 2;
	clock_gettime(CLOCK_REALTIME, &clock);
	now.us = (int64_t)clock.tv_sec * TIMES_SECOND_US + clock.tv_nsec / 1000;
	if (strcmp(argv[3], "effects") == 0)
		return effects_print(argv[1]) != 0;
	if ((argc != 5 && argc != 8) || crypto_init() != 0)
		return 2;
	umask(022);
	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", argv[1]);
	error = store_open_writer(path, &sql_desk, (struct at_arrival){now.us},
				  &store, message);
	if (!error)
		error = put(store, argc, argv);
	if (error)
		fprintf(stderr, "enforcer_desk: %s %s\n", lz_strerror(error),
			message);
	store_close(store);
	snprintf(path, sizeof(path), "%s/enforcer.bell", argv[2]);
	ring = spool_bell_open();
	spool_bell_ring(ring, path);
	return error != 0;
}
