/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiving thread over real sockets of both families: every datagram
 * comes out with its source, its time and its bytes, what waited before it
 * began too, and what is too much is counted.
 */
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "role/receiver.h"

#define BEFORE 100 /* sent before anybody reads: more than one batch */
#define AFTER 200
#define DEADLINE_MS 10000

struct trial {
	char folder[64];
	struct counters *counters;
	struct ring *ring;
	struct receiver *receiver;
	int wake, sockets[2], senders[2];
	uint16_t ports[2]; /* of the senders */
};

static int
bound_socket(int family, struct sockaddr_storage *at, socklen_t *length)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_storage){0};
	*length = family == AF_INET ? sizeof(v4) : sizeof(v6);
	memcpy(at, family == AF_INET ? (void *)&v4 : (void *)&v6, *length);
	/* Machines without IPv6 try IPv4 twice. */
	if (family == AF_INET6 &&
	    (fd < 0 || bind(fd, (struct sockaddr *)at, *length) != 0)) {
		close(fd);
		return bound_socket(AF_INET, at, length);
	}
	assert_true(fd >= 0);
	if (family == AF_INET)
		assert_int_equal(bind(fd, (struct sockaddr *)at, *length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, length), 0);
	return fd;
}

static uint16_t
port_of(const struct sockaddr_storage *at)
{
	struct sockaddr_in v4; /* at the same place in both families */

	memcpy(&v4, at, sizeof(v4));
	return ntohs(v4.sin_port);
}

static int
setup(void **state)
{
	static const int families[2] = {AF_INET, AF_INET6};
	struct trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return -1;
	strcpy(trial->folder, "/tmp/lazaret-receiver-XXXXXX");
	if (!mkdtemp(trial->folder))
		return -1;
	trial->counters = counters_create(trial->folder, "sensor");
	trial->ring = ring_new();
	trial->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_storage to, from;
		socklen_t length, from_length;

		trial->sockets[i] = bound_socket(families[i], &to, &length);
		trial->senders[i] = bound_socket(to.ss_family, &from,
						 &from_length);
		trial->ports[i] = port_of(&from);
		if (connect(trial->senders[i], (struct sockaddr *)&to,
			    length) != 0)
			return -1;
	}
	*state = trial;
	return receiver_new(trial->sockets, 2, trial->wake, trial->ring,
			    trial->counters, &trial->receiver);
}

static int
teardown(void **state)
{
	struct trial *trial = *state;
	char path[96];

	receiver_free(trial->receiver);
	ring_free(trial->ring);
	counters_close(trial->counters);
	for (size_t i = 0; i < 2; i++) {
		close(trial->sockets[i]);
		close(trial->senders[i]);
	}
	close(trial->wake);
	snprintf(path, sizeof(path), "%s/sensor.counters", trial->folder);
	unlink(path);
	rmdir(trial->folder);
	free(trial);
	return 0;
}

/* "S NNN" and a tail, from sender S. */
static void
send_numbered(const struct trial *trial, size_t sender, unsigned n)
{
	char bytes[64];
	const int length = snprintf(bytes, sizeof(bytes), "%zu %u:%.*s", sender,
				    n, (int)(n % 40),
				    "........................................");

	assert_int_equal(send(trial->senders[sender], bytes, (size_t)length, 0),
			 length);
}

/* The next there is, waiting for the wake-up like the sensor does. */
static void
take(struct trial *trial, struct flow_datagram *datagram)
{
	struct pollfd polled = {.fd = trial->wake, .events = POLLIN};
	uint64_t rings;

	while (!ring_peek(trial->ring, datagram)) {
		assert_int_equal(poll(&polled, 1, DEADLINE_MS), 1);
		if (read(trial->wake, &rings, sizeof(rings)) < 0)
			fail();
	}
}

static void
take_numbered(struct trial *trial, unsigned next[2], int64_t since_us)
{
	struct flow_datagram datagram;
	unsigned n, sender;
	char bytes[64];

	take(trial, &datagram);
	assert_true(datagram.length < sizeof(bytes));
	memcpy(bytes, datagram.bytes, datagram.length);
	bytes[datagram.length] = '\0';
	assert_int_equal(sscanf(bytes, "%u %u:", &sender, &n), 2);
	assert_true(sender < 2);
	assert_int_equal(n, next[sender]++);
	assert_int_equal(datagram.source_port, trial->ports[sender]);
	if (addr_is_v4(&datagram.source))
		assert_int_equal(addr_v4(&datagram.source), 0x7f000001);
	else
		assert_int_equal(datagram.source.bytes[15], 1);
	assert_true(datagram.arrival.us >= since_us);
	assert_true(datagram.arrival.us < since_us + 60 * TIMES_SECOND_US);
	ring_pop(trial->ring);
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

static void
test_what_waited_and_what_comes(void **state)
{
	struct trial *trial = *state;
	const int64_t since_us = now_us();
	unsigned next[2] = {0, 0};

	for (unsigned n = 0; n < BEFORE; n++)
		for (size_t sender = 0; sender < 2; sender++)
			send_numbered(trial, sender, n);
	assert_int_equal(receiver_start(trial->receiver), 0);
	for (unsigned n = 0; n < 2 * BEFORE; n++)
		take_numbered(trial, next, since_us);
	for (unsigned n = BEFORE; n < BEFORE + AFTER; n++) {
		send_numbered(trial, n % 2, next[n % 2]);
		take_numbered(trial, next, since_us);
	}
	assert_int_equal(counters_get(trial->counters,
				      COUNTER_SENSOR_DATAGRAMS),
			 2 * BEFORE + AFTER);
	assert_int_equal(counters_get(trial->counters,
				      COUNTER_SENSOR_SOCKET_DROPS),
			 0);
}

static void
test_stop_keeps_what_was_taken(void **state)
{
	struct trial *trial = *state;
	struct flow_datagram datagram;
	unsigned next[2] = {0, 0};
	const int64_t since_us = now_us();

	assert_int_equal(receiver_start(trial->receiver), 0);
	send_numbered(trial, 0, 0);
	send_numbered(trial, 0, 1);
	take(trial, &datagram);
	receiver_stop(trial->receiver);
	receiver_stop(trial->receiver); /* nothing left to do */
	take_numbered(trial, next, since_us);
	/* The other was taken with it, or stays in the socket for the next. */
	if (ring_peek(trial->ring, &datagram))
		take_numbered(trial, next, since_us);
	send_numbered(trial, 1, 0);
	assert_false(ring_peek(trial->ring, &datagram));
}

/* Nobody decodes: the ring fills, the rest is counted. */
static void
test_full_ring_is_counted(void **state)
{
	static uint8_t large[60000];
	struct trial *trial = *state;
	const uint64_t fit = RING_BYTES / sizeof(large);
	uint64_t datagrams = 0, dropped = 0;
	struct flow_datagram datagram;

	assert_int_equal(receiver_start(trial->receiver), 0);
	for (uint64_t n = 0; n < fit + 50; n++) {
		struct pollfd polled = {.fd = trial->wake, .events = POLLIN};
		uint64_t rings;

		assert_int_equal(send(trial->senders[0], large, sizeof(large),
				      0),
				 sizeof(large));
		assert_int_equal(poll(&polled, 1, DEADLINE_MS), 1);
		assert_int_equal(read(trial->wake, &rings, sizeof(rings)),
				 sizeof(rings));
	}
	receiver_stop(trial->receiver);
	datagrams = counters_get(trial->counters, COUNTER_SENSOR_DATAGRAMS);
	dropped = counters_get(trial->counters, COUNTER_SENSOR_RING_DROPS);
	assert_int_equal(datagrams, fit + 50);
	assert_in_range(dropped, 50, 60);
	for (uint64_t n = dropped; n < datagrams; n++) {
		assert_true(ring_peek(trial->ring, &datagram));
		assert_int_equal(datagram.length, sizeof(large));
		ring_pop(trial->ring);
	}
	assert_false(ring_peek(trial->ring, &datagram));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_what_waited_and_what_comes,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stop_keeps_what_was_taken,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_ring_is_counted, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
