/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting flows' inside ends into subjects.
 */
#include <string.h>

#include "detect/side.h"

#define ADDR_BITS 128
#define V6_SUBJECT_BITS 64

/* Where no inside is configured everything is: IPv4 by address, IPv6 by /64,
 * the most likely assignment that never lumps two customers together. */
static const struct inside_item any_v4 = {.assign = ADDR_BITS};
static const struct inside_item any_v6 = {.assign = V6_SUBJECT_BITS};

bool
side_is_nobody(const struct addr *addr)
{
	if (addr_is_v4(addr)) {
		uint32_t v4 = addr_v4(addr);

		return v4 == 0 || v4 >= UINT32_C(0xe0000000);
	}
	return addr->bytes[0] == 0xff || addr_is_unspecified(addr);
}

bool
side_of(const struct detect_conf *conf, const struct addr *addr, uint16_t port,
	struct side *side)
{
	const struct inside_item *item;
	uint32_t index;

	if (conf->inside) {
		index = prefix_map_find(conf->inside, addr);
		if (index == PREFIX_MAP_NONE)
			return false;
		item = &conf->items[index];
	} else {
		item = addr_is_v4(addr) ? &any_v4 : &any_v6;
	}
	if (side_is_nobody(addr))
		return false;
	side->address = *addr;
	side->port = port;
	side->shared = item->shared;
	if (item->assign == ADDR_BITS && !item->shared) {
		side->subject = (struct subject){.prefix = {*addr, ADDR_BITS}};
		return true;
	}
	side->subject = subject_of(item, addr, port);
	return true;
}

bool
side_is_spoofable(const struct detect_conf *conf,
		  const struct flow_record *record)
{
	if (record->entered == ENTERED_SUBSCRIBER)
		return false;
	return !conf->source_filtered || record->entered == ENTERED_BORDER;
}

uint64_t
side_hash(const struct detect_conf *conf, enum side_kind kind,
	  const struct subject *subject, const struct addr *peer,
	  uint32_t extra)
{
	struct {
		struct addr subject, peer;
		uint32_t extra;
		uint16_t port_first;
		uint8_t kind, length;
	} key = {.subject = subject->prefix.addr,
		 .extra = extra,
		 .port_first = subject->port_first,
		 .kind = (uint8_t)kind,
		 .length = subject->prefix.length};
	uint64_t hash;

	_Static_assert(sizeof(key) == 40, "a key has no padding");
	if (peer)
		key.peer = *peer;
	hash = hash_bytes(&conf->key, &key, sizeof(key));
	return hash ? hash : 1;
}
