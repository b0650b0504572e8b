/* SPDX-License-Identifier: Apache-2.0 */
/* One line a flow record or exporter. */
#include "role/print_flow.h"

#include <stdio.h>

#include "base/json_writer.h"

#define LINE_SIZE 2048

static void
addr_text(char buffer[ADDR_TEXT_SIZE], const struct addr *addr)
{
	struct text text;

	text_init(&text, buffer, ADDR_TEXT_SIZE);
	addr_format(&text, addr);
}

static void
json_addr(struct json_writer *json, const char *key, const struct addr *addr)
{
	char buffer[ADDR_TEXT_SIZE];

	addr_text(buffer, addr);
	json_string(json, key, buffer);
}

static const char *
sampling_name(uint8_t from)
{
	static const char *const names[] = {"unknown", "none", "announced",
					    "configured"};

	return names[from & 3];
}

static void
json_begin(struct json_writer *json, struct text *text, char line[LINE_SIZE],
	   const char *kind)
{
	text_init(text, line, LINE_SIZE);
	json_writer_init(json, text);
	json_open_object(json, NULL);
	json_u64(json, "v", 1);
	json_string(json, "kind", kind);
}

static void
json_flow(const struct flow_record *record,
	  const struct flow_exporter_stats *exporter)
{
	char line[LINE_SIZE];
	struct text text;
	struct json_writer json;

	json_begin(&json, &text, line, "flow");
	if (exporter) {
		json_addr(&json, "exporter", &exporter->addr);
		json_u64(&json, "domain", exporter->domain);
	}
	json_addr(&json, "src", &record->src);
	json_addr(&json, "dst", &record->dst);
	if (record->marks & FLOW_ICMP_KNOWN) {
		json_u64(&json, "icmp_type", record->icmp_type);
		json_u64(&json, "icmp_code", record->icmp_code);
	} else {
		json_u64(&json, "sport", record->sport);
		json_u64(&json, "dport", record->dport);
	}
	json_u64(&json, "proto", record->proto);
	if (record->marks & FLOW_FLAGS_KNOWN)
		json_u64(&json, "tcp_flags", record->tcp_flags);
	json_u64(&json, "packets", record->packets);
	json_u64(&json, "bytes", record->bytes);
	if (record->sampling > 0)
		json_u64(&json, "sampling", record->sampling);
	json_string(&json, "sampling_from",
		    sampling_name(record->sampling_from));
	if (exporter) {
		json_u64(&json, "in_if", record->in_if);
		json_u64(&json, "out_if", record->out_if);
		json_u64(&json, "vrf", record->vrf);
	}
	json_string(&json, "entered", entered_name(record->entered));
	json_time(&json, "start", record->start.us);
	json_time(&json, "end", record->end.us);
	if (record->direction != FLOW_DIRECTION_UNKNOWN)
		json_string(&json, "direction",
			    record->direction == FLOW_DIRECTION_IN ? "in"
								   : "out");
	if (record->marks & FLOW_IMPLAUSIBLE)
		json_bool(&json, "implausible", true);
	json_close_object(&json);
	puts(line);
}

void
print_flow(const struct flow_record *record,
	   const struct flow_exporter_stats *exporter, bool json)
{
	char src[ADDR_TEXT_SIZE], dst[ADDR_TEXT_SIZE];
	char start[TIMES_RFC3339_SIZE];
	const char *proto = addr_proto_name(record->proto);
	struct text text;

	if (json) {
		json_flow(record, exporter);
		return;
	}
	addr_text(src, &record->src);
	addr_text(dst, &record->dst);
	text_init(&text, start, sizeof(start));
	times_format(&text, record->start.us);
	printf("%s %9.3f s %-9s %s:%u > %s:%u %llu packets %llu bytes\n", start,
	       (double)(record->end.us - record->start.us) / 1e6,
	       proto ? proto : "other", src, record->sport, dst, record->dport,
	       (unsigned long long)record->packets,
	       (unsigned long long)record->bytes);
}

/* The range of ports that is meant; false: none was said. */
static bool
nat_ports(const struct nat_event *event, unsigned *first, unsigned *last)
{
	*first = event->port_first;
	*last = event->port_last;
	if (event->marks & NAT_HAS_FIRST)
		return (event->marks & NAT_HAS_LAST) != 0;
	*first = event->outside_port;
	*last = event->outside_port;
	return (event->marks & NAT_HAS_PORT) != 0;
}

static void
json_nat(const struct nat_event *event,
	 const struct flow_exporter_stats *exporter)
{
	char line[LINE_SIZE];
	struct text text;
	struct json_writer json;
	unsigned first, last;

	json_begin(&json, &text, line, "nat");
	json_addr(&json, "exporter", &exporter->addr);
	json_u64(&json, "domain", exporter->domain);
	json_string(&json, "event", nat_event_name(event->event));
	json_u64(&json, "nat_event", event->event);
	if (!addr_is_unspecified(&event->inside))
		json_addr(&json, "inside", &event->inside);
	if (event->inside_port > 0)
		json_u64(&json, "inside_port", event->inside_port);
	if (!addr_is_unspecified(&event->outside))
		json_addr(&json, "outside", &event->outside);
	if (nat_ports(event, &first, &last)) {
		json_u64(&json, "port_first", first);
		json_u64(&json, "port_last", last);
	} else if (event->marks & NAT_HAS_FIRST) {
		json_u64(&json, "port_first", first);
	}
	if (event->port_step > 0)
		json_u64(&json, "port_step", event->port_step);
	if (event->marks & NAT_HAS_COUNT)
		json_u64(&json, "port_count", event->port_count);
	if (event->proto > 0)
		json_u64(&json, "proto", event->proto);
	if (event->vrf > 0)
		json_u64(&json, "vrf", event->vrf);
	json_time(&json, "time", event->at.us);
	json_string(&json, "time_from",
		    event->marks & NAT_TIME_OF_EXPORT ? "export" : "observed");
	if (event->marks & (NAT_TIME_DOUBTED | NAT_CLOCK_DOUBTED))
		json_bool(&json, "time_doubted", true);
	json_close_object(&json);
	puts(line);
}

void
print_nat(const struct nat_event *event,
	  const struct flow_exporter_stats *exporter, bool json)
{
	char inside[ADDR_TEXT_SIZE], outside[ADDR_TEXT_SIZE];
	char time[TIMES_RFC3339_SIZE];
	unsigned first = 0, last = 0;
	struct text text;

	if (json) {
		json_nat(event, exporter);
		return;
	}
	addr_text(inside, &event->inside);
	addr_text(outside, &event->outside);
	text_init(&text, time, sizeof(time));
	times_format(&text, event->at.us);
	(void)nat_ports(event, &first, &last);
	printf("%s nat %s %s > %s:%u-%u%s\n", time,
	       nat_event_name(event->event), inside, outside, first, last,
	       event->marks & NAT_TIME_OF_EXPORT ? " (time of export)" : "");
}

static void
json_exporter(const struct flow_exporter_stats *exporter)
{
	char line[LINE_SIZE];
	struct text text;
	struct json_writer json;

	json_begin(&json, &text, line, "exporter");
	json_addr(&json, "exporter", &exporter->addr);
	json_u64(&json, "domain", exporter->domain);
	json_string(&json, "protocol", flow_protocol_name(exporter->protocol));
	json_u64(&json, "records", exporter->records);
	if (exporter->nat_events > 0)
		json_u64(&json, "nat_events", exporter->nat_events);
	json_u64(&json, "datagrams", exporter->datagrams);
	json_u64(&json, "lost", exporter->lost);
	json_string(&json, "lost_unit",
		    flow_protocol_lost_unit(exporter->protocol));
	json_u64(&json, "restarts", exporter->restarts);
	json_i64(&json, "clock_offset_s",
		 exporter->clock_offset_us / TIMES_SECOND_US);
	json_string(&json, "sampling_from",
		    sampling_name(exporter->sampling_from));
	json_u64(&json, "undecoded", exporter->undecoded);
	json_open_object(&json, "given_up");
	for (unsigned i = 0; i < FLOW_GIVEN_UP_COUNT; i++)
		if (exporter->given_up[i] > 0)
			json_u64(&json, flow_given_up_name(i),
				 exporter->given_up[i]);
	json_close_object(&json);
	json_open_object(&json, "malformed");
	for (unsigned i = 0; i < FLOW_MALFORMED_COUNT; i++)
		if (exporter->malformed[i] > 0)
			json_u64(&json, flow_malformed_name(i),
				 exporter->malformed[i]);
	json_close_object(&json);
	json_u64(&json, "implausible", exporter->implausible);
	json_u64(&json, "clock_doubts", exporter->clock_doubts);
	json_bool(&json, "disputed", exporter->disputed);
	json_close_object(&json);
	puts(line);
}

void
print_exporter(const struct flow_exporter_stats *exporter, bool json)
{
	char addr[ADDR_TEXT_SIZE];

	if (json) {
		json_exporter(exporter);
		return;
	}
	addr_text(addr, &exporter->addr);
	printf("exporter %s domain %u: %llu records in %llu datagrams, "
	       "%llu %s lost, %llu undecoded%s\n",
	       addr, exporter->domain, (unsigned long long)exporter->records,
	       (unsigned long long)exporter->datagrams,
	       (unsigned long long)exporter->lost,
	       flow_protocol_lost_unit(exporter->protocol),
	       (unsigned long long)exporter->undecoded,
	       exporter->disputed ? ", disputed" : "");
}
