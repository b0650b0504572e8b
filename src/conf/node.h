/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text to a small tree that remembers where everything stood.
 *
 * Built from libyaml's events, because only there can be refused what would
 * make a policy mean something else than it says: aliases and anchors, tags,
 * duplicate keys, a second document, nesting deeper than NODE_DEPTH_MAX, an
 * empty file.  What the keys mean is schema.h's.
 */
#ifndef CONF_NODE_H
#define CONF_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"
#include "conf/conf.h"

#define NODE_DEPTH_MAX 16
#define NODE_KEYS_MAX 1024        /* of one map */
#define NODE_BYTES_MAX (1u << 20) /* of a configuration file */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	uint32_t line, column; /* of the value, from 1 */
	uint32_t key_line, key_column;
	struct slice key;   /* in a map; at = NULL in a list */
	struct slice value; /* of a scalar */
	bool quoted;        /* so an empty scalar is a text, not nothing */
	struct node *first; /* children, in the file's order */
	struct node *last;
	struct node *next;
};

/*
 * Answers the root, to be freed by node_free, or NULL: no memory, or no tree
 * could be made (errors says why).  A tree with errors beside it is for
 * finding more of them only.
 */
struct node *node_parse(const char *bytes, size_t length,
			struct conf_errors *errors);
void node_free(struct node *node);
/* What stands under a key; NULL: nothing, or this is no map (NULL is none). */
const struct node *node_find(const struct node *map, const char *key);

/* Adds an error; what doesn't fit its message is cut. */
void conf_errors_add(struct conf_errors *errors, uint32_t line, uint32_t column,
		     const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
