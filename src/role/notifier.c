/* SPDX-License-Identifier: Apache-2.0 */
/* The notifier's loop. */
#include "role/notifier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "role/counter_table.h"
#include "role/letter.h"
#include "role/notifier_post.h"
#include "role/sqlite_calls.h"
#include "role/store_place.h"

#define PAGE_ROWS 32
#define BODY_MAX LETTER_BYTES_MAX
#define WAIT_US_MAX TIMES_SECOND_US
#define RETAIN_EVERY_US TIMES_HOUR_US
#define PATH_SIZE (CONF_PATH_SIZE + 32)
enum { EXIT_CONF = 3, EXIT_SERVICE = 5, EXIT_FAULT = 70 };

/*
 * Rows are copied before they are delivered: a Maildir that hangs must not keep
 * the desk's journal from being taken in.
 */
struct page {
	size_t count;
	struct store_outbox rows[PAGE_ROWS];
	char kinds[PAGE_ROWS][16];
	uint8_t bodies[PAGE_ROWS][BODY_MAX];
};

struct notifier {
	struct role *role;
	struct notifier_post post;
	int bell, ring;
	char desk_folder[PATH_SIZE], desk_bell[PATH_SIZE];
	char spool_path[PATH_SIZE], ack_path[PATH_SIZE];
	const char *read_list[2], *write_list[3];
	struct role_fd_call fd_calls[4];
	struct role_needs needs;
	struct page page;
	struct store_place own, desk; /* whose stores are where */
	struct store_needs store_needs;
	uint64_t stamp;              /* of the desk's store that is open */
	uint64_t handled, newest;    /* row numbers: done with, seen */
	bool checked;                /* receipts the desk lacks are said */
	struct at_event due, oldest; /* of open rows; unset: none */
	int64_t retained_us;         /* monotonic */
	int desk_error, error, keep_error; /* said last */
};

/* One walk over the outbox. */
struct walk {
	uint64_t first_open; /* row number; 0: none */
	uint64_t behind;
	struct at_event due, oldest;
};

static volatile sig_atomic_t stopping;

static void
stop(int number)
{
	(void)number;
	stopping = 1;
}

/* ------------------------------------------------------------- before */

static void
paths_fill(struct notifier *notifier)
{
	const struct role *role = notifier->role;

	snprintf(notifier->desk_folder, PATH_SIZE, "%s/desk", role->state_root);
	snprintf(notifier->ack_path, PATH_SIZE, "%s/desk/ack.notifier",
		 role->state_root);
	snprintf(notifier->desk_bell, PATH_SIZE, "%s/desk.bell", role->run_dir);
	snprintf(notifier->spool_path, PATH_SIZE, "%s/spool", role->state_dir);
}

/*
 * Under another name until it is the notifier's: killed in between, a Maildir
 * of root's would stand there, and what stands there is left as it is.
 */
static int
mail_folder_make(const char *mail, const struct role_user *user)
{
	char making[PATH_SIZE];
	size_t length = strlen(mail);
	int error;

	while (length > 1 && mail[length - 1] == '/')
		length--;
	snprintf(making, sizeof(making), "%.*s.making", (int)length, mail);
	error = role_folder(making, user, 0700);
	if (!error && rename(making, mail) != 0)
		error = -errno;
	return error;
}

/*
 * Folders the sandbox grants must be there; a Maildir that we make is the
 * notifier's own, one that is there already is left as it is.
 */
static int
folders_make(struct notifier *notifier)
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
	if (!error && mail[0] && access(mail, F_OK) != 0) {
		failed = mail;
		error = mail_folder_make(mail, &user);
	}
	if (!error)
		error = notifier_post_init(&notifier->post, role->conf,
					   &failed);
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

#define CALLS                                                                \
	SQLITE_CALLS, SCMP_SYS(ppoll), SCMP_SYS(poll), SCMP_SYS(getdents64), \
	    SCMP_SYS(flock), SCMP_SYS(recvfrom), SCMP_SYS(msync),            \
	    SCMP_SYS(mkdirat), SCMP_SYS(renameat), SCMP_SYS(renameat2)

/* The mail server: one TCP port, sockets of the internet's families. */
static void
needs_add_server(struct notifier *notifier)
{
	static const int calls[] = {CALLS,
				    SCMP_SYS(connect),
				    SCMP_SYS(setsockopt),
				    SCMP_SYS(getsockopt),
				    SCMP_SYS(getsockname),
				    SCMP_SYS(getpeername),
				    SCMP_SYS(shutdown),
				    -1};
	const struct slice given = slice_of(notifier->role->conf->notice.smtp);
	struct endpoint server;

	if (endpoint_parse(given, &server) != 0 || server.port < 0)
		return; /* the configuration is checked */
	notifier->needs.syscalls = calls;
	notifier->needs.connect_port = (uint16_t)server.port;
	notifier->fd_calls[1] = (struct role_fd_call){SCMP_SYS(socket),
						      AF_INET};
	notifier->fd_calls[2] = (struct role_fd_call){SCMP_SYS(socket),
						      AF_INET6};
	notifier->fd_calls[3] = (struct role_fd_call){-1, -1};
}

static void
needs_fill(struct notifier *notifier)
{
	static const int calls[] = {CALLS, -1};

	notifier->read_list[0] = notifier->desk_folder;
	notifier->write_list[0] = notifier->role->state_dir;
	if (notifier->role->conf->notice.maildir[0])
		notifier->write_list[1] = notifier->role->conf->notice.maildir;
	notifier->fd_calls[0] = (struct role_fd_call){SCMP_SYS(sendto),
						      notifier->ring};
	notifier->fd_calls[1] = (struct role_fd_call){-1, -1};
	notifier->needs =
	    (struct role_needs){.read_paths = notifier->read_list,
				.write_paths = notifier->write_list,
				.syscalls = calls,
				.fd_calls = notifier->fd_calls};
	if (notifier->role->conf->notice.smtp[0])
		needs_add_server(notifier);
	store_place_needs(notifier->role->conf, &notifier->store_needs,
			  &notifier->needs);
}

int
notifier_open(struct role *role, struct notifier **notifier)
{
	struct notifier *made = memory_new(1, sizeof(*made));

	*notifier = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->bell = made->ring = -1;
	made->due = made->oldest = times_unset();
	made->post.counters = role->counters;
	made->post.read_at.us = role_clock_us(CLOCK_REALTIME);
	paths_fill(made);
	if (folders_make(made) != 0 || bells_open(made) != 0 ||
	    store_place(role->conf, role->state_root, "notifier", "notifier",
			&made->own) != 0 ||
	    store_place(role->conf, role->state_root, "desk", "notifier",
			&made->desk) != 0)
		return EXIT_CONF;
	needs_fill(made);
	return 0;
}

const struct role_needs *
notifier_needs(struct notifier *notifier)
{
	return &notifier->needs;
}

/* ------------------------------------------------------------- behind */

/* Goes on where the desk has read already, should our own spool be lost. */
static int
spool_begin(struct notifier *notifier)
{
	uint64_t read = 0;
	int error = spool_writer_open(notifier->spool_path,
				      &notifier->post.spool);

	if (!error && spool_watermark_read(notifier->ack_path, &read) == 0 &&
	    read > spool_writer_last(notifier->post.spool))
		error = spool_writer_skip(notifier->post.spool, read);
	if (error)
		fprintf(stderr, "notifier: %s: %s\n", notifier->spool_path,
			lz_strerror(error));
	return error;
}

/* Takes a signal that came while they were held back. */
static bool
stop_asked(void)
{
	const struct timespec none = {0, 0};
	sigset_t all;

	sigemptyset(&all);
	(void)ppoll(NULL, 0, &none, &all);
	return stopping;
}

static int
begin(struct notifier *notifier)
{
	int error;

	error = store_place_write(&notifier->own, &sql_notifier, "notifier",
				  stop_asked, &notifier->post.attempts);
	if (error)
		return error;
	error = spool_begin(notifier);
	if (error)
		return error;
	if (!notifier->post.conf->maildir[0] && !notifier->post.conf->smtp[0])
		fputs("notifier: no notice.maildir, no notice.smtp: nobody is "
		      "told\n",
		      stderr);
	if (notifier->post.conf->maildir[0] &&
	    notifier_post_ready(&notifier->post) != 0)
		return 0; /* said; it is tried again with each row */
	return 0;
}

static void
desk_close(struct notifier *notifier)
{
	store_close(notifier->post.desk);
	notifier->post.desk = NULL;
}

/* The desk's store, once it is there; anew when another one stands there. */
static bool
desk_readable(struct notifier *notifier)
{
	const uint64_t stamp = store_place_stamp(&notifier->desk);
	char message[STORE_MESSAGE_SIZE];
	int error;

	if (notifier->post.desk && stamp == notifier->stamp)
		return true;
	desk_close(notifier);
	/* A database may have been put back while it wasn't reached. */
	if (stamp != notifier->stamp || notifier->desk.postgres) {
		notifier->handled = notifier->newest = 0;
		notifier->checked = false;
	}
	notifier->stamp = stamp;
	error = store_open_reader(notifier->desk.where, &sql_desk,
				  &notifier->post.desk, message);
	if (error && error != notifier->desk_error && error != -ENOENT &&
	    error != LZ_E_STATE)
		fprintf(stderr, "notifier: %s: %s\n", notifier->desk.name,
			message);
	notifier->desk_error = error;
	return !error;
}

/* ---------------------------------------------------------------- rows */

static int
copy_row(void *context, const struct store_outbox *row)
{
	struct page *page = context;
	const size_t i = page->count++;

	page->rows[i] = *row;
	page->rows[i].kind = page->kinds[i];
	page->rows[i].body.at = page->bodies[i];
	/* What doesn't fit is no notice, and no letter either when it is cut. */
	if (!text_copy(page->kinds[i], sizeof(page->kinds[i]),
		       slice_of(row->kind)))
		page->kinds[i][0] = '\0';
	if (row->body.length > BODY_MAX)
		page->rows[i].body.length = 0;
	else if (row->body.length)
		memcpy(page->bodies[i], row->body.at, row->body.length);
	return 0;
}

static bool
earlier(struct at_event time, struct at_event than)
{
	return times_is_set(time) && (!times_is_set(than) || time.us < than.us);
}

static int
take_row(struct notifier *notifier, struct walk *walk,
	 const struct store_outbox *row, bool check)
{
	const struct at_event now = {role_clock_us(CLOCK_REALTIME)};
	struct at_event next;
	int answer = notifier_post_row(&notifier->post, row, now, check, &next);

	counters_beat(notifier->role->counters);
	if (answer <= 0)
		return answer;
	walk->behind++;
	if (!walk->first_open || row->id < walk->first_open)
		walk->first_open = row->id;
	if (earlier(next, walk->due))
		walk->due = next;
	if (earlier(row->due, walk->oldest))
		walk->oldest = row->due;
	return 0;
}

/* The rows of a lane up to `last`; 1 when it was told to stop. */
static int
walk_lane(struct notifier *notifier, struct walk *walk, enum store_lane lane,
	  uint64_t last, bool check)
{
	struct page *page = &notifier->page;
	uint64_t after = notifier->handled;
	int error;

	do {
		page->count = 0;
		error = desk_view_outbox(notifier->post.desk, lane, after,
					 PAGE_ROWS, copy_row, page);
		for (size_t i = 0; i < page->count && !error; i++) {
			after = page->rows[i].id;
			if (after > last)
				return 0;
			error = take_row(notifier, walk, &page->rows[i], check);
			if (!error && stop_asked())
				return 1;
		}
	} while (!error && page->count == PAGE_ROWS);
	return error;
}

/*
 * All that isn't done with.  `newest` was read first: a row of the lane that
 * was walked already, written meanwhile, stands above it.
 */
static int
walk_all(struct notifier *notifier, uint64_t newest, bool check)
{
	struct walk walk = {.due = times_unset(), .oldest = times_unset()};
	int error;

	notifier->post.no_contact = 0;
	error = walk_lane(notifier, &walk, STORE_LANE_RELEASE, newest, check);

	if (!error)
		error = walk_lane(notifier, &walk, STORE_LANE_NOTICE, newest,
				  check);
	if (error)
		return error;
	notifier->handled = walk.first_open ? walk.first_open - 1 : newest;
	notifier->newest = newest;
	notifier->checked = notifier->checked || check;
	notifier->due = walk.due;
	notifier->oldest = walk.oldest;
	counters_set(notifier->role->counters, COUNTER_NOTIFIER_BEHIND,
		     walk.behind);
	counters_set(notifier->role->counters, COUNTER_NOTIFIER_NO_CONTACT,
		     notifier->post.no_contact);
	return 0;
}

/* Somebody waits for a contact, and those we have are of yesterday. */
static bool
contacts_outdated(const struct notifier *notifier)
{
	return notifier->post.no_contact > 0 &&
	       role_clock_us(CLOCK_REALTIME) - notifier->post.read_at.us >=
		   NOTIFIER_CONTACTS_US;
}

/* Has the desk read all that was said?  Then what it doesn't know is lost. */
static bool
desk_has_read(const struct notifier *notifier)
{
	uint64_t read;

	return spool_watermark_read(notifier->ack_path, &read) == 0 &&
	       read >= spool_writer_last(notifier->post.spool);
}

static int
look(struct notifier *notifier)
{
	const struct at_event now = {role_clock_us(CLOCK_REALTIME)};
	const bool check = !notifier->checked && desk_has_read(notifier);
	uint64_t newest;
	int error = desk_view_outbox_newest(notifier->post.desk, &newest);

	if (error)
		return error;
	/* Put back from an older copy: its numbers are given again. */
	if (newest < notifier->newest) {
		notifier->handled = notifier->newest = 0;
		notifier->checked = false;
	}
	if (check)
		notifier->handled = 0;
	if (check || newest != notifier->newest ||
	    (times_is_set(notifier->due) && notifier->due.us <= now.us))
		return walk_all(notifier, newest, check);
	return 0;
}

static void
say_trouble(struct notifier *notifier, int error)
{
	if (error && error != notifier->error)
		fprintf(stderr,
			"notifier: %s; what is open waits (desk: %s; own "
			"store: %s)\n",
			lz_strerror(error), store_message(notifier->post.desk),
			store_message(notifier->post.attempts));
	notifier->error = error;
}

static void
pass(struct notifier *notifier)
{
	struct counters *counters = notifier->role->counters;
	int64_t age_us = 0;
	int error;

	if (!desk_readable(notifier))
		return;
	error = look(notifier);
	if (notifier->post.told)
		spool_bell_ring(notifier->ring, notifier->desk_bell);
	notifier->post.told = false;
	if (times_is_set(notifier->oldest))
		age_us = role_clock_us(CLOCK_REALTIME) - notifier->oldest.us;
	counters_set(counters, COUNTER_NOTIFIER_OLDEST_US,
		     age_us > 0 ? (uint64_t)age_us : 0);
	if (error > 0 || notifier->post.gone)
		return;
	say_trouble(notifier, error);
	if (error)
		desk_close(notifier);
}

static void
housekeep(struct notifier *notifier)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	const struct at_event before = {role_clock_us(CLOCK_REALTIME) -
					NOTIFIER_ATTEMPTS_KEPT_US};
	uint64_t read = 0;
	int error = spool_watermark_read(notifier->ack_path, &read);

	if (!error)
		error = spool_writer_trim(notifier->post.spool, read);
	if (!error && (!notifier->retained_us ||
		       now - notifier->retained_us >= RETAIN_EVERY_US)) {
		notifier->retained_us = now;
		error = notifier_store_retain(notifier->post.attempts, before);
	}
	if (error && error != notifier->keep_error)
		fprintf(stderr, "notifier: can't clean up: %s\n",
			lz_strerror(error));
	notifier->keep_error = error;
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

static int64_t
until_due_us(const struct notifier *notifier)
{
	int64_t left;

	if (notifier->error || !times_is_set(notifier->due))
		return WAIT_US_MAX;
	left = notifier->due.us - role_clock_us(CLOCK_REALTIME);
	if (left < 0)
		left = 0;
	return left < WAIT_US_MAX ? left : WAIT_US_MAX;
}

int
notifier_run(struct notifier *notifier, const char *note)
{
	signals_install();
	if (begin(notifier) != 0)
		return EXIT_CONF;
	role_ready(notifier->role, note);
	while (!stop_asked()) {
		pass(notifier);
		if (notifier->post.gone) {
			fprintf(stderr,
				"notifier: %s is another folder now: starting "
				"again, to be let into it\n",
				notifier->post.conf->maildir);
			return EXIT_SERVICE;
		}
		if (contacts_outdated(notifier)) {
			fputs("notifier: starting again, to read the contacts "
			      "anew: notices wait for one\n",
			      stderr);
			return EXIT_SERVICE;
		}
		counters_beat(notifier->role->counters);
		housekeep(notifier);
		wait_for_more(notifier, until_due_us(notifier));
	}
	return 0;
}

void
notifier_free(struct notifier *notifier)
{
	if (!notifier)
		return;
	contacts_free(notifier->post.contacts);
	contracts_free(notifier->post.accounts);
	maildir_close(&notifier->post.maildir);
	spool_writer_close(notifier->post.spool);
	store_close(notifier->post.attempts);
	store_close(notifier->post.desk);
	if (notifier->bell >= 0)
		close(notifier->bell);
	if (notifier->ring >= 0)
		close(notifier->ring);
	memory_free(notifier);
}
