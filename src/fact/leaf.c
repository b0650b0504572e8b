/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves are made of: see the header. */
#include "fact/leaf.h"

#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"

#define BLOCK 64 /* of SHA-256 */

static const char purpose[] = "lazaret leaf";

const char *
leaf_kind_name(enum leaf_kind kind)
{
	static const char *const names[LEAF_KIND_COUNT] = {
	    [LEAF_ATTRIBUTED] = "attributed",
	    [LEAF_NOTICE_CREATED] = "notice-created",
	    [LEAF_NOTICE_SENT] = "notice-sent",
	    [LEAF_NOTICE_ACCEPTED] = "notice-accepted",
	    [LEAF_NOTICE_DELIVERED] = "notice-delivered",
	    [LEAF_NOTICE_SEEN] = "notice-seen",
	    [LEAF_NOTICE_ACKNOWLEDGED] = "notice-acknowledged",
	    [LEAF_NOTICE_FAILED] = "notice-failed",
	    [LEAF_MEASURE_ON] = "measure-on",
	    [LEAF_MEASURE_OFF] = "measure-off",
	    [LEAF_OBJECTION] = "objection",
	    [LEAF_ANSWER] = "answer",
	    [LEAF_RELEASE] = "release",
	    [LEAF_CORRECTION] = "correction",
	    [LEAF_RECALL] = "recall",
	    [LEAF_WITHDRAWN] = "withdrawn",
	    [LEAF_ERASURE] = "erasure"};

	return kind < LEAF_KIND_COUNT && names[kind] ? names[kind] : "unknown";
}

void
leaf_canonical(struct writer *writer, const struct leaf_fact *fact)
{
	writer_u8(writer, LEAF_VERSION);
	writer_u8(writer, (uint8_t)fact->kind);
	writer_u64(writer, fact->case_id);
	writer_u64(writer, (uint64_t)fact->time.us);
	writer_u64(writer, fact->ref);
	writer_u64(writer, fact->detail);
	writer_u8(writer, fact->about_length);
	if (fact->about_length > LEAF_ABOUT_SIZE)
		writer->failed = true;
	else
		writer_bytes(writer, fact->about, fact->about_length);
}

/* RFC 2104, of a key that is no longer than a block. */
void
leaf_salt(const uint8_t key[LEAF_KEY_SIZE], uint64_t number,
	  uint8_t salt[LEAF_SALT_SIZE])
{
	uint8_t inner[BLOCK + sizeof(purpose) - 1 + 1 + 8];
	uint8_t outer[BLOCK + SHA256_SIZE];
	struct writer writer;

	memset(inner, 0x36, BLOCK);
	memset(outer, 0x5c, BLOCK);
	for (size_t i = 0; i < LEAF_KEY_SIZE; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	writer_init(&writer, inner + BLOCK, sizeof(inner) - BLOCK);
	writer_bytes(&writer, purpose, sizeof(purpose) - 1);
	writer_u8(&writer, LEAF_VERSION);
	writer_u64(&writer, number);
	sha256(inner, sizeof(inner), outer + BLOCK);
	sha256(outer, sizeof(outer), salt);
}

void
leaf_commitment(const uint8_t salt[LEAF_SALT_SIZE], const void *canonical,
		size_t length, uint8_t commitment[LEAF_COMMITMENT_SIZE])
{
	uint8_t bytes[1 + LEAF_SALT_SIZE + LEAF_BYTES_MAX];

	lz_assert(length <= LEAF_BYTES_MAX);
	bytes[0] = LEAF_VERSION;
	memcpy(bytes + 1, salt, LEAF_SALT_SIZE);
	memcpy(bytes + 1 + LEAF_SALT_SIZE, canonical, length);
	sha256(bytes, 1 + LEAF_SALT_SIZE + length, commitment);
}

void
leaf_chain(uint8_t hash[LEAF_COMMITMENT_SIZE],
	   const uint8_t commitment[LEAF_COMMITMENT_SIZE])
{
	uint8_t both[2 * LEAF_COMMITMENT_SIZE];

	memcpy(both, hash, LEAF_COMMITMENT_SIZE);
	memcpy(both + LEAF_COMMITMENT_SIZE, commitment, LEAF_COMMITMENT_SIZE);
	sha256(both, sizeof(both), hash);
}
