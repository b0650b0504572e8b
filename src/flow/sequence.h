/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exporter's sequence numbers say: lost, overtaken, started anew, or
 * somebody else.
 *
 * NetFlow v9 and sFlow count datagrams, v5 and IPFIX the records before, and
 * real exporters count otherwise: without options data, with the message's
 * own records, records where datagrams are due.  Which of these an exporter
 * does is learnt from what fits; loss is in the unit it counts.  Part of the
 * decoder; nobody else includes this.
 */
#ifndef FLOW_SEQUENCE_H
#define FLOW_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/decoder.h"

enum sequence_way {
	SEQUENCE_DATAGRAMS,   /* + 1 */
	SEQUENCE_PRIOR,       /* + records of the datagram before */
	SEQUENCE_PRIOR_FLOWS, /* the same without options data */
	SEQUENCE_WITH,        /* + records of this datagram */
	SEQUENCE_WITH_FLOWS,  /* the same without options data */
	SEQUENCE_WAYS
};

/* Data records of a datagram. */
struct sequence_records {
	uint32_t all, flows; /* flows: all but options data */
	bool unsure;         /* there were more that nobody could decode */
};

struct sequence {
	bool seen;
	uint32_t last;                   /* of the newest datagram */
	struct sequence_records records; /* of that */
	uint8_t fits[SEQUENCE_WAYS];     /* how often each was right */
};

enum sequence_finding {
	SEQUENCE_GOES_ON,
	SEQUENCE_ANEW,   /* counts from zero again */
	SEQUENCE_FOREIGN /* leapt: another stream */
};

/* Before a datagram is decoded. */
enum sequence_finding sequence_before(const struct sequence *sequence,
				      enum flow_protocol protocol,
				      uint32_t number);

/* After it: how much was lost before it; negative: so much that had been
 * counted as lost has come after all. */
int32_t sequence_after(struct sequence *sequence, enum flow_protocol protocol,
		       uint32_t number, const struct sequence_records *records);

/* Is a number far below the last, as after a start from zero?  For
 * who counts records. */
bool sequence_is_back(const struct sequence *sequence, uint32_t number);

/*
 * The number that the next datagram has if none is lost, to be kept over a
 * restart of ours.  False: it depends on that datagram, or nobody can know.
 */
bool sequence_next(const struct sequence *sequence, enum flow_protocol protocol,
		   uint32_t *next);

/* The next datagram's number is taken as it is. */
void sequence_reset(struct sequence *sequence);

#endif
