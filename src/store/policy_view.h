/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What trying a policy out asks the desk's store: every stored step of every
 * case in order of time, and what there was beside them.  Rows go to a visitor
 * whose texts and bytes are borrowed until it returns; one that answers other
 * than 0 ends the walk, and that is answered.
 *
 * On an engine that is reached over a wire these are cursors: call them within
 * store_begin.
 */
#ifndef STORE_POLICY_VIEW_H
#define STORE_POLICY_VIEW_H

#include "store/desk_store.h"

#define POLICY_DEEDS_MAX STORE_IDS

/* What a step asked for. */
struct policy_deed {
	uint8_t kind; /* enum case_action_kind */
	bool would;
	uint8_t measure; /* enum measure_kind; 0 */
	uint64_t ref;    /* number of the notice or measure; 0 */
};

/* Steps before `until`: by time, then by case, then by number.  Those that
 * stand in sightings' rows are among them, their ids left out. */
typedef int policy_step_visit(void *context, const struct store_event *event,
			      const struct policy_deed *deeds, size_t count);
LZ_NODISCARD int policy_view_steps(struct store *store, struct at_event until,
				   policy_step_visit *visit, void *context);

typedef int policy_case_visit(void *context, uint64_t case_id,
			      struct party_id party, bool known);
LZ_NODISCARD int policy_view_cases(struct store *store,
				   policy_case_visit *visit, void *context);

/* Notices before `until`, in no order. */
typedef int policy_notice_visit(void *context, uint64_t notice,
				struct party_id party, struct at_event created);
LZ_NODISCARD int policy_view_notices(struct store *store, struct at_event until,
				     policy_notice_visit *visit, void *context);

/* Steps that were receipts, by time; body: case_event_encode. */
typedef int policy_receipt_visit(void *context, struct at_event now,
				 struct store_bytes body);
LZ_NODISCARD int policy_view_receipts(struct store *store,
				      struct at_event until,
				      policy_receipt_visit *visit,
				      void *context);

/* Policies, oldest first; body: case_policy_encode. */
typedef int policy_version_visit(void *context,
				 const uint8_t hash[STORE_HASH_SIZE],
				 struct at_event added,
				 struct store_bytes body);
LZ_NODISCARD int policy_view_versions(struct store *store,
				      policy_version_visit *visit,
				      void *context);

/* Cases opened since a day (since 1970) of which a count alone is left;
 * classes: bit per rsit_class. */
typedef int policy_erased_visit(void *context, uint32_t classes,
				uint64_t count);
LZ_NODISCARD int policy_view_erased(struct store *store, int64_t day,
				    policy_erased_visit *visit, void *context);

#endif
