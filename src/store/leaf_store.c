/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves and their keys: see the header. */
#include "store/leaf_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"
#include "store/query.h"
#include "store/sql_text.h"

#define COUNTER "leaf"
#define CACHE 65536 /* keys at hand, 3 MB: a recall goes round all cases */
#define DOOMED_AT_ONCE 500
#define FACTS_AT_ONCE 1024

struct cached {
	uint64_t case_id;
	bool there;
	uint8_t key[LEAF_KEY_SIZE];
};

struct leaf_store {
	struct store *desk, *keys;
	bool keying; /* a transaction of the keys runs */
	/* Of the desk's transaction: they are written when it is settled, so
	 * that the keys of many cases are asked for in one go. */
	struct leaf_fact *facts;
	size_t count, room;
	struct at_event now;
	struct cached cache[CACHE];
};

int
leaf_store_open(struct store *keys, struct store *desk,
		struct leaf_store **leaves)
{
	struct leaf_store *made = memory_new(1, sizeof(*made));

	*leaves = made;
	if (!made) {
		store_close(keys);
		return LZ_E_MEMORY;
	}
	made->desk = desk;
	made->keys = keys;
	return 0;
}

void
leaf_store_close(struct leaf_store *leaves)
{
	if (!leaves)
		return;
	store_close(leaves->keys);
	memory_free(leaves->facts);
	memset(leaves, 0, sizeof(*leaves));
	memory_free(leaves);
}

const char *
leaf_store_message(const struct leaf_store *leaves)
{
	return store_message(leaves->keys);
}

/* --------------------------------------------------------------- keys */

static struct cached *
cached_of(struct leaf_store *leaves, uint64_t case_id)
{
	return &leaves->cache[(case_id * UINT64_C(0x9e3779b97f4a7c15)) >> 48 &
			      (CACHE - 1)];
}

static int
key_read(struct leaf_store *leaves, uint64_t case_id,
	 uint8_t key[LEAF_KEY_SIZE])
{
	struct query query;
	bool found;
	int error;

	query_begin(&query, leaves->keys, SQL_KEYS_KEY_GET);
	query_u64(&query, 1, case_id);
	found = query_step(&query);
	if (found)
		query_column_bytes(&query, 0, key, LEAF_KEY_SIZE);
	error = query_end(&query);
	return error || found ? error : LZ_E_NOT_FOUND;
}

static int
key_make(struct leaf_store *leaves, uint64_t case_id,
	 uint8_t key[LEAF_KEY_SIZE])
{
	struct query query;
	int error = 0;

	if (getrandom(key, LEAF_KEY_SIZE, 0) != LEAF_KEY_SIZE)
		return -errno;
	if (!leaves->keying) {
		error = store_begin(leaves->keys);
		leaves->keying = !error;
	}
	if (error)
		return error;
	query_begin(&query, leaves->keys, SQL_KEYS_KEY_ADD);
	query_u64(&query, 1, case_id);
	query_blob(&query, 2, key, LEAF_KEY_SIZE);
	query_i64(&query, 3, leaves->now.us);
	return query_run(&query);
}

/* Cases whose keys aren't at hand, each once, by number. */
struct wanted {
	struct cached of[FACTS_AT_ONCE];
	size_t count;
};

static int
by_case(const void *left, const void *right)
{
	const uint64_t a = ((const struct cached *)left)->case_id;
	const uint64_t b = ((const struct cached *)right)->case_id;

	return (a > b) - (a < b);
}

static void
bind_wanted(void *context, struct query *query, size_t i)
{
	const struct wanted *wanted = context;

	query_u64(query, 1, wanted->of[i].case_id);
}

static int
take_wanted(void *context, struct query *query, size_t i)
{
	struct wanted *wanted = context;

	query_column_bytes(query, 0, wanted->of[i].key, LEAF_KEY_SIZE);
	wanted->of[i].there = true;
	return query->error;
}

static void
wanted_fill(struct leaf_store *leaves, const struct leaf_fact *facts,
	    size_t count, struct wanted *wanted)
{
	size_t all = 0;

	for (size_t i = 0; i < count; i++) {
		const struct cached *cached = cached_of(leaves,
							facts[i].case_id);

		if (!cached->there || cached->case_id != facts[i].case_id)
			wanted->of[all++] =
			    (struct cached){.case_id = facts[i].case_id};
	}
	qsort(wanted->of, all, sizeof(wanted->of[0]), by_case);
	wanted->count = 0;
	for (size_t i = 0; i < all; i++)
		if (i == 0 ||
		    wanted->of[i].case_id != wanted->of[i - 1].case_id)
			wanted->of[wanted->count++] = wanted->of[i];
}

/* Reads them, or makes them. */
static int
wanted_find(struct leaf_store *leaves, struct wanted *wanted)
{
	int error = query_each(leaves->keys, SQL_KEYS_KEY_GET, wanted->count,
			       bind_wanted, take_wanted, wanted);

	for (size_t i = 0; i < wanted->count && !error; i++) {
		if (!wanted->of[i].there)
			error = key_make(leaves, wanted->of[i].case_id,
					 wanted->of[i].key);
		wanted->of[i].there = true;
	}
	return error;
}

static const uint8_t *
key_of(struct leaf_store *leaves, const struct wanted *wanted, uint64_t case_id)
{
	const struct cached asked = {.case_id = case_id};
	const struct cached *found = bsearch(&asked, wanted->of, wanted->count,
					     sizeof(asked), by_case);

	return found ? found->key : cached_of(leaves, case_id)->key;
}

int
leaf_store_key(struct leaf_store *leaves, uint64_t case_id,
	       uint8_t key[LEAF_KEY_SIZE])
{
	return key_read(leaves, case_id, key);
}

/* ------------------------------------------------------------- leaves */

static int
leaf_write(struct leaf_store *leaves, const struct leaf_fact *fact,
	   uint64_t number, const uint8_t key[LEAF_KEY_SIZE])
{
	uint8_t bytes[LEAF_BYTES_MAX], salt[LEAF_SALT_SIZE];
	uint8_t commitment[LEAF_COMMITMENT_SIZE];
	struct writer writer;
	struct query query;

	writer_init(&writer, bytes, sizeof(bytes));
	leaf_canonical(&writer, fact);
	if (writer.failed)
		return LZ_E_RANGE;
	leaf_salt(key, number, salt);
	leaf_commitment(salt, bytes, writer.length, commitment);
	query_begin(&query, leaves->desk, SQL_DESK_LEAF_ADD);
	query_u64(&query, 1, number);
	query_i64(&query, 2, LEAF_VERSION);
	query_i64(&query, 3, fact->kind);
	query_i64(&query, 4, fact->time.us / TIMES_HOUR_US);
	query_blob(&query, 5, commitment, sizeof(commitment));
	if (fact->case_id)
		query_u64(&query, 6, fact->case_id);
	query_blob(&query, 7, bytes, writer.length);
	return query_run(&query);
}

int
leaf_store_add(struct leaf_store *leaves, const struct leaf_fact *fact,
	       struct at_event now)
{
	if (leaves->count == leaves->room) {
		const size_t room = leaves->room ? 2 * leaves->room
						 : FACTS_AT_ONCE;
		struct leaf_fact *facts = memory_grow(leaves->facts,
						      leaves->room, room,
						      sizeof(*facts));

		if (!facts)
			return LZ_E_MEMORY;
		leaves->facts = facts;
		leaves->room = room;
	}
	leaves->facts[leaves->count++] = *fact;
	leaves->now = now;
	return 0;
}

/* Those from `from` on, as many as go at once, under the next numbers. */
static int
write_some(struct leaf_store *leaves, size_t from, uint64_t *number,
	   struct wanted *wanted)
{
	const struct leaf_fact *facts = leaves->facts + from;
	const size_t left = leaves->count - from;
	const size_t count = left < FACTS_AT_ONCE ? left : FACTS_AT_ONCE;
	int error;

	wanted_fill(leaves, facts, count, wanted);
	error = wanted_find(leaves, wanted);
	for (size_t i = 0; i < count && !error; i++)
		error = leaf_write(leaves, &facts[i], ++*number,
				   key_of(leaves, wanted, facts[i].case_id));
	for (size_t i = 0; i < wanted->count && !error; i++)
		*cached_of(leaves, wanted->of[i].case_id) = wanted->of[i];
	return error;
}

static int
number_read(struct leaf_store *leaves, uint64_t *number)
{
	struct query query;

	query_begin(&query, leaves->desk, SQL_DESK_COUNTER_GET);
	query_text(&query, 1, COUNTER);
	*number = query_step(&query) ? query_column_u64(&query, 0) : 0;
	return query_end(&query);
}

static int
number_keep(struct leaf_store *leaves, uint64_t number)
{
	struct query query;

	query_begin(&query, leaves->desk, SQL_DESK_COUNTER_PUT);
	query_text(&query, 1, COUNTER);
	query_u64(&query, 2, number);
	return query_run(&query);
}

int
leaf_store_settle(struct leaf_store *leaves)
{
	struct wanted *wanted;
	uint64_t number;
	int error;

	if (leaves->count == 0)
		return 0;
	wanted = memory_new(1, sizeof(*wanted));
	error = wanted ? number_read(leaves, &number) : LZ_E_MEMORY;
	for (size_t i = 0; i < leaves->count && !error; i += FACTS_AT_ONCE)
		error = write_some(leaves, i, &number, wanted);
	memory_free(wanted);
	if (!error)
		error = number_keep(leaves, number);
	if (!error && leaves->keying) {
		error = store_commit(leaves->keys);
		leaves->keying = false;
	}
	if (!error)
		leaves->count = 0;
	return error;
}

void
leaf_store_forget(struct leaf_store *leaves)
{
	if (leaves->keying)
		store_rollback(leaves->keys);
	leaves->keying = false;
	leaves->count = 0;
	memset(leaves->cache, 0, sizeof(leaves->cache));
}

/* ------------------------------------------------------------ erasure */

struct erasing {
	uint64_t count;
	uint8_t hash
	    [LEAF_COMMITMENT_SIZE]; /* chained over the commitments in order */
};

static int
erasing_add(void *context, const struct leaf_row *row)
{
	struct erasing *erasing = context;

	leaf_chain(erasing->hash, row->commitment);
	erasing->count++;
	return 0;
}

int
leaf_store_erasing(struct leaf_store *leaves, uint64_t case_id,
		   struct at_event now)
{
	struct erasing erasing = {0};
	struct leaf_fact fact = {.kind = LEAF_ERASURE,
				 .time = now,
				 .about_length = LEAF_COMMITMENT_SIZE};
	struct query query;
	int error = leaf_store_of_case(leaves->desk, case_id, erasing_add,
				       &erasing);

	if (error || !erasing.count)
		return error;
	query_begin(&query, leaves->desk, SQL_DESK_DOOMED_ADD);
	query_u64(&query, 1, case_id);
	error = query_run(&query);
	fact.detail = erasing.count;
	memcpy(fact.about, erasing.hash, LEAF_COMMITMENT_SIZE);
	return error ? error : leaf_store_add(leaves, &fact, now);
}

struct doomed {
	uint64_t cases[DOOMED_AT_ONCE];
	size_t count;
};

static int
doomed_read(struct leaf_store *leaves, struct doomed *doomed)
{
	struct query query;

	doomed->count = 0;
	query_begin(&query, leaves->desk, SQL_DESK_DOOMED_LIST);
	query_i64(&query, 1, DOOMED_AT_ONCE);
	while (doomed->count < DOOMED_AT_ONCE && query_step(&query))
		doomed->cases[doomed->count++] = query_column_u64(&query, 0);
	return query_end(&query);
}

static void
bind_doomed(void *context, struct query *query, size_t i)
{
	const struct doomed *doomed = context;

	query_u64(query, 1, doomed->cases[i]);
}

/* The same deletion of each, in one transaction of a store. */
static int
doomed_delete(struct store *store, unsigned number, struct doomed *doomed)
{
	int error = store_begin(store);

	if (!error)
		error = query_each(store, number, doomed->count, bind_doomed,
				   NULL, doomed);
	if (!error)
		error = store_commit(store);
	if (error)
		store_rollback(store);
	return error;
}

int
leaf_store_destroy(struct leaf_store *leaves)
{
	struct doomed doomed;
	int error;

	do {
		error = doomed_read(leaves, &doomed);
		if (error || !doomed.count)
			return error;
		for (size_t i = 0; i < doomed.count; i++)
			memset(cached_of(leaves, doomed.cases[i]), 0,
			       sizeof(struct cached));
		error = doomed_delete(leaves->keys, SQL_KEYS_KEY_DESTROY,
				      &doomed);
		/* Deleted rows' bytes go from what lies on disk, too. */
		if (!error)
			error = store_scrub(leaves->keys);
		if (!error)
			error = doomed_delete(leaves->desk,
					      SQL_DESK_DOOMED_DELETE, &doomed);
	} while (!error && doomed.count == DOOMED_AT_ONCE);
	return error;
}

/* --------------------------------------------------------------- lists */

static int
visit_rows(struct query *query, bool body, leaf_visit *visit, void *context)
{
	int error = 0, ended;

	while (!error && query_step(query)) {
		struct leaf_row row = {
		    .number = query_column_u64(query, 0),
		    .version = (uint8_t)query_column_i64(query, 1),
		    .kind = (uint8_t)query_column_i64(query, 2),
		    .hour = query_column_i64(query, 3)};
		size_t length;

		row.commitment = query_column_blob(query, 4, &length);
		if (body)
			row.body = query_column_blob(query, 5,
						     &row.body_length);
		error = length == LEAF_COMMITMENT_SIZE ? visit(context, &row)
						       : LZ_E_CHECKSUM;
	}
	ended = query_end(query);
	return error ? error : ended;
}

int
leaf_store_list(struct store *desk, uint64_t after, uint32_t limit,
		leaf_visit *visit, void *context)
{
	struct query query;

	query_begin(&query, desk, SQL_DESK_LEAF_LIST);
	query_u64(&query, 1, after);
	query_i64(&query, 2, limit);
	return visit_rows(&query, false, visit, context);
}

int
leaf_store_of_case(struct store *desk, uint64_t case_id, leaf_visit *visit,
		   void *context)
{
	struct query query;

	query_begin(&query, desk, SQL_DESK_LEAF_OF_CASE);
	query_u64(&query, 1, case_id);
	return visit_rows(&query, true, visit, context);
}
