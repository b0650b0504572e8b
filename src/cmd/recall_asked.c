/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `lazaret recall`. */
#include "cmd/recall_asked.h"

#include <stdio.h>

#include "role/command_send.h"

const struct option recall_options[] = {
    {"detector", required_argument, NULL, 'd'},
    {"indicator", required_argument, NULL, 'i'},
    {"feed", required_argument, NULL, 'f'},
    {"exporter", required_argument, NULL, 'e'},
    {"binding-source", required_argument, NULL, 'b'},
    {"since", required_argument, NULL, 's'},
    {"until", required_argument, NULL, 'u'},
    {"reason", required_argument, NULL, 'r'},
    {"zone", required_argument, NULL, 'z'},
    {"json", no_argument, NULL, 'j'},
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

static bool
wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "lazaret recall: %s '%s': expected %s\n", option, value,
		expected);
	return false;
}

static bool
what_take(struct recall_asked *asked, enum recall_kind kind, const char *value)
{
	asked->several |= asked->value != NULL;
	asked->value = value;
	asked->command.recall = (uint8_t)kind;
	return true;
}

static bool
reason_take(struct recall_asked *asked, const char *value)
{
	const char *bad = command_reason_check(value);

	asked->reason = value;
	if (bad)
		fprintf(stderr, "lazaret recall: --reason: %s\n", bad);
	return !bad;
}

bool
recall_asked_take(struct recall_asked *asked, int name, const char *value)
{
	switch (name) {
	case 'd':
		return what_take(asked, RECALL_DETECTOR, value);
	case 'i':
		return what_take(asked, RECALL_INDICATOR, value);
	case 'f':
		return what_take(asked, RECALL_FEED, value);
	case 'e':
		return what_take(asked, RECALL_EXPORTER, value);
	case 'b':
		return what_take(asked, RECALL_BINDING_SOURCE, value);
	case 's':
		return times_parse(slice_of(value), &asked->command.since.us) ==
			   0 ||
		       wrong("--since", value, "as 2024-06-20T10:00:00Z");
	case 'u':
		return times_parse(slice_of(value), &asked->command.until.us) ==
			   0 ||
		       wrong("--until", value, "as 2024-06-20T10:00:00Z");
	case 'z':
		return options_zone(value, &asked->zone_s) ||
		       wrong("--zone", value, "UTC or as +02:00");
	case 'r':
		return reason_take(asked, value);
	case 'c':
		asked->config = value;
		return true;
	case 'j':
		return asked->json = true;
	default:
		return false;
	}
}
