/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3 and CRC-32C against known values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/rng.h"

/*
 * Computed with an independent implementation of SipHash-1-3 (a scripting
 * language's own string hash with an all-zero key) over the bytes 0, 1, 2 ...
 */
static void
hashes_as_others_do(void **state)
{
	static const struct {
		size_t length;
		uint64_t hash;
	} cases[] = {
	    {1, UINT64_C(0x68a914128e01e473)},
	    {7, UINT64_C(0x2f098ab0c751325a)},
	    {8, UINT64_C(0xead411e67ebe2eea)},
	    {15, UINT64_C(0xf30eb725bb91c9ea)},
	    {16, UINT64_C(0x8972188433a5c5b7)},
	    {17, UINT64_C(0x4883c49a2c009c1d)},
	    {40, UINT64_C(0x95bc321ab41d8206)},
	    {63, UINT64_C(0x385d3e39e5f37359)},
	};
	const struct hash_key key = {0, 0};
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(hash_bytes(&key, bytes, cases[i].length) ==
			    cases[i].hash);
}

/* With key 00 01 .. 0f and no input: published with the algorithm. */
static void
hashes_with_a_key(void **state)
{
	const struct hash_key key = {UINT64_C(0x0706050403020100),
				     UINT64_C(0x0f0e0d0c0b0a0908)};
	const struct hash_key other = {UINT64_C(0x0706050403020100),
				       UINT64_C(0x0f0e0d0c0b0a0909)};

	(void)state;
	assert_true(hash_bytes(&key, NULL, 0) == UINT64_C(0xabac0158050fc4dc));
	assert_true(hash_bytes(&other, NULL, 0) != hash_bytes(&key, NULL, 0));
}

static void
sums_known_blocks(void **state)
{
	uint8_t zeros[32] = {0}, ones[32], up[32], down[32];

	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		ones[i] = 0xff;
		up[i] = (uint8_t)i;
		down[i] = (uint8_t)(31 - i);
	}
	for (unsigned i = 0; i < 2; i++) {
		uint32_t (*sum)(uint32_t, const void *, size_t) =
		    i ? hash_crc32c : hash_crc32c_portable;

		assert_true(sum(0, "", 0) == 0);
		assert_true(sum(0, "123456789", 9) == 0xe3069283);
		assert_true(sum(0, zeros, 32) == 0x8a9136aa);
		assert_true(sum(0, ones, 32) == 0x62a8ab43);
		assert_true(sum(0, up, 32) == 0x46dd794e);
		assert_true(sum(0, down, 32) == 0x113fdb5c);
		/* In pieces it's the same sum. */
		assert_true(sum(sum(0, "1234", 4), "56789", 5) == 0xe3069283);
	}
}

static void
both_sums_agree_at_any_length(void **state)
{
	uint8_t bytes[300];
	struct rng rng;

	(void)state;
	rng_init(&rng, 3);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rng_u64(&rng);
	for (size_t from = 0; from < 9; from++)
		for (size_t length = 0; length <= sizeof(bytes) - from;
		     length++)
			assert_true(
			    hash_crc32c(1, bytes + from, length) ==
			    hash_crc32c_portable(1, bytes + from, length));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes_as_others_do),
	    cmocka_unit_test(hashes_with_a_key),
	    cmocka_unit_test(sums_known_blocks),
	    cmocka_unit_test(both_sums_agree_at_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
