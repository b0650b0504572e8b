/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases and what came of them as machine output (CONTRACT): one JSON object
 * each into `text`, newline included.  Shared by replay and the case commands;
 * what isn't known, NULL or 0, is left out.
 */
#ifndef ROLE_PRINT_CASE_H
#define ROLE_PRINT_CASE_H

#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "case/step.h"
#include "fact/case_fact.h"

/* A 64-bit number as 16 lower-case hex digits and NUL. */
#define PRINT_NUMBER_SIZE 17
void print_number(uint64_t number, char digits[PRINT_NUMBER_SIZE]);

/* Members that are left out for 0, for NULL and "". */
void print_number_member(struct json_writer *json, const char *key,
			 uint64_t value);
void print_string_member(struct json_writer *json, const char *key,
			 const char *value);

/* What stands in every line. */
struct print_head {
	struct at_event time;
	uint64_t case_id;
	const char *party; /* label or number, as the caller may show it */
};

struct print_case {
	struct print_head head;
	const char *certainty;
	enum case_state state;
	int32_t score_milli;
	uint32_t classes; /* bit per rsit_class */
	struct at_event opened, due, closed;
	/* The whole of it, and what it opened under; NULL: not at hand. */
	const struct case_record *record;
	const struct case_policy *policy;
};
void print_case(struct text *text, const struct print_case *line);

struct print_notice {
	struct print_head head;
	uint64_t notice;
	const char *channel; /* "none" in shadow */
	uint32_t step;
	const char *code; /* LZ-..., NULL where nobody was told it */
};
void print_notice(struct text *text, const struct print_notice *line);

struct print_measure {
	struct print_head head;
	uint64_t measure;
	enum measure_kind kind;
	const char *action; /* "on", "off", "would" */
	const char *target;
	struct at_event expires;
	const char *reason;
};
void print_measure(struct text *text, const struct print_measure *line);

struct print_refused {
	struct print_head head;
	const char *what, *why;
};
void print_refused(struct text *text, const struct print_refused *line);

struct print_receipt {
	struct print_head head;
	uint64_t notice;
	enum receipt_kind kind;
	bool correction; /* of what took the notice back */
	const char *proof;
};
void print_receipt(struct text *text, const struct print_receipt *line);

/* What a device said of a measure. */
struct print_effect {
	struct print_head head;
	uint64_t measure;
	const char *action; /* "on", "off": what it was asked for */
	enum effect_kind kind;
	const char *device, *detail;
};
void print_effect(struct text *text, const struct print_effect *line);

/* What became of a person's order. */
struct print_result {
	struct print_head head;
	uint64_t recall; /* its number; 0: it isn't about one */
	const char *act, *actor;
	const char *outcome;      /* "done", "waiting", "refused" */
	const char *from, *state; /* names; NULL: there is no such case */
	uint32_t measures_off;
	const char *message; /* why it was refused or changed nothing */
};
void print_result(struct text *text, const struct print_result *line);

#endif
