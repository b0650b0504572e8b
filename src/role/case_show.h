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
 * a notice's code, or a party ("addr:..." or its number): its newest case.
 * LZ_E_NOT_FOUND; LZ_E_FORMAT: it can't be any of these; LZ_E_FULL: several
 * begin so.
 */
LZ_NODISCARD int case_find(struct store *store, const char *text,
			   uint64_t *case_id);

struct case_view {
	bool json;
	int32_t zone_s; /* of times shown to people, seconds east of UTC */
};
/* Those in a set of states (bit per enum case_state); prints to stdout. */
LZ_NODISCARD int case_list(struct store *store, uint32_t states,
			   const struct case_view *view);
/* One case with all that belongs to it; LZ_E_NOT_FOUND. */
LZ_NODISCARD int case_show(struct store *store, uint64_t case_id,
			   const struct case_view *view);
/* How a party is shown: its number, or "addr:..." for one nobody knows. */
void case_party_text(const struct desk_view_case *view,
		     char party[PARTY_LABEL_SIZE]);

#endif
