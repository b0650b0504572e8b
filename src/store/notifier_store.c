/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts to deliver: see the header. */
#include "store/notifier_store.h"
#include "store/query.h"
#include "store/sql_text.h"

#define ATTEMPTS_OF_ROW 20

int
notifier_store_last(struct store *store, uint64_t outbox, uint64_t notice,
		    struct attempt *attempt)
{
	struct query query;

	*attempt = (struct attempt){.next = times_unset()};
	query_begin(&query, store, SQL_NOTIFIER_ATTEMPT_LAST);
	query_u64(&query, 1, outbox);
	query_u64(&query, 2, notice);
	if (query_step(&query)) {
		attempt->n = query_column_u64(&query, 0);
		attempt->started = query_column_time(&query, 1);
		attempt->ended = query_column_time(&query, 2);
		attempt->result = (enum attempt_result)query_column_i64(&query,
									3);
		attempt->next = query_column_time(&query, 4);
	}
	return query_end(&query);
}

/* What is tried every 15 minutes for weeks leaves no thousands of rows. */
static int
prune(struct store *store, uint64_t outbox, uint64_t notice, uint64_t n)
{
	struct query query;

	if (n <= ATTEMPTS_OF_ROW)
		return 0;
	query_begin(&query, store, SQL_NOTIFIER_ATTEMPT_PRUNE);
	query_u64(&query, 1, outbox);
	query_u64(&query, 2, notice);
	query_u64(&query, 3, n - ATTEMPTS_OF_ROW);
	return query_run(&query);
}

int
notifier_store_start(struct store *store, uint64_t outbox, uint64_t notice,
		     struct at_event now, struct attempt *attempt)
{
	struct query query;
	int error;

	*attempt = (struct attempt){.started = now, .next = times_unset()};
	query_begin(&query, store, SQL_NOTIFIER_ATTEMPT_START);
	query_u64(&query, 1, outbox);
	query_u64(&query, 2, notice);
	query_i64(&query, 3, now.us);
	if (query_step(&query))
		attempt->n = query_column_u64(&query, 0);
	error = query_end(&query);
	return error ? error : prune(store, outbox, notice, attempt->n);
}

int
notifier_store_count(struct store *store, uint64_t outbox, uint64_t notice,
		     enum attempt_result result, uint64_t *count)
{
	struct query query;

	*count = 0;
	query_begin(&query, store, SQL_NOTIFIER_ATTEMPT_COUNT);
	query_u64(&query, 1, outbox);
	query_u64(&query, 2, notice);
	query_i64(&query, 3, result);
	if (query_step(&query))
		*count = query_column_u64(&query, 0);
	return query_end(&query);
}

int
notifier_store_end(struct store *store, uint64_t outbox,
		   const struct attempt *attempt, const char *proof)
{
	struct query query;

	query_begin(&query, store, SQL_NOTIFIER_ATTEMPT_END);
	query_u64(&query, 1, outbox);
	query_u64(&query, 2, attempt->n);
	query_i64(&query, 3, attempt->ended.us);
	query_i64(&query, 4, attempt->result);
	query_text(&query, 5, proof);
	query_time(&query, 6, attempt->next);
	return query_run(&query);
}

int
notifier_store_retain(struct store *store, struct at_event before)
{
	struct query query;

	query_begin(&query, store, SQL_NOTIFIER_ATTEMPT_DELETE);
	query_i64(&query, 1, before.us);
	return query_run(&query);
}
