/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL library context of this room, for its own files only: made by
 * crypto_init (crypto/sha256.h), without openssl.cnf.
 */
#ifndef CRYPTO_LIBRARY_H
#define CRYPTO_LIBRARY_H

#include <openssl/types.h>

/* Aborts (lz_assert) when crypto_init was not called. */
OSSL_LIB_CTX *crypto_library(void);

#endif
