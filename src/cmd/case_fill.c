/* SPDX-License-Identifier: Apache-2.0 */
/* The details of an order, from words to numbers. */
#include "cmd/case_fill.h"

#include <stdio.h>
#include <string.h>

#include "cmd/case_act.h"
#include "cmd/cmd.h"
#include "fact/security_reason.h"

static int
wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "lazaret case: %s '%s': expected %s\n", option, value,
		expected);
	return CMD_USAGE;
}

/* What isn't security is refused in these words, whoever asks. */
static int
fill_reason(const char *code, struct command *command)
{
	enum security_reason reason = REASON_NONE;

	if (security_reason_parse(slice_of(code), &reason) == 0 &&
	    reason != REASON_NONE) {
		command->security = (uint8_t)reason;
		return CMD_DONE;
	}
	fprintf(stderr,
		"lazaret case: '%s' is refused: %s; the reasons there are:",
		code, REASON_REFUSED_TEXT);
	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++)
		fprintf(stderr, " %s", security_reason_name(i));
	fputc('\n', stderr);
	return CMD_REFUSED;
}

static int
fill_order(const struct case_asked *asked, struct command *command)
{
	static const enum measure_kind kinds[] = {MEASURE_LIMIT, MEASURE_GARDEN,
						  MEASURE_BLOCK};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(measure_kind_name(kinds[i]), asked->measure) == 0)
			command->measure = (uint8_t)kinds[i];
	if (!command->measure)
		return wrong("--measure", asked->measure,
			     "limit, garden or block");
	return fill_reason(asked->code, command);
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
read_id(struct slice text, uint8_t id[SIGHTING_ID_SIZE])
{
	if (text.length != (size_t)2 * SIGHTING_ID_SIZE)
		return false;
	for (size_t i = 0; i < SIGHTING_ID_SIZE; i++) {
		const int high = digit(text.at[2 * i]);
		const int low = digit(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		id[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int
fill_ids(const char *ids, struct command *command)
{
	struct slice rest = slice_of(ids);

	command->split = SPLIT_IDS;
	while (rest.length > 0) {
		const struct slice one = slice_trim(slice_split(&rest, ','));

		if (command->id_count == COMMAND_IDS_MAX ||
		    !read_id(one, command->ids[command->id_count++]))
			return wrong("--sightings", ids,
				     "at most 32 ids of 32 hex digits, as "
				     "`show --json` prints them");
	}
	return command->id_count ? CMD_DONE : wrong("--sightings", ids, "ids");
}

static int
fill_split(const struct case_asked *asked, struct store *store,
	   struct command *command)
{
	if (asked->ids && fill_ids(asked->ids, command) != CMD_DONE)
		return CMD_USAGE;
	if (asked->class) {
		command->split = SPLIT_CLASS;
		command->class = (uint8_t)rsit_class_of(slice_of(asked->class));
		if (command->class == RSIT_NONE)
			return wrong("--class", asked->class,
				     "an RSIT class, as `show` prints it");
	}
	if (asked->address) {
		command->split = SPLIT_ADDRESS;
		if (addr_parse(slice_of(asked->address), &command->address))
			return wrong("--address", asked->address, "an address");
	}
	if (strcmp(asked->to, "new") == 0)
		return CMD_DONE;
	return case_choose(store, asked->to, &command->other);
}

int
case_fill(const struct case_asked *asked, struct store *store,
	  struct command *command)
{
	command->act = asked->act;
	(void)text_copy(command->reason, sizeof(command->reason),
			slice_of(asked->reason ? asked->reason : ""));
	switch (asked->act) {
	case CASE_EVENT_ANSWER:
		command->granted = (asked->given & ASKED_GRANT) != 0;
		return CMD_DONE;
	case CASE_EVENT_ORDER:
		return fill_order(asked, command);
	case CASE_EVENT_MERGE:
		return case_choose(store, asked->into, &command->other);
	case COMMAND_SPLIT:
		return fill_split(asked, store, command);
	default:
		return CMD_DONE;
	}
}
