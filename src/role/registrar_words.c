/* SPDX-License-Identifier: Apache-2.0 */
/* The decoders' reasons in words. */
#include "role/registrar_words.h"

#include <stddef.h>
#include <string.h>

#include "lease/nat.h"
#include "lease/port_block.h"

static const struct {
	const char *reason, *words;
} table[] = {
    /* RADIUS: packets, detail files, radacct */
    {"packet", "a record that is no RADIUS packet was passed over"},
    {"code", "a packet that is no Accounting-Request was passed over"},
    {"no_status_type", "a record without Acct-Status-Type was passed over: it "
		       "doesn't say what happened"},
    {"status_failed", "a record of a failed login was passed over: nobody "
		      "held anything"},
    {"status_tunnel", "a record of a tunnel was passed over: it holds no "
		      "address"},
    {"status_unknown", "a record of an unknown Acct-Status-Type was passed "
		       "over"},
    {"attribute_twice", "a record that says one thing twice was passed over"},
    {"no_session_id", "a record without Acct-Session-Id was passed over: it "
		      "can't be told whose end comes later"},
    {"session_id", "a record whose Acct-Session-Id is too long or no text was "
		   "passed over"},
    {"nas_not_allowed", "a record names a NAS that isn't listed and was passed "
			"over: add it to 'nas' of the client, if it is right"},
    {"nas_not_its_own", "a record names another NAS than its sender; it counts "
			"as the sender's: name the other under 'nas' of the "
			"client, or set 'proxy: true' where it forwards for "
			"many"},
    {"nas_address", "a record's NAS address couldn't be read, or contradicts "
		    "another: it was ignored"},
    {"nas_identifier", "a record's NAS-Identifier is too long or no text: it "
		       "was ignored"},
    {"no_time", "a record tells no time that can be used and was passed over: "
		"have the NAS send Event-Timestamp"},
    {"time", "a record's time is impossible: it was passed over"},
    {"framed_address", "a Framed-IP-Address that is no customer's was ignored"},
    {"framed_prefix", "a Framed-IPv6-Prefix couldn't be read: it was ignored"},
    {"delegated_prefix", "a Delegated-IPv6-Prefix couldn't be read: it was "
			 "ignored"},
    {"port_range", "a range of ports couldn't be read: it was ignored"},
    {"session_time", "an Acct-Session-Time that can't be was ignored: the "
		     "start isn't known"},
    {"event_timestamp", "an Event-Timestamp that can't be was ignored: the "
			"arrival counts, less exactly"},
    {"delay_time", "an Acct-Delay-Time that can't be was ignored"},
    {"class_twice", "a record has several Class attributes: none of them names "
		    "the account"},
    {"holder_long", "the name of an account is too long: it was ignored"},
    {"subjects", "a record holds more addresses than are kept of one: the rest "
		 "was ignored"},
    {"no_header", "lines without a record's date line were passed over"},
    {"line", "a record with a line that is no 'Name = value' was passed over"},
    {"value", "a record with a value that can't be read was passed over"},
    {"cut_record", "a record that was never finished was passed over: its last "
		   "address may have lost a digit"},
    {"cut record", "the end of a piece couldn't be read and was passed over"},
    {"record_long", "a record longer than any can be was passed over"},
    {"zone", "a time zone that means several was ignored: Timestamp counts, "
	     "less exactly"},
    {"time_without_zone", "a row whose times bear no zone was passed over: "
			  "give 'zone', or have the database say UTC"},
    {"time_form", "a row's times look otherwise than before"},
    {"stopped", "the source is stopped, its rows are passed over: see the "
		"ALARM before"},
    /* Leases and lists */
    {"kea header", "the header line of Kea's file isn't there or lacks "
		   "columns: is it leases4.csv or leases6.csv?"},
    {"kea fields", "a lease with fewer fields than the header names was passed "
		   "over"},
    {"isc v6 block", "blocks of dhcpd6.leases aren't read: only IPv4's are"},
    {"isc torn block", "a lease that was never finished was passed over"},
    {"list header", "the list's header line isn't there or lacks a prefix, a "
		    "holder or a start"},
    {"list fields", "a row with more or fewer fields than the header was "
		    "refused; nobody is named for its address if that could be "
		    "read"},
    {"machine header", "the list's header line isn't there or lacks columns"},
    {"block header", "the header line of port blocks isn't there or lacks "
		     "columns"},
    /* Translators */
    {"datagram", "a datagram that is no IPFIX or NetFlow v9 was passed over"},
    {"memory", "no memory: what was lost by it counts as a gap"},
    {"pattern", "a line that begins as the pattern file says goes on "
		"otherwise: it was passed over"},
    {"time_12_hours", "a time with AM or PM: the maker's format has changed"},
    {"entries", "a line with more entries than are read: the rest was passed "
		"over"},
    {"too_long", "a message longer than any can be was passed over"},
    /* The tracker and the index */
    {"word", "a word with impossible times or addresses was passed over"},
    {"source", "a speaker's name is too long, or there are too many speakers: "
	       "its word was passed over"},
};

const char *
registrar_words(const char *reason)
{
	const char *advice = port_block_advice(reason);

	if (!advice)
		advice = nat_advice(reason);
	for (size_t i = 0; !advice && i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].reason, reason) == 0)
			advice = table[i].words;
	return advice;
}
