/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One source of traffic on one line, as its router exports it.
 *
 * Three kinds: a stream (two-way, steady, cut at the active timeout), probes
 * (a packet a flow), sessions (short complete conversations with pauses).
 * Each step gives up to EMITTER_RECORDS_MAX records of one export time;
 * export times of one emitter never go back.
 */
#ifndef SIM_EMITTER_H
#define SIM_EMITTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "fact/flow_record.h"
#include "net/addr.h"

#define EMITTER_RECORDS_MAX 4

enum emitter_kind { EMITTER_STREAM, EMITTER_PROBES, EMITTER_SESSIONS };

/* Where probes go: one target, or a random host below a prefix. */
struct emitter_target {
	struct prefix prefix;
	uint16_t port, other_port; /* other_port for a tenth; 0: never */
	bool random_port;          /* above 1024, instead of port */
};

struct emitter {
	enum emitter_kind kind;
	struct rng rng;
	struct addr local, remote; /* local is the line's */
	uint32_t router;
	uint8_t proto;
	uint16_t local_port, remote_port;
	bool inbound; /* the remote side sends first (probes: and alone) */
	int64_t from_us, until_us;
	int64_t next_us; /* export time of the next step; INT64_MAX: done */
	int64_t active_us, inactive_us;
	/* stream */
	uint64_t out_mpps, in_mpps;   /* thousandths of a packet a second */
	uint32_t out_bytes, in_bytes; /* a packet */
	uint8_t out_flags, in_flags;
	uint8_t icmp_out, icmp_in; /* types */
	int64_t slice_us;
	/* probes */
	int64_t gap_us; /* mean */
	struct emitter_target target;
	uint32_t answered_percent;
	uint8_t answer_flags; /* 0 with proto tcp: complete handshakes */
	bool random_local_port;
	int64_t at_us;
};

/* Sets next_us for the first step; everything else is the caller's. */
void emitter_start(struct emitter *emitter);

/* The next step's records; answers how many (0 .. EMITTER_RECORDS_MAX). */
size_t emitter_step(struct emitter *emitter,
		    struct flow_record records[EMITTER_RECORDS_MAX]);

#endif
