/* SPDX-License-Identifier: Apache-2.0 */
/* Parties by what they are called, and who is one with whom. */
#include "store/desk_store.h"
#include "store/query.h"
#include "store/sql_text.h"

/* Accounts and subjects are asked for by different queries. */
struct asking {
	const struct store_party *asked;
	const size_t *which; /* of asked */
	struct party_id *party;
};

#define ASK_AT_ONCE 512

static void
bind_label(void *context, struct query *query, size_t i)
{
	const struct asking *asking = context;

	query_text(query, 1, asking->asked[asking->which[i]].label);
}

static int
take_party(void *context, struct query *query, size_t i)
{
	const struct asking *asking = context;

	asking->party[asking->which[i]].value = query_column_u64(query, 0);
	return 0;
}

static int
ask(struct store *store, struct asking *asking, size_t from, size_t to,
    bool known)
{
	size_t which[ASK_AT_ONCE], count = 0;

	for (size_t i = from; i < to; i++)
		if (asking->asked[i].known == known)
			which[count++] = i;
	asking->which = which;
	return query_each(store,
			  known ? SQL_DESK_PARTY_OF_ACCOUNT
				: SQL_DESK_PARTY_OF_SUBJECT,
			  count, bind_label, take_party, asking);
}

int
desk_store_parties(struct store *store, const struct store_party *asked,
		   size_t count, struct party_id *party)
{
	struct asking asking = {.asked = asked, .party = party};
	int error = 0;

	for (size_t i = 0; i < count; i++)
		party[i].value = 0;
	for (size_t i = 0; i < count && !error; i += ASK_AT_ONCE) {
		const size_t to = count - i < ASK_AT_ONCE ? count
							  : i + ASK_AT_ONCE;

		error = ask(store, &asking, i, to, true);
		if (!error)
			error = ask(store, &asking, i, to, false);
	}
	return error;
}

int
desk_store_party(struct store *store, const char *label, bool known,
		 struct party_id *party)
{
	const struct store_party asked = {.label = label, .known = known};
	struct party_id found;
	int error = desk_store_parties(store, &asked, 1, &found);

	if (error || !found.value)
		return error ? error : LZ_E_NOT_FOUND;
	*party = found;
	return 0;
}

struct adding {
	const struct store_party *parties;
	size_t added;
};

static void
bind_party(void *context, struct query *query, size_t i)
{
	const struct adding *adding = context;
	const struct store_party *party = &adding->parties[i];

	query_u64(query, 1, party->party.value);
	query_text(query, 2, party->known ? NULL : party->label);
	query_i64(query, 3, party->created.us);
}

static int
count_added(void *context, struct query *query, size_t i)
{
	struct adding *adding = context;

	(void)query;
	(void)i;
	adding->added++;
	return 0;
}

static void
bind_account(void *context, struct query *query, size_t i)
{
	const struct asking *adding = context;
	const struct store_party *party = &adding->asked[adding->which[i]];

	query_u64(query, 1, party->party.value);
	query_text(query, 2, party->label);
}

static int
add_accounts(struct store *store, const struct store_party *parties,
	     size_t from, size_t to)
{
	size_t which[ASK_AT_ONCE], count = 0;
	struct asking adding = {.asked = parties, .which = which};

	for (size_t i = from; i < to; i++)
		if (parties[i].known)
			which[count++] = i;
	return query_each(store, SQL_DESK_ACCOUNT_ADD, count, bind_account,
			  NULL, &adding);
}

int
desk_store_parties_add(struct store *store, const struct store_party *parties,
		       size_t count)
{
	struct adding adding = {.parties = parties};
	int error = query_each(store, SQL_DESK_PARTY_ADD, count, bind_party,
			       count_added, &adding);

	if (!error && adding.added != count)
		return LZ_E_EXISTS;
	for (size_t i = 0; i < count && !error; i += ASK_AT_ONCE)
		error = add_accounts(store, parties, i,
				     count - i < ASK_AT_ONCE ? count
							     : i + ASK_AT_ONCE);
	return error;
}

int
desk_store_party_add(struct store *store, struct party_id party,
		     const char *label, bool known, struct at_event now)
{
	const struct store_party row = {label, known, party, now};

	return desk_store_parties_add(store, &row, 1);
}

int
desk_store_alias_put(struct store *store, struct party_id party,
		     struct party_id into, const char *actor,
		     struct at_event since)
{
	struct query query;
	/* One step at most, as in memory: read back in any order it is the
	 * same. */
	int error = desk_store_alias_delete(store, into);

	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_ALIAS_FOLLOW);
	query_u64(&query, 1, party.value);
	query_u64(&query, 2, into.value);
	error = query_run(&query);
	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_ALIAS_PUT);
	query_u64(&query, 1, party.value);
	query_u64(&query, 2, into.value);
	query_i64(&query, 3, since.us);
	query_text(&query, 4, actor);
	return query_run(&query);
}

int
desk_store_alias_delete(struct store *store, struct party_id party)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_ALIAS_DELETE);
	query_u64(&query, 1, party.value);
	return query_run(&query);
}

int
desk_store_aliases(struct store *store, desk_store_alias_visit *visit,
		   void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_ALIAS_LIST);
	while (!error && query_step(&query))
		error = visit(context,
			      (struct party_id){query_column_u64(&query, 0)},
			      (struct party_id){query_column_u64(&query, 1)});
	ended = query_end(&query);
	return error ? error : ended;
}
