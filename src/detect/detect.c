/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the detectors: record time, which side of a flow is ours, and
 * who has to look at it.  Records are looked at in small groups twice: first
 * to hash them and to ask memory for what they will touch, then to count.
 * Only the second pass changes anything, so batches make no difference.
 */
#include <string.h>

#include "base/memory.h"
#include "detect/contact.h"
#include "detect/detect.h"
#include "detect/flood.h"
#include "detect/indicators.h"
#include "detect/scan.h"

#define GROUP 16
#define PREFETCH_WINDOWS 3
/* Exporters above share the last place: disputing one disputes them all. */
#define EXPORTERS_MAX 65536u

struct detect {
	const struct detect_conf *conf;
	struct say say;
	struct flood flood;
	struct scan scan;
	struct contact contact;
	int64_t next_close_us; /* record time at which a window closes */
	uint64_t records, implausible, outside;
	struct addr *exporters; /* by index, for what is said */
	size_t exporter_room;
	bool any_disputed;
	uint8_t disputed[EXPORTERS_MAX / 8];
};

/* What the first pass found out about a record. */
struct look {
	struct side src, dst;
	bool src_inside, dst_inside;
	uint64_t src_hash, dst_hash; /* of flood's pairs; 0: none */
};

void
detect_conf_init(struct detect_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->lateness_us = 120 * TIMES_SECOND_US;
	conf->time_error_us = 61 * TIMES_SECOND_US;
	conf->sampling = 1;
	conf->sampling_wide_min = 100;
	conf->flood_pps = 200;
	conf->flood_syn_pps = 100;
	conf->flood_icmp_abs_pps = 1000;
	conf->flood_samples_min = 12;
	conf->scan_targets = 10;
	conf->scan_targets_wide = 50;
	conf->weight_flood_milli = 4000;
	conf->weight_flood_lasts_milli = 6000;
	conf->weight_scan_milli = 5000;
	conf->weight_c2_milli = 5000;
	conf->weight_c2_old_milli = 3000;
	conf->weight_sinkhole_milli = 5000;
	conf->weight_spoofable_max_milli = 1500;
	conf->subjects_max = 65536;
	conf->pairs_max = 262144;
}

struct detect *
detect_new(const struct detect_conf *conf)
{
	struct detect *detect = memory_new(1, sizeof(*detect));

	if (!detect)
		return NULL;
	detect->conf = conf;
	detect->say.conf = conf;
	detect->say.record_time_us = TIMES_UNSET_US;
	if (!flood_init(&detect->flood, conf) ||
	    !scan_init(&detect->scan, conf) ||
	    !contact_init(&detect->contact, conf)) {
		detect_free(detect);
		return NULL;
	}
	return detect;
}

void
detect_free(struct detect *detect)
{
	if (!detect)
		return;
	flood_fini(&detect->flood);
	scan_fini(&detect->scan);
	contact_fini(&detect->contact);
	memory_free(detect->exporters);
	memory_free(detect);
}

static void
close_until(struct detect *detect, int64_t until_us)
{
	const struct windows *windows = &detect->flood.windows;

	flood_close(&detect->flood, until_us, &detect->say);
	detect->next_close_us = (windows->closed + 1) * windows->window_us +
				detect->conf->lateness_us;
}

static void
advance(struct detect *detect, int64_t now_us)
{
	struct say *say = &detect->say;

	if (say->record_time_us == TIMES_UNSET_US) {
		say->record_time_us = now_us;
		flood_start(&detect->flood, now_us);
		close_until(detect, 0);
		return;
	}
	if (now_us <= say->record_time_us)
		return;
	say->record_time_us = now_us;
	if (now_us >= detect->next_close_us)
		close_until(detect, now_us - detect->conf->lateness_us);
}

static uint32_t
exporter_place(uint32_t exporter)
{
	return exporter < EXPORTERS_MAX ? exporter : EXPORTERS_MAX - 1;
}

static bool
is_disputed(const struct detect *detect, uint32_t exporter)
{
	uint32_t place = exporter_place(exporter);

	return detect->any_disputed &&
	       (detect->disputed[place / 8] & 1u << place % 8);
}

void
detect_dispute(struct detect *detect, uint32_t exporter)
{
	uint32_t place = exporter_place(exporter);

	detect->any_disputed = true;
	detect->disputed[place / 8] |= (uint8_t)(1u << place % 8);
}

void
detect_exporter(struct detect *detect, uint32_t exporter,
		const struct addr *addr)
{
	const size_t room = ((size_t)exporter + 16) & ~(size_t)15;

	if (exporter >= EXPORTERS_MAX)
		return;
	if (exporter >= detect->exporter_room) {
		struct addr *grown = memory_grow(detect->exporters,
						 detect->exporter_room, room,
						 sizeof(*grown));

		if (!grown)
			return;
		detect->exporters = grown;
		detect->exporter_room = room;
		detect->say.exporters = grown;
		detect->say.exporter_count = (uint32_t)room;
	}
	detect->exporters[exporter] = *addr;
}

static void
look_at(const struct detect *detect, const struct flow_record *record,
	struct look *look)
{
	const struct flood *flood = &detect->flood;

	look->src_hash = 0;
	look->dst_hash = 0;
	look->src_inside = side_of(detect->conf, &record->src, record->sport,
				   &look->src);
	look->dst_inside = side_of(detect->conf, &record->dst, record->dport,
				   &look->dst);
	if (look->src_inside)
		look->src_hash = flood_hash(flood, record, &look->src, true);
	if (look->dst_inside)
		look->dst_hash = flood_hash(flood, record, &look->dst, false);
}

/* Asks memory for the cells of the record's last windows: few have more. */
static void
prefetch(const struct detect *detect, const struct flow_record *record,
	 const struct look *look, bool item)
{
	const struct windows *windows = &detect->flood.windows;
	const uint64_t hashes[] = {look->src_hash, look->dst_hash};
	int64_t last, first;

	if (!look->src_hash && !look->dst_hash)
		return;
	last = windows_index(windows, record->end.us);
	first = windows_index(windows, record->start.us);
	if (first < last - PREFETCH_WINDOWS)
		first = last - PREFETCH_WINDOWS;
	for (int i = 0; i < 2; i++) {
		for (int64_t window = first; hashes[i] && window <= last;
		     window++) {
			uint64_t hash = windows_hash(hashes[i], window);

			if (item)
				pool_prefetch_item(&windows->cells, hash);
			else
				pool_prefetch(&windows->cells, hash);
		}
	}
}

static bool
is_implausible(const struct detect *detect, const struct flow_record *record)
{
	const int64_t window_us = detect->flood.windows.window_us;

	if ((record->marks & FLOW_IMPLAUSIBLE) || record->packets == 0 ||
	    record->start.us < 0 || record->end.us < record->start.us ||
	    record->end.us > TIMES_LATEST_US ||
	    record->exported.us > TIMES_LATEST_US || record->exported.us < 0)
		return true;
	/* From the future.  A v9 header counts whole seconds: what it exports
	 * may have ended within that second. */
	return record->end.us > detect->say.record_time_us + window_us &&
	       record->end.us > record->exported.us + TIMES_SECOND_US;
}

/* A feed sampled more thinly than was expected needs wide windows. */
static void
widen(struct detect *detect)
{
	flood_widen(&detect->flood, detect->say.record_time_us);
	close_until(detect, 0);
}

static void
count(struct detect *detect, const struct flow_record *record,
      const struct look *look)
{
	struct flood *flood = &detect->flood;

	detect->records++;
	if (is_disputed(detect, record->exporter))
		return;
	if (is_implausible(detect, record)) {
		detect->implausible++;
		return;
	}
	advance(detect, record->exported.us);
	if (!look->src_inside && !look->dst_inside) {
		detect->outside++;
		return;
	}
	if (record->sampling > detect->conf->sampling_wide_min &&
	    flood->windows.window_us == WINDOW_NARROW_US)
		widen(detect);
	windows_late(&flood->windows, record);
	if (look->src_hash)
		flood_record(flood, record, &look->src, look->src_hash, true);
	if (look->dst_hash)
		flood_record(flood, record, &look->dst, look->dst_hash, false);
	if (look->src_inside) {
		if (scan_concerns(record))
			scan_record(&detect->scan, record, &look->src,
				    &detect->say);
		else if (scan_answered(record))
			scan_forgive(&detect->scan, record, &look->src);
		contact_record(&detect->contact, record, &look->src, true,
			       &detect->say);
	}
	if (look->dst_inside)
		contact_record(&detect->contact, record, &look->dst, false,
			       &detect->say);
}

void
detect_flows(struct detect *detect, const struct flow_record *records,
	     size_t total, sighting_sink *sink, void *context)
{
	struct look looks[GROUP];

	detect->say.sink = sink;
	detect->say.context = context;
	while (total > 0) {
		size_t n = total < GROUP ? total : GROUP;

		for (size_t i = 0; i < n; i++) {
			look_at(detect, &records[i], &looks[i]);
			prefetch(detect, &records[i], &looks[i], false);
		}
		for (size_t i = 0; i < n; i++)
			prefetch(detect, &records[i], &looks[i], true);
		for (size_t i = 0; i < n; i++)
			count(detect, &records[i], &looks[i]);
		records += n;
		total -= n;
	}
}

void
detect_advance(struct detect *detect, struct at_event now, sighting_sink *sink,
	       void *context)
{
	detect->say.sink = sink;
	detect->say.context = context;
	advance(detect, now.us);
}

void
detect_end(struct detect *detect, sighting_sink *sink, void *context)
{
	const struct windows *windows = &detect->flood.windows;

	detect->say.sink = sink;
	detect->say.context = context;
	if (detect->say.record_time_us != TIMES_UNSET_US)
		close_until(detect, detect->say.record_time_us +
					2 * windows->window_us);
}

void
detect_set_indicators(struct detect *detect,
		      const struct indicator_list *indicators)
{
	detect->contact.indicators = indicators;
}

void
detect_stats(const struct detect *detect, struct detect_stats *stats)
{
	const struct flood *flood = &detect->flood;
	const struct windows *windows = &flood->windows;

	memset(stats, 0, sizeof(*stats));
	stats->records = detect->records;
	stats->late_milli_packets = windows->late_milli;
	stats->implausible = detect->implausible;
	stats->outside = detect->outside;
	stats->sightings = detect->say.sightings;
	stats->pairs_evicted = windows->evicted + flood->refused;
	stats->subjects_evicted = detect->scan.evicted +
				  detect->contact.evicted;
	stats->pairs = windows->cells.used;
	stats->subjects = detect->scan.groups[0].used +
			  detect->scan.groups[1].used +
			  detect->contact.pairs.used;
	stats->bytes = sizeof(*detect) + flood->bytes + detect->scan.bytes +
		       detect->contact.bytes;
	stats->record_time_us = detect->say.record_time_us;
	stats->closed_until_us = windows->closed * windows->window_us;
}
