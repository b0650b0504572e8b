/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several sources of bindings as one cursor: a list in memory, the index,
 * deterministic NAT.  Party rows and source numbers of the parts are made one
 * space each; what two parts call alike is one party.
 *
 * It doesn't weigh: identity does, over all rows together.
 */
#ifndef IDENT_JOINED_H
#define IDENT_JOINED_H

#include "ident/binding_cursor.h"
#include "ident/party_table.h"

#define JOINED_PARTS_MAX 4

struct joined_part {
	struct binding_cursor cursor;
	/* Label of the part's own party row, borrowed until the next call; NULL:
	 * none (the row then names nobody and answers are ambiguous). */
	const char *(*label)(void *context, uint32_t party);
	void *context;
	enum party_kind kind; /* of its labels */
};

struct joined;

/* `parties` is borrowed for life: it gets the parts' labels. NULL: no memory */
struct joined *joined_new(struct party_table *parties);
void joined_free(struct joined *joined);
/* LZ_E_FULL behind JOINED_PARTS_MAX.  Its number is the order of adding. */
LZ_NODISCARD int joined_add(struct joined *joined,
			    const struct joined_part *part);
/* One walk at a time; the parts' cursors are walked by it alone. */
struct binding_cursor joined_cursor(struct joined *joined);
/* Which part a source number is of, and its number there. */
bool joined_source(const struct joined *joined, uint16_t source, unsigned *part,
		   uint16_t *of_part);

#endif
