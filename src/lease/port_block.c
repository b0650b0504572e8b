/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of port-block logs. */
#include "lease/port_block.h"

#include <string.h>

#include "lease/port_tenure.h"

#define CISCO_FIELDS_MIN 9
#define CISCO_FIELDS_MAX 11

/* What all entries of a message share. */
struct reading {
	const struct port_block_conf *conf;
	const struct lease_output *output;
	struct syslog_message message;
	struct at_event own; /* the last time of the text's own, so far */
	struct at_arrival arrival;
	uint64_t origin;
};

struct entry_form;
typedef const char *entry_reader(const struct reading *reading,
				 const struct entry_form *form,
				 struct slice entry);

struct entry_form {
	const char *name;
	uint8_t kind;
	bool single; /* Cisco: one session's port */
	entry_reader *read;
};

static entry_reader read_services, read_firewall, read_cisco;

static const struct entry_form forms[] = {
    {"NAT_PORT_BLOCK_ALLOC", LEASE_START, false, read_services},
    {"NAT_PORT_BLOCK_RELEASE", LEASE_STOP, false, read_services},
    {"NAT_PORT_BLOCK_ACTIVE", LEASE_ALIVE, false, read_services},
    {"RT_SRC_NAT_PBA_ALLOC", LEASE_START, false, read_firewall},
    {"RT_SRC_NAT_PBA_RELEASE", LEASE_STOP, false, read_firewall},
    {"RT_SRC_NAT_PBA_INTERIM", LEASE_ALIVE, false, read_firewall},
    {"[UserbasedA ", LEASE_START, false, read_cisco},
    {"[UserbasedW ", LEASE_STOP, false, read_cisco},
    {"[SessionbasedA ", LEASE_START, true, read_cisco},
    {"[SessionbasedAD ", LEASE_START, true, read_cisco},
    {"[SessionbasedW ", LEASE_STOP, true, read_cisco},
    {"[SessionbasedWD ", LEASE_STOP, true, read_cisco},
};

/* Where `name` begins in a text; its length where it doesn't. */
static size_t
find(struct slice text, const char *name)
{
	const size_t length = strlen(name);
	size_t at = 0;

	while (text.length - at >= length) {
		const char *first = memchr(text.at + at, name[0],
					   text.length - at - length + 1);

		if (!first)
			break;
		at = (size_t)(first - text.at);
		if (memcmp(first, name, length) == 0)
			return at;
		at++;
	}
	return text.length;
}

static struct slice
behind(struct slice text, size_t at)
{
	return (struct slice){text.at + at, text.length - at};
}

static void
skip_blanks(struct slice *rest)
{
	while (rest->length > 0 && rest->at[0] == ' ')
		*rest = behind(*rest, 1);
}

/* All up to a blank or one of `ends`; moves to it. */
static struct slice
token(struct slice *rest, const char *ends)
{
	struct slice taken;
	size_t at = 0;

	skip_blanks(rest);
	while (at < rest->length && rest->at[at] != ' ' &&
	       rest->at[at] != '\0' && !strchr(ends, rest->at[at]))
		at++;
	taken = (struct slice){rest->at, at};
	*rest = behind(*rest, at);
	return taken;
}

static bool
take(struct slice *rest, const char *text)
{
	const size_t length = strlen(text);

	skip_blanks(rest);
	if (rest->length < length || memcmp(rest->at, text, length) != 0)
		return false;
	*rest = behind(*rest, length);
	return true;
}

static bool
port_of(struct slice text, uint16_t *port)
{
	uint64_t value;

	if (slice_u64(text, UINT16_MAX, &value) != 0)
		return false;
	*port = (uint16_t)value;
	return true;
}

/* "1024-1535" */
static bool
ports_of(struct slice text, struct port_tenure *tenure)
{
	const struct slice first = slice_split(&text, '-');

	return port_of(first, &tenure->first) && port_of(text, &tenure->last);
}

/* Its time: its own where there is one, else the message's. */
static struct port_tenure
begin(const struct reading *reading, const struct entry_form *form,
      struct at_event own)
{
	struct port_tenure tenure = {.kind = form->kind,
				     .single = form->single,
				     .inside_realm = reading->conf->realm,
				     .start = times_unset(),
				     .speaker = reading->message.host,
				     .arrival = reading->arrival,
				     .origin = reading->origin};

	if (times_is_set(own)) {
		tenure.at = own;
		tenure.error_us = TIMES_SECOND_US;
	} else if (times_is_set(reading->message.time)) {
		tenure.at = reading->message.time;
		tenure.error_us = reading->message.error_us;
	} else {
		tenure.at.us = reading->arrival.us;
		tenure.error_us = PORT_TENURE_UNDATED_US;
	}
	port_tenure_doubt(&tenure, reading->arrival.us);
	return tenure;
}

/*
 * The word of a block's creation: seconds since 1970, in hexadecimal.  It tells
 * a block from the next of the same ports, and shows a clock set wrongly.
 */
static void
set_word(struct port_tenure *tenure, struct slice word)
{
	char text[2 + 16 + 1] = "0x";
	uint64_t created_s;
	int64_t created_us;

	if (word.length == 0 || word.length > 16)
		return;
	memcpy(text + 2, word.at, word.length);
	text[2 + word.length] = '\0';
	if (slice_hex(slice_of(text), UINT32_MAX, &created_s) != 0)
		return;
	tenure->word = word;
	created_us = (int64_t)created_s * TIMES_SECOND_US;
	if (created_us < TIMES_EARLIEST_US)
		return;
	if (tenure->kind == LEASE_START) {
		port_tenure_doubt(tenure, created_us);
	} else if (created_us <= tenure->at.us) {
		tenure->start.us = created_us;
		tenure->marks |= LEASE_START_INFERRED;
	}
}

/* "2026-11-25 01:02:03", the last of them in a text; UTC. */
static struct at_event
own_time(struct slice text)
{
	struct at_event found = times_unset();

	for (size_t at = 0; text.length - at >= 19; at++) {
		char stamp[21];
		int64_t us;

		if (text.at[at + 4] != '-' || text.at[at + 7] != '-' ||
		    text.at[at + 10] != ' ')
			continue;
		memcpy(stamp, text.at + at, 19);
		stamp[19] = 'Z';
		stamp[20] = '\0';
		if (times_parse(slice_of(stamp), &us) == 0)
			found.us = us;
	}
	return found;
}

/* ": 10.0.0.2 -> 203.0.113.40:1024-1535 0x5bcf0b85" */
static const char *
read_services(const struct reading *reading, const struct entry_form *form,
	      struct slice entry)
{
	struct port_tenure tenure = begin(reading, form, reading->own);
	struct slice outside, ports;

	if (!take(&entry, ":") ||
	    addr_parse(token(&entry, ""), &tenure.inside) != 0 ||
	    !take(&entry, "->"))
		return "entry";
	outside = token(&entry, "");
	/* Its last colon: an IPv6 address holds others. */
	for (size_t at = outside.length; at > 0; at--) {
		if (outside.at[at - 1] != ':')
			continue;
		ports = behind(outside, at);
		outside.length = at - 1;
		if (addr_parse(outside, &tenure.outside) != 0 ||
		    !ports_of(ports, &tenure))
			return "entry";
		if (take(&entry, "0x"))
			set_word(&tenure, token(&entry, ",;]"));
		return port_tenure_say(&tenure, reading->output);
	}
	return "entry";
}

/* The text between `name` and `end`; empty where there is none. */
static struct slice
between(struct slice entry, const char *name, char end)
{
	const size_t at = find(entry, name);
	struct slice rest;

	if (at == entry.length)
		return (struct slice){0};
	rest = behind(entry, at + strlen(name));
	return memchr(rest.at, end, rest.length) ? slice_split(&rest, end)
						 : (struct slice){0};
}

/* [junos@2636... internal-ip="10.0.0.2" block-port-low="1024" ...] */
static const char *
read_firewall_data(const struct reading *reading, struct slice entry,
		   struct port_tenure *tenure)
{
	if (addr_parse(between(entry, "internal-ip=\"", '"'),
		       &tenure->inside) != 0 ||
	    addr_parse(between(entry, "reflexive-ip=\"", '"'),
		       &tenure->outside) != 0 ||
	    !port_of(between(entry, "block-port-low=\"", '"'),
		     &tenure->first) ||
	    !port_of(between(entry, "block-port-high=\"", '"'), &tenure->last))
		return "entry";
	set_word(tenure, between(entry, "epoch-time-64=\"", '"'));
	return port_tenure_say(tenure, reading->output);
}

/* ": Subscriber 10.0.0.2 used/maximum [1/8] blocks, allocates port block
 * [1024-1535] from 203.0.113.40 in source pool p lsys_id: 0 epoch 0x..." */
static const char *
read_firewall(const struct reading *reading, const struct entry_form *form,
	      struct slice entry)
{
	struct port_tenure tenure = begin(reading, form, times_unset());
	size_t at;

	if (!take(&entry, ":"))
		return read_firewall_data(reading, entry, &tenure);
	if (!take(&entry, "Subscriber ") ||
	    addr_parse(token(&entry, ""), &tenure.inside) != 0 ||
	    !ports_of(between(entry, "port block [", ']'), &tenure))
		return "entry";
	at = find(entry, "] from ");
	if (at == entry.length)
		return "entry";
	entry = behind(entry, at + strlen("] from "));
	if (addr_parse(token(&entry, ","), &tenure.outside) != 0)
		return "entry";
	at = find(entry, " epoch 0x");
	if (at < entry.length) {
		entry = behind(entry, at + strlen(" epoch 0x"));
		set_word(&tenure, token(&entry, ",;"));
	}
	return port_tenure_say(&tenure, reading->output);
}

static bool
said(struct slice field)
{
	return field.length > 0 && !slice_equal(field, "-");
}

static bool
set_realm(const struct port_block_conf *conf, struct slice vrf,
	  struct port_tenure *tenure)
{
	if (!said(vrf))
		return true;
	for (size_t i = 0; i < conf->vrf_count; i++) {
		const char *name = conf->vrfs[i].name;

		if (strcmp(name, "*") != 0 && !slice_equal(vrf, name))
			continue;
		tenure->inside_realm = conf->vrfs[i].realm;
		return true;
	}
	return false;
}

/*
 * EVENT L4 INSIDE VRF INSIDE-IPV6 OUTSIDE INSIDE-PORT FIRST LAST PEER PEER-PORT
 * with "-" for what doesn't apply; blocks end before the peer.
 */
static const char *
cisco_fields(const struct reading *reading, const struct slice *fields,
	     size_t count, struct port_tenure *tenure)
{
	/* Of a softwire its IPv6 end is the subscriber's. */
	const struct slice inside = said(fields[4]) ? fields[4] : fields[2];

	if (said(fields[1]) && addr_proto_parse(fields[1], &tenure->proto) != 0)
		return "entry";
	if (addr_parse(inside, &tenure->inside) != 0 ||
	    addr_parse(fields[5], &tenure->outside) != 0 ||
	    !port_of(fields[7], &tenure->first))
		return "entry";
	tenure->last = tenure->first;
	if (said(fields[8]) ? !port_of(fields[8], &tenure->last)
			    : !tenure->single)
		return "entry";
	if (!set_realm(reading->conf, fields[3], tenure))
		return "vrf_unset";
	/* Sessions of one port to several peers end each for itself. */
	if (tenure->single && count == CISCO_FIELDS_MAX && said(fields[9]))
		tenure->word =
		    (struct slice){fields[9].at,
				   (size_t)(fields[10].at + fields[10].length -
					    fields[9].at)};
	return port_tenure_say(tenure, reading->output);
}

static const char *
read_cisco(const struct reading *reading, const struct entry_form *form,
	   struct slice entry)
{
	struct port_tenure tenure = begin(reading, form, times_unset());
	struct slice fields[CISCO_FIELDS_MAX] = {{form->name, 0}};
	size_t count = 1;

	if (!memchr(entry.at, ']', entry.length))
		return "entry";
	entry = slice_split(&entry, ']');
	for (;;) {
		const struct slice field = token(&entry, "");

		if (field.length == 0)
			break;
		if (count == CISCO_FIELDS_MAX)
			return "entry";
		fields[count++] = field;
	}
	return count < CISCO_FIELDS_MIN
		   ? "entry"
		   : cisco_fields(reading, fields, count, &tenure);
}

/* The next entry in a text: its form; where it begins, and what follows. */
static const struct entry_form *
next_entry(struct slice text, size_t *at)
{
	const struct entry_form *found = NULL;

	*at = text.length;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		/* Nothing behind the nearest so far is nearer. */
		const size_t limit = *at + strlen(forms[i].name);
		const struct slice near = {text.at, limit < text.length
							? limit
							: text.length};
		const size_t here = find(near, forms[i].name);

		if (here < near.length && here < *at) {
			*at = here;
			found = &forms[i];
		}
	}
	return found;
}

size_t
port_block_read(const struct port_block_conf *conf, struct slice bytes,
		struct at_arrival arrival, uint64_t origin,
		const struct lease_output *output)
{
	struct reading reading = {.conf = conf,
				  .output = output,
				  .own = times_unset(),
				  .arrival = arrival,
				  .origin = origin};
	const char *reason = syslog_parse(bytes, conf->zone_offset_s, arrival,
					  &reading.message);
	struct slice rest = reason ? bytes : reading.message.rest;
	size_t count = 0, at;
	const struct entry_form *form = next_entry(rest, &at);

	while (form) {
		const struct at_event own =
		    own_time((struct slice){rest.at, at});
		const size_t offset = (size_t)(rest.at + at - bytes.at);
		const char *refused = reason;
		const struct entry_form *next;
		struct slice entry;

		rest = behind(rest, at + strlen(form->name));
		next = next_entry(rest, &at);
		/* Up to the next one, so that nobody reads another's fields. */
		entry = (struct slice){rest.at, at};
		if (times_is_set(own))
			reading.own = own;
		if (!refused)
			refused = form->read(&reading, form, entry);
		if (refused)
			port_tenure_refuse(output, offset, refused);
		count++;
		form = reason ? NULL : next;
	}
	return count;
}
