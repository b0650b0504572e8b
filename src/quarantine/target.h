/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a measure is on, out of the text the desk keeps:
 * "192.0.2.7 > 198.51.100.9:80/udp" for a filter, else "192.0.2.7",
 * "2001:db8:7::/56" or "203.0.113.40:2001-2512".
 */
#ifndef QUARANTINE_TARGET_H
#define QUARANTINE_TARGET_H

#include "fact/case_fact.h"
#include "fact/subject.h"

struct target {
	struct subject subject; /* of a filter: an address or port block */
	bool has_peer;          /* a filter's */
	struct endpoint peer;   /* port -1: any; proto is always known */
};

/*
 * LZ_E_FORMAT: not the one form of this kind (a filter without a peer, a
 * prefix before one, a peer without protocol, a port where there is none, two
 * families); LZ_E_RANGE: a number too large or host bits set.
 */
LZ_NODISCARD int target_parse(enum measure_kind kind, struct slice text,
			      struct target *target);
/* What target_parse reads back as the same. */
void target_format(struct text *text, const struct target *target);

#endif
