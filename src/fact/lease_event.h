/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one source said about who holds what: the one shape that all decoders
 * of src/lease end in (RADIUS accounting, lease files, NAT logs, address lists)
 * and that ident/tracker makes bindings of.
 *
 * A lease here is any tenure of addresses: a RADIUS session, a DHCP lease, a
 * block of ports, a virtual machine's address.  Events arrive twice, late and in
 * any order; an event says when it happened, and the tracker orders by that.
 */
#ifndef FACT_LEASE_EVENT_H
#define FACT_LEASE_EVENT_H

#include "fact/identity.h"

/* Stored in the raw log's tests and fuzz corpora: only append. */
enum lease_kind {
	LEASE_START = 1, /* holds `subjects` from `at` on */
	LEASE_ALIVE =
	    2,          /* holds them at `at` (Interim, renewal, re-sent block),
			    and has since `start` where that is told */
	LEASE_STOP = 3, /* held them until `at` (and since `start`, if told) */
	LEASE_WHOLE =
	    4, /* held them over [start, end): radacct row, DHCP lease,
			    address list.  A later one with the same session
			    and subject replaces it */
	LEASE_RESET = 5, /* all sessions of `speaker` ended at `at`
			    (Accounting-On, Accounting-Off) */
	LEASE_WORD = 6,  /* nothing but: this source has spoken until `at` */
	LEASE_GAP = 7,   /* words of `speaker` with event times in [start, at]
			    may have been lost: what was open then and has not
			    been heard of since is vouched for no longer */
	LEASE_KIND_COUNT
};

/* Which of a session's addresses: a new value in a slot ends the old one, an
 * absent slot is unchanged. */
enum lease_slot {
	LEASE_SLOT_ADDRESS = 0,   /* Framed-IP-Address, lease, static row */
	LEASE_SLOT_PREFIX = 1,    /* Framed-IPv6-Prefix */
	LEASE_SLOT_DELEGATED = 2, /* Delegated-IPv6-Prefix, IA_PD */
	LEASE_SLOT_ADDRESS6 = 3,  /* Framed-IPv6-Address, IA_NA */
	LEASE_SLOT_PORTS = 4      /* a block of ports; several side by side */
};

struct lease_subject {
	struct subject subject;
	uint8_t slot;
};

#define LEASE_SUBJECTS_MAX 8
#define LEASE_SPEAKER_SIZE 64
#define LEASE_ID_SIZE 96

/* lease_event.marks */
#define LEASE_START_INFERRED 0x01 /* start is computed (event - session time) */
#define LEASE_BLOCK_ENDS \
	0x02 /* the STOP ends this port block alone, not
				     the whole session */
#define LEASE_CLOCK_DOUBTED \
	0x04 /* event time and arrival don't fit: error_us
				     has been widened */
/* A WHOLE's end is a bound, nobody saw it: in [sure, end) the holder is probable
 * at most (a release whose time isn't told, grace after expiry). */
#define LEASE_END_INFERRED 0x08
/* Of the subject's ports one protocol (or one peer) alone is meant: others may
 * hold the same subject at the same time.  It ends nobody's tenure; beside
 * another party's it is a conflict. */
#define LEASE_SHARES 0x10
/* `holder` is of a lesser kind than the preferred one: it counts only where the
 * session has none yet, and never changes one. */
#define LEASE_HOLDER_LESSER 0x20

/*
 * Texts are bytes of the source, not NUL-free by promise but by decoder: a NUL
 * or a text too long is a reason to refuse the record.
 */
struct lease_event {
	uint8_t kind;
	uint8_t marks;
	uint8_t subject_count;
	struct lease_subject subjects[LEASE_SUBJECTS_MAX];
	uint32_t realm; /* of the subjects */
	/* Who speaks, where one input carries several: NAS-IP-Address or
	 * NAS-Identifier, a syslog host; "": the input itself.  Watermarks,
	 * resets and sessions are a speaker's own. */
	char speaker[LEASE_SPEAKER_SIZE];
	/* Acct-Session-Id, lease's client, VM; "": the subject is the session. */
	char session[LEASE_ID_SIZE];
	/* Who holds: "user:NAME", "class:0x...", "circuit:TEXT", "remote:TEXT",
	 * "mac:02:00:5e:...", "duid:...", "account:REF" ; "": not said, unchanged.
	 * Contracts (ident/contracts.h) turn it into an account. */
	char holder[PARTY_LABEL_SIZE];
	/* ... or an inside address behind a NAT. */
	bool inside_told;
	struct addr inside;
	uint32_t inside_realm;

	struct at_event at;
	struct at_event start, end; /* unset where not told */
	struct at_event sure;       /* with LEASE_END_INFERRED, else unset */
	int64_t error_us; /* of at, start and end, by this word's clock */
	struct at_arrival arrival;
	uint64_t origin; /* raw log reference: sequence << 16 | byte offset
			    inside that record (0 where one record is one word) */
};

/* A decoder calls this for each event it found. */
typedef void lease_sink(void *context, const struct lease_event *event);
/*
 * ... and this for what it refuses: `reason` is a static name for a counter
 * ("authenticator", "no_status_type"), offset is the byte in the input.
 */
typedef void lease_refused(void *context, uint64_t offset, const char *reason);

/* Where a decoder's output goes. */
struct lease_output {
	lease_sink *sink;
	lease_refused *refused; /* NULL: not wanted */
	void *context;          /* of both */
};

#endif
