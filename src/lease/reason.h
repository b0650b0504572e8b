/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names by which the decoders of src/lease refuse something, in words for
 * whoever runs the sources: what was wrong, what was done, what to do.
 *
 * Every name that a decoder here gives has its row; the names are counters'
 * and stay as they are.
 */
#ifndef LEASE_REASON_H
#define LEASE_REASON_H

#include <stdint.h>

enum reason_effect {
	REASON_RECORD = 0, /* the record was left out */
	REASON_FIELD,      /* the field was ignored, the record counts */
	REASON_SOURCE      /* nothing more is taken of that source */
};

struct reason {
	const char *name;
	/* A sentence without capital and full stop: "it names as its NAS an
	 * address that can't be one; expected a unicast address". */
	const char *what;
	const char *advice; /* the same; NULL: nothing to be done here */
	uint8_t effect;     /* enum reason_effect */
};

/* NULL: no decoder gives that name. */
const struct reason *reason_find(const char *name);
/* "the record was left out", "that field was ignored" ... */
const char *reason_effect_text(uint8_t effect);

#endif
