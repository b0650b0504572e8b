/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams in batches, with the kernel's word on when they came and how many
 * it dropped: one recvmmsg, then a call for each.
 */
#ifndef ROLE_DATAGRAMS_H
#define ROLE_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/errors.h"
#include "base/times.h"
#include "net/addr.h"

#define DATAGRAMS_BATCH 64

/* Under which of our addresses it came: a control message for who answers from
 * the same one. */
#define DATAGRAMS_LOCAL_SIZE 40
struct datagrams_local {
	size_t length; /* 0: not known */
	_Alignas(8) uint8_t bytes[DATAGRAMS_LOCAL_SIZE];
};

struct datagrams_one {
	const uint8_t *bytes; /* until the call ends */
	size_t length;
	struct addr peer;
	uint16_t port;
	struct at_arrival arrival;
	const struct sockaddr_storage *from; /* to answer to */
	socklen_t from_length;
	struct datagrams_local local;
};
typedef void datagrams_sink(void *context, const struct datagrams_one *one);

struct datagrams;

struct datagrams *datagrams_new(void); /* NULL: no memory */
void datagrams_free(struct datagrams *datagrams);
/* Asks the kernel for stamps, drops and our own address.  -errno. */
LZ_NODISCARD int datagrams_prepare(int socket);
/* One batch without waiting; how many came.  *drops: of this socket, since it
 * was opened. */
int datagrams_receive(struct datagrams *datagrams, int socket, uint32_t *drops,
		      datagrams_sink *sink, void *context);
/* Too large for any datagram we take, since the last call. */
uint64_t datagrams_truncated(struct datagrams *datagrams);

#endif
