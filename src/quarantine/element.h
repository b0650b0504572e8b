/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry that a device holds: a measure's target after it was cut into
 * pieces of the sizes the device knows.  Measures may share one.
 */
#ifndef QUARANTINE_ELEMENT_H
#define QUARANTINE_ELEMENT_H

#include "fact/case_fact.h"
#include "net/addr.h"

struct element {
	uint8_t kind; /* enum measure_kind */
	struct prefix subject;
	struct addr peer;  /* of a filter; else zero, as the next two -1 */
	int32_t peer_port; /* -1: any */
	int32_t proto;     /* -1: any */
};

/* An entry as it is wanted: until when. */
struct wanted {
	struct element element;
	int64_t expires_us; /* since 1970 */
};

#define HAVE_FOR_EVER INT64_MAX
/* An entry as a device has it. */
struct have {
	struct element element;
	int64_t left_us; /* until it ends by itself; HAVE_FOR_EVER */
};

/* A total order; 0 only for equal ones. */
int element_compare(const struct element *a, const struct element *b);
/* "garden 2001:db8::/64", "filter 192.0.2.7 > 198.51.100.9:80/udp": for tests
 * and dry runs; a log of a live network never shows it. */
void element_format(struct text *text, const struct element *element);

#endif
