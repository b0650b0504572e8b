/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binding index: look-ups among 30 million sessions and 100 million blocks
 * of ports, bytes a sealed binding, sealing a day of 10 million, dropping it;
 * and the same look-ups by an SQL index in the same run.
 *
 * Every answer is compared with the generator; one wrong and the program fails.
 * Look-ups are timed in processor time of this one thread, because other jobs
 * share the machine (PostgreSQL by the clock: it works in another process);
 * median of rounds that alternate with SQL's.  The page cache is warm.
 *
 * SQL has 4 million of the same rows only, which favours it; all 31 million,
 * SQLite alone, with LAZARET_BENCH_FULL=1.  LAZARET_BENCH_300M=1 adds 300 million
 * blocks (30 days of 10 million; 6 GB in TMPDIR or /tmp).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/sha256.h"
#include "index/seal.h"
#include "index_bench.h"

#define ROUNDS 7
#define QUERIES 100000u
#define SQL_QUERIES 20000u
#define POSTGRES_QUERIES 2000u
#define PUT_BATCH 20000u
#define SEAL_ROWS 10000000u
#define HEAD_EVENTS 200000u /* each ends a row and begins one */
#define PATH_SIZE 256

struct rows {
	const struct made *made;
	uint32_t day;
	uint64_t next;
};

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
fail(const char *what, int error)
{
	fprintf(stderr, "index bench: %s: %s\n", what, lz_strerror(error));
	exit(1);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), ascending);
	return values[count / 2];
}

static int
next_row(void *context, struct binding *row)
{
	struct rows *rows = context;

	if (rows->next == made_rows_a_day(rows->made))
		return 0;
	made_row(rows->made, rows->day, rows->next++, row);
	return 1;
}

static struct index_writer *
open_writer(const char *path)
{
	struct index_conf conf = {.path = path};
	struct index_writer *writer = NULL;
	int error = index_writer_open(&conf, &writer);

	if (error)
		fail("open", error);
	return writer;
}

/* The open sessions, as the head has them. */
static void
put_open(struct index_writer *writer, const struct made *made)
{
	struct tracker_store store = index_store(writer, NULL, NULL);
	int error = 0;

	for (uint32_t n = 0; n < made->addrs && !error; n++) {
		struct binding row;

		if (n % PUT_BATCH == 0)
			error = index_begin(writer);
		made_open(made, n, &row);
		if (!error)
			error = store.put(store.context, &row);
		if (!error &&
		    (n % PUT_BATCH == PUT_BATCH - 1 || n + 1 == made->addrs))
			error = index_commit(writer, n);
	}
	if (error)
		fail("put", error);
}

static void
build(const char *path, const struct made *made)
{
	struct index_writer *writer = open_writer(path);
	double from = seconds(CLOCK_PROCESS_CPUTIME_ID), to;
	int error = 0;

	for (uint32_t day = 0; day < made->days && !error; day++) {
		struct rows rows = {made, day, 0};

		error = seal_day(writer, BENCH_DAY0 + day, next_row, &rows);
	}
	if (error)
		fail("seal", error);
	to = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (!made->ports)
		put_open(writer, made);
	fprintf(stderr, "%s: sealed in %.1f s of CPU, then head %.1f s\n", path,
		to - from, seconds(CLOCK_PROCESS_CPUTIME_ID) - to);
	index_writer_close(writer);
}

static struct bench_query *
make_queries(const struct made *made, uint64_t seed, size_t count)
{
	struct bench_query *queries = malloc(count * sizeof(*queries));
	struct rng rng;

	if (!queries)
		abort();
	rng_init(&rng, seed);
	for (size_t i = 0; i < count; i++)
		made_query(made, &rng, &queries[i]);
	return queries;
}

/* Microseconds a look-up; every answer is right, or we end here. */
static double
time_index(const struct binding_cursor *cursor,
	   const struct bench_query *queries, size_t count)
{
	double from = seconds(CLOCK_PROCESS_CPUTIME_ID);

	for (size_t i = 0; i < count; i++) {
		const struct bench_query *query = &queries[i];
		const struct binding *row;
		uint64_t offset = 0;

		if (query->port >= 0)
			cursor->seek_port(cursor->context, 0, &query->addr,
					  (uint16_t)query->port, query->at,
					  query->at);
		else
			cursor->seek(cursor->context, 0, &query->addr,
				     query->at, query->at);
		while ((row = cursor->next(cursor->context)) != NULL)
			if (query->port < 0 ||
			    (query->port >= row->subject.port_first &&
			     query->port <= row->subject.port_last))
				offset += row->offset;
		if (offset != query->offset)
			fail("a wrong answer", LZ_E_CHECKSUM);
	}
	return (seconds(CLOCK_PROCESS_CPUTIME_ID) - from) / (double)count * 1e6;
}

static double
time_sql(struct bench_sql *sql, clockid_t clock,
	 const struct bench_query *queries, size_t count)
{
	double from = seconds(clock);

	for (size_t i = 0; i < count; i++)
		if (bench_sql_find(sql, &queries[i]) != queries[i].offset)
			fail("a wrong answer of SQL", LZ_E_CHECKSUM);
	return (seconds(clock) - from) / (double)count * 1e6;
}

static void
print_facts(const char *name, struct index_reader *reader)
{
	struct index_facts facts;
	double bytes;

	index_reader_facts(reader, &facts);
	bytes = (double)facts.bytes_sealed / (double)facts.rows_sealed;
	fprintf(stderr,
		"%s: %" PRIu64 " rows sealed in %" PRIu64 " days, %" PRIu64
		" in the head of %" PRIu64 " bytes\n",
		name, facts.rows_sealed, facts.days, facts.rows_head,
		facts.bytes_head);
	printf("bench: index_sealed_%s %.1f bytes/binding goal 24 %s\n", name,
	       bytes, bytes <= 24 ? "met" : "missed");
}

struct peers {
	struct bench_sql *sqlite, *postgres;
	struct bench_query *queries; /* of what SQL holds */
};

static void
print_lookup(const char *name, double *own, double goal, double peer,
	     const char *peer_name)
{
	double us = median(own, ROUNDS);

	fprintf(stderr, "%s: %.2f to %.2f us\n", name, own[0], own[ROUNDS - 1]);
	printf("bench: index_lookup_%s %.2f us/lookup goal %.0f %s", name, us,
	       goal, us <= goal ? "met" : "missed");
	if (peer > 0)
		printf(" vs %s %.2f", peer_name, peer / us);
	printf("\n");
}

/* Rounds of ours and of SQL's in turn. */
static void
measure(const char *name, const char *path, const struct made *made,
	double goal, const struct peers *peers)
{
	struct bench_query *queries = make_queries(made, 11, QUERIES);
	struct index_reader *reader = NULL;
	struct binding_cursor cursor;
	double own[ROUNDS], sqlite[ROUNDS] = {0}, postgres[ROUNDS] = {0};
	int error = index_reader_open(path, &reader);

	if (error)
		fail("read", error);
	cursor = index_reader_cursor(reader);
	/* Once through all of it: checks the pages and warms the cache. */
	if (index_reader_verify(reader) != 0)
		fail("verify", LZ_E_CHECKSUM);
	(void)time_index(&cursor, queries, QUERIES);
	for (size_t i = 0; i < ROUNDS; i++) {
		free(queries);
		queries = make_queries(made, 100 + i, QUERIES);
		own[i] = time_index(&cursor, queries, QUERIES);
		if (peers && peers->sqlite)
			sqlite[i] = time_sql(peers->sqlite,
					     CLOCK_PROCESS_CPUTIME_ID,
					     peers->queries, SQL_QUERIES);
		if (peers && peers->postgres)
			postgres[i] = time_sql(peers->postgres, CLOCK_MONOTONIC,
					       peers->queries,
					       POSTGRES_QUERIES);
	}
	print_lookup(name, own, goal, median(sqlite, ROUNDS), "sqlite");
	if (peers && peers->postgres)
		fprintf(stderr, "%s: postgresql %.1f us by the clock, %.0f x\n",
			name, median(postgres, ROUNDS),
			median(postgres, ROUNDS) / own[ROUNDS / 2]);
	if (peers && peers->sqlite)
		fprintf(stderr, "%s: sqlite %.2f us\n", name,
			median(sqlite, ROUNDS));
	print_facts(name, reader);
	index_reader_close(reader);
	free(queries);
}

/* A million open sessions; one after the other ends and the next one begins, in
 * random order, as words come in. */
static void
measure_head(const char *path, const struct made *made)
{
	struct index_writer *writer = open_writer(path);
	struct tracker_store store = index_store(writer, NULL, NULL);
	double wall = seconds(CLOCK_MONOTONIC),
	       cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	int error = 0;
	struct rng rng;

	rng_init(&rng, 3);
	for (uint32_t i = 0; i < HEAD_EVENTS && !error; i++) {
		uint32_t n = (uint32_t)rng_below(&rng, made->addrs);
		struct binding open, row;
		int found;

		if (i % PUT_BATCH == 0)
			error = index_begin(writer);
		made_open(made, n, &open);
		found = store.session(store.context, open.source, open.session,
				      &row, 1);
		if (error || found < 1)
			fail("session", error ? error : LZ_E_NOT_FOUND);
		open.start = row.start;
		row.end.us = row.start.us + TIMES_HOUR_US;
		error = store.put(store.context, &row);
		open.start.us += TIMES_HOUR_US + i;
		open.id += i + 1;
		if (!error)
			error = store.put(store.context, &open);
		if (!error && i % PUT_BATCH == PUT_BATCH - 1)
			error = index_commit(writer, i);
	}
	if (error)
		fail("head", error);
	wall = 2 * HEAD_EVENTS / (seconds(CLOCK_MONOTONIC) - wall);
	cpu = 2 * HEAD_EVENTS / (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	fprintf(stderr, "head: %.0f rows/s by the clock\n", wall);
	printf("bench: index_head %.0f rows/s goal 70000 %s\n", cpu,
	       cpu >= 70000 ? "met" : "missed");
	index_writer_close(writer);
}

/* In the head as ten million sessions that ended on one day. */
static void
fill_head(struct index_writer *writer, const struct made *made)
{
	struct tracker_store store = index_store(writer, NULL, NULL);
	int error = 0;

	for (uint64_t n = 0; n < made->addrs && !error; n++) {
		struct binding row;

		if (n % (10 * PUT_BATCH) == 0)
			error = index_begin(writer);
		made_row(made, 0, n, &row);
		row.session = n + 1;
		if (!error)
			error = store.put(store.context, &row);
		if (!error && (n % (10 * PUT_BATCH) == 10 * PUT_BATCH - 1 ||
			       n + 1 == made->addrs))
			error = index_commit(writer, n);
	}
	if (error)
		fail("put", error);
}

static void
measure_seal(const char *path)
{
	struct made made = {.addrs = SEAL_ROWS, .days = 1};
	struct index_writer *writer = open_writer(path);
	struct at_event later = {((int64_t)BENCH_DAY0 + 3) * TIMES_DAY_US};
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall, from;
	int result;

	fill_head(writer, &made);
	fprintf(stderr, "seal: head filled in %.1f s of CPU\n",
		seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	from = seconds(CLOCK_MONOTONIC);
	result = index_seal(writer, later);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - from;
	if (result != 1)
		fail("seal", result < 0 ? result : LZ_E_STATE);
	fprintf(stderr, "seal: %.2f s of CPU, %.2f s by the clock\n", cpu,
		wall);
	printf("bench: index_seal_10m %.2f s goal 1.5 %s\n", cpu,
	       cpu <= 1.5 ? "met" : "missed");
	later.us = ((int64_t)BENCH_DAY0 + 1) * TIMES_DAY_US;
	from = seconds(CLOCK_MONOTONIC);
	result = index_drop(writer, later);
	wall = (seconds(CLOCK_MONOTONIC) - from) * 1e3;
	if (result != 1)
		fail("drop", result < 0 ? result : LZ_E_STATE);
	printf("bench: index_drop_10m %.1f ms goal 10 %s\n", wall,
	       wall <= 10 ? "met" : "missed");
	index_writer_close(writer);
}

static void
place(char path[PATH_SIZE], const char *folder, const char *name)
{
	if (snprintf(path, PATH_SIZE, "%s/%s", folder, name) >= PATH_SIZE)
		fail("path", LZ_E_RANGE);
}

static void
remove_all(const char *folder)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execlp("rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(child, &status, 0);
}

static void
measure_made(const char *folder, const char *name, const struct made *made,
	     double goal, const struct peers *peers)
{
	char path[PATH_SIZE];

	place(path, folder, name);
	build(path, made);
	measure(name, path, made, goal, peers);
	if (!made->ports)
		measure_head(path, made);
	remove_all(path);
}

static void
measure_all(const char *folder)
{
	const struct made sessions = {.addrs = 1000000, .days = 30};
	const struct made blocks = {.addrs = 66150,
				    .days = 8,
				    .turns = 3,
				    .ports = true};
	const struct made large = {.addrs = 158730,
				   .days = 30,
				   .turns = 1,
				   .ports = true};
	struct made sql = sessions;
	struct peers peers = {0};
	char path[PATH_SIZE];

	if (!getenv("LAZARET_BENCH_FULL"))
		sql.days = 3;
	peers.queries = make_queries(&sql, 5, SQL_QUERIES);
	peers.sqlite = bench_sqlite_new(folder, &sql);
	if (sql.days == 3)
		peers.postgres = bench_postgres_new(folder, &sql);
	measure_made(folder, "sessions_30m", &sessions, 2, &peers);
	bench_sql_free(peers.sqlite);
	bench_sql_free(peers.postgres);
	free(peers.queries);
	measure_made(folder, "blocks_100m", &blocks, 5, NULL);
	place(path, folder, "seal");
	measure_seal(path);
	remove_all(path);
	if (getenv("LAZARET_BENCH_300M"))
		measure_made(folder, "blocks_300m", &large, 5, NULL);
}

int
main(void)
{
	const char *temporary = getenv("TMPDIR");
	char folder[PATH_SIZE];

	place(folder, temporary ? temporary : "/tmp", "lazaret-bench-XXXXXX");
	if (crypto_init() != 0 || !mkdtemp(folder))
		return 1;
	measure_all(folder);
	remove_all(folder);
	if (strlen(folder) + sizeof("-pg") > sizeof(folder))
		return 1;
	memcpy(folder + strlen(folder), "-pg", sizeof("-pg"));
	remove_all(folder);
	crypto_fini();
	return 0;
}
