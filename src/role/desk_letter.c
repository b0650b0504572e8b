/* SPDX-License-Identifier: Apache-2.0 */
/* Letters of the desk. */
#include "role/desk_letter.h"

#include "case/facts.h"
#include "role/letter.h"

static int
add_row(struct store *store, const struct case_output *step, const char *kind,
	const struct notice_letter *letter)
{
	struct store_outbox row = {.case_id = step->record->id,
				   .notice = letter->id,
				   .kind = kind,
				   .lane = STORE_LANE_NOTICE,
				   .due = letter->created};
	uint8_t bytes[LETTER_BYTES_MAX];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	letter_encode(&writer, letter);
	row.body = (struct store_bytes){bytes, writer.length};
	return writer.failed ? LZ_E_FULL : desk_store_outbox_add(store, &row);
}

/* The first measure of the case's ladder; NULL: it has none. */
static const struct case_rung *
first_measure(const struct case_output *step)
{
	const struct case_policy *policy = step->input->policy;
	const struct case_ladder *ladder;

	if (step->record->ladder >= policy->ladder_count)
		return NULL;
	ladder = &policy->ladders[step->record->ladder];
	for (uint32_t i = 0; i < ladder->count; i++)
		if (ladder->rungs[i].measure)
			return &ladder->rungs[i];
	return NULL;
}

static enum case_act
act_of(uint8_t measure)
{
	switch (measure) {
	case MEASURE_LIMIT:
		return ACT_LIMIT;
	case MEASURE_BLOCK:
		return ACT_BLOCK;
	default:
		return ACT_GARDEN;
	}
}

static struct notice_letter
letter_of(const struct case_output *step, const struct case_notice *notice)
{
	const struct case_policy *policy = step->input->policy;

	return (struct notice_letter){.id = notice->id,
				      .code_bits = notice->code_bits,
				      .step = notice->step,
				      .created = notice->created,
				      .grace_us = policy->grace_us,
				      .quiet_us = policy->probation_us,
				      .channel = notice->channel,
				      .sighting = step->record->latest};
}

int
desk_letter_notice(struct store *store, const struct case_output *step,
		   const struct case_notice *notice)
{
	const struct case_rung *measure = first_measure(step);
	struct notice_letter letter = letter_of(step, notice);

	if (measure) {
		letter.grace_us = measure->after_us;
		letter.limits = case_is_live(step->input,
					     act_of(measure->measure),
					     step->record->latest.class);
	}
	return add_row(store, step, "notice", &letter);
}

/* Was a limit of the line lifted by this very step? */
static bool
lifts(const struct case_output *step)
{
	for (size_t i = 0; i < step->action_count; i++)
		if (step->actions[i].kind == CASE_ACTION_MEASURE_OFF &&
		    !step->actions[i].would &&
		    step->actions[i].measure.kind != MEASURE_FILTER)
			return true;
	return false;
}

static uint8_t
wrong_of(const struct case_output *step)
{
	switch (step->event->kind) {
	case CASE_EVENT_ANSWER:
		return NOTICE_WRONG_OBJECTION;
	case CASE_EVENT_DISMISS:
		return NOTICE_WRONG_EVIDENCE;
	default:
		return NOTICE_WRONG_HOLDER;
	}
}

int
desk_letter_correction(struct store *store, const struct case_output *step,
		       const struct case_notice *notice, uint8_t wrong)
{
	struct notice_letter letter = letter_of(step, notice);

	letter.wrong = wrong ? wrong : wrong_of(step);
	letter.lifted = lifts(step);
	letter.told = notice->created;
	letter.created = step->input->now;
	return add_row(store, step, "correction", &letter);
}
