/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who held an address, by the real registrar and the real desk: a look-up is
 * kept before it is answered, a late word withdraws what rested on the earlier
 * one, and nobody is told while a source of bindings is silent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"
#include "spool/spool.h"
#include "unit/role/nas.h"
#include "unit/role/running.h"

#define REGISTRAR                                                      \
	"registrar: { accounting: { clients: [ { address: 127.0.0.1, " \
	"name: bng-1, secret_file: secret } ] } }\n"
#define LIVE                                                         \
	"mode: live\nlive: [notice]\nnotice: { maildir: out, from: " \
	"a@example.net, phone: \"1\" }\nbindings: [ { csv: b.csv } ]\n"
#define ROWS                                             \
	"address,port_first,port_last,party,start,end\n" \
	"198.18.0.9,,,static-1,2020-01-01T00:00:00Z,\n"

static const char *const both[] = {"registrar", "desk", NULL};

struct bed {
	struct running running;
	struct nas nas;
	int64_t now_s;
	char said[8192]; /* what a command wrote */
};

static int
setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));

	if (!bed || crypto_init() != 0)
		return -1;
	*state = bed;
	running_init(&bed->running);
	running_write(&bed->running, "secret", NAS_SECRET "\n");
	bed->now_s = (int64_t)time(NULL);
	return 0;
}

static int
teardown(void **state)
{
	struct bed *bed = *state;
	/* A sandbox that is too tight would start its role again, unseen. */
	const unsigned died = running_said(&bed->running, "died");

	if (bed->nas.md5)
		nas_end(&bed->nas);
	running_fini(&bed->running);
	free(bed);
	return died ? -1 : 0;
}

static void
run(struct bed *bed)
{
	running_start(&bed->running, both);
	running_wait_ready(&bed->running, "registrar");
	running_wait_ready(&bed->running, "desk");
	nas_begin(&bed->nas, "127.0.0.1",
		  running_port(&bed->running, "accounting"));
}

static void
start(struct bed *bed, const char *more)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), "%s%s", REGISTRAR, more);
	running_configure(&bed->running, yaml);
	run(bed);
}

/* Somebody's session on 198.18.0.7, told `late` seconds after it happened. */
static void
account(struct bed *bed, uint32_t status, const char *user, int64_t at_s)
{
	const struct addr own = addr_from_v4(0xc0000201);
	const struct addr framed = addr_from_v4(0xc6120007);
	const int64_t late = (int64_t)time(NULL) - at_s;
	struct nas *nas = &bed->nas;
	struct radius_build build;

	radius_build_begin(&build, nas->bytes, RADIUS_ACCOUNTING_REQUEST,
			   nas->id++);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, status);
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &own);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, user);
	radius_build_text(&build, RADIUS_USER_NAME, user);
	radius_build_addr(&build, RADIUS_FRAMED_IP_ADDRESS, &framed);
	radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP, (uint32_t)at_s);
	radius_build_u32(&build, RADIUS_ACCT_DELAY_TIME,
			 (uint32_t)(late > 0 ? late : 0));
	assert_int_equal(radius_build_request(&build, nas->md5,
					      slice_of(nas->secret)),
			 0);
	nas->length = build.length;
	nas_send(nas);
	assert_int_equal(nas_answer(nas, RUNNING_DEADLINE_MS), nas->bytes[1]);
}

/* What a sensor says of a time. */
static void
give(struct bed *bed, struct sighting *sighting, int64_t at_s)
{
	char path[RUNNING_PATH_SIZE + 32];
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct spool_writer *spool;
	struct writer writer;

	sighting->known.us = (int64_t)time(NULL) * TIMES_SECOND_US;
	sighting->time.us = at_s * TIMES_SECOND_US;
	sighting->first = sighting->last = sighting->time;
	strcpy(sighting->origin, "own-flow");
	strcpy(sighting->detector, "scan/1");
	sighting_seal(sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, sighting);
	snprintf(path, sizeof(path), "%s/sensor/spool", bed->running.state);
	assert_true(mkdir(path, 0750) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	assert_int_equal(spool_writer_append(spool, bytes, writer.length, NULL),
			 0);
	assert_int_equal(spool_writer_sync(spool), 0);
	spool_writer_close(spool);
}

/* A scan by 198.18.0.`host` at a time. */
static void
see(struct bed *bed, uint8_t host, int64_t at_s)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .weight_milli = 5000};

	sighting.address = addr_from_v4(0xc6120000u + host);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	give(bed, &sighting, at_s);
}

/* Of the desk's rows, by a query that counts. */
static int
count(const struct bed *bed, const char *sql)
{
	char path[RUNNING_PATH_SIZE + 32];
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;
	int value = 0;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", bed->running.state);
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

struct hoping {
	struct bed *bed;
	const char *what;
};

static bool
is_there(void *context)
{
	const struct hoping *hoping = context;

	return count(hoping->bed, hoping->what) > 0;
}

static void
wait_there(struct bed *bed, const char *sql)
{
	struct hoping hoping = {bed, sql};

	if (!running_until(is_there, &hoping, RUNNING_DEADLINE_MS))
		fail_msg("never: %s", sql);
}

/* Runs the command line; its exit code, its output in bed->said. */
static int
command(struct bed *bed, const char *arguments)
{
	const char *build = getenv("LAZARET_BUILD");
	char line[1024];
	size_t length;
	FILE *pipe;
	int status;

	snprintf(line, sizeof(line), "'%s/lazaret' %s --config '%s' 2>&1",
		 build ? build : ".", arguments, bed->running.conf);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	length = fread(bed->said, 1, sizeof(bed->said) - 1, pipe);
	bed->said[length] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
who(struct bed *bed, int64_t at_s, const char *more)
{
	char line[512], moment[TIMES_RFC3339_SIZE];
	struct text text;

	text_init(&text, moment, sizeof(moment));
	times_format(&text, at_s * TIMES_SECOND_US);
	snprintf(line, sizeof(line), "who 198.18.0.7 --at %s --json %s", moment,
		 more);
	return command(bed, line);
}

static bool
is_certain(void *context)
{
	struct bed *bed = context;

	return who(bed, bed->now_s - 300, "") == 0 &&
	       strstr(bed->said, "\"certainty\":\"certain\"");
}

static void
session(struct bed *bed)
{
	account(bed, 1, "ann", bed->now_s - 600);
	account(bed, 3, "ann", bed->now_s);
	if (!running_until(is_certain, bed, RUNNING_DEADLINE_MS))
		fail_msg("not certain: %s", bed->said);
}

static void
says(const struct bed *bed, const char *text)
{
	if (!strstr(bed->said, text))
		fail_msg("'%s' isn't in: %s", text, bed->said);
}

static void
a_look_up_is_kept_before_it_is_answered(void **state)
{
	struct bed *bed = *state;
	char path[RUNNING_PATH_SIZE + 32], away[RUNNING_PATH_SIZE + 32];

	start(bed, "");
	session(bed);
	assert_null(strstr(bed->said, "ann"));
	says(bed, "\"party\":\"");
	says(bed, "\"file\":\"registrar/raw/");
	says(bed, "\"source\":\"bng-1");
	assert_int_equal(who(bed, bed->now_s - 300,
			     "--reveal --why 'she called' --case LZ-7"),
			 0);
	says(bed, "\"account\":\"ann\"");
	wait_there(bed, "SELECT count(*) FROM audit WHERE reveal = 1 AND "
			"why = 'she called' AND about = 'LZ-7' AND certainty "
			"= 4 AND party <> 0 AND question LIKE "
			"'198.18.0.7 at %'");
	assert_int_equal(command(bed, "audit --json"), 0);
	says(bed, "\"kind\":\"look-up\"");
	says(bed, "\"why\":\"she called\"");
	/* Nothing that can't be kept is answered. */
	snprintf(path, sizeof(path), "%s/command", bed->running.state);
	snprintf(away, sizeof(away), "%s/command.away", bed->running.state);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(who(bed, bed->now_s - 300, "--reveal"), 5);
	assert_null(strstr(bed->said, "ann"));
	assert_null(strstr(bed->said, "certainty"));
	says(bed, "is not answered");
}

/* A line of the permits' file. */
static void
permit(char *to, size_t size, const char *token, const char *rest)
{
	uint8_t hash[SHA256_SIZE];
	struct text text;

	sha256(token, strlen(token), hash);
	text_init(&text, to, size);
	text_hex(&text, hash, sizeof(hash));
	text_add(&text, rest);
}

/* The status of a request; header and body of its answer in bed->said. */
static int
post(struct bed *bed, uint16_t port, const char *token, const char *body)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[2048];
	size_t length = 0;
	ssize_t n = 1;
	int status = 0;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	snprintf(request, sizeof(request),
		 "POST /api/v1/who HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		 "Connection: close\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
		 token ? "Authorization: Bearer " : "", token ? token : "",
		 token ? "\r\n" : "", strlen(body), body);
	assert_int_equal(send(fd, request, strlen(request), 0),
			 strlen(request));
	while (n > 0 && length < sizeof(bed->said) - 1) {
		n = recv(fd, bed->said + length, sizeof(bed->said) - 1 - length,
			 0);
		length += n > 0 ? (size_t)n : 0;
	}
	bed->said[length] = '\0';
	close(fd);
	if (sscanf(bed->said, "HTTP/1.1 %d", &status) != 1)
		fail_msg("no answer: %s", bed->said);
	return status;
}

struct posting {
	struct bed *bed;
	uint16_t port;
	const char *body;
};

static bool
is_certain_there(void *context)
{
	const struct posting *it = context;

	return post(it->bed, it->port, "desk of the noc", it->body) == 200 &&
	       strstr(it->bed->said, "\"certainty\":\"certain\"");
}

static void
the_api_answers_who_may_ask(void **state)
{
	static const char *const roles[] = {"registrar", "desk", "web", NULL};
	struct bed *bed = *state;
	struct posting posting = {.bed = bed};
	char permits[512], line[256], body[256], reveal[320],
	    moment[TIMES_RFC3339_SIZE];
	struct text text;

	permit(line, sizeof(line), "desk of the noc", " noc who\n");
	strcpy(permits, line);
	permit(line, sizeof(line), "the abuse desk", " abuse who,who.reveal\n");
	strcat(permits, line);
	permit(line, sizeof(line), "nothing much", " other who.reveal\n");
	strcat(permits, line);
	running_write(&bed->running, "tokens", permits);
	running_configure(&bed->running, REGISTRAR "api: { tokens: tokens }\n");
	running_start(&bed->running, roles);
	for (size_t i = 0; roles[i]; i++)
		running_wait_ready(&bed->running, roles[i]);
	nas_begin(&bed->nas, "127.0.0.1",
		  running_port(&bed->running, "accounting"));
	/* The API looks at the index as it is then: nothing to wait for, and
	 * none of a minute's requests is spent on waiting. */
	session(bed);
	text_init(&text, moment, sizeof(moment));
	times_format(&text, (bed->now_s - 300) * TIMES_SECOND_US);
	snprintf(body, sizeof(body),
		 "{\"address\":\"198.18.0.7\",\"at\":\"%s\",\"why\":"
		 "\"she called\",\"case\":\"LZ-7\"",
		 moment);
	snprintf(reveal, sizeof(reveal), "%s,\"reveal\":true}", body);
	strcat(body, "}");
	posting.port = running_port(&bed->running, "api");
	posting.body = body;
	if (!is_certain_there(&posting))
		fail_msg("not certain: %s", bed->said);
	says(bed, "Content-Type: application/json");
	says(bed, "\"party\":\"");
	assert_null(strstr(bed->said, "ann"));
	wait_there(bed, "SELECT count(*) FROM audit WHERE source = 'web' AND "
			"actor = 'api:noc' AND why = 'she called' AND about = "
			"'LZ-7' AND reveal = 0");
	assert_int_equal(post(bed, posting.port, "the abuse desk", reveal),
			 200);
	says(bed, "\"account\":\"ann\"");
	wait_there(bed, "SELECT count(*) FROM audit WHERE actor = 'api:abuse' "
			"AND reveal = 1 AND certainty = 4");
	assert_int_equal(post(bed, posting.port, "desk of the noc", reveal),
			 403);
	assert_int_equal(post(bed, posting.port, "nothing much", body), 403);
	assert_int_equal(post(bed, posting.port, "the abuse desk", "{}"), 400);
	says(bed, "{\"error\":\"address, at and why are needed\"}");
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(post(bed, posting.port, i ? "no" : NULL, body),
				 401);
	assert_int_equal(post(bed, posting.port, "no", body), 429);
	/* Who has a token isn't kept out by who has none. */
	assert_int_equal(post(bed, posting.port, "desk of the noc", body), 200);
}

/* The case of ann tells what became of it, and why. */
static void
explained(struct bed *bed)
{
	char line[64];
	int number = count(bed, "SELECT c.id >> 32 & 0xffffffff FROM case_ c "
				"JOIN account a ON a.party = c.party WHERE "
				"a.label = 'ann'");

	snprintf(line, sizeof(line), "explain %08x", (unsigned)number);
	assert_int_equal(command(bed, line), 0);
	says(bed, "who held the address is known better now");
	snprintf(line, sizeof(line), "explain %08x --again", (unsigned)number);
	assert_int_equal(command(bed, line), 0);
}

static void
a_late_word_withdraws_what_rested_on_the_earlier_one(void **state)
{
	struct bed *bed = *state;

	start(bed, "");
	session(bed);
	see(bed, 7, bed->now_s - 300);
	wait_there(bed, "SELECT count(*) FROM notice");
	wait_there(bed, "SELECT count(*) FROM account WHERE label = 'ann'");
	/* Somebody else had come on the line a minute before. */
	account(bed, 1, "bob", bed->now_s - 360);
	wait_there(bed, "SELECT count(*) FROM case_event e JOIN case_ c ON "
			"c.id = e.case_id JOIN account a ON a.party = c.party "
			"WHERE a.label = 'ann' AND e.kind = 7 AND e.row_name = "
			"'wrongly-noticed'");
	/* In shadow what takes the notice back would be sent. */
	wait_there(bed, "SELECT count(*) FROM case_action WHERE kind = 7 AND "
			"would = 1");
	assert_int_equal(count(bed, "SELECT count(*) FROM outbox"), 0);
	explained(bed);
	/* It rests with the address now, or with nobody of a name. */
	assert_int_equal(count(bed, "SELECT count(*) FROM sighting s JOIN "
				    "case_ c ON c.id = s.case_id WHERE "
				    "c.known = 1"),
			 0);
	assert_int_equal(count(bed, "SELECT count(*) FROM account WHERE label "
				    "= 'bob'"),
			 0);
}

/* Behind a NAT: the session's address is an inside one, what is seen is a port
 * of an outside address, and arithmetic joins them. */
static void
a_late_word_reaches_through_a_nat(void **state)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .port = 50000,
				    .marks = SIGHTING_HAS_PORT,
				    .port_count = 1,
				    .weight_milli = 5000};
	struct bed *bed = *state;
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
		 "network: { name: tried, source_filtered: true, inside: ["
		 "198.18.0.0/16, { prefix: 198.19.0.0/24, cgnat: outside, "
		 "ports: 16128 } ] }\nstate_dir: %s\nrun_dir: %s\n"
		 "listen: { metrics: \"127.0.0.1:0\", accounting: "
		 "\"127.0.0.1:0\" }\nregistrar:\n  accounting: { clients: [ "
		 "{ address: 127.0.0.1, name: bng-1, secret_file: secret } ] "
		 "}\n  deterministic_nat: [ { inside: 198.18.0.4/30, outside: "
		 "198.19.0.40/32, ports: 16128, inside_boundaries: true, "
		 "outside_boundaries: true } ]\n",
		 bed->running.state, bed->running.run);
	running_write(&bed->running, "lazaret.yaml", yaml);
	run(bed);
	session(bed);
	/* Ports 49408 to 65535 are 198.18.0.7's. */
	assert_int_equal(subject_parse(slice_of("198.19.0.40:49408-65535"),
				       &sighting.subject),
			 0);
	sighting.address = sighting.subject.prefix.addr;
	sighting.ports[0].port = 50000;
	sighting.ports[0].time.us = (bed->now_s - 300) * TIMES_SECOND_US;
	give(bed, &sighting, bed->now_s - 300);
	wait_there(bed, "SELECT count(*) FROM case_ c JOIN account a ON "
			"a.party = c.party WHERE a.label = 'ann'");
	account(bed, 1, "bob", bed->now_s - 360);
	wait_there(
	    bed, "SELECT count(*) FROM case_event e JOIN case_ c ON "
		 "c.id = e.case_id JOIN account a ON a.party = c.party "
		 "WHERE a.label = 'ann' AND e.kind = 7 AND e.refused IS NULL");
}

static void
live_acts_wait_for_a_silent_source(void **state)
{
	struct bed *bed = *state;

	running_write(&bed->running, "b.csv", ROWS);
	start(bed, LIVE);
	running_wait_said(&bed->running,
			  "nobody is told or limited for now: bng-1: this "
			  "source of bindings has not spoken yet",
			  1);
	see(bed, 9, bed->now_s - 60);
	wait_there(bed, "SELECT count(*) FROM case_action WHERE kind = 5 AND "
			"text LIKE '%has not spoken yet'");
	assert_int_equal(count(bed, "SELECT count(*) FROM notice"), 0);
	assert_int_equal(command(bed, "case list"), 0);
	says(bed, "nobody is told or limited: bng-1: this source of bindings "
		  "has not spoken yet");
	account(bed, 1, "ann", bed->now_s - 600);
	running_wait_said(&bed->running, "all sources of bindings have spoken",
			  1);
	see(bed, 9, bed->now_s - 30);
	wait_there(bed, "SELECT count(*) FROM notice WHERE would = 0");
	assert_int_equal(command(bed, "case list"), 0);
	assert_null(strstr(bed->said, "has not spoken"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(a_look_up_is_kept_before_it_is_answered),
	    TEST(the_api_answers_who_may_ask),
	    TEST(a_late_word_withdraws_what_rested_on_the_earlier_one),
	    TEST(a_late_word_reaches_through_a_nat),
	    TEST(live_acts_wait_for_a_silent_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
