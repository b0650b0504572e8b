/* SPDX-License-Identifier: Apache-2.0 */
/* The desk played by a test. */
#include "unit/role/posting.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "crypto/sha256.h"
#include "notice/maildir.h"
#include "role/counter_table.h"
#include "role/letter.h"
#include "role/receipt.h"
#include "role/state_folders.h"
#include "spool/spool.h"

#define CASE_ID 1
#define PARTY 7

struct at_event
posting_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct at_event){(int64_t)now.tv_sec * TIMES_SECOND_US +
				 now.tv_nsec / 1000};
}

/* ------------------------------------------------------------------ desk */

void
posting_init(struct posting *posting, bool mail)
{
	posting_init_as(posting, mail ? "notice: { maildir: \"MAIL\", from: "
					"\"Tried <desk@example.net>\", phone: "
					"\"202-555-0143\" }\n"
				      : "");
}

/* `from` with each word of ours replaced by `by`. */
static void
replace(char *to, size_t size, const char *from, const char *word,
	const char *by)
{
	size_t at = 0;

	while (*from && at + strlen(by) + 1 < size)
		if (strncmp(from, word, strlen(word)) == 0) {
			at += (size_t)snprintf(to + at, size - at, "%s", by);
			from += strlen(word);
		} else {
			to[at++] = *from++;
		}
	to[at] = '\0';
}

void
posting_init_as(struct posting *posting, const char *notice)
{
	char more[1024];
	struct conf_errors errors;
	struct conf *conf;

	memset(posting, 0, sizeof(*posting));
	assert_int_equal(crypto_init(), 0);
	running_init(&posting->running);
	snprintf(posting->mail, sizeof(posting->mail), "%s/mail",
		 posting->running.folder);
	replace(more, sizeof(more), notice, "MAIL", posting->mail);
	running_configure(&posting->running, more);
	assert_int_equal(conf_read(posting->running.conf, &conf, &errors), 0);
	assert_int_equal(state_folders_make(conf), 0);
	conf_free(conf);
	snprintf(posting->desk, sizeof(posting->desk), "%s/desk/desk.sqlite",
		 posting->running.state);
	snprintf(posting->bell, sizeof(posting->bell), "%s/notifier.bell",
		 posting->running.run);
	posting->ring = spool_bell_open();
	assert_true(posting->ring >= 0);
	counters_close(counters_create(posting->running.run, "notifier"));
	posting->page = counters_open(posting->running.run, "notifier");
	assert_non_null(posting->page);
}

void
posting_fini(struct posting *posting)
{
	if (posting->pid > 0) {
		kill(posting->pid, SIGKILL);
		waitpid(posting->pid, NULL, 0);
	}
	posting_desk_close(posting);
	counters_close(posting->page);
	close(posting->ring);
	running_fini(&posting->running);
}

void
posting_desk_open(struct posting *posting)
{
	const struct at_event now = posting_now();
	struct store_case record = {.id = CASE_ID,
				    .party = {PARTY},
				    .known = true,
				    .state = CASE_NOTICED,
				    .certainty = CERTAINTY_CERTAIN,
				    .version = 1,
				    .classes = 1u << RSIT_SCANNER,
				    .opened = now,
				    .changed = now,
				    .last = now,
				    .due = times_unset(),
				    .closed = times_unset(),
				    .record = {(const uint8_t *)"r", 1}};
	char message[STORE_MESSAGE_SIZE];
	int error;

	assert_int_equal(store_open_writer(posting->desk, &sql_desk,
					   (struct at_arrival){now.us},
					   &posting->store, message),
			 0);
	error = desk_store_party_add(posting->store, record.party, "line-7",
				     true, now);
	assert_true(error == 0 || error == LZ_E_EXISTS);
	assert_int_equal(desk_store_case_put(posting->store, &record), 0);
}

void
posting_desk_close(struct posting *posting)
{
	store_close(posting->store);
	posting->store = NULL;
}

void
posting_letter(uint64_t notice, struct notice_letter *letter)
{
	const int64_t now_us = posting_now().us;
	struct sighting *sighting = &letter->sighting;

	*letter = (struct notice_letter){.id = notice,
					 .code_bits = notice * 7,
					 .step = 1,
					 .created = {now_us},
					 .grace_us = 3 * TIMES_DAY_US,
					 .quiet_us = 14 * TIMES_DAY_US};
	assert_int_equal(addr_parse(slice_of("192.0.2.17"), &sighting->address),
			 0);
	sighting->subject.prefix = prefix_of(&sighting->address, 128);
	strcpy(sighting->origin, "own-flow");
	strcpy(sighting->detector, "scan/1");
	sighting->class = RSIT_SCANNER;
	sighting->role = ROLE_INFECTED;
	sighting->proto = 6;
	sighting->port = 40000;
	sighting->marks = SIGHTING_HAS_PORT;
	sighting->first.us = now_us - TIMES_MINUTE_US;
	sighting->last.us = now_us;
	sighting->time = sighting->known = sighting->last;
	sighting_seal(sighting);
}

static void
add_row(struct posting *posting, struct store_outbox *row)
{
	const struct store_notice notice = {.id = row->notice,
					    .case_id = CASE_ID,
					    .step = 1,
					    .code_bits = row->notice,
					    .channel = "maildir",
					    .created = row->due};

	row->case_id = CASE_ID;
	if (!row->kind)
		row->kind = "notice";
	assert_int_equal(store_begin(posting->store), 0);
	if (strcmp(row->kind, "notice") == 0)
		assert_int_equal(desk_store_notice_add(posting->store, &notice),
				 0);
	assert_int_equal(desk_store_outbox_add(posting->store, row), 0);
	assert_int_equal(store_commit(posting->store), 0);
	spool_bell_ring(posting->ring, posting->bell);
}

static void
add_letter(struct posting *posting, const struct notice_letter *letter,
	   enum store_lane lane)
{
	uint8_t bytes[LETTER_BYTES_MAX];
	struct store_outbox row = {.notice = letter->id,
				   .kind = letter->wrong ? "correction"
							 : "notice",
				   .lane = lane,
				   .due = letter->created};
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	letter_encode(&writer, letter);
	assert_false(writer.failed);
	row.body = (struct store_bytes){bytes, writer.length};
	add_row(posting, &row);
}

void
posting_add(struct posting *posting, enum store_lane lane, uint64_t notice)
{
	struct notice_letter letter;

	posting_letter(notice, &letter);
	add_letter(posting, &letter, lane);
}

void
posting_add_letter(struct posting *posting, const struct notice_letter *letter)
{
	add_letter(posting, letter, STORE_LANE_NOTICE);
}

void
posting_add_body(struct posting *posting, uint64_t notice, struct at_event due,
		 const void *body, size_t length)
{
	struct store_outbox row = {.notice = notice,
				   .lane = STORE_LANE_NOTICE,
				   .due = due,
				   .body = {body, length}};

	add_row(posting, &row);
}

/* -------------------------------------------------------------- notifier */

static void
exec_notifier(const struct posting *posting)
{
	const char *build = getenv("LAZARET_BUILD");
	char program[1024], config[] = "--config";
	char *arguments[] = {program, config,
			     (char *)(uintptr_t)posting->running.conf, NULL};

	snprintf(program, sizeof(program), "%s/lazaret-notifier",
		 build ? build : ".");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(open(posting->running.err, O_WRONLY | O_CREAT | O_APPEND,
		      0644),
		 2) < 0)
		_exit(98);
	/* exit, not _exit: leaks are looked for at the end. */
	if (posting->inside)
		exit(posting->inside(posting->running.conf));
	execv(program, arguments);
	_exit(98);
}

void
posting_start(struct posting *posting, bool wait)
{
	/* One that was killed early may not have said it. */
	const unsigned said = running_said(&posting->running,
					   "notifier: ready");

	assert_int_equal(posting->pid, 0);
	posting->pid = fork();
	assert_true(posting->pid >= 0);
	if (posting->pid == 0)
		exec_notifier(posting);
	if (wait)
		running_wait_said(&posting->running, "notifier: ready",
				  said + 1);
}

struct ending {
	pid_t pid;
	int status;
};

static bool
has_ended(void *context)
{
	struct ending *ending = context;

	return waitpid(ending->pid, &ending->status, WNOHANG) == ending->pid;
}

int
posting_end(struct posting *posting, int signal)
{
	struct ending ending = {posting->pid, 0};

	if (signal)
		assert_int_equal(kill(posting->pid, signal), 0);
	if (!running_until(has_ended, &ending, RUNNING_DEADLINE_MS))
		fail_msg("the notifier doesn't end");
	posting->pid = 0;
	return WIFEXITED(ending.status) ? WEXITSTATUS(ending.status) : -1;
}

struct counting {
	const struct posting *posting;
	unsigned counter;
	uint64_t value;
};

static bool
has_counted(void *context)
{
	const struct counting *counting = context;

	return counters_get(counting->posting->page, counting->counter) ==
	       counting->value;
}

void
posting_wait(struct posting *posting, unsigned counter, uint64_t value)
{
	struct counting counting = {posting, counter, value};

	if (!running_until(has_counted, &counting, RUNNING_DEADLINE_MS))
		fail_msg("%s is %llu, not %llu", counter_rows[counter].name,
			 (unsigned long long)counters_get(posting->page,
							  counter),
			 (unsigned long long)value);
}

/* ----------------------------------------------------------- what came out */

static unsigned
files_like(const struct posting *posting, const char *folder, const char *start)
{
	char path[RUNNING_PATH_SIZE + 8];
	const struct dirent *entry;
	unsigned count = 0;
	DIR *files;

	snprintf(path, sizeof(path), "%s/%s", posting->mail, folder);
	files = opendir(path);
	while (files && (entry = readdir(files)))
		count += entry->d_name[0] != '.' &&
			 strncmp(entry->d_name, start, strlen(start)) == 0;
	if (files)
		closedir(files);
	return count;
}

unsigned
posting_files(const struct posting *posting, const char *folder)
{
	return files_like(posting, folder, "");
}

unsigned
posting_delivered(const struct posting *posting, uint64_t notice)
{
	char name[MAILDIR_NAME_SIZE];

	maildir_name(notice, name);
	return files_like(posting, "new", name) +
	       files_like(posting, "cur", name);
}

static void
take_receipt(struct posting *posting, const uint8_t *body, size_t length)
{
	struct posting_receipt *kept;
	struct receipt receipt;
	struct cursor cursor;

	cursor_init(&cursor, body, length);
	assert_int_equal(receipt_decode(&cursor, &receipt), 0);
	for (size_t i = 0; i < posting->receipt_count; i++)
		if (posting->receipts[i].notice == receipt.notice &&
		    posting->receipts[i].correction == receipt.correction &&
		    posting->receipts[i].kind == receipt.kind &&
		    posting->receipts[i].time_us == receipt.time.us)
			return;
	assert_true(posting->receipt_count < POSTING_RECEIPTS_MAX);
	kept = &posting->receipts[posting->receipt_count++];
	kept->notice = receipt.notice;
	kept->kind = receipt.kind;
	kept->correction = receipt.correction;
	kept->time_us = receipt.time.us;
	memcpy(kept->proof, receipt.proof, sizeof(kept->proof));
}

void
posting_receipts_read(struct posting *posting)
{
	char path[RUNNING_PATH_SIZE + 32];
	struct spool_reader *reader;
	const uint8_t *body;
	uint64_t sequence;
	size_t length;
	int got;

	posting->receipt_count = 0;
	snprintf(path, sizeof(path), "%s/notifier/spool",
		 posting->running.state);
	assert_int_equal(spool_reader_open(path, 0, &reader), 0);
	while ((got = spool_reader_next(reader, &body, &length, &sequence)) ==
	       1)
		take_receipt(posting, body, length);
	assert_int_equal(got, 0);
	assert_int_equal(spool_reader_lost(reader), 0);
	spool_reader_close(reader);
}

unsigned
posting_receipts(const struct posting *posting, uint64_t notice,
		 enum receipt_kind kind)
{
	unsigned count = 0;

	for (size_t i = 0; i < posting->receipt_count; i++)
		count += posting->receipts[i].notice == notice &&
			 posting->receipts[i].kind == kind;
	return count;
}

struct receiving {
	struct posting *posting;
	size_t count;
};

static bool
has_received(void *context)
{
	const struct receiving *receiving = context;

	posting_receipts_read(receiving->posting);
	return receiving->posting->receipt_count >= receiving->count;
}

void
posting_wait_receipts(struct posting *posting, size_t count)
{
	struct receiving receiving = {posting, count};

	if (!running_until(has_received, &receiving, RUNNING_DEADLINE_MS))
		fail_msg("%zu receipts, not %zu", posting->receipt_count,
			 count);
}
