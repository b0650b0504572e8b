/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between desk and enforcer, in the desk's store: which measures are to be in
 * force, and what devices said of them.  Answers as of desk_store.h.
 */
#ifndef STORE_EFFECT_STORE_H
#define STORE_EFFECT_STORE_H

#include "store/desk_view.h"

struct store_effect {
	uint64_t measure;
	bool on; /* of putting it into force; else of its release */
	enum effect_kind kind;
	struct at_event time;
	const char *device; /* "nftables" */
	const char *detail; /* "" or why, without a person's data */
};
typedef int effect_store_visit(void *context,
			       const struct store_effect *effect);

/* LZ_E_EXISTS when it is known, or its measure is erased. */
LZ_NODISCARD int effect_store_add(struct store *store,
				  const struct store_effect *effect);
/* Of one measure, oldest first. */
LZ_NODISCARD int effect_store_list(struct store *store, uint64_t measure,
				   effect_store_visit *visit, void *context);
/* What is to be in force at `now`: not shadow, not released, not expired. */
LZ_NODISCARD int effect_store_wanted(struct store *store, struct at_event now,
				     desk_view_measure_visit *visit,
				     void *context);

#endif
