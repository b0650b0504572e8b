/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy as bytes: stored form and hash.
 */
#include <string.h>

#include "base/check.h"
#include "case/policy.h"
#include "fact/digest.h"

#define POLICY_SCHEMA 1
#define LABEL_MAX 256

/* One list of all integers, so that writing and reading can't part. */
#define POLICY_I32(X)          \
	X(notice_at_milli)     \
	X(measure_at_milli)    \
	X(spoofable_max_milli) \
	X(unauthenticated_max_milli)
#define POLICY_I64(X)       \
	X(item_span_us)     \
	X(item_whole_us)    \
	X(item_half_us)     \
	X(grace_us)         \
	X(second_notice_us) \
	X(accepted_us)      \
	X(filter_us)        \
	X(retry_us)         \
	X(attack_fresh_us)  \
	X(garden_us)        \
	X(probation_us)     \
	X(self_release_span_us)
#define POLICY_U32(X)          \
	X(attack_minutes)      \
	X(self_releases)       \
	X(filters_max)         \
	X(brake_notices_hour)  \
	X(brake_measures_hour) \
	X(brake_share_ppm)     \
	X(brake_share_min)     \
	X(cause_notices_hour)  \
	X(cause_measures_hour)

static void
put_policy(struct writer *writer, const struct case_policy *policy)
{
	writer_u16(writer, POLICY_SCHEMA);
	writer_u8(writer, policy->live_mode);
	writer_u8(writer, policy->essential_set);
	writer_u8(writer, (uint8_t)policy->party_measure);
	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
			writer_u8(writer, policy->live[act][class]);
#define PUT(field) writer_u32(writer, (uint32_t)policy->field);
	POLICY_I32(PUT)
	POLICY_U32(PUT)
#undef PUT
#define PUT(field) writer_u64(writer, (uint64_t)policy->field);
	POLICY_I64(PUT)
#undef PUT
}

void
case_policy_seal(struct case_policy *policy)
{
	uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	put_policy(&writer, policy);
	lz_assert(!writer.failed);
	digest_bytes(bytes, writer.length, policy->hash);
	/* Labels one by one, chained: there may be many. */
	for (uint32_t i = 0; i < policy->protected_count; i++) {
		size_t length = strlen(policy->protected_labels[i]);

		writer_init(&writer, bytes, sizeof(bytes));
		writer_bytes(&writer, policy->hash, sizeof(policy->hash));
		writer_bytes(&writer, policy->protected_labels[i],
			     length < LABEL_MAX ? length : LABEL_MAX);
		digest_bytes(bytes, writer.length, policy->hash);
	}
}

void
case_policy_encode(struct writer *writer, const struct case_policy *policy)
{
	put_policy(writer, policy);
	writer_bytes(writer, policy->hash, sizeof(policy->hash));
}

int
case_policy_decode(struct cursor *cursor, struct case_policy *policy)
{
	struct case_policy read = {.party_measure = MEASURE_GARDEN};
	const uint8_t *hash;

	if (cursor_u16(cursor) != POLICY_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	read.live_mode = cursor_u8(cursor) != 0;
	read.essential_set = cursor_u8(cursor) != 0;
	read.party_measure = (enum measure_kind)cursor_u8(cursor);
	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
			read.live[act][class] = cursor_u8(cursor) != 0;
#define GET(field) read.field = (int32_t)cursor_u32(cursor);
	POLICY_I32(GET)
#undef GET
#define GET(field) read.field = cursor_u32(cursor);
	POLICY_U32(GET)
#undef GET
#define GET(field) read.field = (int64_t)cursor_u64(cursor);
	POLICY_I64(GET)
#undef GET
	hash = cursor_take(cursor, sizeof(read.hash));
	if (!hash)
		return LZ_E_SHORT;
	if (read.party_measure != MEASURE_GARDEN &&
	    read.party_measure != MEASURE_LIMIT)
		return LZ_E_FORMAT;
	memcpy(read.hash, hash, sizeof(read.hash));
	*policy = read;
	return LZ_OK;
}
