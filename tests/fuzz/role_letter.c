/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the body of an outbox row: what is read is written back as the
 * same bytes, and whatever it says, a notice can be made of it.
 *
 * The sighting in a letter carries its own hash, which a fuzzer can't guess:
 * letters it makes keep the sighting of a seed.  Sightings of any facts are
 * the business of fact_sighting.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"
#include "role/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
render(const struct notice_letter *letter)
{
	static const struct notice_conf confs[] = {
	    {.operator_name = "Tried"},
	    {.operator_name = "Tried",
	     .from = "Tried <desk@example.net>",
	     .phone = "202-555-0143",
	     .hours = "every day",
	     .zone_name = "Eastern Time",
	     .zone_offset_s = -5 * 3600}};
	static char message[NOTICE_BYTES_MAX];

	for (size_t i = 0; i < 2; i++) {
		struct text text;

		text_init(&text, message, sizeof(message));
		lz_assert(notice_render(&confs[i], letter, letter->created,
					&text) == 0);
		lz_assert(strstr(message, "http") == NULL);
		lz_assert(strstr(message, "{{") == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[LETTER_BYTES_MAX], twice[LETTER_BYTES_MAX];
	struct notice_letter letter;
	struct cursor cursor;
	struct writer writer;

	if (crypto_init() != 0)
		abort();
	cursor_init(&cursor, data, size);
	if (letter_decode(&cursor, &letter) != 0)
		return 0;
	writer_init(&writer, again, sizeof(again));
	letter_encode(&writer, &letter);
	lz_assert(!writer.failed);
	/* Written under today's numbers: that reads as the same letter. */
	cursor_init(&cursor, again, writer.length);
	lz_assert(letter_decode(&cursor, &letter) == 0);
	writer_init(&writer, twice, sizeof(twice));
	letter_encode(&writer, &letter);
	lz_assert(!writer.failed);
	lz_assert(memcmp(again, twice, writer.length) == 0);
	render(&letter);
	return 0;
}
