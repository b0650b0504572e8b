/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xoshiro256** and SplitMix64, after the descriptions of their authors
 * (D. Blackman, S. Vigna); both are in the public domain.
 */
#include "base/rng.h"

#include "base/check.h"

static uint64_t
rotate(uint64_t value, unsigned by)
{
	return value << by | value >> (64 - by);
}

static uint64_t
split_mix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void
rng_init(struct rng *rng, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		rng->state[i] = split_mix(&seed);
}

uint64_t
rng_u64(struct rng *rng)
{
	uint64_t *s = rng->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t
rng_below(struct rng *rng, uint64_t bound)
{
	uint64_t value, refused;

	lz_assert(bound > 0);
	/* The lowest 2^64 mod bound values would make the rest uneven. */
	refused = (0 - bound) % bound;
	do
		value = rng_u64(rng);
	while (value < refused);
	return value % bound;
}

double
rng_unit(struct rng *rng)
{
	return (double)(rng_u64(rng) >> 11) * 0x1.0p-53;
}

struct rng
rng_fork(const struct rng *rng, uint64_t stream)
{
	uint64_t seed = split_mix(&stream);
	struct rng fork;

	for (unsigned i = 0; i < 4; i++) {
		seed ^= rng->state[i];
		seed = split_mix(&seed);
	}
	rng_init(&fork, seed);
	return fork;
}
