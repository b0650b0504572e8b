/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose lease it is: what a DHCP server knows of the client and of the line it
 * came by, to one holder label and one session.
 *
 * Hardware addresses, client-ids and DUIDs are what the customer's own device
 * says and may be forged; circuit-id and remote-id (option 82, RFC 3046;
 * DHCPv6 options 18 and 37, RFC 8415 and RFC 4649) are put in by the access
 * node.  So the line is preferred as holder, and the client stays in the session.
 */
#ifndef LEASE_LINE_H
#define LEASE_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "lease/chunk.h"

#define LEASE_LINE_BYTES_MAX 255
#define LEASE_CLIENT_BYTES_MAX 255

/* What names the holder; where the word lacks it, the next that is there of:
 * line, hardware address, client. */
enum lease_holder_by {
	/* "circuit:C", "remote:R", where both are told "line:R|C": a circuit-id
	 * alone is rarely unique beyond its access node. */
	LEASE_BY_LINE = 0,
	LEASE_BY_CIRCUIT, /* where they are unique in the whole network */
	LEASE_BY_REMOTE,
	LEASE_BY_HARDWARE,
	LEASE_BY_CLIENT
};

struct lease_line {
	uint8_t circuit[LEASE_LINE_BYTES_MAX];
	uint8_t remote[LEASE_LINE_BYTES_MAX];
	uint8_t hardware[LEASE_CLIENT_BYTES_MAX];
	uint8_t client[LEASE_CLIENT_BYTES_MAX]; /* client-id or DUID */
	size_t circuit_length, remote_length, hardware_length, client_length;
	bool duid; /* client is a DUID */
	bool has_iaid;
	uint32_t iaid;
};

/* The sub-options of option 82: 1 and 2.  LZ_E_FORMAT when they don't fit. */
LZ_NODISCARD int lease_line_agent_options(struct lease_line *line,
					  const uint8_t *bytes, size_t length);
/* Options of a DHCPv6 relay message: 18 and 37 (the latter as "3561/bytes", the
 * enterprise's number first).  LZ_E_FORMAT when they don't fit. */
LZ_NODISCARD int lease_line_relay_options(struct lease_line *line,
					  const uint8_t *bytes, size_t length);
/*
 * Hexadecimal octets to bytes: "02:00:5e" or "0x02005E"; digits of a colon form
 * may be one or two.  Answers the length; LZ_E_FORMAT, LZ_E_RANGE above max.
 */
LZ_NODISCARD int lease_octets(struct slice text, uint8_t *bytes, size_t max);
/* event->holder, PARTY_LABEL_SIZE bytes; LZ_E_FORMAT when nothing at all is
 * known of line and client. */
LZ_NODISCARD int lease_line_holder(const struct lease_line *line,
				   enum lease_holder_by by, char *holder);
/* event->session, LEASE_ID_SIZE bytes: client (else hardware address), IAID and
 * address; LZ_E_FORMAT when nothing is known of the client. */
LZ_NODISCARD int lease_line_session(const struct lease_line *line,
				    const struct subject *subject,
				    char *session);

/*
 * Makes an event keep the place of its first subject for nobody: holder and
 * session are `why` ("declined:", "unreadable:") and the subject.
 */
void lease_hold_place(struct lease_event *event, const char *why);
/*
 * A record at `offset` couldn't be read at all: what was promised before may have
 * ended in it.  A LEASE_GAP up to the arrival; where that isn't known, to just
 * behind `newest`, the newest time read so far; without either none.
 */
void lease_say_gap(const struct lease_chunk *chunk, struct at_event newest,
		   uint64_t offset, const struct lease_output *output);
/* event->session, where the source has none, from a name (fewer than
 * PARTY_LABEL_SIZE bytes) and the first subject. */
void lease_name_session(struct lease_event *event, const char *name);

#endif
