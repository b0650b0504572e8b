/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the listening sockets. */
#include "role/listeners.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

static const struct {
	enum role_number role;
	const char *name;
	bool datagrams;
} kinds[CONF_LISTENER_COUNT] = {
    [CONF_LISTEN_NETFLOW] = {ROLE_SENSOR, "netflow", true},
    [CONF_LISTEN_IPFIX] = {ROLE_SENSOR, "ipfix", true},
    [CONF_LISTEN_SFLOW] = {ROLE_SENSOR, "sflow", true},
    [CONF_LISTEN_METRICS] = {ROLE_METRICS, "metrics", false},
    [CONF_LISTEN_PORTAL] = {ROLE_WEB, "portal", false},
    [CONF_LISTEN_ACCOUNTING] = {ROLE_REGISTRAR, "accounting", true},
    [CONF_LISTEN_SYSLOG] = {ROLE_REGISTRAR, "syslog", true},
    [CONF_LISTEN_SYSLOG_TCP] = {ROLE_REGISTRAR, "syslog_tcp", false},
    [CONF_LISTEN_NAT] = {ROLE_REGISTRAR, "nat", true},
    [CONF_LISTEN_API] = {ROLE_WEB, "api", false},
};

/* Where nobody is to be heard, nothing listens. */
static bool
wanted(const struct conf *conf, size_t listener)
{
	switch (listener) {
	case CONF_LISTEN_ACCOUNTING:
		return conf->registrar.client_count > 0;
	case CONF_LISTEN_SYSLOG:
	case CONF_LISTEN_SYSLOG_TCP:
		return conf->registrar.sender_count > 0;
	case CONF_LISTEN_NAT:
		return conf->registrar.exporter_count > 0;
	case CONF_LISTEN_API:
		return conf->api_tokens[0] != '\0';
	default:
		return true;
	}
}

static socklen_t
sockaddr_of(const struct conf_endpoint *endpoint,
	    struct sockaddr_storage *storage)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(endpoint->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(endpoint->port)};

	*storage = (struct sockaddr_storage){0};
	if (addr_is_v4(&endpoint->addr)) {
		v4.sin_addr.s_addr = htonl(addr_v4(&endpoint->addr));
		memcpy(storage, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(v6.sin6_addr.s6_addr, endpoint->addr.bytes, 16);
	memcpy(storage, &v6, sizeof(v6));
	return sizeof(v6);
}

static int
port_read(struct listener *listener)
{
	struct sockaddr_storage bound;
	struct sockaddr_in6 v6;
	socklen_t length = sizeof(bound);

	if (getsockname(listener->fd, (struct sockaddr *)&bound, &length) != 0)
		return -errno;
	/* The port stands at the same place in both families. */
	memcpy(&v6, &bound, sizeof(v6));
	listener->port = ntohs(v6.sin6_port);
	return 0;
}

/*
 * A restart of a second must not cost a datagram.  As root beyond the system's
 * limit; the kernel answers twice what it was asked for.  Times and drops are
 * noted from the first datagram on, also of those that wait.
 */
static int
buffer_set(struct listener *listener)
{
	const int wanted = LISTENERS_BUFFER_BYTES, on = 1;
	socklen_t length = sizeof(listener->buffer_bytes);

	if (setsockopt(listener->fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted,
		       sizeof(wanted)) != 0 &&
	    setsockopt(listener->fd, SOL_SOCKET, SO_RCVBUF, &wanted,
		       sizeof(wanted)) != 0)
		return -errno;
	if (setsockopt(listener->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on,
		       sizeof(on)) != 0 ||
	    setsockopt(listener->fd, SOL_SOCKET, SO_RXQ_OVFL, &on,
		       sizeof(on)) != 0 ||
	    getsockopt(listener->fd, SOL_SOCKET, SO_RCVBUF,
		       &listener->buffer_bytes, &length) != 0)
		return -errno;
	listener->buffer_bytes /= 2;
	return 0;
}

static int
listener_open(const struct conf_endpoint *endpoint, bool datagrams,
	      struct listener *listener)
{
	struct sockaddr_storage storage;
	const socklen_t length = sockaddr_of(endpoint, &storage);
	const int type = datagrams ? SOCK_DGRAM : SOCK_STREAM, on = 1;

	listener->fd = socket(storage.ss_family,
			      type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return -errno;
	if (!datagrams && setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR,
				     &on, sizeof(on)) != 0)
		return -errno;
	if (bind(listener->fd, (struct sockaddr *)&storage, length) != 0)
		return -errno;
	if (datagrams)
		return buffer_set(listener);
	return listen(listener->fd, BACKLOG) == 0 ? 0 : -errno;
}

static bool
listed(enum role_number role, const enum role_number *roles, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (roles[i] == role)
			return true;
	return false;
}

int
listeners_open(const struct conf *conf, const enum role_number *roles,
	       size_t count, struct listener listeners[CONF_LISTENER_COUNT],
	       size_t *failed)
{
	int error = 0;

	for (size_t i = 0; i < CONF_LISTENER_COUNT; i++)
		listeners[i] = (struct listener){.fd = -1,
						 .role = kinds[i].role,
						 .name = kinds[i].name,
						 .proto = kinds[i].datagrams
							      ? "udp"
							      : "tcp"};
	for (size_t i = 0; i < CONF_LISTENER_COUNT && !error; i++) {
		struct listener *listener = &listeners[i];
		struct endpoint endpoint = {conf->listen[i].addr,
					    conf->listen[i].port, -1};
		struct text text;

		if (!listed(listener->role, roles, count) || !wanted(conf, i))
			continue;
		*failed = i;
		error = listener_open(&conf->listen[i], kinds[i].datagrams,
				      listener);
		if (!error)
			error = port_read(listener);
		if (!error)
			endpoint.port = listener->port;
		else
			listener->port = conf->listen[i].port;
		text_init(&text, listener->address, sizeof(listener->address));
		endpoint_format(&text, &endpoint);
	}
	return error;
}

void
listeners_close(struct listener listeners[CONF_LISTENER_COUNT])
{
	for (size_t i = 0; i < CONF_LISTENER_COUNT; i++)
		if (listeners[i].fd >= 0)
			close(listeners[i].fd);
}
