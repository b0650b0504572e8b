/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RADIUS accounting (RFC 2866, 2869, 3162, 4818, 6911, 8045) to lease events.
 *
 * The packet has been verified before (radius/radius.h): here it is only
 * understood.  Of one packet come at most one event of the session, and events
 * of its port blocks: their tenure isn't the session's.
 *
 *   Start            LEASE_START
 *   Interim-Update   LEASE_ALIVE, start = event time - Acct-Session-Time
 *   Stop             LEASE_STOP, the same
 *   Accounting-On,
 *   Accounting-Off   LEASE_RESET of the speaker
 *   IP-Port-Range    LEASE_ALIVE without start; released: LEASE_STOP marked
 *                    LEASE_BLOCK_ENDS
 *
 * What is refused goes to `refused` by name: whole records ("packet", "code",
 * "no_status_type", "status_failed", "status_tunnel", "status_unknown",
 * "attribute_twice", "no_session_id", "session_id", "nas_not_allowed",
 * "no_time", "time") and single attributes, with which the record goes on as if
 * they were not there ("framed_address", "framed_prefix", "delegated_prefix",
 * "port_range", "session_time", "event_timestamp", "delay_time",
 * "nas_address", "nas_identifier", "nas_not_its_own", "class_twice",
 * "holder_long", "subjects").
 *
 * Not read: Framed-Route and Framed-IP-Netmask (networks behind a customer are
 * told by the address list), Acct-Multi-Session-Id.
 */
#ifndef LEASE_ACCOUNTING_H
#define LEASE_ACCOUNTING_H

#include "fact/lease_event.h"

/* What names the holder: the first of the configured ones that is there. */
enum accounting_holder {
	ACCOUNTING_CLASS = 1,   /* "class:0x...", where there is just one */
	ACCOUNTING_USER = 2,    /* User-Name: "user:..." */
	ACCOUNTING_CALLING = 3, /* "mac:...", "calling:..." */
	ACCOUNTING_CIRCUIT = 4, /* "circuit:..." */
	ACCOUNTING_REMOTE = 5   /* "remote:..." */
};
#define ACCOUNTING_HOLDERS_MAX 5
#define ACCOUNTING_NAMES_MAX 16

/* A zeroed one, filled by accounting_conf_holder and _allow, is valid. */
struct accounting_conf {
	uint8_t holder_count;
	uint8_t holders[ACCOUNTING_HOLDERS_MAX]; /* enum accounting_holder */
	/* The client forwards for many: what it says of a NAS is believed, for
	 * those of `names`, or for all where there are none.  Else the client is
	 * one NAS, and a claim to be another that isn't in `names` counts as its
	 * own address. */
	bool proxy;
	uint8_t name_count;
	char names[ACCOUNTING_NAMES_MAX][LEASE_SPEAKER_SIZE];
	/* How far event time and arrival may lie apart before the clock is
	 * doubted; also the error of a time that is only known by arrival. */
	int64_t clock_bound_us;
	uint32_t realm;       /* of Framed-IP-Address and its like */
	uint32_t ports_realm; /* of IP-Port-Range */
};

/* LZ_E_FULL; LZ_E_EXISTS where it is there already. */
LZ_NODISCARD int accounting_conf_holder(struct accounting_conf *conf,
					enum accounting_holder holder);
/* A NAS-IP-Address, NAS-IPv6-Address or NAS-Identifier the client may speak
 * for.  LZ_E_FULL; LZ_E_RANGE: empty, too long, or with control characters. */
LZ_NODISCARD int accounting_conf_allow(struct accounting_conf *conf,
				       struct slice name);

/* `peer` sent the bytes, `origin` is where they stand in the raw log. */
void accounting_read(const struct accounting_conf *conf, const void *bytes,
		     size_t length, struct at_arrival arrival,
		     const struct addr *peer, uint64_t origin,
		     const struct lease_output *output);

#endif
