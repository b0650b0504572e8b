/* SPDX-License-Identifier: Apache-2.0 */
/* What was expected, and what happened instead. */
#include "expectations.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "print.h"

#define INSTEAD_MAX 6

/* ------------------------------------------------------------ happenings */

static bool
is_when(const struct world *world, const struct statement *say,
	const struct happening *happening)
{
	if (statement_gives(say, "time")) {
		const struct at_event when = world_moment(world, say->time);
		const int64_t room_us = say->time.minute ? TIMES_MINUTE_US
							 : TIMES_SECOND_US;

		if (happening->at.us < when.us ||
		    happening->at.us >= when.us + room_us)
			return false;
	}
	return !statement_gives(say, "span") ||
	       happening->at.us <= world->mark.us + say->span_us;
}

static bool
is_target(const struct statement *say, const struct happening *happening)
{
	char expected[MEASURE_TARGET_SIZE];
	struct text text;

	if (!statement_gives(say, "address"))
		return true;
	text_init(&text, expected, sizeof(expected));
	subject_format(&text, &say->subject);
	if (statement_gives(say, "peer")) {
		text_add(&text, " > ");
		endpoint_format(&text, &say->peer);
	}
	return strcmp(expected, happening->target) == 0;
}

static bool
fits(const struct world *world, const struct statement *say,
     const struct happening *happening)
{
	const bool measure = say->kind == SAY_EXPECT_MEASURE ||
			     say->kind == SAY_EXPECT_RENEWAL ||
			     say->kind == SAY_EXPECT_RELEASE;

	if (happening->kind != say->kind || happening->taken)
		return false;
	if (statement_gives(say, "party") &&
	    strcmp(happening->party, say->party) != 0)
		return false;
	if (statement_gives(say, "words") &&
	    !strstr(happening->text, say->words))
		return false;
	if (measure && (strcmp(happening->word, say->word) != 0 ||
			!is_target(say, happening)))
		return false;
	if (say->kind == SAY_EXPECT_MEASURE && statement_gives(say, "until") &&
	    happening->expires.us / TIMES_MINUTE_US !=
		world_moment(world, say->until).us / TIMES_MINUTE_US)
		return false;
	if (say->kind == SAY_EXPECT_NOTICE) {
		if (statement_gives(say, "n") && happening->step != say->number)
			return false;
		if (statement_gives(say, "word") &&
		    strcmp(case_channel_name(
			       (enum case_channel)happening->channel),
			   say->word) != 0)
			return false;
	}
	if (say->kind != SAY_EXPECT_RENEWAL &&
	    happening->shadow != !!(say->said & SAID_SHADOW))
		return false;
	return is_when(world, say, happening);
}

/* ------------------------------------------------------------- questions */

static bool
said_instead(struct world *world, const char *what)
{
	return world_fail(world, "%s", what);
}

static unsigned
count_cases(const struct world *world, const char *party)
{
	const struct case_record *record = world_case(world, party);
	unsigned count = 0;

	while (record) {
		count++;
		record = record->earlier
			     ? case_book_find(chain_book(world->chain),
					      record->earlier)
			     : NULL;
	}
	return count;
}

static bool
check_score(struct world *world, const struct statement *say,
	    const struct case_record *record)
{
	const int32_t score = case_score(record, &world->conf->policy,
					 world->clock);

	return score == say->milli ||
	       world_fail(world, "it is %" PRId32 ".%03" PRId32, score / 1000,
			  score % 1000);
}

static bool
check_finding(struct world *world, const struct statement *say,
	      const struct case_record *record)
{
	for (uint32_t i = 0; i < record->finding_count; i++) {
		const struct case_finding *it = &record->findings[i];

		if (it->class == rsit_class_of(slice_of(say->class)) &&
		    strcmp(it->family, say->family) == 0)
			return !statement_gives(say, "n") ||
			       it->count == say->number ||
			       world_fail(world, "it counts %" PRIu32,
					  it->count);
	}
	return said_instead(world, "the case has no such finding");
}

static bool
check_word(struct world *world, const struct statement *say, const char *is)
{
	return strcmp(say->word, is) == 0 || world_fail(world, "it is %s", is);
}

static bool
check_case(struct world *world, const struct statement *say)
{
	const struct case_record *record = world_case(world, say->party);

	if (!record)
		return world_fail(world, "%s has no case", say->party);
	switch (say->kind) {
	case SAY_EXPECT_STATE:
		return check_word(world, say, case_state_name(record->state));
	case SAY_EXPECT_SCORE:
		return check_score(world, say, record);
	case SAY_EXPECT_CERTAINTY:
		return check_word(world, say,
				  certainty_name(record->certainty));
	case SAY_EXPECT_RELAPSE:
		return record->earlier != 0 ||
		       said_instead(world, "its case names no earlier one");
	case SAY_EXPECT_FINDING:
		return check_finding(world, say, record);
	case SAY_EXPECT_OBJECTION:
		return check_word(world, say,
				  times_is_set(record->objected) ? "OPEN"
								 : "DECIDED");
	case SAY_EXPECT_ARM:
		return check_word(world, say,
				  case_arm_name((enum case_arm)record->arm));
	default:
		return said_instead(world, "not understood");
	}
}

static bool
check_question(struct world *world, const struct statement *say)
{
	unsigned count;

	switch (say->kind) {
	case SAY_EXPECT_NOTHING:
		return true; /* expectations_done looks */
	case SAY_EXPECT_NO_CASE:
		return !world_case(world, say->party) ||
		       said_instead(world, "it has a case");
	case SAY_EXPECT_CASES:
		count = count_cases(world, say->party);
		return count == say->number ||
		       world_fail(world, "there are %u", count);
	case SAY_EXPECT_FEELS:
		return check_word(world, say,
				  device_feels(&world->device, &say->subject,
					       world->clock));
	default:
		return check_case(world, say);
	}
}

/* ------------------------------------------------------------------ doors */

/* Renewals may be expected, but needn't be. */
static bool
is_left(const struct happening *happening)
{
	return !happening->taken && happening->kind != SAY_NONE &&
	       happening->kind != SAY_EXPECT_RENEWAL;
}

static bool
fail_with_left(struct world *world, const char *what)
{
	char line[PRINT_LINE_SIZE];
	size_t length = 0;
	unsigned count = 0;

	length = (size_t)snprintf(world->why, sizeof(world->why), "%s", what);
	for (size_t i = 0; i < world->happening_count; i++) {
		if (!is_left(&world->happenings[i]))
			continue;
		if (++count > INSTEAD_MAX || length >= sizeof(world->why))
			break;
		print_happening(&world->happenings[i], line, sizeof(line));
		length += (size_t)snprintf(world->why + length,
					   sizeof(world->why) - length,
					   "\n      %s", line);
	}
	if (count == 0 && length < sizeof(world->why))
		snprintf(world->why + length, sizeof(world->why) - length,
			 " nothing");
	return false;
}

bool
expectations_check(struct world *world, size_t index)
{
	const struct statement *say = &world->story->statements[index];
	bool found = false;

	world->statement = index;
	if (!world_settle(world))
		return false;
	if (say->kind == SAY_EXPECT_NOTHING || say->kind > SAY_EXPECT_NOTHING)
		return check_question(world, say);
	for (size_t i = 0; i < world->happening_count; i++) {
		if (!fits(world, say, &world->happenings[i]))
			continue;
		world->happenings[i].taken = true;
		found = true;
		if (say->kind != SAY_EXPECT_RENEWAL)
			break;
	}
	return found || fail_with_left(world, "what happened instead:");
}

bool
expectations_done(struct world *world)
{
	if (world->lost)
		return world_fail(world, "more happened than can be kept");
	for (size_t i = 0; i < world->happening_count; i++)
		if (is_left(&world->happenings[i]))
			return fail_with_left(world,
					      "this happened, and nobody "
					      "expected it:");
	/* What is told of is over. */
	for (size_t i = 0; i < world->happening_count; i++)
		world->happenings[i].taken = true;
	return true;
}
