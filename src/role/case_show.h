/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret case list` and `show`: cases out of the desk's store, for people or
 * as JSON lines.  An account is shown as its number only.
 */
#ifndef ROLE_CASE_SHOW_H
#define ROLE_CASE_SHOW_H

#include "conf/conf.h"
#include "store/desk_view.h"

/*
 * The desk's store, to read.  On failure it has said why and what to do, and
 * answers NULL.
 */
struct store *case_store_open(const struct conf *conf);
/*
 * The case that is meant: 16 hex digits or the first (at least four) of them,
 * a notice's code, or "addr:..." and the number of a party.  LZ_E_NOT_FOUND;
 * LZ_E_FORMAT; LZ_E_FULL when several are meant.
 */
LZ_NODISCARD int case_find(struct store *store, const char *text,
			   uint64_t *case_id);
/* Those in a set of states (bit per enum case_state); prints to stdout. */
LZ_NODISCARD int case_list(struct store *store, uint32_t states, bool json);
/* One case with all that belongs to it; LZ_E_NOT_FOUND. */
LZ_NODISCARD int case_show(struct store *store, uint64_t case_id, bool json);

#endif
