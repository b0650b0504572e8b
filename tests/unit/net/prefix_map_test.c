/* SPDX-License-Identifier: Apache-2.0 */
/* Longest-prefix match against a linear scan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "net/prefix_map.h"

#define PREFIXES_MAX 3000

static uint32_t
scan(const struct prefix *prefixes, uint32_t count, const struct addr *addr)
{
	uint32_t best = PREFIX_MAP_NONE;

	for (uint32_t i = 0; i < count; i++)
		if (prefix_contains(&prefixes[i], addr) &&
		    (best == PREFIX_MAP_NONE ||
		     prefixes[i].length > prefixes[best].length))
			best = i;
	return best;
}

/* Addresses of few bits that vary, so that prefixes nest and touch. */
static struct addr
some_addr(struct rng *rng, bool dense)
{
	struct addr addr = {{0x20, 0x01, 0x0d, 0xb8}};
	uint64_t low = rng_u64(rng);

	if (rng_below(rng, 2))
		return addr_from_v4(dense ? 0xc0000000u | (low & 0x3ff)
					  : (uint32_t)low);
	for (unsigned i = 4; i < 16; i++)
		addr.bytes[i] = dense && i < 14 ? 0 : (uint8_t)rng_u64(rng);
	return addr;
}

static struct prefix
some_prefix(struct rng *rng, bool dense)
{
	struct addr addr = some_addr(rng, dense);
	unsigned least = addr_is_v4(&addr) ? 96 : 0;

	if (dense && rng_below(rng, 8))
		least = 114;
	return prefix_of(&addr, (uint8_t)(least + rng_below(rng, 129 - least)));
}

/* The ends of a prefix and what lies just outside them. */
static struct addr
near_prefix(struct rng *rng, const struct prefix *prefix)
{
	struct addr addr = prefix->addr;
	bool up = rng_below(rng, 2);

	if (rng_below(rng, 2)) {
		for (unsigned i = prefix->length; i < 128; i++)
			addr.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	if (rng_below(rng, 2))
		for (unsigned i = 16; i-- > 0;) {
			addr.bytes[i] =
			    (uint8_t)(addr.bytes[i] + (up ? 1 : 0xff));
			if (addr.bytes[i] != (up ? 0 : 0xff))
				break;
		}
	return addr;
}

static void
compare_with_scan(uint64_t seed, uint32_t count, bool dense)
{
	struct prefix *prefixes = memory_new(count + 1, sizeof(*prefixes));
	struct prefix_map *map = prefix_map_new();
	struct rng rng;
	uint32_t added = 0;

	rng_init(&rng, seed);
	for (uint32_t i = 0; i < count; i++) {
		struct prefix prefix = some_prefix(&rng, dense);
		bool there = false;

		for (uint32_t k = 0; k < added; k++)
			there |= prefix_equal(&prefixes[k], &prefix);
		assert_int_equal(prefix_map_add(map, &prefix, added),
				 there ? LZ_E_EXISTS : 0);
		if (!there)
			prefixes[added++] = prefix;
	}
	assert_int_equal(prefix_map_count(map), added);
	assert_int_equal(prefix_map_seal(map), 0);
	assert_int_equal(prefix_map_count(map), added);
	for (unsigned i = 0; i < 2000; i++) {
		struct addr addr =
		    added && i % 2
			? near_prefix(&rng, &prefixes[rng_below(&rng, added)])
			: some_addr(&rng, dense);

		assert_int_equal(prefix_map_find(map, &addr),
				 scan(prefixes, added, &addr));
	}
	prefix_map_free(map);
	memory_free(prefixes);
}

static void
agrees_with_a_scan(void **state)
{
	(void)state;
	/* 16 and 32 are where it grows and where the index begins. */
	for (uint64_t seed = 0; seed < 60; seed++)
		compare_with_scan(seed, (uint32_t)seed, seed % 2);
	compare_with_scan(100, 300, true);
	compare_with_scan(101, 300, false);
}

/* Also 129 prefixes one inside the other. */
static void
nests_to_the_last_bit(void **state)
{
	struct addr ones;
	struct prefix_map *map = prefix_map_new();

	(void)state;
	memset(&ones, 0xff, sizeof(ones));
	for (unsigned length = 0; length <= 128; length++) {
		struct prefix prefix = prefix_of(&ones, (uint8_t)length);

		assert_int_equal(prefix_map_add(map, &prefix, length), 0);
	}
	assert_int_equal(prefix_map_seal(map), 0);
	for (unsigned length = 0; length <= 128; length++) {
		struct addr addr = ones;

		if (length < 128)
			addr.bytes[length / 8] ^= (uint8_t)(0x80 >> length % 8);
		assert_int_equal(prefix_map_find(map, &addr), length);
	}
	prefix_map_free(map);
}

static uint32_t
find(const struct prefix_map *map, const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(slice_of(text), &addr), 0);
	return prefix_map_find(map, &addr);
}

static void
add(struct prefix_map *map, const char *text, uint32_t value)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(slice_of(text), &prefix), 0);
	assert_int_equal(prefix_map_add(map, &prefix, value), 0);
}

static void
keeps_families_apart(void **state)
{
	struct prefix_map *map = prefix_map_new();

	(void)state;
	add(map, "0.0.0.0/0", 4);
	add(map, "192.0.2.0/24", 24);
	add(map, "192.0.2.255", 255);
	add(map, "2001:db8::/32", 6);
	assert_int_equal(prefix_map_seal(map), 0);
	assert_int_equal(find(map, "192.0.2.7"), 24);
	assert_int_equal(find(map, "192.0.2.255"), 255);
	assert_int_equal(find(map, "192.0.3.0"), 4);
	assert_int_equal(find(map, "255.255.255.255"), 4);
	assert_int_equal(find(map, "0.0.0.0"), 4);
	assert_int_equal(find(map, "2001:db8::1"), 6);
	assert_int_equal(find(map, "2001:db7::1"), PREFIX_MAP_NONE);
	assert_int_equal(find(map, "::"), PREFIX_MAP_NONE);
	assert_int_equal(find(map, "::fffe:ffff:ffff"), PREFIX_MAP_NONE);
	assert_int_equal(find(map, "::1:0:0:0"), PREFIX_MAP_NONE);
	prefix_map_free(map);
	/* ::/0 is everything, of both families. */
	map = prefix_map_new();
	add(map, "::/0", 1);
	assert_int_equal(prefix_map_seal(map), 0);
	assert_int_equal(find(map, "192.0.2.7"), 1);
	assert_int_equal(find(map, "2001:db8::1"), 1);
	prefix_map_free(map);
}

static void
is_read_only_once_sealed(void **state)
{
	struct prefix_map *map = prefix_map_new();
	struct prefix prefix;

	(void)state;
	assert_int_equal(prefix_map_seal(map), 0);
	assert_int_equal(find(map, "192.0.2.7"), PREFIX_MAP_NONE);
	assert_int_equal(find(map, "2001:db8::1"), PREFIX_MAP_NONE);
	assert_int_equal(prefix_map_seal(map), LZ_E_STATE);
	assert_int_equal(prefix_parse(slice_of("192.0.2.0/24"), &prefix), 0);
	assert_int_equal(prefix_map_add(map, &prefix, 1), LZ_E_STATE);
	assert_int_equal(prefix_map_count(map), 0);
	prefix_map_free(map);
	prefix_map_free(NULL);
}

/* Many /24 beside each other: the index by upper 16 bits is used in full. */
static void
searches_behind_the_index(void **state)
{
	struct prefix_map *map = prefix_map_new();

	(void)state;
	for (uint32_t i = 0; i < PREFIXES_MAX; i++) {
		struct addr addr = addr_from_v4(0x0a000000u + i * 512);
		struct prefix prefix = prefix_of(&addr, 120);

		assert_int_equal(prefix_map_add(map, &prefix, i), 0);
	}
	assert_int_equal(prefix_map_seal(map), 0);
	for (uint32_t i = 0; i < PREFIXES_MAX; i++) {
		struct addr in = addr_from_v4(0x0a0000ffu + i * 512);
		struct addr out = addr_from_v4(0x0a000100u + i * 512);

		assert_int_equal(prefix_map_find(map, &in), i);
		assert_int_equal(prefix_map_find(map, &out), PREFIX_MAP_NONE);
	}
	assert_int_equal(find(map, "9.255.255.255"), PREFIX_MAP_NONE);
	assert_int_equal(find(map, "255.255.255.255"), PREFIX_MAP_NONE);
	prefix_map_free(map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_a_scan),
	    cmocka_unit_test(nests_to_the_last_bit),
	    cmocka_unit_test(keeps_families_apart),
	    cmocka_unit_test(is_read_only_once_sealed),
	    cmocka_unit_test(searches_behind_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
