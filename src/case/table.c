/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table.  Order matters: a row stands before those it is an exception to.
 * People's acts first ask what they can't do; sightings first ask whether
 * automation may act at all.
 */
#include "case/table.h"
#include "case/facts.h"

#define S(state) (uint16_t)(1u << CASE_##state)
#define YOUNG (S(WATCHING) | S(OPEN))
#define LIVING (YOUNG | S(NOTICED) | S(QUARANTINED) | S(PROBATION))
#define ENDED (S(CLOSED) | S(DISMISSED))
#define ALL (LIVING | ENDED | S(HELD))
#define F(fact) CASE_F_##fact
#define DO(act) CASE_DO_##act
#define SAME CASE_NEXT_SAME

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
 F(BRAKE_MEASURE), DO(FILTER) | DO(TELL) | DO(GARDEN) | DO(NO_RETRY),
 "attack-with-proof", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_NOTICED, F(ENOUGH) | F(CAN_TELL), 0,
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "enough-for-notice", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ENOUGH) | F(NO_CHANNEL), 0,
 DO(FILTER) | DO(ASK_CHANNEL), "no-channel", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ENOUGH), 0,
 DO(FILTER) | DO(BRAKED), "notice-braked", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(ATTACK), 0, DO(FILTER),
 "attack-of-unknown", 0},
{YOUNG, CASE_EVENT_SIGHTING, CASE_OPEN, F(FLOOD), 0, 0, "flood-seen", 0},
{YOUNG, CASE_EVENT_SIGHTING, SAME, 0, 0, 0, "seen", 0},

/* Told. */
{S(NOTICED), CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(B) | F(TOLD),
 F(BRAKE_MEASURE), DO(FILTER) | DO(GARDEN) | DO(NO_RETRY),
 "attack-goes-on", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(B) | F(CAN_TELL),
 F(BRAKE_MEASURE), DO(FILTER) | DO(TELL) | DO(GARDEN) | DO(NO_RETRY),
 "attack-told-anew", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, CASE_QUARANTINED, F(A) | F(TOLD),
 F(BRAKE_MEASURE), DO(FILTER) | DO(GARDEN) | DO(NO_RETRY),
 "still-infected", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(A) | F(BRAKE_MEASURE), 0,
 DO(FILTER) | DO(BRAKED), "garden-braked", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(B) | F(BRAKE_MEASURE), 0,
 DO(FILTER) | DO(BRAKED), "attack-garden-braked", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(AGAIN) | F(CAN_TELL), 0,
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "second-notice", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, F(ENOUGH) | F(CAN_TELL), F(TOLD),
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "told-anew", 0},
{S(NOTICED), CASE_EVENT_SIGHTING, SAME, 0, 0, DO(FILTER), "noticed-seen", 0},

/* Under measure. */
{S(QUARANTINED), CASE_EVENT_SIGHTING, SAME, F(MOVED) | F(TOLD),
 F(BRAKE_MEASURE), DO(GARDEN), "line-moved", 0},
{S(QUARANTINED), CASE_EVENT_SIGHTING, SAME, 0, 0, DO(FILTER),
 "quarantined-seen", 0},

/* Released, and seen again since. */
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_QUARANTINED,
 F(RELAPSE) | F(B) | F(TOLD), F(BRAKE_MEASURE),
 DO(FILTER) | DO(GARDEN) | DO(NO_RETRY), "relapse-attacking", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_QUARANTINED,
 F(RELAPSE) | F(A) | F(TOLD), F(BRAKE_MEASURE),
 DO(FILTER) | DO(GARDEN) | DO(NO_RETRY), "relapse-infected", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_NOTICED, F(RELAPSE) | F(CAN_TELL), 0,
 DO(FILTER) | DO(NOTICE) | DO(NO_RETRY), "relapse-notice", 0},
{S(PROBATION), CASE_EVENT_SIGHTING, CASE_OPEN, F(RELAPSE) | F(NO_CHANNEL), 0,
 DO(FILTER) | DO(ASK_CHANNEL), "relapse-no-channel", 0},
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
{S(NOTICED), CASE_EVENT_RECEIPT, CASE_OPEN, F(FAILED), F(TOLD),
 DO(ASK_CHANNEL), "notice-failed", 0},
{S(QUARANTINED), CASE_EVENT_RECEIPT, SAME, F(FAILED), F(TOLD),
 DO(ASK_CHANNEL), "quarantined-untold", 0},
{ALL, CASE_EVENT_RECEIPT, SAME, 0, 0, 0, "receipt", 0},

/* Time. */
{S(QUARANTINED), CASE_EVENT_TIMER, CASE_PROBATION, F(SPENT), F(BOUND),
 DO(OFF_SPENT), "measure-ended", 0},
{LIVING | S(HELD), CASE_EVENT_TIMER, SAME, F(SPENT), 0, DO(OFF_SPENT),
 "filter-ended", 0},
{LIVING | S(HELD), CASE_EVENT_TIMER, SAME, F(ACCEPTED), 0, DO(DELIVERED),
 "silence-delivers", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_HELD, F(ACTS) | F(PROTECTED), 0,
 DO(ASK_PROTECTED), "protected-later", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_HELD, F(ACTS) | F(DISMISSED), 0,
 DO(ASK_DISMISSED), "dismissed-lately-later", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_HELD, F(ACTS) | F(COMMON), 0,
 DO(ASK_BRAKE), "common-cause-later", 0},
{YOUNG, CASE_EVENT_TIMER, CASE_NOTICED, F(ENOUGH) | F(CAN_TELL) | F(RETRY), 0,
 DO(NOTICE) | DO(NO_RETRY), "notice-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, CASE_QUARANTINED, F(A) | F(TOLD),
 F(BRAKE_MEASURE), DO(GARDEN) | DO(NO_RETRY), "garden-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, CASE_QUARANTINED, F(B) | F(TOLD),
 F(BRAKE_MEASURE), DO(GARDEN) | DO(NO_RETRY), "attack-garden-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(AGAIN) | F(CAN_TELL), 0,
 DO(NOTICE) | DO(NO_RETRY), "second-notice-due", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(ENOUGH) | F(CAN_TELL) | F(RETRY),
 F(TOLD), DO(NOTICE) | DO(NO_RETRY), "told-anew-late", 0},
{S(NOTICED), CASE_EVENT_TIMER, SAME, F(ACTS), F(NO_CHANNEL), DO(BRAKED),
 "noticed-braked", 0},
{YOUNG, CASE_EVENT_TIMER, SAME, F(RETRY) | F(ENOUGH), F(NO_CHANNEL),
 DO(BRAKED), "still-braked", 0},
{LIVING, CASE_EVENT_TIMER, SAME, F(RETRY), 0, DO(NO_RETRY), "retry-idle", 0},
{YOUNG | S(NOTICED), CASE_EVENT_TIMER, CASE_CLOSED, F(QUIET), F(MEASURE), 0,
 "went-quiet", 0},
{S(PROBATION), CASE_EVENT_TIMER, CASE_CLOSED, F(QUIET), F(MEASURE), 0,
 "stayed-clean", 0},

/* People. */
{LIVING, CASE_EVENT_HOLD, CASE_HELD, 0, 0, 0, "held-by-person", 0},
{S(HELD), CASE_EVENT_RESUME, CASE_NEXT_BACK, 0, 0, DO(RETRY_NOW),
 "resumed", 0},
{S(QUARANTINED), CASE_EVENT_RELEASE, SAME, F(SELF) | F(SELF_SPENT), 0, 0,
 "self-spent", "the self-releases are used up: the help desk decides"},
{S(QUARANTINED), CASE_EVENT_RELEASE, CASE_PROBATION, F(SELF), 0,
 DO(OFF_ALL) | DO(SELF), "released-by-self", 0},
{S(QUARANTINED) | S(HELD), CASE_EVENT_RELEASE, CASE_PROBATION, 0, F(SELF),
 DO(OFF_ALL), "released", 0},
{LIVING, CASE_EVENT_RELEASE, CASE_PROBATION, F(MEASURE), F(SELF),
 DO(OFF_ALL), "filter-released", 0},
{ALL, CASE_EVENT_RELEASE, SAME, 0, 0, 0, "nothing-to-release",
 "there is nothing that this release could lift"},
{LIVING | S(HELD), CASE_EVENT_DISMISS, CASE_DISMISSED, 0, 0, DO(OFF_ALL),
 "dismissed", 0},

/* What proved wrong. */
{ALL, CASE_EVENT_WITHDRAW, SAME, F(UNKNOWN), 0, 0, "no-such-sighting",
 "the case rests on no such sighting"},
{S(QUARANTINED), CASE_EVENT_WITHDRAW, CASE_WATCHING,
 F(BASELESS) | F(UNFOUNDED), 0, DO(OFF_ALL) | DO(CORRECT),
 "wrongly-quarantined", 0},
{S(QUARANTINED), CASE_EVENT_WITHDRAW, CASE_NOTICED, F(BASELESS), 0,
 DO(OFF_ALL) | DO(CORRECT), "garden-baseless", 0},
{S(NOTICED), CASE_EVENT_WITHDRAW, CASE_WATCHING, F(UNFOUNDED), 0,
 DO(OFF_ALL) | DO(CORRECT), "wrongly-noticed", 0},
{S(HELD) | S(PROBATION), CASE_EVENT_WITHDRAW, SAME, F(UNFOUNDED), 0,
 DO(OFF_ALL) | DO(CORRECT), "correct-later", 0},
{S(HELD), CASE_EVENT_WITHDRAW, SAME, F(BASELESS), 0,
 DO(OFF_ALL) | DO(CORRECT), "held-baseless", 0},
{S(OPEN), CASE_EVENT_WITHDRAW, CASE_WATCHING, 0, F(ENOUGH) | F(FLOOD),
 DO(OFF_ALL), "open-baseless", 0},
{ALL, CASE_EVENT_WITHDRAW, SAME, F(MEASURE), F(FLOOD) | F(BOUND),
 DO(OFF_ALL), "attack-withdrawn", 0},
{ALL, CASE_EVENT_WITHDRAW, SAME, 0, 0, 0, "withdrawn", 0},
};
/* clang-format on */

const size_t case_table_rows = sizeof(case_table) / sizeof(case_table[0]);

const struct case_row *
case_table_find(enum case_state state, enum case_event_kind event,
		uint32_t facts)
{
	for (size_t i = 0; i < case_table_rows; i++) {
		const struct case_row *row = &case_table[i];

		if (row->states >> state & 1 && row->event == event &&
		    (facts & row->need) == row->need && !(facts & row->forbid))
			return row;
	}
	return NULL;
}
