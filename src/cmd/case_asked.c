/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `lazaret case`. */
#include "cmd/case_asked.h"

#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "role/command_send.h"

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

bool
case_asked_take(struct case_asked *asked, int name, const char *value)
{
	const char *wrong;

	switch (name) {
	case 's':
		return state_add(value, &asked->states);
	case 'a':
		return asked->all = true;
	case 'j':
		return asked->json = true;
	case 'y':
		return asked->yes = true;
	case 'c':
		asked->config = value;
		return true;
	case 'z':
		if (options_zone(value, &asked->zone_s))
			return true;
		fprintf(stderr,
			"lazaret case: --zone '%s': expected UTC or as "
			"+02:00\n",
			value);
		return false;
	case 'r':
		asked->reason = value;
		wrong = command_reason_check(value);
		if (wrong)
			fprintf(stderr, "lazaret case: --reason: %s\n", wrong);
		return !wrong;
	default:
		return false;
	}
}

const char *
case_asked_check(struct case_asked *asked, const char *verb)
{
	static const enum case_event_kind acts[] = {CASE_EVENT_HOLD,
						    CASE_EVENT_RELEASE,
						    CASE_EVENT_DISMISS,
						    CASE_EVENT_RESUME};
	const bool list = strcmp(verb, "list") == 0;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(verb, case_event_kind_name(acts[i])) == 0)
			asked->act = acts[i];
	if (!list && !asked->act && strcmp(verb, "show") != 0)
		return "expected list, show, hold, release, dismiss or resume";
	if (list && asked->which)
		return "list takes no further word";
	if (asked->all && !list && asked->act != CASE_EVENT_RELEASE)
		return "--all is for list and release";
	if (asked->all && !list && asked->which)
		return "release takes a case or --all, not both";
	if (!list && !asked->all && !asked->which)
		return "expected one case, as `lazaret case list` shows it";
	if (asked->states && !list)
		return "--state is for list";
	if (asked->reason && !asked->act)
		return "--reason is for hold, release, dismiss and resume";
	if (!asked->reason &&
	    (asked->act == CASE_EVENT_HOLD || asked->act == CASE_EVENT_DISMISS))
		return "--reason TEXT is needed: it stands in the case";
	return NULL;
}
