/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server in a libuv loop, for roles behind their sandbox: small
 * requests, one answer each, nothing kept of who asked for what.
 *
 * What libmicrohttpd lets pass is refused here: two lengths, a length beside an
 * encoding, a body without a length or a larger one, a request that takes for
 * ever, more methods than GET, HEAD and POST.
 */
#ifndef ROLE_HTTP_H
#define ROLE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "role/counters.h"

#define HTTP_BODY_MAX 2048

struct http;
struct MHD_Connection;

/* Texts are borrowed until the answer; NULL where there is none. */
struct http_request {
	struct MHD_Connection *connection;
	bool post;        /* else GET or HEAD */
	const char *path; /* "/steps", unescaped */
	const char *host;
	struct addr source, local;
	uint16_t source_port, local_port;
	const char *body;
	size_t body_length;
};
/* A header or an argument behind the question mark; the first of that name. */
const char *http_header(const struct http_request *request, const char *name);
const char *http_argument(const struct http_request *request, const char *name);

struct http_header_line {
	const char *name, *value;
};
#define HTTP_HEADERS_MAX 8
struct http_answer {
	unsigned status;
	const char *type;
	const char *body; /* copied */
	size_t length;
	size_t header_count;
	struct http_header_line headers[HTTP_HEADERS_MAX];
};

struct http_conf {
	int socket;               /* that listens; borrowed */
	unsigned connections_max; /* at once */
	unsigned per_source_max;  /* of one address; 0: as many */
	bool posts;               /* takes bodies */
	unsigned deadline_ms;     /* of a whole request */
	struct counters *counters;
	unsigned answered, refused, late; /* counters */
	void (*ask)(void *context, const struct http_request *request,
		    struct http_answer *answer);
	void (*tick)(void *context); /* about once a second; NULL: not */
	void *context;
	struct http *beside; /* runs in the loop of that one; free it first */
};

/* NULL: it can't be started.  *conf is kept, its socket borrowed. */
struct http *http_open(const struct http_conf *conf);
/* Until SIGTERM or SIGINT. */
void http_run(struct http *http);
void http_free(struct http *http);

/* Calls the server makes behind a sandbox, for role_needs.syscalls. */
/* clang-format off */
#define HTTP_CALLS \
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), \
	SCMP_SYS(accept4), SCMP_SYS(accept), SCMP_SYS(recvfrom), \
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(shutdown), \
	SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), \
	SCMP_SYS(ioctl)
/* clang-format on */

#endif
