/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 and HMAC-MD5: the published vectors of RFC 1321 and RFC 2202. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/md5.h"
#include "crypto/sha256.h"

static struct md5 *md5;

static int
begin(void **state)
{
	(void)state;
	if (crypto_init() != 0)
		return -1;
	md5 = md5_new();
	return md5 ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	md5_free(md5);
	crypto_fini();
	return 0;
}

static const char *
hex_of(const uint8_t digest[MD5_SIZE], char hex[2 * MD5_SIZE + 1])
{
	struct text text;

	text_init(&text, hex, 2 * MD5_SIZE + 1);
	text_hex(&text, digest, MD5_SIZE);
	return hex;
}

static void
hashes_as_published(void **state)
{
	static const struct {
		const char *input, *digest;
	} rows[] = {
	    {"", "d41d8cd98f00b204e9800998ecf8427e"},
	    {"a", "0cc175b9c0f1b6a831c399e269772661"},
	    {"abc", "900150983cd24fb0d6963f7d28e17f72"},
	    {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
	    {"1234567890123456789012345678901234567890"
	     "1234567890123456789012345678901234567890",
	     "57edf4a22be3c955ac49da2e2107b67a"},
	};
	char hex[2 * MD5_SIZE + 1];
	uint8_t digest[MD5_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = strlen(rows[i].input);

		/* In two pieces: the same as in one. */
		for (size_t cut = 0; cut <= length; cut++) {
			md5_begin(md5);
			md5_add(md5, rows[i].input, cut);
			md5_add(md5, rows[i].input + cut, length - cut);
			md5_end(md5, digest);
			assert_string_equal(hex_of(digest, hex),
					    rows[i].digest);
		}
	}
}

static void
authenticates_as_published(void **state)
{
	uint8_t key[80], data[50], digest[MD5_SIZE];
	char hex[2 * MD5_SIZE + 1];

	(void)state;
	memset(key, 0x0b, 16);
	md5_hmac(md5, key, 16, "Hi There", 8, digest);
	assert_string_equal(hex_of(digest, hex),
			    "9294727a3638bb1c13f48ef8158bfc9d");
	md5_hmac(md5, "Jefe", 4, "what do ya want for nothing?", 28, digest);
	assert_string_equal(hex_of(digest, hex),
			    "750c783e6ab0b503eaa86e310a5db738");
	memset(key, 0xaa, 16);
	memset(data, 0xdd, sizeof(data));
	md5_hmac(md5, key, 16, data, sizeof(data), digest);
	assert_string_equal(hex_of(digest, hex),
			    "56be34521d144c88dbb8c733f0e8b3f6");
	/* A key longer than a block is hashed first. */
	memset(key, 0xaa, sizeof(key));
	md5_hmac(md5, key, sizeof(key),
		 "Test Using Larger Than Block-Size Key - Hash Key First", 54,
		 digest);
	assert_string_equal(hex_of(digest, hex),
			    "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes_as_published),
	    cmocka_unit_test(authenticates_as_published),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
