/* SPDX-License-Identifier: Apache-2.0 */
/* What rests on something that may have proved wrong, counted for persons. */
#ifndef ROLE_RECALL_WEIGH_H
#define ROLE_RECALL_WEIGH_H

#include "fact/recall.h"
#include "store/store.h"

struct recall_weight {
	uint64_t sightings; /* of a case, and not taken back yet */
	uint64_t cases, parties;
	uint64_t measures; /* in force */
	uint64_t notices;  /* sent */
};

/* All in one moment's view of a store that is open to read.  LZ_E_MEMORY, or
 * of the store. */
LZ_NODISCARD int recall_weigh(struct store *store, const struct recall *recall,
			      struct recall_weight *weight);

#endif
