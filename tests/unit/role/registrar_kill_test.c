/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar dies 20 times, at seeded moments, while a NAS sends accounting
 * as fast as it is answered.  Each record that was answered stands in the raw
 * log afterwards, and in the index: once, with its holder and its time.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "crypto/sha256.h"
#include "index/index.h"
#include "radius/numbers.h"
#include "role/raw_record.h"
#include "spool/spool.h"
#include "unit/role/nas.h"
#include "unit/role/running.h"

#define KILLS 20
#define SEED 1
#define WINDOW 64
#define SESSIONS_MAX (1u << 17) /* addresses of 198.18.0.0/15 */
#define AGAIN_MS 200
#define QUICK_MS 400
#define SLOW_MS 1100 /* one in three: deaths close together wait longer */
#define STARTED_S INT64_C(1794899640) /* of session 0 */

struct flying {
	bool flies;
	uint32_t session;
	int64_t sent_ms;
	size_t length;
	uint8_t bytes[RADIUS_PACKET_MAX];
};

struct trial {
	struct running running;
	struct nas nas;
	struct rng rng;
	struct flying packets[WINDOW];
	uint32_t sessions, answers;
	uint32_t sessions_max; /* for now: each kill gets its share */
	bool answered[SESSIONS_MAX], stored[SESSIONS_MAX];
};

static struct trial the_trial; /* large */

/* ------------------------------------------------------------------- NAS */

static void
packets_send(struct trial *trial, bool fresh)
{
	const int64_t now = running_now_ms();

	for (unsigned i = 0; i < WINDOW; i++) {
		struct flying *packet = &trial->packets[i];

		if (!packet->flies && fresh &&
		    trial->sessions < trial->sessions_max) {
			trial->nas.id = (uint8_t)i;
			nas_build(&trial->nas, RADIUS_STATUS_START,
				  trial->sessions, STARTED_S + trial->sessions);
			packet->session = trial->sessions++;
			packet->length = trial->nas.length;
			memcpy(packet->bytes, trial->nas.bytes, packet->length);
			packet->flies = true;
		} else if (!packet->flies || now - packet->sent_ms < AGAIN_MS) {
			continue;
		}
		packet->sent_ms = now;
		/* Nobody listens: the socket of the supervisor does. */
		assert_int_equal(send(trial->nas.socket, packet->bytes,
				      packet->length, 0),
				 packet->length);
	}
}

static void
answers_take(struct trial *trial)
{
	uint8_t bytes[RADIUS_PACKET_MAX];
	struct radius_packet packet;
	ssize_t n;

	while ((n = recv(trial->nas.socket, bytes, sizeof(bytes),
			 MSG_DONTWAIT)) > 0) {
		struct flying *asked;

		assert_int_equal(radius_read(&packet, bytes, (size_t)n), 0);
		assert_true(packet.id < WINDOW);
		asked = &trial->packets[packet.id];
		/* Of what was sent twice, the second answer. */
		if (!asked->flies ||
		    radius_verify_response(&packet, asked->bytes + 4,
					   trial->nas.md5,
					   slice_of(trial->nas.secret)) !=
			RADIUS_GENUINE)
			continue;
		asked->flies = false;
		trial->answered[asked->session] = true;
		trial->answers++;
	}
}

static void
play_until(struct trial *trial, bool (*condition)(struct trial *, int64_t),
	   int64_t argument, bool fresh)
{
	const int64_t end = running_now_ms() + RUNNING_DEADLINE_MS;

	while (!condition(trial, argument)) {
		if (running_now_ms() > end)
			fail_msg("nothing comes of it any more");
		packets_send(trial, fresh);
		answers_take(trial);
		running_breathe();
	}
}

static bool
time_has_come(struct trial *trial, int64_t at_ms)
{
	(void)trial;
	return running_now_ms() >= at_ms;
}

static bool
so_many_answered(struct trial *trial, int64_t count)
{
	return trial->answers >= count;
}

static bool
none_flies(struct trial *trial, int64_t unused)
{
	(void)unused;
	for (unsigned i = 0; i < WINDOW; i++)
		if (trial->packets[i].flies)
			return false;
	return true;
}

static bool
other_runs(struct trial *trial, int64_t not )
{
	const pid_t now = running_role(&trial->running, "registrar");

	return now && now != not ;
}

/* ----------------------------------------------------------------- checks */

static void
record_take(struct trial *trial, const uint8_t *body, size_t length)
{
	struct radius_iterator iterator;
	struct radius_attribute attribute;
	struct radius_packet packet;
	struct raw_record record;
	struct addr addr;

	assert_int_equal(raw_record_decode(body, length, &record), 0);
	assert_int_equal(record.kind, RAW_RADIUS);
	assert_int_equal(radius_read(&packet, record.bytes, record.length), 0);
	radius_begin(&iterator, &packet);
	while (radius_next(&iterator, &attribute))
		if (attribute.type == RADIUS_FRAMED_IP_ADDRESS) {
			assert_int_equal(radius_addr4(attribute.value,
						      attribute.length, &addr),
					 0);
			trial->stored[addr_v4(&addr) - 0xc6120000] = true;
		}
}

static uint64_t
raw_log_read(struct trial *trial)
{
	char path[RUNNING_PATH_SIZE + 32];
	struct spool_reader *reader;
	const uint8_t *body;
	uint64_t sequence, last = 0;
	size_t length;
	int got;

	snprintf(path, sizeof(path), "%s/registrar/raw", trial->running.state);
	assert_int_equal(spool_reader_open(path, 0, &reader), 0);
	while ((got = spool_reader_next(reader, &body, &length, &sequence)) ==
	       1) {
		assert_int_equal(sequence, last + 1);
		last = sequence;
		record_take(trial, body, length);
	}
	assert_int_equal(got, 0);
	assert_int_equal(spool_reader_lost(reader), 0);
	spool_reader_close(reader);
	return last;
}

static void
session_check(const struct index_reader *index, struct binding_cursor *cursor,
	      uint32_t session)
{
	const struct addr addr = addr_from_v4(0xc6120000 + session);
	const int64_t start = (STARTED_S + session) * TIMES_SECOND_US;
	const struct binding *row;
	struct party_id id;
	const char *label;
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "user:u%u", session);
	cursor->seek(cursor->context, 0, &addr, (struct at_event){start},
		     (struct at_event){start + TIMES_SECOND_US});
	row = cursor->next(cursor->context);
	assert_non_null(row);
	assert_int_equal(row->start.us, start);
	assert_int_equal(index_reader_party(index, row->party, &label, &id), 0);
	assert_string_equal(label, wanted);
	assert_null(cursor->next(cursor->context));
}

static void
index_check(struct trial *trial, uint64_t last)
{
	char path[RUNNING_PATH_SIZE + 32];
	struct binding_cursor cursor;
	struct index_reader *index;
	struct index_facts facts;

	snprintf(path, sizeof(path), "%s/registrar/index",
		 trial->running.state);
	assert_int_equal(index_reader_open(path, &index), 0);
	cursor = index_reader_cursor(index);
	for (uint32_t i = 0; i < trial->sessions; i++) {
		if (!trial->answered[i])
			continue;
		if (!trial->stored[i])
			fail_msg("session %u was answered and is lost", i);
		session_check(index, &cursor, i);
	}
	index_reader_facts(index, &facts);
	assert_int_equal(facts.conflicts, 0);
	print_message("%u answered of %u sent, over %u kills: %llu raw records,"
		      " none lost\n",
		      trial->answers, trial->sessions, (unsigned)KILLS,
		      (unsigned long long)last);
	index_reader_close(index);
}

/* ------------------------------------------------------------------ trial */

static void
start(struct trial *trial)
{
	static const char *const roles[] = {"registrar", NULL};

	rng_init(&trial->rng, SEED);
	running_configure(
	    &trial->running,
	    "registrar: { accounting: { clients: [ { address: 127.0.0.1,\n"
	    "  name: bng, secret_file: secret, proxy: true } ] } }\n");
	running_write(&trial->running, "secret", NAS_SECRET "\n");
	running_start(&trial->running, roles);
	running_wait_ready(&trial->running, "registrar");
	nas_begin(&trial->nas, "127.0.0.1",
		  running_port(&trial->running, "accounting"));
}

static void
test_killed_registrar(void **state)
{
	struct trial *trial = &the_trial;
	pid_t registrar;

	(void)state;
	start(trial);
	trial->sessions_max = SESSIONS_MAX / (KILLS + 2);
	play_until(trial, so_many_answered, 1000, true);
	registrar = running_wait_role(&trial->running, "registrar", 0);
	for (unsigned i = 0; i < KILLS; i++) {
		const int64_t wait_ms =
		    i % 3 == 0 ? SLOW_MS
			       : (int64_t)rng_below(&trial->rng, QUICK_MS);

		trial->sessions_max += SESSIONS_MAX / (KILLS + 2);
		play_until(trial, time_has_come, running_now_ms() + wait_ms,
			   true);
		assert_int_equal(kill(registrar, SIGKILL), 0);
		running_wait_dead(registrar);
		play_until(trial, other_runs, registrar, true);
		registrar = running_role(&trial->running, "registrar");
	}
	trial->sessions_max = SESSIONS_MAX;
	play_until(trial, so_many_answered, trial->answers + 100, true);
	play_until(trial, none_flies, 0, false);
	/* It indexes what it has stored before it goes. */
	assert_int_equal(running_end(&trial->running, SIGTERM), 0);
	index_check(trial, raw_log_read(trial));
	nas_end(&trial->nas);
}

static int
setup(void **state)
{
	(void)state;
	running_init(&the_trial.running);
	return crypto_init();
}

static int
teardown(void **state)
{
	(void)state;
	running_fini(&the_trial.running);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_killed_registrar, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
