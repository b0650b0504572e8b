/* SPDX-License-Identifier: Apache-2.0 */
/* Results of orders, for people and as JSON lines. */
#include "role/case_result.h"

#include <stdio.h>

#include "role/command.h"
#include "role/print_case.h"

#define LINE_SIZE 1024

struct showing {
	bool json, refused;
	unsigned count;
};

static void
show_for_people(const struct store_result *result)
{
	const char *act = command_act_name(result->act);
	char digits[PRINT_NUMBER_SIZE];

	if (result->act >= COMMAND_STOP || result->case_id == 0) {
		fprintf(result->outcome < 0 ? stderr : stdout, "%s%s: %s\n",
			result->outcome < 0 ? "lazaret: refused: " : "", act,
			result->message);
		return;
	}
	print_number(result->case_id, digits);
	if (result->outcome < 0) {
		fprintf(stderr, "lazaret: %s of case %s refused: %s", act,
			digits, result->message);
		if (result->state)
			fprintf(stderr, " (it is %s)",
				case_state_name(result->state));
		fputc('\n', stderr);
		return;
	}
	printf("case %s: %s: ", digits, act);
	if (*result->message)
		printf("%s (it is %s)", result->message,
		       case_state_name(result->state));
	else if (result->from == result->state)
		printf("done, it stays %s", case_state_name(result->state));
	else
		printf("done, from %s to %s", case_state_name(result->from),
		       case_state_name(result->state));
	if (result->measures_off)
		printf(", %u measure%s lifted", result->measures_off,
		       result->measures_off == 1 ? "" : "s");
	putchar('\n');
}

static const char *
outcome_name(int outcome)
{
	return outcome < 0 ? "refused" : outcome > 0 ? "waiting" : "done";
}

static int
show_result(void *context, const struct store_result *result)
{
	const bool of_case = result->act < COMMAND_STOP;
	struct showing *showing = context;
	char line[LINE_SIZE];
	struct text text;

	showing->count++;
	showing->refused |= result->outcome < 0;
	if (!showing->json) {
		show_for_people(result);
		return 0;
	}
	text_init(&text, line, sizeof(line));
	print_result(
	    &text,
	    &(struct print_result){
		.head = {.time = result->time,
			 .case_id = of_case ? result->case_id : 0},
		.recall = of_case || result->act < COMMAND_RECALL
			      ? 0
			      : result->case_id,
		.act = command_act_name(result->act),
		.actor = result->actor,
		.outcome = outcome_name(result->outcome),
		.from = result->from ? case_state_name(result->from) : NULL,
		.state = result->state ? case_state_name(result->state) : NULL,
		.measures_off = result->measures_off,
		.message = result->message});
	fputs(line, stdout);
	return 0;
}

int
case_results(struct store *store, uint64_t sequence, bool json, bool *refused)
{
	struct showing showing = {.json = json};
	const int error = desk_view_results(store, sequence, show_result,
					    &showing);

	*refused = showing.refused;
	return error || showing.count ? error : LZ_E_NOT_FOUND;
}
