/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing, a slice at a time: see the header. */
#include "role/desk_retain.h"

#include "base/check.h"
#include "store/audit_store.h"

#define GONE_MAX 1024 /* more than one slice erases */

struct gone {
	const struct desk_retain *retain;
	struct at_event now;
	uint64_t cases[GONE_MAX];
	size_t count;
};

static int
erasing(void *context, uint64_t case_id)
{
	struct gone *gone = context;

	lz_assert(gone->count < GONE_MAX);
	gone->cases[gone->count++] = case_id;
	return leaf_store_erasing(gone->retain->leaves, case_id, gone->now);
}

int
desk_retain_slice(const struct desk_retain *retain, struct at_event now,
		  bool *more)
{
	struct gone gone = {.retain = retain, .now = now};
	const struct at_event lookups = {now.us - retain->lookups_us};
	int error = store_begin(retain->store);

	if (!error)
		error = desk_store_retain(retain->store, &retain->kept, now,
					  erasing, &gone, more);
	if (!error)
		error = audit_store_delete(retain->store, lookups);
	if (!error)
		error = leaf_store_settle(retain->leaves);
	if (!error)
		error = store_commit(retain->store);
	if (error)
		return error;
	for (size_t i = 0; i < gone.count; i++)
		retain->forget(retain->context, gone.cases[i]);
	return gone.count ? leaf_store_destroy(retain->leaves) : 0;
}
