/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a case stands where it stands, in words and as members of JSON: whom it
 * waits for, an objection and its clock, findings, its ladder and what comes
 * next.  Out of the record alone; the policy it opened under where it is kept.
 */
#ifndef ROLE_CASE_WHY_H
#define ROLE_CASE_WHY_H

#include "base/json_writer.h"
#include "base/text.h"
#include "case/step.h"

#define CASE_WHY_SIZE 96

/* Is it where it stands only in what would be done: told, or limited, by
 * nothing that was really sent or set? */
bool case_why_would(const struct case_record *record);
/* What it means to stand there: "the party was told", or "would have been". */
const char *case_why_state(const struct case_record *record);
/* Whom or what it waits for, in a few words; "" for nobody. */
void case_why_waits(const struct case_record *record, int32_t zone_s,
		    char text[CASE_WHY_SIZE]);
/* Lines for people, to standard output; policy may be NULL. */
void case_why_print(const struct case_record *record,
		    const struct case_policy *policy, int32_t zone_s);
/* Members of an open JSON object; policy may be NULL. */
void case_why_json(struct json_writer *json, const struct case_record *record,
		   const struct case_policy *policy);

#endif
