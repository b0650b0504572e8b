/* SPDX-License-Identifier: Apache-2.0 */
/* Sightings as lines of JSON. */
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
	if (sighting->marks & SIGHTING_HAS_EXPORTER)
		print_addr(&json, "exporter", &sighting->exporter);
	end(&json, text);
}
