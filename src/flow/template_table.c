/* SPDX-License-Identifier: Apache-2.0 */
/* The templates in force. */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/times.h"
#include "flow/decoder.h"
#include "flow/template_table.h"

/* Exporters tell their templates again at least this often. */
#define CHANGE_US TIMES_HOUR_US
/* Sets are padded to four bytes, by some to eight. */
#define PADDING_MAX 7

struct key {
	uint32_t exporter, id;
};

static const void *
key_of(const void *context, uint32_t slot)
{
	const struct template_table *table = context;

	return &table->templates[slot]->exporter;
}

bool
template_table_init(struct template_table *table, const struct flow_conf *conf,
		    uint32_t exporters_max)
{
	table->max = conf->templates_max ? conf->templates_max
					 : FLOW_TEMPLATES_MAX_DEFAULT;
	table->templates = memory_new(table->max, sizeof(*table->templates));
	table->key = conf->key;
	table->share_max = table->max >= 8 ? table->max / 8 : table->max;
	table->shares = memory_new(exporters_max, sizeof(*table->shares));
	table->map = map_new(table->max, sizeof(struct key), conf->key, key_of,
			     table);
	return table->templates && table->map && table->shares;
}

void
template_table_fini(struct template_table *table)
{
	for (uint32_t i = 0; i < table->count; i++)
		memory_free(table->templates[i]);
	map_free(table->map);
	memory_free(table->templates);
	memory_free(table->shares);
}

/* Takes a template out, by its slot: the last one moves into its place. */
static void
drop(struct template_table *table, uint32_t slot)
{
	uint32_t last = table->count - 1;
	struct template *gone = table->templates[slot];

	(void)map_take(table->map, &gone->exporter);
	if (slot != last) {
		struct template *moved = table->templates[last];
		int error;

		(void)map_take(table->map, &moved->exporter);
		table->templates[slot] = moved;
		error = map_put(table->map, slot);
		lz_assert(error == 0);
	}
	table->templates[last] = NULL;
	table->count--;
	table->shares[gone->exporter]--;
	table->changes++;
	memory_free(gone);
}

struct template *
template_table_find(const struct template_table *table, uint32_t exporter,
		    uint32_t id)
{
	struct key key = {exporter, id};
	uint32_t slot = map_find(table->map, &key);

	return slot == MAP_NONE ? NULL : table->templates[slot];
}

void
template_table_forget(struct template_table *table, uint32_t exporter,
		      uint32_t id)
{
	struct key key = {exporter, id};
	uint32_t slot;

	if (id != 0) {
		slot = map_find(table->map, &key);
		if (slot != MAP_NONE)
			drop(table, slot);
		return;
	}
	for (uint32_t i = table->count; i > 0; i--)
		if (table->templates[i - 1]->exporter == exporter)
			drop(table, i - 1);
}

static bool
is_odd(const struct template *known, const struct template *told,
       int64_t arrival_us)
{
	if (known->options != told->options)
		return true;
	if (known->before == told->layout &&
	    arrival_us - known->changed_us < CHANGE_US)
		return true;
	return known->used && !known->variable && !told->variable &&
	       known->width == told->width;
}

static bool
append(struct template_table *table, struct template *template)
{
	if (table->count == table->max ||
	    table->shares[template->exporter] == table->share_max)
		return false;
	table->templates[table->count] = template;
	if (map_put(table->map, table->count) != 0)
		return false;
	table->count++;
	table->shares[template->exporter]++;
	table->changes++;
	return true;
}

enum template_news
template_table_put(struct template_table *table, struct template *template,
		   int64_t arrival_us)
{
	const struct template *known =
	    template_table_find(table, template->exporter, template->id);
	enum template_news news = TEMPLATE_NEW;

	template->layout =
	    hash_bytes(&table->key, template->fields,
		       template->field_count * sizeof(template->fields[0]));
	if (known && known->options == template->options &&
	    known->layout == template->layout) {
		memory_free(template);
		return TEMPLATE_KNOWN;
	}
	if (known) {
		if (is_odd(known, template, arrival_us))
			news = TEMPLATE_ODD;
		template->before = known->layout;
		template->changed_us = arrival_us;
		template_table_forget(table, template->exporter, template->id);
	}
	if (append(table, template))
		return news;
	memory_free(template);
	return TEMPLATE_CEILING;
}

bool
template_fits(const struct template *template, size_t length,
	      int64_t arrival_us)
{
	if (template->before == 0 || template->variable ||
	    arrival_us - template->changed_us > CHANGE_US)
		return true;
	return length == 0 || (length >= template->width &&
			       length % template->width <= PADDING_MAX);
}
