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
take_record(void *context, struct store_bytes body, uint64_t events)
{
	struct loading *loading = context;
	struct cursor cursor;

	cursor_init(&cursor, body.at, body.length);
	if (case_record_decode(&cursor, loading->record) != 0) {
		loading->passed_over++;
		return 0;
	}
	return chain_restore(loading->chain, loading->record, events);
}

static int
take_ended(void *context, const struct store_ended *ended)
{
	const struct loading *loading = context;
	const struct case_stub stub = {.id = ended->id,
				       .party = ended->party,
				       .state = ended->state,
				       .opened = ended->opened,
				       .closed = ended->closed,
				       .merged_into = ended->merged_into};

	return case_book_restore_stub(chain_book(loading->chain), &stub);
}

static int
take_alias(void *context, struct party_id party, struct party_id into)
{
	const struct loading *loading = context;

	return case_book_alias(chain_book(loading->chain), party, into);
}

struct fetching {
	struct case_record *record;
	uint64_t *events;
	int error;
};

static int
take_fetched(void *context, struct store_bytes body, uint64_t events)
{
	struct fetching *fetching = context;
	struct cursor cursor;

	cursor_init(&cursor, body.at, body.length);
	fetching->error = case_record_decode(&cursor, fetching->record);
	*fetching->events = events;
	return 0;
}

/* A case_fetch; context is the store. */
static int
fetch(void *context, uint64_t case_id, struct case_record *record,
      uint64_t *events)
{
	struct fetching fetching = {.record = record, .events = events};
	const int error = desk_store_case_fetch(context, case_id, take_fetched,
						&fetching);

	if (error || !fetching.error)
		return error;
	fprintf(stderr,
		"desk: the ended case %016" PRIx64 " can't be read (%s): its "
		"party begins anew\n",
		case_id, lz_strerror(fetching.error));
	return LZ_E_NOT_FOUND;
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
		error = case_book_fetch(chain_book(loading.chain), fetch,
					store);
	if (!error)
		error = desk_store_aliases(store, take_alias, &loading);
	if (!error)
		error = desk_store_ended_cases(store, take_ended, &loading);
	if (!error)
		error = desk_store_open_cases(store, take_record, &loading);
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
