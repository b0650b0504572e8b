/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog over TCP: connections, and the messages in their streams
 * (lease/syslog.h cuts them).
 */
#ifndef ROLE_SYSLOG_STREAMS_H
#define ROLE_SYSLOG_STREAMS_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/times.h"
#include "net/addr.h"

#define SYSLOG_STREAMS_MAX 64
#define SYSLOG_STREAMS_FDS (SYSLOG_STREAMS_MAX + 1)

struct syslog_streams;

typedef void syslog_refused(void *context); /* a message too long */
typedef bool syslog_allowed(void *context, const struct addr *peer);
typedef void syslog_message(void *context, const struct addr *peer,
			    uint16_t port, struct at_arrival arrival,
			    const uint8_t *bytes, size_t length);

/* listener stays the caller's. */
LZ_NODISCARD int syslog_streams_new(int listener, syslog_allowed *allowed,
				    syslog_message *message,
				    syslog_refused *refused, void *context,
				    struct syslog_streams **streams);
void syslog_streams_free(struct syslog_streams *streams);
/* Fills in what to poll for; how many, at most SYSLOG_STREAMS_FDS. */
size_t syslog_streams_poll(const struct syslog_streams *streams,
			   struct pollfd *polled);
/* After poll, with the same array. */
void syslog_streams_take(struct syslog_streams *streams,
			 const struct pollfd *polled);

#endif
