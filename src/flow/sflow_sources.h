/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What samples: each data source (an interface, a line card) of an sFlow agent
 * numbers its own samples, so that is where loss shows.  Part of the decoder;
 * nobody else includes this.
 */
#ifndef FLOW_SFLOW_SOURCES_H
#define FLOW_SFLOW_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "flow/flow_conf.h"

#define SFLOW_SOURCES_MAX 16384 /* of all agents; others' loss isn't counted */

struct sflow_source {
	struct {
		uint32_t exporter; /* index; MAP_NONE: the slot is free */
		uint32_t source;
	} key;
	uint32_t last; /* sequence of its newest sample */
};

struct sflow_sources {
	struct sflow_source *sources;
	uint32_t *free; /* slots */
	uint32_t count, free_count;
	struct map *map;
};

/* False: no memory; _fini is due all the same. */
bool sflow_sources_init(struct sflow_sources *sources,
			const struct flow_conf *conf);
void sflow_sources_fini(struct sflow_sources *sources);
/*
 * A sample has come: how many were lost before it; negative: so many that had
 * been counted as lost have come after all.  0 for a source's first one, and
 * where there is no room to remember it.
 */
int32_t sflow_sources_heard(struct sflow_sources *sources, uint32_t exporter,
			    uint32_t source, uint32_t sequence);
/* An agent began anew, or its index is to be another's. */
void sflow_sources_forget(struct sflow_sources *sources, uint32_t exporter);

#endif
