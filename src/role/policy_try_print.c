/* SPDX-License-Identifier: Apache-2.0 */
/* What a trial of a policy says, to people and to programs: numbers only. */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "role/policy_try.h"

#define LINE_SIZE 1024
#define DATE_SIZE 16
#define HASH_TEXT_SIZE (2 * CASE_POLICY_HASH_SIZE + 1)

static const char *
date_of(char date[DATE_SIZE], int64_t us)
{
	const struct times_date parts = times_date_of(us);
	struct text text;

	text_init(&text, date, DATE_SIZE);
	text_padded(&text, (uint64_t)parts.year, 4);
	text_char(&text, '-');
	text_padded(&text, parts.month, 2);
	text_char(&text, '-');
	text_padded(&text, parts.day, 2);
	return date;
}

static const char *
hash_of(char hash[HASH_TEXT_SIZE], const struct case_policy *policy)
{
	struct text text;

	text_init(&text, hash, HASH_TEXT_SIZE);
	text_hex(&text, policy->hash, CASE_POLICY_HASH_SIZE);
	return hash;
}

/* Where something is otherwise, or was. */
static bool
is_other(const struct policy_cell *cell)
{
	return cell->count[POLICY_PRESENT] != cell->count[POLICY_NEW] ||
	       cell->count[POLICY_DONE] != cell->count[POLICY_PRESENT] ||
	       cell->us[POLICY_PRESENT] != cell->us[POLICY_NEW];
}

static void
add(struct policy_cell *sum, const struct policy_cell *cell)
{
	for (unsigned side = 0; side < POLICY_SIDE_COUNT; side++) {
		sum->count[side] += cell->count[side];
		sum->lines[side] += cell->lines[side];
		sum->us[side] += cell->us[side];
	}
}

typedef void visit_cell(const char *day, const char *class,
			enum policy_what what, const struct policy_cell *cell);

/* Each cell in which something is otherwise, then the sums of all. */
static void
visit(const struct policy_trial *trial, visit_cell *print,
      struct policy_cell sums[POLICY_WHAT_COUNT])
{
	int64_t first;
	const uint32_t days = policy_tally_days(trial->tally, &first);

	for (uint32_t day = 0; day < days; day++)
		for (uint8_t class = 0; class < RSIT_CLASS_COUNT; class ++)
			for (unsigned i = 0; i < POLICY_WHAT_COUNT; i++) {
				const enum policy_what what =
				    (enum policy_what)i;
				const struct policy_cell *cell =
				    policy_tally_cell(trial->tally, day, class,
						      what);
				char date[DATE_SIZE];

				add(&sums[i], cell);
				if (is_other(cell))
					print(date_of(date, (first + day) *
								TIMES_DAY_US),
					      rsit_class_name(
						  (enum rsit_class) class),
					      what, cell);
			}
}

/* ------------------------------------------------------------------ text */

static void
text_cell(const char *day, const char *class, enum policy_what what,
	  const struct policy_cell *cell)
{
	const int64_t more = (int64_t)cell->count[POLICY_NEW] -
			     (int64_t)cell->count[POLICY_PRESENT];

	printf("%-10s  %-17s %-8s %6" PRIu64 " %8" PRIu64 " %6" PRIu64, day,
	       class, policy_what_name(what), cell->count[POLICY_DONE],
	       cell->count[POLICY_PRESENT], cell->count[POLICY_NEW]);
	printf(more ? "  %+" PRId64 "\n" : "\n", more);
}

static void
text_check(const struct policy_trial *trial)
{
	if (!trial->differs && !trial->unreadable)
		printf("Check: the present policy does again what was done, "
		       "all %" PRIu64 " acts of it.\n",
		       trial->done);
	else
		printf("Check FAILED: of %" PRIu64 " acts that were done the "
		       "present policy does %" PRIu64 " otherwise: take the "
		       "differences below with that much care. (Where a brake "
		       "closed among words of one moment, their order isn't "
		       "known.)\n",
		       trial->done, trial->differs);
	if (trial->unreadable)
		printf("  %" PRIu64 " steps are of a form that this program "
		       "can't read.\n",
		       trial->unreadable);
	if (trial->elsewhere)
		printf("  %" PRIu64 " of the cases were opened under other "
		       "policies than the present one.\n",
		       trial->elsewhere);
	if (trial->unmet)
		printf("  %" PRIu64 " words of persons meet no case of the new "
		       "policy.\n",
		       trial->unmet);
}

/* What can't be compared, because it is erased. */
static void
text_erased(const struct policy_try *how, const struct policy_trial *trial)
{
	const int64_t watched = how->until.us - how->retention->sightings_us;
	char date[DATE_SIZE];

	if (how->since.us < watched)
		printf("Before %s cases that were only watched, and those of "
		       "no known account, are erased: a policy that tells "
		       "earlier would meet more there.\n",
		       date_of(date, watched));
	for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++)
		if (trial->erased[i])
			printf("%s can't be compared: %" PRIu64 " of its cases "
			       "are erased, only their count is left.\n",
			       rsit_class_name((enum rsit_class)i),
			       trial->erased[i]);
}

static void
text_measures(const struct policy_cell sums[POLICY_WHAT_COUNT])
{
	for (unsigned i = POLICY_FILTER; i <= POLICY_BLOCK; i++) {
		const struct policy_cell *sum = &sums[i];

		if (!sum->count[POLICY_PRESENT] && !sum->count[POLICY_NEW])
			continue;
		printf("%s: %" PRIu64 " lines a day in all for %" PRId64
		       " hours, new %" PRIu64 " for %" PRId64 " hours\n",
		       policy_what_name((enum policy_what)i),
		       sum->lines[POLICY_PRESENT],
		       sum->us[POLICY_PRESENT] / TIMES_HOUR_US,
		       sum->lines[POLICY_NEW],
		       sum->us[POLICY_NEW] / TIMES_HOUR_US);
	}
}

static void
text_parties(const struct policy_tally *tally, const char *what, uint8_t how)
{
	printf("%s: %" PRIu64 " parties newly, %" PRIu64 " no more\n", what,
	       policy_tally_met(tally, how, POLICY_NEW, POLICY_PRESENT),
	       policy_tally_met(tally, how, POLICY_PRESENT, POLICY_NEW));
}

static void
text_all(const struct policy_try *how, const struct policy_trial *trial)
{
	struct policy_cell sums[POLICY_WHAT_COUNT] = {0};
	char a[DATE_SIZE], b[DATE_SIZE], hash[HASH_TEXT_SIZE];

	printf("%s to %s: %" PRIu64 " steps of %" PRIu64 " cases\n",
	       date_of(a, how->since.us), date_of(b, how->until.us - 1),
	       trial->steps, trial->cases);
	printf("present policy %s, version %u, %s\n",
	       hash_of(hash, how->present), how->present->version,
	       how->present->live_mode ? "live" : "shadow");
	printf("new policy     %s, version %u, %s\n", hash_of(hash, how->other),
	       how->other->version, how->other->live_mode ? "live" : "shadow");
	text_check(trial);
	printf("\n%-10s  %-17s %-8s %6s %8s %6s\n", "day", "class", "what",
	       "done", "present", "new");
	visit(trial, text_cell, sums);
	for (unsigned i = 0; i < POLICY_WHAT_COUNT; i++)
		text_cell("all days", "all", (enum policy_what)i, &sums[i]);
	puts("");
	text_measures(sums);
	text_parties(trial->tally, "told", POLICY_MET_NOTICE);
	text_parties(trial->tally, "limited", POLICY_MET_MEASURE);
	text_erased(how, trial);
}

/* ------------------------------------------------------------------ JSON */

static void
json_begin(struct json_writer *json, struct text *text, char line[LINE_SIZE],
	   const char *kind)
{
	text_init(text, line, LINE_SIZE);
	json_writer_init(json, text);
	json_open_object(json, NULL);
	json_u64(json, "v", 1);
	json_string(json, "kind", kind);
}

static void
json_cell(const char *day, const char *class, enum policy_what what,
	  const struct policy_cell *cell)
{
	char line[LINE_SIZE];
	struct json_writer json;
	struct text text;

	json_begin(&json, &text, line,
		   *day ? "policy_difference" : "policy_total");
	if (*day) {
		json_string(&json, "day", day);
		json_string(&json, "class", class);
	}
	json_string(&json, "what", policy_what_name(what));
	json_u64(&json, "done", cell->count[POLICY_DONE]);
	json_u64(&json, "present", cell->count[POLICY_PRESENT]);
	json_u64(&json, "new", cell->count[POLICY_NEW]);
	if (what >= POLICY_FILTER && what <= POLICY_BLOCK) {
		json_u64(&json, "lines_present", cell->lines[POLICY_PRESENT]);
		json_u64(&json, "lines_new", cell->lines[POLICY_NEW]);
		json_i64(&json, "seconds_present",
			 cell->us[POLICY_PRESENT] / TIMES_SECOND_US);
		json_i64(&json, "seconds_new",
			 cell->us[POLICY_NEW] / TIMES_SECOND_US);
	}
	json_close_object(&json);
	puts(line);
}

static void
json_parties(const struct policy_tally *tally, const char *what, uint8_t how)
{
	char line[LINE_SIZE];
	struct json_writer json;
	struct text text;

	json_begin(&json, &text, line, "policy_parties");
	json_string(&json, "what", what);
	json_u64(&json, "newly",
		 policy_tally_met(tally, how, POLICY_NEW, POLICY_PRESENT));
	json_u64(&json, "no_more",
		 policy_tally_met(tally, how, POLICY_PRESENT, POLICY_NEW));
	json_close_object(&json);
	puts(line);
}

static void
json_erased(const struct policy_trial *trial)
{
	char line[LINE_SIZE];
	struct json_writer json;
	struct text text;

	for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++) {
		if (!trial->erased[i])
			continue;
		json_begin(&json, &text, line, "policy_incomparable");
		json_string(&json, "class",
			    rsit_class_name((enum rsit_class)i));
		json_u64(&json, "erased", trial->erased[i]);
		json_close_object(&json);
		puts(line);
	}
}

static void
json_head(const struct policy_try *how, const struct policy_trial *trial)
{
	const int64_t watched = how->until.us - how->retention->sightings_us;
	char line[LINE_SIZE], hash[HASH_TEXT_SIZE];
	struct json_writer json;
	struct text text;

	json_begin(&json, &text, line, "policy_try");
	json_time(&json, "since", how->since.us);
	json_time(&json, "until", how->until.us);
	json_u64(&json, "steps", trial->steps);
	json_u64(&json, "cases", trial->cases);
	json_string(&json, "present", hash_of(hash, how->present));
	json_string(&json, "new", hash_of(hash, how->other));
	json_bool(&json, "reproduced",
		  trial->differs == 0 && trial->unreadable == 0);
	json_u64(&json, "done", trial->done);
	json_u64(&json, "differs", trial->differs);
	json_u64(&json, "unreadable", trial->unreadable);
	json_u64(&json, "other_policies", trial->elsewhere);
	json_u64(&json, "unmet", trial->unmet);
	if (how->since.us < watched)
		json_time(&json, "watched_erased_before", watched);
	json_close_object(&json);
	puts(line);
}

void
policy_try_print(const struct policy_try *how, const struct policy_trial *trial)
{
	struct policy_cell sums[POLICY_WHAT_COUNT] = {0};

	if (!how->json) {
		text_all(how, trial);
		return;
	}
	json_head(how, trial);
	visit(trial, json_cell, sums);
	for (unsigned i = 0; i < POLICY_WHAT_COUNT; i++)
		json_cell("", "", (enum policy_what)i, &sums[i]);
	json_parties(trial->tally, "told", POLICY_MET_NOTICE);
	json_parties(trial->tally, "limited", POLICY_MET_MEASURE);
	json_erased(trial);
}
