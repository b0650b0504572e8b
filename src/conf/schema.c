/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the schema table: reading a tree, defaults, canonical print. */
#include "conf/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "fact/security_reason.h"

#define PATH_TEXT_SIZE 160 /* a longer name of a key is cut in messages */
#define EXPECTED_SIZE 200

/*
 * Does a key or a value name what must never be a reason to limit a line?  Word
 * by word: "garden.copyright", "unpaid-bills".
 */
static bool
is_refused_reason(struct slice words)
{
	enum security_reason reason;
	size_t from = 0;

	for (size_t i = 0; i <= words.length; i++) {
		if (i < words.length && !strchr(".-_ ,/", words.at[i]))
			continue;
		if (i > from &&
		    security_reason_parse((struct slice){words.at + from,
							 i - from},
					  &reason) == LZ_E_UNSUPPORTED)
			return true;
		from = i + 1;
	}
	return false;
}

bool
schema_refuse_reason(struct reading *reading, const struct node *node,
		     struct slice words, const char *path)
{
	if (!is_refused_reason(words))
		return false;
	conf_errors_add(reading->errors, node->line, node->column,
			"%s: '%.40s' is no reason to act: " REASON_REFUSED_TEXT
			"; take it out",
			path, words.at);
	return true;
}

static void
add_path(char path[PATH_TEXT_SIZE], const char *parent, const char *name)
{
	snprintf(path, PATH_TEXT_SIZE, "%s%s%s", parent, *parent ? "." : "",
		 name);
}

/* "...: 'x' is not WHAT" at a node. */
static void
add_wrong(struct reading *reading, const struct schema *row,
	  const struct node *node, const char *path, int error)
{
	char buffer[EXPECTED_SIZE];
	struct text text;

	if (node->kind == NODE_SCALAR &&
	    schema_refuse_reason(reading, node, node->value, path))
		return;
	text_init(&text, buffer, sizeof(buffer));
	if (error == LZ_E_RANGE && row->max > row->min)
		schema_value_range(&text, row);
	else
		schema_value_expected(&text, row);
	if (node->kind != NODE_SCALAR)
		conf_errors_add(reading->errors, node->line, node->column,
				"%s: a %s; expected %s", path,
				node->kind == NODE_LIST ? "list" : "map",
				buffer);
	else if (node->value.length == 0)
		conf_errors_add(reading->errors, node->line, node->column,
				"%s: empty; expected %s", path, buffer);
	else
		conf_errors_add(reading->errors, node->line, node->column,
				error == LZ_E_RANGE
				    ? "%s: '%.60s' is out of range; expected %s"
				    : "%s: '%.60s' is not %s",
				path, node->value.at, buffer);
}

static void read_row(struct reading *reading, const struct schema *row,
		     void *base, const struct node *node, const char *path);

static void
read_item(struct reading *reading, const struct schema *row, void *base,
	  const struct node *node, const char *path)
{
	_Alignas(max_align_t) unsigned char item[SCHEMA_ITEM_SIZE_MAX] = {0};
	const struct schema_list *list = row->list;
	const struct schema *shape = list->item;
	size_t before = reading->errors->count;

	lz_assert(list->item_size <= sizeof(item));
	if (shape->kind == KIND_GROUP && list->lone &&
	    node->kind == NODE_SCALAR) {
		schema_defaults(reading, shape->rows, item);
		shape = &shape->rows[0];
	}
	read_row(reading, shape, item, node, path);
	if (reading->errors->count == before)
		list->take(reading, base, item, node);
	else if (row->lost)
		row->lost(base);
}

static void
read_list(struct reading *reading, const struct schema *row, void *base,
	  const struct node *node, const char *path)
{
	unsigned index = 0;

	if (node->kind != NODE_LIST) {
		add_wrong(reading, row, node, path, LZ_E_FORMAT);
		return;
	}
	if (row->begin)
		row->begin(base);
	for (const struct node *child = node->first; child;
	     child = child->next) {
		char name[PATH_TEXT_SIZE];

		snprintf(name, sizeof(name), "%.140s[%u]", path, index++);
		read_item(reading, row, base, child, name);
	}
}

static void
read_row(struct reading *reading, const struct schema *row, void *base,
	 const struct node *node, const char *path)
{
	char *at = (char *)base + row->offset;
	int error;

	if (row->kind == KIND_LIST) {
		read_list(reading, row, at, node, path);
		return;
	}
	if (row->kind == KIND_GROUP) {
		schema_read(reading, row->rows, at, node, path);
		return;
	}
	error = node->kind == NODE_SCALAR
		    ? schema_value_read(reading, row, at, node->value)
		    : LZ_E_FORMAT;
	if (error)
		add_wrong(reading, row, node, path, error);
}

#define NEAR_LENGTH_MAX 40
#define NEAR_DISTANCE 2

/* Letters to add, take out or change until both are the same. */
static unsigned
distance(struct slice a, const char *b)
{
	unsigned row[NEAR_LENGTH_MAX + 1];
	const size_t length = strlen(b);

	if (a.length > NEAR_LENGTH_MAX || length > NEAR_LENGTH_MAX)
		return NEAR_LENGTH_MAX;
	for (unsigned j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.length; i++) {
		unsigned corner = row[0]++;

		for (size_t j = 1; j <= length; j++) {
			unsigned cost = corner + (a.at[i - 1] != b[j - 1]);

			corner = row[j];
			if (cost > corner + 1)
				cost = corner + 1;
			if (cost > row[j - 1] + 1)
				cost = row[j - 1] + 1;
			row[j] = cost;
		}
	}
	return row[length];
}

/* The one key that was surely meant; NULL: none, or several. */
static const char *
meant(const struct schema *rows, struct slice key)
{
	unsigned best = NEAR_DISTANCE + 1;
	const char *name = NULL;

	for (const struct schema *row = rows; row->name; row++) {
		const unsigned d = distance(key, row->name);

		if (d == best)
			name = NULL;
		if (d < best && d < strlen(row->name) / 2) {
			best = d;
			name = row->name;
		}
	}
	return name;
}

static void
add_unknown(struct reading *reading, const struct schema *rows,
	    const struct node *child, const char *path)
{
	char buffer[EXPECTED_SIZE], name[PATH_TEXT_SIZE];
	struct text text;

	add_path(name, path, child->key.at);
	if (schema_refuse_reason(reading, child, child->key, name) ||
	    (child->kind == NODE_SCALAR &&
	     schema_refuse_reason(reading, child, child->value, name)))
		return;
	if (meant(rows, child->key)) {
		conf_errors_add(reading->errors, child->key_line,
				child->key_column,
				"%s%sunknown key '%.40s'; expected '%s'", path,
				*path ? ": " : "", child->key.at,
				meant(rows, child->key));
		return;
	}
	text_init(&text, buffer, sizeof(buffer));
	for (const struct schema *row = rows; row->name; row++) {
		text_add(&text, row == rows ? "" : ", ");
		text_add(&text, row->name);
	}
	conf_errors_add(reading->errors, child->key_line, child->key_column,
			"%s%sunknown key '%.40s'; expected one of: %s", path,
			*path ? ": " : "", child->key.at, buffer);
}

static void
set_standard(struct reading *reading, const struct schema *row, void *base)
{
	int error;

	if (row->kind == KIND_GROUP) {
		schema_defaults(reading, row->rows, (char *)base + row->offset);
		return;
	}
	if (!row->standard)
		return;
	error = schema_value_read(reading, row, (char *)base + row->offset,
				  slice_of(row->standard));
	lz_assert(error == 0 || row->kind == KIND_PATH);
}

void
schema_defaults(struct reading *reading, const struct schema *rows, void *base)
{
	for (const struct schema *row = rows; row->name; row++)
		set_standard(reading, row, base);
}

/* A group that isn't there may hold keys that must be. */
static void
add_missing(struct reading *reading, const struct schema *row,
	    const struct node *node, const char *path)
{
	char name[PATH_TEXT_SIZE], buffer[EXPECTED_SIZE];
	struct text text;

	add_path(name, path, row->name);
	if (row->kind == KIND_GROUP) {
		for (row = row->rows; row->name; row++)
			if (row->required)
				add_missing(reading, row, node, name);
		return;
	}
	text_init(&text, buffer, sizeof(buffer));
	schema_value_expected(&text, row);
	conf_errors_add(reading->errors, node->line, node->column,
			"%s: missing; expected %s", name, buffer);
}

void
schema_read(struct reading *reading, const struct schema *rows, void *base,
	    const struct node *node, const char *path)
{
	if (node->kind != NODE_MAP) {
		const struct schema group = {.kind = KIND_GROUP};

		add_wrong(reading, &group, node, *path ? path : "file",
			  LZ_E_FORMAT);
		return;
	}
	for (const struct schema *row = rows; row->name; row++) {
		const struct node *child = node_find(node, row->name);
		char name[PATH_TEXT_SIZE];

		set_standard(reading, row, base);
		add_path(name, path, row->name);
		if (child)
			read_row(reading, row, base, child, name);
		else if (row->required)
			add_missing(reading, row, node, path);
	}
	for (const struct node *child = node->first; child;
	     child = child->next) {
		const struct schema *row = rows;

		while (row->name && !slice_equal(child->key, row->name))
			row++;
		if (!row->name)
			add_unknown(reading, rows, child, path);
	}
}

static void
indent(struct text *text, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		text_add(text, "  ");
}

static void print_rows(struct text *text, const struct schema *rows,
		       const void *base, unsigned depth, bool dash);

/* "- value" lines, or one "- key: value" block an item. */
static void
print_list(struct text *text, const struct schema *row, const void *base,
	   unsigned depth)
{
	_Alignas(max_align_t) unsigned char item[SCHEMA_ITEM_SIZE_MAX];
	const struct schema *shape = row->list->item;
	size_t count = 0;

	while (memset(item, 0, sizeof(item)),
	       row->list->give(base, count, item)) {
		if (count++ == 0)
			text_char(text, '\n');
		indent(text, depth);
		text_add(text, "- ");
		if (shape->kind == KIND_GROUP) {
			print_rows(text, shape->rows, item, depth + 1, true);
			continue;
		}
		schema_value_print(text, shape, item);
		text_char(text, '\n');
	}
	if (count == 0)
		text_add(text, " []\n");
}

/* Would anything of a group be printed?  An empty map can't be read again. */
static bool
is_said(const struct schema *rows, const void *base)
{
	for (const struct schema *row = rows; row->name; row++) {
		const char *at = (const char *)base + row->offset;

		if (row->kind == KIND_LIST ||
		    (row->kind == KIND_GROUP ? is_said(row->rows, at)
					     : schema_value_is_set(row, at)))
			return true;
	}
	return false;
}

/* dash: the first key stands behind the "- " of its item. */
static void
print_rows(struct text *text, const struct schema *rows, const void *base,
	   unsigned depth, bool dash)
{
	for (const struct schema *row = rows; row->name; row++) {
		const char *at = (const char *)base + row->offset;

		if (row->kind == KIND_GROUP ? !is_said(row->rows, at)
					    : row->kind != KIND_LIST &&
						  !schema_value_is_set(row, at))
			continue;
		indent(text, dash ? 0 : depth);
		dash = false;
		text_add(text, row->name);
		text_char(text, ':');
		if (row->kind == KIND_LIST) {
			print_list(text, row, at, depth + 1);
		} else if (row->kind == KIND_GROUP) {
			text_char(text, '\n');
			print_rows(text, row->rows, at, depth + 1, false);
		} else {
			text_char(text, ' ');
			schema_value_print(text, row, at);
			text_char(text, '\n');
		}
	}
}

void
schema_print(struct text *text, const struct schema *rows, const void *base)
{
	print_rows(text, rows, base, 0, false);
}
