/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's intake over real sockets: what is answered stands in the raw
 * log already, what can't be stored isn't answered, and from whom nobody
 * knows nothing is taken.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "radius/numbers.h"
#include "role/counter_table.h"
#include "role/raw_log.h"
#include "role/registrar_intake.h"
#include "unit/role/nas.h"
#include "unit/role/running.h"

#define ANSWER_MS 10000
#define SILENCE_MS 150
#define NOW_S 1794899640 /* 2026-11-17 07:14 UTC */

struct trial {
	char folder[64], raw[96];
	struct role role;
	struct registrar_clients *clients;
	struct intake *intake;
	int wake;
	uint16_t ports[4];
	struct nas nas;
};

static uint16_t
socket_open(struct role *role, const char *name, int type)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t length = sizeof(any);
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	any.sin_addr.s_addr = htonl(INADDR_ANY);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &length), 0);
	strcpy(role->socket_names[role->socket_count], name);
	role->sockets[role->socket_count++] = fd;
	return ntohs(any.sin_port);
}

static void
file_write(const char *folder, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
conf_make(struct trial *trial)
{
	static const char yaml[] =
	    "network: { name: t, inside: [198.18.0.0/15] }\n"
	    "registrar:\n"
	    "  accounting:\n"
	    "    clients:\n"
	    "      - { address: 127.0.0.2, name: bng, secret_file: secret }\n"
	    "      - { address: 127.0.0.4, name: strict, secret_file: secret,\n"
	    "          nas: [192.0.2.77] }\n"
	    "  syslog: { senders: [ { address: 127.0.0.2, name: cgn,\n"
	    "      format: juniper } ] }\n"
	    "  nat: { exporters: [ { address: 127.0.0.2, name: nat,\n"
	    "      profile: rfc8158 } ] }\n";
	static struct conf_errors errors;
	char name[96];

	file_write(trial->folder, "secret", NAS_SECRET "\n");
	snprintf(name, sizeof(name), "%s/lazaret.yaml", trial->folder);
	if (conf_parse(name, yaml, sizeof(yaml) - 1, &trial->role.conf,
		       &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
}

static int
setup(void **state)
{
	struct trial *trial = memory_new(1, sizeof(*trial));

	assert_non_null(trial);
	*state = trial;
	strcpy(trial->folder, "/tmp/lazaret-intake-XXXXXX");
	assert_non_null(mkdtemp(trial->folder));
	snprintf(trial->raw, sizeof(trial->raw), "%s/raw", trial->folder);
	assert_int_equal(mkdir(trial->raw, 0700), 0);
	conf_make(trial);
	trial->role.name = "registrar";
	trial->role.counters = counters_create(trial->folder, "registrar");
	assert_non_null(trial->role.counters);
	trial->ports[0] = socket_open(&trial->role, "accounting", SOCK_DGRAM);
	trial->ports[1] = socket_open(&trial->role, "syslog", SOCK_DGRAM);
	trial->ports[2] = socket_open(&trial->role, "nat", SOCK_DGRAM);
	trial->ports[3] = socket_open(&trial->role, "syslog_tcp", SOCK_STREAM);
	trial->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(registrar_clients_open(trial->role.conf,
						&trial->clients),
			 0);
	assert_int_equal(intake_new(&trial->role, trial->clients, trial->wake,
				    &trial->intake),
			 0);
	assert_int_equal(intake_open(trial->intake, trial->raw, -1), 0);
	assert_int_equal(intake_start(trial->intake), 0);
	nas_begin(&trial->nas, "127.0.0.2", trial->ports[0]);
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;
	char command[128];

	nas_end(&trial->nas);
	intake_free(trial->intake);
	registrar_clients_free(trial->clients);
	for (size_t i = 0; i < trial->role.socket_count; i++)
		close(trial->role.sockets[i]);
	close(trial->wake);
	counters_close(trial->role.counters);
	conf_free(trial->role.conf);
	snprintf(command, sizeof(command), "rm -r '%s'", trial->folder);
	assert_int_equal(system(command), 0);
	memory_free(trial);
	return 0;
}

/* Records of the raw log that are durable now. */
static size_t
stored(const struct trial *trial, struct raw_record *last, uint8_t *copy)
{
	struct spool_reader *reader;
	const uint8_t *body;
	size_t length, count = 0;
	int got;

	assert_int_equal(spool_reader_open(trial->raw, 0, &reader), 0);
	while ((got = spool_reader_next(reader, &body, &length, NULL)) == 1) {
		memcpy(copy, body, length);
		assert_int_equal(raw_record_decode(copy, length, last), 0);
		count++;
	}
	assert_int_equal(got, 0);
	spool_reader_close(reader);
	return count;
}

/* A NAS takes an answer from no other address than the one it asked. */
static void
answers_come_from_where_was_asked(void **state)
{
	struct trial *trial = *state;
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(trial->ports[0])};

	assert_int_equal(inet_pton(AF_INET, "127.0.0.77", &to.sin_addr), 1);
	assert_int_equal(connect(trial->nas.socket, (struct sockaddr *)&to,
				 sizeof(to)),
			 0);
	nas_build(&trial->nas, RADIUS_STATUS_START, 1, NOW_S);
	nas_send(&trial->nas);
	assert_int_equal(nas_answer(&trial->nas, ANSWER_MS),
			 trial->nas.bytes[1]);
}

static uint64_t
counted(const struct trial *trial, unsigned counter)
{
	return counters_get(trial->role.counters, counter);
}

static bool
fifty_are_counted(void *context)
{
	return counted(context, COUNTER_REGISTRAR_ANSWERED) == 50;
}

static void
what_is_answered_is_stored(void **state)
{
	struct trial *trial = *state;
	uint8_t copy[RAW_HEADER_MAX + RADIUS_PACKET_MAX];
	struct raw_record record;

	for (uint32_t i = 0; i < 50; i++) {
		nas_build(&trial->nas, RADIUS_STATUS_START, i, NOW_S);
		nas_send(&trial->nas);
		assert_int_equal(nas_answer(&trial->nas, ANSWER_MS),
				 trial->nas.bytes[1]);
		assert_int_equal(stored(trial, &record, copy), i + 1);
		assert_int_equal(record.kind, RAW_RADIUS);
		assert_int_equal(record.length, trial->nas.length);
		assert_memory_equal(record.bytes, trial->nas.bytes,
				    record.length);
		assert_int_equal(record.name_length, 3);
		assert_memory_equal(record.name, "bng", 3);
	}
	/* The kernel may hand on an answer before it is counted. */
	assert_true(running_until(fifty_are_counted, trial, ANSWER_MS));
}

static void
a_repetition_is_answered_and_not_stored(void **state)
{
	struct trial *trial = *state;
	uint8_t copy[RAW_HEADER_MAX + RADIUS_PACKET_MAX];
	struct raw_record record;

	nas_build(&trial->nas, RADIUS_STATUS_START, 7, NOW_S);
	for (unsigned i = 0; i < 3; i++) {
		nas_send(&trial->nas);
		assert_int_equal(nas_answer(&trial->nas, ANSWER_MS),
				 trial->nas.bytes[1]);
	}
	assert_int_equal(stored(trial, &record, copy), 1);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_REPEATED), 2);
}

static void
refused(struct trial *trial, struct nas *nas, unsigned counter)
{
	const uint64_t before = counted(trial, counter);

	nas_send(nas);
	assert_int_equal(nas_answer(nas, SILENCE_MS), -1);
	assert_int_equal(counted(trial, counter), before + 1);
}

static void
strangers_are_not_answered(void **state)
{
	struct trial *trial = *state;
	uint8_t copy[RAW_HEADER_MAX + RADIUS_PACKET_MAX];
	struct raw_record record;
	struct nas stranger, strict;

	nas_begin(&stranger, "127.0.0.3", trial->ports[0]);
	nas_begin(&strict, "127.0.0.4", trial->ports[0]);
	nas_build(&stranger, RADIUS_STATUS_START, 1, NOW_S);
	refused(trial, &stranger, COUNTER_REGISTRAR_REFUSED_CLIENT);
	nas_build(&strict, RADIUS_STATUS_START, 1, NOW_S);
	refused(trial, &strict, COUNTER_REGISTRAR_REFUSED_NAS);
	trial->nas.secret = "another secret";
	nas_build(&trial->nas, RADIUS_STATUS_START, 1, NOW_S);
	refused(trial, &trial->nas, COUNTER_REGISTRAR_REFUSED_AUTHENTICATOR);
	trial->nas.bytes[0] = RADIUS_COA_REQUEST;
	refused(trial, &trial->nas, COUNTER_REGISTRAR_REFUSED_CODE);
	trial->nas.bytes[3] ^= 1;
	refused(trial, &trial->nas, COUNTER_REGISTRAR_REFUSED_MALFORMED);
	assert_int_equal(stored(trial, &record, copy), 0);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_ANSWERED), 0);
	nas_end(&stranger);
	nas_end(&strict);
}

/* A full disk: nothing is answered; when there is room again, all is. */
static void
what_cannot_be_stored_is_not_answered(void **state)
{
	struct trial *trial = *state;
	uint8_t copy[RAW_HEADER_MAX + RADIUS_PACKET_MAX];
	struct raw_record record;
	struct rlimit before, none;
	const int64_t end = running_now_ms() + ANSWER_MS;

	nas_build(&trial->nas, RADIUS_STATUS_START, 1, NOW_S);
	nas_send(&trial->nas);
	assert_int_equal(nas_answer(&trial->nas, ANSWER_MS),
			 trial->nas.bytes[1]);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	nas_build(&trial->nas, RADIUS_STATUS_START, 2, NOW_S);
	nas_send(&trial->nas);
	assert_int_equal(nas_answer(&trial->nas, SILENCE_MS), -1);
	assert_true(counted(trial, COUNTER_REGISTRAR_SYNC_ERRORS) > 0);
	assert_int_equal(stored(trial, &record, copy), 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	for (;;) {
		nas_send(&trial->nas);
		if (nas_answer(&trial->nas, SILENCE_MS) == trial->nas.bytes[1])
			break;
		assert_true(running_now_ms() < end);
	}
	assert_int_equal(stored(trial, &record, copy), 2);
	assert_memory_equal(record.bytes, trial->nas.bytes, record.length);
}

struct expected {
	struct trial *trial;
	size_t count;
	struct raw_record record;
	uint8_t copy[RAW_HEADER_MAX + RAW_BYTES_MAX];
};

static bool
is_stored(void *context)
{
	struct expected *expected = context;

	return stored(expected->trial, &expected->record, expected->copy) >=
	       expected->count;
}

static void
expect(struct expected *expected, size_t count, uint8_t kind, const char *name,
       const char *text)
{
	expected->count = count;
	assert_true(running_until(is_stored, expected, ANSWER_MS));
	assert_int_equal(expected->record.kind, kind);
	assert_int_equal(expected->record.length, strlen(text));
	assert_memory_equal(expected->record.bytes, text, strlen(text));
	assert_int_equal(expected->record.name_length, strlen(name));
	assert_memory_equal(expected->record.name, name, strlen(name));
}

static int
sender(const char *source, uint16_t port, int type)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void
logs_are_stored_as_they_come(void **state)
{
	struct trial *trial = *state;
	struct expected *expected = memory_new(1, sizeof(*expected));
	const int udp = sender("127.0.0.2", trial->ports[1], SOCK_DGRAM);
	const int tcp = sender("127.0.0.2", trial->ports[3], SOCK_STREAM);
	const int foreign = sender("127.0.0.3", trial->ports[1], SOCK_DGRAM);
	const int nat = sender("127.0.0.2", trial->ports[2], SOCK_DGRAM);

	assert_non_null(expected);
	expected->trial = trial;
	say(udp, "<134>one");
	expect(expected, 1, RAW_SYSLOG, "cgn", "<134>one");
	say(tcp, "<134>line of");
	say(tcp, " two\n<13");
	expect(expected, 2, RAW_SYSLOG, "cgn", "<134>line of two");
	say(tcp, "4>three\n9 <134>fou");
	expect(expected, 3, RAW_SYSLOG, "cgn", "<134>three");
	say(tcp, "rrest");
	expect(expected, 4, RAW_SYSLOG, "cgn", "<134>four");
	assert_int_equal(close(tcp), 0);
	expect(expected, 5, RAW_SYSLOG, "cgn", "rest");
	say(foreign, "<134>five");
	say(nat, "datagram");
	expect(expected, 6, RAW_IPFIX, "nat", "datagram");
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_REFUSED_CLIENT), 1);
	close(udp);
	close(foreign);
	close(nat);
	memory_free(expected);
}

static void
a_reference_leads_to_its_record(void **state)
{
	struct trial *trial = *state;
	struct raw_evidence *evidence = memory_new(1, sizeof(*evidence));
	uint8_t hash[SHA256_SIZE];
	char path[160];
	FILE *file;

	assert_non_null(evidence);
	for (uint32_t i = 0; i < 3; i++) {
		nas_build(&trial->nas, RADIUS_STATUS_START, i, NOW_S);
		nas_send(&trial->nas);
		assert_int_equal(nas_answer(&trial->nas, ANSWER_MS),
				 trial->nas.bytes[1]);
	}
	assert_int_equal(raw_log_evidence(trial->raw, 3 << 16 | 5, evidence),
			 0);
	assert_int_equal(evidence->place, 5);
	assert_memory_equal(evidence->record.bytes, trial->nas.bytes,
			    trial->nas.length);
	/* The file's own bytes say the same. */
	snprintf(path, sizeof(path), "%s/%s", trial->raw, evidence->file);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, (long)evidence->offset, SEEK_SET), 0);
	assert_int_equal(fread(evidence->body, 1, evidence->length, file),
			 evidence->length);
	fclose(file);
	sha256(evidence->body + 16, evidence->length - 16, hash);
	assert_memory_equal(hash, evidence->hash, sizeof(hash));
	assert_int_equal(raw_log_evidence(trial->raw, 4 << 16, evidence),
			 LZ_E_NOT_FOUND);
	memory_free(evidence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_answered_is_stored, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		a_repetition_is_answered_and_not_stored, setup, teardown),
	    cmocka_unit_test_setup_teardown(strangers_are_not_answered, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		what_cannot_be_stored_is_not_answered, setup, teardown),
	    cmocka_unit_test_setup_teardown(answers_come_from_where_was_asked,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(logs_are_stored_as_they_come, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_reference_leads_to_its_record,
					    setup, teardown),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
