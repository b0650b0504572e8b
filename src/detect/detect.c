/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the detectors: record time, and who sees which record.
 */
#include <string.h>

#include "base/memory.h"
#include "detect/contact.h"
#include "detect/detect.h"
#include "detect/flood.h"
#include "detect/scan.h"

#define DISPUTED_MAX 1024

struct detect {
	const struct detect_conf *conf;
	struct say say;
	struct flood flood;
	struct scan scan;
	struct contact contact;
	bool started, wide;
	uint64_t records, implausible, outside;
	uint8_t disputed[DISPUTED_MAX / 8];
};

void
detect_conf_init(struct detect_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->lateness_us = 120 * TIMES_SECOND_US;
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
	detect->wide = conf->sampling > conf->sampling_wide_min;
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
	memory_free(detect);
}

void
detect_set_indicators(struct detect *detect,
		      const struct indicator_list *indicators)
{
	detect->contact.indicators = indicators;
}

void
detect_dispute(struct detect *detect, uint32_t exporter)
{
	if (exporter < DISPUTED_MAX)
		detect->disputed[exporter / 8] |= (uint8_t)(1u << exporter % 8);
}

/* Record time goes on, and windows that are over close. */
static void
move_on(struct detect *detect, int64_t now_us)
{
	struct say *say = &detect->say;

	if (detect->started && now_us <= say->record_time_us)
		return;
	say->record_time_us = now_us;
	if (!detect->started) {
		detect->started = true;
		flood_start(&detect->flood, now_us);
	}
	flood_close(&detect->flood, now_us - detect->conf->lateness_us, say);
}

/* An inside end of a record: what it sent, or what came back to it. */
static void
take_side(struct detect *detect, const struct flow_record *record,
	  const struct side *side, bool sent)
{
	uint64_t hash = flood_hash(&detect->flood, record, side, sent);

	if (hash != 0)
		flood_record(&detect->flood, record, side, hash, sent);
	contact_record(&detect->contact, record, side, sent, &detect->say);
	if (sent && scan_concerns(record))
		scan_record(&detect->scan, record, side, &detect->say);
}

static void
take_record(struct detect *detect, const struct flow_record *record)
{
	const struct detect_conf *conf = detect->conf;
	struct side from, to;
	bool inside_from, inside_to;

	detect->records++;
	move_on(detect, record->exported.us);
	if ((record->marks & FLOW_IMPLAUSIBLE) || record->packets == 0) {
		detect->implausible++;
		return;
	}
	if (record->exporter < DISPUTED_MAX &&
	    (detect->disputed[record->exporter / 8] >> record->exporter % 8 &
	     1))
		return;
	if (!detect->wide && record->sampling > conf->sampling_wide_min) {
		detect->wide = true;
		windows_widen(&detect->flood.windows,
			      detect->say.record_time_us);
	}
	inside_from = side_of(conf, &record->src, record->sport, &from);
	inside_to = side_of(conf, &record->dst, record->dport, &to);
	if (!inside_from && !inside_to) {
		detect->outside++;
		return;
	}
	windows_late(&detect->flood.windows, record);
	if (inside_from)
		take_side(detect, record, &from, true);
	if (inside_to)
		take_side(detect, record, &to, false);
}

static void
begin(struct detect *detect, sighting_sink *sink, void *context)
{
	detect->say.sink = sink;
	detect->say.context = context;
}

void
detect_flows(struct detect *detect, const struct flow_record *records,
	     size_t count, sighting_sink *sink, void *context)
{
	begin(detect, sink, context);
	for (size_t i = 0; i < count; i++)
		take_record(detect, &records[i]);
}

void
detect_advance(struct detect *detect, struct at_event now, sighting_sink *sink,
	       void *context)
{
	begin(detect, sink, context);
	move_on(detect, now.us);
}

void
detect_end(struct detect *detect, sighting_sink *sink, void *context)
{
	int64_t window_us = detect->flood.windows.window_us;

	begin(detect, sink, context);
	if (detect->started)
		flood_close(&detect->flood,
			    detect->say.record_time_us + 2 * window_us,
			    &detect->say);
}

void
detect_stats(const struct detect *detect, struct detect_stats *stats)
{
	const struct flood *flood = &detect->flood;

	memset(stats, 0, sizeof(*stats));
	stats->records = detect->records;
	stats->late_milli_packets = flood->windows.late_milli;
	stats->implausible = detect->implausible;
	stats->outside = detect->outside;
	stats->sightings = detect->say.sightings;
	stats->pairs_evicted = flood->windows.evicted + flood->refused;
	stats->subjects_evicted = detect->scan.evicted +
				  detect->contact.evicted;
	stats->pairs = flood->windows.cells.used;
	stats->subjects = detect->scan.groups[0].used +
			  detect->scan.groups[1].used;
	stats->bytes = flood->bytes + detect->scan.bytes +
		       detect->contact.bytes;
	stats->record_time_us = detect->say.record_time_us;
	stats->closed_until_us = flood->windows.closed *
				 flood->windows.window_us;
}
