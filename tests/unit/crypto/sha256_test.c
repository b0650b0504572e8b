/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256: published digests, and init that may be called twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/sha256.h"

static const char *
digest_of(const void *bytes, size_t length, char hex[2 * SHA256_SIZE + 1])
{
	uint8_t digest[SHA256_SIZE];
	struct text text;

	sha256(bytes, length, digest);
	text_init(&text, hex, 2 * SHA256_SIZE + 1);
	text_hex(&text, digest, sizeof(digest));
	return hex;
}

static void
hashes_as_published(void **state)
{
	static const char two_blocks[] =
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char hex[2 * SHA256_SIZE + 1];

	(void)state;
	assert_int_equal(crypto_init(), 0);
	assert_string_equal(digest_of("", 0, hex),
			    "e3b0c44298fc1c149afbf4c8996fb924"
			    "27ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest_of(NULL, 0, hex),
			    "e3b0c44298fc1c149afbf4c8996fb924"
			    "27ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest_of("abc", 3, hex),
			    "ba7816bf8f01cfea414140de5dae2223"
			    "b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(
	    digest_of(two_blocks, sizeof(two_blocks) - 1, hex),
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	crypto_fini();
}

static void
begins_and_ends_more_than_once(void **state)
{
	char hex[2 * SHA256_SIZE + 1];

	(void)state;
	crypto_fini();
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(crypto_init(), 0);
	crypto_fini();
	crypto_fini();
	assert_int_equal(crypto_init(), 0);
	assert_non_null(digest_of("abc", 3, hex));
	crypto_fini();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes_as_published),
	    cmocka_unit_test(begins_and_ends_more_than_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
