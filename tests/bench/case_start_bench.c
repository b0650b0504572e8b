/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A desk that starts on a store of a million cases, each of a party of its own,
 * 100,000 of them open: seconds of the clock until its memory is whole, and how
 * much that is.  Then the timers of all open cases, due at random moments of
 * one minute: how late the last commit of each was, written as the desk writes.
 * On SQLite, or where STORE_URL says.  Filling the store isn't counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "case_made.h"
#include "crypto/sha256.h"
#include "role/desk_keep.h"
#include "role/desk_load.h"
#include "store/store.h"

#define CASES 1000000u
#define OPEN_EACH 10u /* every tenth is open */
#define A_CALL 500u
#define START_GOAL_S 10.0
#define TIMERS_GOAL_S 1.0
#define TIMERS_US TIMES_MINUTE_US

struct bench {
	struct conf *conf;
	struct store *store;
	struct desk_keep keep;
	struct desk_policies *policies;
	struct chain *chain;
	struct rng rng;
	char folder[64];
	int64_t *late_us; /* of each timer that fired */
	int64_t *due_us;  /* of this round */
	size_t fired, in_round;
};

static void
must(const struct bench *bench, const char *what, int error)
{
	if (!error)
		return;
	fprintf(stderr, "case_start: %s: %s (%s)\n", what, lz_strerror(error),
		store_message(bench->store));
	exit(1);
}

/* ------------------------------------------------------------ the store */

/* As it is after a few sightings and a notice of shadow. */
static void
make_record(const struct bench *bench, uint64_t n, struct case_record *record)
{
	struct sighting sighting;
	struct rng rng = rng_fork(&bench->rng, n);
	const bool open = n % OPEN_EACH == 0;
	/* The quiet time of the open ones ends within a minute. */
	const int64_t seen_us = CASE_MADE_T0 -
				bench->conf->policy.probation_us +
				(int64_t)rng_below(&rng, TIMERS_US);

	case_record_init(record, n + 1, (struct party_id){n + 1},
			 (struct at_event){seen_us - TIMES_DAY_US},
			 &bench->conf->policy);
	case_made_sighting(&sighting, (uint32_t)n, (struct at_event){seen_us},
			   &rng);
	record->known = true;
	record->state = open ? CASE_OPEN : CASE_CLOSED;
	record->version = 1;
	record->latest = sighting;
	record->first_seen = record->last_seen = record->changed =
	    sighting.time;
	record->classes = 1u << sighting.class;
	record->finding_count = 1;
	record->findings[0] = (struct case_finding){.class = sighting.class,
						    .count = 1,
						    .first = sighting.time,
						    .last = sighting.time};
	record->sighting_count = 1;
	memcpy(record->sightings[0].id, sighting.id, SIGHTING_ID_SIZE);
	record->sightings[0].time = sighting.time;
	record->sightings[0].class = sighting.class;
	record->sightings[0].role = sighting.role;
	record->sightings[0].certainty = CERTAINTY_CERTAIN;
	if (open)
		record->due.us = seen_us + bench->conf->policy.probation_us;
	else
		record->closed = sighting.time;
}

static void
fill_call(struct bench *bench, uint64_t first, struct case_record *record,
	  uint8_t *bytes)
{
	static char labels[A_CALL][32];
	struct store_party parties[A_CALL];
	struct store_case rows[A_CALL];
	size_t used = 0;

	for (uint64_t i = 0; i < A_CALL; i++) {
		struct writer writer;

		make_record(bench, first + i, record);
		writer_init(&writer, bytes + used, CASE_RECORD_BYTES_MAX);
		case_record_encode(&writer, record);
		snprintf(labels[i], sizeof(labels[i]), "account-%llu",
			 (unsigned long long)(first + i));
		parties[i] = (struct store_party){.label = labels[i],
						  .known = true,
						  .party = record->party,
						  .created = record->opened};
		rows[i] = (struct store_case){.id = record->id,
					      .party = record->party,
					      .known = true,
					      .state = record->state,
					      .certainty = CERTAINTY_CERTAIN,
					      .version = 1,
					      .classes = record->classes,
					      .opened = record->opened,
					      .changed = record->changed,
					      .last = record->last_seen,
					      .due = record->due,
					      .closed = record->closed,
					      .events = 1,
					      .record = {bytes + used,
							 writer.length}};
		used += writer.length;
	}
	must(bench, "parties",
	     desk_store_parties_add(bench->store, parties, A_CALL));
	must(bench, "cases", desk_store_cases_put(bench->store, rows, A_CALL));
}

static void
fill(struct bench *bench)
{
	struct case_record *record = memory_new(1, sizeof(*record));
	uint8_t *bytes = memory_new(A_CALL, CASE_RECORD_BYTES_MAX);

	for (uint64_t n = 0; n < CASES; n += A_CALL) {
		if (n % (40 * A_CALL) == 0)
			must(bench, "begin", store_begin(bench->store));
		fill_call(bench, n, record, bytes);
		if (n % (40 * A_CALL) == 39 * A_CALL || n + A_CALL == CASES)
			must(bench, "commit", store_commit(bench->store));
	}
	memory_free(record);
	memory_free(bytes);
}

static void
begin(struct bench *bench)
{
	const char *url = getenv("STORE_URL");
	char message[STORE_MESSAGE_SIZE], where[128];

	snprintf(bench->folder, sizeof(bench->folder),
		 "/var/tmp/lz-case-bench-XXXXXX");
	if (!mkdtemp(bench->folder) || crypto_init() != 0)
		exit(1);
	snprintf(where, sizeof(where), "%s/desk.sqlite", bench->folder);
	if (store_open_writer(url ? url : where, &sql_desk,
			      (struct at_arrival){CASE_MADE_T0}, &bench->store,
			      message) != 0) {
		fprintf(stderr, "case_start: %s\n", message);
		exit(1);
	}
	bench->conf = memory_new(1, sizeof(*bench->conf));
	case_policy_init(&bench->conf->policy);
	case_policy_seal(&bench->conf->policy);
	rng_init(&bench->rng, 1);
	bench->policies = memory_new(1, sizeof(*bench->policies));
	bench->late_us = memory_new(CASES, sizeof(int64_t));
	bench->due_us = memory_new(CASES, sizeof(int64_t));
	bench->keep =
	    (struct desk_keep){.store = bench->store,
			       .conf = bench->conf,
			       .counters = counters_create(bench->folder,
							   "desk"),
			       .rows = desk_rows_new()};
}

/* ----------------------------------------------------------- the measures */

static long
resident_mib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long all = 0, resident = 0;

	if (file && fscanf(file, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

static void
take_step(void *context, const struct chain_output *output)
{
	struct bench *bench = context;

	if (output->step->event->kind == CASE_EVENT_TIMER)
		bench->due_us[bench->in_round++] = output->step->input->now.us;
	desk_keep_step(&bench->keep, output);
}

static struct holders *
no_holders(void)
{
	static const char header[] =
	    "address,port_first,port_last,party,start,end\n";
	struct binding_list *bindings = binding_list_new();

	if (binding_list_add_csv(bindings, "bindings.csv", header,
				 strlen(header), NULL, NULL) < 0 ||
	    binding_list_seal(bindings) != 0)
		exit(1);
	return holders_of(bindings, NULL);
}

static int
no_party(void *context, const char *label, bool known, struct party_id *party)
{
	(void)context;
	(void)label;
	(void)known;
	(void)party;
	return LZ_E_NOT_FOUND;
}

static double
start(struct bench *bench, struct holders *holders)
{
	const struct chain_conf conf = {.policy = &bench->conf->policy,
					.holders = holders,
					.reachable = true,
					.rng = bench->rng,
					.party_of = no_party,
					.sink = take_step,
					.context = bench};
	const long before = resident_mib();
	const double begun = case_made_clock();
	double seconds;

	must(bench, "load",
	     desk_load(bench->store, &conf, bench->policies, &bench->chain));
	seconds = case_made_clock() - begun;
	bench->keep.book = chain_book(bench->chain);
	printf("case_start: %zu cases, %zu of them whole; %ld MiB of memory "
	       "for them\n",
	       case_book_count(bench->keep.book),
	       case_book_whole(bench->keep.book), resident_mib() - before);
	return seconds;
}

/* The desk's rounds for a minute and a little; the clock stands at the first
 * timer's moment when they begin. */
static void
run_timers(struct bench *bench)
{
	const double begun = case_made_clock();
	const struct timespec moment = {0, 5000000};

	for (;;) {
		const int64_t passed_us =
		    (int64_t)((case_made_clock() - begun) * 1e6);
		const struct at_event now = {CASE_MADE_T0 + passed_us};
		int64_t done_us;

		bench->keep.now = now;
		bench->in_round = 0;
		must(bench, "begin", store_begin(bench->store));
		must(bench, "advance", chain_advance(bench->chain, now));
		must(bench, "flush", desk_keep_flush(&bench->keep));
		must(bench, "commit", store_commit(bench->store));
		done_us = CASE_MADE_T0 +
			  (int64_t)((case_made_clock() - begun) * 1e6);
		for (size_t i = 0; i < bench->in_round; i++)
			bench->late_us[bench->fired++] = done_us -
							 bench->due_us[i];
		if (passed_us > TIMERS_US + TIMES_SECOND_US)
			return;
		nanosleep(&moment, NULL);
	}
}

static int
by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
say(const char *name, const char *engine, double seconds, double goal)
{
	printf("bench: %s_%s %.2f s goal %.0f %s\n", name, engine, seconds,
	       goal, seconds <= goal ? "met" : "missed");
}

int
main(void)
{
	static struct bench bench;
	const char *engine = getenv("STORE_URL") ? "postgres" : "sqlite";
	struct holders *holders = no_holders();
	char command[128];

	begin(&bench);
	fill(&bench);
	say("case_start", engine, start(&bench, holders), START_GOAL_S);
	run_timers(&bench);
	qsort(bench.late_us, bench.fired, sizeof(bench.late_us[0]), by_value);
	if (bench.fired < CASES / OPEN_EACH) {
		fprintf(stderr, "case_start: %zu timers fired\n", bench.fired);
		return 1;
	}
	printf("case_timers: %zu fired in a minute, half of them stored within "
	       "%.3f s, 99 of 100 within %.3f s\n",
	       bench.fired, (double)bench.late_us[bench.fired / 2] / 1e6,
	       (double)bench.late_us[bench.fired / 100 * 99] / 1e6);
	say("case_timers", engine, (double)bench.late_us[bench.fired - 1] / 1e6,
	    TIMERS_GOAL_S);
	chain_free(bench.chain);
	desk_rows_free(bench.keep.rows);
	store_close(bench.store);
	holders_close(holders);
	snprintf(command, sizeof(command), "rm -rf %s", bench.folder);
	return system(command) == 0 ? 0 : 1;
}
