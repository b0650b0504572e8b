/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of the registrar come back as they were written: each truncation,
 * each byte too many and each value nobody writes is refused; and one record of
 * a log is found by its number, also behind damage.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "crypto/sha256.h"
#include "role/binding_changed.h"
#include "role/raw_log.h"
#include "role/raw_record.h"
#include "spool/spool.h"

#define NOW_US INT64_C(1794899640000000) /* 2026-11-17 07:14 UTC */

static struct raw_record
a_record(void)
{
	return (struct raw_record){.kind = RAW_FILE,
				   .input = 3,
				   .arrival = {NOW_US},
				   .name = "leases4.csv",
				   .name_length = 11,
				   .inode = UINT64_MAX,
				   .offset = 4096,
				   .last = true,
				   .header = {"address\n", 8},
				   .bytes = (const uint8_t *)"198.18.0.7\n",
				   .length = 11};
}

static struct binding_changed
a_change(void)
{
	struct binding_changed changed = {.realm = 7,
					  .from = {NOW_US},
					  .to = {INT64_MAX},
					  .cause = "late"};
	const struct addr addr = addr_from_v4(0xc6120000);

	changed.subject.prefix = prefix_of(&addr, 120);
	changed.subject.port_first = 1024;
	changed.subject.port_last = 2047;
	return changed;
}

static void
a_raw_record_comes_back(void **state)
{
	const struct raw_record record = a_record();
	struct raw_record read;
	uint8_t bytes[256];
	struct writer writer;

	(void)state;
	writer_init(&writer, bytes, sizeof(bytes));
	raw_record_encode(&writer, &record);
	assert_false(writer.failed);
	assert_int_equal(raw_record_decode(bytes, writer.length, &read), 0);
	assert_int_equal(read.kind, record.kind);
	assert_int_equal(read.input, record.input);
	assert_int_equal(read.arrival.us, record.arrival.us);
	assert_int_equal(read.inode, record.inode);
	assert_int_equal(read.offset, record.offset);
	assert_true(read.last);
	assert_false(read.fresh);
	assert_int_equal(read.header.length, record.header.length);
	assert_memory_equal(read.header.at, record.header.at, 8);
	assert_int_equal(read.length, record.length);
	assert_memory_equal(read.bytes, record.bytes, record.length);
	/* Up to its bytes each cut is noticed; behind them it is a shorter one. */
	for (size_t i = 0; i < writer.length - record.length; i++)
		assert_int_not_equal(raw_record_decode(bytes, i, &read), 0);
	bytes[1] = RAW_KIND_COUNT;
	assert_int_equal(raw_record_decode(bytes, writer.length, &read),
			 LZ_E_RANGE);
	bytes[0] = RAW_RECORD_VERSION + 1;
	assert_int_equal(raw_record_decode(bytes, writer.length, &read),
			 LZ_E_VERSION);
}

static void
a_change_comes_back(void **state)
{
	const struct binding_changed changed = a_change();
	struct binding_changed read;
	uint8_t bytes[BINDING_CHANGED_BYTES_MAX];
	struct cursor cursor;
	struct writer writer;

	(void)state;
	writer_init(&writer, bytes, sizeof(bytes) - 1);
	binding_changed_encode(&writer, &changed);
	assert_false(writer.failed);
	for (size_t i = 0; i <= writer.length + 1; i++) {
		cursor_init(&cursor, bytes, i);
		memset(&read, 0, sizeof(read));
		if (i != writer.length) {
			assert_int_not_equal(binding_changed_decode(&cursor,
								    &read),
					     0);
			assert_int_equal(read.realm, 0);
			continue;
		}
		assert_int_equal(binding_changed_decode(&cursor, &read), 0);
		assert_int_equal(read.realm, changed.realm);
		assert_true(subject_equal(&read.subject, &changed.subject));
		assert_int_equal(read.from.us, changed.from.us);
		assert_int_equal(read.to.us, changed.to.us);
		assert_string_equal(read.cause, changed.cause);
	}
}

static void
changes_that_cannot_be_are_refused(void **state)
{
	struct binding_changed wrong[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		wrong[i] = a_change();
	wrong[0].to = wrong[0].from;
	wrong[1].subject.prefix.length = 100; /* host bits */
	wrong[2].subject.port_first = 3000;
	for (size_t i = 0; i < 3; i++) {
		uint8_t bytes[BINDING_CHANGED_BYTES_MAX];
		struct binding_changed read;
		struct cursor cursor;
		struct writer writer;

		writer_init(&writer, bytes, sizeof(bytes));
		binding_changed_encode(&writer, &wrong[i]);
		cursor_init(&cursor, bytes, writer.length);
		assert_int_equal(binding_changed_decode(&cursor, &read),
				 LZ_E_RANGE);
	}
}

/* Arrivals an hour apart, each in a segment of its own. */
static void
log_write(const char *folder, unsigned count)
{
	struct spool_writer *spool;

	assert_int_equal(spool_writer_open(folder, &spool), 0);
	for (unsigned i = 0; i < count; i++) {
		struct raw_record record = a_record();
		uint8_t bytes[256];
		struct writer writer;

		record.arrival.us += i * TIMES_HOUR_US;
		record.input = (uint16_t)i;
		writer_init(&writer, bytes, sizeof(bytes));
		raw_record_encode(&writer, &record);
		assert_int_equal(spool_writer_append(spool, bytes,
						     writer.length, NULL),
				 0);
		assert_int_equal(spool_writer_sync(spool), 0);
		spool_writer_roll(spool);
	}
	spool_writer_close(spool);
}

static void
damage(const char *folder, const char *file, long offset)
{
	char path[128];
	FILE *opened;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	opened = fopen(path, "r+b");
	assert_non_null(opened);
	assert_int_equal(fseek(opened, offset, SEEK_SET), 0);
	assert_int_equal(fputc(0xff, opened), 0xff);
	assert_int_equal(fclose(opened), 0);
}

static void
records_are_found_and_old_ones_known(void **state)
{
	struct raw_evidence *evidence = memory_new(1, sizeof(*evidence));
	char folder[] = "/tmp/lazaret-records-XXXXXX", command[64];
	uint64_t sequence;

	(void)state;
	assert_non_null(evidence);
	assert_non_null(mkdtemp(folder));
	log_write(folder, 10);
	for (uint64_t i = 1; i <= 10; i++) {
		assert_int_equal(raw_log_evidence(folder, i << 16, evidence),
				 0);
		assert_int_equal(evidence->record.input, i - 1);
		assert_int_equal(evidence->offset, 0);
	}
	assert_int_equal(raw_log_evidence(folder, 11 << 16, evidence),
			 LZ_E_NOT_FOUND);
	assert_int_equal(raw_log_evidence(folder, 0, evidence), LZ_E_NOT_FOUND);
	/* The segment of the fourth holds nothing that young. */
	assert_int_equal(raw_log_expired(folder,
					 (struct at_arrival){
					     NOW_US + 4 * TIMES_HOUR_US + 1},
					 &sequence),
			 0);
	assert_int_equal(sequence, 4);
	assert_int_equal(raw_log_expired(folder, (struct at_arrival){NOW_US},
					 &sequence),
			 0);
	assert_int_equal(sequence, 0);
	damage(folder, "00000000000000000005.spool", 40);
	assert_int_equal(raw_log_evidence(folder, 5 << 16, evidence),
			 LZ_E_CHECKSUM);
	assert_int_equal(raw_log_evidence(folder, 6 << 16, evidence), 0);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
	memory_free(evidence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_raw_record_comes_back),
	    cmocka_unit_test(a_change_comes_back),
	    cmocka_unit_test(changes_that_cannot_be_are_refused),
	    cmocka_unit_test(records_are_found_and_old_ones_known),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
