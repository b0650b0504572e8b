/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exporting processes, and what is known of each.
 *
 * One is told from another by source address, source port, observation domain
 * and protocol: two behind one address translator differ in the port alone.
 * A NetFlow router that restarts often speaks from another port.  It is
 * known by its uptime: one that booted after the last word of another port of
 * the same address and domain succeeds it, takes over its figures and counts
 * as restarted.  What it succeeds keeps its templates and is itself again the
 * moment it speaks, so that a forged datagram can take nothing away.  IPFIX
 * says no uptime: another port is another exporter.
 * Part of the decoder; nobody else includes this.
 */
#ifndef FLOW_EXPORTER_H
#define FLOW_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "flow/decoder.h"
#include "flow/drift.h"
#include "flow/flow_time.h"
#include "flow/sequence.h"
#include "flow/template.h"

#define EXPORTER_SAMPLERS_MAX 16

struct exporter_key {
	struct addr addr;
	uint32_t domain;
	uint16_t source_port;
	uint16_t protocol;
};

struct exporter_sampler {
	uint64_t number;
	uint32_t sampling;
};

struct exporter {
	struct exporter_key key;
	uint32_t index; /* in its table */
	struct flow_exporter_stats stats;
	const struct flow_exporter_conf *conf; /* NULL: not configured */
	struct drift drift;
	struct sequence sequence;
	bool seen;            /* uptime and arrival are set */
	bool kept;            /* they are of before a restart of ours */
	bool next_known;      /* ... and so is next */
	uint32_t next;        /* sequence number of the next datagram */
	uint32_t uptime_ms;   /* NetFlow: of the last datagram */
	int64_t arrival_us;   /* of the last datagram */
	int64_t boot_us;      /* NetFlow: when it booted, by its own clock */
	int64_t word_us;      /* export time of its last datagram, our clock;
				 0: none */
	uint32_t successor;   /* index, where stats.superseded */
	uint32_t predecessor; /* index, MAP_NONE */
	uint32_t waiting;     /* data sets held for a template */
	uint64_t init_ms;     /* IPFIX: when its uptime began; 0: not said */
	uint32_t announced;   /* 1:N without a sampler's number; 0: none */
	uint32_t sampler_count;
	struct exporter_sampler samplers[EXPORTER_SAMPLERS_MAX];
};

struct exporter_table {
	const struct flow_conf *conf;
	struct exporter *exporters;
	uint32_t count, max;
	uint32_t spare;        /* given up: the next one's index; MAP_NONE */
	int64_t give_up_us[2]; /* arrival from which on; for templates */
	struct map *map;
};

/* False when there is no memory; _fini is due all the same. */
bool exporter_table_init(struct exporter_table *table,
			 const struct flow_conf *conf);
void exporter_table_fini(struct exporter_table *table);

/* A new one.  NULL at the ceiling, or where there is one of that key. */
struct exporter *exporter_add(struct exporter_table *table,
			      const struct exporter_key *key);

/*
 * At a ceiling: gives up the exporter that is missed least, else whoever forges
 * a thousand addresses would make us deaf to a new router for good.  First those
 * that never said a record, then who was silent for an hour, the longest silent
 * of them; for an address that is configured also any that isn't.  For a
 * template of `keep` (NULL: for one more exporter) another one of those that
 * have shares[] of the templates.  Its index, which the next one gets, after
 * the caller has forgotten its templates and sets; MAP_NONE: nobody can go, or
 * one went a moment ago.
 */
uint32_t exporter_give_up(struct exporter_table *table, const struct addr *addr,
			  const struct exporter *keep, const uint32_t *shares,
			  int64_t arrival_us);

/* What a datagram's header says, beside the exporter's own names. */
struct exporter_header {
	enum flow_protocol protocol;
	uint32_t uptime_ms; /* NetFlow */
	int64_t export_us;
	uint32_t sequence;
	uint32_t domain;   /* v5: engine type and number */
	uint32_t sampling; /* v5: 1:N; 0: not said */
	struct at_arrival arrival;
};

/* Headers of NetFlow say how long the router has been up. */
static inline bool
exporter_says_uptime(enum flow_protocol protocol)
{
	return protocol != FLOW_IPFIX;
}

/* When a datagram was said, and on what clock. */
struct exporter_stamp {
	struct flow_time_base base;
	int64_t offset_us; /* exporter's clock - ours */
	int64_t arrival_us;
	bool doubtful; /* the clock leapt: not to be relied on */
};

/* The exporter of a datagram, new or known; NULL at the ceiling. */
struct exporter *exporter_of(struct exporter_table *table,
			     const struct flow_datagram *datagram,
			     const struct exporter_header *header);

/*
 * Sets a stamp's offset for a datagram of this export time.  Where that is far
 * from what the exporter's others say, the stamp is doubtful and the offset
 * its own: no datagram may speak of a time far from its arrival.
 */
void exporter_clock(struct exporter *exporter, struct exporter_stamp *stamp);

/* Before exporter_restarted: is this the very next datagram after the last one
 * of before a restart of ours? */
bool exporter_resumes(const struct exporter *exporter,
		      const struct exporter_header *header);
/*
 * Before a datagram is decoded, compares its sequence and uptime with those of
 * the last: true where the exporter restarted (what it said before is void);
 * somebody else in its place makes it disputed.
 */
bool exporter_restarted(struct exporter *exporter,
			const struct exporter_header *header);
/* After a datagram was decoded: counts what was lost before it, and answers
 * that; negative: so much came after all. */
int32_t exporter_heard(struct exporter *exporter,
		       const struct exporter_header *header,
		       const struct sequence_records *records);

/* So much more is lost; negative: so much came after all. */
void exporter_lost(struct exporter *exporter, int32_t lost);

/* Takes the sampling out of an options record, if there is any in it. */
void exporter_learn_sampling(struct exporter *exporter,
			     const struct template_values *values);
/* 1:N for a record, and where that was said. */
uint32_t exporter_sampling(const struct exporter *exporter,
			   const struct template_values *values, uint8_t *from);

/* Where a packet came in, by the role of its interface. */
uint8_t exporter_entered(const struct exporter *exporter, uint32_t in_if);

void exporter_stats(const struct exporter *exporter,
		    struct flow_exporter_stats *stats);

#endif
