/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as people name them: the present configuration's, that of another
 * file, or one that cases were opened under, by its hash.
 */
#ifndef ROLE_POLICY_NAMED_H
#define ROLE_POLICY_NAMED_H

#include "conf/conf.h"
#include "store/store.h"

/* A policy in a configuration of its own, sealed. */
struct policy_named {
	struct conf *conf;
	bool stored; /* it is the store's: without its list of parties */
};

/*
 * word: NULL or "present": `present` (a copy); a path (it holds a '/' or ends
 * with .yaml or .yml); else at least four digits of a hash (store may be NULL
 * for the other two).  It has said what is wrong: LZ_E_FORMAT (no policy in
 * that file, or no word of these), LZ_E_NOT_FOUND, LZ_E_FULL (several begin
 * so), LZ_E_MEMORY, or as the store.  policy_named_free in any case.
 */
LZ_NODISCARD int policy_named_find(struct store *store,
				   const struct conf *present, const char *word,
				   struct policy_named *named);
void policy_named_free(struct policy_named *named);
/* Is it a hash that is asked for: is a store needed? */
bool policy_named_is_hash(const char *word);

/* To standard output: a policy, line by line, or as JSON. */
int policy_named_show(const struct policy_named *named, bool json);
/* What two policies say otherwise; *differs: anything? */
int policy_named_diff(const struct policy_named *a,
		      const struct policy_named *b, bool json, bool *differs);
/*
 * The policies that cases were opened under, since when and how many; the
 * present one among them.  As the store.
 */
LZ_NODISCARD int policy_named_list(struct store *store,
				   const struct case_policy *present,
				   bool json);

#endif
