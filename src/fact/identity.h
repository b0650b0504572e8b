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
/* Two sources' words about it can't both be true: answers are ambiguous. */
#define BINDING_CONFLICT 0x08
/* Held by an inside address (behind a NAT), not by a party: party is none, and
 * `inside` in `inside_realm` is to be asked for. */
#define BINDING_INSIDE 0x10
/* Its source can lose words unseen, and no session number joins what it says:
 * never more than probable. */
#define BINDING_LOSSY 0x20
/* A later word changed it after it was first written down. */
#define BINDING_AMENDED 0x40
/* A static assignment: it goes before a session of another party inside it. */
#define BINDING_ASSIGNED 0x80
/* Others may hold the same subject at the same time (one protocol of a port). */
#define BINDING_SHARES 0x100
/* The tracker's own, of how it came by a holder or an end: */
#define BINDING_HOLDER_LESSER 0x200 /* a better holder key may still come */
#define BINDING_BOUNDED 0x400 /* END_INFERRED from a later holder or a reset */
#define BINDING_SILENT 0x800  /* END_INFERRED, not heard of for too long */
#define BINDING_NO_PARTY UINT32_MAX

/*
 * [start, end) is when it was held as far as is known; [reported, vouched) is
 * what its source stands for.  Before (a lost Start, a prefix that was first
 * reported in mid-session) and behind (a lost Stop whose end a later holder gave
 * away, a session that has not been heard of since) it is probable at most.
 */
struct binding {
	uint64_t id; /* of the row, for measures that hang on it */
	struct subject subject;
	uint32_t realm;        /* 0: public; else a VRF's own addresses */
	struct at_event start; /* [start, end) */
	struct at_event end;   /* INT64_MAX: still open */
	/* The first word that named this subject: start, unless inferred. */
	struct at_event reported;
	struct at_event heard;   /* the last word that named it */
	struct at_event vouched; /* filled in by the cursor at each look-up */
	int64_t error_us;        /* of its own ends, by its source's clock */
	uint32_t party;          /* row in the cursor's table of party labels */
	struct addr inside;      /* BINDING_INSIDE */
	uint32_t inside_realm;
	uint64_t session; /* which session of its source; 0: none */
	uint16_t source;  /* which source (NAS, lease file, NAT log) said so */
	uint8_t slot;     /* enum lease_slot: which of a session's addresses */
	uint16_t marks;
	uint64_t offset; /* of the row in its source: a file's byte, or the raw
			    log's reference (fact/lease_event.h) */
	uint32_t line;
	uint64_t hash; /* first 8 bytes of SHA-256 of the raw row; 0: to be read
			  from the raw log */
	uint8_t lack;  /* enum binding_lack: why nobody is meant; not stored */
};

/*
 * A row, or the part of one, whose holder was nobody's customer then: it holds
 * its place (a wider row names nobody there), and its party is none.
 */
enum binding_lack {
	BINDING_LACK_NONE = 0,
	BINDING_LACK_ENDED = 1,     /* the contract had ended */
	BINDING_LACK_NOT_BEGUN = 2, /* it hadn't begun */
	BINDING_LACK_ACCOUNT = 3    /* the holder is in no account */
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
