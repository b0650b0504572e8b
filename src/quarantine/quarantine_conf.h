/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of quarantine; conf/ fills it. */
#ifndef QUARANTINE_QUARANTINE_CONF_H
#define QUARANTINE_QUARANTINE_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define QUARANTINE_RESOLVERS_MAX 16

enum quarantine_driver {
	QUARANTINE_OFF = 0, /* no enforcer */
	QUARANTINE_NULL = 1,
	QUARANTINE_NFTABLES = 2
};

struct quarantine_portal {
	struct addr addr;
	uint16_t port; /* 0: none of this family */
};

struct quarantine_conf {
	uint8_t driver; /* enum quarantine_driver */
	size_t resolver_count;
	struct addr resolvers[QUARANTINE_RESOLVERS_MAX];
	struct quarantine_portal portal4, portal6;
	size_t infrastructure_count; /* never under a measure */
	struct prefix *infrastructure;
	uint32_t limit_bytes; /* a second, of a limited subject */
	int64_t timeout_us;   /* what isn't refreshed ends by itself */
};

#endif
