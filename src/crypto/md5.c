/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 through EVP.  The algorithm comes from the library context that
 * crypto_init made; HMAC is composed here of two digests, because one MAC
 * context for many secrets would be keyed anew for each packet, which costs
 * more.
 */
#include "crypto/md5.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/library.h"

#define MD5_BLOCK 64

struct md5 {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
};

struct md5 *
md5_new(void)
{
	struct md5 *md5 = memory_new(1, sizeof(*md5));

	if (!md5)
		return NULL;
	md5->algorithm = EVP_MD_fetch(crypto_library(), "MD5", NULL);
	md5->context = EVP_MD_CTX_new();
	if (!md5->algorithm || !md5->context ||
	    EVP_DigestInit_ex2(md5->context, md5->algorithm, NULL) != 1) {
		md5_free(md5);
		return NULL;
	}
	return md5;
}

void
md5_free(struct md5 *md5)
{
	if (!md5)
		return;
	EVP_MD_CTX_free(md5->context);
	EVP_MD_free(md5->algorithm);
	memory_free(md5);
}

void
md5_begin(struct md5 *md5)
{
	int done = EVP_DigestInit_ex2(md5->context, NULL, NULL);

	lz_assert(done == 1);
}

void
md5_add(struct md5 *md5, const void *bytes, size_t length)
{
	int done = EVP_DigestUpdate(md5->context, bytes, length);

	lz_assert(done == 1);
}

void
md5_end(struct md5 *md5, uint8_t digest[MD5_SIZE])
{
	unsigned int written = 0;
	int done = EVP_DigestFinal_ex(md5->context, digest, &written);

	lz_assert(done == 1 && written == MD5_SIZE);
}

void
md5_hmac(struct md5 *md5, const void *key, size_t key_length, const void *bytes,
	 size_t length, uint8_t digest[MD5_SIZE])
{
	uint8_t pad[MD5_BLOCK] = {0};

	if (key_length > MD5_BLOCK) {
		md5_begin(md5);
		md5_add(md5, key, key_length);
		md5_end(md5, pad);
	} else if (key_length > 0) {
		memcpy(pad, key, key_length);
	}
	for (size_t i = 0; i < MD5_BLOCK; i++)
		pad[i] ^= 0x36;
	md5_begin(md5);
	md5_add(md5, pad, sizeof(pad));
	md5_add(md5, bytes, length);
	md5_end(md5, digest);
	for (size_t i = 0; i < MD5_BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	md5_begin(md5);
	md5_add(md5, pad, sizeof(pad));
	md5_add(md5, digest, MD5_SIZE);
	md5_end(md5, digest);
}
