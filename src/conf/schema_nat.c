/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `registrar.syslog`, `.nat` and `.deterministic_nat`. */
#include <string.h>

#include "conf/schema_source.h"

#define SENDER(member) offsetof(struct registrar_sender, member)
#define EXPORTER(member) offsetof(struct registrar_exporter, member)
#define PLAN(member) offsetof(struct plan_read, member)

static const struct schema_name log_names[] = {{"juniper",
						REGISTRAR_LOG_JUNIPER},
					       {"cisco", REGISTRAR_LOG_CISCO},
					       {"pattern",
						REGISTRAR_LOG_PATTERN},
					       {NULL, 0}};
static const struct schema_name order_names[] = {{"fill", 0},
						 {"spread", 1},
						 {NULL, 0}};
static const struct schema_name profile_names[] = {{"rfc8158",
						    REGISTRAR_RFC8158},
						   {"juniper-draft",
						    REGISTRAR_JUNIPER_DRAFT},
						   {NULL, 0}};

/* registrar.syslog */

static void
senders_take(struct reading *reading, void *base, const void *item,
	     const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_sender sender;

	memcpy(&sender, item, sizeof(sender));
	sender.zone_offset_s = schema_source_zone(sender.zone);
	if (!sender.name[0])
		schema_source_name(sender.name, &sender.address);
	if ((sender.format == REGISTRAR_LOG_PATTERN) !=
	    (sender.pattern_file[0] != 0))
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.syslog.senders: 'format: pattern' "
				"and 'pattern_file' need one another");
	for (size_t i = 0; i < conf->sender_count; i++)
		if (prefix_equal(&conf->senders[i].address, &sender.address)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"registrar.syslog.senders: the address "
					"stands there twice");
			return;
		}
	schema_append(reading, (void **)&conf->senders, &conf->sender_count,
		      REGISTRAR_SENDERS_MAX, sizeof(sender), &sender, node);
}

static bool
senders_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->sender_count)
		return false;
	memcpy(item, &conf->senders[index], sizeof(*conf->senders));
	return true;
}

static const struct schema sender_rows[] = {
    {.name = "address",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = SENDER(address),
     .help = "Who may send: an address or a prefix."},
    {.name = "format",
     .kind = KIND_CHOICE,
     .names = log_names,
     .size = 1,
     .required = true,
     .offset = SENDER(format),
     .help = "Whose messages of port blocks they are. juniper: "
	     "JSERVICES_NAT_PORT_BLOCK, ASP_NAT_PORT_BLOCK and "
	     "RT_SRC_NAT_PBA; cisco: CGv6 NAT44 and DS Lite (Userbased, "
	     "Sessionbased). Any other message is passed over unread."},
    NAME_ROW(SENDER(name), "Its name in answers; the address where not said."),
    {.name = "pattern_file",
     .kind = KIND_PATH,
     .size = REGISTRAR_PATH_SIZE,
     .offset = SENDER(pattern_file),
     .help = "What its messages look like, for format pattern."},
    ZONE_ROW(SENDER(zone)),
    INTERIM_ROW(SENDER(interim_us), NULL),
    COMPLETE_ROW(SENDER(complete)),
    CLOCK_ROW(SENDER(clock_error_us)),
    REALM_ROW(SENDER(realm)),
    {.name = "vrfs",
     .kind = KIND_LIST,
     .list = &schema_vrf_list,
     .offset = SENDER(vrfs),
     .expected = "a list such as [{name: inside1, realm: 1}]",
     .help = "Inside networks that its messages name, and the realm of each; "
	     "one that isn't listed is refused."},
    END};
static const struct schema sender_item = {.kind = KIND_GROUP,
					  .rows = sender_rows};
static const struct schema_list sender_list = {sizeof(struct registrar_sender),
					       &sender_item, false,
					       senders_take, senders_give};
const struct schema schema_syslog_rows[] = {
    {.name = "senders",
     .kind = KIND_LIST,
     .list = &sender_list,
     .help = "NATs whose messages are read, by UDP and TCP."},
    END};

/* registrar.nat */

static void
exporters_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_exporter exporter;

	memcpy(&exporter, item, sizeof(exporter));
	if (!exporter.name[0]) {
		struct text text;

		text_init(&text, exporter.name, sizeof(exporter.name));
		addr_format(&text, &exporter.address);
	}
	for (size_t i = 0; i < conf->exporter_count; i++)
		if (addr_equal(&conf->exporters[i].address,
			       &exporter.address)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"registrar.nat.exporters: the address "
					"stands there twice");
			return;
		}
	schema_append(reading, (void **)&conf->exporters, &conf->exporter_count,
		      REGISTRAR_EXPORTERS_MAX, sizeof(exporter), &exporter,
		      node);
}

static bool
exporters_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->exporter_count)
		return false;
	memcpy(item, &conf->exporters[index], sizeof(*conf->exporters));
	return true;
}

static const struct schema exporter_rows[] = {
    {.name = "address",
     .kind = KIND_ADDRESS,
     .required = true,
     .offset = EXPORTER(address),
     .help = "Where its datagrams come from."},
    {.name = "profile",
     .kind = KIND_CHOICE,
     .names = profile_names,
     .size = 1,
     .required = true,
     .offset = EXPORTER(profile),
     .help = "What its natEvent 14 and 15 mean: address bindings (rfc8158) or "
	     "blocks of ports (juniper-draft). Nothing in the data says so."},
    NAME_ROW(EXPORTER(name),
	     "Its name in answers; the address where not said."),
    INTERIM_ROW(EXPORTER(interim_us), NULL),
    CLOCK_ROW(EXPORTER(clock_error_us)),
    REALM_ROW(EXPORTER(realm)),
    END};
static const struct schema exporter_item = {.kind = KIND_GROUP,
					    .rows = exporter_rows};
static const struct schema_list exporter_list = {
    sizeof(struct registrar_exporter), &exporter_item, false, exporters_take,
    exporters_give};
const struct schema schema_nat_rows[] = {
    {.name = "exporters",
     .kind = KIND_LIST,
     .list = &exporter_list,
     .help = "NATs whose events are read from IPFIX."},
    END};

/* registrar.deterministic_nat */

struct excluded_read {
	char ports[16];
};

static void
excluded_take(struct reading *reading, void *base, const void *item,
	      const struct node *node)
{
	struct registrar_excluded *excluded = base;
	const struct excluded_read *in = item;
	struct slice rest = slice_of(in->ports);
	const struct slice first = slice_split(&rest, '-');
	uint64_t from, to;

	if (excluded->count == REGISTRAR_EXCLUDED_MAX ||
	    slice_u64(first, 65535, &from) != 0 ||
	    slice_u64(rest.at ? rest : first, 65535, &to) != 0 || from > to) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.deterministic_nat: '%s'; expected "
				"at most %u ranges of ports such as 5060-5061",
				in->ports, REGISTRAR_EXCLUDED_MAX);
		return;
	}
	excluded->of[excluded->count++] =
	    (struct registrar_ports){(uint16_t)from, (uint16_t)to};
}

static bool
excluded_give(const void *base, size_t index, void *item)
{
	const struct registrar_excluded *excluded = base;
	struct excluded_read *in = item;
	struct text text;

	if (index >= excluded->count)
		return false;
	text_init(&text, in->ports, sizeof(in->ports));
	text_u64(&text, excluded->of[index].first);
	text_char(&text, '-');
	text_u64(&text, excluded->of[index].last);
	return true;
}

static const struct schema excluded_item = {.kind = KIND_TEXT,
					    .size =
						sizeof(struct excluded_read)};
static const struct schema_list excluded_list = {sizeof(struct excluded_read),
						 &excluded_item, false,
						 excluded_take, excluded_give};

struct plan_read {
	struct registrar_plan plan;
	char from[TIMES_RFC3339_SIZE], to[TIMES_RFC3339_SIZE];
};

/* "": unset. */
static bool
time_read(const char *written, struct at_event *time)
{
	*time = times_unset();
	return !*written || times_parse(slice_of(written), &time->us) == 0;
}

static void
plans_take(struct reading *reading, void *base, const void *item,
	   const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct plan_read in;
	const char *wrong = NULL;

	memcpy(&in, item, sizeof(in));
	if (!addr_is_v4(&in.plan.inside.addr) ||
	    !addr_is_v4(&in.plan.outside.addr) || in.plan.inside.length < 96 ||
	    in.plan.outside.length < 96)
		wrong = "'inside' and 'outside' are IPv4 prefixes";
	else if (!time_read(in.from, &in.plan.from) ||
		 !time_read(in.to, &in.plan.to))
		wrong = "'from' and 'to' are times such as "
			"2024-06-20T10:00:00Z";
	else if (in.plan.last < in.plan.first)
		wrong = "'last' is below 'first'";
	else if (times_is_set(in.plan.from) && times_is_set(in.plan.to) &&
		 in.plan.to.us <= in.plan.from.us)
		wrong = "'to' isn't after 'from'";
	if (wrong) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.deterministic_nat: %s", wrong);
		return;
	}
	schema_append(reading, (void **)&conf->plans, &conf->plan_count,
		      REGISTRAR_PLANS_MAX, sizeof(in.plan), &in.plan, node);
}

static void
time_give(char written[TIMES_RFC3339_SIZE], struct at_event time)
{
	struct text text;

	text_init(&text, written, TIMES_RFC3339_SIZE);
	if (times_is_set(time))
		times_format(&text, time.us);
}

static bool
plans_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;
	struct plan_read in;

	if (index >= conf->plan_count)
		return false;
	in.plan = conf->plans[index];
	time_give(in.from, in.plan.from);
	time_give(in.to, in.plan.to);
	memcpy(item, &in, sizeof(in));
	return true;
}

static const struct schema plan_rows[] = {
    {.name = "inside",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = PLAN(plan.inside),
     .help = "Inside addresses of the NAT."},
    {.name = "outside",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = PLAN(plan.outside),
     .help = "Outside addresses they are given ports of."},
    {.name = "ports",
     .kind = KIND_NUMBER,
     .size = 2,
     .min = 1,
     .max = 65535,
     .required = true,
     .offset = PLAN(plan.ports),
     .help = "Ports an inside address is given."},
    {.name = "first",
     .kind = KIND_NUMBER,
     .size = 2,
     .min = 0,
     .max = 65535,
     .offset = PLAN(plan.first),
     .standard = "1024",
     .help = "First port that is given."},
    {.name = "last",
     .kind = KIND_NUMBER,
     .size = 2,
     .min = 1,
     .max = 65535,
     .offset = PLAN(plan.last),
     .standard = "65535",
     .help = "Last port that is given."},
    {.name = "order",
     .kind = KIND_CHOICE,
     .names = order_names,
     .size = 1,
     .offset = PLAN(plan.spread),
     .standard = "fill",
     .help = "fill: one outside address after the other is given away; "
	     "spread: by turns."},
    {.name = "inside_boundaries",
     .kind = KIND_CHOICE,
     .names = schema_yes_no,
     .size = 1,
     .required = true,
     .offset = PLAN(plan.inside_boundaries),
     .help = "Do network and broadcast address of 'inside' take part? One "
	     "address more or less moves everybody."},
    {.name = "outside_boundaries",
     .kind = KIND_CHOICE,
     .names = schema_yes_no,
     .size = 1,
     .required = true,
     .offset = PLAN(plan.outside_boundaries),
     .help = "The same of 'outside'."},
    {.name = "exclude",
     .kind = KIND_LIST,
     .list = &excluded_list,
     .offset = PLAN(plan.excluded),
     .expected = "a list of ranges such as [5060-5061]",
     .help = "Ports that are given to nobody."},
    {.name = "from",
     .kind = KIND_TEXT,
     .size = TIMES_RFC3339_SIZE,
     .offset = PLAN(from),
     .help = "Since when it is configured so; always where not said.",
     .example = "2024-06-20T10:00:00Z"},
    {.name = "to",
     .kind = KIND_TEXT,
     .size = TIMES_RFC3339_SIZE,
     .offset = PLAN(to),
     .help = "Until when; to this day where not said."},
    REALM_ROW(PLAN(plan.realm)),
    END};
static const struct schema plan_item = {.kind = KIND_GROUP, .rows = plan_rows};
const struct schema_list schema_plans_list = {sizeof(struct plan_read),
					      &plan_item, false, plans_take,
					      plans_give};
