/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a look-up that is kept, as it stands in a spool: what is read is
 * written back as the same bytes, and its texts hold nothing a terminal obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
	const size_t length = strnlen(text, AUDIT_TEXT_SIZE);

	lz_assert(length < AUDIT_TEXT_SIZE);
	for (size_t i = 0; i < length; i++)
		lz_assert((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[AUDIT_BYTES_MAX];
	struct audit audit;
	struct cursor cursor;
	struct writer writer;

	cursor_init(&cursor, data, size);
	if (audit_decode(&cursor, &audit) != 0)
		return 0;
	lz_assert(audit_is(data, size));
	check_text(audit.actor);
	check_text(audit.why);
	check_text(audit.about);
	check_text(audit.question);
	check_text(audit.account);
	writer_init(&writer, again, sizeof(again));
	audit_encode(&writer, &audit);
	lz_assert(!writer.failed && writer.length == size);
	lz_assert(memcmp(again, data, size) == 0);
	return 0;
}
