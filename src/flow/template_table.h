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
	struct hash_key key;
	uint32_t *shares; /* templates of each exporter */
	uint32_t share_max;
	uint64_t changes; /* grows with each */
};

/* For exporters with an index below exporters_max, none of which gets more than
 * an eighth of the table.  False when there is no memory; _fini is due all the
 * same. */
bool template_table_init(struct template_table *table,
			 const struct flow_conf *conf, uint32_t exporters_max);
void template_table_fini(struct template_table *table);

/* NULL where there is none. */
struct template *template_table_find(const struct template_table *table,
				     uint32_t exporter, uint32_t id);
/* One template of an exporter, or with id 0 all of them. */
void template_table_forget(struct template_table *table, uint32_t exporter,
			   uint32_t id);
/* What a template that was told means to the one known under its id. */
enum template_news {
	TEMPLATE_KNOWN,   /* the same again */
	TEMPLATE_NEW,     /* the first, or a plain redefinition */
	TEMPLATE_ODD,     /* a redefinition as a forger or a second process
			     makes it; in force all the same */
	TEMPLATE_CEILING, /* no room, or the exporter has its share; an earlier
			     one is gone all the same */
};

/*
 * Takes a template as told (exporter and id set), which is owned from here on.
 *
 * Odd are: another kind (data, options); another layout of the same record
 * width after data of the old one, which would be read wrongly and fit; the
 * layout that was in force before the last change of the last hour.
 */
enum template_news template_table_put(struct template_table *table,
				      struct template *template,
				      int64_t arrival_us);

/* Does a data set of so many bytes fit a template that has changed of late?
 * One that never changed is believed: some exporters pad oddly. */
bool template_fits(const struct template *template, size_t length,
		   int64_t arrival_us);

#endif
