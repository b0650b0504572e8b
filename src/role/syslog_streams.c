/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog over TCP. */
#include "role/syslog_streams.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "role/role.h"

#define COUNT_DIGITS_MAX 5

struct stream {
	int fd;
	struct addr peer;
	uint16_t port;
	size_t length;
	uint8_t bytes[SYSLOG_MESSAGE_MAX];
};

struct syslog_streams {
	int listener;
	syslog_allowed *allowed;
	syslog_message *message;
	void *context;
	size_t count;
	struct stream streams[SYSLOG_STREAMS_MAX];
};

int
syslog_streams_new(int listener, syslog_allowed *allowed,
		   syslog_message *message, void *context,
		   struct syslog_streams **streams)
{
	struct syslog_streams *made = memory_new(1, sizeof(*made));

	*streams = made;
	if (!made)
		return LZ_E_MEMORY;
	made->listener = listener;
	made->allowed = allowed;
	made->message = message;
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

/* Of "NNN ": the digits and the blank; 0: it is no count. */
static size_t
count_read(const uint8_t *bytes, size_t length, size_t *counted)
{
	size_t i = 0;

	*counted = 0;
	while (i < length && i < COUNT_DIGITS_MAX && bytes[i] >= '0' &&
	       bytes[i] <= '9')
		*counted = *counted * 10 + (size_t)(bytes[i++] - '0');
	return i && i < length && bytes[i] == ' ' && bytes[0] != '0' ? i + 1
								     : 0;
}

size_t
syslog_stream_cut(const uint8_t *bytes, size_t length, bool full,
		  struct slice *message)
{
	size_t counted;
	const size_t digits = count_read(bytes, length, &counted);
	const uint8_t *end;

	if (digits && counted <= SYSLOG_MESSAGE_MAX - digits) {
		if (length - digits < counted)
			return 0;
		*message = (struct slice){(const char *)bytes + digits,
					  counted};
		return digits + counted;
	}
	end = memchr(bytes, '\n', length);
	if (!end && !full)
		return 0;
	*message = (struct slice){(const char *)bytes,
				  end ? (size_t)(end - bytes) : length};
	return end ? (size_t)(end - bytes) + 1 : length;
}

static void
stream_cut(struct syslog_streams *streams, struct stream *stream, bool last)
{
	const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};
	size_t at = 0;

	while (at < stream->length) {
		struct slice message;
		const bool full = last || (at == 0 && stream->length ==
							  SYSLOG_MESSAGE_MAX);
		const size_t n = syslog_stream_cut(stream->bytes + at,
						   stream->length - at, full,
						   &message);

		if (n == 0)
			break;
		at += n;
		message = slice_trim(message);
		if (message.length)
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
			       SYSLOG_MESSAGE_MAX - stream->length);

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
