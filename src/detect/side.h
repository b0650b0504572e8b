/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside end of a flow: which subject it belongs to, whether what it sent
 * is our own measurement, and the keyed hashes that state is found by.
 */
#ifndef DETECT_SIDE_H
#define DETECT_SIDE_H

#include "detect/detect_conf.h"
#include "fact/flow_record.h"

struct side {
	struct subject subject;
	struct addr address; /* the very host */
	uint16_t port;       /* its own port, 0 for ICMP */
	bool shared;         /* subject is a port block */
};

/* False when addr isn't inside; then *side is untouched. */
bool side_of(const struct detect_conf *conf, const struct addr *addr,
	     uint16_t port, struct side *side);

/* May an outsider have sent this record in an inside address's name? */
bool side_is_spoofable(const struct detect_conf *conf,
		       const struct flow_record *record);

/* Nobody's address: multicast, broadcast, unspecified. */
bool side_is_nobody(const struct addr *addr);

/* The three kinds of flood, then what other state is kept for. */
enum side_kind {
	SIDE_ICMP,
	SIDE_UDP,
	SIDE_SYN,
	SIDE_ATTACKER,
	SIDE_SCAN,
	SIDE_CONTACT,
};

/* Never 0.  peer may be NULL; `extra` tells apart what else matters. */
uint64_t side_hash(const struct detect_conf *conf, enum side_kind kind,
		   const struct subject *subject, const struct addr *peer,
		   uint32_t extra);

#endif
