/* SPDX-License-Identifier: Apache-2.0 */
/* A NAS of the tests. */
#include "unit/role/nas.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "radius/numbers.h"
#include "radius/radius_build.h"

void
nas_begin(struct nas *nas, const char *source, uint16_t port)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port)};

	*nas = (struct nas){.secret = NAS_SECRET, .md5 = md5_new()};
	assert_non_null(nas->md5);
	assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	nas->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(nas->socket >= 0);
	assert_int_equal(bind(nas->socket, (struct sockaddr *)&from,
			      sizeof(from)),
			 0);
	assert_int_equal(connect(nas->socket, (struct sockaddr *)&to,
				 sizeof(to)),
			 0);
}

void
nas_end(struct nas *nas)
{
	close(nas->socket);
	md5_free(nas->md5);
}

void
nas_build(struct nas *nas, uint32_t status, uint32_t session, int64_t at_s)
{
	const struct addr own = addr_from_v4(0xc0000201); /* 192.0.2.1 */
	const struct addr framed = addr_from_v4(0xc6120000 + session);
	struct radius_build build;
	char name[32];
	int error;

	radius_build_begin(&build, nas->bytes, RADIUS_ACCOUNTING_REQUEST,
			   nas->id++);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, status);
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &own);
	snprintf(name, sizeof(name), "s%08x", session);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, name);
	snprintf(name, sizeof(name), "u%u", session);
	radius_build_text(&build, RADIUS_USER_NAME, name);
	radius_build_addr(&build, RADIUS_FRAMED_IP_ADDRESS, &framed);
	radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP, (uint32_t)at_s);
	error = radius_build_request(&build, nas->md5, slice_of(nas->secret));
	assert_int_equal(error, 0);
	nas->length = build.length;
}

void
nas_send(const struct nas *nas)
{
	assert_int_equal(send(nas->socket, nas->bytes, nas->length, 0),
			 nas->length);
}

int
nas_answer(struct nas *nas, int timeout_ms)
{
	struct pollfd polled = {.fd = nas->socket, .events = POLLIN};
	uint8_t bytes[RADIUS_PACKET_MAX];
	struct radius_packet packet;
	ssize_t n;

	if (poll(&polled, 1, timeout_ms) <= 0)
		return -1;
	n = recv(nas->socket, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0) /* nobody listens: the kernel says so once */
		return -1;
	assert_int_equal(radius_read(&packet, bytes, (size_t)n), 0);
	assert_int_equal(packet.code, RADIUS_ACCOUNTING_RESPONSE);
	if (packet.id == nas->bytes[1])
		assert_int_equal(radius_verify_response(&packet, nas->bytes + 4,
							nas->md5,
							slice_of(nas->secret)),
				 RADIUS_GENUINE);
	return packet.id;
}
