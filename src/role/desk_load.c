/* SPDX-License-Identifier: Apache-2.0 */
/* Policies, cases and waiting sightings out of the desk's store. */
#include "role/desk_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

struct loading {
	struct chain *chain;
	struct desk_policies *policies;
	struct case_record *record; /* too large for the stack */
	uint64_t passed_over;
};

static int
take_policy(void *context, struct store_bytes key, struct store_bytes body)
{
	struct loading *loading = context;
	struct desk_policies *policies = loading->policies;
	struct case_policy *policy;
	struct cursor cursor;
	int error;

	(void)key;
	/* The oldest may be left out: their cases go on under the current one. */
	if (policies->count == DESK_POLICIES_MAX)
		return 0;
	policy = &policies->list[policies->count];
	cursor_init(&cursor, body.at, body.length);
	error = case_policy_decode(&cursor, policy);
	if (error) {
		loading->passed_over++;
		return 0;
	}
	policies->count++;
	return case_book_add_policy(chain_book(loading->chain), policy);
}

static int
take_record(void *context, struct store_bytes key, struct store_bytes body)
{
	struct loading *loading = context;
	struct cursor cursor;

	(void)key;
	cursor_init(&cursor, body.at, body.length);
	if (case_record_decode(&cursor, loading->record) != 0) {
		loading->passed_over++;
		return 0;
	}
	return chain_restore(loading->chain, loading->record, 0);
}

static int
take_waiting(void *context, const struct sighting *sighting)
{
	struct loading *loading = context;

	chain_wait(loading->chain, sighting);
	return 0;
}

int
desk_load(struct store *store, const struct chain_conf *conf,
	  struct desk_policies *policies, struct chain **chain)
{
	struct loading loading = {.policies = policies};
	int error = LZ_E_MEMORY;

	policies->count = 0;
	loading.chain = chain_new(conf);
	loading.record = memory_new(1, sizeof(*loading.record));
	if (loading.chain && loading.record)
		error = desk_store_policies(store, take_policy, &loading);
	if (!error)
		error = desk_store_records(store, take_record, &loading);
	if (!error)
		error = desk_store_awaiting(store, take_waiting, &loading);
	memory_free(loading.record);
	if (loading.passed_over)
		fprintf(stderr,
			"desk: %" PRIu64 " stored policies or cases can't be "
			"read: passed over\n",
			loading.passed_over);
	if (error) {
		chain_free(loading.chain);
		loading.chain = NULL;
	}
	*chain = loading.chain;
	return error;
}
