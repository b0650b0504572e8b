/* SPDX-License-Identifier: Apache-2.0 */
/* A translator's event out of a data record's values. */
#include <string.h>

#include "flow/nat_record.h"

/* An event is told when it happens: what is further off is a wrong clock. */
#define PROMPT_US TIMES_MINUTE_US

static uint64_t
number(const struct template_values *values, enum template_value value)
{
	return template_has(values, value) ? values->numbers[value] : 0;
}

static struct addr
addr_of(const struct template_values *values, enum template_value v4,
	enum template_value v6)
{
	const uint8_t *const *addrs = values->addrs;
	struct addr addr = {{0}};

	/* Of a softwire both are said: its IPv6 end is the subscriber's. */
	if (template_has(values, v6))
		addr = addr_from_v6_bytes(addrs[v6 - VALUE_NUMBERS]);
	if (template_has(values, v4) && addr_is_unspecified(&addr))
		addr = addr_from_v4_bytes(addrs[v4 - VALUE_NUMBERS]);
	/* 0.0.0.0 says as little as :: does. */
	if (addr_is_unspecified(&addr))
		memset(&addr, 0, sizeof(addr));
	return addr;
}

static void
set_time(const struct exporter_stamp *stamp,
	 const struct template_values *values, struct nat_event *event)
{
	const int64_t export_us = stamp->base.export_us;
	int64_t us, off_us;

	if (!flow_time_observed(values, &us)) {
		us = export_us;
		event->marks |= NAT_TIME_OF_EXPORT;
	}
	off_us = us - export_us;
	if (off_us > PROMPT_US || off_us < -PROMPT_US)
		event->marks |= NAT_TIME_DOUBTED;
	if (stamp->doubtful)
		event->marks |= NAT_CLOCK_DOUBTED;
	event->at.us = us - stamp->offset_us;
	event->exported.us = export_us - stamp->offset_us;
	event->error_us = event->exported.us - stamp->arrival_us;
	if (event->error_us < 0)
		event->error_us = -event->error_us;
}

/* A port as said, or a number that is none: told apart by the caller's mark. */
static uint16_t
port_of(const struct template_values *values, enum template_value value,
	uint8_t mark, struct nat_event *event)
{
	const uint64_t port = number(values, value);

	if (!template_has(values, value) || port > UINT16_MAX)
		return 0;
	event->marks |= mark;
	return (uint16_t)port;
}

void
nat_record_fill(const struct exporter *exporter,
		const struct exporter_stamp *stamp,
		const struct template_values *values, struct nat_event *event)
{
	const uint64_t natted = number(values, VALUE_NAT_EVENT);
	const uint64_t count = number(values, VALUE_PORT_COUNT);

	memset(event, 0, sizeof(*event));
	set_time(stamp, values, event);
	event->exporter = exporter->index;
	event->event = natted <= UINT16_MAX ? (uint16_t)natted : 0;
	event->inside = addr_of(values, VALUE_SRC_V4, VALUE_SRC_V6);
	event->outside = addr_of(values, VALUE_OUTSIDE_V4, VALUE_OUTSIDE_V6);
	event->peer = addr_of(values, VALUE_DST_V4, VALUE_DST_V6);
	event->inside_port = port_of(values, VALUE_SPORT, 0, event);
	event->peer_port = port_of(values, VALUE_DPORT, 0, event);
	event->outside_port = port_of(values, VALUE_OUTSIDE_PORT, NAT_HAS_PORT,
				      event);
	event->port_first = port_of(values, VALUE_PORT_FIRST, NAT_HAS_FIRST,
				    event);
	event->port_last = port_of(values, VALUE_PORT_LAST, NAT_HAS_LAST,
				   event);
	event->port_step = port_of(values, VALUE_PORT_STEP, 0, event);
	if (template_has(values, VALUE_PORT_COUNT) && count <= UINT32_MAX) {
		event->port_count = (uint32_t)count;
		event->marks |= NAT_HAS_COUNT;
	}
	event->vrf = (uint32_t)number(values, template_has(values, VALUE_VRF)
						  ? VALUE_VRF
						  : VALUE_REALM);
	event->instance = (uint32_t)number(values, VALUE_NAT_INSTANCE);
	event->proto = (uint8_t)number(values, VALUE_PROTO);
}
