/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the case's nouns, and the code that stands on a notice.
 *
 * The code's check letter is a weighted sum over GF(32): letter i counts
 * alpha^(i+1) times, alpha being a generator.  All weights differ and none is
 * 0, so every single wrong letter and every swap of two letters is caught.
 */
#include "fact/case_fact.h"
#include "base/check.h"

#define CODE_LETTERS 11
#define CODE_LETTER_BITS 5
#define CODE_GROUP 4
#define CODE_PREFIX "LZ"
#define CODE_BITS (CODE_LETTERS * CODE_LETTER_BITS)
#define GF32_POLYNOMIAL 0x25u /* x^5 + x^2 + 1, primitive */

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const char *const state_names[CASE_STATE_COUNT] = {
    [CASE_WATCHING] = "watching",   [CASE_OPEN] = "open",
    [CASE_NOTICED] = "noticed",     [CASE_QUARANTINED] = "quarantined",
    [CASE_PROBATION] = "probation", [CASE_CLOSED] = "closed",
    [CASE_HELD] = "held",           [CASE_DISMISSED] = "dismissed",
    [CASE_MERGED] = "merged",
};

static const char *const event_names[CASE_EVENT_KIND_COUNT] = {
    [CASE_EVENT_SIGHTING] = "sighting", [CASE_EVENT_RECEIPT] = "receipt",
    [CASE_EVENT_TIMER] = "timer",       [CASE_EVENT_HOLD] = "hold",
    [CASE_EVENT_RELEASE] = "release",   [CASE_EVENT_DISMISS] = "dismiss",
    [CASE_EVENT_WITHDRAW] = "withdraw", [CASE_EVENT_RESUME] = "resume",
    [CASE_EVENT_OBJECT] = "object",     [CASE_EVENT_ANSWER] = "answer",
    [CASE_EVENT_ORDER] = "order",       [CASE_EVENT_MERGE] = "merge",
    [CASE_EVENT_BINDING] = "binding",
};

static const char *const receipt_names[RECEIPT_KIND_COUNT] = {
    [RECEIPT_SENT] = "sent",
    [RECEIPT_ACCEPTED] = "accepted",
    [RECEIPT_DELIVERED] = "delivered",
    [RECEIPT_SEEN] = "seen",
    [RECEIPT_ACKNOWLEDGED] = "acknowledged",
    [RECEIPT_FAILED] = "failed",
};

static const char *const measure_names[MEASURE_KIND_COUNT] = {
    [MEASURE_FILTER] = "filter",
    [MEASURE_LIMIT] = "limit",
    [MEASURE_GARDEN] = "garden",
    [MEASURE_BLOCK] = "block",
};

static const char *const effect_names[EFFECT_KIND_COUNT] = {
    [EFFECT_ASKED] = "asked",       [EFFECT_ACKNOWLEDGED] = "acknowledged",
    [EFFECT_OBSERVED] = "observed", [EFFECT_REFUSED] = "refused",
    [EFFECT_FAILED] = "failed",     [EFFECT_LOST] = "lost",
};

static const char *const act_names[ACT_COUNT] = {
    [ACT_NOTICE] = "notice", [ACT_FILTER] = "filter", [ACT_LIMIT] = "limit",
    [ACT_GARDEN] = "garden", [ACT_BLOCK] = "block",
};

static const char *const channel_names[CHANNEL_COUNT] = {
    [CHANNEL_ANY] = "any",       [CHANNEL_OTHER] = "other",
    [CHANNEL_MAIL] = "mail",     [CHANNEL_SMS] = "sms",
    [CHANNEL_LETTER] = "letter", [CHANNEL_PHONE] = "phone",
    [CHANNEL_PORTAL] = "portal",
};

static const char *const arm_names[] = {
    [ARM_NONE] = "none",
    [ARM_TREATED] = "treated",
    [ARM_HELD_BACK] = "held-back",
};

/* Numbers out of range come from stored bytes of a later version. */
static const char *
name_of(const char *const *names, size_t count, unsigned number)
{
	return number < count && names[number] ? names[number] : "unknown";
}

const char *
case_state_name(enum case_state state)
{
	return name_of(state_names, CASE_STATE_COUNT, state);
}

const char *
case_event_kind_name(enum case_event_kind kind)
{
	return name_of(event_names, CASE_EVENT_KIND_COUNT, kind);
}

const char *
receipt_kind_name(enum receipt_kind kind)
{
	return name_of(receipt_names, RECEIPT_KIND_COUNT, kind);
}

const char *
measure_kind_name(enum measure_kind kind)
{
	return name_of(measure_names, MEASURE_KIND_COUNT, kind);
}

const char *
effect_kind_name(enum effect_kind kind)
{
	return name_of(effect_names, EFFECT_KIND_COUNT, kind);
}

const char *
case_channel_name(enum case_channel channel)
{
	return name_of(channel_names, CHANNEL_COUNT, channel);
}

const char *
case_arm_name(enum case_arm arm)
{
	return name_of(arm_names, sizeof(arm_names) / sizeof(arm_names[0]),
		       arm);
}

const char *
case_act_name(enum case_act act)
{
	return name_of(act_names, ACT_COUNT, act);
}

/* Times the generator x. */
static unsigned
gf32_double(unsigned value)
{
	value <<= 1;
	return value & 32 ? value ^ GF32_POLYNOMIAL : value;
}

/* Horner's rule: the first letter ends with the highest power. */
static unsigned
check_letter(uint64_t bits)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < CODE_LETTERS; i++) {
		unsigned shift = (CODE_LETTERS - 1 - i) * CODE_LETTER_BITS;

		sum = gf32_double(sum ^ (unsigned)(bits >> shift & 31));
	}
	return sum;
}

void
notice_code_format(uint64_t random_bits, char code[NOTICE_CODE_SIZE])
{
	uint64_t bits = random_bits & ((UINT64_C(1) << CODE_BITS) - 1);
	struct text text;

	text_init(&text, code, NOTICE_CODE_SIZE);
	text_add(&text, CODE_PREFIX);
	for (unsigned i = 0; i <= CODE_LETTERS; i++) {
		unsigned letter = check_letter(bits);

		if (i < CODE_LETTERS)
			letter = (unsigned)(bits >> ((CODE_LETTERS - 1 - i) *
						     CODE_LETTER_BITS)) &
				 31;
		if (i % CODE_GROUP == 0)
			text_char(&text, '-');
		text_char(&text, alphabet[letter]);
	}
	lz_assert(!text.full);
}

/* 0 to 31, or -1; look-alikes read as the digit they look like. */
static int
letter_value(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	for (int i = 0; alphabet[i]; i++)
		if (alphabet[i] == c)
			return i;
	return -1;
}

int
notice_code_parse(struct slice text, uint64_t *random_bits)
{
	char letters[sizeof(CODE_PREFIX) + CODE_LETTERS];
	struct slice code = {letters, 0};
	uint64_t bits = 0;
	int value = 0;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];

		if (c == ' ' || c == '\t' || c == '-' || c == '\r' || c == '\n')
			continue;
		if (code.length == sizeof(letters))
			return LZ_E_FORMAT;
		letters[code.length++] = c;
	}
	if (code.length == sizeof(letters) &&
	    slice_equal_folded((struct slice){letters, 2}, CODE_PREFIX)) {
		code.at += 2;
		code.length -= 2;
	}
	if (code.length != CODE_LETTERS + 1)
		return LZ_E_FORMAT;
	for (size_t i = 0; i <= CODE_LETTERS; i++) {
		value = letter_value(code.at[i]);
		if (value < 0)
			return LZ_E_FORMAT;
		if (i < CODE_LETTERS)
			bits = bits << CODE_LETTER_BITS | (unsigned)value;
	}
	if ((unsigned)value != check_letter(bits))
		return LZ_E_CHECKSUM;
	*random_bits = bits;
	return LZ_OK;
}
