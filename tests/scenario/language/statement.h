/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a scenario, read: what kind of statement it is and what it
 * names.  A story is the list of them, from one file.
 */
#ifndef SCENARIO_STATEMENT_H
#define SCENARIO_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "fact/subject.h"
#include "net/addr.h"

#define STATEMENT_WORD_SIZE 96
#define STATEMENT_TEXT_SIZE 512 /* of a line */
#define STORY_STATEMENTS_MAX 2048
#define STORY_BYTES_MAX ((size_t)256 << 10)

enum statement_kind {
	SAY_NONE = 0,
	SAY_SCENARIO,
	SAY_RULE,
	SAY_AT,
	SAY_TIME_PASSES,
	SAY_LIVE,
	SAY_POLICY,
	SAY_NETWORK,
	SAY_BIND,
	SAY_ENDED,
	SAY_FORGOTTEN,
	SAY_BINDINGS_SILENT,
	SAY_BINDINGS_SPEAK,
	SAY_CONTRACT,
	SAY_PROTECTED,
	SAY_CONTACT,
	SAY_MAIL,
	SAY_INDICATOR,
	SAY_FLOW,
	SAY_SCAN,
	SAY_C2,
	SAY_REPORT,
	SAY_RECEIPT,
	SAY_HOLDS,
	SAY_RELEASES,
	SAY_DISMISSES,
	SAY_RESUMES,
	SAY_ORDERS,
	SAY_ANSWERS,
	SAY_MERGES,
	SAY_SPLITS,
	SAY_SELF_RELEASE,
	SAY_OBJECTS,
	SAY_DRIVER,
	SAY_RESTART,
	SAY_RECALL,
	SAY_STOP,
	SAY_EXPECT, /* the first of those that expect something */
	SAY_EXPECT_NOTICE = SAY_EXPECT,
	SAY_EXPECT_MEASURE,
	SAY_EXPECT_RENEWAL,
	SAY_EXPECT_RELEASE,
	SAY_EXPECT_HOLD,
	SAY_EXPECT_PERSON,
	SAY_EXPECT_REFUSED,
	SAY_EXPECT_CORRECTION,
	SAY_EXPECT_NOTHING,
	SAY_EXPECT_STATE,
	SAY_EXPECT_SCORE,
	SAY_EXPECT_CERTAINTY,
	SAY_EXPECT_CASES,
	SAY_EXPECT_NO_CASE,
	SAY_EXPECT_RELAPSE,
	SAY_EXPECT_FINDING,
	SAY_EXPECT_FEELS,
	SAY_EXPECT_OBJECTION,
	SAY_EXPECT_ARM,
	SAY_KIND_COUNT
};

/* Words alone, in brackets: what else a line says. */
#define SAID_SHADOW 0x0001u
#define SAID_ANSWERED 0x0002u
#define SAID_BORDER 0x0004u
#define SAID_PROBED 0x0008u
#define SAID_SINKHOLE 0x0010u
#define SAID_CGNAT 0x0020u
#define SAID_SPOOFABLE 0x0040u

/* A moment: of a day, or of the day it is in the story. */
struct moment {
	int64_t us;
	bool of_day; /* us since midnight */
	bool minute; /* said without seconds */
};

struct statement {
	enum statement_kind kind;
	uint32_t line;
	uint32_t given; /* bit by enum of the slots in reader.c */
	uint32_t said;  /* SAID_* */
	char text[STATEMENT_TEXT_SIZE];
	char party[STATEMENT_WORD_SIZE], other[STATEMENT_WORD_SIZE];
	char actor[STATEMENT_WORD_SIZE], second[STATEMENT_WORD_SIZE];
	char word[STATEMENT_WORD_SIZE];   /* a kind, a measure, a state */
	char name[STATEMENT_WORD_SIZE];   /* a feed, list, source, detector */
	char family[STATEMENT_WORD_SIZE]; /* of malware */
	char class[STATEMENT_WORD_SIZE], role[STATEMENT_WORD_SIZE];
	char words[STATEMENT_TEXT_SIZE]; /* quoted, or the rest of the line */
	struct subject subject;          /* ours */
	int32_t port, proto;             /* of it; -1: not said */
	struct endpoint peer;            /* the other side */
	struct addr exporter;
	struct moment time, until;
	int64_t span_us, every_us;
	int64_t number, times;
	int64_t milli; /* a score, in thousandths */
};

struct story {
	char title[STATEMENT_TEXT_SIZE], rule[STATEMENT_TEXT_SIZE];
	size_t count;
	struct statement *statements; /* owned */
	uint32_t error_line;          /* of what can't be read */
	char error[STATEMENT_TEXT_SIZE];
};

/* Was the slot of that name ("until", "party") said? */
bool statement_gives(const struct statement *statement, const char *slot);

#endif
