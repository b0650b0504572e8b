/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's memory out of its store: at start, and whenever a round had to be
 * undone and memory and store may differ.
 */
#ifndef ROLE_DESK_LOAD_H
#define ROLE_DESK_LOAD_H

#include "role/chain.h"
#include "store/desk_store.h"

#define DESK_POLICIES_MAX 64 /* that cases which are kept were opened under */

/* Policies that a chain's book borrows: free the chain first. */
struct desk_policies {
	size_t count;
	struct case_policy list[DESK_POLICIES_MAX];
};

/*
 * A chain of conf with all stored policies, cases and waiting sightings in it:
 * open cases whole, ended ones as stubs that are fetched from `store` when
 * something of theirs comes.  A record that can't be read is named on standard
 * error and left out: its party starts anew.  On an error *chain is NULL: LZ_E_MEMORY or of the store.
 */
LZ_NODISCARD int desk_load(struct store *store, const struct chain_conf *conf,
			   struct desk_policies *policies,
			   struct chain **chain);

#endif
