/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded steps of a case (case/entry.h) out of the desk's store. */
#ifndef ROLE_STORED_ENTRY_H
#define ROLE_STORED_ENTRY_H

#include "case/entry.h"
#include "store/desk_view.h"

/* All policies that are stored, to be found by their hash. */
struct stored_policies;
/* LZ_E_MEMORY, or as the store; *policies is owned by the caller. */
LZ_NODISCARD int stored_policies_read(struct store *store,
				      struct stored_policies **policies);
void stored_policies_free(struct stored_policies *policies);
/* NULL: it isn't stored, or of a form this program can't read. */
const struct case_policy *
stored_policies_find(const struct stored_policies *policies,
		     const uint8_t hash[STORE_HASH_SIZE]);

/*
 * Fills an entry from a row of desk_view_events and its actions.  Policies that
 * aren't there stay NULL in entry->input: such an entry can be shown and not
 * stepped.  LZ_E_VERSION and whatever else case_event_decode answers; LZ_E_FULL
 * for more actions than a step can have; or as the store.
 */
LZ_NODISCARD int stored_entry_read(struct store *store,
				   const struct store_event *event,
				   const struct stored_policies *policies,
				   struct case_entry *entry);

#endif
