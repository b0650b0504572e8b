/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret case list` and `show`: cases out of the desk's store, for people or
 * as JSON lines.  An account is shown as its number only.
 */
#ifndef ROLE_CASE_SHOW_H
#define ROLE_CASE_SHOW_H

#include "store/desk_view.h"

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
/* What devices said of the case's measures; nothing where they said nothing. */
LZ_NODISCARD int case_show_effects(struct store *store, uint64_t case_id,
				   const struct case_view *view);

#endif
