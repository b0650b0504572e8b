/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings (who held a subject, when, according to which source) and the five
 * answers to "who was it?".  Party numbers are the operator's own; the label
 * (account reference) stands beside them only in the binding source itself.
 */
#ifndef FACT_IDENTITY_H
#define FACT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "fact/rsit.h"
#include "fact/subject.h"

/* 64 random bits, never reused; 0 is nobody. */
struct party_id {
	uint64_t value;
};

/* An account reference as it stands in a bindings file, or "addr:<subject>"
 * for what can't be attributed. */
#define PARTY_LABEL_SIZE 96

/* binding.marks */
#define BINDING_START_INFERRED 0x01
#define BINDING_END_INFERRED 0x02
/* Its row could be read no further than the address: party is none. */
#define BINDING_UNREADABLE 0x04
#define BINDING_NO_PARTY UINT32_MAX

struct binding {
	uint64_t id; /* of the row, for measures that hang on it */
	struct subject subject;
	struct at_event start; /* [start, end) */
	struct at_event end;   /* INT64_MAX: still open */
	uint32_t party;        /* row in the source's table of party labels */
	uint16_t source;       /* which source said so */
	uint8_t marks;
	uint64_t offset; /* of the row in its source */
	uint32_t line;
	uint64_t hash; /* first 8 bytes of SHA-256 of the raw row */
};

#define IDENTITY_SOURCES_MAX 4
#define IDENTITY_REASONS_MAX 4

struct identity_answer {
	uint8_t certainty;      /* enum certainty */
	bool awaiting;          /* probable only: source not yet past the end */
	bool shared;            /* several hold the address at once, by ports */
	uint32_t party;         /* label row; only CERTAIN and PROBABLE */
	uint32_t candidates;    /* parties that could be meant */
	struct binding binding; /* that names the party; CERTAIN and PROBABLE */
	uint8_t reason_count;
	const char *reasons[IDENTITY_REASONS_MAX]; /* static texts */
	uint8_t source_count;
	struct binding sources[IDENTITY_SOURCES_MAX]; /* rows that were used */
};

#endif
