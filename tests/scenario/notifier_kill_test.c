/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 of the notifier at 50 random moments: each notice stands exactly once
 * in the Maildir, though its reader moves some away meanwhile, and its receipts
 * are those of one attempt.  A row that can't be read is passed over, a Maildir
 * that takes nothing holds nobody up for good.  The test plays the desk.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

#include "base/rng.h"
#include "crypto/sha256.h"
#include "role/counter_table.h"
#include "role/counters.h"
#include "role/letter.h"
#include "role/receipt.h"
#include "spool/spool.h"
#include "store/desk_store.h"
#include "store/notifier_store.h"

#define ROWS 200
#define BATCH 4
#define KILLS 50
#define CASE_ID UINT64_C(77)
#define NOTICE_FIRST UINT64_C(0xa000)
#define POISON_ROW 100 /* its body is no letter */
#define WAIT_MS_MAX 30000
#define PATH_SIZE 192
#define COPY_SIZE (PATH_SIZE + 300)

struct world {
	char root[64], state[80], mail[80], config[80];
	struct store *desk;
	pid_t notifier; /* 0: not running */
	struct rng rng;
	unsigned kills;
};

static int64_t base_us;

static void
moment(long us)
{
	const struct timespec wait = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&wait, NULL);
}

/* ------------------------------------------------------------ processes */

static void
notifier_start(struct world *world)
{
	char program[512], log[PATH_SIZE], parent[64];
	int fd;

	if (world->notifier)
		return;
	snprintf(program, sizeof(program), "%s/lazaret-notifier",
		 getenv("LAZARET_BUILD"));
	snprintf(log, sizeof(log), "%s/log", world->root);
	world->notifier = fork();
	assert_true(world->notifier >= 0);
	if (world->notifier)
		return;
	snprintf(parent, sizeof(parent), "LAZARET_SUPERVISOR=%d",
		 (int)getppid());
	putenv(parent);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execl(program, "lazaret-notifier", "--config", world->config,
	      (char *)NULL);
	_exit(127);
}

static void
notifier_end(struct world *world, int number)
{
	int status;

	if (!world->notifier)
		return;
	kill(world->notifier, number);
	assert_int_equal(waitpid(world->notifier, &status, 0), world->notifier);
	world->notifier = 0;
	if (number == SIGKILL)
		assert_true(WIFSIGNALED(status));
	else /* by the signal itself while it is only starting */
		assert_true(WIFEXITED(status) ? WEXITSTATUS(status) == 0
					      : WTERMSIG(status) == SIGTERM);
}

/* ----------------------------------------------------------- the desk's */

static void
file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
desk_make(struct world *world)
{
	const struct store_case row = {
	    .id = CASE_ID,
	    .party = {5},
	    .known = true,
	    .state = CASE_NOTICED,
	    .certainty = CERTAINTY_CERTAIN,
	    .opened = {base_us},
	    .changed = {base_us},
	    .last = {base_us},
	    .due = {INT64_MIN},
	    .closed = {INT64_MIN},
	    .record = {(const uint8_t *)"r", 1},
	};
	char path[PATH_SIZE], message[STORE_MESSAGE_SIZE];

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", world->state);
	/* Its user may read, as the desk's own file lets it. */
	umask(022);
	if (store_open_writer(path, &sql_desk, (struct at_arrival){base_us},
			      &world->desk, message) != 0)
		fail_msg("%s", message);
	assert_int_equal(store_begin(world->desk), 0);
	assert_int_equal(desk_store_party_add(world->desk, row.party, "acct-1",
					      true, row.opened),
			 0);
	assert_int_equal(desk_store_case_put(world->desk, &row), 0);
	assert_int_equal(store_commit(world->desk), 0);
}

static size_t
letter_make(uint64_t notice, uint8_t bytes[LETTER_BYTES_MAX])
{
	struct notice_letter letter = {.id = notice,
				       .code_bits = notice * 1234567,
				       .step = 1,
				       .created = {base_us},
				       .grace_us = 3 * TIMES_DAY_US,
				       .quiet_us = 14 * TIMES_DAY_US};
	struct sighting *sighting = &letter.sighting;
	struct writer writer;

	assert_int_equal(addr_parse(slice_of("192.0.2.7"), &sighting->address),
			 0);
	sighting->subject.prefix = prefix_of(&sighting->address, 128);
	sighting->subject.port_last = UINT16_MAX;
	sighting->time.us = sighting->first.us = base_us;
	sighting->last.us = sighting->known.us = base_us;
	sighting->class = RSIT_SCANNER;
	sighting->role = ROLE_INFECTED;
	sighting->proto = 6;
	strcpy(sighting->origin, "own-flow");
	strcpy(sighting->detector, "scan/1");
	sighting_seal(sighting);
	writer_init(&writer, bytes, LETTER_BYTES_MAX);
	letter_encode(&writer, &letter);
	assert_false(writer.failed);
	return writer.length;
}

/* Rows [from, from + count) of the outbox, in one transaction. */
static void
rows_add(struct world *world, unsigned from, unsigned count)
{
	assert_int_equal(store_begin(world->desk), 0);
	for (unsigned i = from; i < from + count; i++) {
		uint8_t bytes[LETTER_BYTES_MAX];
		const struct store_notice notice = {.id = NOTICE_FIRST + i,
						    .case_id = CASE_ID,
						    .step = 1,
						    .channel = "maildir",
						    .created = {base_us}};
		struct store_outbox row = {.case_id = CASE_ID,
					   .notice = NOTICE_FIRST + i,
					   .kind = "notice",
					   .lane = STORE_LANE_NOTICE,
					   .due = {base_us}};

		row.body.at = bytes;
		row.body.length = letter_make(row.notice, bytes);
		if (i == POISON_ROW)
			row.body.length = 7;
		assert_int_equal(desk_store_notice_add(world->desk, &notice),
				 0);
		assert_int_equal(desk_store_outbox_add(world->desk, &row), 0);
	}
	assert_int_equal(store_commit(world->desk), 0);
}

/* ------------------------------------------------------------- a Maildir */

struct mails {
	unsigned seen[ROWS]; /* files of each notice */
	unsigned total;
};

static void
mails_count(const struct world *world, const char *name, struct mails *mails)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/%s", world->mail, name);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		unsigned long long notice;

		if (sscanf(entry->d_name, "lz-%16llx", &notice) != 1)
			continue;
		assert_in_range(notice, NOTICE_FIRST, NOTICE_FIRST + ROWS - 1);
		mails->seen[notice - NOTICE_FIRST]++;
		mails->total++;
	}
	if (folder)
		closedir(folder);
}

/* As a mail reader does: into cur, with a flag. */
static void
some_are_read(const struct world *world)
{
	char path[PATH_SIZE], from[COPY_SIZE], to[COPY_SIZE];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/new", world->mail);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "lz-", 3) != 0 ||
		    entry->d_name[strlen(entry->d_name) - 1] % 3 != 0)
			continue;
		snprintf(from, sizeof(from), "%s/%s", path, entry->d_name);
		snprintf(to, sizeof(to), "%s/cur/%s:2,S", world->mail,
			 entry->d_name);
		assert_int_equal(rename(from, to), 0);
	}
	if (folder)
		closedir(folder);
}

static unsigned
mails_now(const struct world *world)
{
	struct mails mails = {0};

	mails_count(world, "new", &mails);
	mails_count(world, "cur", &mails);
	return mails.total;
}

static void
wait_for_mails(struct world *world, unsigned count)
{
	notifier_start(world);
	for (long waited = 0; mails_now(world) < count; waited += 5) {
		if (waited > WAIT_MS_MAX)
			fail_msg("%u of %u mails", mails_now(world), count);
		moment(5000);
	}
}

/* -------------------------------------------------------------- receipts */

static uint64_t
receipts_check(const struct world *world)
{
	static int64_t times[ROWS][RECEIPT_KIND_COUNT];
	struct spool_reader *reader;
	char path[PATH_SIZE];
	const uint8_t *body;
	uint64_t sequence, expected = 0;
	size_t length;

	memset(times, 0, sizeof(times));
	snprintf(path, sizeof(path), "%s/notifier/spool", world->state);
	assert_int_equal(spool_reader_open(path, 0, &reader), 0);
	while (spool_reader_next(reader, &body, &length, &sequence) == 1) {
		struct receipt receipt;
		struct cursor cursor;
		int64_t *time;

		assert_int_equal(sequence, ++expected);
		cursor_init(&cursor, body, length);
		assert_int_equal(receipt_decode(&cursor, &receipt), 0);
		assert_in_range(receipt.notice, NOTICE_FIRST,
				NOTICE_FIRST + ROWS - 1);
		time = &times[receipt.notice - NOTICE_FIRST][receipt.kind];
		/* Twice is the same receipt again, not a second one. */
		assert_true(*time == 0 || *time == receipt.time.us);
		*time = receipt.time.us;
	}
	spool_reader_close(reader);
	for (unsigned i = 0; i < ROWS; i++) {
		const bool poison = i == POISON_ROW;

		assert_int_equal(times[i][RECEIPT_SENT] != 0, !poison);
		assert_int_equal(times[i][RECEIPT_ACCEPTED] != 0, !poison);
		assert_int_equal(times[i][RECEIPT_DELIVERED] != 0, !poison);
		assert_int_equal(times[i][RECEIPT_FAILED] != 0, poison);
	}
	return expected;
}

static void
wait_until_handled(struct world *world, uint64_t row)
{
	char path[PATH_SIZE];
	uint64_t handled = 0;

	snprintf(path, sizeof(path), "%s/notifier/handled", world->state);
	notifier_start(world);
	for (long waited = 0; handled < row; waited += 5) {
		assert_true(waited < WAIT_MS_MAX);
		moment(5000);
		assert_int_equal(spool_watermark_read(path, &handled), 0);
	}
}

/* ------------------------------------------------------------------ runs */

static void
world_make(struct world *world, uint64_t seed)
{
	char text[1024], path[PATH_SIZE];

	*world = (struct world){0};
	rng_init(&world->rng, seed);
	strcpy(world->root, "/tmp/lz-notifier-XXXXXX");
	assert_non_null(mkdtemp(world->root));
	assert_int_equal(chmod(world->root, 0711), 0);
	snprintf(world->state, sizeof(world->state), "%s/s", world->root);
	snprintf(world->mail, sizeof(world->mail), "%s/m", world->root);
	snprintf(world->config, sizeof(world->config), "%s/c.yaml",
		 world->root);
	snprintf(text, sizeof(text),
		 "network: { name: example, inside: [192.0.2.0/24] }\n"
		 "mode: live\nlive: [notice]\n"
		 "state_dir: %s\nrun_dir: %s/r\n"
		 "notice: { operator: Example Net, from: abuse@isp.example, "
		 "phone: \"+1 555 0100\", maildir: %s }\n",
		 world->state, world->root, world->mail);
	file_write(world->config, text);
	assert_int_equal(mkdir(world->state, 0711), 0);
	snprintf(path, sizeof(path), "%s/desk", world->state);
	assert_int_equal(mkdir(path, 0755), 0);
	desk_make(world);
}

static void
world_end(struct world *world)
{
	char command[128];

	notifier_end(world, SIGTERM);
	store_close(world->desk);
	snprintf(command, sizeof(command), "rm -rf %s", world->root);
	assert_int_equal(system(command), 0);
}

static void
fifty_kills(void **state)
{
	struct world world;
	struct mails mails = {0};

	(void)state;
	world_make(&world, 3);
	for (unsigned from = 0; from < ROWS; from += BATCH) {
		rows_add(&world, from, BATCH);
		notifier_start(&world);
		/* Start-up and a row each take some milliseconds. */
		moment((long)rng_below(&world.rng, 60000));
		notifier_end(&world, SIGKILL);
		world.kills++;
		some_are_read(&world);
	}
	assert_int_equal(world.kills, KILLS);
	wait_until_handled(&world, ROWS);
	notifier_end(&world, SIGTERM);
	mails_count(&world, "new", &mails);
	mails_count(&world, "cur", &mails);
	for (unsigned i = 0; i < ROWS; i++)
		assert_int_equal(mails.seen[i], i != POISON_ROW);
	assert_true(receipts_check(&world) >= 3 * (ROWS - 1) + 1);
	world_end(&world);
}

/* Both rows are tried, though the first one can't be delivered. */
static void
wait_for_failures(struct world *world, uint64_t count)
{
	const struct counters *counters = NULL;
	char run[PATH_SIZE];

	snprintf(run, sizeof(run), "%s/r", world->root);
	notifier_start(world);
	for (long waited = 0;; waited += 5) {
		assert_true(waited < WAIT_MS_MAX);
		moment(5000);
		if (!counters)
			counters = counters_open(run, "notifier");
		if (counters &&
		    counters_get(counters, COUNTER_NOTIFIER_FAILED) >= count)
			break;
	}
	counters_close(counters);
}

static void
a_full_maildir_is_waited_for(void **state)
{
	char new[PATH_SIZE], aside[PATH_SIZE];
	struct world world;

	(void)state;
	world_make(&world, 4);
	rows_add(&world, 0, 1);
	wait_for_mails(&world, 1);
	notifier_end(&world, SIGTERM);
	snprintf(new, sizeof(new), "%s/new", world.mail);
	snprintf(aside, sizeof(aside), "%s/aside", world.mail);
	/* Another folder stands there, in which the notifier can't write. */
	assert_int_equal(chmod(new, 0500), 0);
	assert_int_equal(rename(new, aside), 0);
	assert_int_equal(mkdir(new, 0755), 0);
	rows_add(&world, 1, 2);
	wait_for_failures(&world, 2);
	assert_int_equal(mails_now(&world), 0);
	assert_int_equal(rmdir(new), 0);
	assert_int_equal(rename(aside, new), 0);
	assert_int_equal(chmod(new, 0700), 0);
	notifier_end(&world, SIGTERM);
	wait_for_mails(&world, 3);
	world_end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fifty_kills),
	    cmocka_unit_test(a_full_maildir_is_waited_for),
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	base_us = (int64_t)now.tv_sec * TIMES_SECOND_US - TIMES_HOUR_US;
	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
