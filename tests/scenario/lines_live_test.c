/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A garden hangs on a line, by the real registrar, desk and notifier: when
 * accounting says that the line has been given away the garden is off within
 * seconds, whoever comes there next has none, and where the customer goes it
 * goes along.  Whatever isn't heard ends nothing.  Where STORE_URL names a
 * PostgreSQL the store is there.
 */
#include <errno.h>
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
#include "radius/numbers.h"
#include "radius/radius_build.h"
#include "spool/spool.h"
#include "unit/role/nas.h"
#include "unit/role/running.h"

/* From the Stop to "off" in the store, at most. */
#define WINDOW_MS 5000

#define CONFIGURATION                                                  \
	"registrar: { accounting: { clients: [ { address: 127.0.0.1, " \
	"name: bng-1, secret_file: secret } ] } }\n"                   \
	"essential: [ 198.51.100.0/28 ]\n"                             \
	"mode: live\nlive: [ notice, garden ]\n"                       \
	"notice: { maildir: mail, from: a@example.net, phone: \"1\" }\n"

static const char *const roles[] = {"registrar", "desk", "notifier", NULL};

struct bed {
	struct running running;
	struct nas nas;
	int64_t now_s;
	unsigned asides; /* sightings of nobody */
	int64_t said_s;  /* the newest Interim */
	bool seen;
	char said[65536]; /* what a command wrote */
};

static const char *
store_url(void)
{
	const char *url = getenv("STORE_URL");

	return url && *url ? url + strlen("postgres:") : NULL;
}

/* ------------------------------------------------------------ its store */

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

/* The one number that a query answers; -1: none. */
static int64_t
ask(const struct bed *bed, const char *sql)
{
	char path[RUNNING_PATH_SIZE + 32];
	sqlite3_stmt *statement = NULL;
	int64_t value = -1;
	sqlite3 *db;

	if (store_url())
		return ask_postgres(sql);
	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", bed->running.state);
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

struct hoping {
	struct bed *bed;
	const char *what;
};

static bool
is_there(void *context)
{
	const struct hoping *hoping = context;

	return ask(hoping->bed, hoping->what) > 0;
}

static void
wait_there(struct bed *bed, const char *sql, int64_t deadline_ms)
{
	struct hoping hoping = {bed, sql};

	if (!running_until(is_there, &hoping, deadline_ms))
		fail_msg("never: %s", sql);
}

/* Database, schemas and users as the manual says. */
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

/* ---------------------------------------------------------- begin and end */

static void
start(struct bed *bed)
{
	running_start(&bed->running, roles);
	for (size_t i = 0; roles[i]; i++)
		running_wait_ready(&bed->running, roles[i]);
	nas_begin(&bed->nas, "127.0.0.1",
		  running_port(&bed->running, "accounting"));
}

static int
setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	char yaml[2048], place[256] = "";

	if (!bed || crypto_init() != 0)
		return -1;
	*state = bed;
	running_init(&bed->running);
	running_write(&bed->running, "secret", NAS_SECRET "\n");
	if (store_url()) {
		users_make();
		snprintf(place, sizeof(place),
			 "store: { postgres: \"%.*s\" }\n",
			 (int)(strstr(store_url(), " user=") - store_url()),
			 store_url());
	}
	snprintf(yaml, sizeof(yaml), CONFIGURATION "%s", place);
	running_configure(&bed->running, yaml);
	bed->now_s = (int64_t)time(NULL);
	start(bed);
	return 0;
}

static int
teardown(void **state)
{
	struct bed *bed = *state;

	if (bed->nas.md5)
		nas_end(&bed->nas);
	running_fini(&bed->running);
	free(bed);
	return 0;
}

/* Runs the command line; its exit code, its output in bed->said. */
__attribute__((format(printf, 2, 3))) static int
command(struct bed *bed, const char *format, ...)
{
	const char *build = getenv("LAZARET_BUILD");
	char arguments[512], line[1280];
	size_t length;
	va_list list;
	FILE *pipe;
	int status;

	va_start(list, format);
	vsnprintf(arguments, sizeof(arguments), format, list);
	va_end(list);
	snprintf(line, sizeof(line), "LAZARET_CONFIG='%s' '%s/lazaret' %s 2>&1",
		 bed->running.conf, build ? build : ".", arguments);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	length = fread(bed->said, 1, sizeof(bed->said) - 1, pipe);
	bed->said[length] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ------------------------------------------------------------- what comes in */

enum word { START = 1, STOP = 2, INTERIM = 3 };

struct block {
	uint16_t first, last; /* 0: none */
	bool gone;            /* released, not allocated */
};

/* IP-Port-Range (RFC 8045) of 198.19.0.9. */
static void
add_block(struct radius_build *build, const struct block *block)
{
	const uint8_t tlvs[] = {3,
				6,
				198,
				19,
				0,
				9,
				8,
				6,
				0,
				0,
				0,
				block->gone ? 2 : 1,
				9,
				6,
				0,
				0,
				(uint8_t)(block->first >> 8),
				(uint8_t)block->first,
				10,
				6,
				0,
				0,
				(uint8_t)(block->last >> 8),
				(uint8_t)block->last};

	radius_build_extended(build, RADIUS_EXTENDED_1, RADIUS_IP_PORT_RANGE,
			      tlvs, sizeof(tlvs));
}

/* Of a user's session on 198.18.0.`host`, told now of a time. */
static void
account_with(struct bed *bed, enum word word, const char *user, uint8_t host,
	     int64_t at_s, const struct block *block)
{
	const struct addr own = addr_from_v4(0xc0000201);
	const struct addr framed = addr_from_v4(0xc6120000u + host);
	const int64_t late = (int64_t)time(NULL) - at_s;
	struct nas *nas = &bed->nas;
	struct radius_build build;
	char session[64];

	snprintf(session, sizeof(session), "%s-%u", user, host);
	radius_build_begin(&build, nas->bytes, RADIUS_ACCOUNTING_REQUEST,
			   nas->id++);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, word);
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &own);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, session);
	radius_build_text(&build, RADIUS_USER_NAME, user);
	radius_build_addr(&build, RADIUS_FRAMED_IP_ADDRESS, &framed);
	radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP, (uint32_t)at_s);
	radius_build_u32(&build, RADIUS_ACCT_DELAY_TIME,
			 (uint32_t)(late > 0 ? late : 0));
	if (block)
		add_block(&build, block);
	assert_int_equal(radius_build_request(&build, nas->md5,
					      slice_of(nas->secret)),
			 0);
	nas->length = build.length;
	nas_send(nas);
	assert_int_equal(nas_answer(nas, RUNNING_DEADLINE_MS), nas->bytes[1]);
}

static void
account(struct bed *bed, enum word word, const char *user, uint8_t host,
	int64_t at_s)
{
	account_with(bed, word, user, host, at_s, NULL);
}

/* A scan by an address, at a time, as the sensor says it. */
static void
see_address(struct bed *bed, uint32_t address, uint16_t port, int64_t at_s)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .weight_milli = 5000};
	char path[RUNNING_PATH_SIZE + 32];
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct spool_writer *spool;
	struct writer writer;

	sighting.address = addr_from_v4(address);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.known.us = (int64_t)time(NULL) * TIMES_SECOND_US;
	sighting.time.us = at_s * TIMES_SECOND_US;
	sighting.first = sighting.last = sighting.time;
	if (port) {
		sighting.port = port;
		sighting.marks = SIGHTING_HAS_PORT;
		sighting.port_count = 1;
		sighting.ports[0].port = port;
		sighting.ports[0].time = sighting.time;
	}
	strcpy(sighting.origin, "own-flow");
	strcpy(sighting.detector, "scan/1");
	sighting_seal(&sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, &sighting);
	snprintf(path, sizeof(path), "%s/sensor/spool", bed->running.state);
	assert_true(mkdir(path, 0750) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	assert_int_equal(spool_writer_append(spool, bytes, writer.length, NULL),
			 0);
	assert_int_equal(spool_writer_sync(spool), 0);
	spool_writer_close(spool);
}

static void
see(struct bed *bed, uint8_t host, int64_t at_s)
{
	see_address(bed, 0xc6120000u + host, 0, at_s);
}

/* ------------------------------------------------------------------ gardens */

#define MEASURES(what) "SELECT count(*) FROM measure WHERE kind = 3 AND " what
#define ON_7 MEASURES("target = '198.18.0.7' AND wanted = 1 AND would = 0")
#define OFF_7 MEASURES("target = '198.18.0.7' AND wanted = 0")
#define ON_8 MEASURES("target = '198.18.0.8' AND wanted = 1 AND would = 0")
#define ON_ANY MEASURES("wanted = 1")

/* The only case there is. */
static uint64_t
the_case(const struct bed *bed)
{
	return (uint64_t)ask(bed, "SELECT id FROM case_");
}

/* Ann is told, and somebody puts her line into the garden. */
static void
garden(struct bed *bed)
{
	wait_there(bed, "SELECT count(*) FROM receipt", RUNNING_DEADLINE_MS);
	if (command(bed,
		    "case order %016llx --measure garden --reason-code "
		    "infected --reason 'seen by us'",
		    (unsigned long long)the_case(bed)) != 0)
		fail_msg("%s", bed->said);
}

static void
ann_sits_in_the_garden(struct bed *bed)
{
	account(bed, START, "ann", 7, bed->now_s - 600);
	account(bed, INTERIM, "ann", 7, bed->now_s);
	running_wait_said(&bed->running, "all sources of bindings have spoken",
			  1);
	see(bed, 7, bed->now_s - 300);
	garden(bed);
	wait_there(bed, ON_7, RUNNING_DEADLINE_MS);
}

/* Since when, until the garden of 198.18.0.7 is off. */
static void
freed(struct bed *bed, const char *what, int64_t since_ms)
{
	wait_there(bed, OFF_7, WINDOW_MS + RUNNING_DEADLINE_MS);
	since_ms = running_now_ms() - since_ms;
	print_message("%s: the line is free after %lld ms\n", what,
		      (long long)since_ms);
	assert_true(since_ms <= WINDOW_MS);
	assert_int_equal(ask(bed, ON_7), 0);
}

/* What was given to the desk before this is taken in, and looked at. */
static void
settled(struct bed *bed)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "SELECT count(*) - %lld FROM sighting",
		 (long long)ask(bed, "SELECT count(*) FROM sighting"));
	bed->asides++;
	see(bed, (uint8_t)(100 + bed->asides), (int64_t)time(NULL));
	wait_there(bed, sql, RUNNING_DEADLINE_MS);
}

static void
nobody_else_has_one(struct bed *bed)
{
	settled(bed);
	assert_int_equal(ask(bed, "SELECT count(*) FROM case_ WHERE known = 1"),
			 1);
	assert_int_equal(ask(bed, "SELECT count(*) FROM case_ c JOIN account a "
				  "ON a.party = c.party WHERE a.label <> "
				  "'ann' AND c.known = 1"),
			 0);
}

static void
a_stop_frees_the_line(void **state)
{
	struct bed *bed = *state;
	int64_t at_ms;

	ann_sits_in_the_garden(bed);
	at_ms = running_now_ms();
	account(bed, STOP, "ann", 7, (int64_t)time(NULL));
	freed(bed, "Stop", at_ms);
	assert_int_equal(ask(bed, "SELECT count(*) FROM case_action WHERE text "
				  "= 'the line is another''s now'"),
			 1);
	/* The next one there has none. */
	account(bed, START, "bob", 7, (int64_t)time(NULL));
	account(bed, INTERIM, "bob", 7, (int64_t)time(NULL));
	nobody_else_has_one(bed);
	assert_int_equal(ask(bed, ON_ANY), 0);
}

/* His Start is all that is heard of it. */
static void
another_start_frees_the_line(void **state)
{
	struct bed *bed = *state;
	int64_t at_ms;

	ann_sits_in_the_garden(bed);
	at_ms = running_now_ms();
	account(bed, START, "bob", 7, (int64_t)time(NULL));
	freed(bed, "Start of another, no Stop", at_ms);
	nobody_else_has_one(bed);
	assert_int_equal(ask(bed, ON_ANY), 0);
}

/* Seen at her new address she has it there, and the old one is free. */
static void
it_goes_where_she_goes(void **state)
{
	struct bed *bed = *state;
	int64_t at_ms;

	ann_sits_in_the_garden(bed);
	account(bed, START, "ann", 8, bed->now_s - 120);
	account(bed, INTERIM, "ann", 8, (int64_t)time(NULL));
	see(bed, 8, bed->now_s - 60);
	wait_there(bed, ON_8, RUNNING_DEADLINE_MS);
	assert_int_equal(ask(bed, "SELECT count(*) FROM case_event WHERE "
				  "row_name = 'line-moved'"),
			 1);
	at_ms = running_now_ms();
	account(bed, STOP, "ann", 7, (int64_t)time(NULL));
	account(bed, START, "bob", 7, (int64_t)time(NULL));
	freed(bed, "Stop of one of two, and a Start", at_ms);
	nobody_else_has_one(bed);
	assert_int_equal(ask(bed, ON_8), 1);
}

/* Seen once after the release, and an Interim each second until that is
 * certain. */
static bool
is_told_again(void *context)
{
	struct bed *bed = context;
	const int64_t now_s = (int64_t)time(NULL);

	if (now_s == bed->said_s)
		return false;
	if (!bed->seen)
		see(bed, 8, now_s);
	bed->seen = true;
	account(bed, INTERIM, "ann", 8, now_s);
	bed->said_s = now_s;
	return ask(bed, "SELECT count(*) FROM case_event WHERE row_name = "
			"'relapse-notice'") > 0;
}

/* First the Stop; seen elsewhere later she is the same customer, whom a person
 * had put there before the time to act was over: she is told first. */
static void
at_her_new_address_she_is_known(void **state)
{
	struct bed *bed = *state;

	ann_sits_in_the_garden(bed);
	account(bed, STOP, "ann", 7, bed->now_s - 150);
	wait_there(bed, OFF_7, RUNNING_DEADLINE_MS);
	account(bed, START, "bob", 7, bed->now_s - 140);
	account(bed, START, "ann", 8, bed->now_s - 140);
	bed->said_s = (int64_t)time(NULL);
	assert_true(running_until(is_told_again, bed, 2 * RUNNING_DEADLINE_MS));
	assert_int_equal(ask(bed, ON_ANY), 0);
	nobody_else_has_one(bed);
}

#define BLOCK "198.19.0.9:2048-2559"
#define ON_BLOCK MEASURES("target = '" BLOCK "' AND wanted = 1 AND would = 0")
#define OFF_BLOCK MEASURES("target = '" BLOCK "' AND wanted = 0")

static void
a_block_of_ports_goes_to_another(void **state)
{
	const struct block block = {2048, 2559, false};
	struct bed *bed = *state;
	int64_t at_ms;

	account_with(bed, START, "ann", 7, bed->now_s - 600, &block);
	account_with(bed, INTERIM, "ann", 7, bed->now_s, &block);
	running_wait_said(&bed->running, "all sources of bindings have spoken",
			  1);
	see_address(bed, 0xc6130009, 2100, bed->now_s - 300);
	garden(bed);
	wait_there(bed, ON_BLOCK, RUNNING_DEADLINE_MS);
	at_ms = running_now_ms();
	account_with(bed, START, "bob", 6, (int64_t)time(NULL), &block);
	wait_there(bed, OFF_BLOCK, WINDOW_MS + RUNNING_DEADLINE_MS);
	at_ms = running_now_ms() - at_ms;
	print_message("block of ports: free after %lld ms\n", (long long)at_ms);
	assert_true(at_ms <= WINDOW_MS);
	assert_int_equal(ask(bed, ON_BLOCK), 0);
	nobody_else_has_one(bed);
}

/* The Stop comes while the desk doesn't work, and it is killed. */
static void
a_killed_desk_hears_of_it(void **state)
{
	struct bed *bed = *state;
	pid_t desk;

	ann_sits_in_the_garden(bed);
	desk = running_role(&bed->running, "desk");
	assert_int_equal(kill(desk, SIGSTOP), 0);
	account(bed, STOP, "ann", 7, (int64_t)time(NULL));
	account(bed, START, "bob", 7, (int64_t)time(NULL));
	assert_int_equal(kill(desk, SIGKILL), 0);
	desk = running_wait_role(&bed->running, "desk", desk);
	wait_there(bed, OFF_7, 2 * RUNNING_DEADLINE_MS);
	assert_int_equal(ask(bed, ON_7), 0);
	nobody_else_has_one(bed);
}

/* The desk begins anew, and asks for all lines; the registrar may be away. */
static void
desk_anew(struct bed *bed)
{
	const pid_t desk = running_role(&bed->running, "desk");

	assert_int_equal(kill(desk, SIGKILL), 0);
	(void)running_wait_role(&bed->running, "desk", desk);
	settled(bed);
}

/* A registrar that begins anew, one that doesn't work, an index that has gone:
 * nobody said that she has given it away. */
static void
what_is_not_heard_ends_nothing(void **state)
{
	struct bed *bed = *state;
	char index[RUNNING_PATH_SIZE + 64], away[RUNNING_PATH_SIZE + 96];
	pid_t registrar;

	ann_sits_in_the_garden(bed);
	registrar = running_role(&bed->running, "registrar");
	assert_int_equal(kill(registrar, SIGKILL), 0);
	(void)running_wait_role(&bed->running, "registrar", registrar);
	desk_anew(bed);
	assert_int_equal(ask(bed, ON_7), 1);

	snprintf(index, sizeof(index), "%s/registrar/index/head/data.mdb",
		 bed->running.state);
	snprintf(away, sizeof(away), "%s.away", index);
	registrar = running_role(&bed->running, "registrar");
	assert_int_equal(kill(registrar, SIGSTOP), 0);
	assert_int_equal(rename(index, away), 0);
	desk_anew(bed);
	assert_int_equal(ask(bed, ON_7), 1);
	/* As it was: the next word counts. */
	assert_int_equal(rename(away, index), 0);
	desk_anew(bed);
	assert_int_equal(ask(bed, ON_7), 1);
	assert_int_equal(kill(registrar, SIGCONT), 0);
	account(bed, STOP, "ann", 7, (int64_t)time(NULL));
	wait_there(bed, OFF_7, 2 * RUNNING_DEADLINE_MS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(a_stop_frees_the_line),
	    TEST(another_start_frees_the_line),
	    TEST(it_goes_where_she_goes),
	    TEST(at_her_new_address_she_is_known),
	    TEST(a_block_of_ports_goes_to_another),
	    TEST(a_killed_desk_hears_of_it),
	    TEST(what_is_not_heard_ends_nothing),
	};

	/* One is enough to see that the engine makes no difference. */
	if (store_url())
		cmocka_set_test_filter("a_killed_desk_hears_of_it");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
