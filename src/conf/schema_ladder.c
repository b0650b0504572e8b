/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of `policy.ladders`: what is tried with whom, step by step.  What
 * would hit a household without a word, or say the same twice, is refused.
 */
#include <stdio.h>
#include <string.h>

#include "conf/schema_rows.h"

struct ladder_read {
	bool classes[RSIT_CLASS_COUNT];
	struct case_ladder ladder;
	bool
	    wrong; /* a step was: those behind it aren't judged by what's left */
};

/* 0 in either: not said. */
struct rung_read {
	uint8_t notice; /* enum case_channel and one more */
	uint8_t measure;
	int64_t after_us;
};

static const struct schema_name channels[] = {
    {"any", CHANNEL_ANY + 1},       {"other", CHANNEL_OTHER + 1},
    {"mail", CHANNEL_MAIL + 1},     {"sms", CHANNEL_SMS + 1},
    {"letter", CHANNEL_LETTER + 1}, {"phone", CHANNEL_PHONE + 1},
    {"portal", CHANNEL_PORTAL + 1}, {NULL, 0}};
static const struct schema_name measures[] = {{"limit", MEASURE_LIMIT},
					      {"garden", MEASURE_GARDEN},
					      {"block", MEASURE_BLOCK},
					      {NULL, 0}};
static const struct schema_name classes[] = {
    {"ddos", RSIT_DDOS},
    {"scanner", RSIT_SCANNER},
    {"brute-force", RSIT_BRUTE_FORCE},
    {"spam", RSIT_SPAM},
    {"infected-system", RSIT_INFECTED_SYSTEM},
    {"c2-server", RSIT_C2_SERVER},
    {"ddos-amplifier", RSIT_DDOS_AMPLIFIER},
    {"vulnerable-system", RSIT_VULNERABLE_SYSTEM},
    {NULL, 0}};

/* Does this notice surely go another way than the one before? */
static bool
differs(uint8_t channel, uint8_t before)
{
	if (channel == CHANNEL_OTHER)
		return true;
	return channel != CHANNEL_ANY && before != CHANNEL_ANY &&
	       before != CHANNEL_OTHER && channel != before;
}

/* What is wrong with a step behind those before it; NULL: nothing. */
static const char *
wrong_step(const struct case_ladder *ladder, const struct rung_read *step)
{
	const struct case_rung *before = ladder->count
					     ? &ladder->rungs[ladder->count - 1]
					     : NULL;

	if (!step->notice == !step->measure)
		return "expected one of 'notice' and 'measure'";
	if (!before && step->measure)
		return "a measure stands before any notice; expected a notice "
		       "first: nobody is limited before being told";
	if (!before && step->after_us)
		return "'after' stands on the first step, which is taken at "
		       "once; take it out";
	if (!before && step->notice == CHANNEL_OTHER + 1)
		return "the first notice can't go by another channel; expected "
		       "any or a channel";
	if (before && !step->after_us)
		return "'after' is missing; expected the time to act, such as "
		       "after: 3d";
	if (before && before->measure && step->notice)
		return "a notice stands behind a measure; expected all notices "
		       "first";
	if (before && step->notice &&
	    !differs((uint8_t)(step->notice - 1), before->channel))
		return "this step changes neither channel nor strength; "
		       "expected a notice by another channel (other), or a "
		       "measure";
	if (before && before->measure && step->measure == before->measure)
		return "this step changes neither channel nor strength; "
		       "expected a stronger measure";
	if (before && before->measure && step->measure < before->measure)
		return "this measure is weaker than the one before it; "
		       "expected limit, garden, block in this order";
	return NULL;
}

static struct ladder_read *
ladder_of(struct case_ladder *ladder)
{
	return (struct ladder_read *)((char *)ladder -
				      offsetof(struct ladder_read, ladder));
}

static void
step_lost(void *base)
{
	ladder_of(base)->wrong = true;
}

static void
step_take(struct reading *reading, void *base, const void *item,
	  const struct node *node)
{
	struct case_ladder *ladder = base;
	const struct rung_read *step = item;
	const char *wrong = wrong_step(ladder, step);

	if (ladder_of(ladder)->wrong)
		return;
	if (!wrong && ladder->count == CASE_RUNGS_MAX)
		wrong = "more than 8 steps";
	if (wrong) {
		step_lost(ladder);
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.ladders.steps: step %u: %s",
				ladder->count + 1, wrong);
		return;
	}
	ladder->rungs[ladder->count++] = (struct case_rung){
	    .after_us = step->after_us,
	    .channel = step->notice ? (uint8_t)(step->notice - 1) : 0,
	    .measure = step->measure,
	};
}

static bool
step_give(const void *base, size_t index, void *item)
{
	const struct case_ladder *ladder = base;
	struct rung_read *step = item;

	if (index >= ladder->count)
		return false;
	step->after_us = ladder->rungs[index].after_us;
	step->measure = ladder->rungs[index].measure;
	step->notice = step->measure
			   ? 0
			   : (uint8_t)(ladder->rungs[index].channel + 1);
	return true;
}

static void
class_take(struct reading *reading, void *base, const void *item,
	   const struct node *node)
{
	bool *named = base;
	const uint8_t class = *(const uint8_t *)item;

	if (named[class])
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.ladders.classes: '%s' stands there "
				"twice",
				rsit_class_name((enum rsit_class) class));
	named[class] = true;
}

static bool
class_give(const void *base, size_t index, void *item)
{
	const bool *named = base;

	for (uint8_t class = 1; class < RSIT_CLASS_COUNT; class ++)
		if (named[class] && index-- == 0) {
			memcpy(item, &class, 1);
			return true;
		}
	return false;
}

static void
ladder_take(struct reading *reading, void *base, const void *item,
	    const struct node *node)
{
	struct case_policy *policy = &((struct conf *)base)->policy;
	const struct ladder_read *in = item;
	uint32_t at = policy->ladder_count ? policy->ladder_count : 1;
	bool any = false;

	for (unsigned class = 1; class < RSIT_CLASS_COUNT; class ++) {
		any = any || in->classes[class];
		if (in->classes[class] && policy->ladder_of[class])
			conf_errors_add(
			    reading->errors, node->line, node->column,
			    "policy.ladders: '%s' stands in two ladders; "
			    "expected each class in one",
			    rsit_class_name((enum rsit_class) class));
	}
	if (!any)
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.ladders: 'classes' is empty; expected "
				"a list such as [scanner, spam]");
	if (!in->ladder.count)
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.ladders: 'steps' is empty; expected at "
				"least { notice: any }");
	if (at == CASE_LADDERS_MAX)
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.ladders: more than %u ladders",
				CASE_LADDERS_MAX - 1);
	if (at == CASE_LADDERS_MAX || !any || !in->ladder.count)
		return;
	policy->ladders[at] = in->ladder;
	policy->ladder_count = at + 1;
	for (unsigned class = 1; class < RSIT_CLASS_COUNT; class ++)
		if (in->classes[class])
			policy->ladder_of[class] = (uint8_t)at;
}

/* Number 0 is that of the plain keys and isn't written here. */
static bool
ladder_give(const void *base, size_t index, void *item)
{
	const struct case_policy *policy = &((const struct conf *)base)->policy;
	struct ladder_read *out = item;

	if (index + 1 >= policy->ladder_count)
		return false;
	out->ladder = policy->ladders[index + 1];
	for (unsigned class = 1; class < RSIT_CLASS_COUNT; class ++)
		out->classes[class] = policy->ladder_of[class] == index + 1;
	return true;
}

static const struct schema class_item = {.kind = KIND_CHOICE,
					 .size = 1,
					 .names = classes};
static const struct schema_list class_list = {1, &class_item, false, class_take,
					      class_give};
static const struct schema step_rows[] = {
    {.name = "notice",
     .kind = KIND_CHOICE,
     .size = 1,
     .names = channels,
     .offset = offsetof(struct rung_read, notice),
     .help = "Tell the party by this channel; any: whichever reaches it "
	     "first; other: another one than before."},
    {.name = "measure",
     .kind = KIND_CHOICE,
     .size = 1,
     .names = measures,
     .offset = offsetof(struct rung_read, measure),
     .help = "Put the party under this measure; each is stronger than the one "
	     "before."},
    {.name = "after",
     .kind = KIND_DURATION,
     .min = HOUR,
     .max = 90 * DAY,
     .offset = offsetof(struct rung_read, after_us),
     .help = "So long after the step before, if the party is still seen. A "
	     "first measure counts from the last notice that was delivered."},
    END};
static const struct schema step_item = {.kind = KIND_GROUP, .rows = step_rows};
static const struct schema_list step_list = {sizeof(struct rung_read),
					     &step_item, false, step_take,
					     step_give};
static const struct schema ladder_rows[] = {
    {.name = "classes",
     .kind = KIND_LIST,
     .list = &class_list,
     .offset = offsetof(struct ladder_read, classes),
     .expected = "a list of classes such as [scanner, spam]",
     .help = "What it is for; a class stands in one ladder."},
    {.name = "steps",
     .kind = KIND_LIST,
     .list = &step_list,
     .lost = step_lost,
     .offset = offsetof(struct ladder_read, ladder),
     .expected = "a list such as [{ notice: mail }, { measure: limit, after: "
		 "3d }]",
     .help = "Notices first, then measures, weakest first."},
    END};
static const struct schema ladder_item = {.kind = KIND_GROUP,
					  .rows = ladder_rows};
const struct schema_list schema_ladders_list = {sizeof(struct ladder_read),
						&ladder_item, false,
						ladder_take, ladder_give};

/* All measures of a ladder end when the first one does: one that would begin
 * later never would. */
void
schema_ladders_check(const struct conf *conf, const struct node *root,
		     struct conf_errors *errors)
{
	const struct case_policy *policy = &conf->policy;
	const struct node *node = node_find(node_find(root, "policy"),
					    "ladders");

	for (uint32_t i = 1; node && i < policy->ladder_count; i++) {
		const struct case_ladder *ladder = &policy->ladders[i];
		int64_t since_first_us = 0;
		bool measured = false;

		for (uint32_t j = 0; j < ladder->count; j++) {
			if (!ladder->rungs[j].measure)
				continue;
			since_first_us += measured ? ladder->rungs[j].after_us
						   : 0;
			measured = true;
			if (since_first_us < policy->garden_us)
				continue;
			conf_errors_add(
			    errors, node->line, node->column,
			    "policy.ladders: ladder %u, step %u would never be "
			    "taken: measures end policy.garden after the first "
			    "one; expected a shorter 'after'",
			    i, j + 1);
			break;
		}
	}
}
