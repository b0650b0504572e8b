/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories of one case, made from a seed: what is seen, what comes back, what
 * people say, brakes, restarts, and time that passes to just before, at and
 * just after each limit.  A history is a list of deeds that mean something in
 * any order and any selection, so that it can be shrunk; running one steps the
 * real case_step and shows each step to a visitor.
 */
#ifndef TEST_CASE_HISTORY_H
#define TEST_CASE_HISTORY_H

#include "base/rng.h"
#include "case/entry.h"
#include "case/facts.h"
#include "case/table.h"
#include "fact/security_reason.h"

#define DEEDS_MAX 64
#define SEEN_MAX 512

enum deed_kind {
	DEED_SEE,
	DEED_SEE_AGAIN, /* the same sighting, perhaps better known whose */
	DEED_BURST,     /* many of one kind, a minute apart */
	DEED_TIMER,
	DEED_RECEIPT,
	DEED_HOLD,
	DEED_RESUME,
	DEED_RELEASE,
	DEED_DISMISS,
	DEED_WITHDRAW,
	DEED_OBJECT,
	DEED_ANSWER,
	DEED_ORDER,
	DEED_MERGE,
	DEED_BRAKE,
	DEED_RULES, /* the present policy changes */
	DEED_RESTART,
	DEED_BINDING, /* of a line: it ends */
	DEED_KIND_COUNT
};

/* What a time is counted from. */
enum anchor {
	ANCHOR_NOW,
	ANCHOR_DUE,
	ANCHOR_RETRY,
	ANCHOR_QUIET,     /* end of the quiet time */
	ANCHOR_SECOND,    /* a notice's creation + second_notice_us */
	ANCHOR_GRACE,     /* a notice's delivery + grace_us */
	ANCHOR_ACCEPTED,  /* its acceptance + accepted_us */
	ANCHOR_SENT,      /* its sending */
	ANCHOR_EXPIRES,   /* of a measure */
	ANCHOR_SINCE,     /* its begin + what the next rung waits */
	ANCHOR_RELEASED,  /* probation_since */
	ANCHOR_EARLIER,   /* earlier_until */
	ANCHOR_ANSWER,    /* answer_due */
	ANCHOR_HELD_BACK, /* held_back_until */
	ANCHOR_PERSON,    /* first person's word + approval_us */
	ANCHOR_SELF,      /* a self-release + its span */
	ANCHOR_SIGHTING,  /* a sighting's time */
	ANCHOR_ITEM,      /* + item_span_us */
	ANCHOR_WHOLE,     /* + item_whole_us */
	ANCHOR_BASIS,     /* end of a legal basis */
	ANCHOR_PLACE,     /* of a binding */
	ANCHOR_FRESH,     /* the oldest window that is an attack */
	ANCHOR_COUNT
};

struct deed {
	uint8_t kind;
	uint8_t anchor, which; /* when it is done; never before the last */
	int64_t offset_us;
	bool silent;                     /* timers due before don't ring */
	uint8_t seen_anchor, seen_which; /* SEE: event time */
	int64_t seen_offset_us;
	uint8_t shape, weight, role, certainty, binding, peer, count;
	bool shared, protected, ended, spoofed;
	uint8_t channels, others;
	uint8_t receipt, notice;
	uint8_t actor, measure, reason, brake;
	bool self, granted;
	uint16_t rules;
};

struct history {
	uint64_t seed;
	uint16_t rules; /* bits: what differs from the default policy */
	bool unknown;   /* the party is an address, no account */
	bool after_earlier, dismissed_before;
	size_t count;
	struct deed deeds[DEEDS_MAX];
};

/* One step of the real function, and all around it. */
struct moment {
	const struct history *history;
	const struct deed *deed; /* NULL: a timer that rang by itself */
	const struct case_record *before, *after;
	const struct case_event *event;
	const struct case_step_input *input;
	const struct case_step_result *result;
};
/* false: this is what was looked for, the history ends here. */
typedef bool history_visit(void *context, const struct moment *moment);

#define RULES_COUNT 16
/* The default policy, but for the bits that are set. */
void history_policy(uint16_t rules, struct case_policy *policy);
void history_make(uint64_t seed, struct history *history);
/* Answers false when a visit did. */
bool history_run(const struct history *history, history_visit *visit,
		 void *context);
/* shrink.h: makes a deed plainer in its n-th way. */
bool history_plainer(struct deed *deed, unsigned n);
/* Prints a step as a line of a story. */
void history_tell(const struct moment *moment);
void history_tell_rules(uint16_t rules);

#endif
