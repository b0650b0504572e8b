/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two desks on one store: one works, the other stands by and takes over when
 * the first has been silent for the time of a lease.  The first wakes with a
 * round in hand, can't commit it, says so and stops; nothing is taken in twice.
 * Where STORE_URL names a PostgreSQL the store is there.
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

#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "spool/spool.h"

#define DEADLINE_S 60
#define SIGHTINGS 50u /* of each batch */

struct desk {
	char run[96], log[96];
	pid_t pid;
};

struct world {
	char root[64], state[96], config[96];
	struct desk desks[2];
	struct spool_writer *sensor;
	unsigned sent;
};

static const char *
store_url(void)
{
	const char *url = getenv("STORE_URL");

	return url && *url ? url + strlen("postgres:") : NULL;
}

/* ------------------------------------------------------------ processes */

static void
desk_start(struct world *world, unsigned which)
{
	struct desk *desk = &world->desks[which];
	char program[512];

	snprintf(program, sizeof(program), "%s/lazaret-desk",
		 getenv("LAZARET_BUILD"));
	desk->pid = fork();
	assert_true(desk->pid >= 0);
	if (desk->pid == 0) {
		const int fd = open(desk->log, O_WRONLY | O_CREAT | O_APPEND,
				    0600);
		char parent[64];

		snprintf(parent, sizeof(parent), "LAZARET_SUPERVISOR=%d",
			 (int)getppid());
		putenv(parent);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execl(program, "lazaret-desk", "--config", world->config,
		      "--run", desk->run, "--seed", "7", (char *)NULL);
		_exit(127);
	}
}

/* Waits until it ends; its exit code. */
static int
desk_end(struct world *world, unsigned which)
{
	int status;

	assert_int_equal(waitpid(world->desks[which].pid, &status, 0),
			 world->desks[which].pid);
	world->desks[which].pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool
has_said(const struct world *world, unsigned which, const char *text)
{
	char said[16384];
	FILE *file = fopen(world->desks[which].log, "r");
	size_t length;

	if (!file)
		return false;
	length = fread(said, 1, sizeof(said) - 1, file);
	fclose(file);
	said[length] = '\0';
	return strstr(said, text) != NULL;
}

static void
wait_said(const struct world *world, unsigned which, const char *text)
{
	const struct timespec moment = {0, 5000000};
	const time_t deadline = time(NULL) + DEADLINE_S;

	while (!has_said(world, which, text)) {
		if (time(NULL) > deadline)
			fail_msg("desk %u doesn't say: %s", which, text);
		nanosleep(&moment, NULL);
	}
}

static void
log_empty(const struct world *world, unsigned which)
{
	assert_int_equal(truncate(world->desks[which].log, 0), 0);
}

/* -------------------------------------------------------------- its store */

static int64_t
ask_postgres(const char *sql)
{
	char where[512];
	PGconn *connection;
	PGresult *result;
	int64_t value = -1;

	snprintf(where, sizeof(where),
		 "%s options='-c search_path=desk,public'", store_url());
	connection = PQconnectdb(where);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) == PGRES_COMMAND_OK)
		value = 0;
	if (PQntuples(result) > 0)
		value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(connection);
	return value;
}

static int64_t
ask(const struct world *world, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = -1;
	char path[160];
	sqlite3 *db;

	if (store_url())
		return ask_postgres(sql);
	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", world->state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
			 SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static void
wait_stored(const struct world *world, unsigned count)
{
	const struct timespec moment = {0, 5000000};
	const time_t deadline = time(NULL) + DEADLINE_S;

	while (ask(world, "SELECT count(*) FROM sighting") < (int64_t)count) {
		assert_true(time(NULL) <= deadline);
		nanosleep(&moment, NULL);
	}
}

static void
users_make(void)
{
	char path[1024], *text = calloc(1, 65536);
	FILE *file;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/share/postgres.sql",
		 getenv("LAZARET_SOURCE"));
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	assert_int_equal(ask_postgres(text), 0);
	free(text);
}

/* ------------------------------------------------------------------ input */

static void
see(struct world *world, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct sighting sighting = {.class = RSIT_SCANNER,
					    .role = ROLE_INFECTED,
					    .proto = 6,
					    .weight_milli = 5000};
		uint8_t bytes[SIGHTING_BYTES_MAX];
		struct writer writer;

		sighting.address = addr_from_v4(0xc0000201u + world->sent % 7);
		sighting.subject.prefix = prefix_of(&sighting.address, 128);
		sighting.time.us = (int64_t)time(NULL) * TIMES_SECOND_US -
				   TIMES_HOUR_US + world->sent;
		sighting.first = sighting.last = sighting.known = sighting.time;
		strcpy(sighting.origin, "own-flow");
		strcpy(sighting.detector, "scan/1");
		sighting_seal(&sighting);
		writer_init(&writer, bytes, sizeof(bytes));
		sighting_encode(&writer, &sighting);
		assert_int_equal(spool_writer_append(world->sensor, bytes,
						     writer.length, NULL),
				 0);
		world->sent++;
	}
	assert_int_equal(spool_writer_sync(world->sensor), 0);
}

static void
file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
world_make(struct world *world)
{
	char text[2048], path[160], place[256] = "";

	assert_int_equal(crypto_init(), 0);
	if (store_url()) {
		users_make();
		snprintf(place, sizeof(place),
			 "store: { postgres: \"%.*s\" }\n",
			 (int)(strstr(store_url(), " user=") - store_url()),
			 store_url());
	}
	*world = (struct world){0};
	strcpy(world->root, "/tmp/lz-pair-XXXXXX");
	assert_non_null(mkdtemp(world->root));
	assert_int_equal(chmod(world->root, 0711), 0);
	snprintf(world->state, sizeof(world->state), "%s/state", world->root);
	snprintf(world->config, sizeof(world->config), "%s/c.yaml",
		 world->root);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(world->desks[i].run, sizeof(world->desks[i].run),
			 "%s/run%u", world->root, i);
		snprintf(world->desks[i].log, sizeof(world->desks[i].log),
			 "%s/desk%u.log", world->root, i);
	}
	snprintf(text, sizeof(text),
		 "network: { name: example, inside: [192.0.2.0/24], "
		 "source_filtered: true }\n"
		 "bindings: [ { csv: b.csv } ]\nstate_dir: %s\n%s",
		 world->state, place);
	file_write(world->config, text);
	snprintf(path, sizeof(path), "%s/b.csv", world->root);
	file_write(path, "address,port_first,port_last,party,start,end\n"
			 "192.0.2.0/29,,,acct,2020-01-01T00:00:00Z,\n");
}

static void
sensor_open(struct world *world)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/sensor/spool", world->state);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, &world->sensor), 0);
}

/* Each sighting once, each event's number once, none left out. */
static void
assert_whole(const struct world *world)
{
	assert_int_equal(ask(world, "SELECT count(*) FROM sighting"),
			 world->sent);
	assert_int_equal(ask(world, "SELECT count(*) FROM case_"), 1);
	assert_int_equal(
	    ask(world, "SELECT (SELECT count(*) FROM case_event) + (SELECT "
		       "count(*) FROM sighting WHERE event_n IS NOT NULL) - "
		       "events FROM case_"),
	    0);
}

static void
the_second_takes_over(void **state)
{
	struct world world;
	char command[128];

	(void)state;
	world_make(&world);
	desk_start(&world, 0);
	wait_said(&world, 0, "desk: ready");
	sensor_open(&world);
	see(&world, SIGHTINGS);
	wait_stored(&world, SIGHTINGS);
	desk_start(&world, 1);
	wait_said(&world, 1, "standing by");
	assert_false(has_said(&world, 1, "desk: ready"));

	/* The first hangs: the second waits the lease out, and goes on. */
	assert_int_equal(kill(world.desks[0].pid, SIGSTOP), 0);
	see(&world, SIGHTINGS);
	wait_said(&world, 1, "taking over");
	wait_stored(&world, 2 * SIGHTINGS);
	assert_whole(&world);

	/* It wakes with sightings to take in, and can't commit. */
	see(&world, SIGHTINGS);
	assert_int_equal(kill(world.desks[0].pid, SIGCONT), 0);
	wait_said(&world, 0, "another desk has taken over");
	assert_int_equal(desk_end(&world, 0), 5);
	wait_stored(&world, 3 * SIGHTINGS);
	assert_whole(&world);

	/* Started again it stands by, until the other gives back in peace. */
	log_empty(&world, 0);
	desk_start(&world, 0);
	wait_said(&world, 0, "standing by");
	assert_int_equal(kill(world.desks[1].pid, SIGTERM), 0);
	assert_int_equal(desk_end(&world, 1), 0);
	wait_said(&world, 0, "taking over");
	see(&world, SIGHTINGS);
	wait_stored(&world, 4 * SIGHTINGS);
	assert_whole(&world);
	assert_int_equal(kill(world.desks[0].pid, SIGTERM), 0);
	assert_int_equal(desk_end(&world, 0), 0);
	spool_writer_close(world.sensor);
	snprintf(command, sizeof(command), "rm -rf %s", world.root);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_second_takes_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
