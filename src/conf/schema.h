/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema: one row a key.  Parser, checks, canonical print, the man page's
 * section and the commented sample all walk this table, so that a key is
 * written down once.
 *
 * A row says where its value lies (`offset` in the struct its group fills),
 * how it is read (`kind`), what is allowed (`min`, `max` in stored units, or
 * `names`), what it is when the file doesn't say (`standard`, as it would be
 * written), and what it is for (`help`, one or two plain sentences).
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/node.h"

enum schema_kind {
	KIND_TEXT,   /* char[size] */
	KIND_PATH,   /* char[size]; made absolute */
	KIND_NUMBER, /* unsigned of `size` bytes; 0 is "not said" if min > 0 */
	KIND_DURATION, /* int64_t, microseconds */
	KIND_SECONDS,  /* uint32_t, written as a duration */
	KIND_SCORE,    /* int32_t thousandths, written as decimal */
	KIND_SHARE,    /* uint32_t parts per million, written as percent */
	KIND_CHOICE,   /* unsigned of `size` bytes, one of `names` */
	KIND_ADDRESS,  /* struct addr */
	KIND_PREFIX,   /* struct prefix */
	KIND_ENDPOINT, /* struct conf_endpoint */
	KIND_ZONE,     /* char[size]; UTC or an offset */
	KIND_DATE,     /* int64_t, where the day begins (UTC); 0: not said */
	KIND_LAST_DAY, /* the same, where it ends: the day is included */
	KIND_ACT,      /* struct conf_act */
	KIND_GROUP,    /* a map: `rows` fill the same struct, from `offset` */
	KIND_LIST      /* a list: see `list` */
};

struct schema_name {
	const char *name; /* NULL ends the table */
	uint32_t value;
};

/* An item of `live`: an act, for one class or (RSIT_NONE) for all. */
struct conf_act {
	uint8_t act;
	uint8_t class;
};

struct schema;
struct reading;

/* A list's items are read into a staging struct of its own and taken over. */
struct schema_list {
	size_t item_size;
	const struct schema *item; /* scalar row, or a group; offset 0 */
	bool lone; /* a scalar may stand for a map with its first key alone */
	/* Appends *item to `base`; has added an error where it can't. */
	void (*take)(struct reading *reading, void *base, const void *item,
		     const struct node *node);
	/* The index'th item back for printing; false behind the last. */
	bool (*give)(const void *base, size_t index, void *item);
};

struct schema {
	const char *name; /* NULL ends the table */
	enum schema_kind kind;
	size_t offset, size;
	int64_t min, max;
	bool required;
	const char *standard;
	const struct schema_name *names;
	const struct schema *rows;
	const struct schema_list *list;
	/* Of a list that says something when empty: called before its items. */
	void (*begin)(void *base);
	/* Of a list whose items are judged by those before: one couldn't be
	 * read, an error says so.  NULL: it doesn't matter. */
	void (*lost)(void *base);
	const char *expected; /* what a wrong value should have been */
	const char *help;
	const char *example; /* for the sample, where there is no standard */
};

#define SCHEMA_ITEM_SIZE_MAX 4096

/* What a reading carries along. */
struct reading {
	struct conf_errors *errors;
	const char *folder; /* absolute; relative paths are of here */
	bool no_memory;
};

/* The whole table; it fills a struct conf. */
const struct schema *schema_root(void);
/* The rows of its group `registrar`, and what they can't say one by one. */
extern const struct schema schema_registrar_rows[];
void schema_registrar_check(const struct conf *conf, const struct node *root,
			    struct conf_errors *errors);

/* policy.hours: fills the calendar's zone, too. */
void schema_hours_check(struct conf *conf, const struct node *root,
			struct conf_errors *errors);
/* The index'th stretch of a week as it is written, "mon-fri 08:00-18:00";
 * false behind the last. */
#define SCHEMA_WEEK_SIZE 48
bool schema_week_give(const struct hours_week *week, size_t index, char *item);
void schema_ladders_check(const struct conf *conf, const struct node *root,
			  struct conf_errors *errors);
void schema_trial_check(const struct conf *conf, const struct node *root,
			struct conf_errors *errors);

extern const struct schema_list schema_accounts_list;
extern const struct schema schema_api_rows[];

/* For a list's `take`: appends one item to an array; false: full or no memory,
 * an error says so. */
bool schema_append(struct reading *reading, void **array, size_t *count,
		   size_t max, size_t size, const void *item,
		   const struct node *node);

/* Adds an error, and answers true, where words name what must never be a reason
 * to limit a line (copyright, content, debt ...). */
bool schema_refuse_reason(struct reading *reading, const struct node *node,
			  struct slice words, const char *path);

/* Fills `base` from a map by `rows`; adds every error found. `path` is the
 * dotted name of the map, "" at the top. */
void schema_read(struct reading *reading, const struct schema *rows, void *base,
		 const struct node *node, const char *path);
/* As schema_read from an empty map, without complaining of required keys. */
void schema_defaults(struct reading *reading, const struct schema *rows,
		     void *base);
/* Canonical YAML of what `base` holds. */
void schema_print(struct text *text, const struct schema *rows,
		  const void *base);
/* Every key with its help and default, commented out: a file to start from. */
void schema_sample(struct text *text);
/* The same as a section of an mdoc page. */
void schema_man(struct text *text);

/*
 * value.c: one scalar in and out.  read: LZ_E_FORMAT, LZ_E_RANGE; what stands
 * in `at` is changed on 0 alone.  expected: "a duration such as ..."; range:
 * "1s to 30d".
 */
LZ_NODISCARD int schema_value_read(const struct reading *reading,
				   const struct schema *row, void *at,
				   struct slice value);
/* false: the value is the one that says nothing ("" or 0 where 0 is none). */
bool schema_value_is_set(const struct schema *row, const void *at);
void schema_value_print(struct text *text, const struct schema *row,
			const void *at);
void schema_value_expected(struct text *text, const struct schema *row);
void schema_value_range(struct text *text, const struct schema *row);

#endif
