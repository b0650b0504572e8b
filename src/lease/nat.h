/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translators' IPFIX and NetFlow v9 events (fact/nat_event.h) to lease events.
 *
 * The trap: RFC 8158 numbers the allocation and release of a port block 16 and
 * 17, and an address binding, which says nothing of ports, 14 and 15.  A
 * draft before it, which Juniper follows, numbers port blocks 14 and 15.  So an
 * exporter has a profile, from the configuration.  Where none is configured, 14
 * and 15 with a range of ports are refused (reason.h says what to
 * configure), never guessed at: the wrong reading names the wrong household.
 *
 *   nat_gather(nat, events)   the decoder's events() calls it
 *   nat_settle(nat, word ...) the decoder's word() calls it; leases come out
 *
 * A time's error is how far its datagram's export time is off the arrival, and
 * more where the event's own time is doubtful.
 *
 * What was lost on the way (sequence numbers tell) is said first, as LEASE_GAP:
 * a release or an allocation may be among it, so whatever that exporter had
 * open and has not spoken of since is vouched for no longer.
 */
#ifndef LEASE_NAT_H
#define LEASE_NAT_H

#include "fact/lease_event.h"
#include "fact/nat_event.h"

enum nat_profile {
	NAT_PROFILE_UNSET = 0,
	NAT_PROFILE_RFC8158 = 1,
	NAT_PROFILE_JUNIPER_DRAFT = 2
};
/* "rfc8158", "juniper-draft"; LZ_E_NOT_FOUND. */
LZ_NODISCARD int nat_profile_parse(struct slice name,
				   enum nat_profile *profile);

/* Events of one datagram, until its word comes. */
struct nat;
/* NULL when there is no memory. */
struct nat *nat_new(void);
void nat_free(struct nat *nat);

/* Copies them.  LZ_E_MEMORY: these and all others of this datagram are
 * dropped, and nat_settle says so as a gap. */
LZ_NODISCARD int nat_gather(struct nat *nat, const struct nat_event *events,
			    size_t count);

/* The number a translator gives an inside network, and our realm for it. */
struct nat_vrf {
	uint32_t vrf, realm;
};

/* Whose datagram it was. */
struct nat_source {
	enum nat_profile profile;
	uint32_t realm; /* of inside addresses where no VRF is said */
	/* VRFs whose realm isn't their number; borrowed. */
	size_t vrf_count;
	const struct nat_vrf *vrfs;
	char speaker[LEASE_SPEAKER_SIZE]; /* nat_speaker */
	struct at_arrival arrival;
	uint64_t origin; /* of the datagram in the raw log */
};

/* "203.0.113.1/5": an exporter by its address and observation domain, each of
 * which counts for itself. */
void nat_speaker(char speaker[LEASE_SPEAKER_SIZE], const struct addr *addr,
		 uint32_t domain);

/*
 * Leases of what was gathered, in order, between a LEASE_GAP where one is due
 * and a LEASE_WORD.  Refusals (offset: which event of the datagram):
 * port_tenure_say's, and "profile_unset", "not_of_profile", "address_binding",
 * "event_unknown", "port_range", "port_count", "port_step".
 */
void nat_settle(struct nat *nat, const struct nat_word *word,
		const struct nat_source *source,
		const struct lease_output *output);

#endif
