/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd in a libuv loop: its epoll descriptor is polled, its time-out
 * is a timer.  What it lets pass and we don't: two lengths, a length beside an
 * encoding, bodies, a request that takes for ever.
 */
#include "role/metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/memory.h"
#include "role/counter_table.h"

#define CONNECTIONS_MAX 64
#define DEADLINE_MS 5000 /* for a whole request */
#define SWEEP_MS 1000
#define IDLE_S 5
#define MEMORY_MAX (16u * 1024)
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

struct connection {
	int fd;            /* -1: free */
	uint64_t since_ms; /* start, or end of the last request */
};

struct metrics {
	struct role *role;
	struct MHD_Daemon *daemon;
	bool looping; /* the loop is made */
	uv_loop_t loop;
	uv_poll_t poll;
	uv_timer_t timer, sweep;
	uv_signal_t signals[2];
	struct connection connections[CONNECTIONS_MAX];
	struct role_needs needs;
	const char *read_paths[2];
	char text[METRICS_TEXT_SIZE];
};

/* ------------------------------------------------------------- requests */

struct framing {
	unsigned lengths, encodings;
	bool body;
};

static enum MHD_Result
look_at_header(void *context, enum MHD_ValueKind kind, const char *key,
	       const char *value)
{
	struct framing *framing = context;

	(void)kind;
	if (strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
		framing->lengths++;
		if (!value || strcmp(value, "0") != 0)
			framing->body = true;
	} else if (strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
		framing->encodings++;
		framing->body = true;
	}
	return MHD_YES;
}

static enum MHD_Result
answer(struct metrics *metrics, struct MHD_Connection *connection,
       unsigned status, const char *type, const char *body, size_t length)
{
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(length, (void *)(uintptr_t)body,
					    MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;

	counters_add(metrics->role->counters,
		     status >= 400 && status < 500 ? COUNTER_METRICS_REFUSED
						   : COUNTER_METRICS_REQUESTS,
		     1);
	if (!response)
		return MHD_NO;
	if (MHD_add_response_header(response, "Content-Type", type) ==
		MHD_YES &&
	    MHD_add_response_header(response, "Cache-Control", "no-store") ==
		MHD_YES &&
	    (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
	     MHD_add_response_header(response, "Allow", "GET") == MHD_YES) &&
	    (status < 400 || status >= 500 ||
	     MHD_add_response_header(response, "Connection", "close") ==
		 MHD_YES))
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
refuse(struct metrics *metrics, struct MHD_Connection *connection,
       unsigned status, const char *why)
{
	return answer(metrics, connection, status, "text/plain", why,
		      strlen(why));
}

static enum MHD_Result
handle(void *context, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *upload,
       size_t *upload_length, void **request)
{
	struct metrics *metrics = context;
	struct framing framing = {0, 0, false};
	struct text text;
	bool healthy;

	(void)version;
	(void)upload;
	(void)upload_length;
	*request = metrics;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header,
				  &framing);
	if (framing.lengths + framing.encodings > 1)
		return refuse(metrics, connection, MHD_HTTP_BAD_REQUEST,
			      "one length, please\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return refuse(metrics, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "GET alone\n");
	if (framing.body)
		return refuse(metrics, connection, MHD_HTTP_CONTENT_TOO_LARGE,
			      "no body, please\n");
	text_init(&text, metrics->text, sizeof(metrics->text));
	if (strcmp(url, "/healthz") == 0) {
		healthy = metrics_health(&text, metrics->role->run_dir,
					 metrics->role->supervisor != 0);
		return answer(metrics, connection,
			      healthy ? MHD_HTTP_OK
				      : MHD_HTTP_SERVICE_UNAVAILABLE,
			      "application/json", text.at, text.length);
	}
	if (strcmp(url, "/metrics") == 0) {
		metrics_page(&text, metrics->role->run_dir);
		return answer(metrics, connection, MHD_HTTP_OK,
			      "text/plain; version=0.0.4", text.at,
			      text.length);
	}
	return refuse(metrics, connection, MHD_HTTP_NOT_FOUND,
		      "there is /healthz and /metrics\n");
}

/* ---------------------------------------------------------- connections */

static int
connection_fd(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
				    MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static struct connection *
connection_find(struct metrics *metrics, int fd)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (metrics->connections[i].fd == fd)
			return &metrics->connections[i];
	return NULL;
}

static void
connection_changed(void *context, struct MHD_Connection *connection,
		   void **state, enum MHD_ConnectionNotificationCode code)
{
	struct metrics *metrics = context;
	const int fd = connection_fd(connection);
	struct connection *entry =
	    connection_find(metrics,
			    code == MHD_CONNECTION_NOTIFY_STARTED ? -1 : fd);

	(void)state;
	if (!entry || fd < 0)
		return;
	entry->fd = code == MHD_CONNECTION_NOTIFY_STARTED ? fd : -1;
	entry->since_ms = uv_now(&metrics->loop);
}

static void
request_done(void *context, struct MHD_Connection *connection, void **request,
	     enum MHD_RequestTerminationCode code)
{
	struct metrics *metrics = context;
	struct connection *entry = connection_find(metrics,
						   connection_fd(connection));

	(void)request;
	(void)code;
	if (entry)
		entry->since_ms = uv_now(&metrics->loop);
}

/* ----------------------------------------------------------------- loop */

static void drive(struct metrics *metrics);

static void
timed_out(uv_timer_t *timer)
{
	drive(timer->data);
}

static void
readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	drive(poll->data);
}

static void
drive(struct metrics *metrics)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	MHD_run(metrics->daemon);
	if (MHD_get_timeout(metrics->daemon, &timeout_ms) == MHD_YES)
		uv_timer_start(&metrics->timer, timed_out, timeout_ms, 0);
	else
		uv_timer_stop(&metrics->timer);
}

/* The library's own time-out counts idleness: a byte now and then keeps a
 * connection for ever. */
static void
sweep(uv_timer_t *timer)
{
	struct metrics *metrics = timer->data;
	const uint64_t now = uv_now(&metrics->loop);

	counters_beat(metrics->role->counters);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *entry = &metrics->connections[i];

		if (entry->fd < 0 || now - entry->since_ms < DEADLINE_MS)
			continue;
		counters_add(metrics->role->counters, COUNTER_METRICS_DEADLINES,
			     1);
		entry->since_ms = now;
		shutdown(entry->fd, SHUT_RDWR);
	}
	/* When it was full it has stopped to listen, and looks whether there is
	 * room again only when it runs. */
	drive(metrics);
}

static void
signalled(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static int
listening_socket(const struct role *role)
{
	for (size_t i = 0; i < role->socket_count; i++)
		if (strcmp(role->socket_names[i], "metrics") == 0)
			return role->sockets[i];
	return -1;
}

static bool
daemon_start(struct metrics *metrics, int socket)
{
	metrics->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle,
	    metrics, MHD_OPTION_LISTEN_SOCKET, socket,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
	    connection_changed, metrics, MHD_OPTION_NOTIFY_COMPLETED,
	    request_done, metrics, MHD_OPTION_END);
	return metrics->daemon != NULL;
}

static bool
loop_make(struct metrics *metrics)
{
	static const int numbers[2] = {SIGTERM, SIGINT};
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(metrics->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	if (!info || uv_loop_init(&metrics->loop) != 0)
		return false;
	metrics->looping = true;
	if (uv_poll_init(&metrics->loop, &metrics->poll, info->epoll_fd) != 0)
		return false;
	uv_timer_init(&metrics->loop, &metrics->timer);
	uv_timer_init(&metrics->loop, &metrics->sweep);
	metrics->poll.data = metrics->timer.data = metrics->sweep.data =
	    metrics;
	for (size_t i = 0; i < 2; i++) {
		uv_signal_init(&metrics->loop, &metrics->signals[i]);
		uv_signal_start(&metrics->signals[i], signalled, numbers[i]);
	}
	signal(SIGHUP, SIG_IGN);
	return uv_poll_start(&metrics->poll, UV_READABLE, readable) == 0 &&
	       uv_timer_start(&metrics->sweep, sweep, SWEEP_MS, SWEEP_MS) == 0;
}

static void
needs_fill(struct metrics *metrics)
{
	static const int calls[] = {SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
				    SCMP_SYS(epoll_ctl),  SCMP_SYS(accept4),
				    SCMP_SYS(accept),     SCMP_SYS(recvfrom),
				    SCMP_SYS(sendto),     SCMP_SYS(sendmsg),
				    SCMP_SYS(shutdown),   SCMP_SYS(setsockopt),
				    SCMP_SYS(getsockopt), SCMP_SYS(getsockname),
				    SCMP_SYS(openat),     SCMP_SYS(fcntl),
				    SCMP_SYS(ioctl),      -1};

	metrics->read_paths[0] = metrics->role->run_dir;
	metrics->needs = (struct role_needs){.read_paths = metrics->read_paths,
					     .syscalls = calls};
}

int
metrics_open(struct role *role, struct metrics **metrics)
{
	struct metrics *made = memory_new(1, sizeof(*made));
	const int socket = listening_socket(role);

	*metrics = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		made->connections[i].fd = -1;
	if (socket < 0) {
		fprintf(stderr, "metrics: no socket was handed down\n");
		return EXIT_CONF;
	}
	if (!daemon_start(made, socket) || !loop_make(made)) {
		fprintf(stderr, "metrics: HTTP can't be started\n");
		return EXIT_FAULT;
	}
	needs_fill(made);
	return 0;
}

const struct role_needs *
metrics_needs(struct metrics *metrics)
{
	return &metrics->needs;
}

int
metrics_run(struct metrics *metrics, const char *note)
{
	role_ready(metrics->role, note);
	drive(metrics);
	uv_run(&metrics->loop, UV_RUN_DEFAULT);
	return 0;
}

static void
handle_close(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void
metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	if (metrics->looping) {
		uv_walk(&metrics->loop, handle_close, NULL);
		uv_run(&metrics->loop, UV_RUN_DEFAULT);
		uv_loop_close(&metrics->loop);
	}
	if (metrics->daemon)
		MHD_stop_daemon(metrics->daemon);
	memory_free(metrics);
}
