/* SPDX-License-Identifier: Apache-2.0 */
/* The schema table as documents: the commented sample, the man page's keys. */
#include <string.h>

#include "conf/schema.h"

static void
indent(struct text *text, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		text_add(text, "  ");
}

static const struct schema *
rows_of(const struct schema *row)
{
	if (row->kind == KIND_GROUP)
		return row->rows;
	if (row->kind == KIND_LIST && row->list->item->kind == KIND_GROUP)
		return row->list->item->rows;
	return NULL;
}

static void
sample_rows(struct text *text, const struct schema *rows, unsigned depth)
{
	for (const struct schema *row = rows; row->name; row++) {
		const struct schema *below = rows_of(row);

		text_add(text, "# ");
		indent(text, depth);
		text_add(text, "# ");
		text_add(text, row->help);
		text_add(text, "\n# ");
		indent(text, depth);
		text_add(text, row->name);
		text_char(text, ':');
		if (row->standard || row->example) {
			text_char(text, ' ');
			text_add(text,
				 row->standard ? row->standard : row->example);
		}
		text_char(text, '\n');
		if (below)
			sample_rows(text, below, depth + 1);
	}
}

void
schema_sample(struct text *text)
{
	text_add(text,
		 "# Lazaret: every key with what it means and its default.\n"
		 "# The three lines that matter first:\n\n"
		 "network: { name: example, inside: [192.0.2.0/24, "
		 "\"2001:db8::/32\"], source_filtered: true }\n"
		 "bindings: [ { csv: bindings.csv } ]\n"
		 "indicators: [ { csv: indicators.csv } ]\n\n");
	sample_rows(text, schema_root(), 0);
}

/* As mandoc wants it: short lines, each sentence on a line of its own. */
static void
prose(struct text *text, const char *words)
{
	struct slice rest = slice_of(words);
	size_t used = 0;

	while (rest.at) {
		struct slice word = slice_split(&rest, ' ');

		if (used && used + word.length > 70) {
			text_char(text, '\n');
			used = 0;
		}
		text_add(text, used ? " " : "");
		text_slice(text, word);
		used += word.length + 1;
		if (word.length && word.at[word.length - 1] == '.' && rest.at) {
			text_char(text, '\n');
			used = 0;
		}
	}
	text_char(text, '\n');
}

static void
man_rows(struct text *text, const struct schema *rows, const char *parent)
{
	for (const struct schema *row = rows; row->name; row++) {
		char path[128];
		struct text name;
		const struct schema *below = rows_of(row);

		text_init(&name, path, sizeof(path));
		text_add(&name, parent);
		text_add(&name, *parent ? "." : "");
		text_add(&name, row->name);
		text_add(text, ".It Cm ");
		text_add(text, path);
		text_add(text, row->kind == KIND_LIST ? "[]\n" : "\n");
		prose(text, row->help);
		if (row->kind != KIND_GROUP && row->kind != KIND_LIST) {
			text_add(text, "Expects ");
			schema_value_expected(text, row);
			if (row->max > row->min) {
				text_add(text, ", ");
				schema_value_range(text, row);
			}
			text_add(text, ".\n");
		}
		if (row->standard) {
			text_add(text, "Default ");
			text_add(text, row->standard);
			text_add(text, ".\n");
		}
		if (below)
			man_rows(text, below, path);
	}
}

void
schema_man(struct text *text)
{
	text_add(text, ".Bl -tag -width Ds\n");
	man_rows(text, schema_root(), "");
	text_add(text, ".El\n");
}
