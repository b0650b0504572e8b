/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask the API, and what a question may look like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/permits.h"
#include "web/who_body.h"

/* SHA-256 of "one token" and of "two tokens". */
static char one[2 * SHA256_SIZE + 1], two[2 * SHA256_SIZE + 1];
static const char *reasons[8];
static unsigned refused_count;

static void
refused(void *context, uint64_t line, const char *reason)
{
	(void)context;
	(void)line;
	if (refused_count < 8)
		reasons[refused_count] = reason;
	refused_count++;
}

static void
hash_of(const char *token, char hex[2 * SHA256_SIZE + 1])
{
	uint8_t hash[SHA256_SIZE];
	struct text text;

	sha256(token, strlen(token), hash);
	text_init(&text, hex, 2 * SHA256_SIZE + 1);
	text_hex(&text, hash, sizeof(hash));
}

static struct permits permits;

static void
read_all(const char *format, const char *first, const char *second)
{
	char bytes[1024];
	struct text text;

	memset(&permits, 0, sizeof(permits));
	refused_count = 0;
	text_init(&text, bytes, sizeof(bytes));
	text_add(&text, first);
	text_add(&text, format);
	text_add(&text, second);
	text_add(&text, " crm who\n");
	assert_int_equal(permits_read(&permits, bytes, text.length, refused,
				      NULL),
			 0);
}

static void
a_token_is_found_by_its_hash(void **state)
{
	struct permit *permit;

	(void)state;
	read_all("  noc\twho,who.reveal \r\n# a word\n\n", one, two);
	assert_int_equal(refused_count, 0);
	assert_int_equal(permits.count, 2);
	permit = permits_find(&permits, "Bearer one token");
	assert_non_null(permit);
	assert_string_equal(permit->name, "noc");
	assert_int_equal(permit->may, PERMIT_WHO | PERMIT_REVEAL);
	permit = permits_find(&permits, "bearer  two tokens");
	assert_non_null(permit);
	assert_int_equal(permit->may, PERMIT_WHO);
	assert_null(permits_find(&permits, NULL));
	assert_null(permits_find(&permits, "Bearer"));
	assert_null(permits_find(&permits, "Bearer  "));
	assert_null(permits_find(&permits, "Basic one token"));
	assert_null(permits_find(&permits, "Bearer one toke"));
	/* The hash itself opens nothing. */
	assert_null(permits_find(&permits, one));
}

static void
a_bad_line_permits_nothing(void **state)
{
	static const char *const lines[] = {
	    " noc who,root\n", " noc\n",        "\n",
	    " noc who more\n", " n\x01c who\n", " noc ,\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		read_all(lines[i], one, two);
		assert_int_equal(refused_count, 1);
		assert_int_equal(permits.count, 1);
		assert_null(permits_find(&permits, "Bearer one token"));
		assert_non_null(permits_find(&permits, "Bearer two tokens"));
	}
	read_all(" noc who\n", "00ff", two);
	assert_int_equal(refused_count, 1);
	read_all(" noc who\n", two, two);
	assert_string_equal(reasons[0], "this token stands there twice");
	assert_string_equal(permits_find(&permits, "Bearer two tokens")->name,
			    "noc");
}

static void
who_asks_too_often_waits(void **state)
{
	struct permit permit = {.may = PERMIT_WHO};
	struct at_mono now = {1000};

	(void)state;
	for (unsigned i = 0; i < PERMIT_ASKED_MAX; i++)
		assert_true(permit_ask(&permit, now));
	assert_false(permit_ask(&permit, now));
	now.us += PERMIT_SPAN_US - 1;
	assert_false(permit_ask(&permit, now));
	now.us += 1;
	assert_true(permit_ask(&permit, now));
}

static void
a_question_is_read_whole(void **state)
{
	static const char least[] = "{\"address\":\"192.0.2.7\",\"at\":"
				    "\"2024-06-20T10:00:00Z\",\"why\":\"x\"}";
	static const char most[] =
	    " {\"why\":\"she c\\u0061lled\",\"case\":\"LZ-7\",\"reveal\":true,"
	    "\"proto\":\"tcp\",\"port\":443,\"address\":\"2001:db8::7\","
	    "\"at\":\"2024-06-20T10:00:00+02:00\"}\n";
	struct who_body body;

	(void)state;
	assert_null(who_body_read(least, strlen(least), &body));
	assert_int_equal(body.endpoint.port, -1);
	assert_int_equal(body.endpoint.proto, -1);
	assert_string_equal(body.about, "");
	assert_false(body.reveal);
	assert_null(who_body_read(most, strlen(most), &body));
	assert_int_equal(body.endpoint.port, 443);
	assert_int_equal(body.endpoint.proto, 6);
	assert_string_equal(body.why, "she called");
	assert_string_equal(body.about, "LZ-7");
	assert_true(body.reveal);
	assert_int_equal(body.at.us, INT64_C(1718870400000000));
}

static void
a_question_that_is_none_is_told_why(void **state)
{
#define A "\"address\":\"192.0.2.7\""
#define T "\"at\":\"2024-06-20T10:00:00Z\""
#define W "\"why\":\"x\""
	static const char *const bad[] = {
	    "",
	    "[]",
	    "{",
	    "{" A "," T "," W,
	    "{" A "," T "," W "} {}",
	    "{" A "," T "}",
	    "{" A "," W "}",
	    "{" T "," W "}",
	    "{" A "," A "," T "," W "}",
	    "{" A "," T "," W ",\"x\":1}",
	    "{" A "," T "," W ",\"port\":65536}",
	    "{" A "," T "," W ",\"port\":\"7\"}",
	    "{" A "," T "," W ",\"port\":-1}",
	    "{" A "," T "," W ",\"proto\":\"carrier pigeon\"}",
	    "{" A "," T "," W ",\"reveal\":1}",
	    "{" A "," T "," W ",\"case\":\"a\\nb\"}",
	    "{" A "," T ",\"why\":\"  \"}",
	    "{" A "," T ",\"why\":[]}",
	    "{" A ",\"at\":\"2024-06-20T10:00:00\"," W "}",
	    "{\"address\":\"192.0.2.7:80\"," T "," W "}",
	    "{\"address\":{}," T "," W "}"};
	struct who_body body;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!who_body_read(bad[i], strlen(bad[i]), &body))
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_is_found_by_its_hash),
	    cmocka_unit_test(a_bad_line_permits_nothing),
	    cmocka_unit_test(who_asks_too_often_waits),
	    cmocka_unit_test(a_question_is_read_whole),
	    cmocka_unit_test(a_question_that_is_none_is_told_why),
	};

	if (crypto_init() != 0)
		return 1;
	hash_of("one token", one);
	hash_of("two tokens", two);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
