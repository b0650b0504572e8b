/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates in force, by exporter and id.  Part of the decoder; nobody
 * else includes this.
 */
#ifndef FLOW_TEMPLATE_TABLE_H
#define FLOW_TEMPLATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "flow/flow_conf.h"
#include "flow/template.h"

struct template_table {
	struct template **templates;
	uint32_t count, max;
	struct map *map;
};

/* False when there is no memory; _fini is due all the same. */
bool template_table_init(struct template_table *table,
			 const struct flow_conf *conf);
void template_table_fini(struct template_table *table);

/* NULL where there is none. */
struct template *template_table_find(const struct template_table *table,
				     uint32_t exporter, uint32_t id);
/* One template of an exporter, or with id 0 all of them. */
void template_table_forget(struct template_table *table, uint32_t exporter,
			   uint32_t id);
/* Puts a template (exporter and id set) in the place of an earlier one, and
 * owns it then.  False at the ceiling: the earlier one is gone all the same. */
bool template_table_put(struct template_table *table,
			struct template *template);

/* Do two describe the same bytes? */
bool template_same(const struct template *a, const struct template *b);

#endif
