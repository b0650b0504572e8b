/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all translators' logs come to: an inside address holds ports of an
 * outside one, from now, still, or until now.  One function makes the lease
 * event of it, so that IPFIX, syslog and pattern files say the same thing the
 * same way.
 */
#ifndef LEASE_PORT_TENURE_H
#define LEASE_PORT_TENURE_H

#include "fact/lease_event.h"

struct port_tenure {
	uint8_t kind;  /* LEASE_START, LEASE_ALIVE or LEASE_STOP */
	uint8_t marks; /* LEASE_* of the event, but for BLOCK_ENDS */
	uint8_t proto; /* 0: all; else others may hold the same ports */
	bool single;   /* one port for one session, not a block of ports */
	struct addr inside, outside; /* :: is refused */
	uint32_t inside_realm;
	uint16_t first, last; /* of outside; 0 to 0 is refused */
	/* What else tells this tenure from others of the same holder and ports
	 * (a block's creation word, a session's peer); may be empty. */
	struct slice word;
	/* Beside or instead of the inside address: "user:NAME" and the like. */
	struct slice holder;
	struct at_event at, start; /* start unset where not told */
	int64_t error_us;
	struct slice speaker;
	struct at_arrival arrival;
	uint64_t origin;
};

/*
 * Hands the event to output->sink; NULL.  Else the static name of why not, for
 * the caller to count, and nothing was handed over: "inside", "outside",
 * "same_address", "ports", "time", "speaker", "holder".
 */
const char *port_tenure_say(const struct port_tenure *tenure,
			    const struct lease_output *output);

/* What another clock says of its time: its error is at least as large as the
 * difference, and beyond ten minutes it is marked LEASE_CLOCK_DOUBTED. */
void port_tenure_doubt(struct port_tenure *tenure, int64_t other_us);
/* What a log line without any time may have taken on its way. */
#define PORT_TENURE_UNDATED_US (5 * TIMES_SECOND_US)

/* Counts a refusal where the output wants it. */
void port_tenure_refuse(const struct lease_output *output, uint64_t offset,
			const char *reason);

#endif
