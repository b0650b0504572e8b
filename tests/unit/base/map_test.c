/* SPDX-License-Identifier: Apache-2.0 */
/* The map against a naive model, crowded so that keys collide and wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "base/rng.h"

#define SLOTS 40

struct object {
	uint8_t key[16];
};

static const void *
key_of(const void *context, uint32_t slot)
{
	return ((const struct object *)context)[slot].key;
}

static void
set_key(struct object *object, uint64_t number)
{
	memset(object, 0, sizeof(*object));
	memcpy(object->key, &number, sizeof(number));
}

static uint32_t
naive_find(const struct object *objects, const bool *in, const void *key)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (in[i] && memcmp(objects[i].key, key, 16) == 0)
			return i;
	return MAP_NONE;
}

/*
 * Puts, takes and looks up at random; with so few keys they meet each other
 * all the time, and the table, never larger than it must be, wraps round.
 */
static void
agrees_with_a_naive_model(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct object objects[SLOTS];
		bool in[SLOTS] = {false};
		uint32_t count = 0, capacity;
		struct rng rng;
		struct map *map;

		rng_init(&rng, seed);
		capacity = 1 + (uint32_t)rng_below(&rng, 30);
		memset(objects, 0, sizeof(objects));
		map = map_new(capacity, 16,
			      (struct hash_key){rng_u64(&rng), seed}, key_of,
			      objects);
		assert_non_null(map);
		for (unsigned step = 0; step < 3000; step++) {
			struct object probe;
			uint32_t slot, found;

			set_key(&probe, rng_below(&rng, 50));
			found = naive_find(objects, in, probe.key);
			assert_int_equal(map_find(map, probe.key), found);
			slot = (uint32_t)rng_below(&rng, SLOTS);
			if (rng_below(&rng, 2) && !in[slot]) {
				int error;

				objects[slot] = probe;
				error = map_put(map, slot);
				if (found != MAP_NONE) {
					assert_int_equal(error, LZ_E_EXISTS);
				} else if (count == capacity) {
					assert_int_equal(error, LZ_E_FULL);
				} else {
					assert_int_equal(error, 0);
					in[slot] = true;
					count++;
				}
			} else {
				assert_int_equal(map_take(map, probe.key),
						 found);
				if (found != MAP_NONE) {
					in[found] = false;
					count--;
				}
			}
			assert_int_equal(map_count(map), count);
		}
		map_free(map);
	}
}

static void
holds_all_it_promised(void **state)
{
	enum { MANY = 20000 };
	static struct object objects[MANY];
	struct map *map = map_new(MANY, 16, (struct hash_key){1, 2}, key_of,
				  objects);

	(void)state;
	assert_non_null(map);
	for (uint32_t i = 0; i < MANY; i++) {
		set_key(&objects[i], i);
		assert_int_equal(map_put(map, i), 0);
	}
	assert_int_equal(map_count(map), MANY);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(map_find(map, objects[i].key), i);
	/* At most 12 bytes for each slot promised, and it says so. */
	assert_in_range(map_bytes(map), 8 * MANY, 12 * MANY + 256);
	for (uint32_t i = 0; i < MANY; i += 2)
		assert_int_equal(map_take(map, objects[i].key), i);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(map_find(map, objects[i].key),
				 i % 2 ? i : MAP_NONE);
	map_free(map);
}

static void
the_smallest_maps_work(void **state)
{
	struct object objects[2] = {0};
	struct map *map = map_new(0, 16, (struct hash_key){0, 0}, key_of,
				  objects);

	(void)state;
	set_key(&objects[0], 1);
	set_key(&objects[1], 2);
	assert_int_equal(map_find(map, objects[0].key), MAP_NONE);
	assert_int_equal(map_take(map, objects[0].key), MAP_NONE);
	assert_int_equal(map_put(map, 0), LZ_E_FULL);
	map_free(map);
	map = map_new(1, 16, (struct hash_key){0, 0}, key_of, objects);
	assert_int_equal(map_put(map, 0), 0);
	/* A key that is there is that, even when the map is full. */
	objects[1] = objects[0];
	assert_int_equal(map_put(map, 1), LZ_E_EXISTS);
	map_free(map);
	map_free(NULL);
	assert_null(
	    map_new(UINT32_MAX, 16, (struct hash_key){0, 0}, key_of, objects));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_a_naive_model),
	    cmocka_unit_test(holds_all_it_promised),
	    cmocka_unit_test(the_smallest_maps_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
