/* SPDX-License-Identifier: Apache-2.0 */
/* The enforcer's loop. */
#include "role/enforcer.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "role/counter_table.h"
#include "role/effect.h"
#include "role/enforcing.h"
#include "role/sqlite_calls.h"
#include "role/store_place.h"
#include "spool/spool.h"

#define WAIT_US TIMES_SECOND_US
#define RETAIN_EVERY_US TIMES_HOUR_US
#define STATES_KEPT_US (14 * TIMES_DAY_US)
/* Of its time it may spend looking. */
#define LOOK_SHARE 20
#define PATH_SIZE (CONF_PATH_SIZE + 32)
enum { EXIT_CONF = 3, EXIT_SERVICE = 5, EXIT_FAULT = 70 };

struct enforcer {
	struct role *role;
	bool shadow;
	struct store *desk;            /* read-only; NULL: not there yet */
	struct store_place own, place; /* of our store, and of the desk's */
	struct store_needs store_needs;
	uint64_t desk_stamp; /* of the desk's store that is open */
	struct store *store;
	struct spool_writer *spool;
	struct device device;
	struct guard guard;
	struct enforcing enforcing;
	int bell, ring;
	char desk_folder[PATH_SIZE], desk_bell[PATH_SIZE];
	char spool_path[PATH_SIZE], ack_path[PATH_SIZE];
	const char *read_list[2], *write_list[2];
	struct role_fd_call fd_calls[4];
	struct role_needs needs;
	int64_t retained_us;                     /* monotonic */
	int desk_error, pass_error, spool_error; /* said last */
	bool gone; /* what the device was given: start again */
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
paths_fill(struct enforcer *enforcer)
{
	const struct role *role = enforcer->role;

	snprintf(enforcer->desk_folder, PATH_SIZE, "%s/desk", role->state_root);
	snprintf(enforcer->ack_path, PATH_SIZE, "%s/desk/ack.enforcer",
		 role->state_root);
	snprintf(enforcer->desk_bell, PATH_SIZE, "%s/desk.bell", role->run_dir);
	snprintf(enforcer->spool_path, PATH_SIZE, "%s/spool", role->state_dir);
}

/* Folders that the sandbox grants must be there. */
static int
folders_make(const struct enforcer *enforcer)
{
	const struct role *role = enforcer->role;
	const char *failed = enforcer->spool_path;
	struct role_user user, desk;
	int error;

	role_user(role->conf, ROLE_ENFORCER, &user);
	role_user(role->conf, ROLE_DESK, &desk);
	error = role_folder(failed, &user, 02750);
	if (!error && access(enforcer->desk_folder, F_OK) != 0) {
		failed = enforcer->desk_folder;
		error = role_folder(failed, &desk, 02750);
	}
	if (error)
		fprintf(stderr, "enforcer: %s: %s\n", failed,
			lz_strerror(error));
	return error;
}

static int
bells_open(struct enforcer *enforcer)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/enforcer.bell",
		 enforcer->role->run_dir);
	enforcer->bell = spool_bell_listen(path);
	enforcer->ring = spool_bell_open();
	if (enforcer->bell >= 0 && enforcer->ring >= 0)
		return 0;
	fprintf(stderr, "enforcer: %s: %s\n", path,
		lz_strerror(enforcer->bell < 0 ? enforcer->bell
					       : enforcer->ring));
	return -EIO;
}

static void
assigned_fill(const struct conf *conf, struct plan_lengths *lengths)
{
	for (size_t i = 0; i < conf->inside_count; i++) {
		const uint8_t assign = conf->inside_items[i].assign;
		size_t at = 0;

		while (at < lengths->count && lengths->at[at] != assign)
			at++;
		if (at == lengths->count && at < PLAN_LENGTHS_MAX)
			lengths->at[lengths->count++] = assign;
	}
}

static int
device_open(struct enforcer *enforcer)
{
	const struct conf *conf = enforcer->role->conf;
	struct device *device = &enforcer->device;
	struct device_conf device_conf = {.quarantine = &conf->quarantine,
					  .essential_count =
					      conf->essential_count,
					  .essential = conf->essential};
	int error;

	if (!driver_of(conf->quarantine.driver)) {
		fputs("enforcer: quarantine.driver is none: nothing to "
		      "enforce with\n",
		      stderr);
		return EXIT_CONF;
	}
	if (conf->essential_count == 0) {
		fputs("enforcer: `essential` is empty: expected the prefixes "
		      "that no measure may cut\n",
		      stderr);
		return EXIT_CONF;
	}
	enforcer->guard = (struct guard){&conf->quarantine,
					 conf->essential_count, conf->essential,
					 conf->inside_count,
					 conf->inside_items};
	assigned_fill(conf, &device_conf.assigned);
	device->driver = driver_of(enforcer->shadow ? QUARANTINE_NULL
						    : conf->quarantine.driver);
	error = device->driver->open(device, &device_conf);
	if (error)
		fprintf(stderr, "enforcer: %s: %s\n", device->driver->name,
			device->message[0] ? device->message
					   : lz_strerror(error));
	return error ? EXIT_SERVICE : 0;
}

static void
needs_fill(struct enforcer *enforcer)
{
	static const int calls[] = {SQLITE_CALLS,    SCMP_SYS(ppoll),
				    SCMP_SYS(poll),  SCMP_SYS(getdents64),
				    SCMP_SYS(flock), SCMP_SYS(recvfrom),
				    SCMP_SYS(msync), -1};
	const int device = enforcer->device.fd;
	size_t i = 0;

	enforcer->read_list[0] = enforcer->desk_folder;
	enforcer->write_list[0] = enforcer->role->state_dir;
	enforcer->fd_calls[i++] = (struct role_fd_call){SCMP_SYS(sendto),
							enforcer->ring};
	if (device >= 0) {
		enforcer->fd_calls[i++] =
		    (struct role_fd_call){SCMP_SYS(sendto), device};
		enforcer->fd_calls[i++] =
		    (struct role_fd_call){SCMP_SYS(recvmsg), device};
	}
	enforcer->fd_calls[i] = (struct role_fd_call){-1, -1};
	enforcer->needs = (struct role_needs){
	    .read_paths = enforcer->read_list,
	    .write_paths = enforcer->write_list,
	    .syscalls = calls,
	    .fd_calls = enforcer->fd_calls,
	    .capabilities = device >= 0 ? UINT64_C(1) << CAP_NET_ADMIN : 0};
	store_place_needs(enforcer->role->conf, &enforcer->store_needs,
			  &enforcer->needs);
}

int
enforcer_open(struct role *role, struct enforcer **enforcer)
{
	struct enforcer *made = memory_new(1, sizeof(*made));
	int code;

	*enforcer = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->bell = made->ring = made->device.fd = -1;
	made->shadow = !role->conf->policy.live_mode;
	paths_fill(made);
	code = device_open(made);
	if (code)
		return code;
	if (folders_make(made) != 0 || bells_open(made) != 0 ||
	    store_place(role->conf, role->state_root, "enforcer", "enforcer",
			&made->own) != 0 ||
	    store_place(role->conf, role->state_root, "desk", "enforcer",
			&made->place) != 0)
		return EXIT_CONF;
	needs_fill(made);
	return 0;
}

const struct role_needs *
enforcer_needs(struct enforcer *enforcer)
{
	return &enforcer->needs;
}

/* ------------------------------------------------------------- behind */

static bool
stop_asked(void)
{
	return stopping;
}

static int
begin(struct enforcer *enforcer)
{
	const struct conf *conf = enforcer->role->conf;
	uint64_t read = 0;
	int error;

	error = store_place_write(&enforcer->own, &sql_enforcer, "enforcer",
				  stop_asked, &enforcer->store);
	if (error)
		return error;
	enforcer->enforcing =
	    (struct enforcing){.guard = &enforcer->guard,
			       .device = &enforcer->device,
			       .store = enforcer->store,
			       .counters = enforcer->role->counters,
			       .timeout_us = conf->quarantine.timeout_us};
	error = enforcing_load(&enforcer->enforcing);
	if (!error)
		error = spool_writer_open(enforcer->spool_path,
					  &enforcer->spool);
	if (!error)
		error = spool_watermark_read(enforcer->ack_path, &read);
	if (error == -ENOENT)
		error = 0;
	if (!error && read > spool_writer_last(enforcer->spool))
		error = spool_writer_skip(enforcer->spool, read);
	if (error)
		fprintf(stderr, "enforcer: %s: %s\n", enforcer->role->state_dir,
			lz_strerror(error));
	return error;
}

static void
desk_close(struct enforcer *enforcer)
{
	store_close(enforcer->desk);
	enforcer->desk = NULL;
}

/* The desk's store, once it is there; anew where it was put back from a copy:
 * what the old one desires isn't desired any more. */
static bool
desk_readable(struct enforcer *enforcer)
{
	const uint64_t stamp = store_place_stamp(&enforcer->place);
	char message[STORE_MESSAGE_SIZE];
	int error;

	if (!enforcer->place.postgres && stamp == 0) {
		desk_close(enforcer);
		return false;
	}
	if (enforcer->desk && stamp == enforcer->desk_stamp)
		return true;
	desk_close(enforcer);
	enforcer->desk_stamp = stamp;
	error = store_open_reader(enforcer->place.where, &sql_desk,
				  &enforcer->desk, message);
	if (error && error != enforcer->desk_error && error != -ENOENT &&
	    error != LZ_E_STATE)
		fprintf(stderr, "enforcer: %s: %s\n", enforcer->place.name,
			message);
	enforcer->desk_error = error;
	return !error;
}

struct handing {
	struct enforcer *enforcer;
	uint64_t last;
};

static int
hand_over(void *context, const struct device_effect *row)
{
	struct handing *handing = context;
	struct effect effect = {.measure = row->measure,
				.on = row->on,
				.kind = row->kind,
				.time = row->time};
	uint8_t bytes[EFFECT_BYTES_MAX];
	struct writer writer;

	(void)text_copy(effect.device, sizeof(effect.device),
			slice_of(handing->enforcer->device.driver->name));
	(void)text_copy(effect.detail, sizeof(effect.detail),
			slice_of(row->detail));
	writer_init(&writer, bytes, sizeof(bytes));
	effect_encode(&writer, &effect);
	handing->last = row->n;
	return writer.failed ? LZ_E_FULL
			     : spool_writer_append(handing->enforcer->spool,
						   bytes, writer.length, NULL);
}

/* What was written down, into the spool; the same again after a kill. */
static void
effects_tell(struct enforcer *enforcer)
{
	struct handing handing = {enforcer, 0};
	int error;

	if (!enforcer->enforcing.told)
		return;
	error = enforcer_store_effects(enforcer->store, hand_over, &handing);
	if (!error && handing.last)
		error = spool_writer_sync(enforcer->spool);
	if (!error && handing.last)
		error = enforcer_store_effects_done(enforcer->store,
						    handing.last);
	if (!error) {
		enforcer->enforcing.told = false;
		spool_bell_ring(enforcer->ring, enforcer->desk_bell);
	} else if (error != enforcer->spool_error) {
		fprintf(stderr, "enforcer: %s: %s\n", enforcer->spool_path,
			lz_strerror(error));
	}
	enforcer->spool_error = error;
}

/* One pass; answers how long the next may wait. */
static int64_t
pass(struct enforcer *enforcer)
{
	const int64_t started = role_clock_us(CLOCK_MONOTONIC);
	const int64_t longest = enforcer->role->conf->quarantine.timeout_us / 6;
	const char *shown = "";
	int64_t wait_us;
	int error;

	/* What was asked while live stands as it was, and ends by itself. */
	if (enforcer->shadow || !desk_readable(enforcer))
		return WAIT_US;
	error = enforcing_pass(&enforcer->enforcing, enforcer->desk,
			       (struct at_event){role_clock_us(CLOCK_REALTIME)},
			       &shown);
	if (error && error != enforcer->pass_error)
		fprintf(stderr, "enforcer: %s: %s (%s; %s)\n", shown,
			lz_strerror(error), store_message(enforcer->store),
			enforcer->device.message);
	enforcer->pass_error = error;
	enforcer->gone = error == LZ_E_NOT_FOUND;
	if (error)
		desk_close(enforcer);
	effects_tell(enforcer);
	wait_us = (role_clock_us(CLOCK_MONOTONIC) - started) * LOOK_SHARE;
	if (wait_us > longest)
		wait_us = longest;
	return wait_us < WAIT_US ? WAIT_US : wait_us;
}

static void
housekeep(struct enforcer *enforcer)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	uint64_t read = 0;
	int error;

	if (enforcer->retained_us &&
	    now - enforcer->retained_us < RETAIN_EVERY_US)
		return;
	enforcer->retained_us = now;
	error = spool_watermark_read(enforcer->ack_path, &read);
	if (!error)
		error = spool_writer_trim(enforcer->spool, read);
	if (!error)
		error = enforcer_store_retain(
		    enforcer->store,
		    (struct at_event){role_clock_us(CLOCK_REALTIME) -
				      STATES_KEPT_US});
	if (error)
		fprintf(stderr, "enforcer: can't clean up: %s\n",
			lz_strerror(error));
}

static void
signals_install(void)
{
	struct sigaction action = {.sa_handler = stop};
	sigset_t held;

	/* Held back but while waiting: a pass is never cut. */
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGHUP, SIG_IGN);
}

static void
wait_for_more(const struct enforcer *enforcer, int64_t wait_us)
{
	struct pollfd polled = {.fd = enforcer->bell, .events = POLLIN};
	const struct timespec timeout = {wait_us / TIMES_SECOND_US,
					 wait_us % TIMES_SECOND_US * 1000};
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(&polled, 1, &timeout, &none) > 0)
		spool_bell_drain(enforcer->bell);
}

int
enforcer_run(struct enforcer *enforcer, const char *note)
{
	signals_install();
	if (begin(enforcer) != 0)
		return EXIT_CONF;
	if (enforcer->shadow)
		fputs("enforcer: shadow: nothing is touched\n", stderr);
	role_ready(enforcer->role, note);
	while (!stopping) {
		const int64_t wait_us = pass(enforcer);

		counters_beat(enforcer->role->counters);
		if (enforcer->gone) {
			fputs("enforcer: its table has gone from the device: "
			      "starting again, to load it anew\n",
			      stderr);
			return EXIT_SERVICE;
		}
		housekeep(enforcer);
		wait_for_more(enforcer, wait_us);
	}
	return 0;
}

void
enforcer_free(struct enforcer *enforcer)
{
	if (!enforcer)
		return;
	enforcing_fini(&enforcer->enforcing);
	desk_close(enforcer);
	store_close(enforcer->store);
	spool_writer_close(enforcer->spool);
	if (enforcer->device.driver)
		enforcer->device.driver->close(&enforcer->device);
	if (enforcer->bell >= 0)
		close(enforcer->bell);
	if (enforcer->ring >= 0)
		close(enforcer->ring);
	memory_free(enforcer);
}
