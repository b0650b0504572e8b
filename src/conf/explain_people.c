/* SPDX-License-Identifier: Apache-2.0 */
/* Hours, persons, objections, trials and legal bases, in plain words. */
#include <inttypes.h>
#include <stdio.h>

#include "conf/schema.h"
#include "conf/words.h"

#define LIST_SIZE 400
#define EXPIRES_SOON_US (60 * TIMES_DAY_US)

/* Cut with "..." where it is long. */
static const char *
week_list(const struct hours_week *week, char list[LIST_SIZE])
{
	char item[SCHEMA_WEEK_SIZE];
	struct text text;

	text_init(&text, list, LIST_SIZE);
	for (size_t i = 0; schema_week_give(week, i, item); i++) {
		if (text.length > LIST_SIZE - 2 * SCHEMA_WEEK_SIZE) {
			text_add(&text, " ...");
			break;
		}
		text_add(&text, i ? ", " : "");
		text_add(&text, item);
	}
	return list;
}

static void
explain_days_off(struct words *words, const struct hours_calendar *calendar)
{
	const int64_t today = words->now_us / TIMES_DAY_US;
	char date[WORDS_DATE_SIZE];
	uint32_t ahead = 0;

	for (uint32_t i = 0; i < calendar->off_count; i++)
		ahead += calendar->off[i] >= today;
	if (!calendar->off_count)
		return;
	if (!ahead) {
		words_say(words, "All its days off have passed.");
		return;
	}
	words_say(words, "It is closed on %u day(s) to come, next on %s.",
		  ahead,
		  words_date(date, calendar->off[calendar->off_count - ahead] *
				       TIMES_DAY_US));
}

static void
explain_hours(struct words *words, const struct case_policy *policy,
	      const char *zone)
{
	char list[LIST_SIZE];

	if (!policy->help_desk.set)
		words_say(words,
			  "No hours of the help desk are recorded: it counts "
			  "as always staffed.");
	else
		words_say(words, "Somebody can help: %s (%s).",
			  week_list(&policy->help_desk, list), zone);
	explain_days_off(words, &policy->calendar);
	if (policy->help_desk.set)
		words_say(words,
			  "When nobody can help, nobody is blocked, nor put "
			  "where he can't release himself, unless he attacks.");
	if (policy->quiet.set)
		words_say(
		    words,
		    "Nothing that can wait goes out or begins at %s (%s); "
		    "an attack doesn't wait.",
		    week_list(&policy->quiet, list), zone);
	else
		words_say(words, "No quiet hours: notices go out at night, "
				 "too.");
}

void
explain_people(struct words *words, const struct case_policy *policy,
	       const char *zone)
{
	char a[WORDS_SPAN_SIZE], list[LIST_SIZE];
	struct text text;

	words->topic = "People";
	explain_hours(words, policy, zone);
	text_init(&text, list, sizeof(list));
	for (unsigned i = 1; i < MEASURE_KIND_COUNT; i++)
		if (policy->two_persons >> i & 1) {
			text_add(&text, text.length ? ", " : "");
			text_add(&text,
				 measure_kind_name((enum measure_kind)i));
		}
	if (text.length)
		words_say(words,
			  "Two different persons must order: %s. The first "
			  "one's word waits %s for the second's.",
			  list, words_span(a, policy->approval_us));
	else
		words_say(words, "One person alone may order any measure, but "
				 "of a protected party.");
}

void
explain_objections(struct words *words, const struct case_policy *policy)
{
	char a[WORDS_SPAN_SIZE];

	words->topic = "Objections";
	words_say(words,
		  "Who says it is a mistake is answered by a person within %s "
		  "of staffed time.",
		  words_span(a, policy->objection_us));
	words_say(words,
		  "When that has passed, or while nobody is there, a garden or "
		  "block becomes a limit until it is decided, unless the line "
		  "attacks.");
}

void
explain_trial(struct words *words, const struct case_policy *policy)
{
	const struct case_hold_back *trial = &policy->hold_back;
	char a[WORDS_SPAN_SIZE], b[WORDS_SPAN_SIZE], date[WORDS_DATE_SIZE];

	words->topic = "Trial";
	if (!trial->share_ppm) {
		words_say(words,
			  "No trial: nobody's measure is held back by chance.");
		return;
	}
	words_say(words,
		  "%s%% of those whom a measure would meet, chosen by "
		  "chance, are measured %s later. They are told like all "
		  "others, and an attack ends it at once.",
		  words_score(b, trial->share_ppm / 10),
		  words_span(a, trial->span_us));
	words_date(date, trial->until_us - TIMES_DAY_US);
	if (trial->until_us <= words->now_us)
		words_say(words,
			  "Its basis (%s) ended on %s: NOBODY IS HELD BACK.",
			  trial->basis, date);
	else
		words_say(words, "Its basis: %s, until %s%s.", trial->basis,
			  date,
			  trial->until_us - words->now_us < EXPIRES_SOON_US
			      ? ", WHICH IS WITHIN 60 DAYS"
			      : "");
}

static const char *
basis_words(uint8_t kind)
{
	static const char *const names[BASIS_KIND_COUNT] = {
	    [BASIS_CONTRACT] = "contract (the customer agreed)",
	    [BASIS_PROTECTION] = "the right to protect the network",
	    [BASIS_STATUTE] = "a law or an order",
	    [BASIS_CONSENT] = "each subscriber's consent"};

	return kind < BASIS_KIND_COUNT && names[kind] ? names[kind] : "?";
}

static void
explain_basis(struct words *words, const struct case_basis *basis)
{
	char from[WORDS_DATE_SIZE], until[WORDS_DATE_SIZE];
	char network[PREFIX_TEXT_SIZE];
	const bool ends = basis->until_us != INT64_MAX;
	struct text text;

	text_init(&text, network, sizeof(network));
	prefix_format(&text, &basis->network);
	words_date(from, basis->from_us);
	words_date(until, ends ? basis->until_us - TIMES_DAY_US : 0);
	words_say(words, "%s: %s, from %s%s%s: %s.", network,
		  basis_words(basis->kind), from, ends ? " to " : " on",
		  ends ? until : "", basis->reference);
	if (basis->from_us > words->now_us)
		words_say(words,
			  "  It HASN'T BEGUN: nothing acts there by it.");
	else if (ends && basis->until_us <= words->now_us)
		words_say(words, "  It HAS EXPIRED: nothing acts there by it.");
	else if (ends && basis->until_us - words->now_us < EXPIRES_SOON_US)
		words_say(words,
			  "  It EXPIRES IN %" PRId64
			  " DAYS; then nothing acts there any more.",
			  (basis->until_us - words->now_us) / TIMES_DAY_US);
}

static bool
has_basis(const struct conf *conf, const struct prefix *inside)
{
	for (uint32_t i = 0; i < conf->policy.basis_count; i++) {
		const struct prefix *network = &conf->policy.bases[i].network;

		if (network->length <= inside->length &&
		    prefix_contains(network, &inside->addr))
			return true;
	}
	return false;
}

void
explain_bases(struct words *words, const struct conf *conf)
{
	words->topic = "Legal basis";
	if (!conf->policy.basis_count) {
		words_say(words,
			  "None is recorded (network.legal_basis): nothing "
			  "checks by what right these lines are watched and "
			  "limited.");
		return;
	}
	for (uint32_t i = 0; i < conf->policy.basis_count; i++)
		explain_basis(words, &conf->policy.bases[i]);
	for (size_t i = 0; i < conf->inside_count; i++) {
		const struct prefix *inside = &conf->inside_items[i].prefix;
		char prefix[PREFIX_TEXT_SIZE];
		struct text text;

		if (has_basis(conf, inside))
			continue;
		text_init(&text, prefix, sizeof(prefix));
		prefix_format(&text, inside);
		words_say(words,
			  "%s has none as a whole: NOTHING ACTS on an address "
			  "in it without one.",
			  prefix);
	}
}
