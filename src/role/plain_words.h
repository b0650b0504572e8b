/* SPDX-License-Identifier: Apache-2.0 */
/* What `case` and `explain` say to people: times, states, what was seen. */
#ifndef ROLE_PLAIN_WORDS_H
#define ROLE_PLAIN_WORDS_H

#include "base/text.h"
#include "fact/case_fact.h"
#include "fact/sighting.h"

/* "2024-06-20T10:00:00Z" is the shortest, "2024-06-20T12:00:00+02:00". */
#define WORDS_MOMENT_SIZE 32
/* A time to the second in a zone (seconds east of UTC); "-" where unset. */
void words_moment(char out[WORDS_MOMENT_SIZE], struct at_event time,
		  int32_t zone_s);
/* Thousandths as a number: "-1.500". */
void words_milli(struct text *text, int32_t milli);
/* "ddos, scanner" */
void words_classes(struct text *text, uint32_t classes);
/* "ddos from 192.0.2.7 to 198.51.100.9:80/udp by own-flow (flood.udp/1)" */
void words_sighting(struct text *text, const struct sighting *sighting);
/* What it means to be in a state: "the party was told". */
const char *words_state(enum case_state state);
/*
 * Why the row of the case table fired: "an attack is in progress"; the row's
 * name where this program has no such row.
 */
const char *words_row(const char *row);

#endif
