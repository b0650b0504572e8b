/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes NetFlow v5, v9 and IPFIX datagrams from flow records: for the traffic
 * generator and for tests (decode of what was written gives it back).
 *
 * One writer is one exporting process.  It sends its templates (IPv4, IPv6),
 * and where sampling > 1 the options that announce it, in its first datagram
 * and again every `refresh` datagrams.
 */
#ifndef FLOW_EXPORT_H
#define FLOW_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "fact/flow_record.h"
#include "flow/decoder.h"

#define FLOW_EXPORT_DATAGRAM_MAX 1400

struct flow_export {
	enum flow_protocol protocol;
	uint32_t domain;
	uint32_t sequence;
	uint32_t sampling; /* announced; 1: unsampled, said so */
	int64_t boot_us;   /* sysUptime 0, NetFlow */
	uint32_t refresh;  /* datagrams between two templates */
	uint32_t since_template;
};

void flow_export_init(struct flow_export *export, enum flow_protocol protocol,
		      uint32_t domain, uint32_t sampling, int64_t boot_us);

/*
 * Writes one datagram with as many of `records` as fit, at exporter time
 * `now`.  Answers how many were taken (>= 1 when count > 0); *length gets the
 * datagram's bytes (<= FLOW_EXPORT_DATAGRAM_MAX).  v5 has room for IPv4,
 * counters and interfaces of 32 and 16 bits alone: other records are taken and
 * not written, and larger numbers stand as the largest there is.
 */
size_t flow_export_datagram(struct flow_export *export, struct at_event now,
			    const struct flow_record *records, size_t count,
			    uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX],
			    size_t *length);

#endif
