/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration says of exporters; filled by conf/, read by flow/.
 */
#ifndef FLOW_FLOW_CONF_H
#define FLOW_FLOW_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "fact/rsit.h"
#include "net/addr.h"

#define FLOW_CONF_INTERFACES_MAX 256

struct flow_interface_conf {
	uint32_t index;  /* SNMP ifIndex as exported */
	uint8_t entered; /* ENTERED_SUBSCRIBER or ENTERED_BORDER */
};

struct flow_exporter_conf {
	struct addr addr;
	uint32_t sampling;         /* 1:N for all its records; 0: not said */
	uint32_t active_timeout_s; /* 0: not said */
	uint32_t inactive_timeout_s;
	size_t interface_count;
	struct flow_interface_conf interfaces[FLOW_CONF_INTERFACES_MAX];
};

struct flow_conf {
	size_t exporter_count;
	const struct flow_exporter_conf *exporters;
	struct hash_key key; /* for hash tables over received bytes */
	/* Ceilings; 0 takes the default of decoder.h. */
	uint32_t exporters_max;
	uint32_t templates_max;  /* over all exporters */
	uint32_t held_bytes_max; /* data kept until its template comes */
};

#endif
