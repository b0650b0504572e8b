/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy as YAML: what is refused and in which words; what a person wrote
 * in hours and dates; and that any policy, printed and read again, is the same
 * to the last bit (its hash).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "case/policy.h"
#include "conf/conf.h"
#include "crypto/sha256.h"
#include "fact/security_reason.h"

#define SMALLEST                                                            \
	"network: { name: example, inside: [192.0.2.0/24, 2001:db8::/32], " \
	"source_filtered: true }\n"
#define LADDER(steps)                                                        \
	SMALLEST "policy: { ladders: [ { classes: [scanner], steps: [" steps \
		 "] } ] }\n"
#define NETWORK(bases) \
	"network: { inside: [192.0.2.0/24], legal_basis: [" bases "] }\n"

static char buffer[1 << 18], again[1 << 18];

static const struct {
	const char *yaml;
	const char *error; /* stands in one of the lines */
} refused[] = {
    {LADDER("{ measure: limit }"),
     "c:2:52: policy.ladders.steps: step 1: a measure stands before any "
     "notice; expected a notice first: nobody is limited before being told\n"},
    {LADDER("{ notice: mail }, { notice: mail, after: 3d }"),
     "step 2: this step changes neither channel nor strength; expected a "
     "notice by another channel (other), or a measure\n"},
    {LADDER("{ notice: any }, { notice: mail, after: 3d }"),
     "step 2: this step changes neither channel nor strength"},
    {LADDER("{ notice: any }, { notice: any, after: 3d }"),
     "step 2: this step changes neither channel nor strength"},
    {LADDER("{ notice: mail }, { notice: other, after: 3d }, { notice: sms, "
	    "after: 3d }"),
     "step 3: this step changes neither channel nor strength"},
    {LADDER("{ notice: other }"),
     "step 1: the first notice can't go by another channel"},
    {LADDER("{ notice: mail }, { measure: limit, after: 3d }, { measure: "
	    "limit, after: 3d }"),
     "step 3: this step changes neither channel nor strength; expected a "
     "stronger measure\n"},
    {LADDER("{ notice: mail }, { measure: garden, after: 3d }, { measure: "
	    "limit, after: 3d }"),
     "step 3: this measure is weaker than the one before it; expected limit, "
     "garden, block in this order\n"},
    {LADDER("{ notice: mail }, { measure: garden, after: 3d }, { notice: "
	    "sms, after: 3d }"),
     "step 3: a notice stands behind a measure; expected all notices "
     "first\n"},
    {LADDER("{ notice: mail }, { measure: garden }"),
     "step 2: 'after' is missing; expected the time to act, such as after: "
     "3d\n"},
    {LADDER("{ notice: mail, after: 3d }"),
     "step 1: 'after' stands on the first step, which is taken at once"},
    {LADDER("{ notice: mail, measure: limit }"),
     "step 1: expected one of 'notice' and 'measure'\n"},
    {LADDER("{ after: 3d }"),
     "step 1: expected one of 'notice' and 'measure'\n"},
    {LADDER("{ notice: mail }, { measure: filter, after: 3d }"),
     "policy.ladders[0].steps[1].measure: 'filter' is not limit, garden or "
     "block\n"},
    {LADDER(""), "policy.ladders: 'steps' is empty; expected at least { "
		 "notice: any }\n"},
    {SMALLEST "policy: { ladders: [ { classes: [], steps: [ { notice: mail } "
	      "] } ] }\n",
     "c:2:22: policy.ladders: 'classes' is empty; expected a list such as "
     "[scanner, spam]\n"},
    {SMALLEST "policy: { ladders: [ { classes: [spam, spam], steps: [ { "
	      "notice: mail } ] } ] }\n",
     "c:2:40: policy.ladders.classes: 'spam' stands there twice\n"},
    {SMALLEST "policy:\n  ladders:\n"
	      "    - { classes: [spam], steps: [ { notice: mail } ] }\n"
	      "    - { classes: [ddos, spam], steps: [ { notice: mail } ] }\n",
     "c:5:7: policy.ladders: 'spam' stands in two ladders; expected each "
     "class in one\n"},
    {SMALLEST
     "policy:\n  garden: 10d\n  ladders:\n"
     "    - { classes: [ddos], steps: [ { notice: mail } ] }\n"
     "    - { classes: [spam], steps: [ { notice: mail }, { measure: limit, "
     "after: 20d }, { measure: garden, after: 5d }, { measure: block, after: "
     "5d } ] }\n",
     "c:5:5: policy.ladders: ladder 2, step 4 would never be taken: measures "
     "end policy.garden after the first one; expected a shorter 'after'\n"},
    /* What is never a reason. */
    {SMALLEST "policy: { ladders: [ { classes: [copyright], steps: [ { "
	      "notice: mail } ] } ] }\n",
     "c:2:34: policy.ladders[0].classes[0]: 'copyright' is no reason to "
     "act: " REASON_REFUSED_TEXT "; take it out\n"},
    {SMALLEST "policy: { reason: debt }\n",
     "policy.reason: 'debt' is no reason to act: " REASON_REFUSED_TEXT},
    {SMALLEST "policy: { copyright: { measure: block } }\n",
     "policy.copyright: 'copyright' is no reason to act: " REASON_REFUSED_TEXT},
    {SMALLEST "essential: [198.51.100.0/28]\nlive: [block.unpaid-bills]\n",
     "live[0]: 'block.unpaid-bills' is no reason to act: " REASON_REFUSED_TEXT},
    {SMALLEST "policy: { factors: [ { name: copyright-watch, factor: 2 } ] }\n",
     "policy.factors: 'copyright-watch' is no reason to "
     "act: " REASON_REFUSED_TEXT},
    {SMALLEST "debt: true\n", "debt: 'debt' is no reason to act: "},
    /* Factors. */
    {SMALLEST "policy: { factors: [ { name: a, factor: 1 }, { name: a, "
	      "factor: 0.5 } ] }\n",
     "c:2:46: policy.factors: 'a': the name stands there twice\n"},
    {SMALLEST "policy: { factors: [ { name: a, factor: 2.1 } ] }\n",
     "policy.factors[0].factor: '2.1' is out of range; expected 0 to 2\n"},
    /* Hours. */
    {SMALLEST "policy: { hours: { zone: Europe/Atlantis } }\n",
     "c:2:26: policy.hours.zone: the system knows no zone 'Europe/Atlantis'; "
     "expected a name such as Europe/Prague (package tzdata), UTC or an "
     "offset such as +02:00\n"},
    {SMALLEST "policy: { hours: { zone: ../etc/passwd } }\n",
     "c:2:26: policy.hours.zone: '../etc/passwd'; expected UTC"},
    {SMALLEST "policy: { hours: { zone: Europe } }\n",
     "policy.hours.zone: the system knows no zone 'Europe'"},
    {SMALLEST "policy: { hours: { zone: \"+15:00\" } }\n",
     "policy.hours.zone: '+15:00'; expected UTC"},
    {SMALLEST "policy: { hours: { help_desk: [\"mon-fri 8-18\"] } }\n",
     "c:2:32: policy.hours.help_desk: 'mon-fri 8-18'; expected days and "
     "quarter hours such as mon-fri 08:00-18:00, or 21:00-07:00 for every "
     "day\n"},
    {SMALLEST "policy: { hours: { help_desk: [\"08:05-18:00\"] } }\n",
     "policy.hours.help_desk: '08:05-18:00'; expected days and quarter hours"},
    {SMALLEST "policy: { hours: { help_desk: [\"08:00-08:00\"] } }\n",
     "policy.hours.help_desk: '08:00-08:00'; expected days"},
    {SMALLEST "policy: { hours: { help_desk: [\"mon 08:00-12:00\", \"mon-tue "
	      "11:00-13:00\"] } }\n",
     "policy.hours.help_desk: 'mon-tue 11:00-13:00' overlaps hours that stand "
     "there already; say each hour once\n"},
    {SMALLEST "policy: { hours: { help_desk: [never, \"mon 11:00-13:00\"] } "
	      "}\n",
     "policy.hours.help_desk: 'never' stands beside other hours"},
    {SMALLEST "policy: { hours: { quiet: [\"00:00-24:00\"] } }\n",
     "c:2:27: policy.hours.quiet: every hour of the week is quiet, so nobody "
     "would be told; leave some out\n"},
    {SMALLEST "policy: { hours: { days_off: [2026-02-29] } }\n",
     "policy.hours.days_off[0]: '2026-02-29' is not a date such as "
     "2026-12-25\n"},
    {SMALLEST "policy: { hours: { days_off: [2026-12-25, 2026-12-25] } }\n",
     "policy.hours.days_off: the day stands there twice\n"},
    {SMALLEST "policy: { objection: 5h }\n",
     "policy.objection: '5h' is out of range; expected 10m to 4h\n"},
    {SMALLEST "policy: { two_persons: [jail] }\n",
     "policy.two_persons[0]: 'jail' is not filter, limit, garden or block\n"},
    /* Legal basis. */
    {NETWORK("{ network: 192.0.2.0/24, basis: contract }"),
     "network.legal_basis[0].from: missing; expected a date such as "
     "2026-12-25\n"},
    {NETWORK("{ network: 192.0.2.0/24, basis: because, from: 2026-01-01, "
	     "reference: a }"),
     "'because' is not contract, protection, statute or consent\n"},
    {NETWORK("{ network: 198.51.100.0/24, basis: contract, from: 2026-01-01, "
	     "reference: a }"),
     "c:1:50: network.legal_basis: the network isn't of network.inside; "
     "expected one of ours\n"},
    {NETWORK("{ network: 192.0.2.0/24, basis: contract, from: 2026-01-02, "
	     "until: 2026-01-01, reference: a }"),
     "network.legal_basis: 'until' is before 'from'"},
    {NETWORK("{ network: 192.0.2.0/24, basis: contract, from: 2026-01-01, "
	     "until: 2026-06-30, reference: a }, { network: 192.0.2.0/24, "
	     "basis: consent, from: 2026-06-30, reference: b }"),
     "network.legal_basis: the network has another basis at the same time; "
     "expected one, or dates that don't overlap\n"},
    /* A trial. */
    {SMALLEST "policy: { trial: { hold_back: 5%, span: 14d, until: 2027-01-31 "
	      "} }\n",
     "c:2:18: policy.trial: 'basis' is missing; a trial needs basis, until "
     "and span: expected for example { hold_back: 5%, span: 14d, basis: "
     "\"decision 4/2026\", until: 2027-01-31 }\n"},
    {SMALLEST "policy: { trial: { hold_back: 5%, span: 14d, basis: a } }\n",
     "policy.trial: 'until' is missing; a trial needs"},
    {SMALLEST "policy: { trial: { hold_back: 11%, span: 14d, basis: a, until: "
	      "2027-01-31 } }\n",
     "policy.trial.hold_back: '11%' is out of range; expected 0% to 10%\n"},
    {SMALLEST "policy: { trial: { hold_back: 5%, span: 15d, basis: a, until: "
	      "2027-01-31 } }\n",
     "policy.trial.span: '15d' is out of range; expected 1h to 14d\n"},
};

static void
test_refused(void **state)
{
	static struct conf_errors errors;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct conf *conf;
		struct text text;
		int error = conf_parse("c", refused[i].yaml,
				       strlen(refused[i].yaml), &conf, &errors);

		text_init(&text, buffer, sizeof(buffer));
		conf_errors_format(&text, "c", &errors);
		if (error != LZ_E_FORMAT || !strstr(buffer, refused[i].error))
			assert_string_equal(buffer, refused[i].error);
		assert_null(conf);
	}
}

static struct conf *
good(const char *yaml)
{
	static struct conf_errors errors;
	struct conf *conf = NULL;
	struct text text;

	if (conf_parse("/etc/c", yaml, strlen(yaml), &conf, &errors)) {
		text_init(&text, again, sizeof(again));
		conf_errors_format(&text, "c", &errors);
		assert_string_equal(again, "");
	}
	return conf;
}

static int64_t
at(const char *stamp)
{
	int64_t us;

	assert_int_equal(times_parse(slice_of(stamp), &us), 0);
	return us;
}

/* Both changes of 2026 stand in a zone's rows, to the second. */
static void
has_both_changes(const struct hours_zone *zone)
{
	assert_true(zone->count > 50);
	for (uint32_t i = 0; i < zone->count; i++) {
		int64_t from = zone->rows[i].from_us;
		int32_t offset = zone->rows[i].offset_s;

		if (from == at("2026-03-29T01:00:00Z"))
			assert_int_equal(offset, 7200);
		else if (from == at("2026-10-25T01:00:00Z"))
			assert_int_equal(offset, 3600);
		else
			assert_false(from > at("2026-01-01T00:00:00Z") &&
				     from < at("2027-01-01T00:00:00Z"));
	}
}

/* A whole policy, and what it means. */
static void
test_whole(void **state)
{
	struct conf *conf = good(
	    "network:\n"
	    "  inside: [192.0.2.0/24]\n"
	    "  legal_basis:\n"
	    "    - { network: 192.0.2.0/24, basis: contract, from: "
	    "2026-01-01,\n"
	    "        until: 2026-12-31, reference: \"terms, section 7\" }\n"
	    "policy:\n"
	    "  version: 7\n"
	    "  attack_measure: block\n"
	    "  ladders:\n"
	    "    - classes: [scanner, spam]\n"
	    "      steps:\n"
	    "        - { notice: mail }\n"
	    "        - { notice: other, after: 3d }\n"
	    "        - { measure: limit, after: 4d }\n"
	    "        - { measure: garden, after: 7d }\n"
	    "  factors: [ { name: feed-a, factor: 0.5 } ]\n"
	    "  hours:\n"
	    "    zone: Europe/Prague\n"
	    "    help_desk: [\"mon-fri 08:00-18:00\", \"sat 09:00-12:00\"]\n"
	    "    quiet: [\"21:00-07:00\"]\n"
	    "    days_off: [2026-12-26, 2026-12-25]\n"
	    "  objection: 2h\n"
	    "  auto_release: false\n"
	    "  approval: 12h\n"
	    "  two_persons: [garden, block]\n"
	    "  trial: { hold_back: 5%, span: 14d, basis: \"decision 4\",\n"
	    "           until: 2027-01-31 }\n");
	const struct case_policy *policy = &conf->policy;
	const struct case_ladder *ladder = &policy->ladders[1];

	(void)state;
	assert_int_equal(policy->version, 7);
	assert_int_equal(policy->attack_measure, MEASURE_BLOCK);
	assert_int_equal(policy->ladder_count, 2);
	assert_int_equal(policy->ladder_of[RSIT_SPAM], 1);
	assert_int_equal(policy->ladder_of[RSIT_DDOS], 0);
	assert_int_equal(ladder->count, 4);
	assert_int_equal(ladder->rungs[0].channel, CHANNEL_MAIL);
	assert_int_equal(ladder->rungs[1].channel, CHANNEL_OTHER);
	assert_int_equal(ladder->rungs[2].measure, MEASURE_LIMIT);
	assert_int_equal(ladder->rungs[3].after_us, 7 * TIMES_DAY_US);
	assert_int_equal(policy->factors[0].factor_milli, 500);
	assert_int_equal(policy->objection_us, 2 * TIMES_HOUR_US);
	assert_false(policy->auto_release);
	assert_int_equal(policy->two_persons,
			 1u << MEASURE_GARDEN | 1u << MEASURE_BLOCK);
	assert_int_equal(policy->hold_back.share_ppm, 50000);
	assert_int_equal(policy->hold_back.until_us,
			 at("2027-02-01T00:00:00Z"));
	assert_int_equal(policy->bases[0].from_us, at("2026-01-01T00:00:00Z"));
	assert_int_equal(policy->bases[0].until_us, at("2027-01-01T00:00:00Z"));
	assert_int_equal(policy->calendar.off_count, 2);
	assert_int_equal(policy->calendar.off[0],
			 at("2026-12-25T00:00:00Z") / TIMES_DAY_US);
	has_both_changes(&policy->calendar.zone);
	conf_free(conf);
}

/* Hours as written and as printed again. */
static void
test_hours(void **state)
{
	static const char *const hours[][2] = {
	    {"\"21:00-07:00\"", "- \"00:00-07:00\"\n      - \"21:00-24:00\""},
	    {"\"sat-sun 22:00-06:00\"",
	     "- \"mon 00:00-06:00\"\n      - \"sat-sun 22:00-24:00\"\n      - "
	     "\"sun 00:00-06:00\""},
	    {"\"Fri-Mon 09:15-09:30\"",
	     "- \"mon 09:15-09:30\"\n      - \"fri-sun 09:15-09:30\""},
	    {"\"wed 00:00-24:00\"", "- \"wed 00:00-24:00\""},
	    {"never", "- \"never\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
		char yaml[512];
		struct conf *conf;
		struct text text;

		snprintf(yaml, sizeof(yaml),
			 SMALLEST "policy: { hours: { help_desk: [%s] } }\n",
			 hours[i][0]);
		conf = good(yaml);
		assert_true(conf->policy.help_desk.set);
		text_init(&text, buffer, sizeof(buffer));
		conf_print(&text, conf);
		if (!strstr(buffer, hours[i][1]))
			assert_string_equal(buffer, hours[i][1]);
		conf_free(conf);
	}
}

/* Plain words */

static void
collect(void *context, const char *topic, const char *sentence)
{
	struct text *text = context;

	text_add(text, topic);
	text_add(text, ": ");
	text_add(text, sentence);
	text_char(text, '\n');
}

/* Which sentence is said, and which isn't, of a policy on a day. */
static const struct {
	const char *yaml, *now, *says, *not ;
} sentences[] = {
    {SMALLEST, "2026-11-25T00:00:00Z",
     "Legal basis: None is recorded (network.legal_basis)", "EXPIRE"},
    {SMALLEST, "2026-11-25T00:00:00Z",
     "Objections: Who says it is a mistake is answered by a person within 4 "
     "hours of staffed time.\n",
     "LIVE"},
    {SMALLEST, "2026-11-25T00:00:00Z",
     "What never happens: Never for another reason: " REASON_REFUSED_TEXT ".\n",
     "HELD BACK"},
    {NETWORK("{ network: 192.0.2.0/24, basis: contract, from: 2026-01-01, "
	     "until: 2026-12-31, reference: a }"),
     "2026-11-02T00:00:01Z", "  It EXPIRES IN 59 DAYS; then nothing acts",
     "EXPIRED"},
    {NETWORK("{ network: 192.0.2.0/24, basis: contract, from: 2026-01-01, "
	     "until: 2026-12-31, reference: a }"),
     "2026-11-01T23:59:59Z",
     "192.0.2.0/24: contract (the customer agreed), from 2026-01-01 to "
     "2026-12-31: a.\n",
     "EXPIRE"},
    {NETWORK("{ network: 192.0.2.0/24, basis: contract, from: 2026-01-01, "
	     "until: 2026-12-31, reference: a }"),
     "2027-01-01T00:00:00Z", "  It HAS EXPIRED: nothing acts there by it.\n",
     "EXPIRES"},
    {NETWORK("{ network: 192.0.2.0/25, basis: consent, from: 2026-01-01, "
	     "reference: a }"),
     "2026-11-25T00:00:00Z",
     "192.0.2.0/24 has none as a whole: NOTHING ACTS on an address in it",
     "EXPIRE"},
    {SMALLEST "policy: { trial: { hold_back: 5%, span: 14d, basis: b, until: "
	      "2027-01-31 } }\n",
     "2026-11-25T00:00:00Z", "Trial: Its basis: b, until 2027-01-31.\n",
     "WITHIN"},
    {SMALLEST "policy: { trial: { hold_back: 5%, span: 14d, basis: b, until: "
	      "2027-01-31 } }\n",
     "2027-02-01T00:00:00Z",
     "Its basis (b) ended on 2027-01-31: NOBODY IS HELD BACK.\n", "WITHIN"},
    {LADDER("{ notice: mail }, { measure: limit, after: 4d }"),
     "2026-11-25T00:00:00Z",
     "4 days after the last notice was delivered, if it is still seen: it is "
     "limited\n",
     "scanner, spam"},
    {LADDER("{ notice: mail }"), "2026-11-25T00:00:00Z",
     "and nothing more: it is never limited for that, unless it attacks\n",
     "scanner,"},
    {SMALLEST "policy: { hours: { zone: Europe/Prague, quiet: "
	      "[\"21:00-07:00\"], help_desk: [\"mon 08:00-18:00\"], days_off: "
	      "[2026-01-01, 2026-12-25] } }\n",
     "2026-11-25T00:00:00Z",
     "People: It is closed on 1 day(s) to come, next on 2026-12-25.\n",
     "always staffed"},
    /* What stands there and does nothing is said. */
    {SMALLEST "essential: [192.0.2.53/32]\nmode: live\nlive: [garden.scanner, "
	      "filter.ddos]\n",
     "2026-11-25T00:00:00Z",
     "  BUT no notice is live for scanner: whom nobody really told is not "
     "limited",
     "Shadow:"},
    {SMALLEST "protected: [fire-brigade]\n", "2026-11-25T00:00:00Z",
     "  fire-brigade is protected, if sources call it so.\n", "BUT"},
    {SMALLEST "store: { postgres: \"host=/run/postgresql dbname=lazaret\" }\n",
     "2026-11-25T00:00:00Z",
     "are kept in PostgreSQL (host=/run/postgresql dbname=lazaret), all else "
     "in /",
     "Kept in"},
};

/* What one slip says: the first error, and none that only follows from it. */
static const struct {
	const char *yaml;
	size_t errors;
} slips[] = {
    {LADDER("{ notice: email }, { notice: other, after: 3d }, { measure: "
	    "limit, after: 3d }"),
     1},
    {LADDER("{ notice: mail, after: 1d }, { notice: other, after: 3d }, { "
	    "measure: limit, after: 3d }"),
     1},
    {LADDER("{ measure: limit }, { measure: garden, after: 3d }"), 1},
    {SMALLEST "policy: { hours: { help_desk: [\"mon-fri 7am-9pm\", \"sat "
	      "09:00-12:00\"] } }\n",
     1},
    {SMALLEST "policy: { hours: { help_desk: [\"7am\", \"9pm\"] } }\n", 2},
};

static void
test_slips(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		static struct conf_errors errors;
		struct conf *conf;

		errors = (struct conf_errors){0};
		assert_int_equal(conf_parse("c", slips[i].yaml,
					    strlen(slips[i].yaml), &conf,
					    &errors),
				 LZ_E_FORMAT);
		assert_int_equal(errors.count, slips[i].errors);
	}
}

static void
test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		struct conf *conf = good(sentences[i].yaml);
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		conf_explain(conf, at(sentences[i].now), collect, &text);
		if (!strstr(buffer, sentences[i].says))
			assert_string_equal(buffer, sentences[i].says);
		if (strstr(buffer, sentences[i].not ))
			assert_string_equal(buffer, sentences[i].not );
		conf_free(conf);
	}
}

/* Any policy */

static int64_t
between(struct rng *rng, int64_t low, int64_t high, int64_t unit)
{
	return low +
	       (int64_t)rng_below(rng, (uint64_t)((high - low) / unit + 1)) *
		   unit;
}

static void
any_ladders(struct rng *rng, struct case_policy *policy)
{
	uint32_t count = (uint32_t)rng_below(rng, CASE_LADDERS_MAX);

	policy->ladder_count = count ? count + 1 : 0;
	for (uint32_t i = 1; i <= count; i++) {
		struct case_ladder *ladder = &policy->ladders[i];
		uint32_t notices = 1 + (uint32_t)rng_below(rng, 4);
		uint8_t measure = MEASURE_LIMIT;

		policy->ladder_of[i] = (uint8_t)i;
		for (uint32_t j = 0; j < notices; j++)
			ladder->rungs[ladder->count++] = (struct case_rung){
			    .after_us = j ? between(rng, TIMES_HOUR_US,
						    90 * TIMES_DAY_US,
						    TIMES_SECOND_US)
					  : 0,
			    .channel = j ? CHANNEL_OTHER
					 : (uint8_t)(rng_below(rng, 2)
							 ? CHANNEL_SMS
							 : CHANNEL_ANY),
			};
		for (; measure <= MEASURE_BLOCK; measure++)
			if (rng_below(rng, 2))
				ladder->rungs[ladder->count++] =
				    (struct case_rung){
					.after_us = between(rng, TIMES_HOUR_US,
							    12 * TIMES_DAY_US,
							    TIMES_HOUR_US),
					.measure = measure};
	}
	if (count)
		policy->ladder_of[RSIT_VULNERABLE_SYSTEM] =
		    (uint8_t)rng_below(rng, count + 1);
}

static void
any_hours(struct rng *rng, struct conf *conf)
{
	static const char *const zones[] = {"UTC", "+05:45", "-03:30",
					    "Europe/Prague",
					    "America/New_York"};
	struct case_policy *policy = &conf->policy;
	const uint64_t kind = rng_below(rng, 4);

	snprintf(conf->hours_zone, sizeof(conf->hours_zone), "%s",
		 zones[rng_below(rng, 5)]);
	policy->help_desk.set = kind > 0;
	for (size_t i = 0; kind > 1 && i < sizeof(policy->quiet.quarters);
	     i++) {
		policy->help_desk.quarters[i] = (uint8_t)rng_below(rng, 256);
		policy->quiet.quarters[i] = rng_below(rng, 2) ? 0xff : 0;
	}
	policy->quiet.quarters[3] = 0x7f;
	policy->quiet.set = true;
	policy->calendar.off_count = (uint32_t)rng_below(rng,
							 HOURS_DAYS_OFF + 1);
	for (uint32_t i = 0; i < policy->calendar.off_count; i++)
		policy->calendar.off[i] = 20000 +
					  (int32_t)(3 * i + rng_below(rng, 3));
}

static void
any_basis(struct rng *rng, struct case_policy *policy)
{
	static const struct prefix ours = {
	    {{[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2}}, 120};

	policy->basis_count = (uint32_t)rng_below(rng, CASE_BASES_MAX + 1);
	for (uint32_t i = 0; i < policy->basis_count; i++) {
		struct case_basis *basis = &policy->bases[i];

		basis->network = ours;
		basis->network.addr.bytes[15] = (uint8_t)(i * 16);
		basis->network.length = 124;
		basis->kind =
		    (uint8_t)(1 + rng_below(rng, BASIS_KIND_COUNT - 1));
		basis->from_us = between(rng, TIMES_EARLIEST_US,
					 2 * TIMES_EARLIEST_US, TIMES_DAY_US);
		basis->until_us =
		    rng_below(rng, 2)
			? INT64_MAX
			: between(rng, basis->from_us + TIMES_DAY_US,
				  3 * TIMES_EARLIEST_US, TIMES_DAY_US);
		snprintf(basis->reference, sizeof(basis->reference),
			 "contract \"%u\"", i);
	}
	if (rng_below(rng, 2)) {
		policy->hold_back = (struct case_hold_back){
		    .share_ppm = 1 + (uint32_t)rng_below(rng, 100000),
		    .span_us = between(rng, TIMES_HOUR_US, 14 * TIMES_DAY_US,
				       TIMES_HOUR_US),
		    .until_us = between(rng, TIMES_EARLIEST_US,
					2 * TIMES_EARLIEST_US, TIMES_DAY_US),
		    .basis = "decision 4/2026"};
	}
}

static void
any_policy(struct rng *rng, struct conf *conf)
{
	struct case_policy *policy = &conf->policy;

	policy->version = (uint32_t)rng_below(rng, 3);
	policy->notice_at_milli = (int32_t)between(rng, 1000, 5000, 1);
	policy->measure_at_milli = (int32_t)between(rng, 5000, 100000, 1);
	policy->garden_us = between(rng, 25 * TIMES_DAY_US, 30 * TIMES_DAY_US,
				    TIMES_SECOND_US);
	policy->attack_measure = (enum measure_kind)(2 + rng_below(rng, 3));
	policy->two_persons = (uint32_t)rng_below(rng, 16) << 1;
	policy->auto_release = rng_below(rng, 2) != 0;
	policy->objection_us = between(rng, 10 * TIMES_MINUTE_US,
				       4 * TIMES_HOUR_US, TIMES_SECOND_US);
	policy->approval_us = between(rng, 10 * TIMES_MINUTE_US,
				      7 * TIMES_DAY_US, TIMES_SECOND_US);
	policy->factor_count = (uint32_t)rng_below(rng, CASE_FACTORS_MAX + 1);
	for (uint32_t i = 0; i < policy->factor_count; i++) {
		snprintf(policy->factors[i].name, SIGHTING_NAME_SIZE,
			 "list:\\%u", i);
		policy->factors[i].factor_milli = (uint32_t)rng_below(rng,
								      2001);
	}
	any_ladders(rng, policy);
	any_hours(rng, conf);
	any_basis(rng, policy);
}

static void
test_any_policy(void **state)
{
	struct rng rng;

	(void)state;
	assert_int_equal(crypto_init(), 0);
	rng_init(&rng, 20261125);
	for (int i = 0; i < 300; i++) {
		struct conf *conf = good(SMALLEST), *read;
		struct text text;

		any_policy(&rng, conf);
		text_init(&text, buffer, sizeof(buffer));
		conf_print(&text, conf);
		assert_false(text.full);
		read = good(buffer);
		/* The rows of a zone are the system's, not the print's. */
		conf->policy.calendar.zone = read->policy.calendar.zone;
		case_policy_seal(&conf->policy);
		case_policy_seal(&read->policy);
		assert_memory_equal(conf->policy.hash, read->policy.hash,
				    CASE_POLICY_HASH_SIZE);
		text_init(&text, again, sizeof(again));
		conf_print(&text, read);
		assert_string_equal(buffer, again);
		conf_free(conf);
		conf_free(read);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_hours),      cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_any_policy), cmocka_unit_test(test_slips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
