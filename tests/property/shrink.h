/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failing list of things made as short and plain as it can be: pieces are
 * taken away, large ones first, then each thing is made plainer, as long as it
 * goes on failing.  Needs nothing but the question whether a list fails, so it
 * works for whatever is generated from a seed.
 */
#ifndef TEST_SHRINK_H
#define TEST_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct shrink {
	void *things;
	size_t count, size; /* how many; bytes of one */
	void *spare;        /* room for as many */
	/* Does the list fail, as the one did that is being shrunk? */
	bool (*fails)(void *context, const void *things, size_t count);
	/* Makes a thing plainer in its n-th way; false: there is none such. */
	bool (*plainer)(void *context, void *thing, unsigned n);
	void *context;
	size_t tries; /* counted up */
};

/* Tries the list without things [from, from + length). */
static inline bool
shrink_without(struct shrink *it, size_t from, size_t length)
{
	char *things = it->things, *spare = it->spare;
	size_t rest = it->count - from - length;

	memcpy(spare, things, from * it->size);
	memcpy(spare + from * it->size, things + (from + length) * it->size,
	       rest * it->size);
	it->tries++;
	if (!it->fails(it->context, spare, from + rest))
		return false;
	memcpy(things, spare, (from + rest) * it->size);
	it->count = from + rest;
	return true;
}

/* Answers whether anything was taken away. */
static inline bool
shrink_pieces(struct shrink *it)
{
	bool any = false;

	for (size_t length = it->count / 2 + 1; length > 0; length /= 2)
		for (size_t from = 0; from + length <= it->count;)
			if (shrink_without(it, from, length))
				any = true;
			else
				from += length;
	return any;
}

static inline bool
shrink_thing(struct shrink *it, size_t at)
{
	char *things = it->things, *spare = it->spare;
	bool any = false;

	for (unsigned n = 0;; n++) {
		memcpy(spare, things, it->count * it->size);
		if (!it->plainer(it->context, spare + at * it->size, n))
			return any;
		if (memcmp(spare, things, it->count * it->size) == 0)
			continue;
		it->tries++;
		if (!it->fails(it->context, spare, it->count))
			continue;
		memcpy(things, spare, it->count * it->size);
		any = true;
	}
}

static inline void
shrink_run(struct shrink *it)
{
	bool any = true;

	while (any) {
		any = shrink_pieces(it);
		for (size_t at = 0; at < it->count; at++)
			any |= shrink_thing(it, at);
	}
}

#endif
