/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's files, from bytes in a folder to answers: Kea's lease file
 * while somebody looks, and while nobody does.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/binding_table.h"
#include "ident/identify.h"
#include "role/registrar_decode.h"
#include "role/registrar_files.h"

#define HEADER4                                                              \
	"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd," \
	"fqdn_rev,hostname,state,user_context\n"
#define KINDS_SIZE 64

static char folder[64], leases[96];
static int folder_fd;
static struct conf *conf;
static struct registrar_files *files;
static struct registrar_decoder *decoder;
static struct binding_table *table;
static uint64_t sequence;
static char kinds[KINDS_SIZE]; /* of the records: f, w, g */
static int64_t now_s;

static void
files_begin(void)
{
	files = registrar_files_new(conf);
	assert_non_null(files);
	assert_int_equal(registrar_files_open(files, folder_fd), 0);
}

static int
set_up(void **state)
{
	static struct conf_errors errors;
	char yaml[512], name[96];
	struct timespec now;

	(void)state;
	strcpy(folder, "/tmp/lz-files-XXXXXX");
	if (!mkdtemp(folder) || crypto_init() != 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	now_s = now.tv_sec;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	snprintf(leases, sizeof(leases), "%s/leases4.csv", folder);
	snprintf(name, sizeof(name), "%s/lazaret.yaml", folder);
	snprintf(yaml, sizeof(yaml),
		 "network: { name: t, inside: [198.18.0.0/15] }\n"
		 "registrar: { files: [ { path: %s, name: kea,\n"
		 "    format: kea4, complete: true } ] }\n",
		 leases);
	if (conf_parse(name, yaml, strlen(yaml), &conf, &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
	assert_int_equal(registrar_decoder_new(conf, &decoder), 0);
	table = binding_table_new();
	assert_non_null(table);
	sequence = 0;
	files_begin();
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"leases4.csv", "leases4.csv.1",
					    "leases4.csv.2", "places"};

	(void)state;
	registrar_files_free(files);
	registrar_decoder_free(decoder);
	binding_table_free(table);
	conf_free(conf);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		(void)unlinkat(folder_fd, names[i], 0);
	close(folder_fd);
	return rmdir(folder);
}

static void
write_text(const char *name, int flags, const char *text)
{
	int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* A lease of `client` from `start` on, seconds from now, for ten hours. */
static void
lease(const char *name, const char *address, unsigned client, int64_t start)
{
	char row[256];

	snprintf(row, sizeof(row),
		 "%s,02:00:5e:00:53:%02x,,36000,%lld,1,0,0,,0,\n", address,
		 client, (long long)(now_s + start + 36000));
	write_text(name, O_APPEND, row);
}

static struct tracker_source configured; /* of the record at hand */

static void
take_event(void *context, const struct lease_event *event)
{
	struct tracker_store store = binding_table_store(table);

	(void)context;
	if (!binding_table_source(table, 1)) {
		configured.number = 1;
		assert_int_equal(binding_table_set_source(table, &configured),
				 0);
	}
	assert_true(
	    tracker_event(&store, binding_table_source(table, 1), event) >= 0);
}

static int
take_record(void *context, const struct raw_record *record)
{
	const struct lease_output output = {.sink = take_event};
	size_t length = strlen(kinds);

	(void)context;
	assert_true(length + 1 < KINDS_SIZE);
	kinds[length] = record->kind == RAW_FILE    ? 'f'
			: record->kind == RAW_WHOLE ? 'w'
						    : 'g';
	kinds[length + 1] = '\0';
	return registrar_decode(decoder, record, ++sequence << 16, &configured,
				&output);
}

/* Reads all there is; the records' kinds must be these. */
static void
expect_records(const char *wanted)
{
	kinds[0] = '\0';
	while (registrar_files_step(files, take_record, NULL) == 1)
		;
	assert_int_equal(registrar_files_kept(files), 0);
	assert_string_equal(kinds, wanted);
}

/* Who held it, so many seconds from now? */
static void
expect(const char *address, int64_t second, uint8_t certainty)
{
	struct binding_cursor cursor = binding_table_cursor(table);
	struct identity_question question = {.port = -1};
	struct identity_answer answer;

	question.first.us = (now_s + second) * TIMES_SECOND_US;
	question.last = question.first;
	assert_int_equal(addr_parse(slice_of(address), &question.addr), 0);
	identify(&cursor, &question, &answer);
	if (answer.certainty != certainty)
		fail_msg("%s: %s (%s), not %s", address,
			 certainty_name(answer.certainty), answer.reasons[0],
			 certainty_name(certainty));
}

static void
a_cleanup_while_we_look(void **state)
{
	(void)state;
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.10", 1, -3600);
	expect_records("fw");
	expect("192.0.2.10", -1800, CERTAINTY_CERTAIN);
	/* Another client before the rename, one behind it. */
	lease("leases4.csv", "192.0.2.11", 2, -1200);
	assert_int_equal(renameat(folder_fd, "leases4.csv", folder_fd,
				  "leases4.csv.1"),
			 0);
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.12", 3, -600);
	expect_records("ff");
	expect("192.0.2.11", -900, CERTAINTY_CERTAIN);
	expect("192.0.2.12", -300, CERTAINTY_CERTAIN);
	expect("192.0.2.10", -1800, CERTAINTY_CERTAIN);
}

static void
a_cleanup_while_nobody_looks(void **state)
{
	(void)state;
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.10", 1, -3600);
	lease("leases4.csv", "192.0.2.11", 2, -3600);
	expect_records("fw");
	expect("192.0.2.10", -1800, CERTAINTY_CERTAIN);
	registrar_files_free(files);
	/* The first gave its address back, another had it for a while and gave
	 * it back too: a cleanup leaves nothing of that. */
	write_text("leases4.csv.2", O_APPEND, HEADER4);
	lease("leases4.csv.2", "192.0.2.11", 2, -3600);
	assert_int_equal(unlinkat(folder_fd, "leases4.csv", 0), 0);
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.12", 3, -600);
	files_begin();
	expect_records("gffw");
	expect("192.0.2.10", -1800, CERTAINTY_PROBABLE);
	expect("192.0.2.11", -1800, CERTAINTY_PROBABLE);
}

static void
a_restart_goes_on(void **state)
{
	(void)state;
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.10", 1, -3600);
	expect_records("fw");
	registrar_files_free(files);
	lease("leases4.csv", "192.0.2.11", 2, -1200);
	files_begin();
	expect_records("fw");
	expect("192.0.2.10", -1800, CERTAINTY_CERTAIN);
	expect("192.0.2.11", -600, CERTAINTY_CERTAIN);
}

static void
a_row_too_long_is_a_gap(void **state)
{
	static char row[70000];

	(void)state;
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.10", 1, -3600);
	expect_records("fw");
	memset(row, 'x', sizeof(row) - 2);
	row[sizeof(row) - 2] = '\n';
	write_text("leases4.csv", O_APPEND, row);
	lease("leases4.csv", "192.0.2.11", 2, -1200);
	expect_records("fg");
	expect("192.0.2.10", -1800, CERTAINTY_PROBABLE);
}

/* Whoever writes it may have given the address away meanwhile. */
static void
no_file_vouches_for_nothing(void **state)
{
	(void)state;
	expect_records("");
	assert_int_equal(registrar_files_unread(files), 1);
	write_text("leases4.csv", O_APPEND, HEADER4);
	lease("leases4.csv", "192.0.2.10", 1, -3600);
	expect_records("fw");
	assert_int_equal(registrar_files_unread(files), 0);
	registrar_files_free(files);
	assert_int_equal(unlinkat(folder_fd, "leases4.csv", 0), 0);
	files_begin();
	expect_records("g");
	assert_int_equal(registrar_files_unread(files), 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_cleanup_while_we_look),
	    TEST(a_cleanup_while_nobody_looks),
	    TEST(a_restart_goes_on),
	    TEST(a_row_too_long_is_a_gap),
	    TEST(no_file_vouches_for_nothing),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
