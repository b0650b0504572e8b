/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table.  Order matters: a row stands before those it is an exception to.
 * People's acts first ask what they can't do; sightings first ask whether
 * automation may act at all.  Releases ask nothing.
 */
#include "case/table.h"
#include "case/facts.h"
#include "fact/security_reason.h"

#define S(state) (uint16_t)(1u << CASE_##state)
#define YOUNG (S(WATCHING) | S(OPEN))
#define LIVING (YOUNG | S(NOTICED) | S(QUARANTINED) | S(PROBATION))
#define GOING (LIVING | S(HELD))
#define ENDED (S(CLOSED) | S(DISMISSED) | S(MERGED))
#define ALL (GOING | ENDED)
#define F(fact) CASE_F_##fact
#define DO(act) CASE_DO_##act
#define SAME CASE_NEXT_SAME
/* What the ladder's measure waits for; trigger B waits for a brake alone. */
#define WAITS                                                       \
	(F(BRAKE_MEASURE) | F(NIGHT) | F(UNHELPED) | F(CONTESTED) | \
	 F(HELD_BACK))

/* clang-format off */
const struct case_row case_table[] = {
/* Sightings that change nothing. */
{ALL, CASE_EVENT_SIGHTING, SAME, F(DUPLICATE), 0, 0, "known-already", 0},
{ALL, CASE_EVENT_SIGHTING, SAME, F(EARLIER), 0, 0, "of-earlier-case",
 "it speaks of a time before the earlier case ended"},
{ENDED, CASE_EVENT_SIGHTING, SAME, 0, 0, 0, "of-ended-case",
 "it speaks of a time before the case ended"},
{LIVING, CASE_EVENT_SIGHTING, SAME, F(STALE), 0, 0, "word-of-before", 0},
{S(HELD), CASE_EVENT_SIGHTING, SAME, 0, 0, 0, "held-seen", 0},

/* Where automation stops and a person decides. */
{LIVING, CASE_EVENT_SIGHTING, CASE_HELD, F(ACTS) | F(PROTECTED), 0,
 DO(ASK_PROTECTED), "protected", 0},
{LIVING, CASE_EVENT_SIGHTING, CASE_HELD, F(ACTS) | F(DISMISSED), 0,
 DO(ASK_DISMISSED), "dismissed-lately", 0},
{LIVING, CASE_EVENT_SIGHTING, CASE_HELD, F(ACTS) | F(COMMON), 0,
 DO(ASK_BRAKE), "common-cause", 0},

/* Seen, and not told yet. */
{YOUNG, CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(B) | F(CAN_TELL),
 F(BRAKE_MEASURE), DO(FILTER) | DO(TELL) | DO(MEASURE) | DO(NO_RETRY),
 "attack-with-proof", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_NOTICED, F(ENOUGH) | F(CAN_TELL), 0,
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "enough-for-notice", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ENOUGH) | F(NO_CHANNEL), 0,
 DO(FILTER) | DO(ASK_CHANNEL), "no-channel", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ENOUGH) | F(NIGHT), F(BRAKE_NOTICE),
 DO(FILTER) | DO(WAIT_DAY), "told-by-day", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ENOUGH), 0,
 DO(FILTER) | DO(BRAKED), "notice-braked", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ATTACK), 0, DO(FILTER),
 "attack-of-unknown", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(FLOOD), 0, 0, "flood-seen", 0},
{YOUNG, CASE_EVENT_SIGHTING, SAME, 0, 0, 0, "seen", 0},

/* Told. */
{S(NOTICED), CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(B) | F(TOLD),
 F(BRAKE_MEASURE), DO(FILTER) | DO(MEASURE) | DO(NO_RETRY),
 "attack-goes-on", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(B) | F(CAN_TELL),
 F(BRAKE_MEASURE), DO(FILTER) | DO(TELL) | DO(MEASURE) | DO(NO_RETRY),
 "attack-told-anew", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(A) | F(TOLD) | F(LOT), WAITS,
 DO(FILTER) | DO(HOLD_BACK), "held-back", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(A) | F(TOLD), WAITS,
 DO(FILTER) | DO(MEASURE) | DO(NO_RETRY), "still-infected", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(A) | F(BRAKE_MEASURE), 0,
 DO(FILTER) | DO(BRAKED), "garden-braked", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(B) | F(BRAKE_MEASURE), 0,
 DO(FILTER) | DO(BRAKED), "attack-garden-braked", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(AGAIN) | F(CAN_TELL), 0,
 DO(FILTER) | DO(NOTICE) | DO(RETRIED), "second-notice", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(ENOUGH) | F(CAN_TELL), F(TOLD),
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "told-anew", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(A) | F(TOLD) | F(NIGHT),
 F(CONTESTED) | F(HELD_BACK), DO(WAIT_DAY), "waits-for-day", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(A) | F(TOLD) | F(UNHELPED),
 F(CONTESTED) | F(HELD_BACK), DO(WAIT_DESK), "waits-for-help", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, 0, 0, DO(FILTER), "noticed-seen", 0},

/* Under measure. */
{S(QUARANTINED), CASE_EVENT_SIGHTING, SAME, F(B) | F(FIERCER) | F(TOLD),
 F(BRAKE_MEASURE) | F(OVERDUE), DO(FILTER) | DO(MEASURE),
 "attack-under-measure", 0},
{S(QUARANTINED), CASE_EVENT_SIGHTING, SAME, F(STRONGER) | F(TOLD), WAITS,
 DO(FILTER) | DO(MEASURE), "ladder-climbed", 0},
{S(QUARANTINED), CASE_EVENT_SIGHTING, SAME, F(MOVED) | F(TOLD),
 F(BRAKE_MEASURE) | F(UNHELPED) | F(CONTESTED), DO(FILTER) | DO(MEASURE),
 "line-moved", 0},
{S(QUARANTINED), CASE_EVENT_SIGHTING, SAME, 0, 0, DO(FILTER),
 "quarantined-seen", 0},

/* Released, and seen again since. */
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_QUARANTINED,
 F(RELAPSE) | F(B) | F(TOLD), F(BRAKE_MEASURE),
 DO(FILTER) | DO(MEASURE) | DO(NO_RETRY), "relapse-attacking", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_QUARANTINED,
 F(RELAPSE) | F(A) | F(TOLD), WAITS,
 DO(FILTER) | DO(MEASURE) | DO(NO_RETRY), "relapse-infected", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_NOTICED,
 F(RELAPSE) | F(A) | F(TOLD) | F(NIGHT), F(BRAKE_MEASURE) | F(CONTESTED),
 DO(WAIT_DAY), "relapse-waits-for-day", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_NOTICED,
 F(RELAPSE) | F(A) | F(TOLD) | F(UNHELPED), F(BRAKE_MEASURE) | F(CONTESTED),
 DO(WAIT_DESK), "relapse-waits-for-help", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_NOTICED, F(RELAPSE) | F(CAN_TELL), 0,
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "relapse-notice", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_OPEN, F(RELAPSE) | F(NO_CHANNEL), 0,
 DO(FILTER) | DO(ASK_CHANNEL), "relapse-no-channel", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_OPEN, F(RELAPSE) | F(NIGHT),
 F(BRAKE_NOTICE), DO(WAIT_DAY), "relapse-told-by-day", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_OPEN, F(RELAPSE), 0,
 DO(FILTER) | DO(BRAKED), "relapse-braked", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_OPEN, F(ATTACK), 0, DO(FILTER),
 "relapse-of-unknown", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, SAME, 0, 0, 0, "probation-seen", 0},

/* Receipts. */
{ALL, CASE_EVENT_RECEIPT, SAME, F(UNKNOWN), 0, 0, "no-such-notice",
 "the case has no such notice"},
{ALL, CASE_EVENT_RECEIPT, SAME, F(DUPLICATE), 0, 0, "receipt-known", 0},
{S(NOTICED), CASE_EVENT_RECEIPT, SAME, F(FAILED) | F(CAN_TELL), F(TOLD),
 DO(NOTICE), "next-channel", 0},
{S(NOTICED), CASE_EVENT_RECEIPT, SAME, F(FAILED) | F(NIGHT),
 F(TOLD) | F(NO_CHANNEL), DO(WAIT_DAY), "next-channel-by-day", 0},
{S(NOTICED), CASE_EVENT_RECEIPT, CASE_OPEN, F(FAILED), F(TOLD),
 DO(ASK_CHANNEL), "notice-failed", 0},
{S(QUARANTINED), CASE_EVENT_RECEIPT, SAME, F(FAILED), F(TOLD),
 DO(ASK_CHANNEL), "quarantined-untold", 0},
{S(OPEN), CASE_EVENT_RECEIPT, CASE_NOTICED, F(REACHED), 0, 0, "told-late", 0},
{ALL, CASE_EVENT_RECEIPT, SAME, 0, 0, 0, "receipt", 0},

/* Time. */
{S(QUARANTINED), CASE_EVENT_TIMER, CASE_PROBATION, F(SPENT), F(BOUND),
 DO(OFF_SPENT), "measure-ended", 0},
{GOING, CASE_EVENT_TIMER, SAME, F(SPENT), 0, DO(OFF_SPENT),
 "filter-ended", 0},
{GOING, CASE_EVENT_TIMER, SAME, F(EASES), 0, DO(EASE), "objection-eases", 0},
{GOING, CASE_EVENT_TIMER, SAME, F(ACCEPTED), 0, DO(DELIVERED),
 "silence-delivers", 0},
{GOING, CASE_EVENT_TIMER, SAME, F(ENDS_SOON), 0, DO(ASK_END),
 "ends-tomorrow", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_CLOSED, F(QUIET),
 F(MEASURE) | F(OBJECTED), 0, "went-quiet", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, SAME, F(QUIET) | F(OBJECTED),
 F(MEASURE), DO(NO_RETRY), "quiet-yet-contested", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_HELD, F(ACTS) | F(PROTECTED), 0,
 DO(ASK_PROTECTED), "protected-later", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_HELD, F(ACTS) | F(DISMISSED), 0,
 DO(ASK_DISMISSED), "dismissed-lately-later", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_HELD, F(ACTS) | F(COMMON), 0,
 DO(ASK_BRAKE), "common-cause-later", 0},
{YOUNG, CASE_EVENT_TIMER, CASE_NOTICED, F(ENOUGH) | F(CAN_TELL) | F(RETRY), 0,
 DO(NOTICE) | DO(NO_RETRY), "notice-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(A) | F(TOLD) | F(LOT), WAITS,
 DO(HOLD_BACK) | DO(RETRIED), "held-back-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, CASE_QUARANTINED, F(A) | F(TOLD), WAITS,
 DO(MEASURE) | DO(NO_RETRY), "garden-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, CASE_QUARANTINED, F(B) | F(TOLD),
 F(BRAKE_MEASURE), DO(MEASURE) | DO(NO_RETRY), "attack-garden-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(AGAIN) | F(CAN_TELL), 0,
 DO(NOTICE) | DO(RETRIED), "second-notice-due", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(ENOUGH) | F(CAN_TELL) | F(RETRY),
 F(TOLD), DO(NOTICE) | DO(NO_RETRY), "told-anew-late", 0},
{YOUNG, CASE_EVENT_TIMER, SAME, F(ENOUGH) | F(RETRY) | F(NIGHT),
 F(NO_CHANNEL) | F(BRAKE_NOTICE), DO(WAIT_DAY), "told-by-day-later", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(ACTS) | F(NIGHT),
 F(NO_CHANNEL) | F(BRAKE_NOTICE) | F(BRAKE_MEASURE), DO(WAIT_DAY),
 "waits-for-day-later", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(A) | F(TOLD) | F(UNHELPED),
 F(BRAKE_MEASURE) | F(CONTESTED) | F(HELD_BACK), DO(WAIT_DESK),
 "waits-for-help-later", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(ACTS), F(NO_CHANNEL), DO(BRAKED),
 "noticed-braked", 0},
{YOUNG, CASE_EVENT_TIMER, SAME, F(RETRY) | F(ENOUGH), F(NO_CHANNEL),
 DO(BRAKED), "still-braked", 0},
{S(QUARANTINED), CASE_EVENT_TIMER, SAME, F(RETRY) | F(WEAKENED) | F(TOLD),
 F(OBJECTED) | F(UNHELPED) | F(PROTECTED) | F(BRAKE_MEASURE) | F(COMMON),
 DO(RESTORE) | DO(NO_RETRY), "restored-late", 0},
{S(QUARANTINED), CASE_EVENT_TIMER, SAME, F(RETRY) | F(WEAKENED) | F(UNHELPED),
 F(OBJECTED) | F(PROTECTED), DO(WAIT_DESK), "restored-later", 0},
{S(QUARANTINED), CASE_EVENT_TIMER, SAME,
 F(RETRY) | F(WEAKENED) | F(BRAKE_MEASURE), F(OBJECTED) | F(PROTECTED),
 DO(BRAKED), "restored-braked", 0},
{S(QUARANTINED), CASE_EVENT_TIMER, SAME, F(RETRY) | F(WEAKENED) | F(COMMON),
 F(OBJECTED) | F(PROTECTED), DO(BRAKED), "restored-common", 0},
{LIVING, CASE_EVENT_TIMER, SAME, F(RETRY), 0, DO(NO_RETRY), "retry-idle", 0},
{LIVING, CASE_EVENT_TIMER, SAME, F(HOLD_OVER), 0, 0, "hold-back-over", 0},
{S(PROBATION), CASE_EVENT_TIMER, CASE_CLOSED, F(QUIET),
 F(MEASURE) | F(OBJECTED), 0, "stayed-clean", 0},

/* A line ends: what stands on it goes with it, whatever else is. */
{GOING, CASE_EVENT_BINDING, SAME, F(UNKNOWN), 0, 0, "no-such-line",
 "the case has nothing on such a line"},
{GOING, CASE_EVENT_BINDING, SAME, F(DUPLICATE), 0, 0, "line-known", 0},
{S(QUARANTINED), CASE_EVENT_BINDING, CASE_PROBATION, F(SPENT), F(BOUND),
 DO(OFF_SPENT), "line-gone", 0},
{GOING, CASE_EVENT_BINDING, SAME, F(SPENT), 0, DO(OFF_SPENT), "line-left", 0},
{GOING, CASE_EVENT_BINDING, SAME, 0, 0, 0, "line-ends", 0},

/* People. */
{LIVING, CASE_EVENT_HOLD, CASE_HELD, 0, 0, 0, "held-by-person", 0},
{S(HELD), CASE_EVENT_RESUME, SAME, F(TWO) | F(SAME_PERSON), 0, 0,
 "resumed-by-one", "a second person must say so"},
{S(HELD), CASE_EVENT_RESUME, CASE_NEXT_BACK, F(TWO) | F(SECOND), 0,
 DO(AGREED) | DO(RESUME), "resumed-by-two", 0},
{S(HELD), CASE_EVENT_RESUME, SAME, F(TWO), 0, DO(FIRST), "first-person", 0},
{S(HELD), CASE_EVENT_RESUME, CASE_NEXT_BACK, 0, 0, DO(RESUME), "resumed", 0},
{S(QUARANTINED) | S(HELD), CASE_EVENT_RELEASE, SAME,
 F(SELF) | F(SELF_SPENT) | F(WRITTEN), 0, 0, "self-in-writing",
 "the help desk has helped before: it needs the subscriber's written word"},
{S(QUARANTINED) | S(HELD), CASE_EVENT_RELEASE, SAME, F(SELF) | F(SELF_SPENT),
 0, 0, "self-spent", "the self-releases are used up: the help desk decides"},
{S(QUARANTINED), CASE_EVENT_RELEASE, CASE_PROBATION, F(SELF), 0,
 DO(OFF_ALL) | DO(SELF), "released-by-self", 0},
{S(HELD), CASE_EVENT_RELEASE, SAME, F(SELF) | F(BOUND), 0,
 DO(OFF_ALL) | DO(SELF), "released-by-self-while-held", 0},
{S(QUARANTINED) | S(HELD), CASE_EVENT_RELEASE, CASE_PROBATION, 0, F(SELF),
 DO(OFF_ALL) | DO(STAFF), "released", 0},
{LIVING, CASE_EVENT_RELEASE, CASE_PROBATION, F(MEASURE), F(SELF),
 DO(OFF_ALL), "filter-released", 0},
{ALL, CASE_EVENT_RELEASE, SAME, 0, 0, 0, "nothing-to-release",
 "there is nothing that this release could lift"},
{GOING, CASE_EVENT_DISMISS, CASE_DISMISSED, 0, 0, DO(OFF_ALL) | DO(CORRECT),
 "dismissed", 0},

/* An objection, and its answer. */
{GOING, CASE_EVENT_OBJECT, SAME, F(DUPLICATE), 0, 0, "objection-known", 0},
{GOING, CASE_EVENT_OBJECT, SAME, 0, F(TOLD) | F(MEASURE), 0, "objected-early",
 "nothing was said or done yet that could be a mistake"},
{GOING, CASE_EVENT_OBJECT, SAME, 0, 0, DO(OBJECT), "objected", 0},
{GOING, CASE_EVENT_ANSWER, SAME, 0, F(OBJECTED), 0, "nothing-to-answer",
 "no objection waits for an answer"},
{GOING, CASE_EVENT_ANSWER, CASE_DISMISSED, F(GRANTED), 0,
 DO(OFF_ALL) | DO(ANSWERED) | DO(CORRECT), "objection-granted", 0},
{GOING, CASE_EVENT_ANSWER, SAME, F(WEAKENED), F(TOLD), DO(ANSWERED),
 "objection-denied-untold", 0},
{GOING, CASE_EVENT_ANSWER, SAME, F(WEAKENED) | F(PROTECTED), 0, DO(ANSWERED),
 "objection-denied-protected", 0},
{GOING, CASE_EVENT_ANSWER, SAME, F(WEAKENED) | F(UNHELPED), 0,
 DO(ANSWERED), "objection-denied-by-night", 0},
{GOING, CASE_EVENT_ANSWER, SAME, 0, 0, DO(RESTORE) | DO(ANSWERED),
 "objection-denied", 0},

/* What persons order. */
{GOING, CASE_EVENT_ORDER, SAME, F(NO_REASON), 0, 0, "order-without-reason",
 REASON_REFUSED_TEXT},
{GOING, CASE_EVENT_ORDER, SAME, F(NO_ORDER), 0, 0, "order-of-nothing",
 "only a limit, garden or block can be ordered that is stronger than what is"},
{GOING, CASE_EVENT_ORDER, SAME, 0, F(ENOUGH), 0, "order-without-evidence",
 "the certain evidence isn't enough for a notice"},
{GOING, CASE_EVENT_ORDER, SAME, 0, F(PLACE), 0, "order-without-place",
 "no certain binding is open to act upon"},
{GOING, CASE_EVENT_ORDER, SAME, F(NO_BASIS), 0, 0, "order-without-basis",
 CASE_NO_BASIS_TEXT},
{GOING, CASE_EVENT_ORDER, SAME, F(CONTESTED), 0, 0, "order-contested",
 "an objection waits: answer it first"},
{GOING, CASE_EVENT_ORDER, SAME, F(UNHELPED), 0, 0, "order-unhelped",
 "nobody could help before the desk opens"},
{GOING, CASE_EVENT_ORDER, SAME, 0, F(TOLD) | F(CAN_TELL), 0, "order-untold",
 "the party can't be told, so its line can't be limited"},
{GOING, CASE_EVENT_ORDER, SAME, F(TWO) | F(SAME_PERSON), 0, 0,
 "ordered-by-one", "a second person must say so"},
{GOING, CASE_EVENT_ORDER, SAME, F(TWO), F(SECOND), DO(FIRST),
 "first-person-orders", 0},
{GOING, CASE_EVENT_ORDER, CASE_QUARANTINED, F(TWO), 0,
 DO(TELL) | DO(MEASURE) | DO(AGREED) | DO(NO_RETRY), "ordered-by-two", 0},
{GOING, CASE_EVENT_ORDER, CASE_QUARANTINED, 0, 0,
 DO(TELL) | DO(MEASURE) | DO(NO_RETRY), "ordered", 0},

/* Two cases of one party. */
{GOING, CASE_EVENT_MERGE, SAME, F(UNKNOWN), 0, 0, "merge-with-nothing",
 "there is no other case to go on in"},
{GOING, CASE_EVENT_MERGE, SAME, F(OBJECTED), 0, 0, "merge-contested",
 "an objection waits: answer it first"},
{GOING, CASE_EVENT_MERGE, CASE_MERGED, 0, 0, DO(OFF_ALL) | DO(MERGE),
 "merged", 0},

/* What proved wrong. */
{ALL, CASE_EVENT_WITHDRAW, SAME, F(UNKNOWN), 0, 0, "no-such-sighting",
 "the case rests on no such sighting"},
{S(QUARANTINED), CASE_EVENT_WITHDRAW, CASE_WATCHING,
 F(BASELESS) | F(UNFOUNDED), 0, DO(OFF_ALL) | DO(CORRECT),
 "wrongly-quarantined", 0},
{S(QUARANTINED), CASE_EVENT_WITHDRAW, CASE_NOTICED, F(BASELESS), 0,
 DO(OFF_ALL), "garden-baseless", 0},
{S(NOTICED), CASE_EVENT_WITHDRAW, CASE_WATCHING, F(UNFOUNDED), 0,
 DO(OFF_ALL) | DO(CORRECT), "wrongly-noticed", 0},
{S(OPEN), CASE_EVENT_WITHDRAW, CASE_WATCHING, 0, F(ENOUGH) | F(FLOOD),
 DO(OFF_ALL) | DO(CORRECT), "open-baseless", 0},
{YOUNG | S(HELD) | S(PROBATION) | ENDED, CASE_EVENT_WITHDRAW, SAME,
 F(UNFOUNDED), 0, DO(OFF_ALL) | DO(CORRECT), "correct-later", 0},
{S(HELD), CASE_EVENT_WITHDRAW, SAME, F(BASELESS), 0,
 DO(OFF_ALL), "held-baseless", 0},
{YOUNG | S(NOTICED) | S(PROBATION) | S(HELD), CASE_EVENT_WITHDRAW, SAME,
 F(MEASURE), F(FLOOD) | F(BOUND), DO(OFF_ALL), "attack-withdrawn", 0},
{ALL, CASE_EVENT_WITHDRAW, SAME, 0, 0, 0, "withdrawn", 0},
};
/* clang-format on */

const size_t case_table_rows = sizeof(case_table) / sizeof(case_table[0]);

const struct case_row *
case_table_find(enum case_state state, enum case_event_kind event,
		uint64_t facts)
{
	for (size_t i = 0; i < case_table_rows; i++) {
		const struct case_row *row = &case_table[i];

		if (row->states >> state & 1 && row->event == event &&
		    (facts & row->need) == row->need && !(facts & row->forbid))
			return row;
	}
	return NULL;
}
