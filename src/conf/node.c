/* SPDX-License-Identifier: Apache-2.0 */
/* YAML events to a tree with positions; refuses what node.h lists. */
#include "conf/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/memory.h"

struct builder {
	struct conf_errors *errors;
	struct node *root;
	unsigned depth;
	struct node *open[NODE_DEPTH_MAX + 1]; /* [1..depth] */
	/* The key read last in each open map; at = NULL: a key comes next. */
	struct slice key[NODE_DEPTH_MAX + 1];
	uint32_t key_line, key_column;
	bool no_memory;
};

void
conf_errors_add(struct conf_errors *errors, uint32_t line, uint32_t column,
		const char *format, ...)
{
	struct conf_error *error;
	va_list arguments;

	if (errors->count++ >= CONF_ERRORS_MAX)
		return;
	error = &errors->errors[errors->count - 1];
	error->line = line;
	error->column = column;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
}

static uint32_t
from_one(size_t mark)
{
	return mark < UINT32_MAX ? (uint32_t)mark + 1 : UINT32_MAX;
}

static void
add_at(struct builder *builder, const yaml_mark_t *mark, const char *what)
{
	conf_errors_add(builder->errors, from_one(mark->line),
			from_one(mark->column), "%s", what);
}

/* A copy that lives as long as the node that holds it. */
static bool
keep(struct slice *to, const char *bytes, size_t length)
{
	char *copy = memory_new(length + 1, 1);

	if (!copy)
		return false;
	memcpy(copy, bytes, length);
	*to = (struct slice){copy, length};
	return true;
}

void
node_free(struct node *node)
{
	struct node *next;

	for (struct node *child = node ? node->first : NULL; child;
	     child = next) {
		next = child->next;
		node_free(child); /* at most NODE_DEPTH_MAX deep */
	}
	if (node) {
		memory_free((char *)node->key.at);
		memory_free((char *)node->value.at);
	}
	memory_free(node);
}

/* Hangs a new node under the innermost open one. */
static struct node *
attach(struct builder *builder, enum node_kind kind, const yaml_event_t *event)
{
	struct node *node = memory_new(1, sizeof(*node));
	struct node *parent = builder->open[builder->depth];

	if (!node) {
		builder->no_memory = true;
		return NULL;
	}
	node->kind = kind;
	node->line = from_one(event->start_mark.line);
	node->column = from_one(event->start_mark.column);
	if (!parent) {
		builder->root = node;
		return node;
	}
	if (parent->kind == NODE_MAP) {
		node->key = builder->key[builder->depth];
		node->key_line = builder->key_line;
		node->key_column = builder->key_column;
		builder->key[builder->depth] = (struct slice){NULL, 0};
	}
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

/* The next scalar of the innermost node is a key. */
static bool
wants_key(const struct builder *builder)
{
	const struct node *parent = builder->open[builder->depth];

	return parent && parent->kind == NODE_MAP &&
	       !builder->key[builder->depth].at;
}

static bool
take_key(struct builder *builder, const yaml_event_t *event)
{
	struct slice key = {(const char *)event->data.scalar.value,
			    event->data.scalar.length};
	unsigned count = 0;

	builder->key_line = from_one(event->start_mark.line);
	builder->key_column = from_one(event->start_mark.column);
	for (const struct node *child = builder->open[builder->depth]->first;
	     child; child = child->next) {
		if (child->key.length == key.length &&
		    memcmp(child->key.at, key.at, key.length) == 0)
			conf_errors_add(builder->errors, builder->key_line,
					builder->key_column,
					"the key '%.60s' stands here twice; "
					"first in line %u",
					key.at, child->key_line);
		if (++count < NODE_KEYS_MAX)
			continue;
		add_at(builder, &event->start_mark, "too many keys in one map");
		return false;
	}
	if (!keep(&builder->key[builder->depth], key.at, key.length))
		builder->no_memory = true;
	return true;
}

static bool
take_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node;

	if (event->data.scalar.anchor || event->data.scalar.tag)
		add_at(builder, &event->start_mark,
		       "anchors and tags are not read here; write the value");
	if (wants_key(builder))
		return take_key(builder, event);
	node = attach(builder, NODE_SCALAR, event);
	if (!node)
		return false;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!keep(&node->value, (const char *)event->data.scalar.value,
		  event->data.scalar.length))
		builder->no_memory = true;
	return true;
}

/* A list or map begins; false: too deep to go on. */
static bool
take_start(struct builder *builder, const yaml_event_t *event,
	   enum node_kind kind)
{
	struct node *node;

	if (kind == NODE_MAP ? (event->data.mapping_start.anchor ||
				event->data.mapping_start.tag)
			     : (event->data.sequence_start.anchor ||
				event->data.sequence_start.tag))
		add_at(builder, &event->start_mark,
		       "anchors and tags are not read here; write the value");
	if (wants_key(builder)) {
		add_at(builder, &event->start_mark,
		       "a key must be a name, not a list or map");
		return false;
	}
	if (builder->depth == NODE_DEPTH_MAX) {
		add_at(builder, &event->start_mark,
		       "nested deeper than 16 levels");
		return false;
	}
	node = attach(builder, kind, event);
	if (!node)
		return false;
	builder->open[++builder->depth] = node;
	builder->key[builder->depth] = (struct slice){NULL, 0};
	return true;
}

/* One event; false: nothing more can be read. */
static bool
take(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (!builder->root)
			return true;
		add_at(builder, &event->start_mark,
		       "a second document; expected one only");
		return false;
	case YAML_SCALAR_EVENT:
		return take_scalar(builder, event) && !builder->no_memory;
	case YAML_SEQUENCE_START_EVENT:
		return take_start(builder, event, NODE_LIST);
	case YAML_MAPPING_START_EVENT:
		return take_start(builder, event, NODE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		builder->depth--;
		break;
	case YAML_ALIAS_EVENT:
		add_at(builder, &event->start_mark,
		       "aliases are not read here; write the value");
		return false;
	default:
		break;
	}
	return !builder->no_memory;
}

static void
parser_failed(struct builder *builder, const yaml_parser_t *parser)
{
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR) {
		builder->no_memory = true;
		return;
	}
	conf_errors_add(builder->errors, from_one(mark.line),
			from_one(mark.column), "not YAML: %s%s%s",
			parser->problem ? parser->problem : "unreadable",
			parser->context ? " " : "",
			parser->context ? parser->context : "");
}

static void
read_events(struct builder *builder, yaml_parser_t *parser)
{
	for (;;) {
		yaml_event_t event;
		bool more;

		if (!yaml_parser_parse(parser, &event)) {
			parser_failed(builder, parser);
			return;
		}
		more = event.type != YAML_STREAM_END_EVENT &&
		       take(builder, &event);
		yaml_event_delete(&event);
		if (!more)
			return;
	}
}

struct node *
node_parse(const char *bytes, size_t length, struct conf_errors *errors)
{
	struct builder builder = {.errors = errors};
	yaml_parser_t parser;

	if (length > NODE_BYTES_MAX) {
		conf_errors_add(errors, 0, 0,
				"larger than %u bytes; this is no "
				"configuration",
				NODE_BYTES_MAX);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser))
		return NULL;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes,
				     length);
	read_events(&builder, &parser);
	yaml_parser_delete(&parser);
	/* A key whose value never came belongs to no node. */
	for (unsigned i = 1; i <= builder.depth; i++)
		memory_free((char *)builder.key[i].at);
	if (builder.no_memory) {
		node_free(builder.root);
		return NULL;
	}
	if (!builder.root && errors->count == 0)
		conf_errors_add(errors, 0, 0,
				"empty; expected at least network.inside");
	return builder.root;
}

const struct node *
node_find(const struct node *map, const char *key)
{
	const struct node *child = map && map->kind == NODE_MAP ? map->first
								: NULL;

	while (child && !slice_equal(child->key, key))
		child = child->next;
	return child;
}
