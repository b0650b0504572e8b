/* SPDX-License-Identifier: Apache-2.0 */
/* Policies on standard output: one, two against one another, all. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "case/step.h"
#include "role/plain_words.h"
#include "role/policy_named.h"
#include "store/policy_view.h"

#define LINES_SIZE ((size_t)1 << 20)
#define LINES_MAX 4096
#define LINE_SIZE 2048
#define HASH_TEXT_SIZE (2 * CASE_POLICY_HASH_SIZE + 1)

static const char *
hash_of(char digits[HASH_TEXT_SIZE], const uint8_t *hash)
{
	struct text text;

	text_init(&text, digits, HASH_TEXT_SIZE);
	text_hex(&text, hash, CASE_POLICY_HASH_SIZE);
	return digits;
}

/* "policy.grace: 3d" as one object. */
static void
json_line(const char *kind, const char *side, struct slice line)
{
	char out[LINE_SIZE], key[LINE_SIZE / 2], value[LINE_SIZE / 2];
	struct json_writer json;
	struct text text;
	struct slice rest = line, name = slice_split(&rest, ':');

	(void)text_copy(key, sizeof(key), name);
	(void)text_copy(value, sizeof(value), slice_trim(rest));
	text_init(&text, out, sizeof(out));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", kind);
	if (side)
		json_string(&json, "side", side);
	json_string(&json, "key", key);
	json_string(&json, "value", value);
	json_close_object(&json);
	puts(out);
}

int
policy_named_show(const struct policy_named *named, bool json)
{
	const struct case_policy *policy = &named->conf->policy;
	char *buffer = memory_new(LINES_SIZE, 1), digits[HASH_TEXT_SIZE];
	struct text text;
	struct slice rest;

	if (!buffer)
		return LZ_E_MEMORY;
	text_init(&text, buffer, LINES_SIZE);
	conf_print_policy(&text, named->conf, !named->stored);
	if (json) {
		rest = (struct slice){text.at, text.length};
		hash_of(digits, policy->hash);
		printf("{\"v\":1,\"kind\":\"policy\",\"hash\":\"%s\","
		       "\"version\":%u,\"live\":%s}\n",
		       digits, policy->version,
		       policy->live_mode ? "true" : "false");
		while (rest.length)
			json_line("policy_key", NULL, slice_split(&rest, '\n'));
	} else {
		printf("policy %s, version %u, %s\n%s",
		       hash_of(digits, policy->hash), policy->version,
		       policy->live_mode ? "live" : "shadow", buffer);
	}
	memory_free(buffer);
	return text.full ? LZ_E_FULL : 0;
}

/* ------------------------------------------------------------------ diff */

struct lines {
	char *buffer;
	struct slice of[LINES_MAX];
	uint32_t count;
};

static struct lines *
lines_of(const struct policy_named *named, bool protected)
{
	struct lines *lines = memory_new(1, sizeof(*lines));
	char *buffer = memory_new(LINES_SIZE, 1);
	struct text text;
	struct slice rest;

	if (!lines || !buffer) {
		memory_free(lines);
		memory_free(buffer);
		return NULL;
	}
	lines->buffer = buffer;
	text_init(&text, buffer, LINES_SIZE);
	conf_print_policy(&text, named->conf, protected);
	rest = (struct slice){text.at, text.length};
	while (rest.length && lines->count < LINES_MAX)
		lines->of[lines->count++] = slice_split(&rest, '\n');
	return lines;
}

static void
lines_free(struct lines *lines)
{
	if (lines)
		memory_free(lines->buffer);
	memory_free(lines);
}

/* The value under the key of a line of `other`; at = NULL: no such key. */
static struct slice
value_in(const struct lines *lines, struct slice line)
{
	const struct slice none = {NULL, 0};
	struct slice key, rest = line;

	key = slice_split(&rest, ':');
	for (uint32_t i = 0; i < lines->count; i++) {
		struct slice value = lines->of[i];
		struct slice name = slice_split(&value, ':');

		if (name.length == key.length &&
		    memcmp(name.at, key.at, key.length) == 0)
			return value;
	}
	return none;
}

static bool
is_same(struct slice a, struct slice b)
{
	return a.at && b.at && a.length == b.length &&
	       memcmp(a.at, b.at, a.length) == 0;
}

/* Lines of `these` that `those` have otherwise or not at all. */
static uint32_t
print_side(const struct lines *these, const struct lines *those,
	   const char *sign, bool json)
{
	uint32_t others = 0;

	for (uint32_t i = 0; i < these->count; i++) {
		struct slice value = these->of[i];

		(void)slice_split(&value, ':');
		if (is_same(value, value_in(those, these->of[i])))
			continue;
		others++;
		if (json)
			json_line("policy_line", *sign == '-' ? "a" : "b",
				  these->of[i]);
		else
			printf("%s %.*s\n", sign, (int)these->of[i].length,
			       these->of[i].at);
	}
	return others;
}

int
policy_named_diff(const struct policy_named *a, const struct policy_named *b,
		  bool json, bool *differs)
{
	/* What one of them doesn't know can't be compared. */
	const bool protected = !a->stored && !b->stored;
	struct lines *of_a = lines_of(a, protected);
	struct lines *of_b = lines_of(b, protected);
	int error = of_a && of_b ? 0 : LZ_E_MEMORY;

	*differs = false;
	if (!error) {
		uint32_t others = print_side(of_a, of_b, "-", json);

		others += print_side(of_b, of_a, "+", json);
		*differs = others > 0;
		if (!others && !json)
			puts("the same policy");
	}
	lines_free(of_a);
	lines_free(of_b);
	return error;
}

/* -------------------------------------------------------------- versions */

struct version {
	uint8_t hash[STORE_HASH_SIZE];
	struct at_event added;
	uint32_t number;
	uint64_t cases, living;
	bool live, readable;
};

struct list {
	struct version *of;
	size_t count, room;
	struct case_record *record; /* to read into */
	struct case_policy *policy;
};

static int
take_version(void *context, const uint8_t hash[STORE_HASH_SIZE],
	     struct at_event added, struct store_bytes body)
{
	struct list *list = context;
	struct version *version;
	struct cursor cursor;

	if (list->count == list->room) {
		const size_t room = list->room * 2 + 16;
		struct version *grown = memory_grow(list->of, list->room, room,
						    sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		list->of = grown;
		list->room = room;
	}
	version = &list->of[list->count++];
	*version = (struct version){.added = added};
	memcpy(version->hash, hash, STORE_HASH_SIZE);
	cursor_init(&cursor, body.at, body.length);
	version->readable = case_policy_decode(&cursor, list->policy) == 0;
	if (version->readable) {
		version->number = list->policy->version;
		version->live = list->policy->live_mode;
	}
	return 0;
}

static int
take_record(void *context, struct store_bytes key, struct store_bytes record)
{
	struct list *list = context;
	struct cursor cursor;

	(void)key;
	cursor_init(&cursor, record.at, record.length);
	if (case_record_decode(&cursor, list->record) != 0)
		return 0;
	for (size_t i = 0; i < list->count; i++) {
		if (memcmp(list->of[i].hash, list->record->policy_hash,
			   STORE_HASH_SIZE) != 0)
			continue;
		list->of[i].cases++;
		list->of[i].living += !times_is_set(list->record->closed);
	}
	return 0;
}

static void
print_version(const struct version *version, const struct case_policy *present,
	      bool json)
{
	const bool now = memcmp(version->hash, present->hash,
				CASE_POLICY_HASH_SIZE) == 0;
	char digits[HASH_TEXT_SIZE], moment[WORDS_MOMENT_SIZE], out[LINE_SIZE];
	struct json_writer json_out;
	struct text text;

	hash_of(digits, version->hash);
	if (!json) {
		words_moment(moment, version->added, 0);
		printf("%s  version %-4u %-6s since %s  %" PRIu64
		       " cases, %" PRIu64 " living%s\n",
		       digits, version->number,
		       !version->readable ? "?"
		       : version->live    ? "live"
					  : "shadow",
		       moment, version->cases, version->living,
		       now ? "  (present)" : "");
		return;
	}
	text_init(&text, out, sizeof(out));
	json_writer_init(&json_out, &text);
	json_open_object(&json_out, NULL);
	json_u64(&json_out, "v", 1);
	json_string(&json_out, "kind", "policy_version");
	json_string(&json_out, "hash", digits);
	json_u64(&json_out, "version", version->number);
	json_bool(&json_out, "live", version->live);
	json_time(&json_out, "since", version->added.us);
	json_u64(&json_out, "cases", version->cases);
	json_u64(&json_out, "living", version->living);
	json_bool(&json_out, "present", now);
	json_close_object(&json_out);
	puts(out);
}

int
policy_named_list(struct store *store, const struct case_policy *present,
		  bool json)
{
	struct list list = {.of = NULL};
	int error = LZ_E_MEMORY;

	list.record = memory_new(1, sizeof(*list.record));
	list.policy = memory_new(1, sizeof(*list.policy));
	if (list.record && list.policy)
		error = store_begin(store);
	if (!error) {
		error = policy_view_versions(store, take_version, &list);
		if (!error)
			error = desk_store_records(store, take_record, &list);
		store_rollback(store);
	}
	for (size_t i = 0; !error && i < list.count; i++)
		print_version(&list.of[i], present, json);
	memory_free(list.of);
	memory_free(list.record);
	memory_free(list.policy);
	return error;
}
