/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notifier in its sandbox: what lies in the outbox comes into the Maildir
 * once, whatever goes wrong around it.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "spool/spool.h"
#include "unit/role/posting.h"

#define ONCE(posting, notice) \
	assert_int_equal(posting_delivered(posting, notice), 1)

static int
setup(void **state)
{
	struct posting *posting = calloc(1, sizeof(*posting));

	if (!posting)
		return -1;
	posting_init(posting, true);
	*state = posting;
	return 0;
}

static int
setup_without_mail(void **state)
{
	struct posting *posting = calloc(1, sizeof(*posting));

	if (!posting)
		return -1;
	posting_init(posting, false);
	*state = posting;
	return 0;
}

static int
teardown(void **state)
{
	posting_fini(*state);
	free(*state);
	return 0;
}

static void
assert_told(struct posting *posting, uint64_t notice)
{
	ONCE(posting, notice);
	posting_receipts_read(posting);
	for (enum receipt_kind kind = RECEIPT_SENT; kind <= RECEIPT_DELIVERED;
	     kind++)
		assert_int_equal(posting_receipts(posting, notice, kind), 1);
	assert_int_equal(posting_receipts(posting, notice, RECEIPT_FAILED), 0);
}

/* What the desk does with receipts. */
static void
receipts_take(struct posting *posting)
{
	char folder[RUNNING_PATH_SIZE + 8];
	uint64_t last = 0;
	int fd;

	posting_receipts_read(posting);
	for (size_t i = 0; i < posting->receipt_count; i++) {
		const struct posting_receipt *receipt = &posting->receipts[i];
		const int error =
		    desk_store_receipt_add(posting->store, receipt->notice,
					   receipt->kind,
					   (struct at_event){receipt->time_us},
					   "tried");

		assert_true(error == 0 || error == LZ_E_EXISTS);
		last++;
	}
	snprintf(folder, sizeof(folder), "%s/desk", posting->running.state);
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(spool_watermark_write(fd, "ack.notifier", last), 0);
	close(fd);
}

static void
file_remove(const struct posting *posting, const char *name)
{
	char path[RUNNING_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", posting->running.folder, name);
	assert_int_equal(unlink(path), 0);
}

/* ----------------------------------------------------------------- tests */

static void
test_waits_for_the_desk_and_tells(void **state)
{
	struct posting *posting = *state;

	posting_start(posting, true);
	posting_desk_open(posting);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	posting_add(posting, STORE_LANE_NOTICE, 3);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 3);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	for (uint64_t notice = 1; notice <= 3; notice++)
		assert_told(posting, notice);
	assert_int_equal(posting_files(posting, "tmp"), 0);
	/* Nothing again after a restart. */
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 4);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 4);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(posting_files(posting, "new"), 4);
	assert_int_equal(counters_get(posting->page, COUNTER_NOTIFIER_THERE),
			 0);
	assert_int_equal(running_said(&posting->running, "forbidden"), 0);
}

static void
test_no_lane_hides_another(void **state)
{
	struct posting *posting = *state;

	/* More releases than a page holds, all with higher numbers. */
	posting_desk_open(posting);
	for (uint64_t i = 1; i <= 50; i++)
		posting_add(posting, STORE_LANE_NOTICE, i);
	for (uint64_t i = 51; i <= 150; i++)
		posting_add(posting, STORE_LANE_RELEASE, i);
	posting_start(posting, false);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 150);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(posting_files(posting, "new"), 150);
	posting_receipts_read(posting);
	assert_int_equal(posting->receipt_count, 450);
	assert_true(posting->receipts[0].notice > 50);
}

static void
test_unreadable_rows_are_passed_over(void **state)
{
	static const char noise[3000] = "no letter";
	struct posting *posting = *state;
	const struct at_event now = posting_now();
	const struct at_event past = {now.us - 91 * TIMES_DAY_US};

	posting_desk_open(posting);
	posting_add_body(posting, 1, now, noise, 9);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_add_body(posting, 3, now, "", 0);
	posting_add_body(posting, 4, now, noise, sizeof(noise));
	posting_add_body(posting, 5, past, noise, 9);
	posting_add(posting, STORE_LANE_NOTICE, 6);
	posting_start(posting, true);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	posting_wait(posting, COUNTER_NOTIFIER_POISON, 4);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 0);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_told(posting, 2);
	assert_told(posting, 6);
	for (uint64_t notice = 1; notice <= 5; notice++)
		assert_int_equal(posting_receipts(posting, notice,
						  RECEIPT_FAILED),
				 notice != 2);
	running_wait_said(&posting->running, "outbox row 1 is given up", 1);
	running_wait_said(&posting->running, "older than 90 days", 1);
	/* For good. */
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 7);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 3);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(counters_get(posting->page, COUNTER_NOTIFIER_POISON),
			 4);
}

static void
test_a_closed_maildir_is_waited_for(void **state)
{
	struct posting *posting = *state;
	char new[RUNNING_PATH_SIZE + 8];

	snprintf(new, sizeof(new), "%s/new", posting->mail);
	assert_int_equal(mkdir(posting->mail, 0755), 0);
	assert_int_equal(mkdir(new, 0555), 0);
	posting_start(posting, true);
	/* Said at once, with what to do; nothing needs to be in the outbox. */
	running_wait_said(&posting->running, "must be able to write to it", 1);
	posting_desk_open(posting);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 2);
	posting_wait(posting, COUNTER_NOTIFIER_FAILED, 4);
	assert_true(counters_get(posting->page, COUNTER_NOTIFIER_OLDEST_US) >
		    900000);
	assert_int_equal(posting_files(posting, "new"), 0);
	/* As it says. */
	assert_int_equal(chmod(posting->mail, 0777), 0);
	assert_int_equal(chmod(new, 0777), 0);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 0);
	posting_wait(posting, COUNTER_NOTIFIER_OLDEST_US, 0);
	/* Closed under way, and open again. */
	assert_int_equal(chmod(new, 0555), 0);
	posting_add(posting, STORE_LANE_NOTICE, 3);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 1);
	assert_int_equal(chmod(new, 0777), 0);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 3);
	running_wait_said(&posting->running, "can be written to again", 2);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	for (uint64_t notice = 1; notice <= 3; notice++)
		assert_told(posting, notice);
}

static void
test_another_maildir_means_a_new_start(void **state)
{
	struct posting *posting = *state;
	char old[RUNNING_PATH_SIZE + 8];

	snprintf(old, sizeof(old), "%s.old", posting->mail);
	posting_desk_open(posting);
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 1);
	assert_int_equal(rename(posting->mail, old), 0);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	assert_int_equal(posting_end(posting, 0), 5);
	posting_start(posting, true);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_told(posting, 2);
	assert_int_equal(posting_delivered(posting, 1), 0);
}

/* Numbers start anew, with other notices; receipts since are lost to it. */
static void
test_the_desk_is_put_back(void **state)
{
	struct posting *posting = *state;
	posting_desk_open(posting);
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 1);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	posting_wait_receipts(posting, 6);
	receipts_take(posting);
	posting_desk_close(posting);
	file_remove(posting, "state/desk/desk.sqlite");
	file_remove(posting, "state/desk/desk.sqlite-wal");
	file_remove(posting, "state/desk/desk.sqlite-shm");
	posting_desk_open(posting);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_add(posting, STORE_LANE_NOTICE, 3);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 3);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 0);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	for (uint64_t notice = 1; notice <= 3; notice++)
		assert_told(posting, notice);
}

static unsigned
spool_records(const struct posting *posting)
{
	char path[RUNNING_PATH_SIZE + 32];
	struct spool_reader *reader;
	const uint8_t *body;
	uint64_t sequence;
	size_t length;
	unsigned count = 0;

	snprintf(path, sizeof(path), "%s/notifier/spool",
		 posting->running.state);
	assert_int_equal(spool_reader_open(path, 0, &reader), 0);
	while (spool_reader_next(reader, &body, &length, &sequence) == 1)
		count++;
	spool_reader_close(reader);
	return count;
}

/* Attempts lost and messages read and thrown away: the desk still knows. */
static void
test_the_desk_remembers_what_was_told(void **state)
{
	struct posting *posting = *state;
	unsigned said;

	posting_desk_open(posting);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_start(posting, true);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 1);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	/* It doesn't know yet, and hasn't read: nothing is said twice. */
	said = spool_records(posting);
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(spool_records(posting), said + 3);
	receipts_take(posting);
	file_remove(posting, "state/notifier/notifier.sqlite");
	file_remove(posting, "state/notifier/notifier.sqlite-wal");
	file_remove(posting, "state/notifier/notifier.sqlite-shm");
	file_remove(posting, "mail/new/lz-0000000000000001");
	file_remove(posting, "mail/new/lz-0000000000000002");
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 3);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 3);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_told(posting, 3);
	assert_int_equal(posting_files(posting, "new"), 1);
}

static void
test_says_again_what_the_desk_has_lost(void **state)
{
	struct posting *posting = *state;

	posting_desk_open(posting);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_start(posting, true);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 1);
	posting_wait_receipts(posting, 3);
	receipts_take(posting);
	posting_desk_close(posting);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(spool_records(posting), 3);
	file_remove(posting, "state/desk/desk.sqlite");
	file_remove(posting, "state/desk/desk.sqlite-wal");
	file_remove(posting, "state/desk/desk.sqlite-shm");
	posting_desk_open(posting);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 2);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_told(posting, 1); /* each receipt with its own time still */
	assert_int_equal(spool_records(posting), 9);
}

static void
test_idles_without_a_maildir(void **state)
{
	struct posting *posting = *state;

	posting_desk_open(posting);
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 1);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 1);
	posting_add(posting, STORE_LANE_NOTICE, 2);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 2);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(running_said(&posting->running, "nobody is told"), 1);
	assert_int_equal(spool_records(posting), 0);
	assert_int_equal(counters_get(posting->page, COUNTER_NOTIFIER_FAILED),
			 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_waits_for_the_desk_and_tells),
	    CASE(test_no_lane_hides_another),
	    CASE(test_unreadable_rows_are_passed_over),
	    CASE(test_a_closed_maildir_is_waited_for),
	    CASE(test_another_maildir_means_a_new_start),
	    CASE(test_the_desk_is_put_back),
	    CASE(test_the_desk_remembers_what_was_told),
	    CASE(test_says_again_what_the_desk_has_lost),
	    cmocka_unit_test_setup_teardown(test_idles_without_a_maildir,
					    setup_without_mail, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
