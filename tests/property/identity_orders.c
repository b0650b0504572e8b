/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tracker makes of words doesn't hang on the order they arrive in: the
 * words of random histories, shuffled and some of them twice, end in the same
 * rows (but for ids, places in the log, and that a row was amended).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"
#include "property/identity_world.h"

#define ORDERS 4
#define ROWS_MAX 512

struct snapshot {
	size_t count;
	struct binding rows[ROWS_MAX];
};

static struct world world;
static struct snapshot first, other;

static int
compare_rows(const void *a, const void *b)
{
	const struct binding *one = a, *two = b;
	int order = memcmp(&one->subject, &two->subject, sizeof(one->subject));

	if (order == 0 && one->source != two->source)
		order = one->source < two->source ? -1 : 1;
	if (order == 0 && one->start.us != two->start.us)
		order = one->start.us < two->start.us ? -1 : 1;
	if (order == 0 && one->heard.us != two->heard.us)
		order = one->heard.us < two->heard.us ? -1 : 1;
	return order ? order : one->party < two->party ? -1 : 1;
}

/* Parties by the number in their label: rows of the table hang on the order. */
static void
take(const struct binding_table *table, struct snapshot *snapshot)
{
	snapshot->count = 0;
	for (size_t i = 0; i < binding_table_count(table); i++) {
		const struct binding *it = binding_table_row(table, i);
		const char *label;
		struct binding *row;

		if (!it || it->realm == TRACKER_REALM_NONE)
			continue;
		lz_assert(snapshot->count < ROWS_MAX);
		row = &snapshot->rows[snapshot->count++];
		*row = *it;
		label = party_table_label(binding_table_parties(table),
					  it->party);
		row->party = label ? (uint32_t)atoi(label + 5)
				   : BINDING_NO_PARTY;
		row->marks &= (uint16_t)~BINDING_AMENDED;
	}
	qsort(snapshot->rows, snapshot->count, sizeof(*snapshot->rows),
	      compare_rows);
}

static bool
same(const struct binding *a, const struct binding *b)
{
	return subject_equal(&a->subject, &b->subject) &&
	       a->realm == b->realm && a->source == b->source &&
	       a->party == b->party && a->start.us == b->start.us &&
	       a->end.us == b->end.us && a->reported.us == b->reported.us &&
	       a->heard.us == b->heard.us && a->error_us == b->error_us &&
	       a->slot == b->slot && a->marks == b->marks;
}

static void
print(const char *title, const struct snapshot *snapshot)
{
	printf("%s\n", title);
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct binding *it = &snapshot->rows[i];

		printf("  ..%02x%02x source %u party %u [%lld, %lld) "
		       "%lld..%lld marks %x\n",
		       it->subject.prefix.addr.bytes[6],
		       it->subject.prefix.addr.bytes[15], it->source, it->party,
		       (long long)it->start.us, (long long)it->end.us,
		       (long long)it->reported.us, (long long)it->heard.us,
		       it->marks);
	}
}

static void
run(struct snapshot *snapshot)
{
	struct binding_table *table = world_table(&world);
	struct tracker_store store = binding_table_store(table);

	for (size_t i = 0; i < world.word_count; i++)
		world_feed(table, &world.words[i]);
	for (uint16_t i = SOURCE_NAS; i <= SOURCE_COPY; i++) {
		int ended = tracker_silence(&store,
					    binding_table_source(table, i),
					    (struct at_event){world.end_us});

		lz_assert(ended >= 0);
	}
	take(table, snapshot);
	binding_table_free(table);
}

static void
shuffle(struct rng *rng)
{
	for (size_t i = world.word_count; i > 1; i--) {
		size_t k = rng_below(rng, i);
		struct world_word word = world.words[i - 1];

		world.words[i - 1] = world.words[k];
		world.words[k] = word;
	}
}

static bool
orders_agree(uint64_t seed)
{
	struct world_conf conf = {.steps = 14,
				  .loss_permille = seed % 3 ? 200 : 0,
				  .twice_permille = 200,
				  .power_cut_permille = 200,
				  .skewed = seed % 2,
				  .numbers_again = seed % 5 != 0,
				  .sessions_only = true};
	struct rng rng;

	rng_init(&rng, seed);
	world_run(&world, seed, &conf);
	run(&first);
	for (unsigned order = 0; order < ORDERS; order++) {
		bool alike;

		shuffle(&rng);
		run(&other);
		alike = first.count == other.count;
		for (size_t i = 0; alike && i < first.count; i++)
			alike = same(&first.rows[i], &other.rows[i]);
		if (!alike) {
			printf("history %llu\n", (unsigned long long)seed);
			print("as it came", &first);
			print("in another order", &other);
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned failed = 0;

	if (crypto_init() != 0)
		return 1;
	for (uint64_t i = 0; i < count && failed < 3; i++)
		failed += !orders_agree(seed + i);
	printf("%llu histories, %d orders each\n", (unsigned long long)count,
	       ORDERS);
	crypto_fini();
	return failed != 0;
}
