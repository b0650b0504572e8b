/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration in plain words, for who has to answer for it. */
#include "conf/conf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void say(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct text *text, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	text_add(text, line);
	text_char(text, '\n');
}

/* "3 days", "30 minutes": in the largest unit that divides it. */
static const char *
span(char buffer[32], int64_t us)
{
	int64_t s = us / TIMES_SECOND_US, n = s;
	const char *unit = "second";

	if (s && s % 86400 == 0) {
		n = s / 86400;
		unit = "day";
	} else if (s && s % 3600 == 0) {
		n = s / 3600;
		unit = "hour";
	} else if (s && s % 60 == 0) {
		n = s / 60;
		unit = "minute";
	}
	snprintf(buffer, 32, "%" PRId64 " %s%s", n, unit, n == 1 ? "" : "s");
	return buffer;
}

static void
explain_network(struct text *text, const struct conf *conf)
{
	say(text, "Network '%s'.", conf->network_name);
	if (!conf->inside_count)
		say(text, "  Every address counts as inside.");
	for (size_t i = 0; i < conf->inside_count; i++) {
		const struct inside_item *item = &conf->inside_items[i];
		char prefix[PREFIX_TEXT_SIZE];
		struct text name;

		text_init(&name, prefix, sizeof(prefix));
		prefix_format(&name, &item->prefix);
		if (item->shared)
			say(text,
			    "  %s is inside; customers share its addresses, "
			    "%u ports each from %u.",
			    prefix, item->block_ports, item->block_first);
		else if (item->assign < 128)
			say(text, "  %s is inside; a customer holds a /%u.",
			    prefix, item->assign);
		else
			say(text,
			    "  %s is inside; a customer holds an address.",
			    prefix);
	}
	say(text,
	    conf->detect.source_filtered
		? "  No inside source can come in from outside: flows from one "
		  "are our own measurement."
		: "  Inside sources may be forged: a flow counts at most %d.%d "
		  "unless it entered by a subscriber interface.",
	    conf->policy.spoofable_max_milli / 1000,
	    conf->policy.spoofable_max_milli % 1000 / 100);
	say(text,
	    "  %zu list(s) in the configuration say who held an address%s, %zu "
	    "list indicators.",
	    conf->binding_file_count,
	    registrar_conf_wanted(&conf->registrar)
		? " (beside the registrar, below)"
		: "",
	    conf->indicator_file_count);
}

static const char *
format_of(uint8_t format)
{
	static const char *const formats[REGISTRAR_FORMAT_COUNT] = {
	    [REGISTRAR_RADIUS_DETAIL] = "sessions, as FreeRADIUS' detail "
					"module writes them",
	    [REGISTRAR_RADACCT] = "sessions, rows of FreeRADIUS' radacct",
	    [REGISTRAR_KEA4] = "IPv4 leases of Kea",
	    [REGISTRAR_KEA6] = "IPv6 leases of Kea",
	    [REGISTRAR_ISC_DHCPD] = "leases of ISC dhcpd",
	    [REGISTRAR_ADDRESS_LIST] = "a list of assigned addresses",
	    [REGISTRAR_MACHINES] = "a list of rented machines",
	    [REGISTRAR_PORT_BLOCKS] = "port blocks of a translator",
	    [REGISTRAR_PATTERN] = "lines that its pattern file describes"};

	return formats[format] ? formats[format] : "?";
}

static void
explain_registrar(struct text *text, const struct registrar_conf *conf)
{
	char a[32];

	if (conf->plan_count)
		say(text,
		    "  %zu configuration(s) of deterministic NAT say whose a "
		    "port is.",
		    conf->plan_count);
	if (!registrar_conf_wanted(conf))
		return;
	say(text, "The registrar hears who holds which address:");
	for (size_t i = 0; i < conf->client_count; i++)
		say(text,
		    "  RADIUS accounting of %s%s%s; after %s of silence a "
		    "session has ended.",
		    conf->clients[i].name,
		    conf->clients[i].proxy ? ", a proxy" : "",
		    conf->clients[i].complete
			? ""
			: ", who may lose words: an open session is certain "
			  "up to its last word",
		    span(a, 4 * conf->clients[i].interim_us));
	for (size_t i = 0; i < conf->file_count; i++)
		say(text, "  the file %s, as '%s': %s.", conf->files[i].path,
		    conf->files[i].name, format_of(conf->files[i].format));
	for (size_t i = 0; i < conf->database_count; i++)
		say(text, "  radacct of '%s', asked every %s.",
		    conf->databases[i].name,
		    span(a, conf->databases[i].poll_us));
	for (size_t i = 0; i < conf->sender_count; i++)
		say(text, "  syslog of %s.", conf->senders[i].name);
	for (size_t i = 0; i < conf->exporter_count; i++)
		say(text, "  NAT events of %s; 14 and 15 are %s.",
		    conf->exporters[i].name,
		    conf->exporters[i].profile == REGISTRAR_JUNIPER_DRAFT
			? "blocks of ports"
			: "address bindings");
}

/* Loopback is the default, and the first thing to stumble over. */
static void
explain_arrival(struct text *text, const char *what, const char *key,
		const struct conf_endpoint *at)
{
	const struct endpoint endpoint = {at->addr, at->port, -1};
	static const struct addr loopback_v6 = {{[15] = 1}};
	const bool loopback = addr_equal(&at->addr, &loopback_v6) ||
			      (addr_is_v4(&at->addr) &&
			       at->addr.bytes[12] == 127);
	char line[ENDPOINT_TEXT_SIZE];
	struct text where;

	text_init(&where, line, sizeof(line));
	endpoint_format(&where, &endpoint);
	say(text, "  %s arrives at %s%s%s.", what, line,
	    loopback ? ", where no other machine reaches it: see " : "",
	    loopback ? key : "");
}

static void
explain_arrivals(struct text *text, const struct conf *conf)
{
	const struct registrar_conf *registrar = &conf->registrar;

	if (registrar->client_count)
		explain_arrival(text, "Accounting", "listen.accounting",
				&conf->listen[CONF_LISTEN_ACCOUNTING]);
	if (registrar->sender_count) {
		explain_arrival(text, "Syslog by UDP", "listen.syslog",
				&conf->listen[CONF_LISTEN_SYSLOG]);
		explain_arrival(text, "Syslog by TCP", "listen.syslog_tcp",
				&conf->listen[CONF_LISTEN_SYSLOG_TCP]);
	}
	if (registrar->exporter_count)
		explain_arrival(text, "IPFIX of NAT events", "listen.nat",
				&conf->listen[CONF_LISTEN_NAT]);
}

static void
explain_accounts(struct text *text, const struct conf *conf)
{
	for (size_t i = 0; i < conf->account_source_count; i++) {
		const struct accounts_source *it = &conf->account_sources[i];

		say(text, "  Accounts come from %s%s.",
		    it->csv[0]      ? it->csv
		    : it->sqlite[0] ? it->sqlite
				    : "the database ",
		    it->postgres[0] ? it->postgres : "");
	}
	if (conf->api_tokens[0])
		say(text,
		    "Who is named in %s may ask by HTTP who held an address; "
		    "each look-up is kept for 1 year.",
		    conf->api_tokens);
}

static void
explain_live(struct text *text, const struct conf *conf)
{
	if (!conf->policy.live_mode) {
		say(text, "Shadow: everything is computed, nothing acts. "
			  "Nobody is told and nobody is limited.");
		return;
	}
	say(text, "LIVE. These act:");
	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++)
			if (conf->policy.live[act][i])
				say(text, "  %s for %s",
				    case_act_name((enum case_act)act),
				    rsit_class_name((enum rsit_class)i));
	say(text, "  %zu essential prefixes are spared by every measure.",
	    conf->essential_count);
}

static void
explain_policy(struct text *text, const struct conf *conf)
{
	const struct case_policy *policy = &conf->policy;
	char a[32], b[32];

	say(text,
	    "A party is told from a score of %d.%03d on, when it is certain "
	    "who it is.",
	    policy->notice_at_milli / 1000, policy->notice_at_milli % 1000);
	say(text,
	    "It may be put into a %s from %d.%03d on, %s after the last "
	    "delivered notice, for at most %s.",
	    measure_kind_name(policy->party_measure),
	    policy->measure_at_milli / 1000, policy->measure_at_milli % 1000,
	    span(a, policy->grace_us), span(b, policy->garden_us));
	say(text,
	    "An attack in progress is filtered at once for %s, renewed while "
	    "it lasts.",
	    span(a, policy->filter_us));
	say(text,
	    "A case closes after %s of quiet. %u parties are protected: a "
	    "person decides.",
	    span(a, policy->probation_us), policy->protected_count);
	say(text,
	    "Automation stops at %u notices or %u measures an hour; releases "
	    "never stop.",
	    policy->brake_notices_hour, policy->brake_measures_hour);
	if (conf->notice.smtp[0])
		say(text,
		    "Notices go to the mail server %s for those named in %s.",
		    conf->notice.smtp,
		    conf->notice.contacts[0] ? conf->notice.contacts
					     : "accounts");
	if (conf->notice.maildir[0])
		say(text, "Notices%s go to %s.",
		    conf->notice.smtp[0] ? " for the others" : "",
		    conf->notice.maildir);
	else if (!conf->notice.smtp[0])
		say(text, "No channel for notices: nobody can be told.");
}

void
conf_explain(struct text *text, const struct conf *conf)
{
	char a[32];

	explain_network(text, conf);
	explain_registrar(text, &conf->registrar);
	explain_arrivals(text, conf);
	explain_accounts(text, conf);
	explain_live(text, conf);
	explain_policy(text, conf);
	say(text, "Kept in %s:", conf->state_dir);
	say(text,
	    "  flows: not stored; only the windows of the last %s in memory",
	    span(a, conf->detect.lateness_us));
	if (registrar_conf_wanted(&conf->registrar))
		say(text,
		    "  who held which address, and the records that say so: %s",
		    span(a, conf->retention.bindings_us));
	say(text, "  sightings between roles: %s",
	    span(a, conf->retention.spool_us));
	say(text, "  sightings that name nobody or are watched only: %s",
	    span(a, conf->retention.sightings_us));
	say(text, "  cases: %s after closing, then counts alone",
	    span(a, conf->retention.cases_us));
}
