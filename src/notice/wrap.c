/* SPDX-License-Identifier: Apache-2.0 */
/* Line by line, word by word; columns count characters, not bytes. */
#include "notice/wrap.h"

#include <string.h>

static size_t
columns_of(struct slice word)
{
	size_t columns = 0;

	for (size_t i = 0; i < word.length; i++)
		columns += ((unsigned char)word.at[i] & 0xc0) != 0x80;
	return columns;
}

static size_t
blanks_at(struct slice line, size_t from)
{
	size_t end = from;

	while (end < line.length && line.at[end] == ' ')
		end++;
	return end - from;
}

/* Where the further lines begin. */
static size_t
hang_of(struct slice line)
{
	size_t start = blanks_at(line, 0), word = start;

	while (word < line.length && line.at[word] != ' ')
		word++;
	if (start == 0 && word == 2 && line.at[1] == '.')
		return word + 1;
	/* A label of up to two words ends in two blanks or more. */
	for (size_t i = word; i < line.length && i < WRAP_COLUMNS / 3; i++)
		if (blanks_at(line, i) >= 2)
			return i + blanks_at(line, i);
	return start;
}

static void
wrap_line(struct slice line, struct text *text)
{
	size_t hang = hang_of(line), column = 0;
	bool begun = false; /* a word stands on the current line */

	while (line.length > 0) {
		size_t blanks = blanks_at(line, 0);
		struct slice word = {line.at + blanks, 0};
		size_t columns;

		while (blanks + word.length < line.length &&
		       word.at[word.length] != ' ')
			word.length++;
		columns = columns_of(word);
		if (begun && column + blanks + columns > WRAP_COLUMNS) {
			text_char(text, '\n');
			blanks = hang;
			column = 0;
		}
		for (size_t i = 0; i < blanks && word.length > 0; i++)
			text_char(text, ' ');
		text_slice(text, word);
		column += blanks + columns;
		begun = word.length > 0;
		line.length -= (size_t)(word.at + word.length - line.at);
		line.at = word.at + word.length;
	}
	text_char(text, '\n');
}

void
wrap_lines(const char *source, struct text *text)
{
	struct slice rest = slice_of(source);

	while (rest.length > 0)
		wrap_line(slice_split(&rest, '\n'), text);
}
