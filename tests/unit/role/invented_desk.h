/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A desk's store as an invented provider would have filled it, and the truth
 * about each case, for tests of reports.
 */
#ifndef TESTS_ROLE_INVENTED_DESK_H
#define TESTS_ROLE_INVENTED_DESK_H

#include "fact/case_fact.h"
#include "store/store.h"

enum invented_fate {
	INVENTED_PLAIN,
	INVENTED_DISMISSED, /* after a measure where there was one */
	INVENTED_MERGED,
	INVENTED_WATCHED, /* never told */
	INVENTED_WITHDRAWN,
	INVENTED_RECALLED
};

struct invented_case {
	bool real; /* told; else shadow would have */
	uint8_t arm;
	enum invented_fate fate;
	int64_t told_us;                        /* 0: never */
	int64_t measured_us, measured_until_us; /* 0: never */
	uint8_t measure;                        /* enum measure_kind */
	unsigned sighting_count;
	const int64_t *sightings_us; /* rising; each lasts a minute */
	bool released_by_self;
	uint64_t party;      /* 0: one of its own */
	const char *verdict; /* NULL: none */
};

struct invented_desk {
	struct store *store;
	uint64_t count; /* cases so far: numbers 1, 2, ... */
	int64_t now_us;
};

/* Makes FOLDER/desk/desk.sqlite, open for writing, in one transaction. */
void invented_desk_open(struct invented_desk *desk, const char *folder,
			int64_t now_us);
/* Answers its number. */
uint64_t invented_desk_add(struct invented_desk *desk,
			   const struct invented_case *one);
void invented_desk_close(struct invented_desk *desk);
/* `count` cases out of a seed: told, in arms, in shadow; some come back. */
void invented_desk_fill(struct invented_desk *desk, uint64_t seed,
			unsigned count);

#endif
