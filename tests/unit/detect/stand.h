/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand for the detectors: an inside of two prefixes, records made in a
 * line, and the sightings they led to kept for the asking.  Times are
 * milliseconds after T0, which every window and slot begins at.
 */
#ifndef TEST_DETECT_STAND_H
#define TEST_DETECT_STAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/detect.h"
#include "detect/indicators.h"

#define T0_US INT64_C(1767607200000000) /* 2026-01-05 10:00 UTC */
#define SECOND 1000
#define MINUTE 60000
#define SEEN_MAX 512

#define ICMP 1
#define TCP 6
#define UDP 17

#define S FLOW_TCP_SYN
#define A FLOW_TCP_ACK
#define P FLOW_TCP_PSH
#define F FLOW_TCP_FIN
#define R FLOW_TCP_RST

struct stand {
	struct detect_conf conf;
	struct inside_item items[3];
	struct prefix_map *map;
	struct indicator_list *list;
	struct detect *detect;
	size_t count;
	struct sighting seen[SEEN_MAX];
};

static inline struct addr
addr_of(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(slice_of(text), &addr), 0);
	return addr;
}

static inline struct at_event
at(int64_t ms)
{
	return (struct at_event){T0_US + ms * 1000};
}

static inline void
stand_sink(void *context, const struct sighting *sighting)
{
	struct stand *stand = context;

	assert_true(stand->count < SEEN_MAX);
	assert_int_equal(sighting->role, ROLE_INFECTED);
	assert_true(sighting->first.us <= sighting->last.us);
	stand->seen[stand->count++] = *sighting;
}

/* Inside: 192.0.2.0/24 by address, 2001:db8:1::/48 by /56, and behind one
 * shared address 203.0.113.40 blocks of 512 ports. */
static inline void
stand_init(struct stand *stand)
{
	static const char *const prefixes[] = {"192.0.2.0/24",
					       "2001:db8:1::/48",
					       "203.0.113.40"};
	static const uint8_t assigns[] = {128, 56, 128};

	memset(stand, 0, sizeof(*stand));
	stand->map = prefix_map_new();
	for (uint32_t i = 0; i < 3; i++) {
		struct inside_item *item = &stand->items[i];

		assert_int_equal(prefix_parse(slice_of(prefixes[i]),
					      &item->prefix),
				 0);
		item->assign = assigns[i];
		assert_int_equal(prefix_map_add(stand->map, &item->prefix, i),
				 0);
	}
	stand->items[2].shared = true;
	stand->items[2].block_ports = 512;
	stand->items[2].block_first = 1024;
	assert_int_equal(prefix_map_seal(stand->map), 0);
	detect_conf_init(&stand->conf);
	stand->conf.inside = stand->map;
	stand->conf.items = stand->items;
	stand->conf.source_filtered = true;
	stand->conf.pairs_max = 4096;
	stand->conf.subjects_max = 4096;
}

static inline void
stand_open(struct stand *stand)
{
	stand->conf.indicators = stand->list;
	stand->detect = detect_new(&stand->conf);
	assert_non_null(stand->detect);
}

static inline void
stand_list(struct stand *stand, const char *csv)
{
	stand->list = indicator_list_new((struct hash_key){0});
	assert_non_null(stand->list);
	assert_true(indicator_list_add_csv(stand->list, csv, strlen(csv), NULL,
					   NULL) > 0);
	assert_int_equal(indicator_list_seal(stand->list), 0);
}

static inline void
stand_close(struct stand *stand)
{
	detect_free(stand->detect);
	prefix_map_free(stand->map);
	indicator_list_free(stand->list);
}

static inline void
stand_feed(struct stand *stand, const struct flow_record *record)
{
	detect_flows(stand->detect, record, 1, stand_sink, stand);
}

/* Record time becomes this. */
static inline void
stand_wait(struct stand *stand, int64_t ms)
{
	detect_advance(stand->detect, at(ms), stand_sink, stand);
}

static inline void
stand_end(struct stand *stand)
{
	detect_end(stand->detect, stand_sink, stand);
}

/*
 * A record from `src` to `dst`, exported at its end, unsampled.  TCP: flags
 * stands for what src sent; nothing is known of the other side.
 */
static inline struct flow_record
flow(const char *src, uint16_t sport, const char *dst, uint16_t dport,
     uint8_t proto, uint64_t packets, int64_t start_ms, int64_t end_ms)
{
	struct flow_record record = {
	    .src = addr_of(src),
	    .dst = addr_of(dst),
	    .sport = sport,
	    .dport = dport,
	    .proto = proto,
	    .packets = packets,
	    .packets_low = packets,
	    .packets_high = packets,
	    .bytes = packets * 100,
	    .sampling = 1,
	    .sampling_from = SAMPLING_NONE,
	    .direction = FLOW_DIRECTION_UNKNOWN,
	};

	record.start = at(start_ms);
	record.end = at(end_ms);
	record.exported = record.end;
	if (proto == TCP)
		record.marks |= FLOW_FLAGS_KNOWN;
	return record;
}

static inline void
stand_flow(struct stand *stand, const char *src, uint16_t sport,
	   const char *dst, uint16_t dport, uint8_t proto, uint64_t packets,
	   int64_t start_ms, int64_t end_ms)
{
	struct flow_record record = flow(src, sport, dst, dport, proto, packets,
					 start_ms, end_ms);

	stand_feed(stand, &record);
}

/* pps packets a second each way, in one record a second and direction. */
static inline void
stand_stream(struct stand *stand, const char *src, uint16_t sport,
	     const char *dst, uint16_t dport, uint8_t proto, uint64_t pps,
	     uint64_t back_pps, int64_t from_ms, int64_t to_ms)
{
	for (int64_t ms = from_ms; ms < to_ms; ms += SECOND) {
		stand_flow(stand, src, sport, dst, dport, proto, pps, ms,
			   ms + SECOND);
		if (back_pps > 0)
			stand_flow(stand, dst, dport, src, sport, proto,
				   back_pps, ms, ms + SECOND);
	}
}

/* Traffic of no interest, so that record time begins and the sensor watches. */
static inline void
stand_idle(struct stand *stand, int64_t ms)
{
	stand_flow(stand, "198.51.100.1", 1, "198.51.100.2", 2, UDP, 1, ms, ms);
}

/* Sightings of one subject's address, of a class. */
static inline size_t
stand_seen(const struct stand *stand, const char *address,
	   enum rsit_class class)
{
	struct addr addr = addr_of(address);
	size_t count = 0;

	for (size_t i = 0; i < stand->count; i++)
		count += stand->seen[i].class == class &&
			 addr_equal(&stand->seen[i].address, &addr);
	return count;
}

static inline void
assert_time(struct at_event time, int64_t ms)
{
	assert_int_equal((time.us - T0_US) / 1000, ms);
}

#endif
