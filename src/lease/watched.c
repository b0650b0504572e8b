/* SPDX-License-Identifier: Apache-2.0 */
/* A table of watches, and a sink that asks them. */
#include "lease/watched.h"

#include <string.h>

#include "base/memory.h"

#define PLACE_MASK UINT64_C(0xffff)

struct speaker {
	char name[LEASE_SPEAKER_SIZE];
	struct time_watch watch;
};

struct watched {
	struct lease_output to;
	size_t count, last; /* speakers; who spoke last */
	struct speaker speakers[WATCHED_SPEAKERS_MAX];
};

struct watched *
watched_new(void)
{
	return memory_new(1, sizeof(struct watched));
}

void
watched_free(struct watched *watched)
{
	memory_free(watched);
}

static struct time_watch *
watch_of(struct watched *watched, const char *name)
{
	struct speaker *speaker;

	if (watched->last < watched->count &&
	    strcmp(watched->speakers[watched->last].name, name) == 0)
		return &watched->speakers[watched->last].watch;
	for (size_t i = 0; i < watched->count; i++) {
		if (strcmp(watched->speakers[i].name, name) == 0) {
			watched->last = i;
			return &watched->speakers[i].watch;
		}
	}
	if (watched->count == WATCHED_SPEAKERS_MAX)
		return &watched->speakers[WATCHED_SPEAKERS_MAX - 1].watch;
	watched->last = watched->count++;
	speaker = &watched->speakers[watched->last];
	(void)text_copy(speaker->name, sizeof(speaker->name), slice_of(name));
	time_watch_init(&speaker->watch);
	return &speaker->watch;
}

static void
refuse(const struct watched *watched, uint64_t offset, const char *reason)
{
	if (watched->to.refused)
		watched->to.refused(watched->to.context, offset, reason);
}

static void
take(void *context, const struct lease_event *event)
{
	static const struct slice untold = {"", 0};
	struct watched *watched = context;
	struct lease_event doubtful;
	struct time_watch *watch;

	/* These bear no stamp of the log's. */
	if (event->kind == LEASE_GAP || event->kind == LEASE_WORD) {
		watched->to.sink(watched->to.context, event);
		return;
	}
	watch = watch_of(watched, event->speaker);
	switch (time_watch_see(watch, untold, event->at, event->arrival,
			       event->origin)) {
	case TIME_WATCH_GOOD:
		watched->to.sink(watched->to.context, event);
		return;
	case TIME_WATCH_DOUBT:
		doubtful = *event;
		doubtful.marks |= LEASE_CLOCK_DOUBTED;
		doubtful.error_us += watch->jump_us;
		watched->to.sink(watched->to.context, &doubtful);
		return;
	default:
		refuse(watched, event->origin & PLACE_MASK, "time changed");
	}
}

static bool
is_about_time(const char *reason)
{
	for (; *reason; reason++)
		if (strncmp(reason, "time", 4) == 0)
			return true;
	return false;
}

static void
take_refusal(void *context, uint64_t offset, const char *reason)
{
	static const struct slice untold = {"", 0};
	static const struct at_arrival unset = {TIMES_UNSET_US};
	struct watched *watched = context;

	/* Whose row it was isn't known: most likely who spoke last. */
	if (is_about_time(reason)) {
		const char *name = watched->last < watched->count
				       ? watched->speakers[watched->last].name
				       : "";

		(void)time_watch_see(watch_of(watched, name), untold,
				     times_unset(), unset, offset);
	}
	refuse(watched, offset, reason);
}

struct lease_output
watched_output(struct watched *watched, const struct lease_output *to)
{
	watched->to = *to;
	return (struct lease_output){take, take_refusal, watched};
}

void
watched_break(struct watched *watched)
{
	for (size_t i = 0; i < watched->count; i++)
		time_watch_break(&watched->speakers[i].watch);
}

const char *
watched_stopped(const struct watched *watched, const char **speaker)
{
	for (size_t i = 0; i < watched->count; i++) {
		const struct speaker *one = &watched->speakers[i];

		if (one->watch.cause == TIME_WATCH_NONE)
			continue;
		*speaker = one->name;
		return time_watch_text(one->watch.cause);
	}
	return NULL;
}

void
watched_resume(struct watched *watched)
{
	for (size_t i = 0; i < watched->count; i++)
		if (watched->speakers[i].watch.cause != TIME_WATCH_NONE)
			time_watch_resume(&watched->speakers[i].watch);
}
