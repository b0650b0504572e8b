/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recall: something that sightings rest on has proved wrong since a time.
 * What rests on it is withdrawn, and what comes of it is not believed.  Here
 * is only what it names and which sightings it meets.
 */
#ifndef FACT_RECALL_H
#define FACT_RECALL_H

#include "fact/sighting.h"

/* Numbers are stored: append only. */
enum recall_kind {
	RECALL_DETECTOR = 1,
	RECALL_INDICATOR = 2,
	RECALL_FEED = 3,
	RECALL_EXPORTER = 4,
	RECALL_BINDING_SOURCE = 5,
	RECALL_KIND_COUNT
};

#define RECALL_VALUE_SIZE 96

struct recall {
	uint8_t kind; /* enum recall_kind */
	/* "scan/1"; "198.51.100.9:443"; a feed's or a list's name; "203.0.113.1";
	 * what names holders ("leases.csv", "radius/192.0.2.1", or all of
	 * "radius"). */
	char value[RECALL_VALUE_SIZE];
	struct at_event since, until; /* [since, until); unset: no end */
	/* Of an indicator or an exporter, from value. */
	struct addr addr;
	int32_t port; /* -1: any */
};

/* "detector", "indicator", "feed", "exporter", "binding-source"; NULL. */
const char *recall_kind_name(unsigned kind);
/*
 * Checks and fills it.  LZ_E_RANGE for a kind or times that can't be,
 * LZ_E_FORMAT for a value that isn't one of the kind, LZ_E_UNSUPPORTED for an
 * indicator that is a name: nothing rests on names yet.
 */
LZ_NODISCARD int recall_init(struct recall *recall, unsigned kind,
			     const char *value, struct at_event since,
			     struct at_event until);
/*
 * Does the sighting rest on it, by what crossed when in its own time?
 * binding_source: of the word that named its holder; NULL or "": none.
 */
bool recall_meets(const struct recall *recall, const struct sighting *sighting,
		  const char *binding_source);

#endif
