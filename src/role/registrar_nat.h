/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPFIX datagrams of translators to lease events: the flow decoder with what it
 * has learned (templates), and lease/nat.
 */
#ifndef ROLE_REGISTRAR_NAT_H
#define ROLE_REGISTRAR_NAT_H

#include "conf/conf.h"
#include "fact/lease_event.h"
#include "role/raw_record.h"

struct registrar_nat;

LZ_NODISCARD int registrar_nat_new(const struct conf *conf,
				   struct registrar_nat **nat);
void registrar_nat_free(struct registrar_nat *nat);

/* One datagram of the exporter configured as number `exporter`. */
void registrar_nat_decode(struct registrar_nat *nat, size_t exporter,
			  const struct raw_record *record, uint64_t origin,
			  const struct lease_output *output);

/*
 * Templates over a restart, in the role's folder.  Without them data waits for
 * the router to repeat them, which is said as a gap.
 */
LZ_NODISCARD int registrar_nat_load(struct registrar_nat *nat, int folder);
/* Once in a while; -errno. */
LZ_NODISCARD int registrar_nat_save(struct registrar_nat *nat, int folder);

#endif
