/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detail records, line by line.  Each attribute that is of use is turned back
 * into what it was in the packet and handed to accounting_word.c.
 */
#include "lease/detail.h"

#include <string.h>

#include "lease/accounting_word.h"
#include "lease/detail_value.h"
#include "radius/numbers.h"

#define OCTETS_MAX 4096
#define PORT_VALUES_MAX (4 * ACCOUNTING_BLOCKS_MAX)
/* Our own number for the line Timestamp: no attribute of any packet. */
#define TIMESTAMP 0

struct attribute_name {
	const char *text;
	uint8_t type;
	uint8_t vendor_type; /* of the Broadband Forum */
	uint8_t tlv;         /* of IP-Port-Range */
	uint8_t form;        /* enum detail_form */
};

/* One value of an IP-Port-Range: they come one by one, not as a group. */
struct port_value {
	uint8_t tlv;
	uint32_t number;
};

struct record {
	struct accounting_word word;
	struct accounting_place place;
	struct port_value ports[PORT_VALUES_MAX];
	size_t port_count;
	size_t octet_count;
	uint8_t octets[OCTETS_MAX]; /* what the word's slices borrow */
	const char *reason;
};

static const struct attribute_name *
find_name(struct slice name)
{
	static const struct attribute_name names[] = {
	    {"User-Name", RADIUS_USER_NAME, 0, 0, DETAIL_TEXT},
	    {"NAS-IP-Address", RADIUS_NAS_IP_ADDRESS, 0, 0, DETAIL_ADDR4},
	    {"Framed-IP-Address", RADIUS_FRAMED_IP_ADDRESS, 0, 0, DETAIL_ADDR4},
	    {"Class", RADIUS_CLASS, 0, 0, DETAIL_OCTETS},
	    {"Calling-Station-Id", RADIUS_CALLING_STATION_ID, 0, 0,
	     DETAIL_TEXT},
	    {"NAS-Identifier", RADIUS_NAS_IDENTIFIER, 0, 0, DETAIL_TEXT},
	    {"Acct-Status-Type", RADIUS_ACCT_STATUS_TYPE, 0, 0, DETAIL_STATUS},
	    {"Acct-Delay-Time", RADIUS_ACCT_DELAY_TIME, 0, 0, DETAIL_NUMBER},
	    {"Acct-Session-Id", RADIUS_ACCT_SESSION_ID, 0, 0, DETAIL_TEXT},
	    {"Acct-Session-Time", RADIUS_ACCT_SESSION_TIME, 0, 0,
	     DETAIL_NUMBER},
	    {"Event-Timestamp", RADIUS_EVENT_TIMESTAMP, 0, 0, DETAIL_DATE},
	    {"NAS-IPv6-Address", RADIUS_NAS_IPV6_ADDRESS, 0, 0, DETAIL_ADDR6},
	    {"Framed-IPv6-Prefix", RADIUS_FRAMED_IPV6_PREFIX, 0, 0,
	     DETAIL_PREFIX6},
	    {"Delegated-IPv6-Prefix", RADIUS_DELEGATED_IPV6_PREFIX, 0, 0,
	     DETAIL_PREFIX6},
	    {"Framed-IPv6-Address", RADIUS_FRAMED_IPV6_ADDRESS, 0, 0,
	     DETAIL_ADDR6},
	    {"ADSL-Agent-Circuit-Id", RADIUS_VENDOR_SPECIFIC,
	     RADIUS_AGENT_CIRCUIT_ID, 0, DETAIL_OCTETS},
	    {"ADSL-Agent-Remote-Id", RADIUS_VENDOR_SPECIFIC,
	     RADIUS_AGENT_REMOTE_ID, 0, DETAIL_OCTETS},
	    {"IP-Port-Range-Ext-IPv4-Addr", RADIUS_EXTENDED_1, 0,
	     RADIUS_PORT_EXT_IPV4, DETAIL_ADDR4},
	    {"IP-Port-Range-Alloc", RADIUS_EXTENDED_1, 0, RADIUS_PORT_ALLOC,
	     DETAIL_ALLOC},
	    {"IP-Port-Range-Range-Start", RADIUS_EXTENDED_1, 0,
	     RADIUS_PORT_RANGE_START, DETAIL_NUMBER},
	    {"IP-Port-Range-Range-End", RADIUS_EXTENDED_1, 0,
	     RADIUS_PORT_RANGE_END, DETAIL_NUMBER},
	    {"Timestamp", TIMESTAMP, 0, 0, DETAIL_NUMBER},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal(name, names[i].text))
			return &names[i];
	return NULL;
}

static void
refuse(const struct accounting_place *place, const char *reason)
{
	if (place->output->refused)
		place->output->refused(place->output->context, place->offset,
				       reason);
}

static uint32_t
number_of(const uint8_t octets[4])
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
	       (uint32_t)octets[2] << 8 | octets[3];
}

static void
add_attribute(struct record *record, const struct attribute_name *name,
	      const uint8_t *octets, size_t length)
{
	struct radius_attribute attribute = {
	    .type = name->type,
	    .vendor = name->vendor_type ? RADIUS_VENDOR_BROADBAND_FORUM : 0,
	    .vendor_type = name->vendor_type,
	    .value = octets,
	    .length = length};

	if (name->type == TIMESTAMP) {
		record->place.arrival.us = (int64_t)number_of(octets) *
					   TIMES_SECOND_US;
	} else if (name->tlv) {
		if (record->port_count == PORT_VALUES_MAX) {
			record->reason = "record_long";
			return;
		}
		record->ports[record->port_count++] =
		    (struct port_value){.tlv = name->tlv,
					.number = number_of(octets)};
	} else {
		accounting_word_add(&record->word, &attribute, &record->place);
	}
}

/* A line TAB Name = value. */
static void
add_line(struct record *record, struct slice line)
{
	const struct attribute_name *name;
	struct slice value = line;
	struct slice head;
	uint8_t *octets;
	int length;

	value.at++;
	value.length--;
	head = slice_split(&value, ' ');
	if (value.length < 3 || value.at[0] != '=' || value.at[1] != ' ') {
		record->reason = "line";
		return;
	}
	value.at += 2;
	value.length -= 2;
	if (!detail_value_whole(value)) {
		record->reason = "line";
		return;
	}
	name = find_name(head);
	if (!name)
		return;
	if (OCTETS_MAX - record->octet_count < DETAIL_OCTETS_MAX) {
		record->reason = "record_long";
		return;
	}
	octets = record->octets + record->octet_count;
	length = detail_value(value, (enum detail_form)name->form, octets);
	if (length == LZ_E_UNSUPPORTED) {
		refuse(&record->place, "zone");
	} else if (length < 0) {
		record->reason = "value";
	} else {
		record->octet_count += (size_t)length;
		add_attribute(record, name, octets, (size_t)length);
	}
}

/*
 * How many values make one port range: all ranges must have the same ones in
 * the same order, else it couldn't be told whose address goes with which
 * ports.  0: it can't.
 */
static size_t
port_period(const struct record *record)
{
	const struct port_value *ports = record->ports;
	size_t period = 1;

	while (period < record->port_count && ports[period].tlv != ports[0].tlv)
		period++;
	for (size_t i = 0; i < period; i++)
		for (size_t j = 0; j < i; j++)
			if (ports[i].tlv == ports[j].tlv)
				return 0;
	for (size_t i = period; i < record->port_count; i++)
		if (ports[i].tlv != ports[i - period].tlv)
			return 0;
	return record->port_count % period ? 0 : period;
}

static void
add_blocks(struct record *record)
{
	size_t period = port_period(record);

	if (period == 0) {
		refuse(&record->place, "port_range");
		return;
	}
	for (size_t i = 0; i < record->port_count; i += period) {
		uint32_t values[RADIUS_PORT_RANGE_END + 1] = {0};
		struct addr outside;

		for (size_t j = i; j < i + period; j++)
			values[record->ports[j].tlv] = record->ports[j].number;
		outside = addr_from_v4(values[RADIUS_PORT_EXT_IPV4]);
		accounting_word_block(&record->word, &outside,
				      values[RADIUS_PORT_RANGE_START],
				      values[RADIUS_PORT_RANGE_END],
				      values[RADIUS_PORT_ALLOC],
				      &record->place);
	}
}

static void
finish(struct record *record)
{
	if (record->reason) {
		refuse(&record->place, record->reason);
		return;
	}
	if (record->port_count)
		add_blocks(record);
	accounting_word_say(&record->word, &record->place);
}

static void
begin(struct record *record, const struct lease_chunk *chunk, size_t offset)
{
	accounting_word_init(&record->word);
	record->place.arrival.us = TIMES_UNSET_US;
	record->place.offset = offset;
	record->place.origin = chunk->origin |
			       (offset <= LEASE_CHUNK_MAX ? offset : 0);
	record->port_count = 0;
	record->octet_count = 0;
	record->reason = NULL;
}

/* Bytes up to and with the empty line that ends a record; 0: not there yet. */
static size_t
record_length(struct slice bytes)
{
	size_t at = 0;

	while (at < bytes.length) {
		const char *end = memchr(bytes.at + at, '\n',
					 bytes.length - at);

		if (!end)
			return 0;
		if (end == bytes.at + at)
			return at + 1;
		at = (size_t)(end - bytes.at) + 1;
	}
	return 0;
}

/* Lines up to an empty one: a record, and before it such as were cut. */
static void
read_record(struct record *record, const struct lease_chunk *chunk,
	    struct slice rest)
{
	bool open = false;

	while (rest.length) {
		struct slice line = slice_split(&rest, '\n');

		if (line.length == 0)
			break;
		if (line.at[0] == '\t' && open) {
			if (!record->reason)
				add_line(record, line);
			continue;
		}
		/* A date line: a record that is open was never ended. */
		if (open)
			refuse(&record->place, "cut_record");
		begin(record, chunk, (size_t)(line.at - chunk->bytes.at));
		if (line.at[0] == '\t')
			record->reason = "no_header";
		open = true;
	}
	if (open)
		finish(record);
}

size_t
detail_feed(const struct accounting_conf *conf, const struct lease_chunk *chunk,
	    const struct lease_output *output)
{
	struct record record;
	struct slice rest = chunk->bytes;
	size_t length;

	record.place = (struct accounting_place){.conf = conf,
						 .output = output};
	while ((length = record_length(rest)) > 0) {
		read_record(&record, chunk, (struct slice){rest.at, length});
		rest.at += length;
		rest.length -= length;
	}
	/* A record as long as a chunk never gets whole. */
	if (rest.length && (chunk->end || rest.length >= LEASE_CHUNK_MAX)) {
		record.place.offset = chunk->bytes.length - rest.length;
		refuse(&record.place,
		       chunk->end ? "cut_record" : "record_long");
		rest.length = 0;
	}
	return chunk->bytes.length - rest.length;
}
