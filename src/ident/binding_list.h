/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings from CSV files (address,port_first,port_last,party,start,end; an
 * address or prefix; ports and end may be empty; times RFC 3339), held in
 * memory behind a binding cursor.  A static list: its watermark is infinite
 * until a newer one is known to be there.
 * Rows of two parties that overlap are kept: identity answers ambiguous.
 */
#ifndef IDENT_BINDING_LIST_H
#define IDENT_BINDING_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "ident/binding_cursor.h"

struct binding_list;

struct binding_list *binding_list_new(void);
void binding_list_free(struct binding_list *list);

typedef void binding_refused(void *context, uint64_t line, const char *reason);

/*
 * Adds the rows of one file; `file` is its name for answers (copied).  A bad
 * row (no party, host bits set, end before start, port_first > port_last ...)
 * is refused with its reason and the next one read.  Where its address could be
 * read, questions about it answer ambiguous: a wider row, or an earlier holder,
 * would name the wrong party.  Answers the rows taken;
 * LZ_E_FORMAT when the header lacks address, party or start.
 */
LZ_NODISCARD int binding_list_add_csv(struct binding_list *list,
				      const char *file, const char *bytes,
				      size_t length, binding_refused *refused,
				      void *context);
/* Sorts; call once after the last file and before any look-up. */
LZ_NODISCARD int binding_list_seal(struct binding_list *list);
/* Without rows that could not be read. */
size_t binding_list_count(const struct binding_list *list);
/* Label of a party row; NULL when there is none. */
const char *binding_list_party(const struct binding_list *list, uint32_t party);
/* The row of a label; false: no row of the list has it. */
bool binding_list_find(const struct binding_list *list, const char *label,
		       uint32_t *party);
uint32_t binding_list_party_count(const struct binding_list *list);
/*
 * The bindings of a party that are open at a time, in the order of their
 * addresses: the first `max` of them into open[]; answers how many there are.
 */
size_t binding_list_open(const struct binding_list *list, uint32_t party,
			 struct at_event now, const struct binding **open,
			 size_t max);
/* File name of a source number. */
const char *binding_list_source(const struct binding_list *list,
				uint16_t source);
/* There is a newer list: this one vouches for nothing from `since` on. */
void binding_list_outdated(struct binding_list *list, struct at_event since);
/* A cursor over the list; one walk at a time. */
struct binding_cursor binding_list_cursor(struct binding_list *list);

#endif
