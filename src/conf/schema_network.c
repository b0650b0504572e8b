/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `network`; the lists of files of bindings and indicators. */
#include <string.h>

#include "conf/schema_rows.h"

static const struct schema_name cgnat_sides[] = {{"outside", 1}, {NULL, 0}};

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

const struct schema_list schema_bindings_list = {sizeof(struct file_read),
						 &file_item, false,
						 bindings_take, bindings_give};
const struct schema_list schema_indicators_list = {sizeof(struct file_read),
						   &file_item, false,
						   indicators_take,
						   indicators_give};

const struct schema schema_network_rows[] = {
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
     .names = schema_yes_no,
     .size = 1,
     .offset = offsetof(struct conf, detect.source_filtered),
     .standard = "false",
     .help = "true: no inside source address can come in from outside "
	     "(BCP 38); then flows from one are our own measurement."},
    {.name = "legal_basis",
     .kind = KIND_LIST,
     .list = &schema_bases_list,
     .expected = "a list such as [{ network: 192.0.2.0/24, basis: contract, "
		 "from: 2026-01-01, reference: \"terms, section 7\" }]",
     .help = "What allows a network to be watched and its lines to be limited. "
	     "Where one is recorded, nothing acts on addresses without one."},
    END};
