/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short fingerprints for the rooms above fact/, which don't see crypto/: the
 * first bytes of SHA-256.  For naming things, never for secrets.
 */
#ifndef FACT_DIGEST_H
#define FACT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 16

/* The first 16 bytes of SHA-256; crypto_init must have been called. */
void digest_bytes(const void *bytes, size_t length,
		  uint8_t digest[DIGEST_SIZE]);
/* The first 8 of them, read in network order. */
uint64_t digest_u64(const void *bytes, size_t length);

#endif
