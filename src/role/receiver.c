/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving thread of the sensor. */
#include "role/receiver.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "role/counter_table.h"
#include "role/role.h"

#define BATCH 64
#define CONTROL_BYTES 128

struct receiver {
	struct pollfd polled[ROLE_SOCKETS_MAX + 1]; /* the last: stop */
	size_t socket_count;
	uint32_t drops[ROLE_SOCKETS_MAX]; /* of each socket, by the kernel */
	int wake, stop;
	bool started;
	pthread_t thread;
	struct ring *ring;
	struct counters *counters;
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	struct sockaddr_storage sources[BATCH];
	_Alignas(8) uint8_t controls[BATCH][CONTROL_BYTES];
	uint8_t bytes[BATCH][RING_DATAGRAM_MAX];
};

static void
source_of(const struct sockaddr_storage *from, struct flow_datagram *datagram)
{
	if (from->ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, from, sizeof(v4));
		datagram->source = addr_from_v4(ntohl(v4.sin_addr.s_addr));
		datagram->source_port = ntohs(v4.sin_port);
	} else {
		struct sockaddr_in6 v6;

		memcpy(&v6, from, sizeof(v6));
		datagram->source = addr_from_v6_bytes(v6.sin6_addr.s6_addr);
		datagram->source_port = ntohs(v6.sin6_port);
	}
}

/* When it came, by the kernel: a datagram may have waited for us. */
static void
control_read(struct receiver *receiver, size_t socket, struct msghdr *header,
	     struct flow_datagram *datagram)
{
	struct timespec time;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at;
	     at = CMSG_NXTHDR(header, at)) {
		if (at->cmsg_level != SOL_SOCKET)
			continue;
		if (at->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&time, CMSG_DATA(at), sizeof(time));
			datagram->arrival.us = (int64_t)time.tv_sec *
						   TIMES_SECOND_US +
					       time.tv_nsec / 1000;
		} else if (at->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&receiver->drops[socket], CMSG_DATA(at),
			       sizeof(uint32_t));
		}
	}
	if (datagram->arrival.us == 0) {
		clock_gettime(CLOCK_REALTIME, &time);
		datagram->arrival.us = (int64_t)time.tv_sec * TIMES_SECOND_US +
				       time.tv_nsec / 1000;
	}
}

static void
message_take(struct receiver *receiver, size_t socket, size_t i)
{
	struct mmsghdr *message = &receiver->messages[i];
	struct flow_datagram datagram = {.bytes = receiver->bytes[i],
					 .length = message->msg_len};

	source_of(&receiver->sources[i], &datagram);
	control_read(receiver, socket, &message->msg_hdr, &datagram);
	counters_add(receiver->counters, COUNTER_SENSOR_DATAGRAMS, 1);
	counters_add(receiver->counters, COUNTER_SENSOR_BYTES, datagram.length);
	if (message->msg_hdr.msg_flags & MSG_TRUNC)
		counters_add(receiver->counters, COUNTER_SENSOR_TRUNCATED, 1);
	else if (!ring_put(receiver->ring, &datagram))
		counters_add(receiver->counters, COUNTER_SENSOR_RING_DROPS, 1);
}

static void
socket_drain(struct receiver *receiver, size_t socket)
{
	const uint64_t one = 1;
	uint64_t drops = 0;
	int n;

	do {
		for (size_t i = 0; i < BATCH; i++)
			receiver->messages[i].msg_hdr = (struct msghdr){
			    .msg_name = &receiver->sources[i],
			    .msg_namelen = sizeof(receiver->sources[i]),
			    .msg_iov = &receiver->pieces[i],
			    .msg_iovlen = 1,
			    .msg_control = receiver->controls[i],
			    .msg_controllen = CONTROL_BYTES};
		n = recvmmsg(receiver->polled[socket].fd, receiver->messages,
			     BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			message_take(receiver, socket, (size_t)i);
		if (n > 0 &&
		    write(receiver->wake, &one, sizeof(one)) != sizeof(one))
			break; /* it stands at its ceiling: awake anyhow */
	} while (n == BATCH);
	for (size_t i = 0; i < receiver->socket_count; i++)
		drops += receiver->drops[i];
	counters_set(receiver->counters, COUNTER_SENSOR_SOCKET_DROPS, drops);
}

static void *
receive(void *context)
{
	struct receiver *receiver = context;
	const size_t count = receiver->socket_count;

	for (;;) {
		const int n = poll(receiver->polled, count + 1, -1);

		/* A deaf sensor must not look alive. */
		lz_assert(n >= 0 || errno == EINTR);
		if (receiver->polled[count].revents)
			return NULL;
		for (size_t i = 0; i < count; i++)
			if (receiver->polled[i].revents)
				socket_drain(receiver, i);
	}
}

static int
socket_prepare(int socket)
{
	const int on = 1;

	if (setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) !=
		0 ||
	    setsockopt(socket, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) != 0)
		return -errno;
	return 0;
}

int
receiver_new(const int *sockets, size_t count, int wake, struct ring *ring,
	     struct counters *counters, struct receiver **receiver)
{
	struct receiver *made;
	int error = 0;

	*receiver = NULL;
	if (count > ROLE_SOCKETS_MAX)
		return LZ_E_FULL;
	made = memory_new_aligned(1, sizeof(*made));
	if (!made)
		return LZ_E_MEMORY;
	made->wake = wake;
	made->ring = ring;
	made->counters = counters;
	made->socket_count = count;
	made->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (made->stop < 0)
		error = -errno;
	for (size_t i = 0; i < count && !error; i++) {
		made->polled[i] = (struct pollfd){.fd = sockets[i],
						  .events = POLLIN};
		error = socket_prepare(sockets[i]);
	}
	made->polled[count] = (struct pollfd){.fd = made->stop,
					      .events = POLLIN};
	for (size_t i = 0; i < BATCH; i++)
		made->pieces[i] = (struct iovec){made->bytes[i],
						 RING_DATAGRAM_MAX};
	if (error) {
		receiver_free(made);
		return error;
	}
	*receiver = made;
	return 0;
}

int
receiver_start(struct receiver *receiver)
{
	int error = pthread_create(&receiver->thread, NULL, receive, receiver);

	receiver->started = error == 0;
	return -error;
}

void
receiver_stop(struct receiver *receiver)
{
	const uint64_t one = 1;

	if (receiver->started &&
	    write(receiver->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(receiver->thread, NULL);
	receiver->started = false;
}

void
receiver_free(struct receiver *receiver)
{
	if (!receiver)
		return;
	receiver_stop(receiver);
	if (receiver->stop >= 0)
		close(receiver->stop);
	memory_free(receiver);
}
