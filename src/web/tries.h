/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrong codes by line: so many in so long, then it has to wait.  A table of
 * fixed size; when it is full the line that was quiet longest is forgotten.
 */
#ifndef WEB_TRIES_H
#define WEB_TRIES_H

#include <stdbool.h>

#include "base/times.h"
#include "net/addr.h"

#define TRIES_MAX 5
#define TRIES_SPAN_US (10 * TIMES_MINUTE_US)
#define TRIES_LINES 4096
#define TRIES_WAYS 8

struct tries {
	struct {
		struct addr line;
		uint32_t count; /* 0: free */
		int64_t first_us, last_us;
	} lines[TRIES_LINES];
	uint64_t key[2]; /* random: nobody chooses who is forgotten */
};

/* The line of an address: itself, of IPv6 its /64. */
struct addr tries_line(const struct addr *addr);
bool tries_spent(const struct tries *tries, const struct addr *line,
		 struct at_mono now);
void tries_count(struct tries *tries, const struct addr *line,
		 struct at_mono now);

#endif
