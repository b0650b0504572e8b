/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is decided changes with CASE_TABLE_VERSION and not without: `lazaret
 * explain --again` tells people by that number whether their case was decided
 * by other rules.  Some thousand histories are decided; the digest of all
 * decisions, of facts, rows, acts and records, stands in case_decisions.txt
 * beside the number it belongs to.
 *
 * Where it fails: was the change meant?  Then raise the number (once between
 * two releases); `make decisions` records it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "fact/digest.h"
#include "property/case_history.h"

#define CHUNKS 4
#define LINE_SIZE 128
#define BYTES_MAX (CASE_RECORD_BYTES_MAX + 16384)

struct decisions {
	uint8_t digest[DIGEST_SIZE];
	uint64_t steps;
};

static void
put_text(struct writer *writer, const char *text)
{
	if (text)
		writer_bytes(writer, text, strlen(text));
	writer_u8(writer, 0);
}

static void
put_action(struct writer *writer, const struct case_action *action)
{
	struct case_entry_action recorded;

	case_entry_action_of(action, &recorded);
	writer_u8(writer, recorded.kind);
	writer_u8(writer, recorded.would);
	writer_u64(writer, recorded.ref);
	writer_u8(writer, recorded.measure);
	writer_u32(writer, recorded.step);
	writer_u64(writer, (uint64_t)recorded.expires.us);
	put_text(writer, recorded.target);
	put_text(writer, recorded.text);
}

static bool
add_step(void *context, const struct moment *moment)
{
	static uint8_t bytes[BYTES_MAX];
	struct decisions *decisions = context;
	const struct case_step_result *result = moment->result;
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_bytes(&writer, decisions->digest, DIGEST_SIZE);
	writer_u64(&writer, result->facts);
	writer_u8(&writer, result->changed);
	put_text(&writer, result->row);
	put_text(&writer, result->refused);
	for (size_t i = 0; i < result->action_count; i++)
		put_action(&writer, &result->actions[i]);
	case_record_encode(&writer, moment->after);
	decisions->steps++;
	digest_bytes(bytes, writer.length, decisions->digest);
	return !writer.failed;
}

/* Is there such a line? */
static bool
is_recorded(const char *line)
{
	const char *root = getenv("LAZARET_SOURCE");
	char path[4096], row[LINE_SIZE];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/property/case_decisions.txt",
		 root ? root : ".");
	file = fopen(path, "r");
	while (file && !found && fgets(row, sizeof(row), file))
		found = strcmp(row, line) == 0;
	if (file)
		(void)fclose(file);
	return found;
}

/* After so many histories: a change shows soon, and is told soon. */
static const unsigned chunks[CHUNKS] = {50, 400, 1500, 4000};

int
main(void)
{
	static struct history history;
	static char lines[CHUNKS][LINE_SIZE];
	struct decisions decisions = {.steps = 0};
	unsigned round = 0;
	bool wrong = false;

	if (crypto_init())
		return 1;
	for (unsigned i = 0; i < CHUNKS && (!wrong || getenv("RECORD")); i++) {
		char hex[2 * DIGEST_SIZE + 1];
		struct text text;

		for (; round < chunks[i]; round++) {
			history_make(1000000 + round, &history);
			if (!history_run(&history, add_step, &decisions))
				return 1;
		}
		text_init(&text, hex, sizeof(hex));
		text_hex(&text, decisions.digest, DIGEST_SIZE);
		snprintf(lines[i], sizeof(lines[i]), "%d %u %s\n",
			 CASE_TABLE_VERSION, round, hex);
		wrong |= !is_recorded(lines[i]);
	}
	if (getenv("RECORD")) {
		puts(
		    "# SPDX-License-Identifier: Apache-2.0\n"
		    "# Table version, histories, digest of all that is decided "
		    "in them.");
		for (unsigned i = 0; i < CHUNKS; i++)
			fputs(lines[i], stdout);
		return 0;
	}
	if (wrong) {
		printf("decided otherwise than case_decisions.txt says of "
		       "table version %d (see case_decisions.c; `make "
		       "decisions` records it)\n",
		       CASE_TABLE_VERSION);
		return 1;
	}
	printf("decisions: %u histories, %llu steps, as recorded\n", round,
	       (unsigned long long)decisions.steps);
	return 0;
}
