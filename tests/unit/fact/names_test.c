/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects, the names of the nouns, and the code that stands on a notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "fact/case_fact.h"
#include "fact/rsit.h"
#include "fact/subject.h"

static struct addr
addr(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(slice_of(text), &addr), 0);
	return addr;
}

static void
assert_subject(const struct subject *subject, const char *wanted)
{
	char buffer[SUBJECT_TEXT_SIZE];
	struct subject again;
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	subject_format(&text, subject);
	assert_false(text.full);
	assert_string_equal(buffer, wanted);
	assert_int_equal(subject_parse(slice_of(buffer), &again), 0);
	assert_true(subject_equal(&again, subject));
}

static void
subject_is_cut_by_its_item(void **state)
{
	const struct inside_item home = {.assign = 56};
	const struct inside_item line = {.assign = 128};
	const struct inside_item block = {.assign = 128,
					  .shared = true,
					  .block_ports = 512,
					  .block_first = 1024};
	struct addr v4 = addr("203.0.113.40");
	struct addr v6 = addr("2001:db8:1:2345::17");
	struct subject subject;

	(void)state;
	subject = subject_of(&line, &v4, 4000);
	assert_subject(&subject, "203.0.113.40");
	assert_false(subject_has_ports(&subject));
	subject = subject_of(&home, &v6, 4000);
	assert_subject(&subject, "2001:db8:1:2300::/56");
	subject = subject_of(&block, &v4, 1023);
	assert_subject(&subject, "203.0.113.40:0-1023");
	subject = subject_of(&block, &v4, 1024);
	assert_subject(&subject, "203.0.113.40:1024-1535");
	subject = subject_of(&block, &v4, 1535);
	assert_subject(&subject, "203.0.113.40:1024-1535");
	subject = subject_of(&block, &v4, 1536);
	assert_subject(&subject, "203.0.113.40:1536-2047");
	subject = subject_of(&block, &v4, 65535);
	assert_subject(&subject, "203.0.113.40:65024-65535");
	subject = subject_of(&block, &v6, 1024);
	assert_subject(&subject, "[2001:db8:1:2345::17]:1024-1535");
}

/* A block that would run past the last port ends there. */
static void
last_block_ends_at_the_last_port(void **state)
{
	const struct inside_item block = {.assign = 128,
					  .shared = true,
					  .block_ports = 1000,
					  .block_first = 1024};
	struct addr v4 = addr("203.0.113.40");
	struct subject subject = subject_of(&block, &v4, 65535);

	(void)state;
	assert_subject(&subject, "203.0.113.40:65024-65535");
}

static void
subject_text_is_strict(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "192.0.2.7:",
	    "192.0.2.7:80",
	    "192.0.2.7:0-0",
	    "192.0.2.7:9-8",
	    "192.0.2.7:1-65536",
	    "192.0.2.7:1-2 ",
	    "192.0.2.0/24:1-2",
	    "192.0.2.7/24",
	    "2001:db8::7:1-2",
	    "[2001:db8::7]",
	    "[2001:db8::7]:",
	    "[2001:db8::7:1-2",
	    "[192.0.2.7]:",
	    "2001:db8::1/56",
	};
	struct subject subject;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (subject_parse(slice_of(wrong[i]), &subject) == 0)
			fail_msg("%s was read", wrong[i]);
}

/* The names of CONTRACT and RSIT; numbers are stored and never change. */
static void
names_are_the_contracts(void **state)
{
	static const char *const classes[RSIT_CLASS_COUNT] = {
	    "none",        "ddos",           "scanner",
	    "brute-force", "spam",           "infected-system",
	    "c2-server",   "ddos-amplifier", "vulnerable-system",
	};
	static const char *const roles[ROLE_COUNT] = {
	    "none",   "infected",   "c2",          "reflector",
	    "victim", "vulnerable", "information",
	};
	static const char *const states[CASE_STATE_COUNT] = {
	    "unknown",   "watching", "open", "noticed",   "quarantined",
	    "probation", "closed",   "held", "dismissed", "merged",
	};

	(void)state;
	for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++) {
		assert_string_equal(rsit_class_name((enum rsit_class)i),
				    classes[i]);
		assert_int_equal(rsit_class_of(slice_of(classes[i])), i);
	}
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		assert_string_equal(sighting_role_name((enum sighting_role)i),
				    roles[i]);
	for (unsigned i = 0; i < CASE_STATE_COUNT; i++)
		assert_string_equal(case_state_name((enum case_state)i),
				    states[i]);
	assert_int_equal(rsit_class_of(slice_of("DDOS")), RSIT_NONE);
	assert_int_equal(rsit_class_of(slice_of("")), RSIT_NONE);
	assert_string_equal(entered_name(ENTERED_SUBSCRIBER), "subscriber");
	assert_string_equal(entered_name(ENTERED_BORDER), "border");
	assert_string_equal(entered_name(ENTERED_UNKNOWN), "unknown");
	assert_string_equal(certainty_name(CERTAINTY_AMBIGUOUS), "ambiguous");
}

/* Stored by a later version, or damaged: a name all the same, never NULL. */
static void
numbers_out_of_range_have_a_name(void **state)
{
	(void)state;
	assert_string_equal(rsit_class_name((enum rsit_class)99), "none");
	assert_string_equal(sighting_role_name((enum sighting_role)99), "none");
	assert_string_equal(entered_name((enum entered)99), "unknown");
	assert_string_equal(certainty_name((enum certainty)99), "nobody");
	assert_string_equal(case_state_name((enum case_state)99), "unknown");
	assert_string_equal(case_event_kind_name((enum case_event_kind)0),
			    "unknown");
	assert_string_equal(receipt_kind_name((enum receipt_kind)99),
			    "unknown");
	assert_string_equal(measure_kind_name((enum measure_kind)0), "unknown");
	assert_string_equal(case_act_name((enum case_act)99), "unknown");
}

static int
parse(const char *code, uint64_t *bits)
{
	return notice_code_parse(slice_of(code), bits);
}

static void
code_comes_back(void **state)
{
	char code[NOTICE_CODE_SIZE];
	uint64_t bits;
	struct rng rng;

	(void)state;
	notice_code_format(0, code);
	assert_string_equal(code, "LZ-0000-0000-0000");
	rng_init(&rng, 1);
	for (int i = 0; i < 1000; i++) {
		uint64_t random = rng_u64(&rng);

		notice_code_format(random, code);
		assert_int_equal(strlen(code), NOTICE_CODE_SIZE - 1);
		assert_null(strpbrk(code + 3, "ILOUilou"));
		assert_int_equal(parse(code, &bits), 0);
		assert_int_equal(bits, random & ((UINT64_C(1) << 55) - 1));
	}
}

/* As people type it, from a letter or over the telephone. */
static void
code_is_read_as_typed(void **state)
{
	char code[NOTICE_CODE_SIZE], typed[64];
	uint64_t bits;
	size_t n = 0;

	(void)state;
	notice_code_format(UINT64_C(0x2a5f1c08a1e003), code);
	for (const char *at = code; *at; at++) {
		if (*at == '-') {
			typed[n++] = ' ';
			continue;
		}
		typed[n++] = *at == '0'   ? 'o'
			     : *at == '1' ? 'l'
			     : *at >= 'A' ? (char)(*at - 'A' + 'a')
					  : *at;
	}
	typed[n] = '\0';
	assert_int_equal(parse(typed, &bits), 0);
	assert_int_equal(bits, UINT64_C(0x2a5f1c08a1e003));
	assert_int_equal(parse(typed + 3, &bits), 0);
	assert_int_equal(parse("", &bits), LZ_E_FORMAT);
	assert_int_equal(parse("LZ-0000-0000-000", &bits), LZ_E_FORMAT);
	assert_int_equal(parse("LZ-0000-0000-00000", &bits), LZ_E_FORMAT);
	assert_int_equal(parse("LZ-0000-0000-000U", &bits), LZ_E_FORMAT);
}

/* Every single wrong letter and every swap of two is noticed. */
static void
slips_are_noticed(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char code[NOTICE_CODE_SIZE];
	uint64_t bits;
	struct rng rng;

	(void)state;
	rng_init(&rng, 2);
	for (int round = 0; round < 50; round++) {
		notice_code_format(rng_u64(&rng), code);
		for (size_t i = 3; code[i]; i++) {
			char right = code[i];

			for (const char *at = alphabet; *at; at++) {
				code[i] = *at;
				if (right == '-' || *at == right)
					continue;
				assert_int_equal(parse(code, &bits),
						 LZ_E_CHECKSUM);
			}
			code[i] = right;
			for (size_t k = i + 1; code[k]; k++) {
				if (right == '-' || code[k] == '-' ||
				    code[k] == right)
					continue;
				code[i] = code[k];
				code[k] = right;
				assert_int_equal(parse(code, &bits),
						 LZ_E_CHECKSUM);
				code[k] = code[i];
				code[i] = right;
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(subject_is_cut_by_its_item),
	    cmocka_unit_test(last_block_ends_at_the_last_port),
	    cmocka_unit_test(subject_text_is_strict),
	    cmocka_unit_test(names_are_the_contracts),
	    cmocka_unit_test(numbers_out_of_range_have_a_name),
	    cmocka_unit_test(code_comes_back),
	    cmocka_unit_test(code_is_read_as_typed),
	    cmocka_unit_test(slips_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
