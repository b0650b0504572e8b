/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in spools and outbox: commands, receipts, letters, effects come
 * back as they were written; every truncation, every byte too many and every value
 * nobody writes is refused, and then nothing is changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "fact/security_reason.h"
#include "role/command.h"
#include "role/effect.h"
#include "role/letter.h"
#include "role/receipt.h"
#include "role/stored_text.h"

/* 2026-11-17 07:14 UTC */
#define NOW_US INT64_C(1794899640000000)
#define BYTES_MAX 2048

static const struct command a_command = {
    .act = CASE_EVENT_RELEASE,
    .case_id = UINT64_C(0xfedcba9876543210),
    .time = {NOW_US},
    .actor = "user 1000",
    .reason = "caf\303\251: it was the bell"};
static const struct receipt a_receipt = {.notice = UINT64_MAX,
					 .kind = RECEIPT_DELIVERED,
					 .time = {NOW_US},
					 .proof = "lz-ffffffffffffffff"};

static struct notice_letter
a_letter(void)
{
	struct notice_letter letter = {.id = UINT64_C(0x8000000000000001),
				       .code_bits = UINT64_C(1) << 54,
				       .step = 2,
				       .limits = true,
				       .created = {NOW_US},
				       .grace_us = 3 * TIMES_DAY_US,
				       .quiet_us = 14 * TIMES_DAY_US};
	struct sighting *sighting = &letter.sighting;

	assert_int_equal(addr_parse(slice_of("2001:db8::7"),
				    &sighting->address),
			 0);
	sighting->subject.prefix = prefix_of(&sighting->address, 64);
	strcpy(sighting->origin, "own-flow");
	strcpy(sighting->family, "mirai");
	strcpy(sighting->detector, "scan/1");
	sighting->class = RSIT_SCANNER;
	sighting->role = ROLE_INFECTED;
	sighting->proto = 6;
	sighting->port = 40122;
	sighting->marks = SIGHTING_HAS_PORT;
	sighting->first.us = NOW_US - TIMES_HOUR_US;
	sighting->last.us = NOW_US - TIMES_MINUTE_US;
	sighting->time = sighting->known = sighting->last;
	sighting_seal(sighting);
	return letter;
}

static const struct effect an_effect = {.measure = UINT64_MAX - 1,
					.on = true,
					.kind = EFFECT_OBSERVED,
					.time = {NOW_US},
					.device = "nftables",
					.detail = "unreachable, code 2"};

/* -------------------------------------------------------------- the four */

union record {
	struct command command;
	struct receipt receipt;
	struct notice_letter letter;
	struct effect effect;
};

static void
effect_fill(union record *record)
{
	record->effect = an_effect;
}
static void
effect_write(struct writer *writer, const union record *record)
{
	effect_encode(writer, &record->effect);
}
static int
effect_read(struct cursor *cursor, union record *record)
{
	return effect_decode(cursor, &record->effect);
}

static void
command_fill(union record *record)
{
	record->command = a_command;
}
static void
receipt_fill(union record *record)
{
	record->receipt = a_receipt;
}
static void
letter_fill(union record *record)
{
	record->letter = a_letter();
}
static void
command_write(struct writer *writer, const union record *record)
{
	command_encode(writer, &record->command);
}
static void
receipt_write(struct writer *writer, const union record *record)
{
	receipt_encode(writer, &record->receipt);
}
static void
letter_write(struct writer *writer, const union record *record)
{
	letter_encode(writer, &record->letter);
}
static int
command_read(struct cursor *cursor, union record *record)
{
	return command_decode(cursor, &record->command);
}
static int
receipt_read(struct cursor *cursor, union record *record)
{
	return receipt_decode(cursor, &record->receipt);
}
static int
letter_read(struct cursor *cursor, union record *record)
{
	return letter_decode(cursor, &record->letter);
}

static const struct codec {
	const char *name;
	unsigned schema;
	size_t size_max;
	void (*fill)(union record *record);
	void (*write)(struct writer *writer, const union record *record);
	int (*read)(struct cursor *cursor, union record *record);
} codecs[] = {
    {"command", 2, COMMAND_BYTES_MAX, command_fill, command_write,
     command_read},
    {"receipt", 2, RECEIPT_BYTES_MAX, receipt_fill, receipt_write,
     receipt_read},
    {"letter", 2, LETTER_BYTES_MAX, letter_fill, letter_write, letter_read},
    {"effect", 1, EFFECT_BYTES_MAX, effect_fill, effect_write, effect_read},
};
#define CODECS (sizeof(codecs) / sizeof(codecs[0]))

static size_t
encode(const struct codec *codec, const union record *record,
       uint8_t bytes[BYTES_MAX])
{
	struct writer writer;

	writer_init(&writer, bytes, BYTES_MAX);
	codec->write(&writer, record);
	assert_false(writer.failed);
	assert_true(writer.length <= codec->size_max);
	return writer.length;
}

static int
decode(const struct codec *codec, const uint8_t *bytes, size_t length,
       union record *record)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return codec->read(&cursor, record);
}

/* What is refused leaves no trace. */
static void
refused(const struct codec *codec, const uint8_t *bytes, size_t length,
	int wanted)
{
	union record record, before;
	int error;

	memset(&record, 0x5a, sizeof(record));
	memset(&before, 0x5a, sizeof(before));
	error = decode(codec, bytes, length, &record);
	if (error != wanted)
		fail_msg("%s of %zu bytes: %d, not %d", codec->name, length,
			 error, wanted);
	assert_memory_equal(&record, &before, sizeof(record));
}

static void
comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODECS; i++) {
		uint8_t bytes[BYTES_MAX], again[BYTES_MAX];
		union record record, back;
		size_t length;

		memset(&record, 0, sizeof(record));
		memset(&back, 0, sizeof(back));
		codecs[i].fill(&record);
		length = encode(&codecs[i], &record, bytes);
		assert_int_equal(decode(&codecs[i], bytes, length, &back), 0);
		assert_int_equal(encode(&codecs[i], &back, again), length);
		assert_memory_equal(bytes, again, length);
	}
}

static void
each_field_comes_back(void **state)
{
	uint8_t bytes[BYTES_MAX];
	union record record, back;

	(void)state;
	receipt_fill(&record);
	assert_int_equal(decode(&codecs[1], bytes,
				encode(&codecs[1], &record, bytes), &back),
			 0);
	assert_true(back.receipt.notice == a_receipt.notice);
	assert_int_equal(back.receipt.kind, a_receipt.kind);
	assert_true(back.receipt.time.us == NOW_US);
	assert_string_equal(back.receipt.proof, a_receipt.proof);
	command_fill(&record);
	assert_int_equal(decode(&codecs[0], bytes,
				encode(&codecs[0], &record, bytes), &back),
			 0);
	assert_true(back.command.case_id == a_command.case_id);
	assert_int_equal(back.command.act, a_command.act);
	assert_true(back.command.time.us == NOW_US);
	assert_string_equal(back.command.actor, a_command.actor);
	assert_string_equal(back.command.reason, a_command.reason);
	letter_fill(&record);
	assert_int_equal(decode(&codecs[2], bytes,
				encode(&codecs[2], &record, bytes), &back),
			 0);
	assert_true(back.letter.id == record.letter.id);
	assert_true(back.letter.code_bits == record.letter.code_bits);
	assert_int_equal(back.letter.step, 2);
	assert_true(back.letter.limits);
	assert_true(back.letter.created.us == NOW_US);
	assert_true(back.letter.grace_us == 3 * TIMES_DAY_US);
	assert_true(back.letter.quiet_us == 14 * TIMES_DAY_US);
	assert_memory_equal(back.letter.sighting.id, record.letter.sighting.id,
			    SIGHTING_ID_SIZE);
}

static void
each_field_of_an_effect_comes_back(void **state)
{
	uint8_t bytes[BYTES_MAX];
	union record record, back;

	(void)state;
	effect_fill(&record);
	assert_int_equal(decode(&codecs[3], bytes,
				encode(&codecs[3], &record, bytes), &back),
			 0);
	assert_true(back.effect.measure == an_effect.measure);
	assert_true(back.effect.on);
	assert_int_equal(back.effect.kind, EFFECT_OBSERVED);
	assert_true(back.effect.time.us == NOW_US);
	assert_string_equal(back.effect.device, "nftables");
	assert_string_equal(back.effect.detail, "unreachable, code 2");
}

static void
truncations_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODECS; i++) {
		uint8_t bytes[BYTES_MAX];
		union record record;
		size_t length;

		codecs[i].fill(&record);
		length = encode(&codecs[i], &record, bytes);
		for (size_t cut = 0; cut < length; cut++)
			refused(&codecs[i], bytes, cut, LZ_E_SHORT);
		bytes[length] = 0;
		refused(&codecs[i], bytes, length + 1, LZ_E_FORMAT);
	}
}

static void
other_schemas_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODECS; i++) {
		uint8_t bytes[BYTES_MAX];
		union record record;
		size_t length;

		codecs[i].fill(&record);
		length = encode(&codecs[i], &record, bytes);
		for (unsigned schema = 0; schema <= UINT8_MAX; schema++) {
			bytes[0] = (uint8_t)schema;
			if (schema != 1 && schema != codecs[i].schema)
				refused(&codecs[i], bytes, length,
					LZ_E_VERSION);
		}
	}
}

/* The record is written with a value no one may have, and must not be read. */
static void
refused_record(const struct codec *codec, const union record *record,
	       int wanted)
{
	uint8_t bytes[BYTES_MAX];
	const size_t length = encode(codec, record, bytes);

	refused(codec, bytes, length, wanted);
}

/* What was written before there were more acts, channels and corrections. */
static void
schema_one_is_read(void **state)
{
	uint8_t bytes[BYTES_MAX];
	union record record, back;
	size_t length;

	(void)state;
	command_fill(&record);
	length = encode(&codecs[0], &record, bytes);
	bytes[0] = 1;
	assert_int_equal(decode(&codecs[0], bytes, length, &back), 0);
	assert_string_equal(back.command.reason, a_command.reason);
	record.command.act = CASE_EVENT_OBJECT;
	length = encode(&codecs[0], &record, bytes);
	bytes[0] = 1;
	refused(&codecs[0], bytes, length, LZ_E_RANGE);
	receipt_fill(&record);
	length = encode(&codecs[1], &record, bytes) - 1;
	bytes[0] = 1;
	assert_int_equal(decode(&codecs[1], bytes, length, &back), 0);
	assert_false(back.receipt.correction);
	assert_string_equal(back.receipt.proof, a_receipt.proof);
	letter_fill(&record);
	length = encode(&codecs[2], &record, bytes);
	bytes[0] = 1;
	/* Channel and what is wrong stood before the sighting. */
	memmove(&bytes[46], &bytes[48], length - 48);
	assert_int_equal(decode(&codecs[2], bytes, length - 2, &back), 0);
	assert_int_equal(back.letter.channel, CHANNEL_ANY);
	assert_int_equal(back.letter.wrong, NOTICE_WRONG_NONE);
	assert_true(back.letter.quiet_us == 14 * TIMES_DAY_US);
}

static void
corrections_come_back(void **state)
{
	uint8_t bytes[BYTES_MAX];
	union record record, back;

	(void)state;
	letter_fill(&record);
	record.letter.channel = CHANNEL_SMS;
	record.letter.wrong = NOTICE_WRONG_HOLDER;
	record.letter.lifted = true;
	record.letter.told.us = NOW_US - TIMES_DAY_US;
	assert_int_equal(decode(&codecs[2], bytes,
				encode(&codecs[2], &record, bytes), &back),
			 0);
	assert_int_equal(back.letter.channel, CHANNEL_SMS);
	assert_int_equal(back.letter.wrong, NOTICE_WRONG_HOLDER);
	assert_true(back.letter.lifted);
	assert_true(back.letter.told.us == NOW_US - TIMES_DAY_US);
	receipt_fill(&record);
	record.receipt.correction = true;
	assert_int_equal(decode(&codecs[1], bytes,
				encode(&codecs[1], &record, bytes), &back),
			 0);
	assert_true(back.receipt.correction);
}

/* Each act with all that it says. */
static struct command
an_act(uint8_t act)
{
	struct command command = a_command;

	command.act = act;
	command.granted = true;
	command.measure = MEASURE_LIMIT;
	command.security = REASON_INFECTED;
	command.other = 77;
	command.stops = COMMAND_STOP_MEASURES;
	command.split = SPLIT_IDS;
	command.id_count = 2;
	command.ids[1][15] = 9;
	command.recall = RECALL_FEED;
	strcpy(command.value, "example-list");
	command.since.us = NOW_US - TIMES_DAY_US;
	command.until = times_unset();
	return command;
}

static void
every_act_comes_back(void **state)
{
	uint8_t bytes[BYTES_MAX];

	(void)state;
	for (unsigned act = 0; act <= UINT8_MAX; act++) {
		union record record = {.command = an_act((uint8_t)act)}, back;

		if (!command_act((uint8_t)act))
			continue;
		assert_string_not_equal(command_act_name((uint8_t)act),
					"unknown");
		assert_int_equal(decode(&codecs[0], bytes,
					encode(&codecs[0], &record, bytes),
					&back),
				 0);
		assert_int_equal(back.command.act, act);
		if (act == CASE_EVENT_ORDER)
			assert_int_equal(back.command.security,
					 REASON_INFECTED);
		if (act == CASE_EVENT_MERGE || act == COMMAND_SPLIT)
			assert_true(back.command.other == 77);
		if (act == COMMAND_SPLIT)
			assert_memory_equal(back.command.ids[1],
					    record.command.ids[1],
					    SIGHTING_ID_SIZE);
		if (act == COMMAND_RECALL)
			assert_string_equal(back.command.value, "example-list");
	}
}

/* A reason off the list never gets as far as the desk. */
static void
orders_for_other_reasons_are_refused(void **state)
{
	union record record = {.command = an_act(CASE_EVENT_ORDER)};

	(void)state;
	for (unsigned reason = 0; reason <= UINT8_MAX; reason++) {
		record.command.security = (uint8_t)reason;
		if (reason == REASON_NONE || reason >= REASON_COUNT)
			refused_record(&codecs[0], &record, LZ_E_RANGE);
	}
	record.command = an_act(CASE_EVENT_ORDER);
	record.command.measure = MEASURE_FILTER;
	refused_record(&codecs[0], &record, LZ_E_RANGE);
	record.command = an_act(COMMAND_RECALL);
	record.command.until = record.command.since;
	refused_record(&codecs[0], &record, LZ_E_RANGE);
	record.command = an_act(COMMAND_STOP);
	record.command.stops = 0;
	refused_record(&codecs[0], &record, LZ_E_RANGE);
	record.command = an_act(COMMAND_SPLIT);
	record.command.split = 9;
	refused_record(&codecs[0], &record, LZ_E_RANGE);
}

static void
commands_nobody_gives_are_refused(void **state)
{
	union record record;

	(void)state;
	for (unsigned act = 0; act <= CASE_EVENT_KIND_COUNT; act++) {
		command_fill(&record);
		record.command = an_act((uint8_t)act);
		assert_int_equal(command_act(record.command.act),
				 act == CASE_EVENT_HOLD ||
				     act == CASE_EVENT_RELEASE ||
				     act == CASE_EVENT_DISMISS ||
				     (act >= CASE_EVENT_RESUME &&
				      act <= CASE_EVENT_MERGE));
		if (!command_act(record.command.act))
			refused_record(&codecs[0], &record, LZ_E_RANGE);
	}
	command_fill(&record);
	record.command.time.us = TIMES_LATEST_US;
	refused_record(&codecs[0], &record, LZ_E_RANGE);
	command_fill(&record);
	record.command.time = times_unset();
	refused_record(&codecs[0], &record, LZ_E_RANGE);
	command_fill(&record);
	strcpy(record.command.actor, "\033[2J");
	refused_record(&codecs[0], &record, LZ_E_FORMAT);
	command_fill(&record);
	strcpy(record.command.reason, "two\nlines");
	refused_record(&codecs[0], &record, LZ_E_FORMAT);
}

static void
effects_no_device_has_are_refused(void **state)
{
	static const uint8_t kinds[] = {0, EFFECT_KIND_COUNT, UINT8_MAX};
	uint8_t bytes[BYTES_MAX];
	union record record;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds); i++) {
		effect_fill(&record);
		record.effect.kind = (enum effect_kind)kinds[i];
		refused_record(&codecs[3], &record, LZ_E_RANGE);
	}
	effect_fill(&record);
	record.effect.time.us = TIMES_LATEST_US;
	refused_record(&codecs[3], &record, LZ_E_RANGE);
	effect_fill(&record);
	strcpy(record.effect.detail, "two\nlines");
	refused_record(&codecs[3], &record, LZ_E_FORMAT);
	/* On and off are the only two. */
	effect_fill(&record);
	length = encode(&codecs[3], &record, bytes);
	bytes[9] = 2;
	refused(&codecs[3], bytes, length, LZ_E_RANGE);
}

static void
receipts_nobody_gets_are_refused(void **state)
{
	static const uint8_t kinds[] = {0, RECEIPT_KIND_COUNT, UINT8_MAX};
	union record record;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds); i++) {
		receipt_fill(&record);
		record.receipt.kind = (enum receipt_kind)kinds[i];
		refused_record(&codecs[1], &record, LZ_E_RANGE);
	}
	receipt_fill(&record);
	record.receipt.time.us = TIMES_EARLIEST_US - 1;
	refused_record(&codecs[1], &record, LZ_E_RANGE);
	receipt_fill(&record);
	strcpy(record.receipt.proof, "250 ok\r\n");
	refused_record(&codecs[1], &record, LZ_E_FORMAT);
}

static void
letters_nobody_writes_are_refused(void **state)
{
	union record record;

	(void)state;
	letter_fill(&record);
	record.letter.step = 0;
	refused_record(&codecs[2], &record, LZ_E_RANGE);
	letter_fill(&record);
	record.letter.grace_us = -1;
	refused_record(&codecs[2], &record, LZ_E_RANGE);
	letter_fill(&record);
	record.letter.quiet_us = INT64_MIN;
	refused_record(&codecs[2], &record, LZ_E_RANGE);
	letter_fill(&record);
	record.letter.grace_us = LETTER_SPAN_US_MAX + 1;
	refused_record(&codecs[2], &record, LZ_E_RANGE);
	letter_fill(&record);
	record.letter.quiet_us = INT64_MAX;
	refused_record(&codecs[2], &record, LZ_E_RANGE);
	letter_fill(&record);
	record.letter.created = times_unset();
	refused_record(&codecs[2], &record, LZ_E_RANGE);
	/* Not the sighting its id was made of. */
	letter_fill(&record);
	record.letter.sighting.port++;
	refused_record(&codecs[2], &record, LZ_E_CHECKSUM);
}

static void
texts_fit_or_are_refused(void **state)
{
	uint8_t bytes[300];
	char text[300], back[256];
	struct writer writer;
	struct cursor cursor;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t length = 0; length < 290; length++) {
		text[length] = '\0';
		writer_init(&writer, bytes, sizeof(bytes));
		stored_text_encode(&writer, text);
		assert_int_equal(writer.failed, length > 255);
		text[length] = 'a';
		if (length > 255)
			continue;
		cursor_init(&cursor, bytes, writer.length);
		assert_int_equal(stored_text_decode(&cursor, back, 256), 0);
		assert_int_equal(strlen(back), length);
		/* Its NUL needs room as well. */
		cursor_init(&cursor, bytes, writer.length);
		assert_int_equal(stored_text_decode(&cursor, back, length + 1),
				 0);
		cursor_init(&cursor, bytes, writer.length);
		assert_int_equal(stored_text_decode(&cursor, back,
						    length > 0 ? length : 0),
				 LZ_E_RANGE);
	}
}

static void
texts_hold_no_control_characters(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		const uint8_t bytes[] = {3, 'a', (uint8_t)byte, 'b'};
		struct cursor cursor;
		char text[8] = "before";
		int error;

		cursor_init(&cursor, bytes, sizeof(bytes));
		error = stored_text_decode(&cursor, text, sizeof(text));
		assert_int_equal(error,
				 byte < 0x20 || byte == 0x7f ? LZ_E_FORMAT : 0);
		assert_string_equal(text + (error ? 0 : 2),
				    error ? "before" : "b");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_back),
	    cmocka_unit_test(each_field_comes_back),
	    cmocka_unit_test(each_field_of_an_effect_comes_back),
	    cmocka_unit_test(effects_no_device_has_are_refused),
	    cmocka_unit_test(truncations_are_refused),
	    cmocka_unit_test(other_schemas_are_refused),
	    cmocka_unit_test(schema_one_is_read),
	    cmocka_unit_test(corrections_come_back),
	    cmocka_unit_test(every_act_comes_back),
	    cmocka_unit_test(orders_for_other_reasons_are_refused),
	    cmocka_unit_test(commands_nobody_gives_are_refused),
	    cmocka_unit_test(receipts_nobody_gets_are_refused),
	    cmocka_unit_test(letters_nobody_writes_are_refused),
	    cmocka_unit_test(texts_fit_or_are_refused),
	    cmocka_unit_test(texts_hold_no_control_characters),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
