/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the policy that is meant. */
#include "role/policy_named.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/sha256.h"
#include "store/policy_view.h"

#define DIGITS_MIN 4
#define ERRORS_SIZE ((size_t)CONF_ERRORS_MAX * 512)

static bool
ends_with(const char *word, const char *end)
{
	const size_t length = strlen(word), tail = strlen(end);

	return length >= tail && strcmp(word + length - tail, end) == 0;
}

static bool
is_file(const char *word)
{
	return strchr(word, '/') || ends_with(word, ".yaml") ||
	       ends_with(word, ".yml");
}

bool
policy_named_is_hash(const char *word)
{
	return word && strlen(word) >= DIGITS_MIN &&
	       word[strspn(word, "0123456789abcdef")] == '\0';
}

static int
read_file(const char *path, struct conf **conf)
{
	struct conf_errors *errors = memory_new(1, sizeof(*errors));
	char *buffer = memory_new(ERRORS_SIZE, 1);
	struct text text;
	int error = LZ_E_MEMORY;

	if (errors && buffer) {
		error = conf_read(path, conf, errors);
		text_init(&text, buffer, ERRORS_SIZE);
		if (error)
			conf_errors_format(&text, path, errors);
		fputs(buffer, stderr);
	}
	memory_free(buffer);
	memory_free(errors);
	return error && error != LZ_E_MEMORY ? LZ_E_FORMAT : error;
}

/* The present one again: its file, or everything by default. */
static int
read_present(const struct conf *present, struct conf **conf)
{
	return present->file[0] ? read_file(present->file, conf)
				: conf_default(conf);
}

/* --------------------------------------------------------------- by hash */

struct search {
	const char *word;
	struct case_policy found;
	unsigned count, unreadable;
};

static int
match(void *context, const uint8_t hash[STORE_HASH_SIZE], struct at_event added,
      struct store_bytes body)
{
	struct search *search = context;
	char digits[2 * STORE_HASH_SIZE + 1];
	struct cursor cursor;
	struct text text;

	(void)added;
	text_init(&text, digits, sizeof(digits));
	text_hex(&text, hash, STORE_HASH_SIZE);
	if (strncmp(digits, search->word, strlen(search->word)) != 0)
		return 0;
	cursor_init(&cursor, body.at, body.length);
	search->count++;
	if (case_policy_decode(&cursor, &search->found) != 0)
		search->unreadable++;
	return 0;
}

/* The store keeps a zone's offsets, not its name. */
static void
name_zone(const struct conf *present, struct conf *conf)
{
	const struct hours_zone *zone = &conf->policy.calendar.zone;
	const struct hours_zone *known = &present->policy.calendar.zone;
	const int32_t minutes = zone->rows[0].offset_s / 60;
	const int32_t size = minutes < 0 ? -minutes : minutes;

	if (zone->count == known->count &&
	    memcmp(zone->rows, known->rows,
		   zone->count * sizeof(zone->rows[0])) == 0)
		memcpy(conf->hours_zone, present->hours_zone,
		       sizeof(conf->hours_zone));
	else if (zone->count == 1)
		snprintf(conf->hours_zone, sizeof(conf->hours_zone),
			 "%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60 % 24,
			 size % 60);
	else
		snprintf(conf->hours_zone, sizeof(conf->hours_zone),
			 zone->count ? "%u offsets of a zone" : "UTC",
			 zone->count);
}

static int
find_stored(struct store *store, const struct conf *present, const char *word,
	    struct policy_named *named)
{
	struct search *search = memory_new(1, sizeof(*search));
	int error = search ? 0 : LZ_E_MEMORY;

	if (!error) {
		search->word = word;
		error = policy_view_versions(store, match, search);
	}
	if (!error && search->count != 1) {
		fprintf(stderr,
			search->count
			    ? "lazaret policy: several policies begin with "
			      "%s: give more digits\n"
			    : "lazaret policy: no case was opened under a "
			      "policy %s; `lazaret policy versions` lists "
			      "them\n",
			word);
		error = search->count ? LZ_E_FULL : LZ_E_NOT_FOUND;
	}
	if (!error && search->unreadable) {
		fprintf(stderr,
			"lazaret policy: %s is of a form that this program "
			"can't read\n",
			word);
		error = LZ_E_FORMAT;
	}
	if (!error)
		error = conf_default(&named->conf);
	if (!error) {
		named->conf->policy = search->found;
		named->stored = true;
		name_zone(present, named->conf);
	}
	memory_free(search);
	return error;
}

int
policy_named_find(struct store *store, const struct conf *present,
		  const char *word, struct policy_named *named)
{
	int error;

	*named = (struct policy_named){.conf = NULL};
	if (crypto_init() != 0) /* hashes */
		return LZ_E_CRYPTO;
	if (policy_named_is_hash(word))
		return find_stored(store, present, word, named);
	if (word && strcmp(word, "present") != 0 && !is_file(word)) {
		fprintf(stderr,
			"lazaret policy: '%s' is no policy: expected a file "
			"(a path, or NAME.yaml), 'present', or at least four "
			"digits of a hash\n",
			word);
		return LZ_E_FORMAT;
	}
	error = word && strcmp(word, "present") != 0
		    ? read_file(word, &named->conf)
		    : read_present(present, &named->conf);
	if (!error)
		case_policy_seal(&named->conf->policy);
	return error;
}

void
policy_named_free(struct policy_named *named)
{
	conf_free(named->conf);
	named->conf = NULL;
}
