/* SPDX-License-Identifier: Apache-2.0 */
/* The table's text. */
#include "quarantine/nft_ruleset.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fact/digest.h"

#define LINE_SIZE 512
#define MAPPED_BITS 96
/* Large packets stay whole inside a gateway: less would let none pass. */
#define BURST_BYTES_MIN 65536
/* Of subjects with a rate; the kernel makes room for them all at once.  Other
 * sets grow as they need. */
#define RATES_MAX "32768"

static const uint8_t party_kinds[] = {MEASURE_LIMIT, MEASURE_GARDEN,
				      MEASURE_BLOCK};
#define PARTY_KINDS (sizeof(party_kinds) / sizeof(party_kinds[0]))

static void __attribute__((format(printf, 2, 3)))
say(struct text *text, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(line, sizeof(line), format, arguments) >=
	    (int)sizeof(line))
		text->full = true;
	va_end(arguments);
	text_add(text, line);
	text_char(text, '\n');
}

/* ------------------------------------------------------------------ sets */

static void
set_add(struct nft_sets *sets, uint8_t kind, bool v4, uint8_t length,
	bool ports)
{
	struct nft_set *set = &sets->at[sets->count++];

	*set = (struct nft_set){{0}, kind, v4, length, ports};
	if (kind == MEASURE_FILTER)
		snprintf(set->name, sizeof(set->name), "%s%c",
			 ports ? "filter" : "proto", v4 ? '4' : '6');
	else if (v4)
		snprintf(set->name, sizeof(set->name), "%s4",
			 measure_kind_name((enum measure_kind)kind));
	else
		snprintf(set->name, sizeof(set->name), "%s6_%u",
			 measure_kind_name((enum measure_kind)kind),
			 (unsigned)length);
}

void
nft_sets_fill(struct nft_sets *sets, const struct plan_lengths *lengths)
{
	sets->count = 0;
	for (unsigned i = 0; i < 4; i++)
		set_add(sets, MEASURE_FILTER, i % 2 == 0, 128, i < 2);
	for (size_t i = 0; i < PARTY_KINDS; i++) {
		set_add(sets, party_kinds[i], true, 128, false);
		for (size_t j = 0; j < lengths->count; j++)
			set_add(sets, party_kinds[i], false, lengths->at[j],
				false);
	}
}

const struct nft_set *
nft_set_of(const struct nft_sets *sets, const struct element *element)
{
	const bool v4 = addr_is_v4(&element->subject.addr);

	for (size_t i = 0; i < sets->count; i++) {
		const struct nft_set *set = &sets->at[i];

		if (set->kind == element->kind && set->v4 == v4 &&
		    set->length == element->subject.length &&
		    set->ports == (element->peer_port >= 0))
			return set;
	}
	return NULL;
}

static void
sets_say(struct text *text, const struct nft_sets *sets)
{
	for (size_t i = 0; i < sets->count; i++) {
		const struct nft_set *set = &sets->at[i];
		const char *addr = set->v4 ? "ipv4_addr" : "ipv6_addr";

		if (set->kind == MEASURE_FILTER)
			say(text,
			    "\tset %s { type %s . %s . inet_proto%s; flags "
			    "timeout; }",
			    set->name, addr, addr,
			    set->ports ? " . inet_service" : "");
		else
			say(text,
			    "\tset %s { type %s; flags timeout; "
			    "}",
			    set->name, addr);
		/* How much a limited one has sent and got. */
		if (set->kind != MEASURE_LIMIT)
			continue;
		say(text,
		    "\tset %s_up { type %s; flags dynamic,timeout; timeout "
		    "1m; size " RATES_MAX "; }",
		    set->name, addr);
		say(text,
		    "\tset %s_down { type %s; flags dynamic,timeout; timeout "
		    "1m; size " RATES_MAX "; }",
		    set->name, addr);
	}
}

static void
essential_say(struct text *text, const struct device_conf *conf, bool v4)
{
	bool any = false;

	say(text,
	    "\tset essential%c { type ipv%c_addr; flags interval; "
	    "auto-merge;",
	    v4 ? '4' : '6', v4 ? '4' : '6');
	for (size_t i = 0; i < conf->essential_count; i++) {
		const struct prefix *prefix = &conf->essential[i];

		if (v4 != (addr_is_v4(&prefix->addr) &&
			   prefix->length >= MAPPED_BITS))
			continue;
		text_add(text, any ? ", " : "\t\telements = { ");
		prefix_format(text, prefix);
		any = true;
	}
	say(text, "%s", any ? " } }" : "\t}");
}

/* ----------------------------------------------------------------- rules */

/* "ip6 saddr & ffff:ffff:ffff:ff00::": what is looked up in a set. */
struct looked {
	char from[64], to[64];
};

static struct looked
looked_up(const struct nft_set *set)
{
	struct looked looked;
	char mask[ADDR_TEXT_SIZE] = "";
	struct addr addr = {{0}};
	struct text text;

	if (set->v4 || set->length == 128) {
		snprintf(looked.from, sizeof(looked.from), "%s saddr",
			 set->v4 ? "ip" : "ip6");
		snprintf(looked.to, sizeof(looked.to), "%s daddr",
			 set->v4 ? "ip" : "ip6");
		return looked;
	}
	for (unsigned i = 0; i < set->length; i++)
		addr.bytes[i / 8] |= (uint8_t)(0x80u >> i % 8);
	text_init(&text, mask, sizeof(mask));
	addr_format(&text, &addr);
	snprintf(looked.from, sizeof(looked.from), "ip6 saddr & %s", mask);
	snprintf(looked.to, sizeof(looked.to), "ip6 daddr & %s", mask);
	return looked;
}

/* Attack tuples go first and early: they must not fill other tables. */
static void
attack_say(struct text *text, const struct nft_sets *sets)
{
	say(text, "\tchain attack {\n"
		  "\t\ttype filter hook prerouting priority raw; policy "
		  "accept;\n"
		  "\t\tip daddr @essential4 accept\n"
		  "\t\tip6 daddr @essential6 accept");
	for (size_t i = 0; i < sets->count; i++) {
		const struct nft_set *set = &sets->at[i];
		const char *ip = set->v4 ? "ip" : "ip6";

		if (set->kind == MEASURE_FILTER)
			say(text,
			    "\t\t%s saddr . %s daddr . meta l4proto%s @%s "
			    "counter drop",
			    ip, ip, set->ports ? " . th dport" : "", set->name);
	}
	say(text, "\t}");
}

/* Web pages asked for in a garden come from the portal. */
static void
portal_say(struct text *text, const struct device_conf *conf,
	   const struct nft_sets *sets)
{
	say(text, "\tchain portal {\n"
		  "\t\ttype nat hook prerouting priority -105; policy accept;");
	for (size_t i = 0; i < sets->count; i++) {
		const struct nft_set *set = &sets->at[i];
		const struct quarantine_portal *portal =
		    set->v4 ? &conf->quarantine->portal4
			    : &conf->quarantine->portal6;
		const struct endpoint to = {portal->addr, portal->port, -1};
		char where[ENDPOINT_TEXT_SIZE];
		struct text text_to;

		if (set->kind != MEASURE_GARDEN || !portal->port)
			continue;
		text_init(&text_to, where, sizeof(where));
		endpoint_format(&text_to, &to);
		say(text,
		    "\t\ttcp dport 80 %s daddr != @essential%c %s @%s counter "
		    "dnat %s to %s",
		    set->v4 ? "ip" : "ip6", set->v4 ? '4' : '6',
		    looked_up(set).from, set->name, set->v4 ? "ip" : "ip6",
		    where);
	}
	say(text, "\t}");
}

/* What stays possible in a garden, from (`from`) or towards the subject. */
static void
services_say(struct text *text, const struct quarantine_conf *conf, bool from)
{
	const struct quarantine_portal *portals[] = {&conf->portal4,
						     &conf->portal6};
	const char *side = from ? "daddr" : "saddr";
	const char *port = from ? "dport" : "sport";
	char name[ADDR_TEXT_SIZE];
	struct text text_name;

	for (size_t i = 0; i < conf->resolver_count; i++) {
		text_init(&text_name, name, sizeof(name));
		addr_format(&text_name, &conf->resolvers[i]);
		say(text,
		    "\t\t%s %s %s meta l4proto { tcp, udp } th %s 53 accept",
		    addr_is_v4(&conf->resolvers[i]) ? "ip" : "ip6", side, name,
		    port);
	}
	for (size_t i = 0; i < 2; i++) {
		if (!portals[i]->port)
			continue;
		text_init(&text_name, name, sizeof(name));
		addr_format(&text_name, &portals[i]->addr);
		say(text, "\t\t%s %s %s tcp %s %u accept",
		    i == 0 ? "ip" : "ip6", side, name, port,
		    (unsigned)portals[i]->port);
	}
}

/* Errors about what is let through. */
static void
errors_say(struct text *text)
{
	say(text, "\t\tmeta l4proto { icmp, ipv6-icmp } ct state related "
		  "accept");
}

/*
 * Connections from before are reset, both ends, at their next packet; new ones
 * find nobody, but those a person waits for fail at once.
 */
static void
refusals_say(struct text *text, bool from, bool fast)
{
	if (from && fast)
		say(text, "\t\ttcp dport { 53, 80, 443, 853 } counter reject "
			  "with tcp reset\n"
			  "\t\tudp dport { 53, 443, 853 } counter reject with "
			  "icmpx admin-prohibited");
	say(text, "\t\ttcp flags & (syn | rst) == 0 counter reject with tcp "
		  "reset\n"
		  "\t\tcounter drop\n\t}");
}

static void
sides_say(struct text *text, const struct device_conf *conf)
{
	for (unsigned i = 0; i < 4; i++) {
		const bool from = i % 2 == 0, garden = i < 2;

		say(text, "\tchain %s_%s {", garden ? "garden" : "block",
		    from ? "from" : "to");
		errors_say(text);
		if (garden)
			services_say(text, conf->quarantine, from);
		refusals_say(text, from, garden);
	}
}

static void
limit_say(struct text *text, const struct device_conf *conf,
	  const struct nft_set *set)
{
	const struct looked looked = looked_up(set);
	const uint32_t rate = conf->quarantine->limit_bytes;
	const uint32_t burst = rate > BURST_BYTES_MIN ? rate : BURST_BYTES_MIN;

	for (unsigned i = 0; i < 2; i++) {
		const char *what = i == 0 ? looked.from : looked.to;

		say(text,
		    "\t\t%s @%s update @%s_%s { %s limit rate over %" PRIu32
		    " bytes/second burst %" PRIu32 " bytes } counter drop",
		    what, set->name, set->name, i == 0 ? "up" : "down", what,
		    rate, burst);
	}
}

static void
subjects_say(struct text *text, const struct device_conf *conf,
	     const struct nft_sets *sets)
{
	say(text, "\tchain subject {\n"
		  "\t\tip daddr @essential4 accept\n"
		  "\t\tip saddr @essential4 accept\n"
		  "\t\tip6 daddr @essential6 accept\n"
		  "\t\tip6 saddr @essential6 accept");
	/* The strongest first. */
	for (size_t i = sets->count; i-- > 0;) {
		const struct nft_set *set = &sets->at[i];
		const struct looked looked = looked_up(set);
		const char *kind =
		    measure_kind_name((enum measure_kind)set->kind);

		if (set->kind == MEASURE_FILTER)
			continue;
		if (set->kind == MEASURE_LIMIT) {
			limit_say(text, conf, set);
			continue;
		}
		say(text, "\t\t%s @%s goto %s_from", looked.from, set->name,
		    kind);
		say(text, "\t\t%s @%s goto %s_to", looked.to, set->name, kind);
	}
	say(text, "\t}");
}

/*
 * A line needs its neighbours and its lease, of the gateway alone: towards
 * others the same packets would be a way out.
 */
static void
hooks_say(struct text *text)
{
	say(text, "\tchain forward {\n"
		  "\t\ttype filter hook forward priority -5; policy accept;\n"
		  "\t\tjump subject\n\t}\n"
		  "\tchain input {\n"
		  "\t\ttype filter hook input priority -5; policy accept;");
	say(text, "\t\ticmpv6 type { nd-router-solicit, nd-neighbor-solicit, "
		  "nd-neighbor-advert, mld-listener-report, "
		  "mld-listener-done, mld2-listener-report } accept\n"
		  "\t\tudp dport { 67, 547 } accept\n"
		  "\t\tjump subject\n\t}");
}

void
nft_ruleset(struct text *text, const struct device_conf *conf,
	    const struct plan_lengths *lengths, char mark[NFT_MARK_SIZE])
{
	static const char none[] = "ruleset_0000000000000000";
	struct nft_sets sets;
	char *at;

	nft_sets_fill(&sets, lengths);
	say(text, "table inet " NFT_TABLE "\n"
		  "delete table inet " NFT_TABLE "\n"
		  "table inet " NFT_TABLE " {");
	at = text->at + text->length;
	say(text, "\tchain %s { }", none);
	essential_say(text, conf, true);
	essential_say(text, conf, false);
	sets_say(text, &sets);
	attack_say(text, &sets);
	portal_say(text, conf, &sets);
	sides_say(text, conf);
	subjects_say(text, conf, &sets);
	hooks_say(text);
	say(text, "}");
	snprintf(mark, NFT_MARK_SIZE, "ruleset_%016" PRIx64,
		 digest_u64(text->at, text->length));
	if (!text->full)
		memcpy(at + strlen("\tchain "), mark, NFT_MARK_SIZE - 1);
}
