/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves and their keys: see the header. */
#include "store/leaf_store.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"
#include "store/query.h"
#include "store/sql_text.h"

#define COUNTER "leaf"
#define CACHE 65536 /* keys at hand, 3 MB: a recall goes round all cases */
#define SWEEP_AT_ONCE 500

struct cached {
	uint64_t case_id;
	bool there;
	uint8_t key[LEAF_KEY_SIZE];
};

struct leaf_store {
	struct store *desk, *keys;
	bool keying;   /* a transaction of the keys runs */
	bool counting; /* `number` is the desk's transaction's */
	uint64_t number;
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
key_make(struct leaf_store *leaves, uint64_t case_id, struct at_event now,
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
	query_i64(&query, 3, now.us);
	return query_run(&query);
}

static int
key_of(struct leaf_store *leaves, uint64_t case_id, struct at_event now,
       const uint8_t **key)
{
	struct cached *cached = cached_of(leaves, case_id);
	int error = 0;

	if (!cached->there || cached->case_id != case_id) {
		cached->there = false;
		error = key_read(leaves, case_id, cached->key);
		if (error == LZ_E_NOT_FOUND)
			error = key_make(leaves, case_id, now, cached->key);
		cached->case_id = case_id;
		cached->there = !error;
	}
	*key = cached->key;
	return error;
}

int
leaf_store_key(struct leaf_store *leaves, uint64_t case_id,
	       uint8_t key[LEAF_KEY_SIZE])
{
	return key_read(leaves, case_id, key);
}

/* ------------------------------------------------------------- leaves */

static int
number_next(struct leaf_store *leaves, uint64_t *number)
{
	struct query query;
	int error = 0;

	if (!leaves->counting) {
		query_begin(&query, leaves->desk, SQL_DESK_COUNTER_GET);
		query_text(&query, 1, COUNTER);
		leaves->number = query_step(&query)
				     ? query_column_u64(&query, 0)
				     : 0;
		error = query_end(&query);
	}
	leaves->counting = !error;
	*number = ++leaves->number;
	return error;
}

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
	const uint8_t *key;
	uint64_t number;
	int error = key_of(leaves, fact->case_id, now, &key);

	if (!error)
		error = number_next(leaves, &number);
	return error ? error : leaf_write(leaves, fact, number, key);
}

int
leaf_store_settle(struct leaf_store *leaves)
{
	struct query query;
	int error = 0;

	if (leaves->keying)
		error = store_commit(leaves->keys);
	leaves->keying = false;
	if (error || !leaves->counting)
		return error;
	leaves->counting = false;
	query_begin(&query, leaves->desk, SQL_DESK_COUNTER_PUT);
	query_text(&query, 1, COUNTER);
	query_u64(&query, 2, leaves->number);
	return query_run(&query);
}

void
leaf_store_forget(struct leaf_store *leaves)
{
	if (leaves->keying)
		store_rollback(leaves->keys);
	leaves->keying = leaves->counting = false;
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
	int error = leaf_store_of_case(leaves->desk, case_id, erasing_add,
				       &erasing);

	if (error || !erasing.count)
		return error;
	fact.detail = erasing.count;
	memcpy(fact.about, erasing.hash, LEAF_COMMITMENT_SIZE);
	return leaf_store_add(leaves, &fact, now);
}

int
leaf_store_destroy(struct leaf_store *leaves, const uint64_t *case_ids,
		   size_t count)
{
	int error = store_begin(leaves->keys);

	for (size_t i = 0; i < count && !error; i++) {
		struct cached *cached = cached_of(leaves, case_ids[i]);
		struct query query;

		memset(cached, 0, sizeof(*cached));
		query_begin(&query, leaves->keys, SQL_KEYS_KEY_DESTROY);
		query_u64(&query, 1, case_ids[i]);
		error = query_run(&query);
	}
	if (!error)
		error = store_commit(leaves->keys);
	if (error) {
		store_rollback(leaves->keys);
		return error;
	}
	/* Deleted rows' bytes go from what lies on disk, too. */
	return store_scrub(leaves->keys);
}

static int
case_there(struct leaf_store *leaves, uint64_t case_id, bool *there)
{
	struct query query;

	query_begin(&query, leaves->desk, SQL_DESK_CASE_THERE);
	query_u64(&query, 1, case_id);
	*there = query_step(&query);
	return query_end(&query);
}

/* The next cases by number that have a key. */
static int
keyed_next(struct leaf_store *leaves, int64_t after,
	   uint64_t cases[SWEEP_AT_ONCE], size_t *count)
{
	struct query query;

	*count = 0;
	query_begin(&query, leaves->keys, SQL_KEYS_KEY_LIST);
	query_i64(&query, 1, after);
	query_i64(&query, 2, SWEEP_AT_ONCE);
	while (*count < SWEEP_AT_ONCE && query_step(&query))
		cases[(*count)++] = query_column_u64(&query, 0);
	return query_end(&query);
}

int
leaf_store_sweep(struct leaf_store *leaves)
{
	uint64_t cases[SWEEP_AT_ONCE];
	int64_t after = INT64_MIN;
	size_t count = SWEEP_AT_ONCE;
	int error = 0;

	while (!error && count == SWEEP_AT_ONCE) {
		size_t gone = 0;

		error = keyed_next(leaves, after, cases, &count);
		if (count)
			after = (int64_t)cases[count - 1];
		for (size_t i = 0; i < count && !error; i++) {
			bool there = true;

			error = case_there(leaves, cases[i], &there);
			if (!there)
				cases[gone++] = cases[i];
		}
		if (!error && gone)
			error = leaf_store_destroy(leaves, cases, gone);
	}
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
