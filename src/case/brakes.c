/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hourly counts, and the median that tells a bad indicator from a busy one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/writer.h"
#include "case/brakes.h"

#define MEDIANS_MORE 3 /* common cause: more than so many medians */
#define PPM 1000000u
#define INDICATOR_BYTES 32

static int64_t
hour_of(struct at_event when)
{
	return when.us / TIMES_HOUR_US;
}

/* 0 is "nothing". */
static uint32_t
name_hash(uint32_t seed, const void *bytes, size_t length)
{
	uint32_t hash = hash_crc32c(seed, bytes, length);

	return hash ? hash : 1;
}

static uint32_t
text_hash(uint32_t seed, const char *text)
{
	return *text ? name_hash(seed, text, strlen(text)) : 0;
}

/* What our own detectors count has a victim, not an indicator. */
static uint32_t
indicator_hash(const struct sighting *sighting)
{
	uint8_t bytes[INDICATOR_BYTES];
	struct writer writer;

	if (strncmp(sighting->origin, "own-", 4) == 0 ||
	    !(sighting->marks & SIGHTING_HAS_PEER))
		return 0;
	writer_init(&writer, bytes, sizeof(bytes));
	writer_bytes(&writer, sighting->peer.bytes,
		     sizeof(sighting->peer.bytes));
	writer_u16(&writer, sighting->peer_port);
	writer_u8(&writer, sighting->proto);
	return name_hash(3, bytes, writer.length);
}

void
brakes_causes(const struct sighting *sighting, const char *binding_source,
	      uint32_t causes[CASE_CAUSES])
{
	causes[CASE_CAUSE_ORIGIN] = text_hash(1, sighting->origin);
	causes[CASE_CAUSE_DETECTOR] = text_hash(2, sighting->detector);
	causes[CASE_CAUSE_INDICATOR] = indicator_hash(sighting);
	causes[CASE_CAUSE_EXPORTER] =
	    sighting->marks & SIGHTING_HAS_EXPORTER
		? name_hash(4, sighting->exporter.bytes,
			    sizeof(sighting->exporter.bytes))
		: 0;
	causes[CASE_CAUSE_SOURCE] = binding_source
					? text_hash(5, binding_source)
					: 0;
}

static struct brake_cause *
find_cause(struct brakes *brakes, uint32_t name)
{
	for (uint32_t i = 0; i < brakes->name_count; i++)
		if (brakes->names[i] == name)
			return &brakes->causes[i];
	return NULL;
}

static int
compare_u16(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - *(const uint16_t *)b;
}

/* Median of the full hours before `hour`, back to the first one counted.  They
 * don't change within the hour (but for what is restored, which forgets it). */
static unsigned
median(const struct brake_cause *cause, struct brake_counts *counts,
       int64_t hour)
{
	uint16_t sorted[BRAKE_HOURS] = {0};
	size_t used = 0;

	if (counts->median_hour == hour)
		return counts->median;
	for (int64_t at = hour - 1;
	     at >= cause->first_hour && used < BRAKE_HOURS - 1; at--) {
		bool held = at > cause->hour - BRAKE_HOURS && at <= cause->hour;

		sorted[used++] = held ? counts->by_hour[at % BRAKE_HOURS] : 0;
	}
	if (used == 0)
		return 0;
	qsort(sorted, used, sizeof(sorted[0]), compare_u16);
	counts->median_hour = hour;
	counts->median = sorted[used / 2];
	return counts->median;
}

static bool
is_common(const struct brake_cause *cause, struct brake_counts *counts,
	  int64_t hour, uint32_t limit)
{
	unsigned now = cause->hour == hour ? counts->by_hour[hour % BRAKE_HOURS]
					   : 0;

	return now + 1 > limit &&
	       now + 1 > MEDIANS_MORE * median(cause, counts, hour);
}

/* Of who names the holders of an access node's lines. */
static bool
is_node_full(struct brakes *brakes, const struct case_policy *policy,
	     uint32_t source, int64_t hour)
{
	const struct brake_cause *cause = source ? find_cause(brakes, source)
						 : NULL;

	return cause && cause->hour == hour &&
	       cause->measures.by_hour[hour % BRAKE_HOURS] + 1u >
		   policy->brake_node_measures_hour;
}

void
brakes_ask(struct brakes *brakes, const struct case_policy *policy,
	   uint64_t bound, uint64_t total, struct case_step_input *input)
{
	int64_t hour = hour_of(input->now);
	bool same_hour = brakes->hour == hour;
	uint64_t share = total * policy->brake_share_ppm / PPM;

	input->brake = 0;
	input->brake_text = NULL;
	if (share < policy->brake_share_min)
		share = policy->brake_share_min;
	if (total > 0 && bound + 1 > share) {
		input->brake |= CASE_BRAKE_MEASURE;
		input->brake_text = "brake: too large a share of all parties "
				    "is under measure";
	}
	if (same_hour && brakes->measures + 1 > policy->brake_measures_hour) {
		input->brake |= CASE_BRAKE_MEASURE;
		input->brake_text = "brake: enough measures for this hour";
	}
	if (same_hour && brakes->notices + 1 > policy->brake_notices_hour) {
		input->brake |= CASE_BRAKE_NOTICE;
		input->brake_text = "brake: enough notices for this hour";
	}
	if (is_node_full(brakes, policy, input->causes[CASE_CAUSE_SOURCE],
			 hour)) {
		input->brake |= CASE_BRAKE_MEASURE;
		input->brake_text = "brake: enough measures of one access node "
				    "for this hour";
	}
	for (unsigned i = 0; i < CASE_CAUSES; i++) {
		struct brake_cause *cause =
		    input->causes[i] ? find_cause(brakes, input->causes[i])
				     : NULL;

		if (!cause || !(is_common(cause, &cause->notices, hour,
					  policy->cause_notices_hour) ||
				is_common(cause, &cause->measures, hour,
					  policy->cause_measures_hour)))
			continue;
		input->brake |= CASE_BRAKE_COMMON;
		input->brake_text =
		    "brake: too much rests on one cause this hour";
	}
}

/* The row of a new name: a free one, or of the cause that is idle longest. */
static struct brake_cause *
new_cause(struct brakes *brakes, uint32_t name, int64_t hour)
{
	uint32_t row = 0;
	struct brake_cause *taken;

	if (brakes->name_count < BRAKE_CAUSES_MAX)
		row = brakes->name_count++;
	else
		for (uint32_t i = 1; i < BRAKE_CAUSES_MAX; i++)
			if (brakes->causes[i].hour < brakes->causes[row].hour)
				row = i;
	taken = &brakes->causes[row];
	memset(taken, 0, sizeof(*taken));
	brakes->names[row] = name;
	taken->hour = taken->first_hour = hour;
	return taken;
}

static struct brake_cause *
take_cause(struct brakes *brakes, uint32_t name, int64_t hour)
{
	struct brake_cause *taken = find_cause(brakes, name);

	if (!taken)
		taken = new_cause(brakes, name, hour);
	/* Hours that passed without a count are empty. */
	for (int64_t at = taken->hour + 1;
	     at <= hour && at <= taken->hour + BRAKE_HOURS; at++)
		taken->notices.by_hour[at % BRAKE_HOURS] =
		    taken->measures.by_hour[at % BRAKE_HOURS] = 0;
	if (hour > taken->hour)
		taken->hour = hour;
	if (hour < taken->first_hour)
		taken->first_hour = hour;
	return taken;
}

static void
roll(struct brakes *brakes, int64_t hour)
{
	if (hour <= brakes->hour)
		return;
	brakes->hour = hour;
	brakes->notices = brakes->measures = 0;
}

static void
count(struct brakes *brakes, const uint32_t causes[CASE_CAUSES],
      struct at_event when, bool measure)
{
	int64_t hour = hour_of(when);

	roll(brakes, hour);
	if (hour == brakes->hour) {
		brakes->notices += !measure;
		brakes->measures += measure;
	}
	for (unsigned i = 0; i < CASE_CAUSES; i++) {
		struct brake_cause *cause;
		struct brake_counts *counts;

		if (!causes[i])
			continue;
		cause = take_cause(brakes, causes[i], hour);
		counts = measure ? &cause->measures : &cause->notices;
		if (hour < cause->hour)
			counts->median_hour = 0;
		if (hour > cause->hour - BRAKE_HOURS &&
		    counts->by_hour[hour % BRAKE_HOURS] < UINT16_MAX)
			counts->by_hour[hour % BRAKE_HOURS]++;
	}
}

void
brakes_count_notice(struct brakes *brakes, const uint32_t causes[CASE_CAUSES],
		    struct at_event when)
{
	count(brakes, causes, when, false);
}

void
brakes_count_measure(struct brakes *brakes, const uint32_t causes[CASE_CAUSES],
		     struct at_event when)
{
	count(brakes, causes, when, true);
}
