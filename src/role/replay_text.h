/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A replay for people: a line for what happens, and how it all stands at the
 * end.  Each into `text`, newline included.
 *
 * The time of a line is always that at which it was known, so that lines are
 * in order; a sighting says besides when its rule crossed.
 */
#ifndef ROLE_REPLAY_TEXT_H
#define ROLE_REPLAY_TEXT_H

#include "base/text.h"
#include "case/step.h"
#include "fact/sighting.h"
#include "role/print_case.h"

/* When, who, what, and more of it. */
void replay_text_line(struct text *text, struct at_event time, const char *who,
		      const char *what, const char *detail);
void replay_text_sighting(struct text *text, const struct sighting *sighting);
/* A case's state has changed, by a row of the table. */
void replay_text_state(struct text *text, const struct print_case *line,
		       const char *row);
void replay_text_notice(struct text *text, const struct print_notice *line,
			uint32_t classes, bool would);
/* verb: "begin", "go on", "end". */
void replay_text_measure(struct text *text, const struct print_measure *line,
			 const char *verb, bool would);
/* How a case stands: state, score, classes, what it was told, what is on. */
void replay_text_case(struct text *text, const struct case_record *record,
		      const char *party);

#endif
