/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's way of sightings into its store, all of them distinct: looked up,
 * attributed, stepped, and written with their case, as many a transaction as
 * the desk takes of a backlog (chain, desk_keep, store).  100,000 accounts: the first
 * sighting of each opens its case; then sightings of random ones, of a day's
 * usual mix, by the clock on SQLite (WAL, synchronous FULL) and by processor
 * seconds of client and server together on PostgreSQL (STORE_URL).  Making and
 * hashing the sightings isn't counted.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "case_made.h"
#include "crypto/sha256.h"
#include "role/arrivals.h"
#include "role/chain.h"
#include "role/counter_table.h"
#include "role/desk_keep.h"
#include "store/store.h"

#define ACCOUNTS 100000u
#define BATCH ARRIVALS_MAX
#define PIECES 15u
#define ROUNDS 5u
#define SQLITE_GOAL 20000.0
#define POSTGRES_GOAL 35000.0

struct bench {
	struct conf *conf;
	struct counters *counters;
	struct holders *holders;
	struct store *store;
	struct desk_keep keep;
	struct chain *chain;
	struct rng rng;
	char folder[64];
	int server; /* pid of the server's first process; 0: SQLite */
	struct sighting *sightings; /* BATCH */
	const struct sighting *list[BATCH];
	int64_t now_us;
	double processor; /* of this process, over all that was timed */
	uint64_t taken;
};

static void
die(const struct bench *bench, const char *what, int error)
{
	fprintf(stderr, "case_store: %s: %s (%s)\n", what, lz_strerror(error),
		bench->store ? store_message(bench->store) : "");
	exit(1);
}

/* ------------------------------------------------------------- the world */

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

/* "... host=FOLDER ...": the cluster's folder holds its first process. */
static int
server_of(const char *url)
{
	const char *at = strstr(url, "host=");
	char path[256];
	int pid = 0;
	FILE *file;

	if (!at)
		return 0;
	snprintf(path, sizeof(path), "%.*s/data/postmaster.pid",
		 (int)strcspn(at + 5, " "), at + 5);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

static void
open_store(struct bench *bench)
{
	const char *url = getenv("STORE_URL");
	char message[STORE_MESSAGE_SIZE], where[128];
	int error;

	snprintf(where, sizeof(where), "%s/desk.sqlite", bench->folder);
	if (url)
		bench->server = server_of(url);
	error = store_open_writer(url ? url : where, &sql_desk,
				  (struct at_arrival){CASE_MADE_T0},
				  &bench->store, message);
	if (!error)
		return;
	fprintf(stderr, "case_store: %s\n", message);
	exit(1);
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

	snprintf(bench->folder, sizeof(bench->folder),
		 "/var/tmp/lz-case-bench-XXXXXX");
	if (!mkdtemp(bench->folder) || crypto_init() != 0)
		exit(1);
	bench->conf = memory_new(1, sizeof(*bench->conf));
	case_policy_init(&bench->conf->policy);
	case_policy_seal(&bench->conf->policy);
	bench->counters = counters_create(bench->folder, "desk");
	bench->holders = make_holders();
	bench->sightings = memory_new(BATCH, sizeof(*bench->sightings));
	if (!bench->counters || !bench->holders)
		exit(1);
	open_store(bench);
	rng_init(&bench->rng, 1);
	bench->keep = (struct desk_keep){.store = bench->store,
					 .conf = bench->conf,
					 .counters = bench->counters,
					 .rows = desk_rows_new(),
					 .rng = rng_fork(&bench->rng, 1)};
	chain.policy = &bench->conf->policy;
	chain.holders = bench->holders;
	chain.rng = rng_fork(&bench->rng, 2);
	bench->chain = chain_new(&chain);
	if (!bench->chain)
		exit(1);
	bench->keep.book = chain_book(bench->chain);
	bench->now_us = CASE_MADE_T0;
}

/* ------------------------------------------------------------ the clocks */

/* Processor seconds of a process and those of it that it has buried. */
static double
seconds_of(int pid, int *parent)
{
	unsigned long user = 0, system = 0;
	long user_gone = 0, system_gone = 0;
	char path[64], text[1024];
	const char *at;
	FILE *file;
	size_t length;

	*parent = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	at = strrchr(text, ')');
	if (!at ||
	    sscanf(at + 1,
		   " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld "
		   "%ld",
		   parent, &user, &system, &user_gone, &system_gone) != 5)
		return 0;
	return (double)(user + system + (unsigned long)user_gone +
			(unsigned long)system_gone) /
	       (double)sysconf(_SC_CLK_TCK);
}

/* The server's: its first process and all of its children. */
static double
server_seconds(int server)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	double sum = 0;

	while (folder && (entry = readdir(folder)) != NULL) {
		const int pid = atoi(entry->d_name);
		int parent;
		double seconds;

		if (pid <= 0)
			continue;
		seconds = seconds_of(pid, &parent);
		if (pid == server || parent == server)
			sum += seconds;
	}
	if (folder)
		closedir(folder);
	return sum;
}

/* The clock on SQLite; on PostgreSQL the processors. */
static double
spent(const struct bench *bench)
{
	return bench->server
		   ? case_made_processor() + server_seconds(bench->server)
		   : case_made_clock();
}

/* --------------------------------------------------------------- batches */

/* One transaction of the desk. */
static void
take_batch(struct bench *bench, unsigned count)
{
	static bool known[BATCH];
	struct at_event now = {bench->now_us + 130 * TIMES_SECOND_US};
	int error = store_begin(bench->store);

	bench->keep.now = now;
	if (!error)
		error = desk_store_known(bench->store, bench->list, count,
					 known);
	for (unsigned i = 0; i < count && !error; i++)
		if (!known[i])
			error = chain_sighting(bench->chain, bench->list[i],
					       now);
	if (!error)
		error = chain_drain(bench->chain);
	if (!error)
		error = desk_keep_flush(&bench->keep);
	if (!error)
		error = desk_store_set_offset(bench->store, "sensor",
					      (uint64_t)now.us);
	if (!error)
		error = store_commit(bench->store);
	if (error)
		die(bench, "batch", error);
}

/* Answers the seconds that `count` sightings took; `first`: of these accounts
 * in turn, else of random ones. */
static double
take(struct bench *bench, unsigned count, int64_t first)
{
	double begin, sum = 0;
	unsigned made = 0;

	while (made < count) {
		const unsigned now = count - made < BATCH ? count - made
							  : BATCH;

		for (unsigned i = 0; i < now; i++) {
			const uint32_t account =
			    first >= 0
				? (uint32_t)first + made + i
				: (uint32_t)rng_below(&bench->rng, ACCOUNTS);

			bench->now_us += 20000;
			case_made_sighting(&bench->sightings[i], account,
					   (struct at_event){bench->now_us},
					   &bench->rng);
			bench->list[i] = &bench->sightings[i];
		}
		bench->processor -= case_made_processor();
		begin = spent(bench);
		take_batch(bench, now);
		sum += spent(bench) - begin;
		bench->processor += case_made_processor();
		bench->taken += now;
		made += now;
	}
	return sum;
}

static void
say(const struct bench *bench, const char *what, double *rates, unsigned count,
    double goal)
{
	const double median = case_made_median(rates, count);

	printf("%s: %.0f to %.0f, %u rounds; %" PRIu64 " cases\n", what,
	       rates[0], rates[count - 1], count,
	       (uint64_t)case_book_count(chain_book(bench->chain)));
	printf("bench: %s_%s %.0f %s goal %.0f %s\n", what,
	       bench->server ? "postgres" : "sqlite", median,
	       bench->server ? "sightings/cpu-s" : "sightings/s", goal,
	       median >= goal ? "met" : "missed");
}

int
main(void)
{
	static struct bench bench;
	double rates[ROUNDS], goal;
	const unsigned opened = ACCOUNTS / ROUNDS;
	const unsigned spread = PIECES * BATCH / ROUNDS;
	char command[128];

	begin(&bench);
	if (getenv("STORE_URL") && !bench.server) {
		puts("skipped: whose the server is can't be seen");
		return 77;
	}
	goal = bench.server ? POSTGRES_GOAL : SQLITE_GOAL;
	for (unsigned i = 0; i < ROUNDS; i++)
		rates[i] = opened / take(&bench, opened, (int64_t)opened * i);
	say(&bench, "case_store_open", rates, ROUNDS, goal);
	for (unsigned i = 0; i < ROUNDS; i++)
		rates[i] = spread / take(&bench, spread, -1);
	say(&bench, "case_store", rates, ROUNDS, goal);
	printf(
	    "case_store: %" PRIu64 " of %" PRIu64
	    " steps stand in their sighting's row; %.1f us of this process a "
	    "sighting\n",
	    counters_get(bench.counters, COUNTER_DESK_FOLDED),
	    counters_get(bench.counters, COUNTER_DESK_STEPS),
	    bench.processor / (double)bench.taken * 1e6);
	chain_free(bench.chain);
	desk_rows_free(bench.keep.rows);
	store_close(bench.store);
	holders_close(bench.holders);
	snprintf(command, sizeof(command), "rm -rf %s", bench.folder);
	return system(command) == 0 ? 0 : 1;
}
