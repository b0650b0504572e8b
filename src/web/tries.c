/* SPDX-License-Identifier: Apache-2.0 */
/* A set-associative table: a line has TRIES_WAYS places. */
#include "web/tries.h"

#include "base/hash.h"

#define LINE_BITS_V6 64

struct addr
tries_line(const struct addr *addr)
{
	return addr_is_v4(addr) ? *addr : prefix_of(addr, LINE_BITS_V6).addr;
}

static size_t
first_place(const struct tries *tries, const struct addr *line)
{
	const struct hash_key key = {tries->key[0], tries->key[1]};

	return hash_bytes(&key, line->bytes, sizeof(line->bytes)) %
	       (TRIES_LINES / TRIES_WAYS) * TRIES_WAYS;
}

static bool
is_over(const struct tries *tries, size_t at, struct at_mono now)
{
	return tries->lines[at].count == 0 ||
	       now.us - tries->lines[at].first_us >= TRIES_SPAN_US;
}

bool
tries_spent(const struct tries *tries, const struct addr *line,
	    struct at_mono now)
{
	const size_t first = first_place(tries, line);

	for (size_t i = first; i < first + TRIES_WAYS; i++)
		if (!is_over(tries, i, now) &&
		    addr_equal(&tries->lines[i].line, line))
			return tries->lines[i].count >= TRIES_MAX;
	return false;
}

void
tries_count(struct tries *tries, const struct addr *line, struct at_mono now)
{
	const size_t first = first_place(tries, line);
	size_t chosen = first;

	for (size_t i = first; i < first + TRIES_WAYS; i++) {
		if (!is_over(tries, i, now) &&
		    addr_equal(&tries->lines[i].line, line)) {
			tries->lines[i].count++;
			tries->lines[i].last_us = now.us;
			return;
		}
		if (is_over(tries, chosen, now))
			continue;
		if (is_over(tries, i, now) ||
		    tries->lines[i].last_us < tries->lines[chosen].last_us)
			chosen = i;
	}
	tries->lines[chosen].line = *line;
	tries->lines[chosen].count = 1;
	tries->lines[chosen].first_us = tries->lines[chosen].last_us = now.us;
}
