/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracker's rows in memory, for commands that read sources from files and
 * leave nothing behind, and for tests: a tracker_store and a binding_cursor over
 * the same rows.  Some millions of rows, about 250 bytes each; a walk over one
 * prefix costs its number of rows.
 */
#ifndef IDENT_BINDING_TABLE_H
#define IDENT_BINDING_TABLE_H

#include "ident/binding_cursor.h"
#include "ident/party_table.h"
#include "ident/tracker.h"

struct binding_table;

struct binding_table *binding_table_new(void); /* NULL: no memory */
void binding_table_free(struct binding_table *table);

typedef int binding_table_changed(void *context, uint32_t realm,
				  const struct subject *subject,
				  struct at_event from, struct at_event to,
				  const char *cause);
/* `changed` may be NULL.  Its calls answer LZ_E_MEMORY, LZ_E_FULL. */
struct tracker_store binding_table_store(struct binding_table *table);
void binding_table_watch(struct binding_table *table,
			 binding_table_changed *changed, void *context);
/*
 * What vouching needs to know of a source; its gap is kept by the table.  The
 * tracker is given the table's own: binding_table_source.  LZ_E_MEMORY.
 */
LZ_NODISCARD int binding_table_set_source(struct binding_table *table,
					  const struct tracker_source *source);
/* NULL: not set.  Borrowed until the next _set_source. */
const struct tracker_source *
binding_table_source(const struct binding_table *table, uint16_t source);

/* Over all rows; one walk at a time, none across a change. */
struct binding_cursor binding_table_cursor(struct binding_table *table);
/* Nothing older is kept (oldest of the cursor); unset: all is. */
void binding_table_oldest(struct binding_table *table, struct at_event oldest);
/* Labels of the rows' parties, kind PARTY_HOLDER. */
const struct party_table *
binding_table_parties(const struct binding_table *table);
/* All rows in the order they were made, the tracker's notes too; NULL: one that
 * was dropped. */
size_t binding_table_count(const struct binding_table *table);
const struct binding *binding_table_row(const struct binding_table *table,
					size_t index);

#endif
