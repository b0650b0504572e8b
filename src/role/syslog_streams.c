/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog over TCP. */
#include "role/syslog_streams.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "lease/syslog.h"
#include "role/role.h"

/* What syslog_cut may wait for, and room to read on. */
#define STREAM_BYTES (SYSLOG_BYTES_MAX + 4096)

struct stream {
	int fd;
	struct syslog_framer framer;
	struct addr peer;
	uint16_t port;
	size_t length;
	uint8_t bytes[STREAM_BYTES];
};

struct syslog_streams {
	int listener;
	syslog_allowed *allowed;
	syslog_message *message;
	syslog_refused *refused;
	void *context;
	size_t count;
	struct stream streams[SYSLOG_STREAMS_MAX];
};

int
syslog_streams_new(int listener, syslog_allowed *allowed,
		   syslog_message *message, syslog_refused *refused,
		   void *context, struct syslog_streams **streams)
{
	struct syslog_streams *made = memory_new(1, sizeof(*made));

	*streams = made;
	if (!made)
		return LZ_E_MEMORY;
	made->listener = listener;
	made->allowed = allowed;
	made->message = message;
	made->refused = refused;
	made->context = context;
	return 0;
}

void
syslog_streams_free(struct syslog_streams *streams)
{
	if (!streams)
		return;
	for (size_t i = 0; i < streams->count; i++)
		close(streams->streams[i].fd);
	memory_free(streams);
}

size_t
syslog_streams_poll(const struct syslog_streams *streams, struct pollfd *polled)
{
	/* Who comes while all places are taken waits in the backlog. */
	polled[0] = (struct pollfd){.fd = streams->count < SYSLOG_STREAMS_MAX
					      ? streams->listener
					      : -1,
				    .events = POLLIN};
	for (size_t i = 0; i < streams->count; i++)
		polled[i + 1] = (struct pollfd){.fd = streams->streams[i].fd,
						.events = POLLIN};
	return streams->count + 1;
}

static void
stream_cut(struct syslog_streams *streams, struct stream *stream, bool last)
{
	const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};
	size_t at = 0;

	while (at < stream->length) {
		const char *reason;
		struct slice message;
		const size_t n = syslog_cut(&stream->framer, stream->bytes + at,
					    stream->length - at, last, &message,
					    &reason);

		if (n == 0)
			break;
		at += n;
		if (reason)
			streams->refused(streams->context);
		if (message.at)
			streams->message(streams->context, &stream->peer,
					 stream->port, now,
					 (const uint8_t *)message.at,
					 message.length);
	}
	stream->length -= at;
	memmove(stream->bytes, stream->bytes + at, stream->length);
}

/* False: it has ended. */
static bool
stream_read(struct syslog_streams *streams, struct stream *stream)
{
	const ssize_t n = read(stream->fd, stream->bytes + stream->length,
			       STREAM_BYTES - stream->length);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	stream->length += (size_t)n;
	stream_cut(streams, stream, n == 0);
	return n > 0;
}

static void
stream_accept(struct syslog_streams *streams)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	struct stream *stream = &streams->streams[streams->count];
	const int fd = accept4(streams->listener, (struct sockaddr *)&from,
			       &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (from.ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, &from, sizeof(v4));
		stream->peer = addr_from_v4(ntohl(v4.sin_addr.s_addr));
		stream->port = ntohs(v4.sin_port);
	} else {
		struct sockaddr_in6 v6;

		memcpy(&v6, &from, sizeof(v6));
		stream->peer = addr_from_v6_bytes(v6.sin6_addr.s6_addr);
		stream->port = ntohs(v6.sin6_port);
	}
	if (!streams->allowed(streams->context, &stream->peer)) {
		close(fd);
		return;
	}
	stream->fd = fd;
	stream->framer = (struct syslog_framer){0};
	stream->length = 0;
	streams->count++;
}

void
syslog_streams_take(struct syslog_streams *streams, const struct pollfd *polled)
{
	/* From the end: who has ended gives his place to the last one. */
	for (size_t i = streams->count; i-- > 0;) {
		if (!polled[i + 1].revents ||
		    stream_read(streams, &streams->streams[i]))
			continue;
		close(streams->streams[i].fd);
		streams->count--;
		if (i < streams->count)
			memcpy(&streams->streams[i],
			       &streams->streams[streams->count],
			       sizeof(streams->streams[i]));
	}
	if (polled[0].revents && streams->count < SYSLOG_STREAMS_MAX)
		stream_accept(streams);
}
