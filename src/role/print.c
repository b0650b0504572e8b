/* SPDX-License-Identifier: Apache-2.0 */
/* Flow records, exporters and sightings as lines of JSON. */
#include "role/print.h"

#include "base/json_writer.h"

static void
print_addr(struct json_writer *json, const char *key, const struct addr *addr)
{
	char buffer[ADDR_TEXT_SIZE];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	addr_format(&text, addr);
	json_string(json, key, buffer);
}

static void
begin(struct json_writer *json, struct text *text, const char *kind)
{
	json_writer_init(json, text);
	json_open_object(json, NULL);
	json_u64(json, "v", 1);
	json_string(json, "kind", kind);
}

static void
end(struct json_writer *json, struct text *text)
{
	json_close_object(json);
	text_char(text, '\n');
}

static const char *
sampling_name(uint8_t from)
{
	static const char *const names[] = {"unknown", "none", "announced",
					    "configured"};

	return from < sizeof(names) / sizeof(names[0]) ? names[from] : names[0];
}

static void
print_sampling(struct json_writer *json, uint32_t sampling, uint8_t from)
{
	if (sampling)
		json_u64(json, "sampling", sampling);
	json_string(json, "sampling_from", sampling_name(from));
}

void
print_flow(struct text *text, const struct flow_record *record,
	   const struct flow_exporter_stats *exporter)
{
	struct json_writer json;
	bool ports = record->proto == 6 || record->proto == 17 ||
		     record->proto == 132 || record->sport || record->dport;

	begin(&json, text, "flow");
	if (exporter) {
		print_addr(&json, "exporter", &exporter->addr);
		json_u64(&json, "domain", exporter->domain);
	}
	print_addr(&json, "src", &record->src);
	print_addr(&json, "dst", &record->dst);
	if (ports) {
		json_u64(&json, "sport", record->sport);
		json_u64(&json, "dport", record->dport);
	}
	json_u64(&json, "proto", record->proto);
	if (record->marks & FLOW_FLAGS_KNOWN && record->proto == 6)
		json_u64(&json, "tcp_flags", record->tcp_flags);
	json_u64(&json, "packets", record->packets);
	json_u64(&json, "bytes", record->bytes);
	print_sampling(&json, record->sampling, record->sampling_from);
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
	end(&json, text);
}

void
print_exporter(struct text *text, const struct flow_exporter_stats *exporter)
{
	struct json_writer json;
	bool v9 = exporter->protocol == FLOW_NETFLOW9;

	begin(&json, text, "exporter");
	print_addr(&json, "exporter", &exporter->addr);
	json_u64(&json, "domain", exporter->domain);
	json_string(&json, "protocol", v9 ? "netflow9" : "ipfix");
	json_u64(&json, "records", exporter->records);
	json_u64(&json, "datagrams", exporter->datagrams);
	json_u64(&json, "lost", exporter->lost);
	json_string(&json, "lost_unit", v9 ? "datagrams" : "records");
	json_u64(&json, "restarts", exporter->restarts);
	json_i64(&json, "clock_offset_s",
		 exporter->clock_offset_us / TIMES_SECOND_US);
	print_sampling(&json, exporter->sampling, exporter->sampling_from);
	json_u64(&json, "undecoded", exporter->undecoded);
	json_open_object(&json, "malformed");
	for (int i = 0; i < FLOW_MALFORMED_COUNT; i++)
		if (exporter->malformed[i])
			json_u64(&json,
				 flow_malformed_name((enum flow_malformed)i),
				 exporter->malformed[i]);
	json_close_object(&json);
	json_u64(&json, "implausible", exporter->implausible);
	json_bool(&json, "disputed", exporter->disputed);
	end(&json, text);
}

static void
print_ports(struct json_writer *json, const struct sighting *sighting)
{
	json_open_array(json, "ports");
	for (uint8_t i = 0; i < sighting->port_count; i++) {
		json_open_array(json, NULL);
		json_u64(json, NULL, sighting->ports[i].port);
		json_time(json, NULL, sighting->ports[i].time.us);
		json_close_array(json);
	}
	json_close_array(json);
}

static void
print_marked(struct json_writer *json, const struct sighting *sighting)
{
	print_addr(json, "address", &sighting->address);
	if (sighting->marks & SIGHTING_HAS_PORT)
		json_u64(json, "port", sighting->port);
	json_u64(json, "proto", sighting->proto);
	if (sighting->marks & SIGHTING_HAS_PEER)
		print_addr(json, "peer", &sighting->peer);
	if (sighting->marks & SIGHTING_HAS_PEER_PORT)
		json_u64(json, "peer_port", sighting->peer_port);
	if (sighting->family[0])
		json_string(json, "family", sighting->family);
	if (sighting->port_count)
		print_ports(json, sighting);
}

void
print_sighting(struct text *text, const struct sighting *sighting)
{
	struct json_writer json;

	begin(&json, text, "sighting");
	json_hex(&json, "id", sighting->id, SIGHTING_ID_SIZE);
	json_time(&json, "time", sighting->time.us);
	json_time(&json, "known", sighting->known.us);
	json_time(&json, "received", sighting->known.us);
	json_time(&json, "first", sighting->first.us);
	json_time(&json, "last", sighting->last.us);
	json_i64(&json, "time_error_s",
		 (sighting->time_error_us + TIMES_SECOND_US - 1) /
		     TIMES_SECOND_US);
	json_string(&json, "origin", sighting->origin);
	json_string(&json, "class", rsit_class_name(sighting->class));
	json_string(&json, "role", sighting_role_name(sighting->role));
	print_marked(&json, sighting);
	json_i64(&json, "weight", sighting->weight_milli);
	json_u64(&json, "samples", sighting->samples);
	if (sighting->sampling)
		json_u64(&json, "sampling", sighting->sampling);
	json_bool(&json, "spoofable", sighting->marks & SIGHTING_SPOOFABLE);
	json_string(&json, "entered", entered_name(sighting->entered));
	json_string(&json, "detector", sighting->detector);
	end(&json, text);
}
