/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeded pseudo-random numbers (xoshiro256**, seeded through SplitMix64).
 *
 * For simulation, sampling and tests, and for identifiers where the caller
 * seeds it from the system's randomness.  Not for keys: those are crypto/'s.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_u64(struct rng *rng);
/* Uniform in [0, bound), without bias; bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);
/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);
/* A stream of its own, a function of rng's state and `stream` alone. */
struct rng rng_fork(const struct rng *rng, uint64_t stream);

#endif
