/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recall of 100,000 stored sightings of 10,000 accounts that were all told:
 * withdrawn, scored anew, corrected, as the desk does it, a transaction a slice,
 * by the clock, on SQLite (WAL, synchronous FULL) or on PostgreSQL (STORE_URL).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "case_made.h"
#include "crypto/sha256.h"
#include "role/desk_keep.h"
#include "role/desk_recall.h"
#include "store/leaf_store.h"
#include "store/store.h"

#define ACCOUNTS 10000u
#define SIGHTINGS 100000u
#define BATCH 4096u
#define GOAL_S 60.0

struct bench {
	struct conf *conf;
	struct counters *counters;
	struct holders *holders;
	struct store *store;
	struct leaf_store *leaves;
	struct desk_keep keep;
	struct chain *chain;
	struct desk_recalls recalls;
	char folder[64];
	struct at_event now;
	struct sighting *sightings; /* BATCH */
};

static void
check(const struct bench *bench, const char *what, int error)
{
	if (!error)
		return;
	fprintf(stderr, "recall: %s: %s (%s)\n", what, lz_strerror(error),
		bench->store ? store_message(bench->store) : "");
	exit(1);
}

static struct holders *
make_holders(void)
{
	const size_t room = ACCOUNTS * 64 + 128;
	char *text = memory_new(room, 1);
	struct binding_list *bindings = binding_list_new();
	size_t length;

	length =
	    (size_t)snprintf(text, room,
			     "address,port_first,port_last,party,start,end\n");
	for (uint32_t i = 0; i < ACCOUNTS; i++)
		length += (size_t)
		    snprintf(text + length, room - length,
			     "10.%u.%u.%u,,,account-%u,2020-01-01T00:00:00Z,\n",
			     i >> 16, i >> 8 & 255, i & 255, i);
	if (binding_list_add_csv(bindings, "bindings.csv", text, length, NULL,
				 NULL) < 0 ||
	    binding_list_seal(bindings) != 0)
		exit(1);
	memory_free(text);
	return holders_of(bindings, NULL);
}

static void
open_stores(struct bench *bench)
{
	const char *url = getenv("STORE_URL");
	char message[STORE_MESSAGE_SIZE] = "", where[128];
	const struct at_arrival now = {CASE_MADE_T0};
	struct store *keys;

	snprintf(where, sizeof(where), "%s/desk.sqlite", bench->folder);
	check(bench, message,
	      store_open_writer(url ? url : where, &sql_desk, now,
				&bench->store, message));
	snprintf(where, sizeof(where), "%s/keys.sqlite", bench->folder);
	check(bench, message,
	      store_open_writer(url ? url : where, &sql_keys, now, &keys,
				message));
	check(bench, "leaves",
	      leaf_store_open(keys, bench->store, &bench->leaves));
}

static void
begin(struct bench *bench)
{
	struct chain_conf chain = {.reachable = true,
				   .queue = BATCH,
				   .party_of = desk_keep_party,
				   .parties_of = desk_keep_parties,
				   .sink = desk_keep_step,
				   .arrival = desk_keep_arrival,
				   .context = &bench->keep};
	struct rng rng;

	snprintf(bench->folder, sizeof(bench->folder),
		 "/var/tmp/lz-recall-bench-XXXXXX");
	if (!mkdtemp(bench->folder) || crypto_init() != 0)
		exit(1);
	bench->conf = memory_new(1, sizeof(*bench->conf));
	case_made_policy(&bench->conf->policy);
	bench->conf->policy.cause_notices_hour = UINT32_MAX;
	bench->conf->policy.brake_notices_hour = UINT32_MAX;
	case_policy_seal(&bench->conf->policy);
	bench->sightings = memory_new(BATCH, sizeof(*bench->sightings));
	bench->counters = counters_create(bench->folder, "desk");
	bench->holders = make_holders();
	open_stores(bench);
	rng_init(&rng, 1);
	bench->keep = (struct desk_keep){.store = bench->store,
					 .conf = bench->conf,
					 .counters = bench->counters,
					 .rows = desk_rows_new(),
					 .leaves = bench->leaves,
					 .rng = rng_fork(&rng, 1)};
	chain.policy = &bench->conf->policy;
	chain.holders = bench->holders;
	chain.rng = rng_fork(&rng, 2);
	bench->chain = chain_new(&chain);
	if (!bench->sightings || !bench->counters || !bench->holders ||
	    !bench->chain)
		exit(1);
	bench->keep.book = chain_book(bench->chain);
	bench->now.us = CASE_MADE_T0;
}

/* Scans of each account in turn, an account's own an hour apart. */
static void
make(struct sighting *sighting, uint32_t n)
{
	struct rng rng;

	rng_init(&rng, n);
	case_made_sighting(sighting, n % ACCOUNTS,
			   (struct at_event){CASE_MADE_T0 +
					     n / ACCOUNTS * TIMES_HOUR_US +
					     n % ACCOUNTS * 1000},
			   &rng);
	strcpy(sighting->origin, "own-flow");
	strcpy(sighting->detector, "scan/1");
	sighting->class = RSIT_SCANNER;
	sighting->weight_milli = 5000;
	sighting->marks &= (uint16_t) ~(SIGHTING_FLOOD_LASTS |
					SIGHTING_SPOOFABLE |
					SIGHTING_UNAUTHENTICATED);
	sighting_seal(sighting);
}

/* One transaction of the desk, all at one time. */
static void
fill_batch(struct bench *bench, uint32_t first, uint32_t count)
{
	int error = store_begin(bench->store);

	for (uint32_t i = 0; i < count; i++)
		make(&bench->sightings[i], first + i);
	bench->now.us = bench->sightings[count - 1].time.us +
			130 * TIMES_SECOND_US;
	bench->keep.now = bench->now;
	for (uint32_t i = 0; i < count && !error; i++)
		error = chain_sighting(bench->chain, &bench->sightings[i],
				       bench->now);
	if (!error)
		error = chain_drain(bench->chain);
	if (!error)
		error = desk_keep_flush(&bench->keep);
	if (!error)
		error = leaf_store_settle(bench->leaves);
	if (!error)
		error = store_commit(bench->store);
	check(bench, "filling", error);
}

static void
fill(struct bench *bench)
{
	for (uint32_t n = 0; n < SIGHTINGS; n += BATCH)
		fill_batch(bench, n,
			   SIGHTINGS - n < BATCH ? SIGHTINGS - n : BATCH);
}

static void
order(struct bench *bench, uint8_t act, const char *actor)
{
	struct command command = {.act = act,
				  .time = bench->now,
				  .other = 1,
				  .recall = RECALL_DETECTOR,
				  .since = {CASE_MADE_T0},
				  .until = times_unset()};
	struct desk_answer answer;
	int error = store_begin(bench->store);

	strcpy(command.actor, actor);
	strcpy(command.reason, "it was wrong");
	strcpy(command.value, "scan/1");
	if (!error)
		error = desk_recall_take(&bench->recalls, bench->store,
					 &command, &answer);
	if (!error)
		error = store_commit(bench->store);
	check(bench, "an order", error);
	check(bench, answer.text, answer.outcome < 0 ? answer.outcome : 0);
}

static unsigned
run(struct bench *bench)
{
	const struct desk_recall_work work = {bench->store, bench->chain,
					      &bench->keep, bench->counters};
	unsigned slices = 0;
	bool more = true;

	while (more) {
		int error = store_begin(bench->store);

		more = false;
		if (!error)
			error = desk_recall_slice(&bench->recalls, &work,
						  bench->now, &more);
		if (!error)
			error = desk_keep_flush(&bench->keep);
		if (!error)
			error = leaf_store_settle(bench->leaves);
		if (!error)
			error = store_commit(bench->store);
		check(bench, "a slice", error);
		slices++;
	}
	return slices;
}

int
main(void)
{
	static struct bench bench;
	const struct store_recall *recall = bench.recalls.list;
	char command[128];
	unsigned slices;
	double began, seconds;

	begin(&bench);
	fill(&bench);
	order(&bench, COMMAND_RECALL, "ann (uid 1001)");
	order(&bench, COMMAND_RECALL_APPROVE, "bob (uid 1002)");
	began = case_made_clock();
	slices = run(&bench);
	seconds = case_made_clock() - began;
	printf("recall: %" PRIu64 " sightings of %" PRIu64 " cases, %" PRIu64
	       " notices corrected, in %u slices\n",
	       recall->sightings, recall->cases, recall->corrected, slices);
	printf("bench: recall_100k_%s %.1f s goal %.0f %s\n",
	       getenv("STORE_URL") ? "postgres" : "sqlite", seconds, GOAL_S,
	       seconds <= GOAL_S && recall->sightings == SIGHTINGS ? "met"
								   : "missed");
	chain_free(bench.chain);
	desk_rows_free(bench.keep.rows);
	leaf_store_close(bench.leaves);
	store_close(bench.store);
	holders_close(bench.holders);
	snprintf(command, sizeof(command), "rm -rf %s", bench.folder);
	return system(command) == 0 ? 0 : 1;
}
