/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a stored policy: what is read can be written, and what was
 * written is read back and written the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "case/policy.h"
#include "crypto/sha256.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
decode(const uint8_t *bytes, size_t length, struct case_policy *policy)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return case_policy_decode(&cursor, policy);
}

static size_t
encode(const struct case_policy *policy, uint8_t *bytes)
{
	struct writer writer;

	writer_init(&writer, bytes, CASE_POLICY_BYTES_MAX);
	case_policy_encode(&writer, policy);
	lz_assert(!writer.failed);
	return writer.length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t one[CASE_POLICY_BYTES_MAX], two[CASE_POLICY_BYTES_MAX];
	struct case_policy policy, other;
	size_t length;
	int error;

	if (crypto_init() != 0)
		abort();
	if (decode(data, size, &policy) != 0)
		return 0;
	length = encode(&policy, one);
	error = decode(one, length, &other);
	lz_assert(error == 0);
	lz_assert(encode(&other, two) == length);
	lz_assert(memcmp(one, two, length) == 0);
	error = decode(one, length - 1, &other);
	lz_assert(error == LZ_E_SHORT);
	/* Two policies that read alike have one hash. */
	case_policy_seal(&policy);
	case_policy_seal(&other);
	lz_assert(memcmp(policy.hash, other.hash, sizeof(policy.hash)) == 0);
	return 0;
}
