/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 of the desk at 50 random moments: what it has acknowledged is in its
 * store, nothing is taken in twice, and the state at the end is that of a desk
 * nobody disturbed.  The test plays sensor, notifier and command line; the
 * store is read with SQL of its own.  Where STORE_URL names a PostgreSQL the
 * desk keeps its store there, and the server is restarted now and then as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "role/command.h"
#include "role/receipt.h"
#include "spool/spool.h"

#define ACCOUNTS 40
#define ROUNDS 15 /* sightings of each account */
#define BATCH 20
#define KILLS_SIGHTINGS 30
#define KILLS_RECEIPTS 10
#define KILLS_COMMANDS 10
#define SERVER_RESTARTS 5 /* each so many kills is one of the server */
#define WAIT_S_MAX 30
#define DUMP_SIZE (4u << 20)

struct world {
	char root[64], state[96], config[96];
	struct spool_writer *sensor, *notifier, *command;
	pid_t desk; /* 0: not running */
	uint64_t last_offset;
	unsigned kills;
	struct rng rng;
};

static int64_t base_us; /* of all sightings: six hours ago */

/* ------------------------------------------------------------ processes */

static void
path_of(const struct world *world, const char *name, char *path, size_t size)
{
	const int length = snprintf(path, size, "%s/%s", world->state, name);

	assert_true(length > 0 && (size_t)length < size);
}

static void
desk_start(struct world *world)
{
	char program[512], log[160];

	if (world->desk)
		return;
	snprintf(program, sizeof(program), "%s/lazaret-desk",
		 getenv("LAZARET_BUILD"));
	snprintf(log, sizeof(log), "%s/desk.log", world->root);
	world->desk = fork();
	assert_true(world->desk >= 0);
	if (world->desk == 0) {
		const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		char parent[64];

		snprintf(parent, sizeof(parent), "LAZARET_SUPERVISOR=%d",
			 (int)getppid());
		putenv(parent);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execl(program, "lazaret-desk", "--config", world->config,
		      "--seed", "7", (char *)NULL);
		_exit(127);
	}
}

static void
desk_end(struct world *world, int number)
{
	int status;

	if (!world->desk)
		return;
	kill(world->desk, number);
	assert_int_equal(waitpid(world->desk, &status, 0), world->desk);
	world->desk = 0;
	if (number == SIGKILL)
		assert_true(WIFSIGNALED(status));
	else /* by the signal itself while it is only starting */
		assert_true(WIFEXITED(status) ? WEXITSTATUS(status) == 0
					      : WTERMSIG(status) == SIGTERM);
}

static uint64_t
acknowledged(const struct world *world, const char *spool)
{
	char name[32], path[160];
	uint64_t sequence = 0;

	snprintf(name, sizeof(name), "desk/ack.%s", spool);
	path_of(world, name, path, sizeof(path));
	assert_int_equal(spool_watermark_read(path, &sequence), 0);
	return sequence;
}

static void
wait_until_taken(struct world *world, const char *spool, uint64_t last)
{
	const struct timespec moment = {0, 2000000};
	const time_t deadline = time(NULL) + WAIT_S_MAX;

	desk_start(world);
	while (acknowledged(world, spool) < last) {
		if (time(NULL) > deadline)
			fail_msg("%s is taken in to %llu of %llu", spool,
				 (unsigned long long)acknowledged(world, spool),
				 (unsigned long long)last);
		nanosleep(&moment, NULL);
	}
}

/* -------------------------------------------------------------- its store */

typedef int row_visit(void *context, int columns, char **values, char **names);

static const char *
store_url(void)
{
	const char *url = getenv("STORE_URL");

	return url && *url ? url + strlen("postgres:") : NULL;
}

static int
exec_postgres(const char *sql, row_visit *visit, void *context)
{
	char where[512];
	PGconn *connection;
	PGresult *result;
	int error = 0;

	snprintf(where, sizeof(where),
		 "%s options='-c search_path=desk,public'", store_url());
	connection = PQconnectdb(where);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COMMAND_OK)
		error = -1;
	for (int i = 0; i < PQntuples(result) && !error; i++) {
		char *values[32];

		for (int j = 0; j < PQnfields(result); j++)
			values[j] = PQgetisnull(result, i, j)
					? NULL
					: PQgetvalue(result, i, j);
		error = visit(context, PQnfields(result), values, NULL);
	}
	PQclear(result);
	PQfinish(connection);
	return error;
}

/* Rows of a query on the desk's store; 0, or it can't be asked. */
static int
store_exec(const struct world *world, const char *sql, row_visit *visit,
	   void *context)
{
	char path[160];
	sqlite3 *db;
	int error;

	if (store_url())
		return exec_postgres(sql, visit, context);
	path_of(world, "desk/desk.sqlite", path, sizeof(path));
	error = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_busy_timeout(db, 10000);
	if (!error)
		error = sqlite3_exec(db, sql, visit, context, NULL);
	sqlite3_close(db);
	return error;
}

static int
take_number(void *context, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	if (values[0])
		*(int64_t *)context = strtoll(values[0], NULL, 10);
	return 0;
}

/* Before its first commit there is no table: 0. */
static int64_t
store_number(const struct world *world, const char *sql)
{
	int64_t value = 0;

	(void)store_exec(world, sql, take_number, &value);
	return value;
}

/* The users of a database, as share/postgres.sql makes them, and what of
 * SQLite's functions is asked for here. */
static void
server_prepare(void)
{
	char path[1024], *text = calloc(1, 65536);
	FILE *file;

	if (!store_url())
		return;
	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/share/postgres.sql",
		 getenv("LAZARET_SOURCE"));
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	assert_int_equal(exec_postgres(text, NULL, NULL), 0);
	assert_int_equal(
	    exec_postgres("CREATE FUNCTION public.hex(bytea) RETURNS text "
			  "LANGUAGE sql AS 'SELECT upper(encode($1, ''hex''))'",
			  NULL, NULL),
	    0);
	free(text);
}

static void
server_empty(void)
{
	if (store_url())
		assert_int_equal(
		    exec_postgres(
			"SET client_min_messages = error;"
			"DROP SCHEMA desk CASCADE; DROP SCHEMA keys CASCADE;"
			"CREATE SCHEMA desk AUTHORIZATION lazaret_desk;"
			"CREATE SCHEMA keys AUTHORIZATION lazaret_desk",
			NULL, NULL),
		    0);
}

static int
dump_row(void *context, int columns, char **values, char **names)
{
	char **at = context;

	(void)names;
	for (int i = 0; i < columns; i++)
		*at += sprintf(*at, "%s ", values[i] ? values[i] : "-");
	*at += sprintf(*at, "\n");
	return 0;
}

/* Everything but the moments of the clock. */
static char *
dump(const struct world *world)
{
	static const char *const queries[] = {
	    "SELECT id, coalesce(subject, '') FROM party ORDER BY id",
	    "SELECT party, label FROM account ORDER BY party",
	    "SELECT hex(id), case_id, certainty, awaiting, event_n IS NULL "
	    "FROM sighting ORDER BY day, id",
	    "SELECT id, party, known, state, certainty, score_milli, version, "
	    "classes FROM case_ ORDER BY id",
	    /* The last cause is a file's path, another in each run. */
	    "SELECT case_id, n, kind, hex(ids), hex(substr(causes, 1, 16)), "
	    "from_state, "
	    "state, score_milli, version, changed, row_name, refused "
	    "FROM case_event ORDER BY case_id, n",
	    "SELECT case_id, n, i, kind, would, ref, measure, step, target, "
	    "text FROM case_action ORDER BY case_id, n, i",
	    "SELECT id, case_id, step, code_bits, channel, would FROM notice "
	    "ORDER BY id",
	    "SELECT notice, kind, proof FROM receipt ORDER BY notice, kind",
	    "SELECT id, case_id, kind, target, wanted, would, reason "
	    "FROM measure ORDER BY id",
	    "SELECT id, case_id, notice, kind, lane FROM outbox ORDER BY id",
	    "SELECT source, part, off FROM ingest_offset ORDER BY source",
	    "SELECT command, n, actor, act, case_id, outcome, from_state, "
	    "state, measures_off, message FROM command_result "
	    "ORDER BY command, n",
	};
	char *text = malloc(DUMP_SIZE), *at = text;

	assert_non_null(text);
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		at += sprintf(at, "-- %.60s\n", queries[i]);
		if (store_exec(world, queries[i], dump_row, &at))
			fail_msg("%s", queries[i]);
		assert_true(at < text + DUMP_SIZE / 2);
	}
	return text;
}

/* ------------------------------------------------------------------ input */

static void
append(struct spool_writer *writer, const void *bytes, size_t length)
{
	assert_int_equal(spool_writer_append(writer, bytes, length, NULL), 0);
}

static void
append_sighting(struct world *world, unsigned n)
{
	const unsigned account = n % ACCOUNTS, round = n / ACCOUNTS;
	struct sighting sighting = {.role = ROLE_INFECTED,
				    .proto = 6,
				    .peer_port = 23,
				    .marks = SIGHTING_HAS_PEER |
					     SIGHTING_HAS_PEER_PORT,
				    .samples = 100};
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct writer writer;
	char text[32];

	if (n % 101 == 100) { /* poison */
		append(world->sensor, "no sighting", 11);
		return;
	}
	/* Every tenth has no binding. */
	snprintf(text, sizeof(text), "192.0.2.%u",
		 account % 10 == 9 ? 200 + account : account + 1);
	assert_int_equal(addr_parse(slice_of(text), &sighting.address), 0);
	assert_int_equal(addr_parse(slice_of("198.51.100.9"), &sighting.peer),
			 0);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.time.us = base_us + (int64_t)round * 5 * TIMES_MINUTE_US;
	sighting.first = sighting.last = sighting.known = sighting.time;
	sighting.class = account % 4 == 0   ? RSIT_INFECTED_SYSTEM
			 : account % 3 == 0 ? RSIT_DDOS
					    : RSIT_SCANNER;
	sighting.weight_milli = sighting.class == RSIT_DDOS ? 6000 : 5000;
	strcpy(sighting.origin, account % 4 ? "own-flow" : "list:a");
	strcpy(sighting.detector, account % 4 == 0   ? "contact/1"
				  : account % 3 == 0 ? "flood.udp/1"
						     : "scan/1");
	sighting_seal(&sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, &sighting);
	append(world->sensor, bytes, writer.length);
}

static void
append_receipt(struct world *world, uint64_t notice, enum receipt_kind kind)
{
	struct receipt receipt = {.notice = notice,
				  .kind = kind,
				  .time = {base_us}};
	uint8_t bytes[RECEIPT_BYTES_MAX];
	struct writer writer;

	strcpy(receipt.proof, "new/lz");
	writer_init(&writer, bytes, sizeof(bytes));
	receipt_encode(&writer, &receipt);
	append(world->notifier, bytes, writer.length);
}

static void
append_command(struct world *world, enum case_event_kind act, uint64_t case_id)
{
	struct command command = {.act = (uint8_t)act,
				  .case_id = case_id,
				  .time = {base_us}};
	uint8_t bytes[COMMAND_BYTES_MAX];
	struct writer writer;

	strcpy(command.actor, "desk agent");
	strcpy(command.reason, "a test");
	writer_init(&writer, bytes, sizeof(bytes));
	command_encode(&writer, &command);
	append(world->command, bytes, writer.length);
}

/* Synced; then, maybe, a kill at some moment. */
static void
handed_over(struct world *world, struct spool_writer *writer, const char *spool,
	    bool kill_it)
{
	struct timespec moment = {0, 0};
	uint64_t offset;
	char sql[96];

	assert_int_equal(spool_writer_sync(writer), 0);
	desk_start(world);
	if (!kill_it)
		return;
	moment.tv_nsec = (long)rng_below(&world->rng, 60000000);
	nanosleep(&moment, NULL);
	/* The desk that comes through this is killed at the next moment. */
	if (store_url() && world->kills % SERVER_RESTARTS == 0)
		assert_int_equal(system(getenv("STORE_RESTART")), 0);
	else
		desk_end(world, SIGKILL);
	world->kills++;
	snprintf(sql, sizeof(sql),
		 "SELECT off FROM ingest_offset WHERE source = '%s'", spool);
	offset = (uint64_t)store_number(world, sql);
	/* Acknowledged is what is stored. */
	assert_true(acknowledged(world, spool) <= offset);
}

/* ----------------------------------------------------------------- a run */

static void
file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
world_make(struct world *world, uint64_t seed)
{
	char text[2048], path[160], place[512] = "";
	size_t length = 0;

	/* As the role's own user, not as whom the test comes. */
	if (store_url())
		snprintf(place, sizeof(place), "%.*s",
			 (int)(strstr(store_url(), " user=") - store_url()),
			 store_url());
	server_empty();
	*world = (struct world){0};
	rng_init(&world->rng, seed);
	strcpy(world->root, "/tmp/lz-desk-XXXXXX");
	assert_non_null(mkdtemp(world->root));
	assert_int_equal(chmod(world->root, 0711), 0);
	snprintf(world->state, sizeof(world->state), "%s/state", world->root);
	snprintf(world->config, sizeof(world->config), "%s/c.yaml",
		 world->root);
	snprintf(text, sizeof(text),
		 "network: { name: example, inside: [192.0.2.0/24], "
		 "source_filtered: true }\n"
		 "bindings: [ { csv: b.csv } ]\n"
		 "mode: live\nlive: [notice]\n"
		 "state_dir: %s\nrun_dir: %s/run\n"
		 "notice: { operator: Example Net, from: abuse@isp.example, "
		 "phone: \"+1 555 0100\", maildir: %s/mail }\n%s%s%s",
		 world->state, world->root, world->root,
		 store_url() ? "store: { postgres: \"" : "",
		 store_url() ? place : "", store_url() ? "\" }\n" : "");
	file_write(world->config, text);
	length +=
	    (size_t)sprintf(text,
			    "address,port_first,port_last,party,start,end\n");
	for (unsigned i = 0; i < ACCOUNTS; i++)
		length += (size_t)sprintf(text + length,
					  "192.0.2.%u,,,acct-%u,"
					  "2020-01-01T00:00:00Z,\n",
					  i + 1, i);
	snprintf(path, sizeof(path), "%s/b.csv", world->root);
	file_write(path, text);
	/* A desk that is alone makes the folders it is to read. */
	desk_start(world);
	for (unsigned i = 0;
	     store_number(world, "SELECT count(*) FROM standing") == 0 &&
	     store_number(world, "SELECT count(*) FROM policy") == 0;
	     i++) {
		const struct timespec moment = {0, 10000000};

		assert_true(i < 100 * WAIT_S_MAX);
		nanosleep(&moment, NULL);
	}
	desk_end(world, SIGTERM);
}

static void
spool_open(const struct world *world, const char *name,
	   struct spool_writer **writer)
{
	char path[160], folder[48];

	snprintf(folder, sizeof(folder), "%s/spool", name);
	path_of(world, folder, path, sizeof(path));
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, writer), 0);
}

static void
sightings_phase(struct world *world, unsigned kills)
{
	const unsigned count = ACCOUNTS * ROUNDS;

	for (unsigned n = 0; n < count; n++) {
		append_sighting(world, n);
		if (n % BATCH == BATCH - 1)
			handed_over(world, world->sensor, "sensor",
				    n / BATCH < kills);
	}
	wait_until_taken(world, "sensor", spool_writer_last(world->sensor));
}

static int
add_receipts(void *context, int columns, char **values, char **names)
{
	const uint64_t notice = (uint64_t)strtoll(values[0], NULL, 10);

	(void)columns;
	(void)names;
	append_receipt(context, notice, RECEIPT_SENT);
	append_receipt(context, notice, RECEIPT_ACCEPTED);
	append_receipt(context, notice, RECEIPT_DELIVERED);
	append_receipt(context, notice, RECEIPT_SENT); /* twice is once */
	return 0;
}

static void
receipts_phase(struct world *world, unsigned kills)
{
	for (unsigned i = 0; i < KILLS_RECEIPTS; i++) {
		char sql[96];

		snprintf(sql, sizeof(sql),
			 "SELECT notice FROM outbox WHERE id %% %d = %u "
			 "ORDER BY id",
			 KILLS_RECEIPTS, i);
		assert_int_equal(store_exec(world, sql, add_receipts, world),
				 0);
		append_receipt(world, 12345, RECEIPT_SENT); /* of no notice */
		handed_over(world, world->notifier, "notifier", i < kills);
	}
	wait_until_taken(world, "notifier", spool_writer_last(world->notifier));
}

static void
commands_phase(struct world *world, unsigned kills)
{
	static const enum case_event_kind acts[] = {CASE_EVENT_HOLD,
						    CASE_EVENT_DISMISS,
						    CASE_EVENT_RELEASE,
						    CASE_EVENT_RESUME};

	for (unsigned i = 0; i < KILLS_COMMANDS; i++) {
		char sql[96];

		snprintf(sql, sizeof(sql),
			 "SELECT id FROM case_ ORDER BY id LIMIT 1 OFFSET %u",
			 i);
		append_command(world, acts[i % 4],
			       (uint64_t)store_number(world, sql));
		append_command(world, CASE_EVENT_RESUME, 99);
		append_command(world, CASE_EVENT_RELEASE, 0);
		handed_over(world, world->command, "command", i < kills);
	}
	wait_until_taken(world, "command", spool_writer_last(world->command));
}

static void
world_end(struct world *world)
{
	char command[128];

	desk_end(world, SIGTERM);
	spool_writer_close(world->sensor);
	spool_writer_close(world->notifier);
	spool_writer_close(world->command);
	snprintf(command, sizeof(command), "rm -rf %s", world->root);
	assert_int_equal(system(command), 0);
}

static char *
run(uint64_t seed, bool disturbed)
{
	struct world world;
	char *at_end, *after_restart;

	world_make(&world, seed);
	spool_open(&world, "sensor", &world.sensor);
	spool_open(&world, "notifier", &world.notifier);
	spool_open(&world, "command", &world.command);
	sightings_phase(&world, disturbed ? KILLS_SIGHTINGS : 0);
	receipts_phase(&world, disturbed ? KILLS_RECEIPTS : 0);
	commands_phase(&world, disturbed ? KILLS_COMMANDS : 0);
	if (disturbed)
		assert_int_equal(world.kills, 50);
	desk_end(&world, SIGTERM);
	/* There is something to lose. */
	assert_true(store_number(&world, "SELECT count(*) FROM case_") > 30);
	assert_true(store_number(&world, "SELECT count(*) FROM notice") > 10);
	assert_true(store_number(&world, "SELECT count(*) FROM receipt") > 30);
	assert_true(
	    store_number(&world, "SELECT count(*) FROM command_result") >= 30);
	at_end = dump(&world);
	append_command(&world, CASE_EVENT_HOLD, 99);
	assert_int_equal(spool_writer_sync(world.command), 0);
	wait_until_taken(&world, "command", spool_writer_last(world.command));
	after_restart = dump(&world);
	/* Only the offset and the result of that command are new. */
	assert_int_equal(strlen(strstr(at_end, "-- SELECT source")) <
			     strlen(strstr(after_restart, "-- SELECT source")),
			 true);
	*strstr(after_restart, "-- SELECT source") = '\0';
	assert_memory_equal(at_end, after_restart, strlen(after_restart));
	free(after_restart);
	world_end(&world);
	return at_end;
}

static void
fifty_kills_change_nothing(void **state)
{
	char *calm, *disturbed;

	(void)state;
	calm = run(1, false);
	disturbed = run(2, true);
	if (strcmp(calm, disturbed) != 0) {
		size_t at = 0;

		while (calm[at] == disturbed[at])
			at++;
		at = at > 200 ? at - 200 : 0;
		fail_msg("undisturbed:\n%.600s\n\ndisturbed:\n%.600s",
			 calm + at, disturbed + at);
	}
	free(calm);
	free(disturbed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fifty_kills_change_nothing),
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	base_us = (int64_t)now.tv_sec * TIMES_SECOND_US - 6 * TIMES_HOUR_US;
	if (crypto_init() != 0)
		return 1;
	server_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
