/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing what is older than it may be, children with their case. */
#include "store/desk_store.h"
#include "store/query.h"
#include "store/sql_text.h"

/* A deletion that knows one limit; says which cases went. */
static int
erase(struct store *store, unsigned number, int64_t before_us,
      void (*erased)(void *context, uint64_t case_id), void *context)
{
	struct query query;

	query_begin(&query, store, number);
	query_i64(&query, 1, before_us);
	while (query_step(&query))
		erased(context, query_column_u64(&query, 0));
	return query_end(&query);
}

int
desk_store_retain(struct store *store, const struct store_retention *retention,
		  struct at_event now,
		  void (*erased)(void *context, uint64_t case_id),
		  void *context)
{
	int64_t closed_us = now.us - retention->cases_us;
	int64_t quiet_us = now.us - retention->sightings_us;
	int error;

	error = erase(store, SQL_DESK_CLOSED_COUNT, closed_us, erased, context);
	if (!error)
		error = erase(store, SQL_DESK_CLOSED_DELETE, closed_us, erased,
			      context);
	if (!error)
		error = erase(store, SQL_DESK_QUIET_DELETE, quiet_us, erased,
			      context);
	if (!error)
		error = erase(store, SQL_DESK_QUIET_SIGHTINGS_DELETE, quiet_us,
			      erased, context);
	if (!error)
		error = erase(store, SQL_DESK_PARTY_DELETE, quiet_us, erased,
			      context);
	if (!error)
		error = erase(store, SQL_DESK_RESULT_DELETE,
			      now.us - retention->commands_us, erased, context);
	return error;
}
