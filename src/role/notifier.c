/* SPDX-License-Identifier: Apache-2.0 */
/* The notifier's loop. */
#include "role/notifier.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "notice/maildir.h"
#include "role/counter_table.h"
#include "role/letter.h"
#include "role/receipt.h"
#include "role/sqlite_calls.h"
#include "spool/spool.h"
#include "store/desk_view.h"
#include "store/notifier_store.h"

#define ROWS_A_PASS 100
#define WAIT_US TIMES_SECOND_US
#define RETAIN_EVERY_US TIMES_HOUR_US
#define ATTEMPTS_KEPT_US (90 * TIMES_DAY_US)
#define RETRY_US_MAX (15 * TIMES_MINUTE_US)
#define HANDLED_NAME "handled" /* file: outbox rows up to here are done */
#define PATH_SIZE (CONF_PATH_SIZE + 32)
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

struct notifier {
	struct role *role;
	struct store *desk; /* read-only; NULL: not there yet */
	struct store *attempts;
	struct spool_writer *spool;
	struct maildir maildir;
	bool has_maildir;
	int folder, bell, ring;
	char desk_folder[PATH_SIZE], desk_path[PATH_SIZE], desk_bell[PATH_SIZE];
	char spool_path[PATH_SIZE], ack_path[PATH_SIZE];
	const char *read_list[2], *write_list[3];
	struct role_fd_call fd_calls[2];
	struct role_needs needs;
	uint64_t handled;
	int64_t retained_us; /* monotonic */
	int desk_error;      /* said last */
	char message[NOTICE_BYTES_MAX];
};

/* One walk over the outbox. */
struct pass {
	struct notifier *notifier;
	struct at_event now;
	uint64_t first_open, last_seen; /* row numbers; 0: none */
	uint64_t behind;
	int64_t oldest_us;
};

static volatile sig_atomic_t stopping;

static void
stop(int number)
{
	(void)number;
	stopping = 1;
}

static int64_t
clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

static void
count(struct notifier *notifier, unsigned counter)
{
	counters_add(notifier->role->counters, counter, 1);
}

/* ------------------------------------------------------------- before */

static void
paths_fill(struct notifier *notifier)
{
	const struct role *role = notifier->role;

	snprintf(notifier->desk_folder, PATH_SIZE, "%s/desk", role->state_root);
	snprintf(notifier->desk_path, PATH_SIZE, "%s/desk/desk.sqlite",
		 role->state_root);
	snprintf(notifier->ack_path, PATH_SIZE, "%s/desk/ack.notifier",
		 role->state_root);
	snprintf(notifier->desk_bell, PATH_SIZE, "%s/desk.bell", role->run_dir);
	snprintf(notifier->spool_path, PATH_SIZE, "%s/spool", role->state_dir);
}

/*
 * Folders the sandbox grants must be there; a Maildir that we make is the
 * notifier's own, one that is there already is left as it is.
 */
static int
folders_make(const struct notifier *notifier)
{
	const struct role *role = notifier->role;
	const char *mail = role->conf->notice.maildir;
	struct role_user user, desk;
	const char *failed = notifier->spool_path;
	int error;

	role_user(role->conf, ROLE_NOTIFIER, &user);
	role_user(role->conf, ROLE_DESK, &desk);
	error = role_folder(notifier->spool_path, &user, 02750);
	if (!error && access(notifier->desk_folder, F_OK) != 0) {
		failed = notifier->desk_folder;
		error = role_folder(failed, &desk, 02750);
	}
	if (!error && notifier->has_maildir && access(mail, F_OK) != 0) {
		failed = mail;
		error = role_folder(mail, &user, 0700);
	}
	if (error)
		fprintf(stderr, "notifier: %s: %s\n", failed,
			lz_strerror(error));
	return error;
}

static int
bells_open(struct notifier *notifier)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/notifier.bell",
		 notifier->role->run_dir);
	notifier->bell = spool_bell_listen(path);
	notifier->ring = spool_bell_open();
	if (notifier->bell >= 0 && notifier->ring >= 0)
		return 0;
	fprintf(stderr, "notifier: %s: %s\n", path,
		lz_strerror(notifier->bell < 0 ? notifier->bell
					       : notifier->ring));
	return -EIO;
}

static void
needs_fill(struct notifier *notifier)
{
	static const int calls[] = {SQLITE_CALLS,
				    SCMP_SYS(ppoll),
				    SCMP_SYS(poll),
				    SCMP_SYS(getdents64),
				    SCMP_SYS(flock),
				    SCMP_SYS(recvfrom),
				    SCMP_SYS(msync),
				    SCMP_SYS(mkdirat),
				    SCMP_SYS(renameat),
				    SCMP_SYS(renameat2),
				    -1};

	notifier->read_list[0] = notifier->desk_folder;
	notifier->write_list[0] = notifier->role->state_dir;
	if (notifier->has_maildir)
		notifier->write_list[1] = notifier->role->conf->notice.maildir;
	notifier->fd_calls[0] = (struct role_fd_call){SCMP_SYS(sendto),
						      notifier->ring};
	notifier->fd_calls[1] = (struct role_fd_call){-1, -1};
	notifier->needs =
	    (struct role_needs){.read_paths = notifier->read_list,
				.write_paths = notifier->write_list,
				.syscalls = calls,
				.fd_calls = notifier->fd_calls};
}

int
notifier_open(struct role *role, struct notifier **notifier)
{
	struct notifier *made = memory_new(1, sizeof(*made));

	*notifier = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->folder = made->bell = made->ring = -1;
	made->maildir = (struct maildir){-1, -1, -1};
	made->has_maildir = role->conf->notice.maildir[0] != '\0';
	paths_fill(made);
	if (folders_make(made) != 0 || bells_open(made) != 0)
		return EXIT_CONF;
	made->folder = open(role->state_dir,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (made->folder < 0) {
		fprintf(stderr, "notifier: %s: %s\n", role->state_dir,
			strerror(errno));
		return EXIT_CONF;
	}
	needs_fill(made);
	return 0;
}

const struct role_needs *
notifier_needs(struct notifier *notifier)
{
	return &notifier->needs;
}

/* ------------------------------------------------------------- behind */

static int
maildir_begin(struct notifier *notifier)
{
	const char *path = notifier->role->conf->notice.maildir;
	int error;

	if (!notifier->has_maildir) {
		fputs("notifier: no notice.maildir: nobody is told\n", stderr);
		return 0;
	}
	error = maildir_open(path, &notifier->maildir);
	if (error)
		fprintf(stderr,
			"notifier: %s: %s; user %u must be able to write "
			"there\n",
			path, lz_strerror(error), (unsigned)geteuid());
	return error;
}

static int
begin(struct notifier *notifier)
{
	char path[PATH_SIZE];
	char message[STORE_MESSAGE_SIZE];
	uint64_t read = 0;
	int error;

	snprintf(path, sizeof(path), "%s/notifier.sqlite",
		 notifier->role->state_dir);
	error = store_open_writer(path, &sql_notifier,
				  (struct at_arrival){clock_us(CLOCK_REALTIME)},
				  &notifier->attempts, message);
	if (error) {
		fprintf(stderr, "notifier: %s: %s\n", path, message);
		return error;
	}
	snprintf(path, sizeof(path), "%s/" HANDLED_NAME,
		 notifier->role->state_dir);
	error = spool_watermark_read(path, &notifier->handled);
	if (!error)
		error = spool_writer_open(notifier->spool_path,
					  &notifier->spool);
	if (!error)
		error = spool_watermark_read(notifier->ack_path, &read);
	if (!error && read > spool_writer_last(notifier->spool))
		error = spool_writer_skip(notifier->spool, read);
	if (error)
		fprintf(stderr, "notifier: %s: %s\n", notifier->role->state_dir,
			lz_strerror(error));
	return error ? error : maildir_begin(notifier);
}

/* The desk's store, once it is there. */
static bool
desk_readable(struct notifier *notifier)
{
	char message[STORE_MESSAGE_SIZE];
	int error;

	if (notifier->desk)
		return true;
	error = store_open_reader(notifier->desk_path, &sql_desk,
				  &notifier->desk, message);
	if (error && error != notifier->desk_error && error != -ENOENT &&
	    error != LZ_E_STATE)
		fprintf(stderr, "notifier: %s: %s\n", notifier->desk_path,
			message);
	notifier->desk_error = error;
	return !error;
}

/* ---------------------------------------------------------------- rows */

static int
add_receipt(struct notifier *notifier, uint64_t notice, enum receipt_kind kind,
	    struct at_event time, const char *proof)
{
	struct receipt receipt = {.notice = notice, .kind = kind, .time = time};
	uint8_t bytes[RECEIPT_BYTES_MAX];
	struct writer writer;

	(void)text_copy(receipt.proof, sizeof(receipt.proof), slice_of(proof));
	writer_init(&writer, bytes, sizeof(bytes));
	receipt_encode(&writer, &receipt);
	return writer.failed ? LZ_E_FULL
			     : spool_writer_append(notifier->spool, bytes,
						   writer.length, NULL);
}

/* Renders and delivers; 0 also where it lay there already. */
static int
deliver(struct notifier *notifier, const struct notice_letter *letter,
	struct at_event now)
{
	struct text text;
	int error;

	text_init(&text, notifier->message, sizeof(notifier->message));
	error = notice_render(&notifier->role->conf->notice, letter, now,
			      &text);
	if (!error)
		error = maildir_deliver(&notifier->maildir, letter->id,
					notifier->message, text.length);
	if (!error)
		count(notifier, COUNTER_NOTIFIER_SENT);
	if (error != LZ_E_EXISTS)
		return error;
	count(notifier, COUNTER_NOTIFIER_THERE);
	return 0;
}

/* A local Maildir: handed over, taken and delivered in one step. */
static int
receipts_delivered(struct notifier *notifier, uint64_t notice,
		   struct at_event time)
{
	static const enum receipt_kind kinds[] = {RECEIPT_SENT,
						  RECEIPT_ACCEPTED,
						  RECEIPT_DELIVERED};
	char name[MAILDIR_NAME_SIZE];
	int error = 0;

	maildir_name(notice, name);
	for (size_t i = 0; i < 3 && !error; i++)
		error = add_receipt(notifier, notice, kinds[i], time, name);
	return error ? error : spool_writer_sync(notifier->spool);
}

static int64_t
retry_wait_us(uint64_t attempts)
{
	const uint64_t doublings = attempts > 11 ? 10 : attempts - 1;
	const int64_t wait = TIMES_SECOND_US << doublings;

	return wait < RETRY_US_MAX ? wait : RETRY_US_MAX;
}

/* Ends an attempt; an error of delivery is tried again later. */
static int
attempt_end(struct notifier *notifier, const struct store_outbox *row,
	    struct attempt *attempt, int error, const char *proof)
{
	attempt->ended = (struct at_event){clock_us(CLOCK_REALTIME)};
	attempt->result = error ? ATTEMPT_FAILED : ATTEMPT_DONE;
	if (error) {
		attempt->next.us = attempt->ended.us +
				   retry_wait_us(attempt->n);
		count(notifier, COUNTER_NOTIFIER_FAILED);
		if (attempt->n == 1)
			fprintf(stderr,
				"notifier: outbox row %" PRIu64 ": %s; it is "
				"tried again\n",
				row->id, lz_strerror(error));
	}
	return notifier_store_end(notifier->attempts, row->id, attempt, proof);
}

/* What can't be read will never be: said, written down, passed over. */
static int
pass_over(struct notifier *notifier, const struct store_outbox *row,
	  struct attempt *attempt, int why)
{
	int error;

	count(notifier, COUNTER_NOTIFIER_POISON);
	fprintf(stderr, "notifier: outbox row %" PRIu64 " passed over: %s\n",
		row->id, lz_strerror(why));
	error = add_receipt(notifier, row->notice, RECEIPT_FAILED,
			    attempt->started, "unreadable");
	if (!error)
		error = spool_writer_sync(notifier->spool);
	return error ? error
		     : attempt_end(notifier, row, attempt, 0, "unreadable");
}

/* Tries a row; 0 also where it has to be tried again: see its attempt. */
static int
row_try(struct notifier *notifier, const struct store_outbox *row,
	struct attempt *attempt, struct at_event now)
{
	struct notice_letter letter;
	struct cursor cursor;
	char name[MAILDIR_NAME_SIZE];
	int error = 0;

	/* One that was cut off goes on under its own time, so that its receipts
	 * are the same ones. */
	if (attempt->n == 0 || attempt->result != ATTEMPT_RUNNING)
		error = notifier_store_start(notifier->attempts, row->id,
					     row->notice, now, attempt);
	if (error)
		return error;
	cursor_init(&cursor, row->body.at, row->body.length);
	error = letter_decode(&cursor, &letter);
	if (!error && letter.id != row->notice)
		error = LZ_E_FORMAT;
	if (error)
		return pass_over(notifier, row, attempt, error);
	error = deliver(notifier, &letter, attempt->started);
	if (!error)
		error = receipts_delivered(notifier, letter.id,
					   attempt->started);
	maildir_name(letter.id, name);
	return attempt_end(notifier, row, attempt, error, error ? "" : name);
}

static int
take_row(void *context, const struct store_outbox *row)
{
	struct pass *pass = context;
	struct notifier *notifier = pass->notifier;
	struct attempt attempt;
	int error = notifier_store_last(notifier->attempts, row->id, &attempt);
	const int64_t age_us = pass->now.us - row->due.us;

	if (!error && attempt.result != ATTEMPT_DONE &&
	    (!times_is_set(attempt.next) || attempt.next.us <= pass->now.us))
		error = row_try(notifier, row, &attempt, pass->now);
	if (error)
		return error;
	pass->last_seen = row->id > pass->last_seen ? row->id : pass->last_seen;
	if (attempt.result == ATTEMPT_DONE)
		return stopping ? 1 : 0;
	pass->behind++;
	if (!pass->first_open || row->id < pass->first_open)
		pass->first_open = row->id;
	if (age_us > pass->oldest_us)
		pass->oldest_us = age_us;
	return stopping ? 1 : 0;
}

/* One walk; answers whether there may be more to do right now. */
static bool
pass_run(struct notifier *notifier)
{
	struct pass pass = {.notifier = notifier,
			    .now = {clock_us(CLOCK_REALTIME)}};
	struct counters *counters = notifier->role->counters;
	uint64_t handled;
	int error;

	if (!notifier->has_maildir || !desk_readable(notifier))
		return false;
	error = desk_view_outbox(notifier->desk, notifier->handled, ROWS_A_PASS,
				 take_row, &pass);
	if (error < 0) {
		fprintf(stderr, "notifier: %s (%s; %s)\n", lz_strerror(error),
			store_message(notifier->desk),
			store_message(notifier->attempts));
		store_close(notifier->desk);
		notifier->desk = NULL;
		return false;
	}
	handled = pass.first_open ? pass.first_open - 1 : pass.last_seen;
	counters_set(counters, COUNTER_NOTIFIER_BEHIND, pass.behind);
	counters_set(counters, COUNTER_NOTIFIER_OLDEST_US,
		     (uint64_t)pass.oldest_us);
	if (pass.last_seen)
		spool_bell_ring(notifier->ring, notifier->desk_bell);
	if (handled <= notifier->handled)
		return false;
	if (spool_watermark_write(notifier->folder, HANDLED_NAME, handled) == 0)
		notifier->handled = handled;
	return !pass.first_open;
}

static void
housekeep(struct notifier *notifier)
{
	const int64_t now = clock_us(CLOCK_MONOTONIC);
	const struct at_event before = {clock_us(CLOCK_REALTIME) -
					ATTEMPTS_KEPT_US};
	uint64_t read = 0;
	int error = spool_watermark_read(notifier->ack_path, &read);

	if (!error)
		error = spool_writer_trim(notifier->spool, read);
	if (!error && (!notifier->retained_us ||
		       now - notifier->retained_us >= RETAIN_EVERY_US)) {
		notifier->retained_us = now;
		error = notifier_store_retain(notifier->attempts, before);
	}
	if (error)
		fprintf(stderr, "notifier: can't clean up: %s\n",
			lz_strerror(error));
}

static void
signals_install(void)
{
	struct sigaction action = {.sa_handler = stop};
	sigset_t held;

	/* Held back but while waiting: a row is never cut. */
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGHUP, SIG_IGN);
}

static void
wait_for_more(const struct notifier *notifier, int64_t wait_us)
{
	struct pollfd polled = {.fd = notifier->bell, .events = POLLIN};
	const struct timespec timeout = {wait_us / TIMES_SECOND_US,
					 wait_us % TIMES_SECOND_US * 1000};
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(&polled, 1, &timeout, &none) > 0)
		spool_bell_drain(notifier->bell);
}

int
notifier_run(struct notifier *notifier, const char *note)
{
	signals_install();
	if (begin(notifier) != 0)
		return EXIT_CONF;
	role_ready(notifier->role, note);
	while (!stopping) {
		const bool more = pass_run(notifier);

		housekeep(notifier);
		wait_for_more(notifier, more ? 0 : WAIT_US);
	}
	return 0;
}

void
notifier_free(struct notifier *notifier)
{
	if (!notifier)
		return;
	maildir_close(&notifier->maildir);
	spool_writer_close(notifier->spool);
	store_close(notifier->attempts);
	store_close(notifier->desk);
	for (size_t i = 0; i < 3; i++) {
		const int fds[] = {notifier->folder, notifier->bell,
				   notifier->ring};

		if (fds[i] >= 0)
			close(fds[i]);
	}
	memory_free(notifier);
}
