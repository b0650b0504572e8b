/* SPDX-License-Identifier: Apache-2.0 */
/* What the desk believes of the sensor's spool. */
#include "role/credible.h"

#include <string.h>

#define ADDR_BITS 128
#define LIST "list:"

/* One row a detector: a new one says nothing to the desk without. */
enum speaker { FLOOD, SCAN, CONTACT };

static const struct {
	const char *detector;
	enum speaker speaker;
} speakers[] = {
    {"flood.icmp/1", FLOOD}, {"flood.udp/1", FLOOD}, {"flood.syn/1", FLOOD},
    {"scan/1", SCAN},        {"contact/1", CONTACT},
};

static int32_t
larger(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

/* Does that detector say this class in that name, and how much at most? */
static bool
speaks(const struct detect_conf *conf, enum speaker speaker,
       const struct sighting *sighting, int32_t *weight_max)
{
	const bool own = strcmp(sighting->origin, "own-flow") == 0;

	switch (speaker) {
	case FLOOD:
		*weight_max = larger(conf->weight_flood_milli,
				     conf->weight_flood_lasts_milli);
		return own && sighting->class == RSIT_DDOS;
	case SCAN:
		*weight_max = conf->weight_scan_milli;
		return own && sighting->class == RSIT_SCANNER;
	case CONTACT:
		*weight_max = larger(conf->weight_sinkhole_milli,
				     larger(conf->weight_c2_milli,
					    conf->weight_c2_old_milli));
		return strncmp(sighting->origin, LIST, strlen(LIST)) == 0 &&
		       sighting->class == RSIT_INFECTED_SYSTEM;
	}
	return false;
}

static const char *
check_speaker(const struct detect_conf *conf, struct sighting *sighting)
{
	for (size_t i = 0; i < sizeof(speakers) / sizeof(speakers[0]); i++) {
		int32_t weight_max;

		if (strcmp(speakers[i].detector, sighting->detector) != 0)
			continue;
		if (!speaks(conf, speakers[i].speaker, sighting, &weight_max))
			return "its detector doesn't say that";
		if (sighting->weight_milli < 0)
			return "its weight is negative";
		if (sighting->weight_milli > weight_max)
			sighting->weight_milli = weight_max;
		return NULL;
	}
	return "no such detector";
}

static bool
is_time(struct at_event time, struct at_event now)
{
	return time.us >= TIMES_EARLIEST_US &&
	       time.us <= now.us + CREDIBLE_AHEAD_US;
}

static const char *
check_times(const struct sighting *sighting, struct at_event now)
{
	if (!is_time(sighting->time, now) || !is_time(sighting->known, now) ||
	    !is_time(sighting->first, now) || !is_time(sighting->last, now) ||
	    sighting->time_error_us > TIMES_DAY_US ||
	    sighting->lateness_us > TIMES_DAY_US)
		return "its times can't be";
	for (unsigned i = 0; i < sighting->port_count; i++)
		if (!is_time(sighting->ports[i].time, now))
			return "its times can't be";
	return NULL;
}

/* A block's subject is found by its first port. */
static const char *
check_subject(const struct conf *conf, const struct sighting *sighting)
{
	const struct inside_item *item;
	struct subject subject;
	uint32_t index;

	if (!conf->inside)
		return NULL;
	index = prefix_map_find(conf->inside, &sighting->address);
	if (index == PREFIX_MAP_NONE)
		return "its address isn't ours";
	item = &conf->inside_items[index];
	subject = subject_of(item, &sighting->address,
			     sighting->subject.port_first);
	return subject_equal(&subject, &sighting->subject)
		   ? NULL
		   : "its subject isn't that of its address";
}

const char *
credible_sighting(const struct conf *conf, struct at_event now,
		  struct sighting *sighting)
{
	const char *why = check_times(sighting, now);

	if (!why)
		why = check_subject(conf, sighting);
	return why ? why : check_speaker(&conf->detect, sighting);
}
