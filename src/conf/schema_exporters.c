/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `exporters`. */
#include <string.h>

#include "conf/schema_rows.h"

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

const struct schema_list schema_exporters_list = {
    sizeof(struct flow_exporter_conf), &exporter_item, false, exporters_take,
    exporters_give};
