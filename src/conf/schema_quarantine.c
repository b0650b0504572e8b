/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `essential`, `quarantine` and `portal`. */
#include <string.h>

#include "conf/schema_rows.h"

/* essential */

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

static const struct schema prefix_item = {.kind = KIND_PREFIX,
					  .size = sizeof(struct prefix)};
const struct schema_list schema_essential_list = {sizeof(struct prefix),
						  &prefix_item, false,
						  essential_take,
						  essential_give};

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

const struct schema schema_quarantine_rows[] = {
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

const struct schema schema_portal_rows[] = {
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
