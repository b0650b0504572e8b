/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words about rented machines on their way from the web role's spool to the raw
 * log: each comes once, again where it wasn't taken, and what isn't one is
 * passed over.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "role/registrar_webhook.h"
#include "spool/spool.h"

#define NOW_US (1795612318 * TIMES_SECOND_US) /* 2026-11-25 13:11:58 UTC */
#define WORD                                                      \
	"{\"event\":\"assign\",\"address\":\"192.0.2.7\",\"vm\":" \
	"\"vm-7\",\"account\":\"ann\",\"time\":\"2026-11-25T13:00:00Z\"}"

struct trial {
	char folder[64];
	int own; /* the registrar's folder */
	struct spool_writer *web;
	struct registrar_webhook *webhook;
	unsigned taken, refuse;
	char last[256];
};

static int
take(void *context, const struct raw_record *record)
{
	struct trial *trial = context;

	if (trial->refuse) {
		trial->refuse--;
		return LZ_E_FULL;
	}
	assert_int_equal(record->kind, RAW_MACHINES);
	snprintf(trial->last, sizeof(trial->last), "%.*s", (int)record->length,
		 (const char *)record->bytes);
	trial->taken++;
	return 0;
}

static void
begin(struct trial *trial)
{
	trial->webhook = registrar_webhook_new(trial->folder);
	assert_non_null(trial->webhook);
	assert_int_equal(registrar_webhook_open(trial->webhook, trial->own), 0);
}

static int
setup(void **state)
{
	struct trial *trial = memory_new(1, sizeof(*trial));
	char path[96];

	assert_non_null(trial);
	*state = trial;
	strcpy(trial->folder, "/tmp/lazaret-webhook-XXXXXX");
	assert_non_null(mkdtemp(trial->folder));
	trial->own = open(trial->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(trial->own >= 0);
	snprintf(path, sizeof(path), "%s/web", trial->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/" REGISTRAR_WEBHOOK_FOLDER,
		 trial->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(spool_writer_open(path, &trial->web), 0);
	begin(trial);
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;
	char command[128];

	registrar_webhook_free(trial->webhook);
	spool_writer_close(trial->web);
	close(trial->own);
	snprintf(command, sizeof(command), "rm -r '%s'", trial->folder);
	assert_int_equal(system(command), 0);
	memory_free(trial);
	return 0;
}

static void
put(struct trial *trial, uint8_t kind, const char *text)
{
	uint8_t body[RAW_HEADER_MAX + 256];
	const struct raw_record record = {
	    .kind = kind,
	    .arrival = {NOW_US},
	    .name = REGISTRAR_WEBHOOK_NAME "one",
	    .name_length = sizeof(REGISTRAR_WEBHOOK_NAME "one") - 1,
	    .bytes = (const uint8_t *)text,
	    .length = strlen(text)};
	struct writer writer;

	writer_init(&writer, body, sizeof(body));
	raw_record_encode(&writer, &record);
	assert_false(writer.failed);
	assert_int_equal(spool_writer_append(trial->web, body, writer.length,
					     NULL),
			 0);
	assert_int_equal(spool_writer_sync(trial->web), 0);
}

static void
step(struct trial *trial, unsigned taken)
{
	trial->taken = 0;
	while (registrar_webhook_step(trial->webhook, take, trial))
		;
	assert_int_equal(trial->taken, taken);
}

static void
each_comes_once_and_again_where_it_was_not_taken(void **state)
{
	struct trial *trial = *state;

	step(trial, 0);
	put(trial, RAW_MACHINES, "a");
	put(trial, RAW_MACHINES, "b");
	step(trial, 2);
	assert_string_equal(trial->last, "b");
	step(trial, 0);
	put(trial, RAW_MACHINES, "c");
	trial->refuse = 1;
	step(trial, 0);
	step(trial, 1);
	assert_string_equal(trial->last, "c");
}

static void
a_new_one_goes_on_where_the_last_was_durable(void **state)
{
	struct trial *trial = *state;
	uint64_t mark;
	char path[96];

	put(trial, RAW_MACHINES, "a");
	step(trial, 1);
	assert_int_equal(registrar_webhook_kept(trial->webhook), 0);
	put(trial, RAW_MACHINES, "b");
	step(trial, 1);
	/* It dies before that is durable. */
	registrar_webhook_free(trial->webhook);
	begin(trial);
	step(trial, 1);
	assert_string_equal(trial->last, "b");
	assert_int_equal(registrar_webhook_kept(trial->webhook), 0);
	snprintf(path, sizeof(path), "%s/" REGISTRAR_WEBHOOK_MARK,
		 trial->folder);
	assert_int_equal(spool_watermark_read(path, &mark), 0);
	assert_int_equal(mark, 2);
	registrar_webhook_free(trial->webhook);
	begin(trial);
	step(trial, 0);
}

static void
what_is_none_is_passed_over(void **state)
{
	struct trial *trial = *state;

	put(trial, RAW_SYSLOG, "not ours");
	assert_int_equal(spool_writer_append(trial->web, "?", 1, NULL), 0);
	put(trial, RAW_MACHINES, "a");
	step(trial, 1);
	assert_string_equal(trial->last, "a");
}

struct said {
	unsigned events, refused;
	struct lease_event event;
};

static void
hear(void *context, const struct lease_event *event)
{
	struct said *said = context;

	said->events++;
	said->event = *event;
}

static void
hear_refused(void *context, uint64_t offset, const char *reason)
{
	struct said *said = context;

	(void)offset;
	(void)reason;
	said->refused++;
}

static void
a_word_vouches_for_no_more_than_its_own_time(void **state)
{
	struct machines *machines = machines_new(LEASE_ZONE_UNTOLD, 0);
	struct said said = {0};
	const struct lease_output output = {hear, hear_refused, &said};
	struct tracker_source source;
	struct raw_record record = {.kind = RAW_MACHINES,
				    .arrival = {NOW_US},
				    .bytes = (const uint8_t *)WORD,
				    .length = sizeof(WORD) - 1};

	(void)state;
	assert_non_null(machines);
	assert_int_equal(registrar_webhook_decode(machines, &record, 7 << 16,
						  &source, &output),
			 0);
	assert_int_equal(said.events, 1);
	assert_int_equal(said.refused, 0);
	assert_int_equal(said.event.kind, LEASE_START);
	assert_string_equal(said.event.holder, "account:ann");
	assert_int_equal(said.event.origin >> 16, 7);
	assert_false(source.complete);
	assert_false(source.assigned);
	assert_true(source.error_us > 0);
	record.length--; /* a body that is cut */
	assert_int_equal(registrar_webhook_decode(machines, &record, 8 << 16,
						  &source, &output),
			 0);
	assert_int_equal(said.events, 1);
	assert_int_equal(said.refused, 1);
	/* One that isn't configured any more. */
	assert_int_equal(registrar_webhook_decode(NULL, &record, 9 << 16,
						  &source, &output),
			 LZ_E_NOT_FOUND);
	machines_free(machines);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_comes_once_and_again_where_it_was_not_taken),
	    TEST(a_new_one_goes_on_where_the_last_was_durable),
	    TEST(what_is_none_is_passed_over),
	    cmocka_unit_test(a_word_vouches_for_no_more_than_its_own_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
