/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy does, in plain words: evidence, steps, measures, brakes. */
#include <stdio.h>
#include <string.h>

#include "conf/words.h"
#include "fact/security_reason.h"

#define LIST_SIZE 256

/* A measure needs a notice that was really sent: where none is live, what is
 * live of measures does nothing. */
static void
explain_wordless(struct words *words, const struct case_policy *policy)
{
	char list[LIST_SIZE];
	struct text text;

	text_init(&text, list, sizeof(list));
	for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++) {
		if (policy->live[ACT_NOTICE][i] ||
		    !(policy->live[ACT_LIMIT][i] ||
		      policy->live[ACT_GARDEN][i] ||
		      policy->live[ACT_BLOCK][i]))
			continue;
		text_add(&text, text.length ? ", " : "");
		text_add(&text, rsit_class_name((enum rsit_class)i));
	}
	if (text.length)
		words_say(words,
			  "  BUT no notice is live for %s: whom nobody really "
			  "told is not limited, so no limit, garden or block "
			  "for that acts.",
			  list);
}

void
explain_mode(struct words *words, const struct conf *conf)
{
	const struct case_policy *policy = &conf->policy;

	words->topic = "What acts";
	if (policy->version)
		words_say(words, "This is version %u of the policy.",
			  policy->version);
	words_say(words, "A case keeps the steps, scores and times that it was "
			 "opened under; what is live, hours, legal bases, "
			 "brakes and protected parties hold for all at once.");
	if (!policy->live_mode) {
		words_say(words,
			  "Shadow: everything is computed, nothing acts. "
			  "Nobody is told and nobody is limited.");
		return;
	}
	words_say(words, "LIVE. These act:");
	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++)
			if (policy->live[act][i])
				words_say(words, "  %s for %s",
					  case_act_name((enum case_act)act),
					  rsit_class_name((enum rsit_class)i));
	explain_wordless(words, policy);
}

void
explain_evidence(struct words *words, const struct case_policy *policy)
{
	char a[WORDS_SPAN_SIZE], b[WORDS_SPAN_SIZE];

	words->topic = "Evidence";
	words_say(words,
		  "A party is told from a score of %s on, when it is certain "
		  "who it is.",
		  words_score(a, policy->notice_at_milli));
	words_say(words,
		  "It may be limited from %s on, and only on the word of two "
		  "sources, or of one on three days.",
		  words_score(a, policy->measure_at_milli));
	words_say(words,
		  "What an outsider could have forged counts at most %s; "
		  "reports that nobody signed at most %s together, and alone "
		  "they tell nobody anything.",
		  words_score(a, policy->spoofable_max_milli),
		  words_score(b, policy->unauthenticated_max_milli));
	for (uint32_t i = 0; i < policy->factor_count; i++)
		words_say(words, "What '%s' says counts %s of what it says.",
			  policy->factors[i].name,
			  policy->factors[i].factor_milli
			      ? words_score(a, policy->factors[i].factor_milli)
			      : "nothing");
}

static const char *
channel_words(uint8_t channel)
{
	static const char *const by[CHANNEL_COUNT] = {
	    [CHANNEL_ANY] = "by whichever channel reaches it first",
	    [CHANNEL_OTHER] = "by another channel",
	    [CHANNEL_MAIL] = "by mail",
	    [CHANNEL_SMS] = "by SMS",
	    [CHANNEL_LETTER] = "by letter",
	    [CHANNEL_PHONE] = "by phone",
	    [CHANNEL_PORTAL] = "by a page at its next visit",
	};

	return by[channel < CHANNEL_COUNT ? channel : 0];
}

static void
explain_ladder(struct words *words, const struct case_ladder *ladder)
{
	char a[WORDS_SPAN_SIZE];
	bool measured = false;

	for (uint32_t i = 0; i < ladder->count; i++) {
		const struct case_rung *rung = &ladder->rungs[i];
		const char *after = words_span(a, rung->after_us);

		if (i == 0)
			words_say(words, "  at once: it is told %s",
				  channel_words(rung->channel));
		else if (!rung->measure)
			words_say(words,
				  "  %s later, if it is still seen: it is told "
				  "again, %s",
				  after, channel_words(rung->channel));
		else
			words_say(
			    words, "  %s after %s, if it is still seen: %s",
			    after,
			    measured ? "that" : "the last notice was delivered",
			    words_measure((enum measure_kind)rung->measure));
		measured = measured || rung->measure;
	}
	if (!measured)
		words_say(words, "  and nothing more: it is never limited for "
				 "that, unless it attacks");
}

/* The names of the classes of a ladder; false: of none. */
static bool
class_list(const struct case_policy *policy, uint32_t ladder,
	   char list[LIST_SIZE])
{
	struct text text;

	text_init(&text, list, LIST_SIZE);
	for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++)
		if (policy->ladder_of[i] == ladder) {
			text_add(&text, text.length ? ", " : "");
			text_add(&text, rsit_class_name((enum rsit_class)i));
		}
	return text.length > 0;
}

static void
explain_channels(struct words *words, const struct conf *conf)
{
	if (conf->notice.smtp[0])
		words_say(words,
			  "Notices go to the mail server %s for those named in "
			  "%s.",
			  conf->notice.smtp,
			  conf->notice.contacts[0] ? conf->notice.contacts
						   : "accounts");
	if (conf->notice.maildir[0])
		words_say(words, "Notices%s go to %s.",
			  conf->notice.smtp[0] ? " for the others" : "",
			  conf->notice.maildir);
	else if (!conf->notice.smtp[0])
		words_say(words, "No channel for notices: nobody can be told.");
	words_say(words,
		  "Who can't be reached by a channel is told by the next one; "
		  "about who can't be reached at all, a person decides.");
	if (conf->notice.phone[0])
		words_say(words, "Each names the help desk: %s%s%s.",
			  conf->notice.phone, conf->notice.hours[0] ? ", " : "",
			  conf->notice.hours);
}

void
explain_steps(struct words *words, const struct conf *conf)
{
	const struct case_policy *policy = &conf->policy;
	const struct case_ladder plain = {
	    .count = 3,
	    .rungs = {{0, CHANNEL_ANY, 0},
		      {policy->second_notice_us, CHANNEL_OTHER, 0},
		      {policy->grace_us, 0, (uint8_t)policy->party_measure}}};
	char list[LIST_SIZE];

	words->topic = "Who is told and limited when";
	for (uint32_t i = 0; i == 0 || i < policy->ladder_count; i++) {
		if (!class_list(policy, i, list))
			continue;
		words_say(words, "A party seen for %s:", list);
		explain_ladder(words, i ? &policy->ladders[i] : &plain);
	}
	words_say(words,
		  "It goes on by the steps of what it was first told of. A "
		  "party that isn't seen again is left alone at every step.");
	explain_channels(words, conf);
}

void
explain_measures(struct words *words, const struct conf *conf)
{
	const struct case_policy *policy = &conf->policy;
	char a[WORDS_SPAN_SIZE], b[WORDS_SPAN_SIZE];

	words->topic = "Measures";
	words_say(words,
		  "Limit: the line carries at most %u bytes a second each way.",
		  conf->quarantine.limit_bytes);
	words_say(words,
		  "Garden: the line reaches the portal, %zu resolver(s) "
		  "and what is essential.",
		  conf->quarantine.resolver_count);
	words_say(words, "Block: the line reaches what is essential alone.");
	words_say(words,
		  "Each ends by itself %s after the first one began, also when "
		  "it was made stronger meanwhile%s.",
		  words_span(a, policy->garden_us),
		  policy->auto_release
		      ? ""
		      : "; a person is asked a day before, and it ends all the "
			"same");
	words_say(
	    words,
	    "A subscriber may end it himself %u time(s) in %s; after that "
	    "the help desk does.",
	    policy->self_releases, words_span(b, policy->self_release_span_us));
	words_say(words, "A case closes after %s of quiet.",
		  words_span(a, policy->probation_us));
	words_say(words, conf->quarantine.driver == QUARANTINE_OFF
			     ? "No driver: no measure reaches a device."
			     : "Measures reach the device that "
			       "quarantine.driver names.");
}

void
explain_attack(struct words *words, const struct case_policy *policy)
{
	char a[WORDS_SPAN_SIZE], b[WORDS_SPAN_SIZE];

	words->topic = "Attacks";
	words_say(words,
		  "An attack seen within the last %s is filtered at once for "
		  "%s, renewed while it lasts: its own packets to its target, "
		  "at most %u targets a party.",
		  words_span(a, policy->attack_fresh_us),
		  words_span(b, policy->filter_us), policy->filters_max);
	words_say(words,
		  "Who attacks in %u further minutes after the notice, or is "
		  "at %s by two sources: %s, at once, at any hour.",
		  policy->attack_minutes,
		  words_score(a, policy->measure_at_milli),
		  words_measure(policy->attack_measure));
}

void
explain_brakes(struct words *words, const struct case_policy *policy)
{
	char a[WORDS_SPAN_SIZE];

	words->topic = "Brakes";
	words_say(
	    words,
	    "Automation stops at %u notices or %u measures an hour, at %u "
	    "measures an hour of one access node, and when %s%% of "
	    "the parties (but more than %u) are under a measure.",
	    policy->brake_notices_hour, policy->brake_measures_hour,
	    policy->brake_node_measures_hour,
	    words_score(a, policy->brake_share_ppm / 10),
	    policy->brake_share_min);
	words_say(words,
		  "More than %u notices or %u measures an hour on the word of "
		  "one indicator, feed, exporter, binding source or detector: "
		  "all of them wait for a person.",
		  policy->cause_notices_hour, policy->cause_measures_hour);
	words_say(words, "'lazaret policy stop' stops all automation at once. "
			 "Releases never stop.");
}

void
explain_never(struct words *words, const struct conf *conf)
{
	const struct case_policy *policy = &conf->policy;

	words->topic = "What never happens";
	words_say(words, "Never for another reason: " REASON_REFUSED_TEXT ".");
	words_say(words, "Never without a word: no limit, garden or block "
			 "without a notice, or in an attack a notice with it.");
	words_say(words, "Never for ever: each measure has its end from the "
			 "beginning.");
	words_say(words,
		  "Never on a guess: nobody is told or limited unless it is "
		  "certain whose the address was.");
	words_say(words,
		  "Never by a machine alone: about the %u protected parties "
		  "and those that accounts mark, two persons decide.",
		  policy->protected_count);
	for (uint32_t i = 0; i < policy->protected_count; i++)
		words_say(words, "  %s is protected, if sources call it so.",
			  policy->protected_labels[i]);
	words_say(words,
		  "Never wider than what the customer holds, nor an address "
		  "that many share without its ports, nor %zu prefixes of "
		  "infrastructure, nor anything outside the network.",
		  conf->quarantine.infrastructure_count);
	words_say(words,
		  "%zu essential prefixes are spared by every measure%s.",
		  conf->essential_count,
		  conf->essential_count ? "" : ": no measure can go live");
}
