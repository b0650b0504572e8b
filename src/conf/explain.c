/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration in plain words, for who has to answer for it. */
#include "conf/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void
words_say(struct words *words, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	words->say(words->context, words->topic, line);
}

const char *
words_span(char buffer[WORDS_SPAN_SIZE], int64_t us)
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
	snprintf(buffer, WORDS_SPAN_SIZE, "%" PRId64 " %s%s", n, unit,
		 n == 1 ? "" : "s");
	return buffer;
}

const char *
words_score(char buffer[WORDS_SPAN_SIZE], int64_t milli)
{
	int length = snprintf(buffer, WORDS_SPAN_SIZE, "%" PRId64 ".%03d",
			      milli / 1000, (int)(milli % 1000));

	while (buffer[length - 1] == '0')
		buffer[--length] = '\0';
	if (buffer[length - 1] == '.')
		buffer[length - 1] = '\0';
	return buffer;
}

const char *
words_date(char buffer[WORDS_DATE_SIZE], int64_t us)
{
	const struct times_date date = times_date_of(us);
	struct text text;

	text_init(&text, buffer, WORDS_DATE_SIZE);
	text_padded(&text, (uint64_t)date.year, 4);
	text_char(&text, '-');
	text_padded(&text, date.month, 2);
	text_char(&text, '-');
	text_padded(&text, date.day, 2);
	return buffer;
}

const char *
words_measure(enum measure_kind kind)
{
	switch (kind) {
	case MEASURE_LIMIT:
		return "it is limited";
	case MEASURE_GARDEN:
		return "it is put into a garden";
	case MEASURE_BLOCK:
		return "it is blocked";
	default:
		return "its attack is filtered";
	}
}

static void
explain_network(struct words *words, const struct conf *conf)
{
	words_say(words, "Network '%s'.", conf->network_name);
	if (!conf->inside_count)
		words_say(words, "  Every address counts as inside.");
	for (size_t i = 0; i < conf->inside_count; i++) {
		const struct inside_item *item = &conf->inside_items[i];
		char prefix[PREFIX_TEXT_SIZE];
		struct text name;

		text_init(&name, prefix, sizeof(prefix));
		prefix_format(&name, &item->prefix);
		if (item->shared)
			words_say(
			    words,
			    "  %s is inside; customers share its addresses, "
			    "%u ports each from %u.",
			    prefix, item->block_ports, item->block_first);
		else if (item->assign < 128)
			words_say(words,
				  "  %s is inside; a customer holds a /%u.",
				  prefix, item->assign);
		else
			words_say(
			    words,
			    "  %s is inside; a customer holds an address.",
			    prefix);
	}
	words_say(
	    words,
	    conf->detect.source_filtered
		? "  No inside source can come in from outside: flows from one "
		  "are our own measurement."
		: "  Inside sources may be forged: a flow counts at most %d.%d "
		  "unless it entered by a subscriber interface.",
	    conf->policy.spoofable_max_milli / 1000,
	    conf->policy.spoofable_max_milli % 1000 / 100);
	words_say(
	    words,
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
explain_registrar(struct words *words, const struct registrar_conf *conf)
{
	char a[32];

	if (conf->plan_count)
		words_say(
		    words,
		    "  %zu configuration(s) of deterministic NAT say whose a "
		    "port is.",
		    conf->plan_count);
	if (!registrar_conf_wanted(conf))
		return;
	words_say(words, "The registrar hears who holds which address:");
	for (size_t i = 0; i < conf->client_count; i++)
		words_say(
		    words,
		    "  RADIUS accounting of %s%s%s; after %s of silence a "
		    "session has ended.",
		    conf->clients[i].name,
		    conf->clients[i].proxy ? ", a proxy" : "",
		    conf->clients[i].complete
			? ""
			: ", who may lose words: an open session is certain "
			  "up to its last word",
		    words_span(a, 4 * conf->clients[i].interim_us));
	for (size_t i = 0; i < conf->file_count; i++)
		words_say(words, "  the file %s, as '%s': %s.",
			  conf->files[i].path, conf->files[i].name,
			  format_of(conf->files[i].format));
	for (size_t i = 0; i < conf->database_count; i++)
		words_say(words, "  radacct of '%s', asked every %s.",
			  conf->databases[i].name,
			  words_span(a, conf->databases[i].poll_us));
	for (size_t i = 0; i < conf->sender_count; i++)
		words_say(words, "  syslog of %s.", conf->senders[i].name);
	for (size_t i = 0; i < conf->exporter_count; i++)
		words_say(words, "  NAT events of %s; 14 and 15 are %s.",
			  conf->exporters[i].name,
			  conf->exporters[i].profile == REGISTRAR_JUNIPER_DRAFT
			      ? "blocks of ports"
			      : "address bindings");
}

/* Loopback is the default, and the first thing to stumble over. */
static void
explain_arrival(struct words *words, const char *what, const char *key,
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
	words_say(words, "  %s arrives at %s%s%s.", what, line,
		  loopback ? ", where no other machine reaches it: see " : "",
		  loopback ? key : "");
}

static void
explain_arrivals(struct words *words, const struct conf *conf)
{
	const struct registrar_conf *registrar = &conf->registrar;

	if (registrar->client_count)
		explain_arrival(words, "Accounting", "listen.accounting",
				&conf->listen[CONF_LISTEN_ACCOUNTING]);
	if (registrar->sender_count) {
		explain_arrival(words, "Syslog by UDP", "listen.syslog",
				&conf->listen[CONF_LISTEN_SYSLOG]);
		explain_arrival(words, "Syslog by TCP", "listen.syslog_tcp",
				&conf->listen[CONF_LISTEN_SYSLOG_TCP]);
	}
	if (registrar->exporter_count)
		explain_arrival(words, "IPFIX of NAT events", "listen.nat",
				&conf->listen[CONF_LISTEN_NAT]);
}

static void
explain_accounts(struct words *words, const struct conf *conf)
{
	for (size_t i = 0; i < conf->account_source_count; i++) {
		const struct accounts_source *it = &conf->account_sources[i];

		words_say(words, "  Accounts come from %s%s.",
			  it->csv[0]      ? it->csv
			  : it->sqlite[0] ? it->sqlite
					  : "the database ",
			  it->postgres[0] ? it->postgres : "");
	}
	if (conf->api_tokens[0])
		words_say(
		    words,
		    "Who is named in %s may ask by HTTP who held an address; "
		    "each look-up is kept for 1 year.",
		    conf->api_tokens);
}

static void
explain_retention(struct words *words, const struct conf *conf)
{
	char a[WORDS_SPAN_SIZE];

	words->topic = "What is kept how long";
	if (conf->store.postgres[0])
		words_say(words,
			  "Cases, notices and measures are kept in PostgreSQL "
			  "(%s), all else in %s:",
			  conf->store.postgres, conf->state_dir);
	else
		words_say(words, "Kept in %s:", conf->state_dir);
	words_say(words,
		  "  flows: not stored; only the windows of the last %s in "
		  "memory",
		  words_span(a, conf->detect.lateness_us));
	if (registrar_conf_wanted(&conf->registrar))
		words_say(words,
			  "  who held which address, and the records that say "
			  "so: %s",
			  words_span(a, conf->retention.bindings_us));
	words_say(words, "  sightings between roles: %s",
		  words_span(a, conf->retention.spool_us));
	words_say(words, "  sightings that name nobody or are watched only: %s",
		  words_span(a, conf->retention.sightings_us));
	words_say(words, "  cases: %s after closing, then counts alone",
		  words_span(a, conf->retention.cases_us));
	words_say(words, "  who asked whose an address was: 1 year");
}

void
conf_explain(const struct conf *conf, int64_t now_us, conf_say *say,
	     void *context)
{
	struct words words = {say, context, "Network", now_us};

	explain_network(&words, conf);
	words.topic = "Who holds an address";
	explain_registrar(&words, &conf->registrar);
	explain_arrivals(&words, conf);
	explain_accounts(&words, conf);
	explain_mode(&words, conf);
	explain_bases(&words, conf);
	explain_evidence(&words, &conf->policy);
	explain_steps(&words, conf);
	explain_measures(&words, conf);
	explain_attack(&words, &conf->policy);
	explain_people(&words, &conf->policy, conf->hours_zone);
	explain_objections(&words, &conf->policy);
	explain_trial(&words, &conf->policy);
	explain_brakes(&words, &conf->policy);
	explain_never(&words, conf);
	explain_retention(&words, conf);
}
