/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens nobody else can make, and the count of wrong codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "web/token.h"
#include "web/tries.h"

static const uint8_t key[TOKEN_KEY_SIZE] = {7, 1, 4};
static const struct at_event now = {INT64_C(1795446303000000)};

static int
read_back(const char *text, enum token_purpose purpose, const struct addr *line,
	  int64_t later_us, struct token *token)
{
	return token_read(key, slice_of(text), purpose, line,
			  (struct at_event){now.us + later_us}, TIMES_HOUR_US,
			  token);
}

static void
test_token(void **state)
{
	const struct addr line = addr_from_v4(0xc0000207);
	const struct addr other = addr_from_v4(0xc0000208);
	const struct token made = {TOKEN_FORM, 0x1122334455667788, 9, now, 21};
	struct token token = {0};
	char text[TOKEN_TEXT_SIZE];

	(void)state;
	token_make(key, &made, &line, text);
	assert_int_equal(strlen(text), TOKEN_TEXT_SIZE - 1);
	assert_int_equal(read_back(text, TOKEN_FORM, &line, 5, &token), 0);
	assert_int_equal(token.case_id, made.case_id);
	assert_int_equal(token.order, 9);
	assert_int_equal(token.ticks, 21);
	assert_int_equal(read_back(text, TOKEN_FORM, &other, 5, &token),
			 LZ_E_CHECKSUM);
	assert_int_equal(read_back(text, TOKEN_FORM, NULL, 5, &token),
			 LZ_E_CHECKSUM);
	assert_int_equal(read_back(text, TOKEN_ORDER, &line, 5, &token),
			 LZ_E_STATE);
	assert_int_equal(read_back(text, TOKEN_FORM, &line, TIMES_HOUR_US,
				   &token),
			 0);
	assert_int_equal(read_back(text, TOKEN_FORM, &line, TIMES_HOUR_US + 1,
				   &token),
			 LZ_E_STATE);
	assert_int_equal(read_back(text, TOKEN_FORM, &line,
				   -2 * TIMES_MINUTE_US, &token),
			 LZ_E_STATE);
	for (size_t i = 0; i < TOKEN_TEXT_SIZE - 1; i++) {
		char changed[TOKEN_TEXT_SIZE];

		memcpy(changed, text, sizeof(changed));
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_int_equal(read_back(changed, TOKEN_FORM, &line, 5,
					   &token),
				 LZ_E_CHECKSUM);
	}
	assert_int_equal(read_back(text + 1, TOKEN_FORM, &line, 5, &token),
			 LZ_E_FORMAT);
	text[3] = 'G';
	assert_int_equal(read_back(text, TOKEN_FORM, &line, 5, &token),
			 LZ_E_FORMAT);
}

static void
test_tries(void **state)
{
	static struct tries tries;
	struct addr one, same, other;
	struct at_mono at = {1000};

	(void)state;
	assert_int_equal(addr_parse(slice_of("2001:db8:1:2::5"), &one), 0);
	assert_int_equal(addr_parse(slice_of("2001:db8:1:2:7::9"), &same), 0);
	assert_int_equal(addr_parse(slice_of("2001:db8:1:3::5"), &other), 0);
	one = tries_line(&one);
	same = tries_line(&same);
	other = tries_line(&other);
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		assert_false(tries_spent(&tries, &one, at));
		tries_count(&tries, &one, at);
		at.us += TIMES_SECOND_US;
	}
	assert_true(tries_spent(&tries, &one, at));
	assert_true(tries_spent(&tries, &same, at));
	assert_false(tries_spent(&tries, &other, at));
	at.us = 1000 + TRIES_SPAN_US;
	assert_false(tries_spent(&tries, &one, at));
	/* Full: others still count, and what was quiet longest goes. */
	for (uint32_t i = 0; i < 4 * TRIES_LINES; i++) {
		const struct addr line = addr_from_v4(i);

		tries_count(&tries, &line, at);
		at.us++;
		assert_false(tries_spent(&tries, &line, at));
	}
	for (unsigned i = 0; i < TRIES_MAX; i++)
		tries_count(&tries, &other, at);
	assert_true(tries_spent(&tries, &other, at));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_tries),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
