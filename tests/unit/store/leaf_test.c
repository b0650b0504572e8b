/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves and keys: a commitment that can be computed by anybody with the key and
 * guessed by nobody without; numbers without gaps; erasure leaves no key behind.
 */
#include "scratch.h"

#include <sys/stat.h>

#include "crypto/sha256.h"
#include "store/desk_store.h"
#include "store/leaf_store.h"

#define NOW_US INT64_C(1700000000000000)
#define CASE_ID UINT64_C(0xf123456789abcdef)

static const struct at_event now = {NOW_US};
static const struct leaf_fact measure_on = {.kind = LEAF_MEASURE_ON,
					    .case_id = CASE_ID,
					    .time = {NOW_US},
					    .ref = 42,
					    .detail = MEASURE_GARDEN,
					    .about = "abcd",
					    .about_length = 4};

static void
keys_place(const struct scratch *scratch, char path[1100])
{
	if (scratch->postgres)
		snprintf(path, 1100, "%s", scratch->path);
	else
		snprintf(path, 1100, "%s/keys.sqlite", scratch->folder);
}

static struct leaf_store *
leaves_open(const struct scratch *scratch, struct store *desk)
{
	char path[1100], message[STORE_MESSAGE_SIZE];
	struct leaf_store *leaves;
	struct store *keys;

	keys_place(scratch, path);
	if (store_open_writer(path, &sql_keys, (struct at_arrival){NOW_US},
			      &keys, message) != 0)
		fail_msg("%s", message);
	assert_int_equal(leaf_store_open(keys, desk, &leaves), 0);
	return leaves;
}

static void
put_case(struct store *store, uint64_t id)
{
	const struct party_id party = {id};
	const struct store_case record = {.id = id,
					  .party = party,
					  .known = true,
					  .state = CASE_CLOSED,
					  .opened = now,
					  .changed = now,
					  .last = now,
					  .due = times_unset(),
					  .closed = now,
					  .objected = times_unset(),
					  .answer_due = times_unset(),
					  .record = {(const uint8_t *)"record",
						     6}};
	char label[40];

	snprintf(label, sizeof(label), "acct-%llu", (unsigned long long)id);
	assert_int_equal(desk_store_party_add(store, party, label, true, now),
			 0);
	assert_int_equal(desk_store_case_put(store, &record), 0);
}

static void
text_of(const uint8_t *bytes, char text[65])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* Computed by Python's hmac and hashlib. */
static void
is_what_the_header_says(void **state)
{
	uint8_t key[LEAF_KEY_SIZE], salt[LEAF_SALT_SIZE];
	uint8_t commitment[LEAF_COMMITMENT_SIZE], bytes[LEAF_BYTES_MAX];
	char text[65];
	struct writer writer;

	(void)state;
	for (uint8_t i = 0; i < LEAF_KEY_SIZE; i++)
		key[i] = i;
	leaf_salt(key, 7, salt);
	text_of(salt, text);
	assert_string_equal(
	    text,
	    "cf9db3d7399e518065b84ac1f6e546d4e2c80cfb42bb2a9316e9487fda84d497");
	writer_init(&writer, bytes, sizeof(bytes));
	leaf_canonical(&writer, &measure_on);
	assert_false(writer.failed);
	leaf_commitment(salt, bytes, writer.length, commitment);
	text_of(commitment, text);
	assert_string_equal(
	    text,
	    "bcb6fb6fd4569314c1289c6da7d5b50b20d1595cba6c4ccce98d621b2469b943");
}

struct seen {
	uint64_t number;
	unsigned count, bodies;
	uint8_t commitment[LEAF_COMMITMENT_SIZE], body[LEAF_BYTES_MAX];
	size_t length;
};

static int
see(void *context, const struct leaf_row *row)
{
	struct seen *seen = context;

	assert_true(seen->count == 0 || row->number == seen->number + 1);
	seen->number = row->number;
	seen->count++;
	seen->bodies += row->body != NULL;
	memcpy(seen->commitment, row->commitment, LEAF_COMMITMENT_SIZE);
	if (row->body)
		memcpy(seen->body, row->body, row->body_length);
	seen->length = row->body_length;
	return 0;
}

static void
is_proved_with_the_key_alone(void **state)
{
	struct store *desk = scratch_writer(*state, &sql_desk);
	struct leaf_store *leaves = leaves_open(*state, desk);
	uint8_t key[LEAF_KEY_SIZE], salt[LEAF_SALT_SIZE];
	uint8_t commitment[LEAF_COMMITMENT_SIZE];
	static const uint8_t guessed[LEAF_KEY_SIZE];
	struct seen seen = {0};

	assert_int_equal(store_begin(desk), 0);
	put_case(desk, CASE_ID);
	assert_int_equal(leaf_store_add(leaves, &measure_on, now), 0);
	assert_int_equal(leaf_store_settle(leaves), 0);
	assert_int_equal(store_commit(desk), 0);
	assert_int_equal(leaf_store_of_case(desk, CASE_ID, see, &seen), 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(leaf_store_key(leaves, CASE_ID, key), 0);
	leaf_salt(key, seen.number, salt);
	leaf_commitment(salt, seen.body, seen.length, commitment);
	assert_memory_equal(commitment, seen.commitment, sizeof(commitment));
	/* All of the record is known, and still: not by another key, not
	 * without any, not as the leaf of another number. */
	leaf_salt(guessed, seen.number, salt);
	leaf_commitment(salt, seen.body, seen.length, commitment);
	assert_memory_not_equal(commitment, seen.commitment,
				sizeof(commitment));
	sha256(seen.body, seen.length, commitment);
	assert_memory_not_equal(commitment, seen.commitment,
				sizeof(commitment));
	leaf_salt(key, seen.number + 1, salt);
	leaf_commitment(salt, seen.body, seen.length, commitment);
	assert_memory_not_equal(commitment, seen.commitment,
				sizeof(commitment));
	leaf_store_close(leaves);
	store_close(desk);
}

static void
add_one(struct leaf_store *leaves, uint64_t case_id)
{
	struct leaf_fact fact = measure_on;

	fact.case_id = case_id;
	assert_int_equal(leaf_store_add(leaves, &fact, now), 0);
}

static void
numbers_have_no_gaps(void **state)
{
	struct store *desk = scratch_writer(*state, &sql_desk);
	struct leaf_store *leaves = leaves_open(*state, desk);
	struct seen seen = {0};

	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(store_begin(desk), 0);
		put_case(desk, 100 + round);
		add_one(leaves, 100 + round);
		add_one(leaves, 100 + round);
		if (round == 1) {
			store_rollback(desk);
			leaf_store_forget(leaves);
			continue;
		}
		assert_int_equal(leaf_store_settle(leaves), 0);
		assert_int_equal(store_commit(desk), 0);
	}
	leaf_store_close(leaves);
	leaves = leaves_open(*state, desk);
	assert_int_equal(store_begin(desk), 0);
	add_one(leaves, 102);
	assert_int_equal(leaf_store_settle(leaves), 0);
	assert_int_equal(store_commit(desk), 0);
	assert_int_equal(leaf_store_list(desk, 0, 100, see, &seen), 0);
	assert_int_equal(seen.count, 5);
	assert_int_equal(seen.number, 5);
	assert_int_equal(seen.bodies, 0);
	leaf_store_close(leaves);
	store_close(desk);
}

static bool
file_holds(const char *path, const uint8_t key[LEAF_KEY_SIZE])
{
	FILE *file = fopen(path, "r");
	struct stat status;
	uint8_t *bytes;
	bool found;

	if (!file)
		return false;
	assert_int_equal(fstat(fileno(file), &status), 0);
	bytes = malloc((size_t)status.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)status.st_size, file),
			 status.st_size);
	found = memmem(bytes, (size_t)status.st_size, key, LEAF_KEY_SIZE) !=
		NULL;
	free(bytes);
	fclose(file);
	return found;
}

static int
erasing(void *context, uint64_t case_id)
{
	return leaf_store_erasing(context, case_id,
				  (struct at_event){NOW_US + 1});
}

static void
erasure_destroys_the_key(void **state)
{
	const struct store_retention retention = {TIMES_DAY_US, TIMES_DAY_US,
						  TIMES_DAY_US};
	const struct at_event later = {NOW_US + 2 * TIMES_DAY_US};
	const struct scratch *scratch = *state;
	struct store *desk = scratch_writer(scratch, &sql_desk);
	struct leaf_store *leaves = leaves_open(scratch, desk);
	uint8_t key[LEAF_KEY_SIZE];
	char path[1100], wal[1110];
	struct seen seen = {0}, all = {0};
	bool more;

	keys_place(scratch, path);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(store_begin(desk), 0);
	put_case(desk, CASE_ID);
	add_one(leaves, CASE_ID);
	add_one(leaves, CASE_ID);
	assert_int_equal(leaf_store_settle(leaves), 0);
	assert_int_equal(store_commit(desk), 0);
	assert_int_equal(leaf_store_key(leaves, CASE_ID, key), 0);
	assert_true(scratch->postgres || file_holds(path, key) ||
		    file_holds(wal, key));
	assert_int_equal(leaf_store_destroy(leaves), 0);
	assert_int_equal(leaf_store_key(leaves, CASE_ID, key), 0);

	assert_int_equal(store_begin(desk), 0);
	assert_int_equal(desk_store_retain(desk, &retention, later, erasing,
					   leaves, &more),
			 0);
	assert_int_equal(leaf_store_settle(leaves), 0);
	assert_int_equal(store_commit(desk), 0);
	/* Killed right here, the next start goes on. */
	leaf_store_close(leaves);
	leaves = leaves_open(scratch, desk);
	assert_int_equal(leaf_store_key(leaves, CASE_ID, key), 0);
	assert_int_equal(leaf_store_destroy(leaves), 0);

	assert_int_equal(leaf_store_key(leaves, CASE_ID, key), LZ_E_NOT_FOUND);
	assert_false(!scratch->postgres && file_holds(path, key));
	assert_false(!scratch->postgres && file_holds(wal, key));
	assert_int_equal(leaf_store_of_case(desk, CASE_ID, see, &seen), 0);
	assert_int_equal(seen.count, 0);
	/* The commitments stay, and one that says what happened. */
	assert_int_equal(leaf_store_list(desk, 0, 100, see, &all), 0);
	assert_int_equal(all.count, 3);
	leaf_store_close(leaves);
	store_close(desk);
}

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_the_header_says),
	    CASE(is_proved_with_the_key_alone),
	    CASE(numbers_have_no_gaps),
	    CASE(erasure_destroys_the_key),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
