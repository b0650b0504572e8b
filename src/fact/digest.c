/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fingerprints: SHA-256, cut.
 */
#include <string.h>

#include "crypto/sha256.h"
#include "fact/digest.h"

void
digest_bytes(const void *bytes, size_t length, uint8_t digest[DIGEST_SIZE])
{
	uint8_t whole[SHA256_SIZE];

	sha256(bytes, length, whole);
	memcpy(digest, whole, DIGEST_SIZE);
}

uint64_t
digest_u64(const void *bytes, size_t length)
{
	uint8_t digest[DIGEST_SIZE];
	uint64_t value = 0;

	digest_bytes(bytes, length, digest);
	for (size_t i = 0; i < sizeof(value); i++)
		value = value << 8 | digest[i];
	return value;
}
