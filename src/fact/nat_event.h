/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an address translator said of its work (RFC 8158 and what came before
 * it), as exported: who means what by which number is settled later
 * (lease/nat.h).  Such records are no traffic: nothing here enters rates.
 */
#ifndef FACT_NAT_EVENT_H
#define FACT_NAT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "net/addr.h"

/* natEvent, information element 230, as RFC 8158 numbers it. */
enum nat_event_number {
	NAT_CREATE = 1, /* translation, historic: 1 to 2 */
	NAT_DELETE = 2,
	NAT_ADDRESSES_EXHAUSTED = 3,
	NAT_NAT44_CREATE = 4, /* one session */
	NAT_NAT44_DELETE = 5,
	NAT_NAT64_CREATE = 6,
	NAT_NAT64_DELETE = 7,
	NAT_NAT44_BIB_CREATE = 8, /* one inside port's binding */
	NAT_NAT44_BIB_DELETE = 9,
	NAT_NAT64_BIB_CREATE = 10,
	NAT_NAT64_BIB_DELETE = 11,
	NAT_PORTS_EXHAUSTED = 12,
	NAT_QUOTA_EXCEEDED = 13,
	NAT_ADDRESS_CREATE = 14, /* address binding; a draft's port block */
	NAT_ADDRESS_DELETE = 15,
	NAT_BLOCK_ALLOC = 16,
	NAT_BLOCK_RELEASE = 17,
	NAT_THRESHOLD = 18
};

/* nat_event.marks */
/* It said no observation time (or 0, or an impossible one): `at` is the export
 * time. */
#define NAT_TIME_OF_EXPORT 0x01
/* Its observation time is more than a minute off its export time. */
#define NAT_TIME_DOUBTED 0x02
/* The exporter's clock leapt: no time of this datagram is to be relied on. */
#define NAT_CLOCK_DOUBTED 0x04
/* What the record held. */
#define NAT_HAS_PORT 0x08  /* outside_port */
#define NAT_HAS_FIRST 0x10 /* port_first */
#define NAT_HAS_LAST 0x20  /* port_last */
#define NAT_HAS_COUNT 0x40 /* port_count */

struct nat_event {
	struct addr inside, outside, peer; /* :: where not said */
	struct at_event at;                /* corrected clock */
	struct at_event exported;
	/* How far its datagram's export time is off its arrival: up to two
	 * minutes an exporter's clock is taken for right. */
	int64_t error_us;
	uint32_t exporter; /* index into the decoder's exporter table */
	uint32_t vrf;      /* ingressVRFID, else internalAddressRealm; 0 */
	uint32_t instance; /* natInstanceID; 0 */
	uint16_t event;    /* as exported; 0 and above 18 are nobody's */
	uint16_t inside_port, outside_port, peer_port;
	uint16_t port_first, port_last;
	uint16_t port_step; /* 0: not said */
	uint32_t
	    port_count; /* portRangeNumPorts; more than 65535 is said too */
	uint8_t proto;  /* 0: not said, or all */
	uint8_t marks;  /* NAT_* above */
};

/* Why words of an exporter may be missing. */
enum nat_gap {
	NAT_GAP_NONE = 0,
	NAT_GAP_FIRST = 1,   /* the first datagram heard of it */
	NAT_GAP_LOST = 2,    /* its sequence says so */
	NAT_GAP_RESTART = 3, /* it counts anew, or another counts */
	NAT_GAP_UNREAD = 4   /* data of it could not be decoded, or not yet */
};

/* Said once a datagram, after its events. */
struct nat_word {
	uint32_t exporter;
	struct at_event exported; /* of this datagram, corrected clock */
	struct at_event before;   /* of the one before it; unset: none */
	uint8_t gap;              /* enum nat_gap */
};

/* Who wants them.  No call may keep the pointers. */
struct nat_output {
	void (*events)(void *context, const struct nat_event *events,
		       size_t count);
	void (*word)(void *context, const struct nat_word *word);
	void *context;
};

/* snake_case name of a natEvent for machine output: "create", "block_alloc",
 * "address_create" ...; "other" for what RFC 8158 doesn't know. */
const char *nat_event_name(uint16_t event);
/* "first", "lost", "restart", "unread"; "none". */
const char *nat_gap_name(uint8_t gap);

#endif
