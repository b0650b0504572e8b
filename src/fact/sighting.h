/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sighting: "this subject, in this interval, did or is this", as said by one
 * origin.  Immutable once made.  An ongoing behaviour gives one per five
 * minutes (floods: DESIGN section 5).  `first` and `last` are the counted
 * traffic's own times, not a window's edges.
 *
 * Canonical bytes v1 (hashed into the id): tag-length-value in fixed order.
 * The id never leaves the operator: a hash of address and time is guessable.
 */
#ifndef FACT_SIGHTING_H
#define FACT_SIGHTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/times.h"
#include "base/writer.h"
#include "fact/rsit.h"
#include "fact/subject.h"
#include "net/addr.h"

#define SIGHTING_ID_SIZE 16
#define SIGHTING_NAME_SIZE 40 /* origin, family, detector; NUL included */
#define SIGHTING_PORTS_MAX 8
#define SIGHTING_BYTES_MAX 1024 /* of canonical and of stored form */
#define SIGHTING_SCHEMA 2       /* 1 had no exporter */

/* sighting.marks */
#define SIGHTING_HAS_PORT 0x01 /* port (our side's) is known */
#define SIGHTING_HAS_PEER 0x02 /* peer is known */
#define SIGHTING_HAS_PEER_PORT 0x04
#define SIGHTING_SPOOFABLE 0x08   /* an outsider could have sent it */
#define SIGHTING_ESTABLISHED 0x10 /* our side answered: not a mere probe */
#define SIGHTING_FLOOD_LASTS 0x20 /* own flood, two windows in a row or more */
#define SIGHTING_UNAUTHENTICATED 0x40 /* reporter not authenticated */
#define SIGHTING_SINKHOLE 0x80        /* contact of a sinkhole */
#define SIGHTING_HAS_EXPORTER 0x100   /* exporter is known */

struct port_time {
	uint16_t port;
	struct at_event time;
};

struct sighting {
	uint8_t id[SIGHTING_ID_SIZE]; /* sighting_seal */
	struct at_event time;  /* when the rule crossed, in traffic time */
	struct at_event known; /* record time at which it was said */
	struct at_event first, last; /* the counted traffic's own */
	int64_t time_error_us;       /* bound of the exporter's clock error */
	int64_t lateness_us; /* record time - this = closed up to here */
	struct subject subject;
	struct addr address; /* the very host address seen */
	struct addr peer;
	struct addr
	    exporter; /* whose record made the rule cross; not in the id */
	uint16_t port, peer_port;
	uint8_t proto;
	uint8_t class;   /* enum rsit_class */
	uint8_t role;    /* enum sighting_role */
	uint8_t entered; /* enum entered */
	uint16_t marks;  /* SIGHTING_* above */
	int32_t weight_milli;
	uint32_t samples;   /* packets counted, before scaling */
	uint32_t sampling;  /* 1:N, 0 unknown */
	uint8_t port_count; /* of ports[]; only where the subject is shared */
	struct port_time ports[SIGHTING_PORTS_MAX];
	char origin[SIGHTING_NAME_SIZE];
	char family[SIGHTING_NAME_SIZE];
	char detector[SIGHTING_NAME_SIZE];
};

typedef void sighting_sink(void *context, const struct sighting *sighting);

/*
 * Canonical bytes v1: version, origin, class, role, address, ports, proto,
 * peer, peer port, family, first, last; absent parts have length 0.
 */
void sighting_canonical(struct writer *writer, const struct sighting *sighting);

/* Sets id: the first 16 bytes of SHA-256 over the canonical bytes. */
void sighting_seal(struct sighting *sighting);

/*
 * The fact key: as the id, but without origin and family, and with first and
 * last rounded down to the minute.  Origins with one key are witnesses of one
 * finding.
 */
void sighting_fact_key(const struct sighting *sighting,
		       uint8_t key[SIGHTING_ID_SIZE]);

/* Stored form (spool payload), schema number first.  All fields. */
void sighting_encode(struct writer *writer, const struct sighting *sighting);
/*
 * Reads schema 1, too.  LZ_E_VERSION for an unknown one,
 * LZ_E_SHORT/LZ_E_FORMAT/LZ_E_RANGE for bytes that are no sighting (enums out of range, text not NUL-free ASCII,
 * first > last).  The id is recomputed and must agree, else LZ_E_CHECKSUM.
 */
LZ_NODISCARD int sighting_decode(struct cursor *cursor,
				 struct sighting *sighting);

/* Human text of an id: 32 hex digits and NUL. */
#define SIGHTING_ID_TEXT_SIZE 33

#endif
