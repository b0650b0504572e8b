/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as lines that stand for themselves, for comparing two: the
 * canonical print of the keys that make it, each with its whole name.
 */
#include <string.h>

#include "base/memory.h"
#include "conf/schema_rows.h"

#define PRINT_SIZE ((size_t)1 << 20)
#define DEPTH_MAX 16
#define PATH_SIZE 256

static const struct schema basis_rows[] = {{.name = "legal_basis",
					    .kind = KIND_LIST,
					    .list = &schema_bases_list},
					   END};
static const struct schema rows[] = {
    {.name = "network", .kind = KIND_GROUP, .rows = basis_rows},
    {.name = "mode",
     .kind = KIND_CHOICE,
     .names = schema_modes,
     AT(policy.live_mode)},
    {.name = "live", .kind = KIND_LIST, .list = &schema_live_list},
    {.name = "policy", .kind = KIND_GROUP, .rows = schema_policy_rows},
    END};
static const struct schema protected_rows[] = {{.name = "protected",
						.kind = KIND_LIST,
						.list = &schema_protected_list},
					       END};

/* Where a line of the print stands: names of keys, numbers of items. */
struct place {
	char names[DEPTH_MAX][PATH_SIZE / 4];
	unsigned items[DEPTH_MAX]; /* of the list at that depth; 0: none yet */
};

static void
add_path(struct text *text, const struct place *place, unsigned depth)
{
	for (unsigned i = 0; i <= depth; i++) {
		if (!place->names[i][0])
			continue;
		text_add(text,
			 text->length && text->at[text->length - 1] != '\n'
			     ? "."
			     : "");
		text_add(text, place->names[i]);
	}
}

static void
name_item(struct place *place, unsigned depth)
{
	struct text text;

	text_init(&text, place->names[depth], sizeof(place->names[depth]));
	text_u64(&text, ++place->items[depth]);
}

/* "key: value", "key:" or a bare value, at a depth. */
static void
add_line(struct text *text, struct place *place, unsigned depth,
	 struct slice line)
{
	const bool bare = line.at[0] == '"' ||
			  !memchr(line.at, ':', line.length);
	struct slice value = line, key = slice_split(&value, ':');

	if (bare) {
		value = line;
		place->names[depth][0] = '\0';
	} else {
		(void)text_copy(place->names[depth],
				sizeof(place->names[depth]), key);
		if (depth + 1 < DEPTH_MAX)
			place->items[depth + 1] = 0;
	}
	value = slice_trim(value);
	if (!value.length)
		return;
	add_path(text, place, depth);
	text_add(text, ": ");
	text_slice(text, value);
	text_char(text, '\n');
}

static void
flatten(struct text *text, struct slice print)
{
	struct place place = {.items = {0}};

	while (print.at && print.length) {
		struct slice line = slice_split(&print, '\n');
		unsigned depth = 0;

		while (line.length >= 2 && line.at[0] == ' ' &&
		       line.at[1] == ' ') {
			line.at += 2;
			line.length -= 2;
			depth++;
		}
		/* "- " is an item: a depth of its own, named by its number. */
		while (line.length >= 2 && line.at[0] == '-' &&
		       line.at[1] == ' ' && depth + 1 < DEPTH_MAX) {
			name_item(&place, depth);
			line.at += 2;
			line.length -= 2;
			depth++;
		}
		if (line.length && depth < DEPTH_MAX)
			add_line(text, &place, depth, line);
	}
}

void
conf_print_policy(struct text *text, const struct conf *conf, bool protected)
{
	char *buffer = memory_new(PRINT_SIZE, 1);
	struct text print;

	if (!buffer) {
		text->full = true;
		return;
	}
	text_init(&print, buffer, PRINT_SIZE);
	schema_print(&print, rows, conf);
	if (protected)
		schema_print(&print, protected_rows, conf);
	flatten(text, (struct slice){print.at, print.length});
	text->full = text->full || print.full;
	memory_free(buffer);
}
