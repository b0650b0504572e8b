/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd in a libuv loop: its epoll descriptor is polled, its time-out
 * is a timer.
 */
#include "role/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/memory.h"

#define SWEEP_MS 1000
#define IDLE_S 5
#define MEMORY_MAX (16u * 1024)

struct connection {
	int fd; /* -1: free */
	bool named;
	uint64_t since_ms; /* start, or end of the last request */
	struct addr local;
	uint16_t local_port;
};

/* One request that has a body. */
struct upload {
	size_t length;
	bool full;
	char bytes[HTTP_BODY_MAX];
};

struct http {
	struct http_conf conf;
	struct MHD_Daemon *daemon;
	bool looping; /* the loop is made */
	uv_loop_t own;
	uv_loop_t *loop; /* own, or that of the one beside */
	bool handles;    /* they are in the loop */
	uv_poll_t poll;
	uv_timer_t timer, sweep;
	uv_signal_t signals[2];
	struct connection *connections; /* conf.connections_max */
};

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
connection_find(struct http *http, int fd)
{
	for (size_t i = 0; i < http->conf.connections_max; i++)
		if (http->connections[i].fd == fd)
			return &http->connections[i];
	return NULL;
}

static bool
endpoint_of(const struct sockaddr *from, struct addr *addr, uint16_t *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from && from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		*addr = addr_from_v4(ntohl(v4.sin_addr.s_addr));
		*port = ntohs(v4.sin_port);
		return true;
	}
	if (from && from->sa_family == AF_INET6) {
		memcpy(&v6, from, sizeof(v6));
		*addr = addr_from_v6_bytes(v6.sin6_addr.s6_addr);
		*port = ntohs(v6.sin6_port);
		return true;
	}
	return false;
}

static void
connection_name(struct connection *entry)
{
	struct sockaddr_storage local;
	socklen_t length = sizeof(local);

	entry->named = getsockname(entry->fd, (struct sockaddr *)&local,
				   &length) == 0 &&
		       endpoint_of((struct sockaddr *)&local, &entry->local,
				   &entry->local_port);
}

static void
connection_changed(void *context, struct MHD_Connection *connection,
		   void **state, enum MHD_ConnectionNotificationCode code)
{
	struct http *http = context;
	const bool started = code == MHD_CONNECTION_NOTIFY_STARTED;
	const int fd = connection_fd(connection);
	struct connection *entry = connection_find(http, started ? -1 : fd);

	(void)state;
	if (!entry || fd < 0)
		return;
	entry->fd = started ? fd : -1;
	entry->since_ms = uv_now(http->loop);
	if (started)
		connection_name(entry);
}

/* ------------------------------------------------------------- requests */

struct framing {
	unsigned lengths, encodings;
	uint64_t length;
	bool odd; /* a length that is no number */
};

static enum MHD_Result
look_at_header(void *context, enum MHD_ValueKind kind, const char *key,
	       const char *value)
{
	struct framing *framing = context;

	(void)kind;
	if (strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
		framing->lengths++;
		framing->odd |= !value || slice_u64(slice_of(value), UINT32_MAX,
						    &framing->length) != 0;
	} else if (strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
		framing->encodings++;
	}
	return MHD_YES;
}

static enum MHD_Result
answer_queue(struct http *http, struct MHD_Connection *connection,
	     const struct http_answer *answer, bool close)
{
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(answer->length,
					    (void *)(uintptr_t)answer->body,
					    MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_YES;

	if (!response)
		return MHD_NO;
	if (answer->type)
		result = MHD_add_response_header(response, "Content-Type",
						 answer->type);
	for (size_t i = 0; i < answer->header_count && result == MHD_YES; i++)
		result = MHD_add_response_header(response,
						 answer->headers[i].name,
						 answer->headers[i].value);
	if (close && result == MHD_YES)
		result = MHD_add_response_header(response, "Connection",
						 "close");
	if (result == MHD_YES)
		result = MHD_queue_response(connection, answer->status,
					    response);
	MHD_destroy_response(response);
	counters_add(http->conf.counters,
		     close ? http->conf.refused : http->conf.answered, 1);
	return result;
}

static enum MHD_Result
refuse(struct http *http, struct MHD_Connection *connection, unsigned status,
       const char *why)
{
	const struct http_answer answer = {
	    .status = status,
	    .type = "text/plain",
	    .body = why,
	    .length = strlen(why),
	    .header_count = 2,
	    .headers = {{"Cache-Control", "no-store"},
			{"Allow",
			 http->conf.posts ? "GET, HEAD, POST" : "GET, HEAD"}}};

	return answer_queue(http, connection, &answer, true);
}

static enum MHD_Result
answer_ask(struct http *http, struct MHD_Connection *connection,
	   const char *url, bool post, const struct upload *upload)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
				    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct connection *entry =
	    connection_find(http, connection_fd(connection));
	struct http_request request = {.connection = connection,
				       .post = post,
				       .path = url};
	struct http_answer answer = {.body = ""};

	if (!info || !entry || !entry->named ||
	    !endpoint_of(info->client_addr, &request.source,
			 &request.source_port))
		return MHD_NO;
	request.local = entry->local;
	request.local_port = entry->local_port;
	request.host = http_header(&request, "Host");
	if (upload) {
		request.body = upload->bytes;
		request.body_length = upload->length;
	}
	http->conf.ask(http->conf.context, &request, &answer);
	return answer_queue(http, connection, &answer,
			    answer.status >= 400 && answer.status < 500);
}

/* The first call: there is a header and nothing else.  0: it may go on. */
static unsigned
header_wrong(const struct http *http, struct MHD_Connection *connection,
	     const char *method, const char **why)
{
	const bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	struct framing framing = {0};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header,
				  &framing);
	*why = "one length, please\n";
	if (framing.lengths + framing.encodings > 1 || framing.odd)
		return MHD_HTTP_BAD_REQUEST;
	*why = "not this method\n";
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0 &&
	    !(post && http->conf.posts))
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	*why = "its length first, please\n";
	if (post && framing.lengths == 0)
		return MHD_HTTP_LENGTH_REQUIRED;
	*why = "too much\n";
	if (framing.encodings || framing.length > (post ? HTTP_BODY_MAX : 0))
		return MHD_HTTP_CONTENT_TOO_LARGE;
	return 0;
}

static enum MHD_Result
handle(void *context, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *bytes,
       size_t *length, void **state)
{
	const bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	struct http *http = context;
	struct upload *upload = *state;
	const char *why;
	unsigned status;

	(void)version;
	if (!upload) {
		status = header_wrong(http, connection, method, &why);
		if (status)
			return refuse(http, connection, status, why);
		if (!post)
			return answer_ask(http, connection, url, false, NULL);
		*state = upload = memory_new(1, sizeof(*upload));
		return upload ? MHD_YES : MHD_NO;
	}
	if (*length) {
		upload->full |= *length > HTTP_BODY_MAX - upload->length;
		if (!upload->full) {
			memcpy(upload->bytes + upload->length, bytes, *length);
			upload->length += *length;
		}
		*length = 0;
		return MHD_YES;
	}
	if (upload->full)
		return refuse(http, connection, MHD_HTTP_CONTENT_TOO_LARGE,
			      "too much\n");
	return answer_ask(http, connection, url, true, upload);
}

static void
request_done(void *context, struct MHD_Connection *connection, void **state,
	     enum MHD_RequestTerminationCode code)
{
	struct http *http = context;
	struct connection *entry = connection_find(http,
						   connection_fd(connection));

	(void)code;
	memory_free(*state);
	*state = NULL;
	if (entry)
		entry->since_ms = uv_now(http->loop);
}

const char *
http_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					   name);
}

const char *
http_argument(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_GET_ARGUMENT_KIND, name);
}

/* ----------------------------------------------------------------- loop */

static void drive(struct http *http);

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
drive(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	MHD_run(http->daemon);
	if (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES)
		uv_timer_start(&http->timer, timed_out, timeout_ms, 0);
	else
		uv_timer_stop(&http->timer);
}

/* The library's own time-out counts idleness: a byte now and then keeps a
 * connection for ever. */
static void
sweep(uv_timer_t *timer)
{
	struct http *http = timer->data;
	const uint64_t now = uv_now(http->loop);

	if (http->conf.tick)
		http->conf.tick(http->conf.context);
	for (size_t i = 0; i < http->conf.connections_max; i++) {
		struct connection *entry = &http->connections[i];

		if (entry->fd < 0 ||
		    now - entry->since_ms < http->conf.deadline_ms)
			continue;
		counters_add(http->conf.counters, http->conf.late, 1);
		entry->since_ms = now;
		shutdown(entry->fd, SHUT_RDWR);
	}
	/* When it was full it has stopped to listen, and looks whether there is
	 * room again only when it runs. */
	drive(http);
}

static void
signalled(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static bool
daemon_start(struct http *http)
{
	http->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle,
	    http, MHD_OPTION_LISTEN_SOCKET, http->conf.socket,
	    MHD_OPTION_CONNECTION_LIMIT, http->conf.connections_max,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, http->conf.per_source_max,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
	    connection_changed, http, MHD_OPTION_NOTIFY_COMPLETED, request_done,
	    http, MHD_OPTION_END);
	return http->daemon != NULL;
}

static bool
loop_make(struct http *http)
{
	static const int numbers[2] = {SIGTERM, SIGINT};
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	if (!info || (!http->conf.beside && uv_loop_init(&http->own) != 0))
		return false;
	http->looping = !http->conf.beside;
	http->loop = http->looping ? &http->own : http->conf.beside->loop;
	if (uv_poll_init(http->loop, &http->poll, info->epoll_fd) != 0)
		return false;
	uv_timer_init(http->loop, &http->timer);
	uv_timer_init(http->loop, &http->sweep);
	http->handles = true;
	http->poll.data = http->timer.data = http->sweep.data = http;
	for (size_t i = 0; http->looping && i < 2; i++) {
		uv_signal_init(http->loop, &http->signals[i]);
		uv_signal_start(&http->signals[i], signalled, numbers[i]);
	}
	signal(SIGHUP, SIG_IGN);
	return uv_poll_start(&http->poll, UV_READABLE, readable) == 0 &&
	       uv_timer_start(&http->sweep, sweep, SWEEP_MS, SWEEP_MS) == 0;
}

struct http *
http_open(const struct http_conf *conf)
{
	struct http *http = memory_new(1, sizeof(*http));

	if (!http)
		return NULL;
	http->conf = *conf;
	http->connections = memory_new(conf->connections_max,
				       sizeof(*http->connections));
	for (size_t i = 0; http->connections && i < conf->connections_max; i++)
		http->connections[i].fd = -1;
	if (http->connections && daemon_start(http) && loop_make(http))
		return http;
	http_free(http);
	return NULL;
}

void
http_run(struct http *http)
{
	drive(http);
	uv_run(http->loop, UV_RUN_DEFAULT);
}

static void
handle_close(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	if (http->looping) {
		uv_walk(http->loop, handle_close, NULL);
		uv_run(http->loop, UV_RUN_DEFAULT);
		uv_loop_close(http->loop);
	} else if (http->handles) {
		/* Another's loop: one round lets go of ours. */
		uv_close((uv_handle_t *)&http->poll, NULL);
		uv_close((uv_handle_t *)&http->timer, NULL);
		uv_close((uv_handle_t *)&http->sweep, NULL);
		uv_run(http->loop, UV_RUN_NOWAIT);
	}
	if (http->daemon)
		MHD_stop_daemon(http->daemon);
	memory_free(http->connections);
	memory_free(http);
}
