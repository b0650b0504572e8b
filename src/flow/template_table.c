/* SPDX-License-Identifier: Apache-2.0 */
/* The templates in force. */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "flow/decoder.h"
#include "flow/template_table.h"

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
template_table_init(struct template_table *table, const struct flow_conf *conf)
{
	table->max = conf->templates_max ? conf->templates_max
					 : FLOW_TEMPLATES_MAX_DEFAULT;
	table->templates = memory_new(table->max, sizeof(*table->templates));
	table->map = map_new(table->max, sizeof(struct key), conf->key, key_of,
			     table);
	return table->templates && table->map;
}

void
template_table_fini(struct template_table *table)
{
	for (uint32_t i = 0; i < table->count; i++)
		memory_free(table->templates[i]);
	map_free(table->map);
	memory_free(table->templates);
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

bool
template_table_put(struct template_table *table, struct template *template)
{
	template_table_forget(table, template->exporter, template->id);
	if (table->count == table->max)
		return false;
	table->templates[table->count] = template;
	if (map_put(table->map, table->count) != 0)
		return false;
	table->count++;
	return true;
}

bool
template_same(const struct template *a, const struct template *b)
{
	return a->options == b->options && a->field_count == b->field_count &&
	       memcmp(a->fields, b->fields,
		      a->field_count * sizeof(a->fields[0])) == 0;
}
