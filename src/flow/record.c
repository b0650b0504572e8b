/* SPDX-License-Identifier: Apache-2.0 */
/* A flow record out of a data record's values. */
#include <string.h>

#include "flow/record.h"

#define ICMP 1
#define ICMP6 58
#define PACKET_BYTES_MAX 65535

static void
set_icmp(const struct template_values *values, struct flow_record *record)
{
	const uint64_t *numbers = values->numbers;
	uint64_t both = 0;

	if (template_has(values, VALUE_ICMP_TYPE)) {
		both = numbers[VALUE_ICMP_TYPE] << 8;
		if (template_has(values, VALUE_ICMP_CODE))
			both |= numbers[VALUE_ICMP_CODE] & 0xff;
	} else if (template_has(values, VALUE_ICMP)) {
		both = numbers[VALUE_ICMP];
	} else if (template_has(values, VALUE_DPORT)) {
		/* Where routers without a field of its own put it. */
		both = record->dport;
	} else {
		return;
	}
	record->icmp_type = (uint8_t)(both >> 8);
	record->icmp_code = (uint8_t)both;
	record->marks |= FLOW_ICMP_KNOWN;
	record->sport = 0;
	record->dport = 0;
}

/* Counters that no link can have carried: all ones, or packets too large.
 * Firewalls that say bytes alone have no packets to compare them with. */
static bool
is_implausible(const struct template_values *values,
	       const struct flow_record *record)
{
	if (record->packets == 0)
		return record->bytes > 0 && template_has(values, VALUE_PACKETS);
	return record->packets == UINT32_MAX || record->bytes == UINT32_MAX ||
	       record->packets >= UINT64_MAX >> 16 ||
	       record->bytes / record->packets > PACKET_BYTES_MAX;
}

static void
set_addresses(const struct template_values *values, struct flow_record *record)
{
	const uint8_t *const *addrs = values->addrs;

	if (template_has(values, VALUE_SRC_V6))
		record->src =
		    addr_from_v6_bytes(addrs[VALUE_SRC_V6 - VALUE_NUMBERS]);
	if (template_has(values, VALUE_DST_V6))
		record->dst =
		    addr_from_v6_bytes(addrs[VALUE_DST_V6 - VALUE_NUMBERS]);
	/* A template with both families fills the one it doesn't use with 0. */
	if (template_has(values, VALUE_SRC_V4) &&
	    (!template_has(values, VALUE_SRC_V6) ||
	     addr_is_unspecified(&record->src)))
		record->src =
		    addr_from_v4_bytes(addrs[VALUE_SRC_V4 - VALUE_NUMBERS]);
	if (template_has(values, VALUE_DST_V4) &&
	    (!template_has(values, VALUE_DST_V6) ||
	     addr_is_unspecified(&record->dst)))
		record->dst =
		    addr_from_v4_bytes(addrs[VALUE_DST_V4 - VALUE_NUMBERS]);
}

static uint64_t
number(const struct template_values *values, enum template_value value)
{
	return template_has(values, value) ? values->numbers[value] : 0;
}

void
record_fill(struct exporter *exporter, const struct exporter_stamp *stamp,
	    const struct template_values *values, struct flow_record *record)
{
	int64_t offset_us = stamp->offset_us;
	bool timely;

	memset(record, 0, sizeof(*record));
	set_addresses(values, record);
	timely = flow_time_of(values, &stamp->base, &record->start.us,
			      &record->end.us);
	record->start.us -= offset_us;
	record->end.us -= offset_us;
	record->exported.us = stamp->base.export_us - offset_us;
	record->exporter = exporter->index;
	record->packets = number(values, VALUE_PACKETS);
	record->bytes = number(values, VALUE_BYTES);

	record->in_if = (uint32_t)number(values, VALUE_IN_IF);
	record->out_if = (uint32_t)number(values, VALUE_OUT_IF);
	record->vrf = (uint32_t)number(values, VALUE_VRF);
	record->sport = (uint16_t)number(values, VALUE_SPORT);
	record->dport = (uint16_t)number(values, VALUE_DPORT);
	record->proto = (uint8_t)number(values, VALUE_PROTO);
	record->tcp_flags = (uint8_t)number(values, VALUE_TCP_FLAGS);
	record->direction = template_has(values, VALUE_DIRECTION)
				? (uint8_t)number(values, VALUE_DIRECTION)
				: FLOW_DIRECTION_UNKNOWN;
	if (template_has(values, VALUE_TCP_FLAGS))
		record->marks |= FLOW_FLAGS_KNOWN;
	record->entered = exporter_entered(exporter, record->in_if);
	record->sampling = exporter_sampling(exporter, values,
					     &record->sampling_from);
	if (record->proto == ICMP || record->proto == ICMP6)
		set_icmp(values, record);
	if (!timely || stamp->doubtful || is_implausible(values, record)) {
		record->marks |= FLOW_IMPLAUSIBLE;
		exporter->stats.implausible++;
	}
	record->packets_low = record->packets;
	record->packets_high = record->packets;
}

bool
record_is_flow(const struct template *template)
{
	const uint64_t v4 = UINT64_C(1) << VALUE_SRC_V4 | UINT64_C(1)
							      << VALUE_DST_V4;
	const uint64_t v6 = UINT64_C(1) << VALUE_SRC_V6 | UINT64_C(1)
							      << VALUE_DST_V6;

	return ((template->present & v4) == v4 ||
		(template->present & v6) == v6) &&
	       !(template->present >> VALUE_NAT_EVENT & 1);
}
