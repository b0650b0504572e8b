/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a detector keys on and identity is asked for: an address, an IPv6
 * assignment prefix, or an address with a block of ports (CGNAT outside).
 */
#ifndef FACT_SUBJECT_H
#define FACT_SUBJECT_H

#include "net/addr.h"

struct subject {
	struct prefix prefix; /* length 128 for one address */
	uint16_t port_first;  /* both 0: all ports */
	uint16_t port_last;
};

/* "192.0.2.7", "2001:db8::/56" or "203.0.113.40:2001-2512", and its NUL. */
#define SUBJECT_TEXT_SIZE 64

bool subject_equal(const struct subject *a, const struct subject *b);
bool subject_has_ports(const struct subject *subject);
void subject_format(struct text *text, const struct subject *subject);
LZ_NODISCARD int subject_parse(struct slice slice, struct subject *subject);

/*
 * How one item of network.inside cuts its addresses into subjects (from the
 * configuration; a prefix map holds the items' indices).
 */
struct inside_item {
	struct prefix prefix;
	uint8_t assign;       /* mapped bits of a subject; 128 for IPv4 */
	bool shared;          /* cgnat: outside */
	uint16_t block_ports; /* ports a block, where shared */
	uint16_t block_first; /* first port of the first block */
};

/*
 * The subject of an inside address and its own side's port.  Where shared and
 * the port is below block_first: the address itself with ports 0..block_first-1.
 */
struct subject subject_of(const struct inside_item *item,
			  const struct addr *addr, uint16_t port);

#endif
