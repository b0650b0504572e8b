/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `lazaret case`. */
#include "cmd/case_asked.h"

#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "role/command.h"
#include "role/command_send.h"

/* Options a verb needs and may have; one of `one` must be there. */
struct verb {
	const char *name;
	uint8_t act;
	int cases;
	uint32_t need, one, may;
};

static const struct verb verbs[] = {
    {"list", 0, 0, 0, 0, ASKED_STATE | ASKED_ALL},
    {"show", 0, 1, 0, 0, 0},
    {"hold", CASE_EVENT_HOLD, 1, ASKED_REASON, 0, 0},
    {"resume", CASE_EVENT_RESUME, 1, 0, 0, ASKED_REASON},
    {"release", CASE_EVENT_RELEASE, 1, 0, 0,
     ASKED_REASON | ASKED_ALL | ASKED_YES},
    {"dismiss", CASE_EVENT_DISMISS, 1, ASKED_REASON, 0, 0},
    {"object", CASE_EVENT_OBJECT, 1, 0, 0, ASKED_REASON},
    {"answer", CASE_EVENT_ANSWER, 1, ASKED_REASON, ASKED_GRANT | ASKED_REFUSE,
     0},
    {"order", CASE_EVENT_ORDER, 1, ASKED_REASON | ASKED_MEASURE | ASKED_CODE, 0,
     0},
    {"merge", CASE_EVENT_MERGE, 2, 0, 0, ASKED_REASON},
    {"split", COMMAND_SPLIT, 1, ASKED_TO,
     ASKED_IDS | ASKED_CLASS | ASKED_ADDRESS, ASKED_REASON},
};

static bool
state_add(const char *name, uint32_t *states)
{
	for (unsigned state = 1; state < CASE_STATE_COUNT; state++) {
		if (strcmp(case_state_name(state), name) != 0)
			continue;
		*states |= 1u << state;
		return true;
	}
	fprintf(stderr,
		"lazaret case: there is no state '%s'; see `lazaret case "
		"--help`\n",
		name);
	return false;
}

static bool
reason_take(struct case_asked *asked, const char *value)
{
	const char *wrong = command_reason_check(value);

	asked->reason = value;
	if (wrong)
		fprintf(stderr, "lazaret case: --reason: %s\n", wrong);
	return !wrong;
}

static bool
zone_take(struct case_asked *asked, const char *value)
{
	if (options_zone(value, &asked->zone_s))
		return true;
	fprintf(stderr,
		"lazaret case: --zone '%s': expected UTC or as +02:00\n",
		value);
	return false;
}

bool
case_asked_take(struct case_asked *asked, int name, const char *value)
{
	static const struct {
		char letter;
		uint32_t bit;
	} letters[] = {{'s', ASKED_STATE},   {'a', ASKED_ALL},
		       {'r', ASKED_REASON},  {'y', ASKED_YES},
		       {'g', ASKED_GRANT},   {'f', ASKED_REFUSE},
		       {'m', ASKED_MEASURE}, {'o', ASKED_CODE},
		       {'i', ASKED_IDS},     {'l', ASKED_CLASS},
		       {'d', ASKED_ADDRESS}, {'t', ASKED_TO}};
	const char **const texts[] = {
	    ['m'] = &asked->measure, ['o'] = &asked->code,
	    ['i'] = &asked->ids,     ['l'] = &asked->class,
	    ['d'] = &asked->address, ['t'] = &asked->to,
	    ['c'] = &asked->config};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == name)
			asked->given |= letters[i].bit;
	if (name == '?')
		return false;
	if (name == 'j')
		asked->json = true;
	if (name == 's')
		return state_add(value, &asked->states);
	if (name == 'z')
		return zone_take(asked, value);
	if (name == 'r')
		return reason_take(asked, value);
	if ((size_t)name < sizeof(texts) / sizeof(texts[0]) && texts[name])
		*texts[name] = value;
	return true;
}

const char *
case_asked_check(struct case_asked *asked, int count, char *const *words)
{
	const struct verb *verb = verbs;
	const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);
	uint32_t one;
	int cases;

	while (verb < verbs + verb_count && strcmp(verb->name, words[0]) != 0)
		verb++;
	if (verb == verbs + verb_count)
		return "expected list, show, hold, resume, release, dismiss, "
		       "object, answer, order, merge or split";
	one = asked->given & verb->one;
	cases = verb->act && (asked->given & ASKED_ALL) ? 0 : verb->cases;
	if (asked->given & ~(verb->need | verb->one | verb->may))
		return "an option that isn't for this verb";
	if (count - 1 != cases)
		return cases == 2   ? "expected the case that ends and the "
				      "one it goes on in"
		       : cases == 1 ? "expected one case, as `lazaret case "
				      "list` shows it"
				    : "expected no case here";
	if ((asked->given & verb->need) != verb->need)
		return verb->act == CASE_EVENT_ORDER
			   ? "--measure, --reason-code and --reason are needed"
		       : verb->act == COMMAND_SPLIT
			   ? "--to PARTY or --to new is needed"
			   : "--reason TEXT is needed: it stands in the case";
	if (verb->one && (one == 0 || (one & (one - 1)) != 0))
		return verb->act == COMMAND_SPLIT
			   ? "expected one of --sightings, --class, --address"
			   : "expected --grant or --refuse";
	asked->act = verb->act;
	asked->which = cases > 0 ? words[1] : NULL;
	asked->into = cases > 1 ? words[2] : NULL;
	return NULL;
}
