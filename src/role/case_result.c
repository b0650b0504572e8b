/* SPDX-License-Identifier: Apache-2.0 */
/* Results of orders, for people and as JSON lines. */
#include "role/case_result.h"

#include <stdio.h>

#include "role/print_case.h"

#define LINE_SIZE 1024

struct showing {
	bool json, refused;
	unsigned count;
};

static void
show_for_people(const struct store_result *result)
{
	const char *act = case_event_kind_name(result->act);
	char digits[PRINT_NUMBER_SIZE];

	print_number(result->case_id, digits);
	if (result->case_id == 0) {
		printf("%s: %s\n", act, result->message);
		return;
	}
	if (result->outcome) {
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

static int
show_result(void *context, const struct store_result *result)
{
	struct showing *showing = context;
	char line[LINE_SIZE];
	struct text text;

	showing->count++;
	showing->refused |= result->outcome != 0;
	if (!showing->json) {
		show_for_people(result);
		return 0;
	}
	text_init(&text, line, sizeof(line));
	print_result(
	    &text,
	    &(struct print_result){
		.head = {.time = result->time, .case_id = result->case_id},
		.act = case_event_kind_name(result->act),
		.actor = result->actor,
		.outcome = result->outcome ? "refused" : "done",
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
