/* SPDX-License-Identifier: Apache-2.0 */
/* What `lazaret recall` needs together, and what excludes what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/recall_asked.h"

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret recall: %s; see `lazaret recall --help`\n",
		what);
	return CMD_USAGE;
}

/* What is to be recalled, checked here so that the mistake is named. */
static int
check_proposal(struct recall_asked *asked)
{
	struct command *command = &asked->command;
	struct recall recall;
	int error;

	if (!asked->value || asked->several)
		return usage("expected one of --detector, --indicator, --feed, "
			     "--exporter, --binding-source, or a verb");
	if (!times_is_set(command->since) || !asked->reason)
		return usage("--since TIME and --reason TEXT are needed");
	error = recall_init(&recall, command->recall, asked->value,
			    command->since, command->until);
	if (error == LZ_E_RANGE)
		return usage("--until is not after --since");
	if (error == LZ_E_UNSUPPORTED)
		return usage("an indicator that is a name rests on DNS, which "
			     "isn't read yet");
	if (error)
		return usage("that can't be what sightings rest on");
	command->act = COMMAND_RECALL;
	memcpy(command->value, recall.value, sizeof(command->value));
	return CMD_DONE;
}

static int
check_verb(struct recall_asked *asked, int count, char *const *words)
{
	static const struct {
		const char *name;
		uint8_t act;
		int numbers;
	} verbs[] = {{"list", 0, 0},
		     {"show", 0, 1},
		     {"approve", COMMAND_RECALL_APPROVE, 1},
		     {"drop", COMMAND_RECALL_DROP, 1},
		     {"lift", COMMAND_RECALL_LIFT, 1}};
	size_t i = 0;
	char *end = NULL;

	while (i < sizeof(verbs) / sizeof(verbs[0]) &&
	       strcmp(verbs[i].name, words[0]) != 0)
		i++;
	if (i == sizeof(verbs) / sizeof(verbs[0]))
		return usage("expected approve, drop, lift, list or show");
	if (count - 1 != verbs[i].numbers)
		return usage(verbs[i].numbers ? "expected a recall's number"
					      : "list takes no further word");
	if (asked->value || times_is_set(asked->command.since) ||
	    times_is_set(asked->command.until) ||
	    (asked->reason && !verbs[i].act))
		return usage("an option that isn't for this verb");
	asked->command.act = verbs[i].act;
	if (count == 1)
		return CMD_DONE;
	asked->command.other = strtoull(words[1], &end, 10);
	if (*end || words[1][0] < '1' || words[1][0] > '9')
		return usage("a recall's number is as `list` shows it");
	return CMD_DONE;
}

int
recall_asked_check(struct recall_asked *asked, int count, char *const *words)
{
	const int code = count ? check_verb(asked, count, words)
			       : check_proposal(asked);

	(void)text_copy(asked->command.reason, sizeof(asked->command.reason),
			slice_of(asked->reason ? asked->reason : ""));
	return code;
}
