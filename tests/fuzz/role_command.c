/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a person ordered, as it stands in the command spool: what is read is
 * written back as what reads the same, and its texts hold nothing a terminal obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t size)
{
	const size_t length = strnlen(text, size);

	lz_assert(length < size);
	for (size_t i = 0; i < length; i++)
		lz_assert((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[COMMAND_BYTES_MAX], twice[COMMAND_BYTES_MAX];
	struct command command;
	struct cursor cursor;
	struct writer writer;

	cursor_init(&cursor, data, size);
	if (command_decode(&cursor, &command) != 0)
		return 0;
	check_text(command.actor, sizeof(command.actor));
	check_text(command.reason, sizeof(command.reason));
	writer_init(&writer, again, sizeof(again));
	command_encode(&writer, &command);
	lz_assert(!writer.failed);
	/* Written under today's number: that reads as the same. */
	cursor_init(&cursor, again, writer.length);
	lz_assert(command_decode(&cursor, &command) == 0);
	writer_init(&writer, twice, sizeof(twice));
	command_encode(&writer, &command);
	lz_assert(!writer.failed);
	lz_assert(memcmp(again, twice, writer.length) == 0);
	return 0;
}
