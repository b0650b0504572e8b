/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common part of every sighting that is made from flows.
 */
#include <string.h>

#include "detect/say.h"

void
say_begin(const struct say *say, struct sighting *sighting,
	  const struct subject *subject, const char *origin,
	  const char *detector)
{
	memset(sighting, 0, sizeof(*sighting));
	sighting->subject = *subject;
	sighting->role = ROLE_INFECTED;
	sighting->known.us = say->record_time_us;
	sighting->lateness_us = say->conf->lateness_us;
	sighting->time_error_us = say->conf->time_error_us;
	/* Cut, where too long: the names are ours or were cut on loading. */
	(void)text_copy(sighting->origin, sizeof(sighting->origin),
			slice_of(origin));
	(void)text_copy(sighting->detector, sizeof(sighting->detector),
			slice_of(detector));
}

void
say_exporter(const struct say *say, struct sighting *sighting,
	     uint32_t exporter)
{
	static const struct addr unknown = {{0}};

	if (exporter >= say->exporter_count ||
	    addr_equal(&say->exporters[exporter], &unknown))
		return;
	sighting->exporter = say->exporters[exporter];
	sighting->marks |= SIGHTING_HAS_EXPORTER;
}

void
say_send(struct say *say, struct sighting *sighting)
{
	int32_t cap = say->conf->weight_spoofable_max_milli;

	if ((sighting->marks & SIGHTING_SPOOFABLE) &&
	    sighting->weight_milli > cap)
		sighting->weight_milli = cap;
	sighting_seal(sighting);
	say->sightings++;
	say->sink(say->context, sighting);
}

unsigned
say_add_port(struct port_time ports[SIGHTING_PORTS_MAX], unsigned count,
	     uint16_t port, int64_t us)
{
	for (unsigned i = 0; i < count; i++) {
		if (ports[i].port != port)
			continue;
		if (us < ports[i].time.us)
			ports[i].time.us = us;
		return count;
	}
	if (count == SIGHTING_PORTS_MAX)
		return count;
	ports[count] = (struct port_time){port, {us}};
	return count + 1;
}
