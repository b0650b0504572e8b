/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the schema, and how the items of its lists are taken over. */
#include <string.h>

#include "base/memory.h"
#include "conf/schema.h"

#define AT(member)                               \
	.offset = offsetof(struct conf, member), \
	.size = sizeof(((struct conf *)0)->member)
#define SEC TIMES_SECOND_US
#define MINUTE TIMES_MINUTE_US
#define HOUR TIMES_HOUR_US
#define DAY TIMES_DAY_US
#define END                  \
	{                    \
		.name = NULL \
	}

static const struct schema_name yes_no[] = {{"true", 1},
					    {"false", 0},
					    {NULL, 0}};
static const struct schema_name modes[] = {{"shadow", 0},
					   {"live", 1},
					   {NULL, 0}};
static const struct schema_name cgnat_sides[] = {{"outside", 1}, {NULL, 0}};
static const struct schema_name party_measures[] = {{"garden", MEASURE_GARDEN},
						    {"limit", MEASURE_LIMIT},
						    {NULL, 0}};

bool
schema_append(struct reading *reading, void **array, size_t *count, size_t max,
	      size_t size, const void *item, const struct node *node)
{
	void *grown;

	if (*count >= max) {
		conf_errors_add(reading->errors, node->line, node->column,
				"more than %zu of these", max);
		return false;
	}
	grown = memory_grow(*array, *count, *count + 1, size);
	if (!grown) {
		reading->no_memory = true;
		return false;
	}
	memcpy((char *)grown + *count * size, item, size);
	*array = grown;
	(*count)++;
	return true;
}

/* network.inside */

struct inside_read {
	struct prefix prefix;
	uint32_t assign;
	uint8_t cgnat;
	uint32_t ports, first;
};

static void
inside_take(struct reading *reading, void *base, const void *staged,
	    const struct node *node)
{
	struct conf *conf = base;
	const struct inside_read *in = staged;
	static const struct addr mapped = {{[10] = 0xff, [11] = 0xff}};
	bool v4 = in->prefix.length >= 96 && addr_is_v4(&in->prefix.addr);
	struct inside_item item = {.prefix = in->prefix, .assign = 128};
	const char *wrong = NULL;

	if (!v4 && prefix_contains(&in->prefix, &mapped))
		wrong = "network.inside: holds all of IPv4; write 0.0.0.0/0 "
			"and 2000::/3";
	else if (v4 && in->assign)
		wrong = "network.inside: 'assign' is for IPv6 prefixes";
	else if (in->assign && in->assign < in->prefix.length)
		wrong = "network.inside: 'assign' is wider than the prefix";
	else if (in->cgnat && !v4)
		wrong = "network.inside: 'cgnat' is for IPv4 prefixes";
	else if (!in->cgnat && (in->ports || in->first))
		wrong = "network.inside: 'ports' and 'first' need "
			"'cgnat: outside'";
	if (wrong) {
		conf_errors_add(reading->errors, node->line, node->column, "%s",
				wrong);
		return;
	}
	if (!v4)
		item.assign = (uint8_t)(in->assign               ? in->assign
					: in->prefix.length > 64 ? 128
								 : 64);
	item.shared = in->cgnat;
	item.block_ports = (uint16_t)(in->ports ? in->ports : 512);
	item.block_first = (uint16_t)(in->first ? in->first : 1024);
	for (size_t i = 0; i < conf->inside_count; i++)
		if (prefix_equal(&conf->inside_items[i].prefix, &item.prefix)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"network.inside: the prefix stands "
					"there twice");
			return;
		}
	schema_append(reading, (void **)&conf->inside_items,
		      &conf->inside_count, CONF_INSIDE_MAX, sizeof(item), &item,
		      node);
}

static bool
inside_give(const void *base, size_t index, void *staged)
{
	const struct conf *conf = base;
	struct inside_read *in = staged;
	const struct inside_item *item;

	if (index >= conf->inside_count)
		return false;
	item = &conf->inside_items[index];
	in->prefix = item->prefix;
	in->assign = item->prefix.length >= 96 && addr_is_v4(&item->prefix.addr)
			 ? 0
			 : item->assign;
	in->cgnat = item->shared;
	in->ports = item->shared ? item->block_ports : 0;
	in->first = item->shared ? item->block_first : 0;
	return true;
}

static const struct schema inside_rows[] = {
    {.name = "prefix",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = offsetof(struct inside_read, prefix),
     .help = "Addresses of ours; the longest prefix wins."},
    {.name = "assign",
     .kind = KIND_NUMBER,
     .size = 4,
     .min = 1,
     .max = 128,
     .offset = offsetof(struct inside_read, assign),
     .help = "Size of what one IPv6 customer is given; /64 where not said."},
    {.name = "cgnat",
     .kind = KIND_CHOICE,
     .size = 1,
     .names = cgnat_sides,
     .offset = offsetof(struct inside_read, cgnat),
     .help = "outside: many customers share each of these addresses, told "
	     "apart by blocks of ports."},
    {.name = "ports",
     .kind = KIND_NUMBER,
     .size = 4,
     .min = 1,
     .max = 65535,
     .offset = offsetof(struct inside_read, ports),
     .help = "Ports in a block; 512 where not said."},
    {.name = "first",
     .kind = KIND_NUMBER,
     .size = 4,
     .min = 1,
     .max = 65535,
     .offset = offsetof(struct inside_read, first),
     .help = "First port of the first block; 1024 where not said."},
    END};
static const struct schema inside_item = {.kind = KIND_GROUP,
					  .rows = inside_rows};
static const struct schema_list inside_list = {sizeof(struct inside_read),
					       &inside_item, true, inside_take,
					       inside_give};

/* bindings, indicators */

struct file_read {
	char csv[CONF_PATH_SIZE];
};

static const struct schema file_rows[] = {
    {.name = "csv",
     .kind = KIND_PATH,
     .size = CONF_PATH_SIZE,
     .required = true,
     .help = "Path of a CSV file; relative to this file's folder."},
    END};
static const struct schema file_item = {.kind = KIND_GROUP, .rows = file_rows};

static void
bindings_take(struct reading *reading, void *base, const void *item,
	      const struct node *node)
{
	struct conf *conf = base;

	schema_append(reading, (void **)&conf->binding_files,
		      &conf->binding_file_count, CONF_FILES_MAX, CONF_PATH_SIZE,
		      item, node);
}

static bool
bindings_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->binding_file_count)
		return false;
	memcpy(item, conf->binding_files[index], CONF_PATH_SIZE);
	return true;
}

static void
indicators_take(struct reading *reading, void *base, const void *item,
		const struct node *node)
{
	struct conf *conf = base;

	schema_append(reading, (void **)&conf->indicator_files,
		      &conf->indicator_file_count, CONF_FILES_MAX,
		      CONF_PATH_SIZE, item, node);
}

static bool
indicators_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->indicator_file_count)
		return false;
	memcpy(item, conf->indicator_files[index], CONF_PATH_SIZE);
	return true;
}

static const struct schema_list bindings_list = {sizeof(struct file_read),
						 &file_item, false,
						 bindings_take, bindings_give};
static const struct schema_list indicators_list = {sizeof(struct file_read),
						   &file_item, false,
						   indicators_take,
						   indicators_give};

/* live */

static void
live_take(struct reading *reading, void *base, const void *item,
	  const struct node *node)
{
	struct conf *conf = base;
	const struct conf_act *act = item;

	if (act->act != ACT_NOTICE && !conf->policy.essential_set) {
		conf_errors_add(reading->errors, node->line, node->column,
				"live: '%.40s' is a measure and 'essential' is "
				"empty; expected the prefixes no measure may "
				"cut (voice, emergency, DNS)",
				node->value.at);
		return;
	}
	for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++)
		if (act->class == RSIT_NONE || act->class == i)
			conf->policy.live[act->act][i] = true;
}

static bool
live_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;
	struct conf_act *act = item;

	for (uint8_t i = 0; i < ACT_COUNT; i++) {
		/* The class "none" is only on where the act is on for all. */
		bool all = conf->policy.live[i][RSIT_NONE];

		for (uint8_t j = 0; j < (all ? 1 : RSIT_CLASS_COUNT); j++)
			if (conf->policy.live[i][j] && index-- == 0) {
				*act = (struct conf_act){i,
							 all ? RSIT_NONE : j};
				return true;
			}
	}
	return false;
}

static const struct schema act_item = {.kind = KIND_ACT,
				       .size = sizeof(struct conf_act)};
static const struct schema_list live_list = {sizeof(struct conf_act), &act_item,
					     false, live_take, live_give};

/* exporters */

static void
interface_take(struct reading *reading, void *base, const void *item,
	       const struct node *node, uint8_t entered)
{
	struct flow_exporter_conf *exporter = base;
	uint32_t index;

	memcpy(&index, item, sizeof(index));
	for (size_t i = 0; i < exporter->interface_count; i++)
		if (exporter->interfaces[i].index == index) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"exporters: interface %u stands there "
					"twice",
					index);
			return;
		}
	if (exporter->interface_count == FLOW_CONF_INTERFACES_MAX) {
		conf_errors_add(reading->errors, node->line, node->column,
				"exporters: more than %u interfaces",
				FLOW_CONF_INTERFACES_MAX);
		return;
	}
	exporter->interfaces[exporter->interface_count++] =
	    (struct flow_interface_conf){index, entered};
}

static bool
interface_give(const void *base, size_t index, void *item, uint8_t entered)
{
	const struct flow_exporter_conf *exporter = base;

	for (size_t i = 0; i < exporter->interface_count; i++)
		if (exporter->interfaces[i].entered == entered &&
		    index-- == 0) {
			memcpy(item, &exporter->interfaces[i].index, 4);
			return true;
		}
	return false;
}

static void
subscriber_take(struct reading *reading, void *base, const void *item,
		const struct node *node)
{
	interface_take(reading, base, item, node, ENTERED_SUBSCRIBER);
}

static bool
subscriber_give(const void *base, size_t index, void *item)
{
	return interface_give(base, index, item, ENTERED_SUBSCRIBER);
}

static void
border_take(struct reading *reading, void *base, const void *item,
	    const struct node *node)
{
	interface_take(reading, base, item, node, ENTERED_BORDER);
}

static bool
border_give(const void *base, size_t index, void *item)
{
	return interface_give(base, index, item, ENTERED_BORDER);
}

static const struct schema index_item = {.kind = KIND_NUMBER,
					 .size = 4,
					 .min = 0,
					 .max = UINT32_MAX};
static const struct schema_list subscriber_list = {4, &index_item, false,
						   subscriber_take,
						   subscriber_give};
static const struct schema_list border_list = {4, &index_item, false,
					       border_take, border_give};
static const struct schema interface_rows[] = {
    {.name = "subscriber",
     .kind = KIND_LIST,
     .list = &subscriber_list,
     .help = "SNMP indices of interfaces that face subscribers."},
    {.name = "border",
     .kind = KIND_LIST,
     .list = &border_list,
     .help = "SNMP indices of interfaces that face other networks."},
    END};
#define EXPORTER(member) offsetof(struct flow_exporter_conf, member)
static const struct schema exporter_rows[] = {
    {.name = "address",
     .kind = KIND_ADDRESS,
     .required = true,
     .offset = EXPORTER(addr),
     .help = "Where its datagrams come from."},
    {.name = "sampling",
     .kind = KIND_NUMBER,
     .size = 4,
     .min = 1,
     .max = 1000000,
     .offset = EXPORTER(sampling),
     .help = "N of its 1:N packet sampling, where it doesn't announce it."},
    {.name = "active_timeout",
     .kind = KIND_SECONDS,
     .min = SEC,
     .max = HOUR,
     .offset = EXPORTER(active_timeout_s),
     .help = "How long it holds a running flow before it exports it."},
    {.name = "inactive_timeout",
     .kind = KIND_SECONDS,
     .min = SEC,
     .max = HOUR,
     .offset = EXPORTER(inactive_timeout_s),
     .help = "How long it holds a flow that has gone quiet."},
    {.name = "interfaces",
     .kind = KIND_GROUP,
     .rows = interface_rows,
     .help = "Which of its interfaces face whom."},
    END};
static const struct schema exporter_item = {.kind = KIND_GROUP,
					    .rows = exporter_rows};

static void
exporters_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct conf *conf = base;
	const struct flow_exporter_conf *exporter = item;

	for (size_t i = 0; i < conf->flow.exporter_count; i++)
		if (addr_equal(&conf->flow.exporters[i].addr,
			       &exporter->addr)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"exporters: the address stands there "
					"twice");
			return;
		}
	schema_append(reading, (void **)&conf->flow.exporters,
		      &conf->flow.exporter_count, CONF_EXPORTERS_MAX,
		      sizeof(*exporter), exporter, node);
}

static bool
exporters_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->flow.exporter_count)
		return false;
	memcpy(item, &conf->flow.exporters[index],
	       sizeof(struct flow_exporter_conf));
	return true;
}

static const struct schema_list exporters_list = {
    sizeof(struct flow_exporter_conf), &exporter_item, false, exporters_take,
    exporters_give};

/* essential, protected */

static void
essential_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct conf *conf = base;

	conf->policy.essential_set = true;
	schema_append(reading, (void **)&conf->essential,
		      &conf->essential_count, CONF_ESSENTIAL_MAX,
		      sizeof(struct prefix), item, node);
}

static bool
essential_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->essential_count)
		return false;
	memcpy(item, &conf->essential[index], sizeof(struct prefix));
	return true;
}

/* Kept sorted: case/ searches them. */
static void
protected_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct conf *conf = base;
	const char **labels = (const char **)conf->policy.protected_labels;
	size_t count = conf->policy.protected_count, at = 0;
	char *copy = memory_new(strlen(item) + 1, 1);

	if (!copy) {
		reading->no_memory = true;
		return;
	}
	memcpy(copy, item, strlen(item));
	while (at < count && strcmp(labels[at], copy) < 0)
		at++;
	if (at < count && strcmp(labels[at], copy) == 0) {
		conf_errors_add(reading->errors, node->line, node->column,
				"protected: '%.60s' stands there twice", copy);
		memory_free(copy);
		return;
	}
	if (!schema_append(reading, (void **)&labels, &count,
			   CASE_PROTECTED_MAX, sizeof(copy), &copy, node)) {
		memory_free(copy);
		return;
	}
	memmove(labels + at + 1, labels + at,
		(count - 1 - at) * sizeof(*labels));
	labels[at] = copy;
	conf->policy.protected_labels = labels;
	conf->policy.protected_count = (uint32_t)count;
}

static bool
protected_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->policy.protected_count)
		return false;
	return text_copy(item, PARTY_LABEL_SIZE,
			 slice_of(conf->policy.protected_labels[index]));
}

static const struct schema prefix_item = {.kind = KIND_PREFIX,
					  .size = sizeof(struct prefix)};
static const struct schema label_item = {.kind = KIND_TEXT,
					 .size = PARTY_LABEL_SIZE};
static const struct schema_list essential_list = {sizeof(struct prefix),
						  &prefix_item, false,
						  essential_take,
						  essential_give};
static const struct schema_list protected_list = {PARTY_LABEL_SIZE, &label_item,
						  false, protected_take,
						  protected_give};

/* quarantine */

static void
resolver_take(struct reading *reading, void *base, const void *item,
	      const struct node *node)
{
	struct quarantine_conf *conf = &((struct conf *)base)->quarantine;

	if (conf->resolver_count == QUARANTINE_RESOLVERS_MAX) {
		conf_errors_add(reading->errors, node->line, node->column,
				"more than %u of these",
				QUARANTINE_RESOLVERS_MAX);
		return;
	}
	memcpy(&conf->resolvers[conf->resolver_count++], item,
	       sizeof(struct addr));
}

static bool
resolver_give(const void *base, size_t index, void *item)
{
	const struct quarantine_conf *conf =
	    &((const struct conf *)base)->quarantine;

	if (index >= conf->resolver_count)
		return false;
	memcpy(item, &conf->resolvers[index], sizeof(struct addr));
	return true;
}

/* One of each family: an IPv6 page can't be shown from an IPv4 address. */
static void
portal_take(struct reading *reading, void *base, const void *item,
	    const struct node *node)
{
	struct quarantine_conf *conf = &((struct conf *)base)->quarantine;
	struct conf_endpoint endpoint;
	struct quarantine_portal *portal;

	memcpy(&endpoint, item, sizeof(endpoint));
	portal = addr_is_v4(&endpoint.addr) ? &conf->portal4 : &conf->portal6;
	if (portal->port || endpoint.port == 0) {
		conf_errors_add(reading->errors, node->line, node->column,
				"quarantine.portal: expected at most one "
				"address of each family, with a port above 0");
		return;
	}
	*portal = (struct quarantine_portal){endpoint.addr, endpoint.port};
}

static bool
portal_give(const void *base, size_t index, void *item)
{
	const struct quarantine_conf *conf =
	    &((const struct conf *)base)->quarantine;
	const struct quarantine_portal *const portals[] = {&conf->portal4,
							   &conf->portal6};

	for (size_t i = 0; i < 2; i++)
		if (portals[i]->port && index-- == 0) {
			const struct conf_endpoint endpoint = {
			    portals[i]->addr, portals[i]->port};

			memcpy(item, &endpoint, sizeof(endpoint));
			return true;
		}
	return false;
}

static void
infrastructure_take(struct reading *reading, void *base, const void *item,
		    const struct node *node)
{
	struct quarantine_conf *conf = &((struct conf *)base)->quarantine;

	schema_append(reading, (void **)&conf->infrastructure,
		      &conf->infrastructure_count, CONF_ESSENTIAL_MAX,
		      sizeof(struct prefix), item, node);
}

static bool
infrastructure_give(const void *base, size_t index, void *item)
{
	const struct quarantine_conf *conf =
	    &((const struct conf *)base)->quarantine;

	if (index >= conf->infrastructure_count)
		return false;
	memcpy(item, &conf->infrastructure[index], sizeof(struct prefix));
	return true;
}

static const struct schema address_item = {.kind = KIND_ADDRESS,
					   .size = sizeof(struct addr)};
static const struct schema endpoint_item = {.kind = KIND_ENDPOINT,
					    .size =
						sizeof(struct conf_endpoint)};
static const struct schema_list resolver_list = {sizeof(struct addr),
						 &address_item, false,
						 resolver_take, resolver_give};
static const struct schema_list portal_list = {sizeof(struct conf_endpoint),
					       &endpoint_item, false,
					       portal_take, portal_give};
static const struct schema_list infrastructure_list = {sizeof(struct prefix),
						       &prefix_item, false,
						       infrastructure_take,
						       infrastructure_give};
static void
proxies_take(struct reading *reading, void *base, const void *item,
	     const struct node *node)
{
	struct web_conf *conf = &((struct conf *)base)->web;

	if (conf->proxy_count == WEB_PROXIES_MAX) {
		conf_errors_add(reading->errors, node->line, node->column,
				"more than %u of these", WEB_PROXIES_MAX);
		return;
	}
	memcpy(&conf->proxies[conf->proxy_count++], item, sizeof(struct addr));
}

static bool
proxies_give(const void *base, size_t index, void *item)
{
	const struct web_conf *conf = &((const struct conf *)base)->web;

	if (index >= conf->proxy_count)
		return false;
	memcpy(item, &conf->proxies[index], sizeof(struct addr));
	return true;
}

static const struct schema_list proxies_list = {sizeof(struct addr),
						&address_item, false,
						proxies_take, proxies_give};
static const struct schema_name quarantine_drivers[] = {
    {"none", QUARANTINE_OFF},
    {"null", QUARANTINE_NULL},
    {"nftables", QUARANTINE_NFTABLES},
    {NULL, 0}};

/* Groups */

#define TEXT_ROW(key, member, help_text, ...)                                  \
	{                                                                      \
		.name = key, .kind = KIND_TEXT,                                \
		.offset = offsetof(struct conf, member),                       \
		.size = sizeof(((struct conf *)0)->member), .help = help_text, \
		__VA_ARGS__                                                    \
	}
#define ROW(key, kind_, member, low, high, standard_, help_text)        \
	{                                                               \
		.name = key, .kind = kind_,                             \
		.offset = offsetof(struct conf, member),                \
		.size = sizeof(((struct conf *)0)->member), .min = low, \
		.max = high, .standard = standard_, .help = help_text   \
	}

static const struct schema network_rows[] = {
    TEXT_ROW("name", network_name, "Name of the network, for people.",
	     .standard = "network"),
    {.name = "inside",
     .kind = KIND_LIST,
     .list = &inside_list,
     .required = true,
     .expected = "a list of prefixes such as [192.0.2.0/24]",
     .help = "Every address of ours; only these can be found infected."},
    {.name = "source_filtered",
     .kind = KIND_CHOICE,
     .names = yes_no,
     .size = 1,
     .offset = offsetof(struct conf, detect.source_filtered),
     .standard = "false",
     .help = "true: no inside source address can come in from outside "
	     "(BCP 38); then flows from one are our own measurement."},
    END};

static const struct schema listen_rows[] = {
    ROW("netflow", KIND_ENDPOINT, listen[CONF_LISTEN_NETFLOW], 0, 0,
	"127.0.0.1:2055", "NetFlow v9, UDP. Port 0 takes a free one."),
    ROW("ipfix", KIND_ENDPOINT, listen[CONF_LISTEN_IPFIX], 0, 0,
	"127.0.0.1:4739", "IPFIX, UDP."),
    ROW("metrics", KIND_ENDPOINT, listen[CONF_LISTEN_METRICS], 0, 0,
	"127.0.0.1:9464", "/healthz and /metrics, HTTP."),
    ROW("portal", KIND_ENDPOINT, listen[CONF_LISTEN_PORTAL], 0, 0,
	"127.0.0.1:8081",
	"The subscribers' portal, HTTP; [::]:80 for both families."),
    ROW("api", KIND_ENDPOINT, listen[CONF_LISTEN_API], 0, 0, "127.0.0.1:8080",
	"The API, HTTP, where api.tokens says who may ask."),
    ROW("accounting", KIND_ENDPOINT, listen[CONF_LISTEN_ACCOUNTING], 0, 0,
	"127.0.0.1:1813", "RADIUS accounting, UDP."),
    ROW("syslog", KIND_ENDPOINT, listen[CONF_LISTEN_SYSLOG], 0, 0,
	"127.0.0.1:1514", "Logs of port blocks, UDP."),
    ROW("syslog_tcp", KIND_ENDPOINT, listen[CONF_LISTEN_SYSLOG_TCP], 0, 0,
	"127.0.0.1:1514", "The same, TCP."),
    ROW("nat", KIND_ENDPOINT, listen[CONF_LISTEN_NAT], 0, 0, "127.0.0.1:4740",
	"IPFIX of NAT events, UDP."),
    END};

static const struct schema run_rows[] = {
    ROW("uid_base", KIND_NUMBER, uid_base, 1000, 60000000, "61000",
	"Roles started by root run as this number plus their own, where no "
	"account lazaret-ROLE exists."),
    END};

static const struct schema weight_rows[] = {
    ROW("flood", KIND_SCORE, detect.weight_flood_milli, 0, 20000, "4",
	"Own flood in one window."),
    ROW("flood_lasts", KIND_SCORE, detect.weight_flood_lasts_milli, 0, 20000,
	"6", "Own flood in two windows in a row."),
    ROW("scan", KIND_SCORE, detect.weight_scan_milli, 0, 20000, "5", "Scan."),
    ROW("c2", KIND_SCORE, detect.weight_c2_milli, 0, 20000, "5",
	"Established contact of a command server seen within 7 days."),
    ROW("c2_old", KIND_SCORE, detect.weight_c2_old_milli, 0, 20000, "3",
	"The same, seen longer ago or undated."),
    ROW("sinkhole", KIND_SCORE, detect.weight_sinkhole_milli, 0, 20000, "5",
	"Established contact of a sinkhole."),
    END};

static const struct schema detect_rows[] = {
    {.name = "lateness",
     .kind = KIND_DURATION,
     .min = SEC,
     .max = HOUR,
     .offset = offsetof(struct conf, detect.lateness_us),
     .help = "Windows close at record time minus this. Where not said: the "
	     "largest active plus inactive timeout of the exporters, else "
	     "120s."},
    {.name = "sampling",
     .kind = KIND_NUMBER,
     .size = 4,
     .min = 1,
     .max = 1000000,
     .offset = offsetof(struct conf, detect.sampling),
     .help = "Largest 1:N expected; it chooses the window. Where not said: "
	     "the largest of the exporters, else 1."},
    ROW("sampling_wide_min", KIND_NUMBER, detect.sampling_wide_min, 1, 1000000,
	"100", "Above this 1:N windows last 60 s instead of 10 s."),
    ROW("flood_pps", KIND_NUMBER, detect.flood_pps, 1, 100000000, "200",
	"ICMP or UDP packets a second to one destination, unanswered."),
    ROW("flood_syn_pps", KIND_NUMBER, detect.flood_syn_pps, 1, 100000000, "100",
	"Bare SYN packets a second to one destination."),
    ROW("flood_icmp_abs_pps", KIND_NUMBER, detect.flood_icmp_abs_pps, 1,
	100000000, "1000", "Echo requests a second, answered or not."),
    ROW("flood_samples_min", KIND_NUMBER, detect.flood_samples_min, 1, 100000,
	"12", "Packets a window must show when sampled."),
    ROW("scan_targets", KIND_NUMBER, detect.scan_targets, 2, 100000, "10",
	"Unanswered targets on the worm ports that make a scan."),
    ROW("scan_targets_wide", KIND_NUMBER, detect.scan_targets_wide, 2, 100000,
	"50", "The same on other watched ports."),
    {.name = "weights",
     .kind = KIND_GROUP,
     .rows = weight_rows,
     .help = "What a sighting counts."},
    ROW("subjects_max", KIND_NUMBER, detect.subjects_max, 64, 16777216,
	"262144", "Subjects with state at a time; what goes is counted."),
    ROW("pairs_max", KIND_NUMBER, detect.pairs_max, 64, 16777216, "262144",
	"Subject and destination pairs with windows at a time."),
    END};

static const struct schema brake_rows[] = {
    ROW("notices_hour", KIND_NUMBER, policy.brake_notices_hour, 1, 1000000,
	"1000", "Notices an hour before automation stops."),
    ROW("measures_hour", KIND_NUMBER, policy.brake_measures_hour, 1, 1000000,
	"50", "Measures an hour before automation stops."),
    ROW("share", KIND_SHARE, policy.brake_share_ppm, 0, 1000000, "0.05%",
	"Share of known parties under a measure before automation stops."),
    ROW("share_min", KIND_NUMBER, policy.brake_share_min, 0, 1000000, "5",
	"But so many parties always may be under a measure."),
    ROW("cause_notices_hour", KIND_NUMBER, policy.cause_notices_hour, 1,
	1000000, "20", "Notices an hour that may rest on one common cause."),
    ROW("cause_measures_hour", KIND_NUMBER, policy.cause_measures_hour, 1,
	1000000, "5", "Measures an hour that may rest on one common cause."),
    END};

static const struct schema policy_rows[] = {
    ROW("notice_at", KIND_SCORE, policy.notice_at_milli, 1000, 100000, "5",
	"Score from which the party is told."),
    ROW("measure_at", KIND_SCORE, policy.measure_at_milli, 1000, 100000, "11",
	"Score from which a party may be limited."),
    ROW("spoofable_max", KIND_SCORE, policy.spoofable_max_milli, 0, 4000, "1.5",
	"Most that traffic an outsider could have forged may count."),
    ROW("unauthenticated_max", KIND_SCORE, policy.unauthenticated_max_milli, 0,
	4000, "3", "Most that unauthenticated reporters together may count."),
    ROW("item_span", KIND_DURATION, policy.item_span_us, HOUR, 7 * DAY, "20h",
	"Sightings of one origin and class within this are one item."),
    ROW("item_whole", KIND_DURATION, policy.item_whole_us, HOUR, 30 * DAY,
	"48h", "How long an item keeps its full weight."),
    ROW("item_half", KIND_DURATION, policy.item_half_us, HOUR, 365 * DAY, "7d",
	"Then it halves in this time."),
    ROW("grace", KIND_DURATION, policy.grace_us, HOUR, 90 * DAY, "3d",
	"Time to act after a delivered notice."),
    ROW("second_notice", KIND_DURATION, policy.second_notice_us, HOUR, 90 * DAY,
	"3d", "When the second notice goes, by another channel."),
    ROW("accepted", KIND_DURATION, policy.accepted_us, HOUR, 30 * DAY, "24h",
	"A notice accepted and not bounced for this long counts as delivered."),
    ROW("filter", KIND_DURATION, policy.filter_us, MINUTE, 6 * HOUR, "30m",
	"How long a filter of an attack lasts, renewed while it does."),
    ROW("attack_fresh", KIND_DURATION, policy.attack_fresh_us, 10 * SEC, HOUR,
	"1m", "An attack is in progress if seen this lately."),
    ROW("attack_minutes", KIND_NUMBER, policy.attack_minutes, 1, 1440, "3",
	"Further minutes of attack after the notice that lead to a garden."),
    ROW("garden", KIND_DURATION, policy.garden_us, HOUR, 30 * DAY, "30d",
	"When a garden or limit ends by itself."),
    ROW("probation", KIND_DURATION, policy.probation_us, DAY, 365 * DAY, "14d",
	"Quiet time after which a case closes."),
    ROW("retry", KIND_DURATION, policy.retry_us, 10 * MINUTE, DAY, "1h",
	"When what a brake stopped is tried again."),
    ROW("self_releases", KIND_NUMBER, policy.self_releases, 0,
	CASE_SELF_RELEASES_MAX, "2", "How often a party may release itself."),
    ROW("self_release_span", KIND_DURATION, policy.self_release_span_us, DAY,
	730 * DAY, "90d", "In this time."),
    {.name = "party_measure",
     .kind = KIND_CHOICE,
     .names = party_measures,
     .offset = offsetof(struct conf, policy.party_measure),
     .size = sizeof(((struct conf *)0)->policy.party_measure),
     .standard = "garden",
     .help = "What a party that stays infected is put in."},
    ROW("filters_max", KIND_NUMBER, policy.filters_max, 1, 8, "4",
	"Attack tuples filtered at a time for one case."),
    {.name = "brakes",
     .kind = KIND_GROUP,
     .rows = brake_rows,
     .help = "Where automation stops and a person decides. Releases go on."},
    END};

static const struct schema notice_rows[] = {
    TEXT_ROW("operator", notice.operator_name,
	     "Who signs; network.name where not said.",
	     .example = "Example Telecom"),
    TEXT_ROW("from", notice.from, "Sender of notices.",
	     .example = "Example Telecom <security@example.net>"),
    TEXT_ROW(
	"phone", notice.phone,
	"Help desk, as printed on bills: whoever doubts a notice calls it.",
	.example = "+1 555 0100"),
    TEXT_ROW("hours", notice.hours, "When the help desk answers.",
	     .example = "every day 8 am to 8 pm"),
    {.name = "zone",
     .kind = KIND_ZONE,
     AT(notice.zone_name),
     .standard = "UTC",
     .help = "Local time of notices: UTC or an offset such as +02:00."},
    {.name = "maildir",
     .kind = KIND_PATH,
     AT(notice.maildir),
     .example = "outbox",
     .help =
	 "Maildir that notices are put into, those for whom contacts names no "
	 "mail where smtp is given too."},
    TEXT_ROW(
	"smtp", notice.smtp,
	"Mail server that notices are handed to: an address and port, "
	"unencrypted, so one of ours and near. Needs contacts or accounts.",
	.example = "127.0.0.1:25"),
    {.name = "contacts",
     .kind = KIND_PATH,
     AT(notice.contacts),
     .example = "contacts.csv",
     .help = "CSV with the columns party and mail; only the notifier reads "
	     "it."},
    END};

static const struct schema retention_rows[] = {
    ROW("spool", KIND_DURATION, retention.spool_us, HOUR, 72 * HOUR, "72h",
	"Sightings between the roles."),
    ROW("bindings", KIND_DURATION, retention.bindings_us, 3 * DAY, 7 * DAY,
	"7d", "Who held which address, and the records that say so."),
    ROW("sightings", KIND_DURATION, retention.sightings_us, DAY, 14 * DAY,
	"14d", "Sightings nobody is named by, or of watched cases only."),
    ROW("cases", KIND_DURATION, retention.cases_us, DAY, 180 * DAY, "180d",
	"Cases after closing; then only counts are left."),
    END};

static const struct schema quarantine_rows[] = {
    {.name = "driver",
     .kind = KIND_CHOICE,
     .names = quarantine_drivers,
     AT(quarantine.driver),
     .standard = "none",
     .help = "What measures are enforced with. none: no enforcer runs; null: "
	     "they are recorded; nftables: this machine is the gateway."},
    {.name = "resolver",
     .kind = KIND_LIST,
     .list = &resolver_list,
     .expected = "a list of addresses such as [192.0.2.53]",
     .help = "Resolvers of the operator, the only ones a garden reaches."},
    {.name = "portal",
     .kind = KIND_LIST,
     .list = &portal_list,
     .expected = "a list such as [192.0.2.80:8081]",
     .help = "Where HTTP of a garden is led; one of each family."},
    {.name = "infrastructure",
     .kind = KIND_LIST,
     .list = &infrastructure_list,
     .expected = "a list of prefixes such as [192.0.2.0/28]",
     .help = "Prefixes that are never under a measure: routers, servers, "
	     "authorities."},
    ROW("limit", KIND_NUMBER, quarantine.limit_bytes, 1000, 1000000000, "32000",
	"Bytes a second that a limited subject may send, and may get."),
    ROW("timeout", KIND_DURATION, quarantine.timeout_us, 5 * SEC, 10 * MINUTE,
	"60s",
	"When an entry that nobody refreshes ends by itself: should the "
	"enforcer die for good, the gate opens."),
    END};

static const struct schema portal_rows[] = {
    TEXT_ROW("url", web.url,
	     "Where people reach the portal, without a path. Where not said: "
	     "the address and port they came to, by HTTP.",
	     .example = "https://portal.example.net"),
    TEXT_ROW("emergency", web.emergency, "The number for emergency calls.",
	     .standard = "911"),
    {.name = "proxies",
     .kind = KIND_LIST,
     .list = &proxies_list,
     .expected = "a list of addresses such as [127.0.0.1]",
     .help = "Own proxies before the portal (TLS): their X-Real-IP says who "
	     "asks."},
    END};

/* essential stands before live: what may go live depends on it. */
static const struct schema root_rows[] = {
    {.name = "network",
     .kind = KIND_GROUP,
     .rows = network_rows,
     .required = true,
     .help = "Who we are."},
    {.name = "bindings",
     .kind = KIND_LIST,
     .list = &bindings_list,
     .help = "Who held which address when: address,port_first,port_last,party,"
	     "start,end."},
    {.name = "registrar",
     .kind = KIND_GROUP,
     .rows = schema_registrar_rows,
     .help = "Live sources of who held which address when. The registrar runs "
	     "where one is named."},
    {.name = "accounts",
     .kind = KIND_LIST,
     .list = &schema_accounts_list,
     .help = "Whose customer a login, line or device is, and from when to "
	     "when. Where not said, an account is what its sources call it."},
    {.name = "indicators",
     .kind = KIND_LIST,
     .list = &indicators_list,
     .help = "Command servers and sinkholes: type,value,port,proto,family,"
	     "source,first_seen,last_seen,valid_until."},
    {.name = "mode",
     .kind = KIND_CHOICE,
     .names = modes,
     AT(policy.live_mode),
     .standard = "shadow",
     .help = "shadow computes everything and acts on nothing; live acts as "
	     "'live' says."},
    {.name = "essential",
     .kind = KIND_LIST,
     .list = &essential_list,
     .help = "Prefixes that no measure may cut: voice, emergency and relay "
	     "services, DNS, DHCP, NTP, portal."},
    {.name = "live",
     .kind = KIND_LIST,
     .list = &live_list,
     .help = "What goes live, by act and class: notice, filter.ddos, "
	     "garden.scanner."},
    {.name = "protected",
     .kind = KIND_LIST,
     .list = &protected_list,
     .help = "Parties about whom a person decides (hospitals, authorities)."},
    {.name = "exporters",
     .kind = KIND_LIST,
     .list = &exporters_list,
     .help = "What routers don't say of themselves."},
    {.name = "listen",
     .kind = KIND_GROUP,
     .rows = listen_rows,
     .help = "Where the roles listen; loopback until another address is "
	     "named."},
    {.name = "state_dir",
     .kind = KIND_PATH,
     AT(state_dir),
     .help = "Where state is kept. Where not said: /var/lib/lazaret for root, "
	     "else $XDG_STATE_HOME/lazaret."},
    {.name = "run_dir",
     .kind = KIND_PATH,
     AT(run_dir),
     .help = "Sockets and counters. Where not said: /run/lazaret for root, "
	     "else $XDG_RUNTIME_DIR/lazaret."},
    {.name = "run",
     .kind = KIND_GROUP,
     .rows = run_rows,
     .help = "How roles are started."},
    {.name = "detect",
     .kind = KIND_GROUP,
     .rows = detect_rows,
     .help = "Thresholds and sizes of the detectors."},
    {.name = "policy",
     .kind = KIND_GROUP,
     .rows = policy_rows,
     .help = "When to tell and when to limit."},
    {.name = "notice",
     .kind = KIND_GROUP,
     .rows = notice_rows,
     .help = "How notices are written and sent."},
    {.name = "quarantine",
     .kind = KIND_GROUP,
     .rows = quarantine_rows,
     .help = "How measures are enforced."},
    {.name = "portal",
     .kind = KIND_GROUP,
     .rows = portal_rows,
     .help = "The pages for who is told or limited. They are served where "
	     "quarantine.driver isn't none, or by run --role web."},
    {.name = "api",
     .kind = KIND_GROUP,
     .rows = schema_api_rows,
     .help = "POST /api/v1/who and /api/v1/machines, for programs of the "
	     "operator's own."},
    {.name = "retention",
     .kind = KIND_GROUP,
     .rows = retention_rows,
     .help = "How long what is stored is kept; each may be shortened."},
    END};

const struct schema *
schema_root(void)
{
	return root_rows;
}
