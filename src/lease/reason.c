/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reasons, by the decoder that gives them. */
#include "lease/reason.h"

#include <stddef.h>
#include <string.h>

#define RECORD REASON_RECORD
#define FIELD REASON_FIELD
#define SOURCE REASON_SOURCE

static const struct reason reasons[] = {
    /* accounting.h: records */
    {"packet", "it is no whole RADIUS packet", NULL, RECORD},
    {"code", "it is a RADIUS packet, but no Accounting-Request", NULL, RECORD},
    {"no_status_type",
     "it has no Acct-Status-Type; expected Start, Interim-Update, Stop, "
     "Accounting-On or Accounting-Off",
     NULL, RECORD},
    {"status_failed", "its Acct-Status-Type is Failed: nobody got an address",
     NULL, RECORD},
    {"status_tunnel", "it is about a tunnel, not about a customer's address",
     NULL, RECORD},
    {"status_unknown", "its Acct-Status-Type has a number that means nothing",
     NULL, RECORD},
    {"attribute_twice",
     "an attribute that may be there once has two different values",
     "ask the maker of the NAS, or what the server before us adds", RECORD},
    {"no_session_id", "it has no session number (Acct-Session-Id)",
     "configure the NAS to send Acct-Session-Id", RECORD},
    {"session_id",
     "its session number is longer than 95 bytes or has a NUL inside", NULL,
     RECORD},
    {"nas_not_allowed", "a proxy names a NAS that is not listed for it",
     "add the NAS to `nas` of that client, if it may speak for it", RECORD},
    {"no_time", "it says no time: neither Event-Timestamp nor when it arrived",
     NULL, RECORD},
    {"time", "its time can't be read, or is none that can be", NULL, RECORD},
    /* accounting.h: attributes */
    {"framed_address",
     "an address given to the customer is none a customer can have "
     "(loopback, multicast, 0.0.0.0/8 and their like) or no address at all",
     NULL, FIELD},
    {"framed_prefix",
     "Framed-IPv6-Prefix can't be read, is shorter than /32 or none a "
     "customer can have",
     NULL, FIELD},
    {"delegated_prefix",
     "Delegated-IPv6-Prefix can't be read, is shorter than /32 or none a "
     "customer can have",
     NULL, FIELD},
    {"port_range",
     "a range of ports lacks its outside address, first or last port, or "
     "can't be told from another one",
     NULL, FIELD},
    {"session_time", "how long the session has lasted doesn't fit its times",
     NULL, FIELD},
    {"event_timestamp",
     "Event-Timestamp lies before the year 2000, or more than a day ahead: "
     "the NAS doesn't know the time",
     "let the NAS set its clock by NTP before it speaks", FIELD},
    {"delay_time", "Acct-Delay-Time has not four bytes", NULL, FIELD},
    {"nas_address",
     "it names as its NAS an address that can't be one (loopback, multicast, "
     "0.0.0.0); expected a unicast address",
     "configure NAS-IP-Address in the NAS; until then its sender's address "
     "stands for it",
     FIELD},
    {"nas_identifier",
     "NAS-Identifier is longer than 63 bytes or has control characters", NULL,
     FIELD},
    {"nas_not_its_own",
     "a client that is no proxy names another NAS than itself",
     "list that name under `nas` of the client, or say `proxy: true`", FIELD},
    {"class_twice",
     "it has two different Class attributes: which is the account can't be "
     "told",
     "let the RADIUS server send one Class, or name another `holder`", FIELD},
    {"holder_long",
     "what would name the holder is longer than 95 bytes, and would be cut",
     "name another attribute as `holder`", FIELD},
    {"subjects",
     "it names more addresses or port blocks than are kept of one "
     "record: the first ones were taken",
     NULL, FIELD},
    /* detail.h */
    {"no_header", "a detail record doesn't begin with its date line", NULL,
     RECORD},
    {"line",
     "a line of a detail record is not `Name = value`: two records "
     "may have run into each other",
     NULL, RECORD},
    {"value", "a value of a detail record can't be read", NULL, RECORD},
    {"cut_record",
     "a detail record was never ended by its empty line: the server stopped "
     "while it wrote",
     NULL, RECORD},
    {"record_long", "a detail record is too long to be one", NULL, RECORD},
    {"zone",
     "the zone of Event-Timestamp (CST, IST and their like) is several "
     "countries'",
     "run FreeRADIUS with TZ=UTC; until then its own Timestamp stands in",
     FIELD},
    /* radacct.h */
    {"header",
     "the header line lacks a column; expected acctuniqueid or "
     "acctsessionid, nasipaddress, acctstarttime, acctstoptime",
     "export the table radacct with its column names", RECORD},
    {"fields", "a row has another number of fields than the header line", NULL,
     RECORD},
    {"time_without_zone", "a time bears no zone, and none is configured",
     "export in UTC with zone, or say `zone` for that source", RECORD},
    {"time_form", "times have another form than the rows before",
     "look at what the source writes now, then make the file resume in its "
     "folder",
     SOURCE},
    {"stopped", "the source was stopped because its times had changed",
     "look at what the source writes now, then make the file resume in its "
     "folder",
     SOURCE},
    /* kea.h */
    {"kea header", "the header line is none of Kea's lease files", NULL,
     RECORD},
    {"kea fields", "a row has another number of fields than the header line",
     NULL, RECORD},
    {"kea address", "the address can't be read", NULL, RECORD},
    {"kea time", "expire or valid_lifetime is no time that can be", NULL,
     RECORD},
    {"kea lifetime", "valid_lifetime can't be read", NULL, RECORD},
    {"kea state", "the state is none that Kea has (0, 1, 2)", NULL, RECORD},
    {"kea client", "the client-id, DUID or hardware address can't be read",
     NULL, RECORD},
    {"kea lease type", "the lease type is none that Kea has (0, 1, 2)", NULL,
     RECORD},
    {"kea prefix length", "the prefix length doesn't fit the address", NULL,
     RECORD},
    {"kea context", "user_context can't be read", NULL, RECORD},
    /* isc.h */
    {"isc address", "a lease block begins without an address", NULL, RECORD},
    {"isc time", "starts, ends or cltt can't be read", NULL, RECORD},
    {"isc state", "the binding state is none that dhcpd has", NULL, RECORD},
    {"isc client", "uid, hardware address or option 82 can't be read", NULL,
     RECORD},
    {"isc torn block", "another lease begins inside a lease block", NULL,
     RECORD},
    {"isc syntax", "it isn't as dhcpd writes it", NULL, RECORD},
    {"isc v6 block", "it is of dhcpd6.leases, which isn't read",
     "use Kea's leases6 for DHCPv6", RECORD},
    /* address_list.h */
    {"list header",
     "the header line lacks a column; expected prefix, "
     "subscriber and valid_from",
     NULL, RECORD},
    {"list fields", "a row has another number of fields than the header line",
     NULL, RECORD},
    {"list address", "the prefix can't be read or has host bits", NULL, RECORD},
    {"list holder",
     "the account reference is empty, too long or has control "
     "characters",
     NULL, RECORD},
    {"list time",
     "valid_from or valid_to can't be read, or the end comes "
     "first",
     NULL, RECORD},
    {"list kind", "the kind is neither empty nor business nor reseller", NULL,
     RECORD},
    /* machines.h */
    {"machine header",
     "the header line lacks a column; expected address, "
     "vm or account, and valid_from or event and time",
     NULL, RECORD},
    {"machine fields",
     "a row has another number of fields than the header line", NULL, RECORD},
    {"machine address", "the address can't be read", NULL, RECORD},
    {"machine holder",
     "neither reseller, account, port nor machine is told, "
     "or it is too long",
     NULL, RECORD},
    {"machine time", "a time can't be read, or the end comes first", NULL,
     RECORD},
    {"machine event",
     "the event is none of assign, create, start, release, "
     "delete, stop",
     NULL, RECORD},
    {"machine json", "it is no whole JSON object with each member once", NULL,
     RECORD},
    {"machine text", "a text in it is too long", NULL, RECORD},
    /* block_csv.h */
    {"block header",
     "the header line lacks a column; expected event, time, "
     "inside, public, port_lo, port_hi",
     NULL, RECORD},
    {"block fields", "a row has another number of fields than the header line",
     NULL, RECORD},
    {"block event", "the event is none of alloc, active, free", NULL, RECORD},
    {"block time", "the time can't be read", NULL, RECORD},
    {"block address", "the inside or the outside address can't be read", NULL,
     RECORD},
    {"block ports", "the ports can't be read", NULL, RECORD},
    {"block holder",
     "the account reference is too long or has control "
     "characters",
     NULL, RECORD},
    /* port_tenure.h and what ends in it */
    {"inside", "the inside address is none a customer can have", NULL, RECORD},
    {"outside", "the outside address is none a translator can have", NULL,
     RECORD},
    {"same_address", "inside and outside are the same address", NULL, RECORD},
    {"ports", "the ports are not told, or the last lies before the first", NULL,
     RECORD},
    {"speaker", "the name of who logs is too long or has control characters",
     NULL, RECORD},
    {"holder", "the holder's name is too long or empty", NULL, RECORD},
    /* nat.h */
    {"port_count",
     "how many ports the block has doesn't fit its first and "
     "last one",
     NULL, RECORD},
    {"port_step", "the ports of the block are not one behind the other", NULL,
     RECORD},
    {"not_of_profile",
     "the exporter numbers port blocks otherwise than its profile says",
     "see `profile` of that exporter: rfc8158 or juniper-draft", RECORD},
    {"profile_unset",
     "natEvent 14 or 15 with ports: by the RFC an address binding, by "
     "Juniper's draft a port block",
     "say `profile` for that exporter: rfc8158 or juniper-draft", RECORD},
    {"address_binding",
     "it is about an address without ports: it names "
     "nobody",
     NULL, RECORD},
    {"event_unknown", "natEvent has a number that means nothing here", NULL,
     RECORD},
    /* syslog.h, port_block.h, pattern.h */
    {"too_long", "a message is longer than is read", NULL, RECORD},
    {"nul", "a message has a NUL inside", NULL, RECORD},
    {"empty", "a message is empty", NULL, RECORD},
    {"count", "a message's length can't be read (RFC 6587)", NULL, RECORD},
    {"entry", "a port block's entry isn't as its maker writes it", NULL,
     RECORD},
    {"vrf_unset", "it names a VRF whose realm is not configured",
     "list that VRF with its realm for that sender", RECORD},
    {"address", "an address can't be read", NULL, RECORD},
    {"pattern", "no event of the pattern file fits, but its beginning does",
     "compare the line with the pattern file", RECORD},
    {"entries", "a message has more entries than are read of one", NULL, FIELD},
    {"time_12_hours",
     "times have come with AM or PM, which the pattern "
     "doesn't say",
     "look at what the source writes now", RECORD},
    /* base/csv.h */
    {"a quote inside an unquoted field", "a quote inside an unquoted field",
     NULL, RECORD},
    {"text after a closing quote", "text after a closing quote", NULL, RECORD},
    {"a NUL byte", "a NUL byte", NULL, RECORD},
    {"a quote that isn't closed", "a quote that isn't closed", NULL, RECORD},
    {"more than 512 fields", "more than 512 fields", NULL, RECORD},
    {"longer than 65536 bytes", "longer than 65536 bytes", NULL, RECORD},
};

const struct reason *
reason_find(const char *name)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].name, name) == 0)
			return &reasons[i];
	return NULL;
}

const char *
reason_effect_text(uint8_t effect)
{
	switch (effect) {
	case REASON_FIELD:
		return "that field was ignored";
	case REASON_SOURCE:
		return "nothing more of that source is taken";
	default:
		return "the record was left out";
	}
}
