/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index against an array: rows in the head, sealed, amended and dropped;
 * batches given up; a map that is too small; a copy; readers while it is
 * written; sources, notes, parties, modes.
 */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/identify.h"
#include "index/day.h"
#include "unit/index/folder.h"
#include "unit/index/history.h"

#define SMALL_MAP ((size_t)1 << 20)

static struct index_writer *
open_writer(const char *path, size_t map)
{
	struct index_conf conf = {.path = path, .head_bytes = map};
	struct index_writer *writer = NULL;

	assert_int_equal(index_writer_open(&conf, &writer), 0);
	return writer;
}

static void
compare_at(const char *path, struct history_model *model)
{
	struct index_reader *reader = NULL;
	struct index_facts facts;

	assert_int_equal(index_reader_open(path, &reader), 0);
	history_model_run(model, index_reader_position(reader));
	index_reader_facts(reader, &facts);
	history_model_drop(model, facts.oldest);
	history_compare(reader, model, model->position);
	index_reader_close(reader);
}

/* Weeks of events, looked at again and again, in all places rows can lie. */
static void
test_history(void **state)
{
	struct folder folder = folder_new();
	struct history_model model = {0};
	struct index_reader *reader = NULL;
	struct index_facts facts;

	(void)state;
	for (uint64_t end = 150; end <= 4200; end += 450) {
		struct index_writer *writer = open_writer(folder.path,
							  SMALL_MAP);

		assert_int_equal(history_write(writer, end, 37, NULL, NULL), 0);
		index_writer_close(writer);
		compare_at(folder.path, &model);
	}
	assert_int_equal(index_reader_open(folder.path, &reader), 0);
	index_reader_facts(reader, &facts);
	assert_true(facts.days >= 2);
	assert_true(facts.rows_sealed > 100);
	assert_true(facts.rows_head > 20);
	assert_true(facts.amended > 100);
	assert_true(facts.conflicts > 0);
	assert_int_equal(facts.days_damaged, 0);
	assert_int_equal(facts.sources, 3);
	assert_int_equal(index_reader_verify(reader), 0);
	index_reader_close(reader);
	history_model_fini(&model);
	folder_free(&folder);
}

static void
test_abort(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct history_model model = {0};
	struct tracker_store store = index_store(writer, NULL, NULL);

	(void)state;
	for (uint64_t end = 100; end <= 1500; end += 100) {
		assert_int_equal(history_write(writer, end, 50, NULL, NULL), 0);
		assert_int_equal(index_begin(writer), 0);
		for (uint64_t n = end; n < end + 20; n++)
			assert_int_equal(history_event(&store, n), 0);
		index_abort(writer);
		assert_int_equal(index_position(writer), end);
		assert_int_equal(history_event(&store, end), LZ_E_STATE);
	}
	index_writer_close(writer);
	compare_at(folder.path, &model);
	history_model_fini(&model);
	folder_free(&folder);
}

static void
test_snapshot(void **state)
{
	struct folder folder = folder_new(), copy = folder_new();
	struct index_writer *writer = open_writer(folder.path, 0);
	struct history_model model = {0};

	(void)state;
	assert_int_equal(history_write(writer, 1700, 60, NULL, NULL), 0);
	assert_int_equal(index_snapshot(writer, copy.path), 0);
	/* The original goes on, and drops days that the copy keeps. */
	assert_int_equal(history_write(writer, 3500, 60, NULL, NULL), 0);
	index_writer_close(writer);
	compare_at(copy.path, &model);
	assert_int_equal(model.position, 1700);
	/* Restored is opened: the copy takes the same events. */
	writer = open_writer(copy.path, 0);
	assert_int_equal(history_write(writer, 3500, 60, NULL, NULL), 0);
	index_writer_close(writer);
	compare_at(copy.path, &model);
	compare_at(folder.path, &model);
	history_model_fini(&model);
	folder_free(&folder);
	folder_free(&copy);
}

static void
tell(void *context, char what)
{
	const int *fd = context;

	if (write(*fd, &what, 1) != 1)
		_exit(3);
}

/* A reader in another process, at work while the writer writes, seals, drops:
 * each view is exactly what stood at its position. */
static void
test_beside_writer(void **state)
{
	struct folder folder = folder_new();
	struct history_model model = {0};
	struct index_reader *reader = NULL;
	unsigned views = 0;
	int fds[2], status;
	char byte;
	pid_t child;

	(void)state;
	index_writer_close(open_writer(folder.path, SMALL_MAP));
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		struct index_writer *writer = open_writer(folder.path,
							  SMALL_MAP);

		(void)close(fds[0]);
		_exit(history_write(writer, 3000, 10, tell, &fds[1]) != 0);
	}
	(void)close(fds[1]);
	assert_int_equal(index_reader_open(folder.path, &reader), 0);
	while (read(fds[0], &byte, 1) == 1) {
		struct index_facts facts;

		assert_int_equal(index_reader_renew(reader), 0);
		assert_true(index_reader_position(reader) >= model.position);
		history_model_run(&model, index_reader_position(reader));
		index_reader_facts(reader, &facts);
		history_model_drop(&model, facts.oldest);
		assert_int_equal(facts.days_damaged, 0);
		history_compare(reader, &model, views++);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(index_reader_renew(reader), 0);
	assert_int_equal(index_reader_position(reader), 3000);
	assert_true(views > 100);
	index_reader_close(reader);
	history_model_fini(&model);
	(void)close(fds[0]);
	folder_free(&folder);
}

static void
test_one_writer(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct index_conf conf = {.path = folder.path};
	struct index_writer *other = NULL;
	struct index_reader *reader = NULL;

	(void)state;
	assert_int_equal(index_writer_open(&conf, &other), LZ_E_EXISTS);
	index_writer_close(writer);
	folder_free(&folder);
	assert_int_equal(index_reader_open("/nonexistent/index", &reader),
			 -2 /* ENOENT */);
}

static mode_t
mode_of(const struct folder *folder, const char *name)
{
	char path[FOLDER_PATH_SIZE + 32];
	struct stat stats;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	assert_int_equal(stat(path, &stats), 0);
	return stats.st_mode & 07777;
}

static void
test_modes(void **state)
{
	struct folder folder = folder_new();
	mode_t before = umask(0077);
	struct index_writer *writer = open_writer(folder.path, 0);
	char name[DAY_NAME_SIZE];
	struct index_facts facts;
	struct index_reader *reader = NULL;

	(void)state;
	assert_int_equal(history_write(writer, 1300, 60, NULL, NULL), 0);
	index_writer_close(writer);
	(void)umask(before);
	assert_int_equal(mode_of(&folder, "head"), 02750);
	assert_int_equal(mode_of(&folder, "head/data.mdb"), 0640);
	assert_int_equal(mode_of(&folder, "head/lock.mdb"), 0660);
	assert_int_equal(index_reader_open(folder.path, &reader), 0);
	index_reader_facts(reader, &facts);
	index_reader_close(reader);
	assert_true(facts.days > 0);
	day_name((uint32_t)(HISTORY_T0_US / TIMES_DAY_US) + 1, name);
	assert_int_equal(mode_of(&folder, name), 0640);
	folder_free(&folder);
}

/* Another user of the folder's group reads; one outside of it doesn't. */
static int
read_as(const char *path, gid_t group)
{
	struct index_reader *reader = NULL;
	struct at_event first = {0}, last = {TIMES_LATEST_US};
	struct binding_cursor cursor;
	uint32_t realm;
	struct subject subject = history_subject(0, &realm);
	int error;

	if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(61003) != 0)
		return 101;
	error = index_reader_open(path, &reader);
	if (error)
		return error == -EACCES ? 102 : 103;
	cursor = index_reader_cursor(reader);
	cursor.seek(cursor.context, realm, &subject.prefix.addr, first, last);
	error = cursor.next(cursor.context) ? 0 : 104;
	index_reader_close(reader);
	return error;
}

static void
test_other_users(void **state)
{
	struct folder folder = folder_new();
	const gid_t groups[2] = {61000, 61001};
	const int expected[2] = {0, 102};
	struct index_writer *writer;

	(void)state;
	if (geteuid() != 0) {
		fprintf(stderr, "index_index: other users only as root\n");
		folder_free(&folder);
		return;
	}
	assert_int_equal(chown(folder.path, 0, groups[0]), 0);
	assert_int_equal(chmod(folder.path, 02750), 0);
	writer = open_writer(folder.path, SMALL_MAP);
	assert_int_equal(history_write(writer, 1300, 60, NULL, NULL), 0);
	index_writer_close(writer);
	for (size_t i = 0; i < 2; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(read_as(folder.path, groups[i]));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), expected[i]);
	}
	folder_free(&folder);
}

/* A stray of a seal that a crash cut short is no day. */
static void
test_strays(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct index_conf conf = {.path = folder.path};
	char path[FOLDER_PATH_SIZE + 32];
	FILE *file;

	(void)state;
	assert_int_equal(history_write(writer, 100, 60, NULL, NULL), 0);
	index_writer_close(writer);
	(void)snprintf(path, sizeof(path), "%s/day-2026-01-05.bindings",
		       folder.path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	writer = open_writer(folder.path, SMALL_MAP);
	assert_int_not_equal(access(path, F_OK), 0);
	/* Days whose head was lost aren't taken for strays. */
	assert_int_equal(history_write(writer, 1300, 60, NULL, NULL), 0);
	index_writer_close(writer);
	(void)snprintf(path, sizeof(path), "%s/head/data.mdb", folder.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(index_writer_open(&conf, &writer), LZ_E_STATE);
	folder_free(&folder);
}

static void
test_sources_and_notes(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct tracker_store store = index_store(writer, NULL, NULL);
	struct tracker_source source = {.interim_us = 5, .complete = true};
	struct tracker_source again = {.error_us = 9};
	struct index_reader *reader = NULL;
	struct at_event mark = {HISTORY_T0_US}, seen;
	uint16_t number;
	char value[8];

	(void)state;
	assert_int_equal(index_note_get(writer, "tail", value, sizeof(value)),
			 LZ_E_NOT_FOUND);
	assert_int_equal(index_begin(writer), 0);
	assert_int_equal(index_source(writer, "radius 192.0.2.1", &source), 0);
	number = source.number;
	assert_true(number > 0);
	assert_int_equal(index_source(writer, "", &source), LZ_E_RANGE);
	assert_int_equal(store.mark(writer, number, mark), 0);
	mark.us--;
	assert_int_equal(store.mark(writer, number, mark), 0);
	assert_int_equal(store.gap(writer, number, mark), 0);
	assert_int_equal(store.mark(writer, 999, mark), LZ_E_RANGE);
	assert_int_equal(index_note_put(writer, "tail", "12345", 5), 0);
	assert_int_equal(index_note_put(writer, "", "12345", 5), LZ_E_RANGE);
	assert_int_equal(index_commit(writer, 77), 0);
	index_writer_close(writer);

	writer = open_writer(folder.path, SMALL_MAP);
	assert_int_equal(index_position(writer), 77);
	assert_int_equal(index_note_get(writer, "tail", value, sizeof(value)),
			 5);
	assert_memory_equal(value, "12345", 5);
	assert_int_equal(index_note_get(writer, "tail", value, 4), LZ_E_RANGE);
	assert_int_equal(index_begin(writer), 0);
	assert_int_equal(index_source(writer, "radius 192.0.2.1", &again), 0);
	assert_int_equal(again.number, number);
	assert_int_equal(again.gap.us, mark.us);
	assert_int_equal(index_commit(writer, 78), 0);
	index_writer_close(writer);

	assert_int_equal(index_reader_open(folder.path, &reader), 0);
	assert_string_equal(index_reader_source(reader, number, &seen),
			    "radius 192.0.2.1");
	assert_int_equal(seen.us, HISTORY_T0_US);
	assert_null(index_reader_source(reader, 99, &seen));
	index_reader_close(reader);
	folder_free(&folder);
}

static struct binding
row_of(uint32_t addr, uint64_t id, uint32_t party)
{
	struct binding row = {.id = id,
			      .subject = {.prefix = {addr_from_v4(addr), 128}},
			      .party = party,
			      .start = {HISTORY_T0_US},
			      .end = {INT64_MAX},
			      .heard = {HISTORY_T0_US},
			      .reported = {HISTORY_T0_US},
			      .session = id,
			      .source = 1};

	return row;
}

static void
test_open_rows(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct tracker_store store = index_store(writer, NULL, NULL);
	struct index_reader *reader = NULL;
	struct binding rows[2], row;
	struct party_id id, other;
	uint32_t party, found;
	const char *label;

	(void)state;
	assert_int_equal(index_begin(writer), 0);
	assert_int_equal(store.party(writer, "user:b", &party), 0);
	assert_int_equal(store.party(writer, "user:a", &party), 0);
	for (uint32_t i = 0; i < 4; i++) {
		row = row_of(0xc0000209u - i, 100 + i, party);
		assert_int_equal(store.put(writer, &row), 0);
	}
	/* One ends, one changes hands, within the batch that made them. */
	row = row_of(0xc0000209u, 100, party);
	row.end.us = HISTORY_T0_US + TIMES_HOUR_US;
	assert_int_equal(store.put(writer, &row), 0);
	row = row_of(0xc0000208u, 101, 0);
	assert_int_equal(store.put(writer, &row), 0);
	row.id = 0;
	assert_int_equal(store.put(writer, &row), LZ_E_RANGE);
	row.id = 4711;
	assert_int_equal(store.drop(writer, &row), LZ_E_NOT_FOUND);
	assert_int_equal(index_commit(writer, 1), 0);
	index_writer_close(writer);

	assert_int_equal(index_reader_open(folder.path, &reader), 0);
	assert_int_equal(index_reader_party_of(reader, "user:a", &found), 0);
	assert_int_equal(found, party);
	assert_int_equal(index_reader_party_of(reader, "user:c", &found),
			 LZ_E_NOT_FOUND);
	assert_int_equal(index_reader_open_rows(reader, party, rows, 1), 2);
	assert_int_equal(rows[0].id, 103);
	assert_int_equal(index_reader_open_rows(reader, party, rows, 2), 2);
	assert_int_equal(rows[1].id, 102);
	assert_int_equal(index_reader_party(reader, party, &label, &id), 0);
	assert_string_equal(label, "user:a");
	assert_int_equal(index_reader_party(reader, 0, &label, &other), 0);
	assert_true(id.value != other.value);
	assert_int_equal(index_reader_party(reader, 9, &label, &id),
			 LZ_E_NOT_FOUND);
	index_reader_close(reader);
	folder_free(&folder);
}

/* A label goes with the last day that has a row of it. */
static void
test_parties_go(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct tracker_store store = index_store(writer, NULL, NULL);
	static const char *const labels[3] = {"mac:02:00:5e:00:53:01",
					      "user:open", "user:later"};
	const struct at_event days[3] = {{HISTORY_T0_US + TIMES_DAY_US},
					 {HISTORY_T0_US + 2 * TIMES_DAY_US},
					 {HISTORY_T0_US + 9 * TIMES_DAY_US}};
	static const unsigned left[3] = {2, 2, 1};
	uint32_t party;

	(void)state;
	assert_int_equal(index_begin(writer), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct binding row = row_of(0xc0000201u + i, 7 + i, 0);

		assert_int_equal(store.party(writer, labels[i], &row.party), 0);
		if (i != 1)
			row.end.us = HISTORY_T0_US + i * TIMES_DAY_US + 1;
		assert_int_equal(store.put(writer, &row), 0);
	}
	assert_int_equal(index_commit(writer, 1), 0);
	for (size_t i = 0; i < 3; i++) {
		struct index_facts facts;

		assert_true(index_drop(writer, days[i]) >= 0);
		assert_int_equal(index_writer_facts(writer, &facts), 0);
		assert_int_equal(facts.parties, left[i]);
	}
	/* Numbers don't come again. */
	assert_int_equal(index_begin(writer), 0);
	assert_int_equal(store.party(writer, labels[0], &party), 0);
	assert_int_equal(party, 3);
	assert_int_equal(store.party(writer, labels[1], &party), 0);
	assert_int_equal(party, 1);
	index_abort(writer);
	index_writer_close(writer);
	folder_free(&folder);
}

/* Rows open or of inferred end, by rising id, from all tables. */
static void
test_open_of(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct tracker_store store = index_store(writer, NULL, NULL);
	struct at_event before = {HISTORY_T0_US + 1};
	struct binding rows[4], row;

	(void)state;
	assert_int_equal(index_begin(writer), 0);
	for (uint32_t i = 0; i < 9; i++) {
		row = row_of(0xc0000200u + i, 10 * (9 - i), 0);
		if (i % 3 == 1)
			row.end.us = HISTORY_T0_US + TIMES_HOUR_US;
		if (i == 4)
			row.marks = BINDING_END_INFERRED;
		if (i == 8)
			row.start.us += TIMES_HOUR_US;
		assert_int_equal(store.put(writer, &row), 0);
	}
	assert_int_equal(store.open_of(writer, 1, before, 0, rows, 4), 4);
	assert_int_equal(rows[0].id, 30);
	assert_int_equal(rows[1].id, 40);
	assert_int_equal(rows[2].id, 50);
	assert_int_equal(rows[3].id, 60);
	assert_int_equal(store.open_of(writer, 1, before, 60, rows, 4), 2);
	assert_int_equal(rows[0].id, 70);
	assert_int_equal(rows[1].id, 90);
	assert_int_equal(store.open_of(writer, 2, before, 0, rows, 4), 0);
	/* The one of inferred end (50) isn't silent; one was heard of. */
	row = row_of(0xc0000209u, 35, 0);
	row.heard.us += TIMES_HOUR_US;
	assert_int_equal(store.put(writer, &row), 0);
	assert_int_equal(store.silent(writer, 1, before, 0, rows, 4), 4);
	assert_int_equal(rows[0].id, 30);
	assert_int_equal(rows[1].id, 40);
	assert_int_equal(rows[2].id, 60);
	assert_int_equal(rows[3].id, 70);
	index_abort(writer);
	index_writer_close(writer);
	folder_free(&folder);
}

static int
count_late(void *context, const struct index_amendment *amendment)
{
	unsigned *count = context;

	assert_true(amendment->old.id != 0);
	if (!slice_equal(amendment->cause, "late Stop"))
		return 0;
	assert_true(amendment->arrival.us > amendment->old.end.us);
	assert_int_equal(amendment->old.end.us - amendment->now.end.us,
			 TIMES_SECOND_US);
	++*count;
	return 0;
}

static void
test_amended(void **state)
{
	struct folder folder = folder_new();
	struct index_writer *writer = open_writer(folder.path, SMALL_MAP);
	struct index_reader *reader = NULL;
	unsigned count = 0;

	(void)state;
	assert_int_equal(history_write(writer, 1500, 40, NULL, NULL), 0);
	index_writer_close(writer);
	assert_int_equal(index_reader_open(folder.path, &reader), 0);
	assert_int_equal(index_reader_amended(reader, count_late, &count), 0);
	assert_true(count > 10);
	index_reader_close(reader);
	folder_free(&folder);
}

/* What becomes of one sealed day on the disk. */
static void
harm_gone(const char *path, size_t length)
{
	(void)length;
	assert_int_equal(unlink(path), 0);
}

static void
harm_cut(const char *path, size_t length)
{
	assert_int_equal(truncate(path, (off_t)(length / 2)), 0);
}

static void
flip(const char *path, long at)
{
	FILE *file = fopen(path, "r+");
	int byte;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	byte = fgetc(file);
	assert_true(byte != EOF);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
	assert_int_equal(fclose(file), 0);
}

static void
harm_header(const char *path, size_t length)
{
	(void)length;
	flip(path, 20);
}

/* The first page begins behind the header; some group's rows lie in it. */
static void
harm_page(const char *path, size_t length)
{
	(void)length;
	flip(path, DAY_HEADER_SIZE + 1000);
}

/* Asks about every subject at noon of a day; counts the answers. */
static void
ask_day(struct index_reader *reader, uint32_t day,
	unsigned answers[CERTAINTY_COUNT])
{
	struct binding_cursor cursor = index_reader_cursor(reader);

	memset(answers, 0, CERTAINTY_COUNT * sizeof(*answers));
	for (unsigned i = 0; i < HISTORY_SUBJECTS; i++) {
		uint32_t realm;
		struct subject subject = history_subject(i, &realm);
		struct identity_question question = {
		    .addr = subject.prefix.addr,
		    .port = subject_has_ports(&subject) ? subject.port_first
							: -1,
		    .first = {(int64_t)day * TIMES_DAY_US + TIMES_DAY_US / 2},
		    .last = {(int64_t)day * TIMES_DAY_US + TIMES_DAY_US / 2}};
		struct identity_answer answer;

		if (realm != 0)
			continue;
		identify(&cursor, &question, &answer);
		answers[answer.certainty]++;
	}
}

/* The rest goes on, and nobody becomes "nobody". */
static void
check_harmed(const struct folder *folder, uint32_t day, bool whole,
	     const unsigned before[CERTAINTY_COUNT],
	     const unsigned later[CERTAINTY_COUNT])
{
	struct index_reader *reader = NULL;
	struct index_writer *writer;
	unsigned after[CERTAINTY_COUNT], other[CERTAINTY_COUNT];
	struct index_facts facts;

	assert_int_equal(index_reader_open(folder->path, &reader), 0);
	ask_day(reader, day + 2, other);
	assert_memory_equal(other, later, sizeof(other));
	ask_day(reader, day, after);
	index_reader_facts(reader, &facts);
	assert_int_equal(facts.days_damaged, 1);
	assert_int_equal(index_reader_verify(reader), 1);
	assert_true(after[CERTAINTY_NOBODY] <= before[CERTAINTY_NOBODY]);
	assert_true(after[CERTAINTY_AMBIGUOUS] > before[CERTAINTY_AMBIGUOUS]);
	if (whole) {
		assert_int_equal(after[CERTAINTY_NOBODY], 0);
		assert_int_equal(after[CERTAINTY_CERTAIN], 0);
		assert_int_equal(after[CERTAINTY_PROBABLE], 0);
	}
	index_reader_close(reader);
	writer = open_writer(folder->path, SMALL_MAP);
	assert_int_equal(history_write(writer, 1800, 60, NULL, NULL), 0);
	assert_int_equal(index_writer_facts(writer, &facts), 0);
	assert_true(facts.days > 1);
	index_writer_close(writer);
}

static void
test_damaged_day(void **state)
{
	static const struct {
		void (*harm)(const char *path, size_t length);
		bool whole;
	} harms[] = {{harm_gone, true},
		     {harm_cut, true},
		     {harm_header, true},
		     {harm_page, false}};
	uint32_t day = (uint32_t)(HISTORY_T0_US / TIMES_DAY_US) + 4;

	(void)state;
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		struct folder folder = folder_new();
		struct index_writer *writer = open_writer(folder.path,
							  SMALL_MAP);
		struct index_reader *reader = NULL;
		unsigned before[CERTAINTY_COUNT], later[CERTAINTY_COUNT];
		char path[FOLDER_PATH_SIZE + 1 + DAY_NAME_SIZE];
		char name[DAY_NAME_SIZE];
		struct stat stats;

		assert_int_equal(history_write(writer, 1700, 60, NULL, NULL),
				 0);
		index_writer_close(writer);
		assert_int_equal(index_reader_open(folder.path, &reader), 0);
		ask_day(reader, day, before);
		ask_day(reader, day + 2, later);
		index_reader_close(reader);
		day_name(day, name);
		(void)snprintf(path, sizeof(path), "%s/%s", folder.path, name);
		assert_int_equal(stat(path, &stats), 0);
		harms[i].harm(path, (size_t)stats.st_size);
		check_harmed(&folder, day, harms[i].whole, before, later);
		folder_free(&folder);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_history),
	    cmocka_unit_test(test_abort),
	    cmocka_unit_test(test_snapshot),
	    cmocka_unit_test(test_beside_writer),
	    cmocka_unit_test(test_one_writer),
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_other_users),
	    cmocka_unit_test(test_strays),
	    cmocka_unit_test(test_sources_and_notes),
	    cmocka_unit_test(test_open_rows),
	    cmocka_unit_test(test_parties_go),
	    cmocka_unit_test(test_open_of),
	    cmocka_unit_test(test_amended),
	    cmocka_unit_test(test_damaged_day),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
