/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port-block logs that come as syslog, to lease events:
 *
 *   Juniper MS     JSERVICES_NAT_PORT_BLOCK_ALLOC, _RELEASE, _ACTIVE (again and
 *                  again while it is held); ASP_NAT_... before it
 *   Juniper SRX    RT_SRC_NAT_PBA_ALLOC, _RELEASE, _INTERIM; sentences or
 *                  structured data
 *   Cisco CGv6     NAT44 and DS Lite: [UserbasedA ...], [UserbasedW ...] and
 *                  [SessionbasedA ...] and so on, several a message
 *
 * A message may hold several entries; a bad one is refused for itself.  What
 * is none of these is passed over: it is somebody else's log.
 */
#ifndef LEASE_PORT_BLOCK_H
#define LEASE_PORT_BLOCK_H

#include "fact/lease_event.h"
#include "lease/syslog.h"

#define PORT_BLOCK_VRF_SIZE 64

/*
 * The name Cisco gives an inside network, and our realm for it; "*": any name.
 * Two networks may use the same addresses, so a name that isn't listed is
 * refused ("vrf_unset").
 */
struct port_block_vrf {
	char name[PORT_BLOCK_VRF_SIZE];
	uint32_t realm;
};

struct port_block_conf {
	int32_t zone_offset_s; /* of stamps without a zone */
	uint32_t realm;        /* of inside addresses where no VRF is named */
	size_t vrf_count;
	const struct port_block_vrf *vrfs;
};

/*
 * Reads one syslog message.  Answers how many entries it held, those refused
 * included; 0: none of ours.  Refusals (offset: of the entry in the bytes):
 * syslog_parse's (for the whole message, if a name of ours is in it),
 * port_tenure_say's, "entry" (not of its form) and "vrf_unset".
 *
 * Times: the message's own where it says one beside the header's (Juniper MS:
 * UTC), else the header's, else the arrival.  Its error is at least the
 * difference to the arrival, and to what a block's creation word says; where
 * that is more than ten minutes it is marked LEASE_CLOCK_DOUBTED.
 */
size_t port_block_read(const struct port_block_conf *conf, struct slice bytes,
		       struct at_arrival arrival, uint64_t origin,
		       const struct lease_output *output);

#endif
