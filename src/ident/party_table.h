/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of parties, each once, numbered from 0 in the order they came.  What
 * an account is called and what a source calls a holder ("user:NAME") are
 * different kinds: an account named "user:x" isn't the login x.
 */
#ifndef IDENT_PARTY_TABLE_H
#define IDENT_PARTY_TABLE_H

#include "base/text.h"
#include "fact/identity.h"

enum party_kind {
	PARTY_ACCOUNT = 0, /* an account's reference as it stands */
	PARTY_HOLDER = 1   /* what a source calls a holder: "user:NAME" */
};

struct party_table;

struct party_table *party_table_new(void); /* NULL: no memory */
void party_table_free(struct party_table *table);
/*
 * The row of a label, made when new.  LZ_E_RANGE: empty, or PARTY_LABEL_SIZE
 * and longer; LZ_E_FULL; LZ_E_MEMORY.
 */
LZ_NODISCARD int party_table_add(struct party_table *table,
				 enum party_kind kind, struct slice label,
				 uint32_t *party);
/* NULL: no such row.  Borrowed until the next _add. */
const char *party_table_label(const struct party_table *table, uint32_t party);
/* Of a row there is. */
enum party_kind party_table_kind(const struct party_table *table,
				 uint32_t party);
uint32_t party_table_count(const struct party_table *table);

#endif
