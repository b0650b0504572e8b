/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A router of the tests: sends NetFlow v9 in which every flow is an established
 * contact of a listed server by another address, so each is a sighting at once
 * and what came through can be told one by one.
 */
#ifndef TESTS_ROLE_EXPORTING_H
#define TESTS_ROLE_EXPORTING_H

#include <stdint.h>

#include "flow/export.h"
#include "unit/role/running.h"

#define EXPORTING_HOSTS_MAX (1u << 17) /* of 198.18.0.0/15 */
#define EXPORTING_FLOWS 5              /* a datagram */

struct exporting {
	int socket;
	struct flow_export export;
	uint32_t hosts; /* addresses used up */
	int64_t sent_ms;
};

/* Configures `running` so that the server is listed and windows close soon. */
void exporting_configure(const struct running *running);
/* To 127.0.0.1. */
void exporting_begin(struct exporting *exporting, uint16_t port);
void exporting_end(struct exporting *exporting);
/* One datagram; the number of its last host. */
uint32_t exporting_send(struct exporting *exporting);
/* The number of a sighted address; the test fails when it never was sent. */
uint32_t exporting_host(const struct exporting *exporting,
			const struct addr *addr);

#endif
