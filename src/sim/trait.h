/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each behaviour does on the wire, as data: one row a source of traffic.
 */
#ifndef SIM_TRAIT_H
#define SIM_TRAIT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/emitter.h"
#include "sim/isp.h"

struct trait {
	enum isp_behaviour behaviour;
	enum emitter_kind kind;
	uint8_t proto;
	bool inbound;
	bool attack; /* begins after the quiet time, else at the start */
	uint16_t local_port; /* 0: any */
	uint16_t remote_port;
	uint8_t remote_host; /* last byte below 192.0.2.0 / 2001:db8:f000:: */
	uint8_t copies;      /* remote_host + i, local_port + i; 0 is one */
	uint32_t after_s;    /* later than that */
	uint32_t lasts_s;    /* 0: to the end */
	uint32_t out_mpps, in_mpps, out_bytes, in_bytes;
	uint8_t flags; /* both sides' TCP flags in a stream */
	uint8_t icmp_out, icmp_in;
	uint32_t gap_us;
	uint16_t target_port, target_other_port;
	bool target_wide; /* anywhere in 198.18.0.0/15, else remote_host */
	bool target_random_port, random_local_port;
	uint8_t answered_percent, answer_flags;
};

extern const struct trait trait_table[];
extern const size_t trait_count;

/* How many of 300 lines behave so (0 for ISP_BROWSING: all others). */
uint32_t trait_lines(enum isp_behaviour behaviour);

#endif
