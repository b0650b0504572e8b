/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table in words, row by row, is what people agreed to: case_table.txt.  A
 * row changes together with its sentence or not at all, so that whoever reads
 * the change reads what it means.
 *
 *	RECORD=1 case_table_said     prints the table as that file has it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/facts.h"
#include "case/table.h"

#define TEXT_MAX 65536

struct name {
	uint64_t bit;
	const char *name;
};

static const struct name facts[] = {
    {CASE_F_DUPLICATE, "duplicate"},
    {CASE_F_UNKNOWN, "unknown"},
    {CASE_F_EARLIER, "earlier"},
    {CASE_F_STALE, "stale"},
    {CASE_F_FAILED, "failed"},
    {CASE_F_SELF, "self"},
    {CASE_F_GRANTED, "granted"},
    {CASE_F_ENOUGH, "enough"},
    {CASE_F_RELAPSE, "relapse"},
    {CASE_F_ATTACK, "attack"},
    {CASE_F_FLOOD, "flood"},
    {CASE_F_A, "a"},
    {CASE_F_B, "b"},
    {CASE_F_PLACE, "place"},
    {CASE_F_MOVED, "moved"},
    {CASE_F_STRONGER, "stronger"},
    {CASE_F_FIERCER, "fiercer"},
    {CASE_F_BASELESS, "baseless"},
    {CASE_F_UNFOUNDED, "unfounded"},
    {CASE_F_TOLD, "told"},
    {CASE_F_CAN_TELL, "can-tell"},
    {CASE_F_NO_CHANNEL, "no-channel"},
    {CASE_F_AGAIN, "again"},
    {CASE_F_ACCEPTED, "accepted"},
    {CASE_F_MEASURE, "measure"},
    {CASE_F_BOUND, "bound"},
    {CASE_F_SPENT, "spent"},
    {CASE_F_WEAKENED, "weakened"},
    {CASE_F_QUIET, "quiet"},
    {CASE_F_RETRY, "retry"},
    {CASE_F_NIGHT, "night"},
    {CASE_F_UNHELPED, "unhelped"},
    {CASE_F_ENDS_SOON, "ends-soon"},
    {CASE_F_HELD_BACK, "held-back"},
    {CASE_F_LOT, "lot"},
    {CASE_F_TRIAL, "trial"},
    {CASE_F_HOLD_OVER, "hold-over"},
    {CASE_F_PROTECTED, "protected"},
    {CASE_F_DISMISSED, "dismissed"},
    {CASE_F_COMMON, "common"},
    {CASE_F_BRAKE_NOTICE, "brake-notice"},
    {CASE_F_BRAKE_MEASURE, "brake-measure"},
    {CASE_F_NO_BASIS, "no-basis"},
    {CASE_F_SELF_SPENT, "self-spent"},
    {CASE_F_WRITTEN, "written"},
    {CASE_F_OBJECTED, "objected"},
    {CASE_F_OVERDUE, "overdue"},
    {CASE_F_CONTESTED, "contested"},
    {CASE_F_EASES, "eases"},
    {CASE_F_TWO, "two"},
    {CASE_F_SAME_PERSON, "same-person"},
    {CASE_F_SECOND, "second"},
    {CASE_F_NO_REASON, "no-reason"},
    {CASE_F_NO_ORDER, "no-order"},
    {CASE_F_ACTS, "acts"},
    {CASE_F_REACHED, "reached"},
};

static const struct name acts[] = {
    {CASE_DO_FILTER, "filter"},
    {CASE_DO_NOTICE, "notice"},
    {CASE_DO_TELL, "tell"},
    {CASE_DO_MEASURE, "measure"},
    {CASE_DO_SELF, "self"},
    {CASE_DO_STAFF, "staff"},
    {CASE_DO_OFF_SPENT, "off-spent"},
    {CASE_DO_OFF_ALL, "off-all"},
    {CASE_DO_DELIVERED, "delivered"},
    {CASE_DO_HOLD_BACK, "hold-back"},
    {CASE_DO_OBJECT, "object"},
    {CASE_DO_EASE, "ease"},
    {CASE_DO_RESTORE, "restore"},
    {CASE_DO_ANSWERED, "answered"},
    {CASE_DO_FIRST, "first"},
    {CASE_DO_AGREED, "agreed"},
    {CASE_DO_MERGE, "merge"},
    {CASE_DO_CORRECT, "correct"},
    {CASE_DO_BRAKED, "braked"},
    {CASE_DO_WAIT_DESK, "wait-desk"},
    {CASE_DO_WAIT_DAY, "wait-day"},
    {CASE_DO_RESUME, "resume"},
    {CASE_DO_NO_RETRY, "no-retry"},
    {CASE_DO_RETRIED, "retried"},
    {CASE_DO_ASK_CHANNEL, "ask-channel"},
    {CASE_DO_ASK_PROTECTED, "ask-protected"},
    {CASE_DO_ASK_BRAKE, "ask-brake"},
    {CASE_DO_ASK_DISMISSED, "ask-dismissed"},
    {CASE_DO_ASK_END, "ask-end"},
};

static void
say_bits(struct text *text, const char *what, uint64_t bits,
	 const struct name *names, size_t count)
{
	const char *between = what;

	for (size_t i = 0; i < count; i++) {
		if (!(bits & names[i].bit))
			continue;
		text_add(text, between);
		text_add(text, names[i].name);
		between = ", ";
		bits &= ~names[i].bit;
	}
	if (bits) {
		text_add(text, between);
		text_add(text, "bits without a name: ");
		text_u64(text, bits);
	}
}

static void
say_states(struct text *text, uint32_t states)
{
	const char *between = "";

	for (unsigned state = 1; state < CASE_STATE_COUNT; state++) {
		if (!(states >> state & 1))
			continue;
		text_add(text, between);
		text_add(text, case_state_name((enum case_state)state));
		between = ", ";
	}
}

static void
say_row(struct text *text, const struct case_row *row)
{
	text_add(text, row->name);
	text_add(text, "\n  ");
	text_add(text, case_event_kind_name((enum case_event_kind)row->event));
	text_add(text, " while ");
	say_states(text, row->states);
	say_bits(text, "\n  if ", row->need, facts,
		 sizeof(facts) / sizeof(facts[0]));
	say_bits(text, "\n  unless ", row->forbid, facts,
		 sizeof(facts) / sizeof(facts[0]));
	if (row->refusal) {
		text_add(text, "\n  refused: ");
		text_add(text, row->refusal);
	}
	say_bits(text, "\n  does ", row->does, acts,
		 sizeof(acts) / sizeof(acts[0]));
	if (row->next == CASE_NEXT_BACK) {
		text_add(text, "\n  then as it was before");
	} else if (row->next != CASE_NEXT_SAME) {
		text_add(text, "\n  then ");
		text_add(text, case_state_name((enum case_state)row->next));
	}
	text_add(text, "\n");
}

/* Where two texts part, as a line of each. */
static int
compare(const char *said, const char *agreed)
{
	int line = 1;

	for (; *said && *said == *agreed; said++, agreed++)
		line += *said == '\n';
	if (*said == *agreed)
		return 0;
	printf("case_table.txt:%d: the table isn't what was agreed to "
	       "(RECORD=1 prints it as it is)\n  agreed: %.*s\n  is:     "
	       "%.*s\n",
	       line, (int)strcspn(agreed, "\n"), agreed,
	       (int)strcspn(said, "\n"), said);
	return 1;
}

int
main(void)
{
	static char said[TEXT_MAX], agreed[TEXT_MAX];
	const char *root = getenv("LAZARET_SOURCE");
	char path[4096];
	struct text text;
	FILE *file;

	text_init(&text, said, sizeof(said));
	text_add(&text, "# SPDX-License-Identifier: Apache-2.0\n"
			"# The table of the case in words; the first row that "
			"fits decides.\n");
	for (size_t i = 0; i < case_table_rows; i++)
		say_row(&text, &case_table[i]);
	if (getenv("RECORD"))
		return fputs(said, stdout) < 0;
	snprintf(path, sizeof(path), "%s/tests/property/case_table.txt",
		 root ? root : ".");
	file = fopen(path, "r");
	if (!file || text.full) {
		printf("%s can't be read, or the table is too long\n", path);
		return 1;
	}
	agreed[fread(agreed, 1, sizeof(agreed) - 1, file)] = '\0';
	(void)fclose(file);
	if (compare(said, agreed))
		return 1;
	printf("table: %u rows as agreed\n", (unsigned)case_table_rows);
	return 0;
}
