/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 through EVP, from a library context of our own: the default one
 * would read openssl.cnf at its first use, inside the sandbox.
 */
#include "crypto/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "base/check.h"
#include "crypto/library.h"

static OSSL_LIB_CTX *library;
static OSSL_PROVIDER *provider;
static EVP_MD *algorithm;

int
crypto_init(void)
{
	unsigned char digest[SHA256_SIZE];

	if (algorithm)
		return 0;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return LZ_E_CRYPTO;
	library = OSSL_LIB_CTX_new();
	if (library)
		provider = OSSL_PROVIDER_load(library, "default");
	if (provider)
		algorithm = EVP_MD_fetch(library, "SHA2-256", NULL);
	/* One hash now: whatever the library sets up late, it sets up here. */
	if (!algorithm ||
	    EVP_Digest("", 0, digest, NULL, algorithm, NULL) != 1) {
		crypto_fini();
		return LZ_E_CRYPTO;
	}
	return 0;
}

void
crypto_fini(void)
{
	EVP_MD_free(algorithm);
	if (provider)
		OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(library);
	algorithm = NULL;
	provider = NULL;
	library = NULL;
}

OSSL_LIB_CTX *
crypto_library(void)
{
	lz_assert(algorithm);
	return library;
}

void
sha256(const void *bytes, size_t length, uint8_t digest[SHA256_SIZE])
{
	unsigned int written = 0;
	int done;

	lz_assert(algorithm);
	done = EVP_Digest(bytes, length, digest, &written, algorithm, NULL);
	lz_assert(done == 1 && written == SHA256_SIZE);
}
