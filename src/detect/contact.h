/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contacts of known C2 servers and sinkholes: address, port and protocol of an
 * indicator, and a flow that shows that our side took part.  What only arrives
 * proves nothing, and neither does an answer to a probe.  One sighting per
 * five minutes, subject and indicator.
 */
#ifndef DETECT_CONTACT_H
#define DETECT_CONTACT_H

#include "detect/indicators.h"
#include "detect/pool.h"
#include "detect/say.h"

struct contact {
	const struct detect_conf *conf;
	const struct indicator_list *indicators; /* NULL: none */
	struct pool pairs; /* subjects with an indicator's endpoint */
	uint64_t evicted;
	uint64_t bytes;
};

bool contact_init(struct contact *contact, const struct detect_conf *conf);
void contact_fini(struct contact *contact);

/* A record of `side`: sent by it, or (UDP) come back to it. */
void contact_record(struct contact *contact, const struct flow_record *record,
		    const struct side *side, bool sent, struct say *say);

#endif
