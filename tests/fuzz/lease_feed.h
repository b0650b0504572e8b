/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of every decoder that takes chunks (lease/chunk.h), whatever
 * the bytes: it consumes no more than there is, ends with all of it, its events
 * are whole, and cutting the text into pieces changes none of them.
 */
#ifndef TESTS_FUZZ_LEASE_FEED_H
#define TESTS_FUZZ_LEASE_FEED_H

#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "lease/chunk.h"
#include "lease/reason.h"

#define LEASE_FEED_ARRIVAL_US INT64_C(1718874000000000)

struct lease_feed {
	uint32_t crc;
	uint64_t base; /* of the chunk in its file */
	size_t length; /* of the chunk */
};

/* Bounded and terminated; answers its length. */
static inline size_t
lease_feed_text(const char *text, size_t capacity)
{
	const char *nul = memchr(text, '\0', capacity);

	lz_assert(nul);
	return (size_t)(nul - text);
}

static inline void
lease_feed_event(void *context, const struct lease_event *event)
{
	struct lease_feed *feed = context;
	const uint64_t place = feed->base + (event->origin & 0xffff);
	const int64_t times[] = {event->at.us, event->start.us, event->end.us,
				 event->sure.us};

	lz_assert(event->kind > 0 && event->kind < LEASE_KIND_COUNT);
	lz_assert(event->subject_count <= LEASE_SUBJECTS_MAX);
	lz_assert((event->origin & 0xffff) < feed->length);
	lz_assert(!times_is_set(event->start) || !times_is_set(event->end) ||
		  event->start.us <= event->end.us);
	if (event->marks & LEASE_END_INFERRED)
		lz_assert(event->sure.us >= event->start.us);
	for (size_t i = 0; i < event->subject_count; i++) {
		const struct prefix *prefix =
		    &event->subjects[i].subject.prefix;
		struct prefix cut = prefix_of(&prefix->addr, prefix->length);

		lz_assert(prefix->length <= 128 && prefix_equal(prefix, &cut));
		feed->crc = hash_crc32c(feed->crc, prefix->addr.bytes, 16);
	}
	feed->crc = hash_crc32c(feed->crc, times, sizeof(times));
	feed->crc = hash_crc32c(feed->crc, &place, sizeof(place));
	feed->crc =
	    hash_crc32c(feed->crc, event->holder,
			lease_feed_text(event->holder, sizeof(event->holder)));
	feed->crc = hash_crc32c(feed->crc, event->session,
				lease_feed_text(event->session,
						sizeof(event->session)));
	(void)lease_feed_text(event->speaker, sizeof(event->speaker));
}

static inline void
lease_feed_refused(void *context, uint64_t offset, const char *reason)
{
	struct lease_feed *feed = context;
	const uint64_t place = feed->base + offset;

	lz_assert(offset <= feed->length);
	lz_assert(reason_find(reason));
	feed->crc = hash_crc32c(feed->crc, &place, sizeof(place));
	feed->crc = hash_crc32c(feed->crc, reason, strlen(reason));
}

typedef size_t lease_feeder(void *decoder, const struct lease_chunk *chunk,
			    const struct lease_output *output);

/*
 * A fingerprint of all that a decoder says of a text, given to it so that
 * `piece` more bytes are there each time.
 */
static inline uint32_t
lease_feed_all(lease_feeder *feeder, void *decoder, const uint8_t *data,
	       size_t size, size_t piece)
{
	struct lease_feed feed = {.crc = 0};
	const struct lease_output output = {lease_feed_event,
					    lease_feed_refused, &feed};
	size_t there = 0, at = 0;

	do {
		struct lease_chunk chunk = {
		    .header = {(const char *)data, size},
		    .offset = at,
		    .arrival = {LEASE_FEED_ARRIVAL_US},
		};
		size_t consumed;

		there = size - there > piece ? there + piece : size;
		chunk.bytes = (struct slice){(const char *)data + at,
					     there - at};
		chunk.end = there == size;
		feed.base = at;
		feed.length = there - at;
		consumed = feeder(decoder, &chunk, &output);
		lz_assert(consumed <= there - at);
		lz_assert(!chunk.end || consumed == there - at);
		at += consumed;
	} while (there < size);
	return feed.crc;
}

#endif
