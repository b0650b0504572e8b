/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashing of small keys (SipHash-1-3: an attacker who picks addresses
 * must not be able to pick buckets) and CRC32C for stored bytes.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1;
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes,
		    size_t length);

/* CRC-32C (Castagnoli, reflected, as iSCSI); start with crc = 0. */
uint32_t hash_crc32c(uint32_t crc, const void *bytes, size_t length);
/* The same without the processor's help (what other machines use). */
uint32_t hash_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

#endif
