/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may send RADIUS accounting, and what of it is taken: the judge before the
 * raw log.  Secrets are read once, before the sandbox; a restart (SIGHUP of the
 * supervisor) reads them again.
 */
#ifndef ROLE_REGISTRAR_CLIENTS_H
#define ROLE_REGISTRAR_CLIENTS_H

#include "conf/conf.h"
#include "radius/radius.h"

struct registrar_clients;

enum registrar_verdict {
	REGISTRAR_TAKE = 0,
	REGISTRAR_REPEATED, /* here before, and given out as `sequence` */
	REGISTRAR_UNKNOWN_CLIENT,
	REGISTRAR_WRONG_AUTHENTICATOR,
	REGISTRAR_MALFORMED,
	REGISTRAR_WRONG_CODE, /* no Accounting-Request */
	REGISTRAR_FOREIGN_NAS /* a NAS the client may not speak for */
};

/* Has said on standard error what is wrong where it answers an error: LZ_E_*,
 * -errno of a secret's file. */
LZ_NODISCARD int registrar_clients_open(const struct conf *conf,
					struct registrar_clients **clients);
void registrar_clients_free(struct registrar_clients *clients);

/*
 * Judges a packet of `peer`; `client` is the configuration's row where it is
 * known.  A repetition is what has the same sender, port, id and authenticator
 * as one that registrar_clients_noted lately: the same packet.
 */
enum registrar_verdict
registrar_clients_judge(struct registrar_clients *clients,
			const struct addr *peer, uint16_t port,
			const void *bytes, size_t length,
			struct radius_packet *packet, uint32_t *client);
/* The packet stands in the raw log: its like is a repetition from now on. */
void registrar_clients_noted(struct registrar_clients *clients,
			     const struct addr *peer, uint16_t port,
			     const struct radius_packet *packet);
/* The whole Accounting-Response; its length or an LZ_E_*. */
LZ_NODISCARD int registrar_clients_answer(struct registrar_clients *clients,
					  uint32_t client,
					  const struct radius_packet *packet,
					  uint8_t bytes[RADIUS_PACKET_MAX]);

#endif
