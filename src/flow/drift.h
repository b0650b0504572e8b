/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far an exporter's clock is off, by the vote of its last datagrams.
 *
 * UDP is easily forged and a delayed datagram looks like a slow clock: no
 * single datagram moves the offset, two thirds of the last nine must agree
 * (while there are fewer, of those there are; the very first is believed).
 * Less than a minute off is the network's delay and taken for right.  Part of
 * the decoder; nobody else includes this.
 */
#ifndef FLOW_DRIFT_H
#define FLOW_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#define DRIFT_VOTES 9

struct drift {
	int64_t offset_us; /* in force: exporter's clock - ours */
	int64_t votes[DRIFT_VOTES];
	uint8_t count, next;
};

/* One datagram's export time minus its arrival.  False: it is so far from the
 * offset in force that its times can't be relied on. */
bool drift_vote(struct drift *drift, int64_t off_us);

#endif
