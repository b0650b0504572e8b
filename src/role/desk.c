/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's loop. */
#include "role/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "role/chain_lines.h"
#include "role/counter_table.h"
#include "role/desk_inbox.h"
#include "role/desk_keep.h"
#include "role/desk_lease.h"
#include "role/desk_load.h"
#include "role/desk_retain.h"
#include "role/desk_stop.h"
#include "role/holders.h"
#include "role/sqlite_calls.h"
#include "role/store_place.h"
#include "store/audit_store.h"
#include "store/store.h"

#define WAIT_US_MAX TIMES_SECOND_US
#define RETAIN_US TIMES_HOUR_US
#define LINES_US TIMES_MINUTE_US
#define RETRY_US_MAX (30 * TIMES_SECOND_US)
#define COMMANDS_KEPT_US (365 * TIMES_DAY_US)
#define LOOKUPS_KEPT_US (365 * TIMES_DAY_US)
#define CLOCK_BEHIND_US TIMES_MINUTE_US
enum { EXIT_CONF = 3, EXIT_TAKEN = 5, EXIT_FAULT = 70 };

struct desk {
	struct role *role;
	struct holders *holders;
	struct rng rng;
	struct store *store;
	struct chain *chain;
	struct desk_policies policies;
	struct desk_keep keep;
	struct desk_inbox inbox;
	int folder, bell, ring;
	char notifier_bell[CONF_PATH_SIZE + 16];
	char enforcer_bell[CONF_PATH_SIZE + 16];
	char read_paths[DESK_SPOOL_COUNT][CONF_PATH_SIZE + 16];
	const char *read_list[DESK_SPOOL_COUNT + 1];
	const char *write_list[3];
	struct role_fd_call fd_calls[2];
	struct role_needs needs;
	struct store_place place, keys; /* whose stores are where */
	struct store_needs store_needs;
	struct leaf_store *leaves;
	struct desk_lease lease;
	bool erasing; /* there was more to erase than one slice */
	uint64_t acked[DESK_SPOOL_COUNT];
	struct chain_counts counted;        /* of this chain, in the counters */
	int64_t retained_us, clock_said_us; /* monotonic; 0: never */
	int64_t lines_us; /* monotonic; 0: not since the start */
	uint64_t stamp;   /* of the bindings' files when they were read */
	bool unwatched;   /* they can't be seen, or have changed: it is said */
	int64_t watched_us;                  /* monotonic */
	struct at_event bindings_were;       /* last seen unchanged */
	char doubt[HOLDERS_NAME_SIZE + 128]; /* why nothing acts; "" */
	bool doubt_kept;                     /* the store says so */
};

static volatile sig_atomic_t stopping;

static void
stop(int number)
{
	(void)number;
	stopping = 1;
}

static struct at_event
record_time(void)
{
	return (struct at_event){role_clock_us(CLOCK_REALTIME)};
}

/* ----------------------------------------------------------- before */

static int
rng_make(struct desk *desk)
{
	uint64_t seed = desk->role->seed;

	if (!seed && getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return -errno;
	rng_init(&desk->rng, seed);
	return 0;
}

/* The spools' folders, made where a role hasn't run yet: they are granted. */
static int
folders_make(struct desk *desk)
{
	static const enum role_number owners[DESK_SPOOL_COUNT] = {
	    [DESK_SPOOL_WEB] = ROLE_WEB,
	    [DESK_SPOOL_NOTIFIER] = ROLE_NOTIFIER,
	    [DESK_SPOOL_ENFORCER] = ROLE_ENFORCER,
	    [DESK_SPOOL_REGISTRAR] = ROLE_REGISTRAR,
	    [DESK_SPOOL_SENSOR] = ROLE_SENSOR};
	const struct role *role = desk->role;
	int error = 0;

	for (unsigned i = 0; i < DESK_SPOOL_COUNT && !error; i++) {
		struct role_user user;
		mode_t mode = 02750;

		snprintf(desk->read_paths[i], sizeof(desk->read_paths[i]),
			 "%s/%s", role->state_root, desk_spool_name(i));
		desk->read_list[i] = desk->read_paths[i];
		role_user(role->conf, ROLE_DESK, &user);
		if (i != DESK_SPOOL_COMMAND) {
			role_user(role->conf, owners[i], &user);
		} else {
			mode = 02770;
			if (user.switched)
				user.uid = 0;
		}
		if (access(desk->read_paths[i], F_OK) != 0)
			error = role_folder(desk->read_paths[i], &user, mode);
		if (error)
			fprintf(stderr, "desk: %s: %s\n", desk->read_paths[i],
				lz_strerror(error));
	}
	if (!error)
		error = holders_folder_make(desk->holders);
	return error;
}

static int
bells_open(struct desk *desk)
{
	char path[CONF_PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/desk.bell", desk->role->run_dir);
	snprintf(desk->notifier_bell, sizeof(desk->notifier_bell),
		 "%s/notifier.bell", desk->role->run_dir);
	snprintf(desk->enforcer_bell, sizeof(desk->enforcer_bell),
		 "%s/enforcer.bell", desk->role->run_dir);
	desk->bell = spool_bell_listen(path);
	desk->ring = spool_bell_open();
	if (desk->bell >= 0 && desk->ring >= 0)
		return 0;
	fprintf(stderr, "desk: %s: %s\n", path,
		lz_strerror(desk->bell < 0 ? desk->bell : desk->ring));
	return -EIO;
}

static void
needs_fill(struct desk *desk)
{
	static const int calls[] = {SQLITE_CALLS, SCMP_SYS(ppoll),
				    SCMP_SYS(poll), SCMP_SYS(getdents64),
				    SCMP_SYS(flock), SCMP_SYS(recvfrom),
				    SCMP_SYS(msync), HOLDERS_CALLS,
				    /* qsort asks how much memory there is. */
				    SCMP_SYS(sysinfo), -1};

	desk->write_list[0] = desk->role->state_dir;
	/* A reader of the index takes its slot in a file beside it. */
	if (*holders_folder(desk->holders))
		desk->write_list[1] = holders_folder(desk->holders);
	desk->fd_calls[0] = (struct role_fd_call){SCMP_SYS(sendto), desk->ring};
	desk->fd_calls[1] = (struct role_fd_call){-1, -1};
	desk->needs = (struct role_needs){.read_paths = desk->read_list,
					  .write_paths = desk->write_list,
					  .syscalls = calls,
					  .fd_calls = desk->fd_calls};
	store_place_needs(desk->role->conf, &desk->store_needs, &desk->needs);
}

int
desk_open(struct role *role, struct desk **desk)
{
	struct desk *made = memory_new(1, sizeof(*made));

	*desk = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->folder = made->bell = made->ring = -1;
	case_policy_seal(&role->conf->policy);
	/* Before it is read: what changes meanwhile is a change. */
	made->unwatched = holders_stamp(role->conf, &made->stamp) != 0;
	made->bindings_were = record_time();
	made->holders = holders_open(role->conf, HOLDERS_ALL, NULL);
	if (!made->holders)
		return EXIT_CONF;
	if (rng_make(made) != 0)
		return EXIT_FAULT;
	if (folders_make(made) != 0 || bells_open(made) != 0 ||
	    store_place(role->conf, role->state_root, "desk", "desk",
			&made->place) != 0 ||
	    store_place(role->conf, role->state_root, "keys", "desk",
			&made->keys) != 0)
		return EXIT_CONF;
	made->folder = open(role->state_dir,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (made->folder < 0) {
		fprintf(stderr, "desk: %s: %s\n", role->state_dir,
			strerror(errno));
		return EXIT_CONF;
	}
	desk_lease_init(&made->lease, role->run_dir);
	needs_fill(made);
	return 0;
}

const struct role_needs *
desk_needs(struct desk *desk)
{
	return &desk->needs;
}

/* ------------------------------------------------------------ behind */

/* Memory anew out of the store. */
static int
load(struct desk *desk)
{
	const struct conf *conf = desk->role->conf;
	const struct chain_conf chain = {.policy = &conf->policy,
					 .holders = desk->holders,
					 /* Live notices without a channel are
					  * refused by check-config. */
					 .reachable = true,
					 .rng = desk->rng,
					 .queue = DESK_SIGHTINGS_A_ROUND,
					 .party_of = desk_keep_party,
					 .parties_of = desk_keep_parties,
					 .party_find = desk_keep_find,
					 .sink = desk_keep_step,
					 .arrival = desk_keep_arrival,
					 .doubted = desk_recalls_doubt,
					 .doubted_context =
					     &desk->inbox.recalls,
					 .context = &desk->keep};
	uint8_t stopped = 0;
	int error;

	chain_free(desk->chain);
	desk_keep_drop(&desk->keep);
	error = desk_load(desk->store, &chain, &desk->policies, &desk->chain);
	desk->doubt_kept = false;
	desk->lines_us = 0;
	desk->counted = (struct chain_counts){0};
	desk->inbox.chain = desk->chain;
	desk->keep.book = desk->chain ? chain_book(desk->chain) : NULL;
	if (!error)
		error = desk_stop_load(desk->store, chain_book(desk->chain),
				       &stopped);
	if (!error)
		error = desk_inbox_rewind(&desk->inbox);
	counters_set(desk->role->counters, COUNTER_DESK_STOPPED, stopped);
	return error;
}

static int
policy_keep(struct desk *desk)
{
	const struct case_policy *policy = &desk->role->conf->policy;
	uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;
	int error;

	writer_init(&writer, bytes, sizeof(bytes));
	case_policy_encode(&writer, policy);
	if (writer.failed)
		return LZ_E_FULL;
	error = store_begin(desk->store);
	if (!error)
		error = desk_store_policy_add(
		    desk->store, policy->hash,
		    (struct store_bytes){bytes, writer.length}, record_time());
	if (!error)
		error = store_commit(desk->store);
	if (error)
		store_rollback(desk->store);
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

/* The store, and that of the keys of what is told to the ledger. */
static int
stores_open(struct desk *desk)
{
	struct store *keys;
	int error = store_place_write(&desk->place, &sql_desk, "desk",
				      stop_asked, &desk->store);

	if (!error)
		error = store_place_write(&desk->keys, &sql_keys, "desk",
					  stop_asked, &keys);
	return error ? error
		     : leaf_store_open(keys, desk->store, &desk->leaves);
}

/* The database has gone: waits a little, to ask it again. */
static bool
lost(int error)
{
	const struct timespec moment = {1, 0};

	if (error == -ENOTCONN)
		(void)ppoll(NULL, 0, &moment, NULL);
	return error == -ENOTCONN && !stop_asked();
}

/* Waits until the lease is ours; LZ_E_STATE: asked to stop before. */
static int
stand_by(struct desk *desk)
{
	const struct timespec moment = {1, 0};
	bool said = false;
	int error;

	while ((error = desk_lease_take(&desk->lease, desk->store,
					record_time())) == LZ_E_STATE ||
	       error == -ENOTCONN) {
		if (!said)
			fputs("desk: another desk has the lease of this store: "
			      "standing by\n",
			      stderr);
		said = true;
		counters_set(desk->role->counters, COUNTER_DESK_STANDBY, 1);
		counters_beat(desk->role->counters);
		if (stop_asked())
			return LZ_E_STATE;
		(void)ppoll(NULL, 0, &moment, NULL);
	}
	counters_set(desk->role->counters, COUNTER_DESK_STANDBY, 0);
	if (said && !error)
		fputs("desk: the lease of this store has run out: taking "
		      "over\n",
		      stderr);
	return error;
}

static int
begin(struct desk *desk)
{
	int error = stores_open(desk);

	if (!error)
		error = stand_by(desk);
	if (error)
		return error;
	desk->keep = (struct desk_keep){.store = desk->store,
					.conf = desk->role->conf,
					.counters = desk->role->counters,
					.rows = desk_rows_new(),
					.leaves = desk->leaves,
					.recalls = &desk->inbox.recalls,
					.rng = rng_fork(&desk->rng, 0)};
	error = desk_inbox_init(&desk->inbox, desk->role->state_root);
	if (error || !desk->keep.rows)
		return LZ_E_MEMORY;
	desk->inbox.store = desk->store;
	desk->inbox.keep = &desk->keep;
	desk->inbox.holders = desk->holders;
	desk->inbox.counters = desk->role->counters;
	do {
		error = policy_keep(desk);
		/* What a kill left undone of an erasure. */
		if (!error)
			error = leaf_store_destroy(desk->leaves);
		if (!error)
			error = load(desk);
	} while (lost(error));
	if (error)
		fprintf(stderr, "desk: %s: %s (%s)\n", desk->place.name,
			lz_strerror(error), store_message(desk->store));
	return error;
}

/* ------------------------------------------------------------- rounds */

/* Nobody is told or limited by what a silent source last said. */
static int
doubts_check(struct desk *desk)
{
	const struct case_policy *policy = &desk->role->conf->policy;
	char which[HOLDERS_NAME_SIZE], text[HOLDERS_NAME_SIZE + 128] = "";
	const char *doubt = policy->live_mode
				? holders_doubt(desk->holders, record_time(),
						which)
				: NULL;
	int error;

	case_book_stop(chain_book(desk->chain), CASE_STOP_SOURCES,
		       doubt ? CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE : 0,
		       doubt);
	if (doubt)
		snprintf(text, sizeof(text), "%s: %s", which, doubt);
	counters_set(desk->role->counters, COUNTER_DESK_DOUBTS, doubt != NULL);
	if (desk->doubt_kept && strcmp(text, desk->doubt) == 0)
		return 0;
	if (doubt)
		fprintf(stderr, "desk: nobody is told or limited for now: %s\n",
			text);
	else if (desk->doubt[0])
		fputs("desk: all sources of bindings have spoken: acts go "
		      "on\n",
		      stderr);
	error = desk_store_standing(desk->store, "bindings", record_time(),
				    doubt ? text : NULL);
	memcpy(desk->doubt, text, sizeof(text));
	desk->doubt_kept = !error;
	return error;
}

/* Lines that were given back: those that were told of, once a second; against
 * a word that was lost once a minute, and all of them at a start. */
static int
lines_check(struct desk *desk, struct at_event now)
{
	const int64_t clock = role_clock_us(CLOCK_MONOTONIC);
	const enum chain_lines_of what = desk->lines_us ? CHAIN_LINES_MEASURES
							: CHAIN_LINES_ALL;

	if (desk->lines_us && clock - desk->lines_us < LINES_US)
		return chain_lines_news(desk->chain, &desk->inbox.news, now);
	desk->lines_us = clock;
	holders_renew(desk->holders);
	return chain_lines(desk->chain, what, NULL, now);
}

/* Has this round something to commit? */
static bool
has_written(const struct desk *desk, uint64_t steps)
{
	bool wrote = desk->keep.steps != steps;

	for (unsigned i = 0; i < DESK_SPOOL_COUNT; i++)
		wrote |= desk->acked[i] != desk->inbox.taken[i];
	return wrote;
}

static int
round_take(struct desk *desk, bool *more)
{
	const struct at_event now = record_time();
	const uint64_t steps = desk->keep.steps;
	int error = store_begin(desk->store);

	desk->keep.now = now;
	if (!error)
		error = doubts_check(desk);
	/* Timers first: so an error further down is of what was taken in. */
	if (!error)
		error = chain_advance(desk->chain, now);
	if (!error)
		error = lines_check(desk, now);
	if (!error)
		error = desk_keep_flush(&desk->keep);
	if (!error)
		error = desk_inbox_round(&desk->inbox, now, more);
	if (!error)
		error = desk_lease_hold(&desk->lease, desk->store, now,
					has_written(desk, steps));
	if (!error)
		error = leaf_store_settle(desk->leaves);
	if (!error)
		error = store_commit(desk->store);
	return error;
}

/*
 * Cases never go back in time: while our clock is behind what is stored, timers
 * stand still and attacks look old.  A person has to set it right.
 */
static void
clock_check(struct desk *desk)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	const int64_t behind_us = chain_now(desk->chain).us - record_time().us;

	if (behind_us < CLOCK_BEHIND_US ||
	    (desk->clock_said_us && now - desk->clock_said_us < TIMES_HOUR_US))
		return;
	desk->clock_said_us = now;
	fprintf(stderr,
		"desk: our clock is %lld s behind what is stored: no timer "
		"fires until it has caught up; set the clock right\n",
		(long long)(behind_us / TIMES_SECOND_US));
}

/*
 * An old list would go on to vouch for whoever held a line when it was read.
 * The folder of a new file isn't ours to read: we are started again for it.
 */
static void
bindings_check(struct desk *desk)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	uint64_t stamp;
	int error;

	if (desk->unwatched ||
	    (desk->watched_us && now - desk->watched_us < TIMES_SECOND_US))
		return;
	desk->watched_us = now;
	error = holders_stamp(desk->role->conf, &stamp);
	if (!error && stamp == desk->stamp) {
		desk->bindings_were = record_time();
		return;
	}
	desk->unwatched = true;
	if (error) {
		fprintf(stderr,
			"desk: can't see when the files of `bindings` change "
			"(%s): send SIGHUP to `lazaret run` each time\n",
			lz_strerror(error));
		return;
	}
	holders_outdated(desk->holders, desk->bindings_were);
	fprintf(stderr, "desk: a file of `bindings` has changed: nobody is "
			"named for what is seen from now on until "
			"`lazaret run` gets a SIGHUP\n");
}

/* What went through the stages since the last time. */
static void
count_stages(struct desk *desk)
{
	struct counters *counters = desk->role->counters;
	const struct chain_counts before = desk->counted;
	struct chain_counts *now = &desk->counted;

	chain_count(desk->chain, now);
	counters_add(counters, COUNTER_DESK_ATTRIBUTED,
		     now->attributed - before.attributed);
	counters_add(counters, COUNTER_DESK_STEPPED,
		     now->stepped - before.stepped);
	counters_add(counters, COUNTER_DESK_QUEUE_FULL,
		     now->full - before.full);
	counters_set(counters, COUNTER_DESK_QUEUE_DEEPEST, now->deepest);
}

/* What is durable now may be forgotten by who sent it. */
static void
round_tell(struct desk *desk)
{
	struct counters *counters = desk->role->counters;

	for (unsigned i = 0; i < DESK_SPOOL_COUNT; i++) {
		char name[32];

		if (desk->acked[i] == desk->inbox.taken[i])
			continue;
		snprintf(name, sizeof(name), "ack.%s", desk_spool_name(i));
		if (spool_watermark_write(desk->folder, name,
					  desk->inbox.taken[i]) == 0)
			desk->acked[i] = desk->inbox.taken[i];
	}
	if (desk->keep.outbox_rang)
		spool_bell_ring(desk->ring, desk->notifier_bell);
	desk->keep.outbox_rang = false;
	if (desk->keep.measures_rang)
		spool_bell_ring(desk->ring, desk->enforcer_bell);
	desk->keep.measures_rang = false;
	counters_set(counters, COUNTER_DESK_CASES,
		     case_book_count(chain_book(desk->chain)));
	counters_set(counters, COUNTER_DESK_CASES_WHOLE,
		     case_book_whole(chain_book(desk->chain)));
	count_stages(desk);
	counters_set(counters, COUNTER_DESK_TURNED_AWAY,
		     case_book_turned_away(chain_book(desk->chain)));
	counters_set(counters, COUNTER_DESK_WAITING,
		     chain_waiting(desk->chain));
}

static void
forget(void *context, uint64_t case_id)
{
	struct desk *desk = context;

	case_book_forget(chain_book(desk->chain), case_id);
}

/* Once an hour, and on until it is done: what is older than it may be. */
static int
retain(struct desk *desk)
{
	const struct conf_retention *kept = &desk->role->conf->retention;
	const struct desk_retain it = {
	    .store = desk->store,
	    .leaves = desk->leaves,
	    .kept = {.cases_us = kept->cases_us,
		     .sightings_us = kept->sightings_us,
		     .commands_us = COMMANDS_KEPT_US},
	    .lookups_us = LOOKUPS_KEPT_US,
	    .forget = forget,
	    .context = desk};
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);

	if (!desk->erasing && desk->retained_us &&
	    now - desk->retained_us < RETAIN_US)
		return 0;
	desk->retained_us = now;
	return desk_retain_slice(&it, record_time(), &desk->erasing);
}

static void
wait_for_more(const struct desk *desk, int64_t wait_us, bool bell)
{
	struct pollfd polled = {.fd = desk->bell, .events = POLLIN};
	const struct timespec timeout = {wait_us / TIMES_SECOND_US,
					 wait_us % TIMES_SECOND_US * 1000};
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(&polled, bell ? 1 : 0, &timeout, &none) > 0)
		spool_bell_drain(desk->bell);
}

static int64_t
until_due_us(const struct desk *desk)
{
	const struct at_event due = case_book_due(chain_book(desk->chain));
	int64_t left;

	if (!times_is_set(due))
		return WAIT_US_MAX;
	left = due.us - record_time().us;
	if (left < 0)
		left = 0;
	return left < WAIT_US_MAX ? left : WAIT_US_MAX;
}

/* Undoes a round, waits a little and reads everything anew. */
static int
start_over(struct desk *desk, int error, int64_t wait_us)
{
	const char *said = store_message(desk->store);

	counters_add(desk->role->counters, COUNTER_DESK_ROUND_FAILED, 1);
	fprintf(stderr, "desk: a round is undone and tried again: %s%s%s\n",
		lz_strerror(error), *said ? "; last said by the store: " : "",
		said);
	store_rollback(desk->store);
	leaf_store_forget(desk->leaves);
	do {
		counters_beat(desk->role->counters);
		wait_for_more(desk, wait_us, false);
		error = stopping ? 0 : load(desk);
		/* A database that isn't reached yet is waited for. */
	} while (error == -ENOTCONN);
	return error;
}

static void
signals_install(void)
{
	struct sigaction action = {.sa_handler = stop};
	sigset_t held;

	/* Held back but while waiting: a round is never cut. */
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGHUP, SIG_IGN);
}

/* Nothing of the round is in the store; started again we stand by. */
static int
taken_over(struct desk *desk)
{
	store_rollback(desk->store);
	leaf_store_forget(desk->leaves);
	fputs("desk: another desk has taken over while this one was silent: "
	      "its round is undone, and it stops\n",
	      stderr);
	return EXIT_TAKEN;
}

int
desk_run(struct desk *desk, const char *note)
{
	int64_t wait_us = TIMES_SECOND_US;
	int begun;

	signals_install();
	begun = begin(desk);
	if (begun)
		return begun == LZ_E_STATE && stopping ? 0 : EXIT_CONF;
	role_ready(desk->role, note);
	while (!stop_asked()) {
		bool more = false;
		int error;

		bindings_check(desk);
		error = round_take(desk, &more);

		counters_beat(desk->role->counters);
		if (!error) {
			round_tell(desk);
			clock_check(desk);
			error = retain(desk);
			more |= desk->erasing;
		}
		if (!error) {
			wait_us = TIMES_SECOND_US;
			if (!more)
				wait_for_more(desk, until_due_us(desk), true);
			continue;
		}
		if (!times_is_set(desk->lease.renewed))
			return taken_over(desk);
		desk_inbox_blame(&desk->inbox, error);
		error = start_over(desk, error, wait_us);
		if (error)
			return EXIT_FAULT;
		wait_us = wait_us * 2 < RETRY_US_MAX ? wait_us * 2
						     : RETRY_US_MAX;
	}
	desk_lease_end(&desk->lease, desk->store, record_time());
	return 0;
}

void
desk_free(struct desk *desk)
{
	if (!desk)
		return;
	desk_inbox_fini(&desk->inbox);
	chain_free(desk->chain);
	desk_rows_free(desk->keep.rows);
	leaf_store_close(desk->leaves);
	store_close(desk->store);
	holders_close(desk->holders);
	for (size_t i = 0; i < 3; i++) {
		const int fds[] = {desk->folder, desk->bell, desk->ring};

		if (fds[i] >= 0)
			close(fds[i]);
	}
	memory_free(desk);
}
