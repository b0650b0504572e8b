/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of who holds what is written anew while the desk runs: whoever held
 * a line by the old one isn't named for what its next holder does.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "spool/spool.h"
#include "unit/role/running.h"

#define HEADER "address,port_first,port_last,party,start,end\n"
#define CHANGED "a file of `bindings` has changed"

static struct running running;
static const char *const desk_alone[] = {"desk", NULL};

static int64_t
now_us(void)
{
	return (int64_t)time(NULL) * TIMES_SECOND_US;
}

/* A scan by 198.18.0.1, just now. */
static void
see(void)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .weight_milli = 5000};
	char path[RUNNING_PATH_SIZE + 32];
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct spool_writer *spool;
	struct writer writer;

	assert_int_equal(crypto_init(), 0);
	assert_int_equal(addr_parse(slice_of("198.18.0.1"), &sighting.address),
			 0);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.known.us = now_us();
	sighting.time = sighting.known;
	sighting.first = sighting.last = sighting.time;
	strcpy(sighting.origin, "own-flow");
	strcpy(sighting.detector, "scan/1");
	sighting_seal(&sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, &sighting);
	snprintf(path, sizeof(path), "%s/sensor/spool", running.state);
	assert_true(mkdir(path, 0750) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	assert_int_equal(spool_writer_append(spool, bytes, writer.length, NULL),
			 0);
	assert_int_equal(spool_writer_sync(spool), 0);
	spool_writer_close(spool);
}

/* Of the store's rows, by a query that counts; 0 where there is no table. */
static int
count(const char *sql)
{
	char path[RUNNING_PATH_SIZE + 32];
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;
	int value = 0;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", running.state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
			 SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static bool
is_there(void *context)
{
	return count(context) > 0;
}

static void
wait_there(const char *sql)
{
	assert_true(running_until(is_there, (void *)(uintptr_t)sql,
				  RUNNING_DEADLINE_MS));
}

/* The list is renamed into place, as it should be. */
static void
list_anew(void)
{
	char text[512], moment[TIMES_RFC3339_SIZE],
	    from[RUNNING_PATH_SIZE + 16], to[RUNNING_PATH_SIZE + 16];
	struct text time;

	text_init(&time, moment, sizeof(moment));
	times_format(&time, now_us() - TIMES_HOUR_US);
	snprintf(text, sizeof(text),
		 HEADER "198.18.0.1,,,before,2020-01-01T00:00:00Z,%s\n"
			"198.18.0.1,,,after,%s,\n",
		 moment, moment);
	running_write(&running, "b.new", text);
	snprintf(from, sizeof(from), "%s/b.new", running.folder);
	snprintf(to, sizeof(to), "%s/b.csv", running.folder);
	assert_int_equal(rename(from, to), 0);
}

static void
an_old_list_names_nobody(void **state)
{
	(void)state;
	running_configure(&running, "bindings: [ { csv: b.csv } ]\n");
	running_write(&running, "b.csv",
		      HEADER "198.18.0.1,,,before,2020-01-01T00:00:00Z,\n");
	running_start(&running, desk_alone);
	running_wait_ready(&running, "desk");
	list_anew();
	running_wait_said(&running, CHANGED, 1);
	see();
	wait_there("SELECT count(*) FROM sighting WHERE awaiting = 1");
	assert_int_equal(count("SELECT count(*) FROM account"), 0);
	assert_int_equal(count("SELECT count(*) FROM notice"), 0);
	/* The new list is read: what waited is asked again. */
	assert_int_equal(kill(running.pid, SIGHUP), 0);
	wait_there("SELECT count(*) FROM account WHERE label = 'after'");
	assert_int_equal(count("SELECT count(*) FROM account"), 1);
	wait_there("SELECT count(*) FROM notice");
	assert_int_equal(running_said(&running, CHANGED), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_old_list_names_nobody),
	};
	int failed;

	running_init(&running);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	running_fini(&running);
	return failed;
}
