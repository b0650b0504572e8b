/* SPDX-License-Identifier: Apache-2.0 */
/* Where decoders' tests put events and reasons, to look at them afterwards. */
#ifndef UNIT_LEASE_SINK_H
#define UNIT_LEASE_SINK_H

#include <string.h>

#include "base/check.h"
#include "fact/lease_event.h"
#include "lease/reason.h"

#define SINK_EVENTS_MAX 64
#define SINK_REASONS_MAX 64

struct sink {
	size_t event_count, reason_count;
	struct lease_event events[SINK_EVENTS_MAX];
	const char *reasons[SINK_REASONS_MAX];
	uint64_t offsets[SINK_REASONS_MAX];
};

static void
sink_event(void *context, const struct lease_event *event)
{
	struct sink *sink = context;

	if (sink->event_count < SINK_EVENTS_MAX)
		sink->events[sink->event_count] = *event;
	sink->event_count++;
}

static void
sink_refused(void *context, uint64_t offset, const char *reason)
{
	struct sink *sink = context;

	lz_assert(reason_find(reason));
	if (sink->reason_count < SINK_REASONS_MAX) {
		sink->reasons[sink->reason_count] = reason;
		sink->offsets[sink->reason_count] = offset;
	}
	sink->reason_count++;
}

/* Empties it, and answers where a decoder sends to. */
static struct lease_output
sink_begin(struct sink *sink)
{
	memset(sink, 0, sizeof(*sink));
	return (struct lease_output){sink_event, sink_refused, sink};
}

#endif
