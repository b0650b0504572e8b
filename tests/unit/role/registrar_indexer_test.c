/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's indexer over a raw log that the test writes: records become
 * bindings once, also over a crash; what changed is told to the desk at least
 * once; a log whose stamps go from 24 to 12 hours is stopped until somebody has
 * looked; what can't be read sinks nothing.
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
#include "crypto/sha256.h"
#include "index/index.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"
#include "role/binding_changed.h"
#include "role/counter_table.h"
#include "role/registrar_indexer.h"
#include "spool/spool.h"

/* 2026-11-17 06:00 UTC */
#define NOW_US INT64_C(1794895200000000)

struct trial {
	char folder[64];
	struct role role;
	struct registrar_decoder *decoder;
	struct indexer_paths paths;
	struct indexer *indexer;
	struct spool_writer *raw;
	struct md5 *md5;
};

static void
conf_make(struct trial *trial)
{
	static const char yaml[] =
	    "network: { name: t, inside: [198.18.0.0/15] }\n"
	    "registrar:\n"
	    "  accounting: { clients: [ { address: 192.0.2.1, name: bng,\n"
	    "      secret_file: secret, proxy: true } ] }\n"
	    "  syslog: { senders: [ { address: 192.0.2.5, name: cgn,\n"
	    "      format: juniper, complete: true } ] }\n"
	    "  files: [ { path: blocks.csv, name: blocks,\n"
	    "      format: port-blocks },\n"
	    "    { path: acct.csv, name: acct, format: radacct, zone: UTC,\n"
	    "      holder: [user-name] } ]\n";
	static struct conf_errors errors;
	char name[96];

	snprintf(name, sizeof(name), "%s/lazaret.yaml", trial->folder);
	if (conf_parse(name, yaml, sizeof(yaml) - 1, &trial->role.conf,
		       &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
}

static void
indexer_begin(struct trial *trial)
{
	assert_int_equal(registrar_decoder_new(trial->role.conf,
					       &trial->decoder),
			 0);
	assert_int_equal(registrar_decoder_load(trial->decoder,
						trial->paths.folder_fd),
			 0);
	assert_int_equal(indexer_open(&trial->role, trial->decoder,
				      &trial->paths, &trial->indexer),
			 0);
}

static void
indexer_end(struct trial *trial)
{
	indexer_free(trial->indexer);
	registrar_decoder_free(trial->decoder);
	trial->indexer = NULL;
	trial->decoder = NULL;
}

static int
setup(void **state)
{
	struct trial *trial = memory_new(1, sizeof(*trial));
	struct indexer_paths *paths = &trial->paths;

	assert_non_null(trial);
	*state = trial;
	strcpy(trial->folder, "/tmp/lazaret-indexer-XXXXXX");
	assert_non_null(mkdtemp(trial->folder));
	conf_make(trial);
	trial->md5 = md5_new();
	trial->role.name = "registrar";
	snprintf(trial->role.state_dir, CONF_PATH_SIZE, "%s", trial->folder);
	trial->role.counters = counters_create(trial->folder, "registrar");
	snprintf(paths->raw, CONF_PATH_SIZE, "%s/raw", trial->folder);
	snprintf(paths->index, CONF_PATH_SIZE, "%s/index", trial->folder);
	snprintf(paths->changes, CONF_PATH_SIZE, "%s/spool", trial->folder);
	snprintf(paths->bell, CONF_PATH_SIZE, "%s/bell", trial->folder);
	assert_int_equal(mkdir(paths->raw, 0700), 0);
	assert_int_equal(mkdir(paths->changes, 0700), 0);
	paths->folder_fd = open(trial->folder, O_RDONLY | O_DIRECTORY);
	paths->bell_fd = spool_bell_open();
	paths->ack_fd = -1;
	assert_int_equal(spool_writer_open(paths->raw, &trial->raw), 0);
	indexer_begin(trial);
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;
	char command[128];

	indexer_end(trial);
	spool_writer_close(trial->raw);
	counters_close(trial->role.counters);
	conf_free(trial->role.conf);
	md5_free(trial->md5);
	close(trial->paths.folder_fd);
	close(trial->paths.bell_fd);
	snprintf(command, sizeof(command), "rm -r '%s'", trial->folder);
	assert_int_equal(system(command), 0);
	memory_free(trial);
	return 0;
}

static void
raw_put(struct trial *trial, const struct raw_record *record)
{
	static uint8_t body[RAW_HEADER_MAX + RAW_BYTES_MAX];
	struct writer writer;

	writer_init(&writer, body, sizeof(body));
	raw_record_encode(&writer, record);
	assert_false(writer.failed);
	assert_int_equal(spool_writer_append(trial->raw, body, writer.length,
					     NULL),
			 0);
	assert_int_equal(spool_writer_sync(trial->raw), 0);
}

/* A word of session `session` about 198.18.0.0 + session. */
static void
radius_put(struct trial *trial, uint32_t status, uint32_t session,
	   const char *user, int64_t at_us)
{
	const struct addr nas = addr_from_v4(0xc0000209);
	const struct addr framed = addr_from_v4(0xc6120000 + session);
	uint8_t bytes[RADIUS_PACKET_MAX];
	struct radius_build build;
	struct raw_record record = {.kind = RAW_RADIUS,
				    .arrival = {at_us},
				    .peer = addr_from_v4(0xc0000201),
				    .name = "bng",
				    .name_length = 3,
				    .bytes = bytes};
	char id[16];

	snprintf(id, sizeof(id), "s%u%s", session, user);
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, status);
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &nas);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, id);
	radius_build_text(&build, RADIUS_USER_NAME, user);
	radius_build_addr(&build, RADIUS_FRAMED_IP_ADDRESS, &framed);
	radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP,
			 (uint32_t)(at_us / TIMES_SECOND_US));
	assert_int_equal(radius_build_request(&build, trial->md5,
					      slice_of("x")),
			 0);
	record.length = build.length;
	raw_put(trial, &record);
}

static void
index_all(struct trial *trial)
{
	int result;

	while ((result = indexer_turn(trial->indexer)) == 1)
		continue;
	assert_int_equal(result, 0);
}

/* How many rows there are of an address; the last one's holder. */
static unsigned
rows_of(const struct trial *trial, const struct addr *addr, char *holder)
{
	struct index_reader *index;
	struct binding_cursor cursor;
	const struct binding *row;
	unsigned count = 0;

	assert_int_equal(index_reader_open(trial->paths.index, &index), 0);
	cursor = index_reader_cursor(index);
	cursor.seek(cursor.context, 0, addr, (struct at_event){0},
		    (struct at_event){INT64_MAX});
	for (; (row = cursor.next(cursor.context)); count++) {
		struct party_id id;
		const char *label = "";

		if (row->party != BINDING_NO_PARTY)
			assert_int_equal(index_reader_party(index, row->party,
							    &label, &id),
					 0);
		strcpy(holder, label);
	}
	index_reader_close(index);
	return count;
}

static unsigned
changes_of(const struct trial *trial, const char *cause)
{
	struct spool_reader *reader;
	const uint8_t *body;
	size_t length;
	unsigned count = 0;

	assert_int_equal(spool_reader_open(trial->paths.changes, 0, &reader),
			 0);
	while (spool_reader_next(reader, &body, &length, NULL) == 1) {
		struct binding_changed changed;
		struct cursor cursor;

		cursor_init(&cursor, body, length);
		assert_int_equal(binding_changed_decode(&cursor, &changed), 0);
		count += !cause || strcmp(changed.cause, cause) == 0;
	}
	spool_reader_close(reader);
	return count;
}

static uint64_t
counted(const struct trial *trial, unsigned counter)
{
	return counters_get(trial->role.counters, counter);
}

static void
records_become_bindings_once(void **state)
{
	struct trial *trial = *state;
	const struct addr addr = addr_from_v4(0xc6120007);
	char holder[PARTY_LABEL_SIZE];

	radius_put(trial, RADIUS_STATUS_START, 7, "ann", NOW_US);
	index_all(trial);
	assert_int_equal(rows_of(trial, &addr, holder), 1);
	assert_string_equal(holder, "user:ann");
	assert_int_equal(indexer_position(trial->indexer), 1);
	/* The next process goes on where this one was. */
	indexer_end(trial);
	indexer_begin(trial);
	assert_int_equal(indexer_position(trial->indexer), 1);
	index_all(trial);
	/* And what is said twice counts once. */
	radius_put(trial, RADIUS_STATUS_START, 7, "ann", NOW_US);
	radius_put(trial, RADIUS_STATUS_STOP, 7, "ann", NOW_US + TIMES_HOUR_US);
	index_all(trial);
	assert_int_equal(rows_of(trial, &addr, holder), 1);
	assert_int_equal(indexer_position(trial->indexer), 3);
}

static void
a_change_is_told_also_after_a_crash(void **state)
{
	struct trial *trial = *state;
	char command[CONF_PATH_SIZE + 16];
	unsigned told;

	radius_put(trial, RADIUS_STATUS_START, 7, "ann", NOW_US);
	index_all(trial);
	told = changes_of(trial, NULL);
	radius_put(trial, RADIUS_STATUS_START, 7, "bob",
		   NOW_US + TIMES_HOUR_US);
	index_all(trial);
	assert_true(changes_of(trial, NULL) > told);
	/* As if it had died between the index and the spool. */
	indexer_end(trial);
	snprintf(command, sizeof(command), "rm '%s'/*", trial->paths.changes);
	assert_int_equal(system(command), 0);
	indexer_begin(trial);
	index_all(trial);
	assert_true(changes_of(trial, NULL) > 0);
}

static void
what_cannot_be_read_sinks_nothing(void **state)
{
	struct trial *trial = *state;
	const struct addr addr = addr_from_v4(0xc6120007);
	struct raw_record record = {.kind = RAW_RADIUS,
				    .arrival = {NOW_US},
				    .name = "bng",
				    .name_length = 3,
				    .bytes = (const uint8_t *)"no packet",
				    .length = 9};
	char holder[PARTY_LABEL_SIZE];

	raw_put(trial, &record);
	record.name = "gone";
	record.name_length = 4;
	raw_put(trial, &record);
	assert_int_equal(spool_writer_append(trial->raw, "no record", 9, NULL),
			 0);
	radius_put(trial, RADIUS_STATUS_START, 7, "ann", NOW_US);
	index_all(trial);
	assert_int_equal(rows_of(trial, &addr, holder), 1);
	assert_int_equal(indexer_position(trial->indexer), 4);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_UNCONFIGURED), 1);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_EVENTS_REFUSED), 2);
}

/* ------------------------------------------------------------ time formats */

static const char blocks_header[] =
    "time,event,inside,outside,port_first,port_last\n";

/* One line of the log, read as it is written; `shown_us` stands in it. */
static void
block_put(struct trial *trial, uint64_t *offset, unsigned number,
	  int64_t arrival_us, int64_t shown_us)
{
	char line[256], time[TIMES_RFC3339_SIZE];
	struct raw_record record = {.kind = RAW_FILE,
				    .arrival = {arrival_us},
				    .name = "blocks",
				    .name_length = 6,
				    .inode = 1,
				    .fresh = true,
				    .header = {blocks_header,
					       sizeof(blocks_header) - 1},
				    .bytes = (const uint8_t *)line};
	struct text text;

	text_init(&text, time, sizeof(time));
	times_format(&text, shown_us);
	if (*offset == 0)
		record.header.length = 0;
	snprintf(line, sizeof(line),
		 "%s%s,allocate,100.64.0.%u,203.0.113.40,%u,%u\n",
		 *offset ? "" : blocks_header, time, number % 250 + 1,
		 1024 + number * 64, 1024 + number * 64 + 63);
	record.length = strlen(line);
	record.offset = *offset;
	*offset += record.length;
	raw_put(trial, &record);
}

static void
resume_make(const struct trial *trial)
{
	const int fd = openat(trial->paths.folder_fd, "resume",
			      O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
	indexer_housekeep(trial->indexer);
}

static void
a_log_that_changes_its_hours_is_stopped(void **state)
{
	struct trial *trial = *state;
	const int64_t noon_us = NOW_US + 6 * TIMES_HOUR_US;
	uint64_t offset = 0, taken;
	unsigned n = 0;

	/* Five hours of a line each ten minutes, to past noon. */
	for (int64_t at = NOW_US; at < noon_us; at += 10 * TIMES_MINUTE_US)
		block_put(trial, &offset, n++, at + TIMES_SECOND_US, at);
	index_all(trial);
	indexer_housekeep(trial->indexer);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 0);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_EVENTS), n);
	/* From one o'clock on it says one, not thirteen. */
	for (unsigned i = 0; i < 12; i++) {
		const int64_t at = noon_us + TIMES_HOUR_US +
				   i * 10 * TIMES_MINUTE_US;

		block_put(trial, &offset, n++, at + TIMES_SECOND_US,
			  at - 12 * TIMES_HOUR_US);
	}
	index_all(trial);
	indexer_housekeep(trial->indexer);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 1);
	taken = counted(trial, COUNTER_REGISTRAR_EVENTS);
	assert_true(taken < n);
	/* A restart changes nothing about it. */
	indexer_end(trial);
	indexer_begin(trial);
	block_put(trial, &offset, n++, noon_us + 4 * TIMES_HOUR_US,
		  noon_us - 8 * TIMES_HOUR_US);
	index_all(trial);
	indexer_housekeep(trial->indexer);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 1);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_EVENTS), taken);
	/* Somebody has looked. */
	resume_make(trial);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 0);
	block_put(trial, &offset, n++, noon_us + 5 * TIMES_HOUR_US,
		  noon_us + 5 * TIMES_HOUR_US - TIMES_SECOND_US);
	index_all(trial);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_EVENTS), taken + 1);
}

/* A row of radacct, whose start bears a zone or not. */
static void
row_put(struct trial *trial, unsigned number, const char *zone)
{
	static const char header[] =
	    "acctuniqueid,username,nasipaddress,acctstarttime,acctupdatetime,"
	    "acctstoptime,framedipaddress\n";
	char line[256];
	struct raw_record record = {.kind = RAW_FILE,
				    .arrival = {NOW_US},
				    .name = "acct",
				    .name_length = 4,
				    .input = 1,
				    .inode = 2,
				    .offset = 1000 + number,
				    .header = {header, sizeof(header) - 1},
				    .bytes = (const uint8_t *)line};

	snprintf(line, sizeof(line),
		 "u%u,ann,192.0.2.9,2026-11-17 05:00:00%s,2026-11-17 "
		 "05:30:00%s,,198.18.2.%u\n",
		 number, zone, zone, number);
	record.length = strlen(line);
	raw_put(trial, &record);
	index_all(trial);
	indexer_housekeep(trial->indexer);
}

static void
rows_whose_times_change_stay_stopped(void **state)
{
	struct trial *trial = *state;
	uint64_t taken;

	row_put(trial, 1, "+00");
	row_put(trial, 2, "+00");
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 0);
	taken = counted(trial, COUNTER_REGISTRAR_EVENTS);
	assert_true(taken >= 2);
	row_put(trial, 3, "");
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 1);
	/* The next process hasn't seen what they looked like before. */
	indexer_end(trial);
	indexer_begin(trial);
	row_put(trial, 4, "+00");
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 1);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_EVENTS), taken);
	resume_make(trial);
	row_put(trial, 5, "+00");
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 0);
	assert_true(counted(trial, COUNTER_REGISTRAR_EVENTS) > taken);
	indexer_end(trial);
	indexer_begin(trial);
	row_put(trial, 6, "+00");
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_STOPPED), 0);
}

/* -------------------------------------------------------------- lost words */

/* How much of the block with this number is vouched for. */
static int64_t
vouched_of(const struct trial *trial, unsigned number)
{
	const struct addr addr = addr_from_v4(0xcb007128);
	struct index_reader *index;
	struct binding_cursor cursor;
	const struct binding *row;
	int64_t vouched = 0;

	assert_int_equal(index_reader_open(trial->paths.index, &index), 0);
	cursor = index_reader_cursor(index);
	cursor.seek(cursor.context, 0, &addr, (struct at_event){0},
		    (struct at_event){INT64_MAX});
	while ((row = cursor.next(cursor.context)))
		if (row->subject.port_first == 1024 + number * 64)
			vouched = row->vouched.us;
	index_reader_close(index);
	return vouched;
}

/* In place, as a disk would: the writer goes on behind it. */
static void
raw_damage(const struct trial *trial, const char *text)
{
	char path[CONF_PATH_SIZE + 32], bytes[4096];
	const char *found;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%020d.spool", trial->paths.raw, 1);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	n = pread(fd, bytes, sizeof(bytes), 0);
	assert_true(n > 0);
	found = memmem(bytes, (size_t)n, text, strlen(text));
	assert_non_null(found);
	assert_int_equal(pwrite(fd, "X", 1, found - bytes), 1);
	close(fd);
}

static void
damage_of_the_raw_log_is_a_gap(void **state)
{
	struct trial *trial = *state;
	uint64_t offset = 0;

	block_put(trial, &offset, 1, NOW_US, NOW_US);
	block_put(trial, &offset, 2, NOW_US + TIMES_HOUR_US,
		  NOW_US + TIMES_HOUR_US);
	index_all(trial);
	assert_int_equal(vouched_of(trial, 1), NOW_US + TIMES_HOUR_US);
	/* Who knows what this one said? */
	block_put(trial, &offset, 3, NOW_US + 2 * TIMES_HOUR_US,
		  NOW_US + 2 * TIMES_HOUR_US);
	raw_damage(trial, "100.64.0.4");
	block_put(trial, &offset, 4, NOW_US + 3 * TIMES_HOUR_US,
		  NOW_US + 3 * TIMES_HOUR_US);
	index_all(trial);
	assert_int_equal(vouched_of(trial, 4), NOW_US + 3 * TIMES_HOUR_US);
	assert_int_equal(vouched_of(trial, 1), NOW_US);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_RAW_LOST), 1);
}

static void
a_lost_raw_log_is_a_gap(void **state)
{
	struct trial *trial = *state;
	char command[CONF_PATH_SIZE + 16];
	uint64_t offset = 0;

	block_put(trial, &offset, 1, NOW_US, NOW_US);
	block_put(trial, &offset, 2, NOW_US, NOW_US);
	index_all(trial);
	indexer_end(trial);
	spool_writer_close(trial->raw);
	snprintf(command, sizeof(command), "rm '%s'/*", trial->paths.raw);
	assert_int_equal(system(command), 0);
	assert_int_equal(spool_writer_open(trial->paths.raw, &trial->raw), 0);
	assert_int_equal(spool_writer_skip(trial->raw, 2), 0);
	indexer_begin(trial);
	indexer_lost(trial->indexer);
	block_put(trial, &offset, 3, NOW_US + TIMES_HOUR_US,
		  NOW_US + TIMES_HOUR_US);
	index_all(trial);
	assert_int_equal(indexer_position(trial->indexer), 3);
	assert_int_equal(vouched_of(trial, 3), NOW_US + TIMES_HOUR_US);
	assert_int_equal(vouched_of(trial, 1), NOW_US);
}

/* Who may speak for NAS may make up their names: then others wait for none of
 * it, and those that are known are heard. */
static void
sources_run_out_and_nothing_stops(void **state)
{
	enum { NAMES = 66000 };
	struct trial *trial = *state;
	const struct addr addr = addr_from_v4(0xc6120007);
	static uint8_t body[RAW_HEADER_MAX + RADIUS_PACKET_MAX];
	char holder[PARTY_LABEL_SIZE];

	radius_put(trial, RADIUS_STATUS_START, 7, "ann", NOW_US);
	for (uint32_t i = 0; i < NAMES; i++) {
		const struct addr nas = addr_from_v4(0x0a000000 + i);
		uint8_t bytes[RADIUS_PACKET_MAX];
		struct raw_record record = {.kind = RAW_RADIUS,
					    .arrival = {NOW_US},
					    .peer = addr_from_v4(0xc0000201),
					    .name = "bng",
					    .name_length = 3,
					    .bytes = bytes};
		struct radius_build build;
		struct writer writer;

		radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
		radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE,
				 RADIUS_STATUS_ON);
		radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &nas);
		assert_int_equal(radius_build_request(&build, trial->md5,
						      slice_of("x")),
				 0);
		record.length = build.length;
		writer_init(&writer, body, sizeof(body));
		raw_record_encode(&writer, &record);
		assert_int_equal(spool_writer_append(trial->raw, body,
						     writer.length, NULL),
				 0);
	}
	assert_int_equal(spool_writer_sync(trial->raw), 0);
	radius_put(trial, RADIUS_STATUS_STOP, 7, "ann", NOW_US + TIMES_HOUR_US);
	for (int result = 1; result != 0;)
		result = indexer_turn(trial->indexer);
	assert_int_equal(rows_of(trial, &addr, holder), 1);
	assert_int_equal(indexer_position(trial->indexer), NAMES + 2);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_SKIPPED), 0);
	assert_in_range(counted(trial, COUNTER_REGISTRAR_EVENTS_REFUSED), 1,
			NAMES - 60000);
	assert_in_range(counted(trial, COUNTER_REGISTRAR_BATCHES_FAILED), 0,
			30);
}

/* One block given out, by a translator whose log can be relied on. */
static void
message_put(struct trial *trial, unsigned number, int64_t at_us)
{
	char line[256], time[TIMES_RFC3339_SIZE];
	struct raw_record record = {.kind = RAW_SYSLOG,
				    .arrival = {at_us},
				    .name = "cgn",
				    .name_length = 3,
				    .bytes = (const uint8_t *)line};
	struct text text;

	text_init(&text, time, sizeof(time));
	times_format(&text, at_us);
	snprintf(line, sizeof(line),
		 "<134>1 %s cgn1 - - - - {sset1}[jservices-nat]: "
		 "JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.%u -> "
		 "203.0.113.40:%u-%u 0x6a%06x",
		 time, number, 1024 + number * 64, 1024 + number * 64 + 63,
		 number);
	record.length = strlen(line);
	raw_put(trial, &record);
}

/* The intake says so where its disk was full; of all who spoke for the sender,
 * also those of whom this process hasn't heard. */
static void
a_lost_message_is_a_gap_of_its_speakers(void **state)
{
	struct trial *trial = *state;
	const struct raw_record gap = {.kind = RAW_GAP,
				       .arrival = {NOW_US + 2 * TIMES_HOUR_US},
				       .name = "cgn",
				       .name_length = 3};

	message_put(trial, 1, NOW_US);
	message_put(trial, 2, NOW_US + TIMES_HOUR_US);
	index_all(trial);
	assert_int_equal(vouched_of(trial, 1), NOW_US + TIMES_HOUR_US);
	indexer_end(trial);
	indexer_begin(trial);
	raw_put(trial, &gap);
	message_put(trial, 3, NOW_US + 3 * TIMES_HOUR_US);
	index_all(trial);
	assert_int_equal(vouched_of(trial, 3), NOW_US + 3 * TIMES_HOUR_US);
	assert_int_equal(vouched_of(trial, 1), NOW_US);
}

/* Whatever fails each time it is tried: here a note too long for the index. */
static void
a_record_that_always_fails_stops_nobody(void **state)
{
	static const uint8_t long_note[4096];
	struct trial *trial = *state;
	const struct raw_record record = {.kind = RAW_WHOLE,
					  .arrival = {NOW_US},
					  .name = "blocks",
					  .name_length = 6,
					  .bytes = long_note,
					  .length = sizeof(long_note)};
	const struct addr addr = addr_from_v4(0xc6120007);
	char holder[PARTY_LABEL_SIZE];
	uint64_t offset = 0;
	int result = 1;

	block_put(trial, &offset, 1, NOW_US, NOW_US);
	raw_put(trial, &record);
	radius_put(trial, RADIUS_STATUS_START, 7, "ann", NOW_US);
	block_put(trial, &offset, 2, NOW_US + TIMES_HOUR_US,
		  NOW_US + TIMES_HOUR_US);
	for (unsigned tries = 0; result != 0 && tries < 100; tries++)
		result = indexer_turn(trial->indexer);
	assert_int_equal(result, 0);
	assert_int_equal(rows_of(trial, &addr, holder), 1);
	assert_int_equal(counted(trial, COUNTER_REGISTRAR_SKIPPED), 1);
	/* It may have said something. */
	assert_int_equal(vouched_of(trial, 1), NOW_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(records_become_bindings_once, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_change_is_told_also_after_a_crash,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(what_cannot_be_read_sinks_nothing,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_log_that_changes_its_hours_is_stopped, setup, teardown),
	    cmocka_unit_test_setup_teardown(damage_of_the_raw_log_is_a_gap,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_record_that_always_fails_stops_nobody, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_lost_message_is_a_gap_of_its_speakers, setup, teardown),
	    cmocka_unit_test_setup_teardown(sources_run_out_and_nothing_stops,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(a_lost_raw_log_is_a_gap, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		rows_whose_times_change_stay_stopped, setup, teardown),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
