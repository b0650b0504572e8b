/* SPDX-License-Identifier: Apache-2.0 */
/* Histories made, run, and made plainer; told in case_story.c. */
#include "property/case_history.h"

#include <string.h>

#define T0 (INT64_C(1718877600) * TIMES_SECOND_US) /* 2024-06-20 10:00 */
#define LATENESS (120 * TIMES_SECOND_US)
#define RINGS_MAX 400 /* timers that ring on the way to one deed */

/* ---- rules ---- */

static void
add_ladder(struct case_policy *policy)
{
	struct case_ladder *ladder = &policy->ladders[1];

	*ladder = (struct case_ladder){
	    .count = 6,
	    .rungs = {{0, CHANNEL_MAIL, 0},
		      {TIMES_DAY_US, CHANNEL_SMS, 0},
		      {2 * TIMES_DAY_US, CHANNEL_LETTER, 0},
		      {TIMES_DAY_US, 0, MEASURE_LIMIT},
		      {2 * TIMES_DAY_US, 0, MEASURE_GARDEN},
		      {3 * TIMES_DAY_US, 0, MEASURE_BLOCK}}};
	policy->ladder_count = 2;
	policy->ladder_of[RSIT_SCANNER] = 1;
	policy->ladder_of[RSIT_DDOS] = 1;
}

/* Monday to Friday, 8 to 18; quiet from 22 to 6. */
static void
set_hours(struct hours_week *week, unsigned from, unsigned until, unsigned days)
{
	week->set = true;
	for (unsigned quarter = 0; quarter < HOURS_QUARTERS; quarter++) {
		unsigned hour = quarter / 4 % 24;
		bool within = from < until ? hour >= from && hour < until
					   : hour >= from || hour < until;

		if (within && quarter / 96 < days)
			week->quarters[quarter / 8] |=
			    (uint8_t)(1u << quarter % 8);
	}
}

static void
add_basis(struct case_policy *policy, uint32_t network, int64_t until_us)
{
	struct case_basis *basis = &policy->bases[policy->basis_count++];
	struct addr addr = addr_from_v4(network);

	basis->network = prefix_of(&addr, 120);
	basis->kind = BASIS_CONTRACT;
	basis->from_us = T0 - TIMES_DAY_US;
	basis->until_us = until_us;
	(void)text_copy(basis->reference, sizeof(basis->reference),
			slice_of("terms of service"));
}

static void
set_trial(struct case_policy *policy)
{
	policy->hold_back =
	    (struct case_hold_back){.share_ppm = CASE_HOLD_BACK_PPM_MAX * 5,
				    .span_us = 5 * TIMES_DAY_US,
				    .until_us = T0 + 40 * TIMES_DAY_US};
}

void
history_policy(uint16_t rules, struct case_policy *policy)
{
	case_policy_init(policy);
	policy->live_mode = rules & 0x0001;
	if (policy->live_mode)
		memset(policy->live, true, sizeof(policy->live));
	if (rules & 0x0002)
		policy->live[ACT_GARDEN][RSIT_SCANNER] =
		    policy->live[ACT_LIMIT][RSIT_SCANNER] =
			policy->live[ACT_NOTICE][RSIT_SPAM] = false;
	policy->essential_set = !(rules & 0x0004);
	if (rules & 0x0008)
		policy->party_measure = MEASURE_LIMIT;
	if (rules & 0x0010)
		policy->attack_measure = MEASURE_BLOCK;
	if (rules & 0x0020)
		add_ladder(policy);
	if (rules & 0x0040)
		set_hours(&policy->help_desk, 8, 18, 5);
	if (rules & 0x0080)
		set_hours(&policy->quiet, 22, 6, 7);
	if (rules & 0x0100)
		set_trial(policy);
	if (rules & 0x0200)
		add_basis(policy, 0xc0000200u, T0 + 30 * TIMES_DAY_US);
	if (rules & 0x0400)
		add_basis(policy, 0xcb007100u, INT64_MAX);
	policy->auto_release = !(rules & 0x0800);
	if (rules & 0x1000)
		policy->two_persons |= 1u << MEASURE_GARDEN;
	if (rules & 0x2000)
		policy->self_releases = 1;
	if (rules & 0x4000) {
		policy->factor_count = 2;
		policy->factors[0] = (struct case_factor){"list:c2", 500};
		policy->factors[1] = (struct case_factor){"scan/1", 1400};
	}
	if (rules & 0x8000)
		policy->attack_measure = MEASURE_LIMIT;
	case_policy_seal(policy);
}

/* ---- making ---- */

static int64_t
make_offset(struct rng *rng, bool anchored)
{
	static const int64_t spans[] = {
	    0,
	    1,
	    TIMES_SECOND_US,
	    TIMES_MINUTE_US,
	    20 * TIMES_MINUTE_US,
	    TIMES_HOUR_US,
	    20 * TIMES_HOUR_US,
	    TIMES_DAY_US,
	    3 * TIMES_DAY_US,
	    10 * TIMES_DAY_US,
	    29 * TIMES_DAY_US,
	};
	int64_t span = spans[rng_below(rng, sizeof(spans) / sizeof(spans[0]))];

	if (anchored && rng_below(rng, 4) > 0)
		return (int64_t)rng_below(rng, 3) - 1;
	/* Now and then a moment that is no round one. */
	if (span > TIMES_SECOND_US && rng_below(rng, 2) == 0)
		span -= (int64_t)rng_below(rng, (uint64_t)span);
	return span;
}

static void
make_seen(struct rng *rng, struct deed *deed)
{
	deed->shape = (uint8_t)rng_below(rng, 9);
	deed->weight = (uint8_t)(rng_below(rng, 4) ? 0 : rng_below(rng, 12));
	deed->role = (uint8_t)(rng_below(rng, 6) ? 0 : rng_below(rng, 4));
	deed->certainty = (uint8_t)(rng_below(rng, 5) ? CERTAINTY_CERTAIN
						      : rng_below(rng, 5));
	deed->binding = (uint8_t)(rng_below(rng, 3) ? 1 : rng_below(rng, 6));
	deed->peer = (uint8_t)(rng_below(rng, 3) ? 0 : rng_below(rng, 7));
	deed->count = (uint8_t)(2 + rng_below(rng, 10));
	if (rng_below(rng, 16) == 0)
		deed->count = (uint8_t)(60 + rng_below(rng, 190));
	deed->shared = rng_below(rng, 12) == 0;
	deed->protected = rng_below(rng, 20) == 0;
	deed->ended = rng_below(rng, 8) == 0;
	deed->spoofed = rng_below(rng, 12) == 0;
	deed->channels = (uint8_t)(rng_below(rng, 3) ? 2 : rng_below(rng, 4));
	deed->others = (uint8_t)(rng_below(rng, 6) ? 0 : 1 + rng_below(rng, 3));
	/* Mostly just now, for only then is an attack one. */
	deed->seen_anchor = rng_below(rng, 3)
				? ANCHOR_FRESH
				: (uint8_t)rng_below(rng, ANCHOR_COUNT);
	deed->seen_which = (uint8_t)rng_below(rng, 8);
	deed->seen_offset_us = make_offset(rng, true);
	if (deed->seen_anchor == ANCHOR_NOW)
		deed->seen_offset_us = -deed->seen_offset_us;
}

static enum deed_kind
make_kind(struct rng *rng)
{
	static const uint8_t weights[DEED_KIND_COUNT] = {
	    [DEED_SEE] = 36,     [DEED_SEE_AGAIN] = 3, [DEED_BURST] = 4,
	    [DEED_TIMER] = 12,   [DEED_RECEIPT] = 14,  [DEED_HOLD] = 2,
	    [DEED_RESUME] = 5,   [DEED_RELEASE] = 4,   [DEED_DISMISS] = 1,
	    [DEED_WITHDRAW] = 5, [DEED_OBJECT] = 3,    [DEED_ANSWER] = 3,
	    [DEED_ORDER] = 4,    [DEED_MERGE] = 1,     [DEED_BRAKE] = 3,
	    [DEED_RULES] = 2,    [DEED_RESTART] = 2,   [DEED_BINDING] = 3,
	};
	uint64_t drawn = rng_below(rng, 107);

	for (unsigned kind = 0; kind < DEED_KIND_COUNT; kind++) {
		if (drawn < weights[kind])
			return (enum deed_kind)kind;
		drawn -= weights[kind];
	}
	return DEED_SEE;
}

static void
make_deed(struct rng *rng, struct deed *deed)
{
	memset(deed, 0, sizeof(*deed));
	deed->kind = (uint8_t)make_kind(rng);
	if (rng_below(rng, 3) == 0)
		deed->anchor = (uint8_t)rng_below(rng, ANCHOR_COUNT);
	if (deed->kind == DEED_TIMER)
		deed->anchor = (uint8_t)(rng_below(rng, 2)
					     ? ANCHOR_DUE
					     : rng_below(rng, ANCHOR_COUNT));
	deed->which = (uint8_t)rng_below(rng, 8);
	deed->offset_us = make_offset(rng, deed->anchor != ANCHOR_NOW);
	deed->silent = rng_below(rng, 5) == 0;
	make_seen(rng, deed);
	deed->receipt = (uint8_t)(rng_below(rng, 2)
				      ? RECEIPT_DELIVERED
				      : rng_below(rng, RECEIPT_KIND_COUNT + 1));
	deed->notice = (uint8_t)(rng_below(rng, 4) ? 0 : rng_below(rng, 9));
	deed->actor = (uint8_t)rng_below(rng, 3);
	deed->measure = (uint8_t)rng_below(rng, MEASURE_KIND_COUNT + 1);
	deed->reason = (uint8_t)(rng_below(rng, 3)
				     ? 1 + rng_below(rng, 6)
				     : rng_below(rng, REASON_COUNT + 1));
	deed->brake = (uint8_t)(rng_below(rng, 2) ? 0 : rng_below(rng, 8));
	deed->self = rng_below(rng, 2);
	deed->granted = rng_below(rng, 2);
	deed->rules = (uint16_t)rng_below(rng, 8);
}

/* A deed of a recipe: what matters of it, the rest is plain. */
struct part {
	uint8_t kind, anchor;
	int64_t offset_us;
	uint8_t shape, what; /* receipt, measure or granted */
	uint8_t actor;
	bool self;
	uint8_t count;
};

#define PARTS_MAX 8
#define RECIPES 22

/* Ways into states that chance alone seldom finds; each is bent a little. */
static const struct part recipes[RECIPES][PARTS_MAX] = {
    /* Told, and seen again after the grace by two origins. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_DELIVERED, 0, false,
      0},
     {DEED_SEE, ANCHOR_GRACE, 1, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0}},
    /* The same day by day: three of them. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, 0, 0, RECEIPT_DELIVERED, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, 2 * TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, 2 * TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_GRACE, TIMES_HOUR_US, 0, 0, 0, false, 0}},
    /* An attack that goes on after it was told. */
    {{DEED_SEE, ANCHOR_NOW, 0, 1, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, 0, 0, RECEIPT_SENT, 0, false, 0},
     {DEED_BURST, ANCHOR_NOW, TIMES_MINUTE_US, 1, 0, 0, false, 5}},
    /* An objection, its clock, its answer. */
    {{DEED_OBJECT, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_ANSWER, 0, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_DUE, 0, 0, 0, 0, false, 0},
     {DEED_ANSWER, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_RETRY, 0, 0, 0, 0, false, 0}},
    /* Two persons order. */
    {{DEED_ORDER, ANCHOR_NOW, 0, 0, MEASURE_GARDEN, 0, false, 0},
     {DEED_ORDER, ANCHOR_NOW, TIMES_HOUR_US, 0, MEASURE_GARDEN, 1, false, 0}},
    {{DEED_ORDER, ANCHOR_NOW, 0, 0, MEASURE_BLOCK, 0, false, 0},
     {DEED_ORDER, ANCHOR_PERSON, 0, 0, MEASURE_BLOCK, 1, false, 0}},
    /* Two persons let it go on. */
    {{DEED_SEE, ANCHOR_NOW, 0, 0, 0, 0, true, 0},
     {DEED_RESUME, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RESUME, ANCHOR_PERSON, 0, 0, 0, 1, false, 0},
     {DEED_TIMER, ANCHOR_RETRY, 0, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 0, 0, 0, true, 0}},
    /* Nothing arrives; and then it does. */
    {{DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_FAILED, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_FAILED, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_DAY_US, 0, RECEIPT_SENT, 0, false, 0}},
    /* The end of a measure, and the day before. */
    {{DEED_TIMER, ANCHOR_EXPIRES, -TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_DUE, 0, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 4, 0, 0, false, 0}},
    /* He lets himself out, again and again. */
    {{DEED_RELEASE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, true, 0},
     {DEED_SEE, ANCHOR_NOW, 2 * TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 4, 0, 0, false, 0},
     {DEED_RELEASE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, true, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 4, 0, 0, false, 0}},
    /* A trial's end. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 4, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_HELD_BACK, 0, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0}},
    /* An objection against what was just set; denied by day or by night. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_DELIVERED, 0, false,
      0},
     {DEED_SEE, ANCHOR_GRACE, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_OBJECT, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_ANSWER, 0, 0, 0, 0, false, 0},
     {DEED_ANSWER, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_RETRY, 0, 0, 0, 0, false, 0}},
    /* The word of it never came, and he objects. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_DELIVERED, 0, false,
      0},
     {DEED_SEE, ANCHOR_GRACE, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_FAILED, 0, false, 0},
     {DEED_OBJECT, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_ANSWER, 0, 0, 0, 0, false, 0},
     {DEED_ANSWER, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0}},
    /* Held, and what it rested on falls. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_DELIVERED, 0, false,
      0},
     {DEED_SEE, ANCHOR_GRACE, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_HOLD, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_WITHDRAW, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_WITHDRAW, ANCHOR_NOW, 0, 0, 0, 0, false, 0},
     {DEED_WITHDRAW, ANCHOR_NOW, 0, 0, 1, 0, false, 0}},
    /* A brake stops it; later it goes on. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_DELIVERED, 0, false,
      0},
     {DEED_BRAKE, ANCHOR_NOW, 0, 0, 3, 0, false, 0},
     {DEED_SEE, ANCHOR_GRACE, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_BRAKE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_RETRY, 0, 0, 0, 0, false, 0}},
    /* A brake stops what an attack would bring. */
    {{DEED_SEE, ANCHOR_NOW, 0, 1, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, 0, 0, RECEIPT_SENT, 0, false, 0},
     {DEED_BRAKE, ANCHOR_NOW, 0, 0, 2, 0, false, 0},
     {DEED_BURST, ANCHOR_NOW, TIMES_MINUTE_US, 1, 0, 0, false, 5},
     {DEED_BRAKE, ANCHOR_NOW, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_RETRY, 0, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_DUE, 0, 0, 0, 0, false, 0}},
    /* Its notice fails while nothing may go out, and it attacks. */
    {{DEED_SEE, ANCHOR_NOW, 0, 1, 0, 0, false, 0},
     {DEED_BRAKE, ANCHOR_NOW, 0, 0, 1, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_MINUTE_US, 0, RECEIPT_FAILED, 0, false,
      0},
     {DEED_BRAKE, ANCHOR_NOW, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_BURST, ANCHOR_NOW, TIMES_MINUTE_US, 1, 0, 0, false, 5},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0}},
    /* Staff lets him out twice; then he asks again. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_RELEASE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, true, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_RELEASE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_DAY_US, 4, 0, 0, false, 0},
     {DEED_RELEASE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, true, 0}},
    /* Said of an end that is past. */
    {{DEED_DISMISS, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_EARLIER, 0, 0, 0, 0, false, 0},
     {DEED_SEE_AGAIN, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_MERGE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, true, 0}},
    /* Protected since; he objects. */
    {{DEED_OBJECT, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_TIMER, ANCHOR_ANSWER, 0, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 3, 0, 0, true, 0},
     {DEED_ANSWER, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RESUME, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0}},
    /* Told, measured, and the line is another's. */
    {{DEED_SEE, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_RECEIPT, ANCHOR_NOW, TIMES_HOUR_US, 0, RECEIPT_DELIVERED, 0, false,
      0},
     {DEED_SEE, ANCHOR_GRACE, TIMES_MINUTE_US, 0, 0, 0, false, 0},
     {DEED_SEE, ANCHOR_NOW, TIMES_MINUTE_US, 4, 0, 0, false, 0},
     {DEED_BINDING, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0}},
    /* What it rests on falls, piece by piece. */
    {{DEED_WITHDRAW, ANCHOR_NOW, TIMES_HOUR_US, 0, 0, 0, false, 0},
     {DEED_WITHDRAW, ANCHOR_NOW, 0, 0, 1, 0, false, 0},
     {DEED_WITHDRAW, ANCHOR_NOW, 0, 0, 0, 0, false, 0}},
};

static void
make_part(struct rng *rng, const struct part *part, struct deed *deed)
{
	memset(deed, 0, sizeof(*deed));
	deed->kind = part->kind;
	deed->anchor = part->anchor;
	deed->offset_us = part->offset_us;
	if (rng_below(rng, 3) == 0)
		deed->offset_us += (int64_t)rng_below(rng, 3) - 1;
	deed->shape = part->shape;
	deed->certainty = CERTAINTY_CERTAIN;
	deed->binding = 1;
	deed->channels = 2;
	deed->count = part->count;
	/* Just now, at the very time of its anchor. */
	deed->seen_anchor = part->shape == 1 ? ANCHOR_FRESH : ANCHOR_NOW;
	deed->receipt = deed->measure = part->what;
	deed->seen_which = part->what;
	deed->reason = 1;
	deed->brake = part->kind == DEED_BRAKE ? part->what : 0;
	/* What an end is told of is seen at that time, not now. */
	if (part->anchor == ANCHOR_EARLIER) {
		deed->anchor = ANCHOR_NOW;
		deed->seen_anchor = ANCHOR_EARLIER;
	}
	deed->actor = part->actor;
	deed->self = part->self;
	deed->protected = part->kind == DEED_SEE && part->self;
	deed->granted = rng_below(rng, 3) == 0;
}

/* Answers how many deeds it made, at most `room`. */
static size_t
make_recipe(struct rng *rng, struct deed *deeds, size_t room)
{
	const struct part *parts = recipes[rng_below(rng, RECIPES)];
	size_t count = 0;

	while (count < PARTS_MAX && count < room &&
	       (parts[count].kind || parts[count].offset_us ||
		parts[count].shape || count == 0)) {
		if (rng_below(rng, 12) == 0)
			make_deed(rng, &deeds[count]);
		else
			make_part(rng, &parts[count], &deeds[count]);
		count++;
	}
	return count;
}

/* Rules that belong together: as designed, live, with hours, with a trial, with
 * a longer ladder up to a block. */
static const uint16_t themes[] = {0x0000, 0x0001, 0x0001, 0x0101, 0x0101,
				  0x0161, 0x0021, 0x0061, 0x0071, 0x0081,
				  0x00c1, 0x1021, 0x0841, 0x2001, 0x0201};

void
history_make(uint64_t seed, struct history *history)
{
	struct rng rng;

	rng_init(&rng, seed);
	memset(history, 0, sizeof(*history));
	history->seed = seed;
	history->rules =
	    themes[rng_below(&rng, sizeof(themes) / sizeof(themes[0]))];
	if (rng_below(&rng, 3) == 0)
		for (unsigned i = 0; i < 3; i++)
			history->rules |=
			    (uint16_t)(1u << rng_below(&rng, RULES_COUNT));
	history->unknown = rng_below(&rng, 12) == 0;
	history->after_earlier = rng_below(&rng, 4) == 0;
	history->dismissed_before = rng_below(&rng, 12) == 0;
	history->count = 4 + rng_below(&rng, DEEDS_MAX - 4);
	for (size_t i = 0; i < history->count;)
		if (rng_below(&rng, 4) == 0)
			i += make_recipe(&rng, &history->deeds[i],
					 history->count - i);
		else
			make_deed(&rng, &history->deeds[i++]);
}

/* ---- running ---- */

struct run {
	const struct history *history;
	history_visit *visit;
	void *context;
	struct case_policy policy, current;
	struct case_record record, before;
	struct case_step_result result;
	struct rng ids;
	struct at_event now;
	uint8_t brake;
	size_t seen_count;
	struct sighting seen[SEEN_MAX];
	struct deed seen_as[SEEN_MAX];
};

static bool
step(struct run *run, const struct deed *deed, const struct case_event *event)
{
	struct case_step_input input = {
	    .policy = &run->policy,
	    .current = &run->current,
	    .now = run->now,
	    .brake = run->brake,
	    .brake_text = run->brake ? "brake: as the test says" : NULL,
	};
	struct moment moment = {.history = run->history,
				.deed = deed,
				.before = &run->before,
				.after = &run->record,
				.event = event,
				.input = &input,
				.result = &run->result};

	for (unsigned i = 0; i < CASE_ACTIONS_MAX; i++)
		input.ids[i] = rng_u64(&run->ids);
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		input.causes[i] = i + 1;
	case_record_copy(&run->before, &run->record);
	case_step(&run->record, event, &input, &run->result);
	return run->visit(run->context, &moment);
}

/* Timers ring as the book lets them, each at its own time. */
static bool
ring_until(struct run *run, struct at_event until)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};

	for (unsigned i = 0; i < RINGS_MAX; i++) {
		if (!times_is_set(run->record.due) ||
		    run->record.due.us > until.us)
			return true;
		if (run->record.due.us > run->now.us)
			run->now = run->record.due;
		if (!step(run, NULL, &timer))
			return false;
		if (!run->result.changed)
			run->record.due = times_unset();
	}
	return true;
}

static struct at_event
after(struct at_event time, int64_t us)
{
	return times_is_set(time) && time.us < INT64_MAX - us
		   ? (struct at_event){time.us + us}
		   : times_unset();
}

static struct at_event
notice_anchor(const struct run *run, uint8_t anchor, uint8_t which)
{
	const struct case_record *record = &run->record;
	const struct case_policy *policy = &run->policy;
	const struct case_notice *notice;

	if (record->notice_count == 0)
		return times_unset();
	notice = &record->notices[record->notice_count - 1 -
				  which % record->notice_count];
	switch (anchor) {
	case ANCHOR_SECOND:
		return after(notice->created, policy->second_notice_us);
	case ANCHOR_GRACE:
		return after(notice->delivered, policy->grace_us);
	case ANCHOR_ACCEPTED:
		return after(notice->accepted, policy->accepted_us);
	default:
		return notice->sent;
	}
}

static struct at_event
sighting_anchor(const struct run *run, uint8_t anchor, uint8_t which)
{
	const struct case_record *record = &run->record;
	const struct case_policy *policy = &run->policy;
	struct at_event time;

	if (record->sighting_count == 0)
		return times_unset();
	time = record
		   ->sightings[record->sighting_count - 1 -
			       which % record->sighting_count]
		   .time;
	if (anchor == ANCHOR_ITEM)
		return after(time, policy->item_span_us);
	if (anchor == ANCHOR_WHOLE)
		return after(time, policy->item_whole_us);
	return time;
}

static struct at_event
measure_anchor(const struct run *run, uint8_t anchor, uint8_t which)
{
	const struct case_record *record = &run->record;
	const struct case_measure *measure;

	if (record->measure_count == 0)
		return times_unset();
	measure = &record->measures[which % record->measure_count];
	return anchor == ANCHOR_EXPIRES
		   ? measure->expires
		   : after(measure->since, 2 * TIMES_DAY_US);
}

static struct at_event
anchor_time(const struct run *run, uint8_t anchor, uint8_t which)
{
	const struct case_record *record = &run->record;
	const struct case_policy *policy = &run->policy;

	switch (anchor) {
	case ANCHOR_DUE:
		return record->due;
	case ANCHOR_RETRY:
		return record->retry;
	case ANCHOR_QUIET:
		return after(record->last_seen, policy->probation_us);
	case ANCHOR_SECOND:
	case ANCHOR_GRACE:
	case ANCHOR_ACCEPTED:
	case ANCHOR_SENT:
		return notice_anchor(run, anchor, which);
	case ANCHOR_EXPIRES:
	case ANCHOR_SINCE:
		return measure_anchor(run, anchor, which);
	case ANCHOR_RELEASED:
		return record->probation_since;
	case ANCHOR_EARLIER:
		return record->earlier_until;
	case ANCHOR_ANSWER:
		return record->answer_due;
	case ANCHOR_HELD_BACK:
		return record->held_back_until;
	case ANCHOR_BASIS:
		return policy->basis_count > 0
			   ? (struct at_event){policy->bases[0].until_us}
			   : times_unset();
	case ANCHOR_PLACE:
		return record->place_count > 0
			   ? record->places[which % record->place_count].end
			   : times_unset();
	case ANCHOR_PERSON:
		return after(record->first_person_at, policy->approval_us);
	case ANCHOR_SELF:
		return record->self_release_count == 0
			   ? times_unset()
			   : after(record->self_released[0],
				   policy->self_release_span_us);
	case ANCHOR_SIGHTING:
	case ANCHOR_ITEM:
	case ANCHOR_WHOLE:
		return sighting_anchor(run, anchor, which);
	case ANCHOR_FRESH:
		return (struct at_event){run->now.us - LATENESS -
					 policy->attack_fresh_us + 1};
	default:
		return run->now;
	}
}

/* ---- what is seen ---- */

struct shape {
	const char *origin, *detector, *family;
	uint8_t class;
	int32_t weight;
	uint16_t marks;
	bool peer;
};

static const struct shape shapes[] = {
    {"own-flow", "scan/1", "", RSIT_SCANNER, 5000, 0, false},
    {"own-flow", "flood.icmp/1", "", RSIT_DDOS, 6000, SIGHTING_FLOOD_LASTS,
     true},
    {"own-flow", "flood.icmp/1", "", RSIT_DDOS, 4000, 0, true},
    {"list:c2", "contact/1", "mirai", RSIT_INFECTED_SYSTEM, 5000,
     SIGHTING_ESTABLISHED, true},
    {"sinkhole-a", "feed/1", "mirai", RSIT_INFECTED_SYSTEM, 5000,
     SIGHTING_ESTABLISHED | SIGHTING_SINKHOLE, false},
    {"own-flow", "brute/1", "", RSIT_BRUTE_FORCE, 3000, 0, false},
    {"mail", "mail/1", "", RSIT_SPAM, 1500, SIGHTING_UNAUTHENTICATED, false},
    {"own-dns", "dga/1", "qakbot", RSIT_INFECTED_SYSTEM, 3000, 0, false},
    {"feed-b", "feed/1", "", RSIT_DDOS_AMPLIFIER, 5000, 0, false},
};
static const int32_t weights[] = {0,     1499,  1501,  2500, 4999,    5001,
				  10999, 11000, -2000, -500, 2000000, -2000000};
static const uint8_t roles[] = {ROLE_INFECTED, ROLE_C2, ROLE_REFLECTOR,
				ROLE_VULNERABLE};

static struct subject
place_of(uint8_t binding)
{
	struct addr addr = addr_from_v4(0xc0000207u + binding);

	return (struct subject){.prefix = prefix_of(&addr, 128)};
}

static struct sighting
make_sighting(struct run *run, const struct deed *deed, struct at_event time)
{
	const struct shape *shape = &shapes[deed->shape % 9];
	struct sighting sighting = {.time = time,
				    .known = run->now,
				    .first = {time.us - 10 * TIMES_SECOND_US},
				    .last = time,
				    .lateness_us = LATENESS,
				    .proto = 17,
				    .peer_port = 80,
				    /* No two are the same. */
				    .port = (uint16_t)(1 + run->seen_count),
				    .class = shape->class,
				    .role = roles[deed->role % 4],
				    .marks = shape->marks | SIGHTING_HAS_PORT,
				    .weight_milli = shape->weight};

	if (deed->weight > 0)
		sighting.weight_milli = weights[deed->weight % 12];
	sighting.subject = place_of(deed->binding);
	sighting.address = sighting.subject.prefix.addr;
	if (shape->peer) {
		sighting.peer = addr_from_v4(0xc6336409u + deed->peer);
		sighting.marks |= SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT;
	}
	if (deed->spoofed)
		sighting.marks |= SIGHTING_SPOOFABLE;
	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of(shape->origin));
	(void)text_copy(sighting.detector, sizeof(sighting.detector),
			slice_of(shape->detector));
	(void)text_copy(sighting.family, sizeof(sighting.family),
			slice_of(shape->family));
	sighting_seal(&sighting);
	return sighting;
}

static bool
step_seen(struct run *run, const struct deed *deed, const struct deed *as,
	  const struct sighting *sighting)
{
	static const int64_t ends[] = {-TIMES_HOUR_US, 0, 1, TIMES_DAY_US};
	struct case_event event = {
	    .kind = CASE_EVENT_SIGHTING,
	    .sighting = sighting,
	    .certainty = deed->certainty,
	    .binding_end = times_unset(),
	    .target = sighting->subject,
	    .shared = as->shared,
	    .known = !run->history->unknown,
	    .protected = as->protected,
	    .reachable = as->channels > 0,
	    .channels = as->channels,
	    .time = run->now,
	};

	if (deed->certainty == CERTAINTY_CERTAIN && as->binding > 0) {
		event.binding = as->binding;
		/* Ended, or just now, or in a moment, or tomorrow. */
		event.binding_end.us = as->ended
					   ? run->now.us + ends[as->which % 4]
					   : INT64_MAX;
	}
	for (uint8_t i = 0; i < as->others && event.binding; i++)
		event.others[event.other_count++] =
		    (struct case_other){.binding = 20u + i,
					.target = place_of((uint8_t)(20 + i)),
					.end = {INT64_MAX}};
	(void)text_copy(event.binding_source, sizeof(event.binding_source),
			slice_of("bng1"));
	return step(run, deed, &event);
}

static bool
do_see(struct run *run, const struct deed *deed)
{
	struct at_event time = anchor_time(run, deed->seen_anchor,
					   deed->seen_which);
	unsigned count = deed->kind == DEED_BURST ? deed->count : 1;

	if (!times_is_set(time) || time.us == INT64_MAX)
		time = run->now;
	time.us += deed->seen_offset_us;
	for (unsigned i = 0; i < count; i++) {
		struct sighting *sighting = &run->seen[run->seen_count];

		if (run->seen_count == SEEN_MAX)
			return true;
		/* Nothing is reported before it happens. */
		if (time.us > run->now.us)
			time = run->now;
		*sighting = make_sighting(run, deed, time);
		run->seen_as[run->seen_count++] = *deed;
		if (!step_seen(run, deed, deed, sighting))
			return false;
		time.us += TIMES_MINUTE_US;
		if (i + 1 < count)
			run->now.us += TIMES_MINUTE_US;
	}
	return true;
}

static size_t
pick_seen(const struct run *run, const struct deed *deed)
{
	return run->seen_count - 1 - deed->seen_which % run->seen_count;
}

/* ---- what else happens ---- */

static bool
do_receipt(struct run *run, const struct deed *deed)
{
	struct case_record *record = &run->record;
	struct case_event event = {.kind = CASE_EVENT_RECEIPT,
				   .receipt = deed->receipt,
				   .notice_id = 99,
				   .time = run->now};

	if (record->notice_count > 0 && deed->notice < 8) {
		const struct case_notice *notice =
		    &record->notices[record->notice_count - 1 -
				     deed->notice % record->notice_count];

		/* What was never sent never comes back. */
		if (notice->would)
			return true;
		event.notice_id = notice->id;
	}
	return step(run, deed, &event);
}

static bool
do_person(struct run *run, const struct deed *deed)
{
	static const uint8_t kinds[DEED_KIND_COUNT] = {
	    [DEED_HOLD] = CASE_EVENT_HOLD,
	    [DEED_RESUME] = CASE_EVENT_RESUME,
	    [DEED_RELEASE] = CASE_EVENT_RELEASE,
	    [DEED_DISMISS] = CASE_EVENT_DISMISS,
	    [DEED_OBJECT] = CASE_EVENT_OBJECT,
	    [DEED_ANSWER] = CASE_EVENT_ANSWER,
	    [DEED_ORDER] = CASE_EVENT_ORDER,
	    [DEED_MERGE] = CASE_EVENT_MERGE,
	};
	static const char *const actors[] = {"ann (uid 1000)", "ben (uid 1001)",
					     "root (uid 0) for ann (uid 1000)"};
	struct case_event event = {.kind = kinds[deed->kind],
				   .time = run->now,
				   .self = deed->self,
				   .granted = deed->granted,
				   .measure = deed->measure,
				   .security = deed->reason,
				   .other_case = deed->self ? 0 : 77};

	if (deed->kind != DEED_RELEASE)
		event.self = false;
	(void)text_copy(event.actor, sizeof(event.actor),
			slice_of(actors[deed->actor % 3]));
	return step(run, deed, &event);
}

static bool
do_withdraw(struct run *run, const struct deed *deed)
{
	struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
				   .time = run->now};

	if (run->seen_count == 0)
		return true;
	event.sighting = &run->seen[pick_seen(run, deed)];
	(void)text_copy(event.reason, sizeof(event.reason),
			slice_of("the feed says so"));
	return step(run, deed, &event);
}

/* A line is another's from now on, or from a moment ago, or later. */
static bool
do_binding(struct run *run, const struct deed *deed)
{
	static const int64_t ends[] = {-TIMES_HOUR_US, 0, 1, -1};
	struct case_event event = {.kind = CASE_EVENT_BINDING,
				   .binding = deed->binding,
				   .binding_end = {run->now.us +
						   ends[deed->which % 4]},
				   .time = run->now};

	return step(run, deed, &event);
}

/* What is stored and read back is the same case. */
static bool
do_restart(struct run *run)
{
	static uint8_t bytes[CASE_RECORD_BYTES_MAX];
	static struct case_record read;
	struct writer writer;
	struct cursor cursor;

	writer_init(&writer, bytes, sizeof(bytes));
	case_record_encode(&writer, &run->record);
	cursor_init(&cursor, bytes, writer.length);
	if (writer.failed || case_record_decode(&cursor, &read))
		return false;
	memset(&run->record, 0xa5, sizeof(run->record));
	case_record_copy(&run->record, &read);
	return true;
}

static bool
do_deed(struct run *run, const struct deed *deed)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};
	size_t at;

	switch ((enum deed_kind)deed->kind) {
	case DEED_SEE:
	case DEED_BURST:
		return do_see(run, deed);
	case DEED_SEE_AGAIN:
		if (run->seen_count == 0)
			return true;
		at = pick_seen(run, deed);
		return step_seen(run, deed, &run->seen_as[at], &run->seen[at]);
	case DEED_TIMER:
		return step(run, deed, &timer);
	case DEED_RECEIPT:
		return do_receipt(run, deed);
	case DEED_WITHDRAW:
		return do_withdraw(run, deed);
	case DEED_BINDING:
		return do_binding(run, deed);
	case DEED_BRAKE:
		run->brake = deed->brake;
		return true;
	case DEED_RULES:
		/* Its live switches and essential set; the rest is kept. */
		history_policy((uint16_t)((run->history->rules & ~7u) |
					  (deed->rules & 7u)),
			       &run->current);
		return true;
	case DEED_RESTART:
		return do_restart(run);
	default:
		return do_person(run, deed);
	}
}

static void
begin(struct run *run, const struct history *history, history_visit *visit,
      void *context)
{
	struct party_id party = {42};

	memset(run, 0, sizeof(*run));
	run->history = history;
	run->visit = visit;
	run->context = context;
	history_policy(history->rules, &run->policy);
	run->current = run->policy;
	/* Some begin by night, some on a Sunday. */
	run->now.us = T0 + (int64_t)(history->seed % 168) * TIMES_HOUR_US;
	/* The draw of a trial is of these too: as many as there are seeds. */
	rng_init(&run->ids, history->seed);
	case_record_init(&run->record, 1, party, run->now, &run->policy);
	if (history->after_earlier || history->dismissed_before) {
		run->record.earlier = 2;
		run->record.earlier_until.us = run->now.us - TIMES_DAY_US;
	}
	if (history->dismissed_before)
		run->record.asked |= CASE_DISMISSED_BEFORE;
}

bool
history_run(const struct history *history, history_visit *visit, void *context)
{
	static struct run run;

	begin(&run, history, visit, context);
	for (size_t i = 0; i < history->count; i++) {
		const struct deed *deed = &history->deeds[i];
		struct at_event until = anchor_time(&run, deed->anchor,
						    deed->which);

		if (!times_is_set(until) || until.us == INT64_MAX)
			until = run.now;
		until.us += deed->offset_us;
		/* A timer's own deed rings it; the last one before is due. */
		if (deed->kind == DEED_TIMER)
			until.us -= 1;
		if (!deed->silent && !ring_until(&run, until))
			return false;
		until.us += deed->kind == DEED_TIMER;
		if (until.us > run.now.us)
			run.now = until;
		if (!do_deed(&run, deed))
			return false;
	}
	return true;
}

/* ---- plainer ---- */

bool
history_plainer(struct deed *deed, unsigned n)
{
	switch (n) {
	case 0:
		deed->anchor = ANCHOR_NOW;
		return true;
	case 1:
		deed->offset_us = 0;
		return true;
	case 2:
		deed->silent = false;
		return true;
	case 3:
		deed->seen_anchor = ANCHOR_FRESH;
		deed->seen_offset_us = 0;
		return true;
	case 4:
		deed->shared = deed->protected = deed->spoofed = false;
		deed->ended = false;
		return true;
	case 5:
		deed->certainty = CERTAINTY_CERTAIN;
		return true;
	case 6:
		deed->weight = deed->role = deed->peer = deed->others = 0;
		return true;
	case 7:
		deed->binding = 1;
		deed->channels = 2;
		return true;
	case 8:
		deed->count = 2;
		return true;
	case 9:
		deed->kind = deed->kind == DEED_BURST ? DEED_SEE : deed->kind;
		return true;
	case 10:
		deed->shape = 0;
		return true;
	case 11:
		deed->offset_us -= deed->offset_us % TIMES_DAY_US;
		return true;
	default:
		return false;
	}
}
