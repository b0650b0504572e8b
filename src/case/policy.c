/* SPDX-License-Identifier: Apache-2.0 */
/* Policy as bytes: stored form and hash; and the ladder of the plain keys. */
#include <string.h>

#include "base/check.h"
#include "case/policy.h"
#include "case/stored.h"
#include "fact/digest.h"

#define POLICY_SCHEMA 2 /* 1 is read */
#define LABEL_MAX 256
#define FACTOR_MAX_MILLI 2000

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
/* Those that schema 2 added. */
#define POLICY_I64_ADDED(X) \
	X(objection_us)     \
	X(approval_us)
#define POLICY_U32_ADDED(X) \
	X(version)          \
	X(two_persons)      \
	X(brake_node_measures_hour)

#define NOTICES_PLAIN 2 /* of the ladder of the plain keys */

/* ---- parts ---- */

static void
put_ladder(struct writer *writer, const struct case_ladder *ladder)
{
	writer_u8(writer, (uint8_t)ladder->count);
	for (uint32_t i = 0; i < ladder->count; i++) {
		writer_u64(writer, (uint64_t)ladder->rungs[i].after_us);
		writer_u8(writer, ladder->rungs[i].channel);
		writer_u8(writer, ladder->rungs[i].measure);
	}
}

/* Notices before measures, and measures that only get stronger. */
static bool
get_ladder(struct cursor *cursor, struct case_ladder *ladder)
{
	uint8_t strongest = 0;

	ladder->count = cursor_u8(cursor);
	if (ladder->count > CASE_RUNGS_MAX)
		return false;
	for (uint32_t i = 0; i < ladder->count; i++) {
		struct case_rung *rung = &ladder->rungs[i];

		rung->after_us = (int64_t)cursor_u64(cursor);
		rung->channel = cursor_u8(cursor);
		rung->measure = cursor_u8(cursor);
		if (rung->channel >= CHANNEL_COUNT ||
		    rung->measure == MEASURE_FILTER ||
		    rung->measure >= MEASURE_KIND_COUNT ||
		    (strongest && rung->measure <= strongest))
			return false;
		strongest = rung->measure;
	}
	return true;
}

static void
put_ladders(struct writer *writer, const struct case_policy *policy)
{
	writer_u8(writer, (uint8_t)policy->ladder_count);
	for (uint32_t i = 0; i < policy->ladder_count; i++)
		put_ladder(writer, &policy->ladders[i]);
	writer_bytes(writer, policy->ladder_of, sizeof(policy->ladder_of));
	writer_u8(writer, (uint8_t)policy->attack_measure);
}

static bool
get_ladders(struct cursor *cursor, struct case_policy *policy)
{
	policy->ladder_count = cursor_u8(cursor);
	if (policy->ladder_count > CASE_LADDERS_MAX)
		return false;
	for (uint32_t i = 0; i < policy->ladder_count; i++)
		if (!get_ladder(cursor, &policy->ladders[i]))
			return false;
	for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++) {
		policy->ladder_of[i] = cursor_u8(cursor);
		if (policy->ladder_of[i] >= CASE_LADDERS_MAX)
			return false;
	}
	policy->attack_measure = (enum measure_kind)cursor_u8(cursor);
	return policy->attack_measure > MEASURE_FILTER &&
	       policy->attack_measure < MEASURE_KIND_COUNT;
}

static void
put_factors(struct writer *writer, const struct case_policy *policy)
{
	writer_u8(writer, (uint8_t)policy->factor_count);
	for (uint32_t i = 0; i < policy->factor_count; i++) {
		stored_put_text(writer, policy->factors[i].name);
		writer_u32(writer, policy->factors[i].factor_milli);
	}
}

static bool
get_factors(struct cursor *cursor, struct case_policy *policy)
{
	policy->factor_count = cursor_u8(cursor);
	if (policy->factor_count > CASE_FACTORS_MAX)
		return false;
	for (uint32_t i = 0; i < policy->factor_count; i++) {
		struct case_factor *factor = &policy->factors[i];

		if (!stored_get_text(cursor, factor->name,
				     sizeof(factor->name)))
			return false;
		factor->factor_milli = cursor_u32(cursor);
		if (factor->factor_milli > FACTOR_MAX_MILLI)
			return false;
	}
	return true;
}

static void
put_week(struct writer *writer, const struct hours_week *week)
{
	writer_u8(writer, week->set);
	writer_bytes(writer, week->quarters, sizeof(week->quarters));
}

static bool
get_week(struct cursor *cursor, struct hours_week *week)
{
	bool good = stored_get_flag(cursor, &week->set);
	const uint8_t *at = cursor_take(cursor, sizeof(week->quarters));

	if (at)
		memcpy(week->quarters, at, sizeof(week->quarters));
	return good && at;
}

static void
put_hours(struct writer *writer, const struct case_policy *policy)
{
	const struct hours_calendar *calendar = &policy->calendar;

	writer_u8(writer, (uint8_t)calendar->zone.count);
	for (uint32_t i = 0; i < calendar->zone.count; i++) {
		writer_u64(writer, (uint64_t)calendar->zone.rows[i].from_us);
		writer_u32(writer, (uint32_t)calendar->zone.rows[i].offset_s);
	}
	writer_u8(writer, (uint8_t)calendar->off_count);
	for (uint32_t i = 0; i < calendar->off_count; i++)
		writer_u32(writer, (uint32_t)calendar->off[i]);
	put_week(writer, &policy->help_desk);
	put_week(writer, &policy->quiet);
	writer_u8(writer, policy->auto_release);
}

static bool
get_hours(struct cursor *cursor, struct case_policy *policy)
{
	struct hours_calendar *calendar = &policy->calendar;

	calendar->zone.count = cursor_u8(cursor);
	if (calendar->zone.count > HOURS_ZONE_ROWS)
		return false;
	for (uint32_t i = 0; i < calendar->zone.count; i++) {
		calendar->zone.rows[i].from_us = (int64_t)cursor_u64(cursor);
		calendar->zone.rows[i].offset_s = (int32_t)cursor_u32(cursor);
	}
	calendar->off_count = cursor_u8(cursor);
	if (calendar->off_count > HOURS_DAYS_OFF)
		return false;
	for (uint32_t i = 0; i < calendar->off_count; i++)
		calendar->off[i] = (int32_t)cursor_u32(cursor);
	return get_week(cursor, &policy->help_desk) &&
	       get_week(cursor, &policy->quiet) &&
	       stored_get_flag(cursor, &policy->auto_release);
}

static void
put_bases(struct writer *writer, const struct case_policy *policy)
{
	const struct case_hold_back *trial = &policy->hold_back;

	writer_u8(writer, (uint8_t)policy->basis_count);
	for (uint32_t i = 0; i < policy->basis_count; i++) {
		const struct case_basis *basis = &policy->bases[i];

		stored_put_prefix(writer, &basis->network);
		writer_u8(writer, basis->kind);
		writer_u64(writer, (uint64_t)basis->from_us);
		writer_u64(writer, (uint64_t)basis->until_us);
		stored_put_text(writer, basis->reference);
	}
	writer_u32(writer, trial->share_ppm);
	writer_u64(writer, (uint64_t)trial->span_us);
	writer_u64(writer, (uint64_t)trial->until_us);
	stored_put_text(writer, trial->basis);
}

static bool
get_bases(struct cursor *cursor, struct case_policy *policy)
{
	struct case_hold_back *trial = &policy->hold_back;

	policy->basis_count = cursor_u8(cursor);
	if (policy->basis_count > CASE_BASES_MAX)
		return false;
	for (uint32_t i = 0; i < policy->basis_count; i++) {
		struct case_basis *basis = &policy->bases[i];

		if (!stored_get_prefix(cursor, &basis->network))
			return false;
		basis->kind = cursor_u8(cursor);
		basis->from_us = (int64_t)cursor_u64(cursor);
		basis->until_us = (int64_t)cursor_u64(cursor);
		if (!stored_get_text(cursor, basis->reference,
				     sizeof(basis->reference)) ||
		    basis->kind < BASIS_CONTRACT ||
		    basis->kind >= BASIS_KIND_COUNT)
			return false;
	}
	trial->share_ppm = cursor_u32(cursor);
	trial->span_us = (int64_t)cursor_u64(cursor);
	trial->until_us = (int64_t)cursor_u64(cursor);
	return stored_get_text(cursor, trial->basis, sizeof(trial->basis)) &&
	       trial->share_ppm <= CASE_HOLD_BACK_PPM_MAX &&
	       trial->span_us >= 0 && trial->span_us <= CASE_HOLD_BACK_US_MAX;
}

/* ---- the whole ---- */

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
	POLICY_U32_ADDED(PUT)
#undef PUT
#define PUT(field) writer_u64(writer, (uint64_t)policy->field);
	POLICY_I64(PUT)
	POLICY_I64_ADDED(PUT)
#undef PUT
	put_ladders(writer, policy);
	put_factors(writer, policy);
	put_hours(writer, policy);
	put_bases(writer, policy);
}

/* Told at once, told again by another channel, then the measure. */
static void
derive_ladder(struct case_policy *policy)
{
	struct case_ladder *plain = &policy->ladders[0];

	*plain = (struct case_ladder){
	    .count = NOTICES_PLAIN + 1,
	    .rungs = {{.channel = CHANNEL_ANY},
		      {.after_us = policy->second_notice_us,
		       .channel = CHANNEL_OTHER},
		      {.after_us = policy->grace_us,
		       .measure = (uint8_t)policy->party_measure}},
	};
	if (policy->ladder_count == 0)
		policy->ladder_count = 1;
}

void
case_policy_seal(struct case_policy *policy)
{
	uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;

	derive_ladder(policy);
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

static bool
get_plain(struct cursor *cursor, unsigned schema, struct case_policy *policy)
{
	policy->live_mode = cursor_u8(cursor) != 0;
	policy->essential_set = cursor_u8(cursor) != 0;
	policy->party_measure = (enum measure_kind)cursor_u8(cursor);
	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
			policy->live[act][class] = cursor_u8(cursor) != 0;
#define GET(field) policy->field = (int32_t)cursor_u32(cursor);
	POLICY_I32(GET)
#undef GET
#define GET(field) policy->field = cursor_u32(cursor);
	POLICY_U32(GET)
	if (schema > 1) {
		POLICY_U32_ADDED(GET)
	}
#undef GET
#define GET(field) policy->field = (int64_t)cursor_u64(cursor);
	POLICY_I64(GET)
	if (schema > 1) {
		POLICY_I64_ADDED(GET)
	}
#undef GET
	return policy->party_measure == MEASURE_GARDEN ||
	       policy->party_measure == MEASURE_LIMIT;
}

int
case_policy_decode(struct cursor *cursor, struct case_policy *policy)
{
	const unsigned schema = cursor_u16(cursor);
	struct case_policy read;
	const uint8_t *hash;
	bool good;

	if (schema < 1 || schema > POLICY_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	/* What schema 1 doesn't say is as it was then, which is the start. */
	case_policy_init(&read);
	good = get_plain(cursor, schema, &read);
	if (schema > 1)
		good = good && get_ladders(cursor, &read) &&
		       get_factors(cursor, &read) && get_hours(cursor, &read) &&
		       get_bases(cursor, &read);
	else
		derive_ladder(&read);
	hash = cursor_take(cursor, sizeof(read.hash));
	if (!good && !cursor->failed)
		return LZ_E_FORMAT;
	if (!hash)
		return LZ_E_SHORT;
	memcpy(read.hash, hash, sizeof(read.hash));
	*policy = read;
	return LZ_OK;
}
