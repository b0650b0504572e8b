/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for people. */
#include "role/replay_text.h"

#include <stdio.h>
#include <string.h>

#include "role/plain_words.h"

#define WHO_WIDTH 20
#define WHAT_WIDTH 12
#define DETAIL_SIZE 1024

static void
column(struct text *text, const char *word, size_t width)
{
	text_add(text, word);
	for (size_t at = strlen(word); at < width; at++)
		text_char(text, ' ');
	text_char(text, ' ');
}

void
replay_text_line(struct text *text, struct at_event time, const char *who,
		 const char *what, const char *detail)
{
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, time, 0);
	text_add(text, moment);
	text_add(text, "  ");
	column(text, who, WHO_WIDTH);
	column(text, what, WHAT_WIDTH);
	text_add(text, detail);
	text_char(text, '\n');
}

void
replay_text_sighting(struct text *text, const struct sighting *sighting)
{
	char detail[DETAIL_SIZE], who[SUBJECT_TEXT_SIZE];
	char moment[WORDS_MOMENT_SIZE];
	struct text more;

	text_init(&more, who, sizeof(who));
	subject_format(&more, &sighting->subject);
	words_moment(moment, sighting->time, 0);
	text_init(&more, detail, sizeof(detail));
	words_sighting(&more, sighting);
	text_add(&more, ", at ");
	text_add(&more, moment);
	replay_text_line(text, sighting->known, who, "seen", detail);
}

void
replay_text_state(struct text *text, const struct print_case *line,
		  const char *row)
{
	char detail[DETAIL_SIZE];
	struct text more;

	text_init(&more, detail, sizeof(detail));
	text_add(&more, words_row(row));
	text_add(&more, "; score ");
	words_milli(&more, line->score_milli);
	text_add(&more, ", who it is: ");
	text_add(&more, line->certainty);
	replay_text_line(text, line->head.time, line->head.party,
			 case_state_name(line->state), detail);
}

void
replay_text_notice(struct text *text, const struct print_notice *line,
		   uint32_t classes, bool would)
{
	char detail[DETAIL_SIZE];
	struct text more;

	text_init(&more, detail, sizeof(detail));
	text_add(&more, would ? "would be told of " : "is told of ");
	words_classes(&more, classes);
	text_add(&more, ", step ");
	text_u64(&more, line->step);
	replay_text_line(text, line->head.time, line->head.party, "notice",
			 detail);
}

void
replay_text_measure(struct text *text, const struct print_measure *line,
		    const char *verb, bool would)
{
	char detail[DETAIL_SIZE], moment[WORDS_MOMENT_SIZE];
	struct text more;

	text_init(&more, detail, sizeof(detail));
	text_add(&more, would ? "would " : "to ");
	text_add(&more, verb);
	text_add(&more, ": ");
	text_add(&more, line->target);
	if (times_is_set(line->expires)) {
		words_moment(moment, line->expires, 0);
		text_add(&more, " until ");
		text_add(&more, moment);
	}
	if (line->reason) {
		text_add(&more, "; ");
		text_add(&more, line->reason);
	}
	replay_text_line(text, line->head.time, line->head.party,
			 measure_kind_name(line->kind), detail);
}

static void
told(struct text *text, const struct case_notice *notice)
{
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, notice->created, 0);
	text_add(text,
		 notice->would ? "    would have been told " : "    told ");
	text_add(text, moment);
	text_char(text, '\n');
}

static void
measured(struct text *text, const struct case_measure *measure)
{
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, measure->expires, 0);
	text_add(text, measure->would ? "    would be under " : "    under ");
	text_add(text, measure_kind_name(measure->kind));
	text_add(text, ": ");
	text_add(text, measure->target);
	text_add(text, " until ");
	text_add(text, moment);
	text_char(text, '\n');
}

void
replay_text_case(struct text *text, const struct case_record *record,
		 const char *party)
{
	text_add(text, "  ");
	column(text, party, WHO_WIDTH);
	column(text, case_state_name(record->state), WHAT_WIDTH);
	text_add(text, "score ");
	words_milli(text, record->score_milli);
	text_add(text, ", ");
	words_classes(text, record->classes);
	text_char(text, '\n');
	for (uint32_t i = 0; i < record->notice_count; i++)
		told(text, &record->notices[i]);
	for (uint32_t i = 0; i < record->measure_count; i++)
		measured(text, &record->measures[i]);
}
