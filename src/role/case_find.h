/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's store as the command line opens it, and cases as people name them. */
#ifndef ROLE_CASE_FIND_H
#define ROLE_CASE_FIND_H

#include "conf/conf.h"
#include "store/desk_view.h"

/*
 * The desk's store, to read.  On failure it has said why and what to do, and
 * answers NULL.
 */
struct store *case_store_open(const struct conf *conf);
/* The same without a word: NULL where it can't be read. */
struct store *case_store_try(const struct conf *conf);
/*
 * The case that is meant: 16 hex digits or the first (at least four) of them,
 * a notice's code, or a party ("addr:...", "split:..." or its number): its newest case.
 * LZ_E_NOT_FOUND; LZ_E_FORMAT: it can't be any of these; LZ_E_FULL: several
 * begin so.
 */
LZ_NODISCARD int case_find(struct store *store, const char *text,
			   uint64_t *case_id);
/* How a party is shown: its number, or "addr:..." for one nobody knows. */
void case_party_text(const struct desk_view_case *view,
		     char party[PARTY_LABEL_SIZE]);

#endif
