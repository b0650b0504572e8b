/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 through OpenSSL's EVP, fetched once.
 *
 * crypto_init must be called by a program before its sandbox closes and
 * before any hash: it fetches the algorithm from a library context of ours
 * without reading openssl.cnf.  The handle is the one piece of state the pure
 * rooms may lean on.  Not for passwords, not for signatures.
 */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

#define SHA256_SIZE 32

/* LZ_E_CRYPTO when the library refuses.  Calling it again changes nothing. */
LZ_NODISCARD int crypto_init(void);
void crypto_fini(void);

/* Aborts (lz_assert) when crypto_init was not called. */
void sha256(const void *bytes, size_t length, uint8_t digest[SHA256_SIZE]);

#endif
