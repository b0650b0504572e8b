/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 (RFC 1321) and HMAC-MD5 (RFC 2104) through OpenSSL's EVP, for RADIUS,
 * which is built on them (RFC 2865 section 3, RFC 2869 section 5.14).
 *
 * Neither is good for anything else: collisions are made in seconds.  A handle
 * holds the fetched algorithm and one context that is begun again for each
 * digest, so that a small packet costs little more than its blocks.  One
 * handle per thread.
 */
#ifndef CRYPTO_MD5_H
#define CRYPTO_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_SIZE 16

struct md5;

/*
 * Owned by the caller: md5_free.  NULL when there is no memory or the library
 * refuses MD5.  crypto_init (crypto/sha256.h) must have been called: the
 * algorithm is fetched here, without any file being read.
 */
struct md5 *md5_new(void);
void md5_free(struct md5 *md5);

/* A digest in pieces: begin, any number of adds, end. */
void md5_begin(struct md5 *md5);
/* bytes may be NULL when length is 0. */
void md5_add(struct md5 *md5, const void *bytes, size_t length);
void md5_end(struct md5 *md5, uint8_t digest[MD5_SIZE]);

void md5_hmac(struct md5 *md5, const void *key, size_t key_length,
	      const void *bytes, size_t length, uint8_t digest[MD5_SIZE]);

#endif
