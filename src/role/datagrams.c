/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams in batches. */
#include "role/datagrams.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "role/role.h"

#define DATAGRAM_MAX 65535
#define CONTROL_BYTES 128

struct datagrams {
	uint64_t truncated;
	struct mmsghdr messages[DATAGRAMS_BATCH];
	struct iovec pieces[DATAGRAMS_BATCH];
	struct sockaddr_storage sources[DATAGRAMS_BATCH];
	_Alignas(8) uint8_t controls[DATAGRAMS_BATCH][CONTROL_BYTES];
	uint8_t bytes[DATAGRAMS_BATCH][DATAGRAM_MAX + 1];
};

_Static_assert(DATAGRAMS_LOCAL_SIZE >= CMSG_SPACE(sizeof(struct in6_pktinfo)),
	       "our own address fits");

struct datagrams *
datagrams_new(void)
{
	struct datagrams *made = memory_new_aligned(1, sizeof(*made));

	for (size_t i = 0; made && i < DATAGRAMS_BATCH; i++)
		made->pieces[i] = (struct iovec){made->bytes[i], DATAGRAM_MAX};
	return made;
}

void
datagrams_free(struct datagrams *datagrams)
{
	memory_free(datagrams);
}

int
datagrams_prepare(int socket)
{
	const int on = 1;
	struct sockaddr_storage own;
	socklen_t length = sizeof(own);
	int error;

	if (setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) !=
		0 ||
	    setsockopt(socket, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) != 0 ||
	    getsockname(socket, (struct sockaddr *)&own, &length) != 0)
		return -errno;
	error = own.ss_family == AF_INET
		    ? setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on,
				 sizeof(on))
		    : setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
				 sizeof(on));
	return error ? -errno : 0;
}

/* The kernel's word on where it came to, as the word on where to answer from:
 * the interface is left to the routes. */
static void
local_of(const struct cmsghdr *came, struct datagrams_local *local)
{
	struct cmsghdr head = {.cmsg_level = came->cmsg_level,
			       .cmsg_type = came->cmsg_type};
	struct in_pktinfo v4 = {0};
	struct in6_pktinfo v6 = {0};
	const bool is_v4 = came->cmsg_level == IPPROTO_IP;
	const size_t size = is_v4 ? sizeof(v4) : sizeof(v6);

	if (is_v4)
		memcpy(&v4, CMSG_DATA(came), sizeof(v4));
	else
		memcpy(&v6, CMSG_DATA(came), sizeof(v6));
	v4.ipi_ifindex = 0;
	v6.ipi6_ifindex = 0;
	head.cmsg_len = CMSG_LEN(size);
	memset(local->bytes, 0, sizeof(local->bytes));
	memcpy(local->bytes, &head, sizeof(head));
	memcpy(local->bytes + CMSG_LEN(0),
	       is_v4 ? (const void *)&v4 : (const void *)&v6, size);
	local->length = CMSG_SPACE(size);
}

static void
source_of(const struct sockaddr_storage *from, struct datagrams_one *one)
{
	if (from->ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, from, sizeof(v4));
		one->peer = addr_from_v4(ntohl(v4.sin_addr.s_addr));
		one->port = ntohs(v4.sin_port);
	} else {
		struct sockaddr_in6 v6;

		memcpy(&v6, from, sizeof(v6));
		one->peer = addr_from_v6_bytes(v6.sin6_addr.s6_addr);
		one->port = ntohs(v6.sin6_port);
	}
}

/* When it came, by the kernel: a datagram may have waited for us. */
static void
control_read(struct msghdr *header, struct datagrams_one *one, uint32_t *drops)
{
	for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at;
	     at = CMSG_NXTHDR(header, at)) {
		struct timespec time;

		if ((at->cmsg_level == IPPROTO_IP &&
		     at->cmsg_type == IP_PKTINFO) ||
		    (at->cmsg_level == IPPROTO_IPV6 &&
		     at->cmsg_type == IPV6_PKTINFO))
			local_of(at, &one->local);
		if (at->cmsg_level != SOL_SOCKET)
			continue;
		if (at->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&time, CMSG_DATA(at), sizeof(time));
			one->arrival.us = (int64_t)time.tv_sec *
					      TIMES_SECOND_US +
					  time.tv_nsec / 1000;
		} else if (at->cmsg_type == SO_RXQ_OVFL) {
			memcpy(drops, CMSG_DATA(at), sizeof(*drops));
		}
	}
	if (one->arrival.us == 0)
		one->arrival.us = role_clock_us(CLOCK_REALTIME);
}

int
datagrams_receive(struct datagrams *datagrams, int socket, uint32_t *drops,
		  datagrams_sink *sink, void *context)
{
	int n;

	for (size_t i = 0; i < DATAGRAMS_BATCH; i++)
		datagrams->messages[i].msg_hdr =
		    (struct msghdr){.msg_name = &datagrams->sources[i],
				    .msg_namelen =
					sizeof(datagrams->sources[i]),
				    .msg_iov = &datagrams->pieces[i],
				    .msg_iovlen = 1,
				    .msg_control = datagrams->controls[i],
				    .msg_controllen = CONTROL_BYTES};
	n = recvmmsg(socket, datagrams->messages, DATAGRAMS_BATCH, MSG_DONTWAIT,
		     NULL);
	for (int i = 0; i < n; i++) {
		struct mmsghdr *message = &datagrams->messages[i];
		struct datagrams_one one = {.bytes = datagrams->bytes[i],
					    .length = message->msg_len,
					    .from = &datagrams->sources[i],
					    .from_length =
						message->msg_hdr.msg_namelen};

		source_of(&datagrams->sources[i], &one);
		control_read(&message->msg_hdr, &one, drops);
		if (message->msg_hdr.msg_flags & MSG_TRUNC)
			datagrams->truncated++;
		else
			sink(context, &one);
	}
	return n < 0 ? 0 : n;
}

uint64_t
datagrams_truncated(struct datagrams *datagrams)
{
	const uint64_t truncated = datagrams->truncated;

	datagrams->truncated = 0;
	return truncated;
}
