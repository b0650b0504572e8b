/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor: a libuv loop over processes, signals and timers. */
#include "role/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/json_writer.h"
#include "role/counter_table.h"
#include "role/counters.h"
#include "role/listeners.h"
#include "role/state_folders.h"

#define QUICK_DEATH_MS 1000
#define WAIT_MS_FIRST 100
#define WAIT_MS_MAX 30000
#define STOP_MS_MAX 10000
#define FIRST_FD 3
#define ENVIRONMENT_SIZE 128
enum { EXIT_CONF = 3, EXIT_SERVICE = 5, EXIT_FAULT = 70 };

/* In the order they are stopped in: who feeds first. */
static const struct {
	enum role_number number;
	unsigned up, wanted, deaths;
} kinds[SUPERVISOR_ROLES_MAX] = {
#define KIND(role)                                                             \
	{                                                                      \
		ROLE_##role, COUNTER_RUN_UP_##role, COUNTER_RUN_WANTED_##role, \
		    COUNTER_RUN_DEATHS_##role                                  \
	}
    KIND(SENSOR),   KIND(REGISTRAR), KIND(WEB),     KIND(DESK),
    KIND(NOTIFIER), KIND(ENFORCER),  KIND(METRICS),
#undef KIND
};

struct supervisor;

struct child {
	struct supervisor *supervisor;
	const char *name;
	size_t kind;
	bool wanted, running, asked; /* asked: to end, by us */
	bool ever_ready;
	unsigned quick_deaths;
	uint64_t started_ms; /* the loop's clock */
	int64_t started_us;  /* since 1970 */
	char program[CONF_PATH_SIZE];
	uv_process_t process;
	uv_timer_t timer;
};

struct supervisor {
	const struct supervisor_order *order;
	uv_loop_t loop;
	uv_signal_t signals[3];
	struct child children[SUPERVISOR_ROLES_MAX];
	struct listener listeners[CONF_LISTENER_COUNT];
	struct counters *counters;
	int hold; /* on state_dir */
	bool stopping;
	int code;
};

static void child_start(struct child *child);

static const char *
signal_name(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? name : "?";
}

/* ------------------------------------------------------------- stopping */

static struct child *
first_running(struct supervisor *supervisor)
{
	for (size_t i = 0; i < SUPERVISOR_ROLES_MAX; i++)
		if (supervisor->children[i].running)
			return &supervisor->children[i];
	return NULL;
}

static void
end_late(uv_timer_t *timer)
{
	struct child *child = timer->data;

	fprintf(stderr, "run: %s doesn't end: killed\n", child->name);
	uv_process_kill(&child->process, SIGKILL);
}

/* A child's timer is free while it runs. */
static void
child_end(struct child *child)
{
	if (child->asked)
		return;
	child->asked = true;
	uv_process_kill(&child->process, SIGTERM);
	uv_timer_start(&child->timer, end_late, STOP_MS_MAX, 0);
}

/* One after the other: what a role has written, the next may still take. */
static void
stop_next(struct supervisor *supervisor)
{
	struct child *child = first_running(supervisor);

	if (child)
		child_end(child);
	else
		uv_stop(&supervisor->loop);
}

static void
stop_all(struct supervisor *supervisor, int code)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->code = code;
	for (size_t i = 0; i < SUPERVISOR_ROLES_MAX; i++)
		if (!supervisor->children[i].running)
			uv_timer_stop(&supervisor->children[i].timer);
	stop_next(supervisor);
}

/* ------------------------------------------------------------- children */

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

/* Was this process ready?  An earlier one's word may stand there still. */
static bool
was_ready(const struct child *child)
{
	const struct counters *page =
	    counters_open(child->supervisor->order->conf->run_dir, child->name);
	const bool ready = page &&
			   counters_ready_since_us(page) >= child->started_us;

	counters_close(page);
	return ready;
}

static void
start_again(uv_timer_t *timer)
{
	child_start(timer->data);
}

static void
process_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;
	struct supervisor *supervisor = child->supervisor;
	uint64_t wait_ms = 0;

	if (supervisor->stopping) {
		stop_next(supervisor);
		return;
	}
	if (child->quick_deaths > 1) {
		const unsigned doublings = child->quick_deaths - 2;

		wait_ms = doublings > 9 ? WAIT_MS_MAX
					: (uint64_t)WAIT_MS_FIRST << doublings;
		if (wait_ms > WAIT_MS_MAX)
			wait_ms = WAIT_MS_MAX;
		fprintf(stderr, "run: %s is started again in %.1f s\n",
			child->name, (double)wait_ms / 1000);
	}
	uv_timer_start(&child->timer, start_again, wait_ms, 0);
}

static void
child_ended(uv_process_t *process, int64_t status, int number)
{
	struct child *child = process->data;
	struct supervisor *supervisor = child->supervisor;
	const bool quick = uv_now(&supervisor->loop) - child->started_ms <
			   QUICK_DEATH_MS;

	child->running = false;
	uv_timer_stop(&child->timer);
	child->ever_ready = child->ever_ready || was_ready(child);
	counters_set(supervisor->counters, kinds[child->kind].up, 0);
	if (!child->asked) {
		counters_add(supervisor->counters, kinds[child->kind].deaths,
			     1);
		child->quick_deaths = quick ? child->quick_deaths + 1 : 0;
		if (number)
			fprintf(stderr, "run: %s died of SIG%s\n", child->name,
				signal_name(number));
		else
			fprintf(stderr, "run: %s ended with %d\n", child->name,
				(int)status);
		/* It has said what is wrong; trying again wouldn't help. */
		if (!number && !child->ever_ready &&
		    (status == 2 || status == EXIT_CONF ||
		     status == EXIT_SERVICE))
			stop_all(supervisor, (int)status);
	}
	uv_close((uv_handle_t *)process, process_closed);
}

struct environment {
	char fds[ENVIRONMENT_SIZE], names[ENVIRONMENT_SIZE];
	char supervisor[ENVIRONMENT_SIZE];
	char *all[5];
};

/* Nothing of our own environment goes on to a role. */
static void
environment_fill(struct environment *environment, const struct child *child,
		 uv_stdio_container_t *stdio, int *stdio_count)
{
	const struct listener *listeners = child->supervisor->listeners;
	struct text names;

	text_init(&names, environment->names, sizeof(environment->names));
	text_add(&names, "LISTEN_FDNAMES=");
	for (size_t i = 0; i < CONF_LISTENER_COUNT; i++) {
		if (listeners[i].fd < 0 ||
		    listeners[i].role != kinds[child->kind].number)
			continue;
		if (*stdio_count > FIRST_FD)
			text_char(&names, ':');
		text_add(&names, listeners[i].name);
		stdio[*stdio_count].flags = UV_INHERIT_FD;
		stdio[*stdio_count].data.fd = listeners[i].fd;
		++*stdio_count;
	}
	snprintf(environment->fds, ENVIRONMENT_SIZE, "LISTEN_FDS=%d",
		 *stdio_count - FIRST_FD);
	snprintf(environment->supervisor, ENVIRONMENT_SIZE,
		 "LAZARET_SUPERVISOR=%d", (int)getpid());
	environment->all[0] = environment->fds;
	environment->all[1] = environment->names;
	environment->all[2] = environment->supervisor;
	environment->all[3] = NULL;
}

static void
child_start(struct child *child)
{
	struct supervisor *supervisor = child->supervisor;
	const struct conf *conf = supervisor->order->conf;
	uv_stdio_container_t stdio[FIRST_FD + CONF_LISTENER_COUNT] = {
	    {.flags = UV_IGNORE},
	    {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
	    {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}};
	char *arguments[] = {child->program,
			     (char *)(uintptr_t) "--state",
			     (char *)(uintptr_t)conf->state_dir,
			     (char *)(uintptr_t) "--run",
			     (char *)(uintptr_t)conf->run_dir,
			     NULL,
			     NULL,
			     NULL};
	struct environment environment;
	uv_process_options_t options = {.exit_cb = child_ended,
					.file = child->program,
					.args = arguments,
					.env = environment.all,
					.stdio_count = FIRST_FD,
					.stdio = stdio};
	int error;

	if (supervisor->order->conf_file) {
		arguments[5] = (char *)(uintptr_t) "--config";
		arguments[6] = (char *)(uintptr_t)supervisor->order->conf_file;
	}
	environment_fill(&environment, child, stdio, &options.stdio_count);
	child->asked = false;
	child->process.data = child;
	uv_update_time(&supervisor->loop);
	child->started_ms = uv_now(&supervisor->loop);
	child->started_us = now_us();
	error = uv_spawn(&supervisor->loop, &child->process, &options);
	if (error) {
		fprintf(stderr, "run: can't start %s: %s\n", child->program,
			uv_strerror(error));
		child->quick_deaths++;
		uv_close((uv_handle_t *)&child->process, process_closed);
		return;
	}
	child->running = true;
	counters_set(supervisor->counters, kinds[child->kind].up, 1);
}

/* -------------------------------------------------------------- signals */

/* What the supervisor holds itself, and can't change under running roles. */
static bool
same_places(const struct conf *old, const struct conf *new)
{
	for (size_t i = 0; i < CONF_LISTENER_COUNT; i++)
		if (!addr_equal(&old->listen[i].addr, &new->listen[i].addr) ||
		    old->listen[i].port != new->listen[i].port)
			return false;
	return strcmp(old->state_dir, new->state_dir) == 0 &&
	       strcmp(old->run_dir, new->run_dir) == 0 &&
	       old->uid_base == new->uid_base;
}

/*
 * A reload is a restart of the roles: they open their files before their
 * sandbox.  Open windows of detection are lost by it, as by any restart; the
 * listening addresses stay.
 */
static void
reload(struct supervisor *supervisor)
{
	static struct conf_errors errors;
	const char *file = supervisor->order->conf_file;
	char message[16384];
	struct conf *conf;
	struct text text;
	bool same;
	int error;

	if (!file || supervisor->stopping)
		return;
	error = conf_read(file, &conf, &errors);
	if (error) {
		text_init(&text, message, sizeof(message));
		conf_errors_format(&text, file, &errors);
		fprintf(stderr, "run: not reloaded:\n%s", message);
		return;
	}
	same = same_places(supervisor->order->conf, conf);
	conf_free(conf);
	if (!same) {
		fputs("run: not reloaded: listen, state_dir, run_dir and "
		      "run.uid_base take a new start\n",
		      stderr);
		return;
	}
	fprintf(stderr, "run: %s is sound: the roles are restarted\n", file);
	for (size_t i = 0; i < SUPERVISOR_ROLES_MAX; i++) {
		struct child *child = &supervisor->children[i];

		child->quick_deaths = 0;
		if (child->running) {
			child_end(child);
		} else if (uv_is_active((uv_handle_t *)&child->timer)) {
			uv_timer_start(&child->timer, start_again, 0, 0);
		}
	}
}

static void
signalled(uv_signal_t *handle, int number)
{
	struct supervisor *supervisor = handle->data;

	if (number == SIGHUP)
		reload(supervisor);
	else
		stop_all(supervisor, 0);
}

/* ---------------------------------------------------------------- start */

static bool
program_in(struct child *child, const char *folder)
{
	const int length = snprintf(child->program, sizeof(child->program),
				    "%s/lazaret-%s", folder, child->name);

	return length > 0 && (size_t)length < sizeof(child->program) &&
	       access(child->program, X_OK) == 0;
}

/* Beside our own file (a build folder) or where they are installed. */
static bool
program_find(struct child *child)
{
	char own[CONF_PATH_SIZE];
	const ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	if (length > 0) {
		char *slash;

		own[length] = '\0';
		slash = strrchr(own, '/');
		if (slash)
			*slash = '\0';
		if (slash && program_in(child, own))
			return true;
	}
	if (program_in(child, LZ_LIBEXECDIR))
		return true;
	fprintf(stderr, "run: there is no %s\n", child->program);
	return false;
}

/* What the configuration asks for, where the command line names no roles. */
static bool
is_wanted(const struct conf *conf, enum role_number number)
{
	switch (number) {
	case ROLE_ENFORCER:
		return conf->quarantine.driver != QUARANTINE_OFF;
	case ROLE_WEB:
		return conf->quarantine.driver != QUARANTINE_OFF ||
		       conf->api_tokens[0];
	case ROLE_REGISTRAR:
		return registrar_conf_wanted(&conf->registrar);
	default:
		return true;
	}
}

static bool
children_choose(struct supervisor *supervisor)
{
	const struct supervisor_order *order = supervisor->order;

	for (size_t i = 0; i < SUPERVISOR_ROLES_MAX; i++) {
		struct child *child = &supervisor->children[i];

		child->supervisor = supervisor;
		child->kind = i;
		child->name = role_name(kinds[i].number);
		child->wanted = order->role_count == 0 &&
				is_wanted(order->conf, kinds[i].number);
		for (size_t r = 0; r < order->role_count; r++)
			if (strcmp(order->roles[r], child->name) == 0)
				child->wanted = true;
		if (child->wanted && !program_find(child))
			return false;
	}
	return true;
}

static void
listeners_say(const struct supervisor *supervisor)
{
	for (size_t i = 0; i < CONF_LISTENER_COUNT; i++) {
		const struct listener *listener = &supervisor->listeners[i];
		char line[256];
		struct text text;
		struct json_writer json;

		if (listener->fd < 0)
			continue;
		if (listener->buffer_bytes &&
		    listener->buffer_bytes < LISTENERS_BUFFER_BYTES)
			fprintf(stderr,
				"run: %s: the system grants a buffer of %d kB "
				"instead of %d kB (net.core.rmem_max)\n",
				listener->name, listener->buffer_bytes / 1024,
				LISTENERS_BUFFER_BYTES / 1024);
		if (!supervisor->order->json) {
			fprintf(stderr, "run: %s listens on %s/%s\n",
				role_name(listener->role), listener->address,
				listener->proto);
			continue;
		}
		text_init(&text, line, sizeof(line));
		json_writer_init(&json, &text);
		json_open_object(&json, NULL);
		json_u64(&json, "v", 1);
		json_string(&json, "kind", "listening");
		json_string(&json, "role", role_name(listener->role));
		json_string(&json, "name", listener->name);
		json_string(&json, "address", listener->address);
		json_string(&json, "proto", listener->proto);
		json_close_object(&json);
		puts(line);
	}
	fflush(stdout);
}

static void
mode_say(const struct conf *conf)
{
	if (conf->policy.live_mode)
		fputs("run: MODE LIVE: what `live` lists is done\n", stderr);
	else
		fputs("run: MODE SHADOW: everything is computed, nothing "
		      "acts\n",
		      stderr);
	if (geteuid() != 0)
		fprintf(stderr,
			"run: not root: all roles run as user %u, sandboxed "
			"all the same\n",
			(unsigned)geteuid());
}

static void
handle_close(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static int
loop_run(struct supervisor *supervisor)
{
	static const int numbers[3] = {SIGTERM, SIGINT, SIGHUP};
	int error = uv_loop_init(&supervisor->loop);

	if (error)
		return EXIT_FAULT;
	for (size_t i = 0; i < 3; i++) {
		uv_signal_init(&supervisor->loop, &supervisor->signals[i]);
		supervisor->signals[i].data = supervisor;
		uv_signal_start(&supervisor->signals[i], signalled, numbers[i]);
	}
	for (size_t i = 0; i < SUPERVISOR_ROLES_MAX; i++) {
		struct child *child = &supervisor->children[i];

		uv_timer_init(&supervisor->loop, &child->timer);
		child->timer.data = child;
		if (child->wanted)
			child_start(child);
	}
	uv_run(&supervisor->loop, UV_RUN_DEFAULT);
	uv_walk(&supervisor->loop, handle_close, NULL);
	uv_run(&supervisor->loop, UV_RUN_DEFAULT);
	uv_loop_close(&supervisor->loop);
	return supervisor->code;
}

static void
listener_failed(const struct listener *listener, int error)
{
	fprintf(stderr, "run: %s can't listen on %s/%s: %s\n", listener->name,
		listener->address, listener->proto, lz_strerror(error));
	if (error == -EADDRINUSE)
		fprintf(stderr,
			"run: another program has port %u: stop it (`ss -lnp "
			"'sport = %u'` names it), or set listen.%s to another "
			"port; 0 takes a free one\n",
			listener->port, listener->port, listener->name);
	else if (error == -EADDRNOTAVAIL)
		fprintf(stderr,
			"run: this machine doesn't have that address: set "
			"listen.%s to one of its own\n",
			listener->name);
	else if (error == -EACCES)
		fprintf(stderr,
			"run: ports below 1024 take root, or a socket unit: "
			"set listen.%s to a higher one\n",
			listener->name);
}

/* Everything before the first role; an exit code, 0 to go on. */
static int
prepare(struct supervisor *supervisor)
{
	const struct conf *conf = supervisor->order->conf;
	enum role_number wanted[SUPERVISOR_ROLES_MAX];
	size_t count = 0, failed = 0;
	int error = state_folders_make(conf);

	if (error) {
		fprintf(stderr, "run: folders under %s and %s: %s\n",
			conf->state_dir, conf->run_dir, lz_strerror(error));
		return EXIT_CONF;
	}
	supervisor->hold = state_folders_hold(conf);
	if (supervisor->hold < 0) {
		fprintf(stderr, "run: %s: %s\n", conf->state_dir,
			supervisor->hold == -EWOULDBLOCK
			    ? "another `lazaret run` works here; stop it "
			      "first, or take another state_dir"
			    : lz_strerror(supervisor->hold));
		return EXIT_SERVICE;
	}
	supervisor->counters = counters_create(conf->run_dir, "run");
	if (!supervisor->counters) {
		fprintf(stderr, "run: counters in %s: %s\n", conf->run_dir,
			strerror(errno));
		return EXIT_CONF;
	}
	for (size_t i = 0; i < SUPERVISOR_ROLES_MAX; i++) {
		const struct child *child = &supervisor->children[i];

		counters_set(supervisor->counters, kinds[i].up, 0);
		counters_set(supervisor->counters, kinds[i].wanted,
			     child->wanted);
		if (child->wanted)
			wanted[count++] = kinds[i].number;
	}
	error = listeners_open(conf, wanted, count, supervisor->listeners,
			       &failed);
	if (error)
		listener_failed(&supervisor->listeners[failed], error);
	return error ? EXIT_SERVICE : 0;
}

int
supervisor_run(const struct supervisor_order *order)
{
	static struct supervisor supervisor;
	int code;

	supervisor = (struct supervisor){.order = order, .hold = -1};
	for (size_t i = 0; i < CONF_LISTENER_COUNT; i++)
		supervisor.listeners[i].fd = -1;
	umask(027);
	signal(SIGPIPE, SIG_IGN);
	code = children_choose(&supervisor) ? prepare(&supervisor)
					    : EXIT_SERVICE;
	if (!code) {
		mode_say(order->conf);
		listeners_say(&supervisor);
		code = loop_run(&supervisor);
	}
	listeners_close(supervisor.listeners);
	counters_close(supervisor.counters);
	if (supervisor.hold >= 0)
		close(supervisor.hold);
	return code;
}
