/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a detector says something: one place that fills in what all sightings
 * share, caps what an outsider could have forged, seals and hands over.
 */
#ifndef DETECT_SAY_H
#define DETECT_SAY_H

#include "detect/detect_conf.h"
#include "detect/side.h"
#include "fact/sighting.h"

struct say {
	const struct detect_conf *conf;
	int64_t record_time_us; /* newest; TIMES_UNSET_US before the first */
	/* Addresses of the exporters, by index; the unspecified one: unknown. */
	const struct addr *exporters;
	uint32_t exporter_count;
	sighting_sink *sink;
	void *context;
	uint64_t sightings;
};

/* A sighting that all but its own facts are filled in of. */
void say_begin(const struct say *say, struct sighting *sighting,
	       const struct subject *subject, const char *origin,
	       const char *detector);
/* Whose record made the rule cross, where its address is known. */
void say_exporter(const struct say *say, struct sighting *sighting,
		  uint32_t exporter);
void say_send(struct say *say, struct sighting *sighting);

/*
 * Up to eight (port, time) pairs of a shared subject: each port once, the first
 * eight that are seen, each with its earliest time.  Answers the new count.
 */
unsigned say_add_port(struct port_time ports[SIGHTING_PORTS_MAX],
		      unsigned count, uint16_t port, int64_t us);

#endif
