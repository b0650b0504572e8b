/* SPDX-License-Identifier: Apache-2.0 */
/* A story's configuration and bindings. */
#include "settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define CSV_SIZE ((size_t)SETTINGS_ROWS_MAX * 320)

void
settings_init(struct settings *settings)
{
	*settings = (struct settings){.silent_since = times_unset()};
	(void)settings_set(settings, "network.name", "scenario");
	(void)settings_set(settings, "network.source_filtered", "true");
	(void)settings_set(settings, "essential", "[203.0.113.250/32]");
	(void)settings_set(settings, "notice.maildir", "notices");
	(void)settings_set(settings, "notice.from", "abuse@example.net");
	(void)settings_set(settings, "notice.phone", "555-0100");
}

void
settings_append(struct text *text, char *buffer, size_t capacity)
{
	const size_t length = strlen(buffer);
	const char first = buffer[0];

	text_init(text, buffer, capacity);
	buffer[0] = first;
	text->length = length;
}

bool
settings_set(struct settings *settings, const char *key, const char *value)
{
	struct setting *setting = NULL;

	for (size_t i = 0; i < settings->key_count && !setting; i++)
		if (strcmp(settings->keys[i].key, key) == 0)
			setting = &settings->keys[i];
	if (!setting && settings->key_count < SETTINGS_KEYS_MAX)
		setting = &settings->keys[settings->key_count++];
	return setting &&
	       text_copy(setting->key, sizeof(setting->key), slice_of(key)) &&
	       text_copy(setting->value, sizeof(setting->value),
			 slice_of(value));
}

/* ------------------------------------------------------------ statements */

static const char *
take_network(struct settings *settings, const struct statement *statement)
{
	struct text text;

	settings_append(&text, settings->networks, sizeof(settings->networks));
	text_add(&text, "{ prefix: \"");
	subject_format(&text, &statement->subject);
	text_add(&text, "\"");
	if (statement_gives(statement, "n")) {
		text_add(&text, ", assign: ");
		text_i64(&text, statement->number);
	}
	if (statement->said & SAID_CGNAT)
		text_add(&text, ", cgnat: outside");
	text_add(&text, " }, ");
	return text.full ? "too many networks" : NULL;
}

static const char *
take_binding(struct settings *settings, const struct statement *statement)
{
	struct holding *holding;

	if (settings->holding_count == SETTINGS_ROWS_MAX)
		return "too many bindings";
	if (statement->time.of_day || statement->until.of_day)
		return "a binding needs a date";
	holding = &settings->holdings[settings->holding_count++];
	holding->subject = statement->subject;
	holding->from_us = statement->time.us;
	holding->until_us = statement_gives(statement, "until")
				? statement->until.us
				: INT64_MAX;
	(void)text_copy(holding->party, sizeof(holding->party),
			slice_of(statement->party));
	(void)text_copy(holding->source, sizeof(holding->source),
			slice_of(statement_gives(statement, "name")
				     ? statement->name
				     : "bindings"));
	return NULL;
}

/* The row that was said last of it; NULL. */
static struct holding *
find_holding(struct settings *settings, const struct statement *statement)
{
	for (size_t i = settings->holding_count; i-- > 0;) {
		struct holding *holding = &settings->holdings[i];

		if (subject_equal(&holding->subject, &statement->subject) &&
		    strcmp(holding->party, statement->party) == 0)
			return holding;
	}
	return NULL;
}

static const char *
take_ended(struct settings *settings, const struct statement *statement)
{
	struct holding *holding = find_holding(settings, statement);

	if (!holding)
		return "nobody said that the party holds this";
	if (statement->kind == SAY_FORGOTTEN) {
		*holding = settings->holdings[--settings->holding_count];
		return NULL;
	}
	if (statement->time.of_day)
		return "an end needs a date";
	holding->until_us = statement->time.us;
	return NULL;
}

static const char *
take_contract(struct settings *settings, const struct statement *statement)
{
	struct contract_row *row;

	if (settings->contract_count == SETTINGS_CONTACTS_MAX)
		return "too many contracts";
	if (statement->time.of_day || statement->until.of_day)
		return "a contract needs a date";
	row = &settings->contracts[settings->contract_count++];
	row->from_us = statement->time.us;
	row->until_us = statement_gives(statement, "until")
			    ? statement->until.us
			    : INT64_MAX;
	(void)text_copy(row->party, sizeof(row->party),
			slice_of(statement->party));
	return NULL;
}

static const char *
take_contact(struct settings *settings, const struct statement *statement)
{
	struct slice rest = slice_of(statement->words);
	struct contact_row *row = NULL;
	unsigned channels = 0;

	while (rest.at) {
		const struct slice word = slice_split(&rest, ' ');

		if (slice_equal(word, "mail") || slice_equal(word, "sms") ||
		    slice_equal(word, "letter"))
			channels++;
		else if (!slice_equal(word, "none"))
			return "a contact is none, or some of mail, sms, "
			       "letter";
	}
	for (size_t i = 0; i < settings->contact_count && !row; i++)
		if (strcmp(settings->contacts[i].party, statement->party) == 0)
			row = &settings->contacts[i];
	if (!row && settings->contact_count == SETTINGS_CONTACTS_MAX)
		return "too many contacts";
	if (!row)
		row = &settings->contacts[settings->contact_count++];
	(void)text_copy(row->party, sizeof(row->party),
			slice_of(statement->party));
	row->channels = channels;
	return NULL;
}

static const char *
take_protected(struct settings *settings, const struct statement *statement)
{
	struct text text;

	settings_append(&text, settings->protected_parties,
			sizeof(settings->protected_parties));
	text_add(&text, "\"");
	text_add(&text, statement->party);
	text_add(&text, "\", ");
	return text.full ? "too many protected parties" : NULL;
}

const char *
settings_take(struct settings *settings, const struct statement *statement)
{
	switch (statement->kind) {
	case SAY_LIVE:
		return settings_set(settings, "mode", "live") &&
			       settings_set(settings, "live",
					    "[notice, filter, limit, garden, "
					    "block]")
			   ? NULL
			   : "too many keys";
	case SAY_POLICY:
		return settings_set(settings, statement->name, statement->words)
			   ? NULL
			   : "too many keys";
	case SAY_NETWORK:
		return take_network(settings, statement);
	case SAY_BIND:
		return take_binding(settings, statement);
	case SAY_ENDED:
	case SAY_FORGOTTEN:
		return take_ended(settings, statement);
	case SAY_CONTRACT:
		return take_contract(settings, statement);
	case SAY_CONTACT:
		return take_contact(settings, statement);
	case SAY_PROTECTED:
		return take_protected(settings, statement);
	case SAY_BINDINGS_SPEAK:
		settings->silent_since = times_unset();
		return NULL;
	default:
		return "no statement of set-up";
	}
}

/* ------------------------------------------------------------------- YAML */

static void
indent(struct text *text, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		text_add(text, "  ");
}

/* Was this part of the key's path printed under an earlier key? */
static bool
is_printed(const struct settings *settings, size_t index, size_t length)
{
	for (size_t i = 0; i < index; i++)
		if (strncmp(settings->keys[i].key, settings->keys[index].key,
			    length) == 0 &&
		    (settings->keys[i].key[length] == '.' ||
		     settings->keys[i].key[length] == '\0'))
			return true;
	return false;
}

/* All keys below the first `at` characters of a key. */
static void
print_below(struct text *text, const struct settings *settings, size_t like,
	    size_t at, unsigned depth)
{
	for (size_t i = like; i < settings->key_count; i++) {
		const char *key = settings->keys[i].key;
		size_t end = at;

		if (strncmp(key, settings->keys[like].key, at) != 0)
			continue;
		while (key[end] && key[end] != '.')
			end++;
		if (is_printed(settings, i, end))
			continue;
		indent(text, depth);
		text_bytes(text, key + at, end - at);
		text_add(text, ":");
		if (key[end] == '.') {
			text_add(text, "\n");
			print_below(text, settings, i, end + 1, depth + 1);
			continue;
		}
		text_add(text, " ");
		text_add(text, settings->keys[i].value);
		text_add(text, "\n");
	}
}

struct conf *
settings_conf(const struct settings *settings, char *why, size_t size)
{
	struct settings *whole = memory_new(1, sizeof(*whole));
	char *yaml = memory_new(SETTINGS_TEXT_SIZE, 1);
	char list[SETTINGS_TEXT_SIZE / 8];
	struct conf_errors errors = {.count = 0};
	struct conf *conf = NULL;
	struct text text;

	snprintf(why, size, "no memory");
	if (whole && yaml) {
		*whole = *settings;
		snprintf(list, sizeof(list), "[%s]",
			 settings->networks[0] ? settings->networks
					       : "192.0.2.0/24");
		(void)settings_set(whole, "network.inside", list);
		snprintf(list, sizeof(list), "[%s]",
			 settings->protected_parties);
		if (settings->protected_parties[0])
			(void)settings_set(whole, "protected", list);
		text_init(&text, yaml, SETTINGS_TEXT_SIZE);
		print_below(&text, whole, 0, 0, 0);
		if (conf_parse("scenario.yaml", yaml, text.length, &conf,
			       &errors) != 0) {
			conf = NULL;
			snprintf(why, size, "the configuration: %s",
				 errors.count ? errors.errors[0].message
					      : "no memory");
		}
	}
	memory_free(whole);
	memory_free(yaml);
	return conf;
}

/* --------------------------------------------------------------- bindings */

static void
put_time(struct text *text, int64_t us)
{
	if (us != INT64_MAX)
		times_format(text, us);
}

static void
put_holding(struct text *text, const struct holding *holding)
{
	const struct subject bare = {.prefix = holding->subject.prefix};

	subject_format(text, &bare);
	text_add(text, ",");
	if (subject_has_ports(&holding->subject)) {
		text_u64(text, holding->subject.port_first);
		text_add(text, ",");
		text_u64(text, holding->subject.port_last);
	} else {
		text_add(text, ",");
	}
	text_add(text, ",");
	text_add(text, holding->party);
	text_add(text, ",");
	put_time(text, holding->from_us);
	text_add(text, ",");
	put_time(text, holding->until_us);
	text_add(text, "\n");
}

static bool
is_first_of_source(const struct settings *settings, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(settings->holdings[i].source,
			   settings->holdings[index].source) == 0)
			return false;
	return true;
}

static struct binding_list *
make_list(const struct settings *settings, char *csv)
{
	struct binding_list *list = binding_list_new();
	bool good = list != NULL;

	for (size_t i = 0; i < settings->holding_count && good; i++) {
		const char *source = settings->holdings[i].source;
		struct text text;

		if (!is_first_of_source(settings, i))
			continue;
		text_init(&text, csv, CSV_SIZE);
		text_add(&text,
			 "address,port_first,port_last,party,start,end\n");
		for (size_t j = i; j < settings->holding_count; j++)
			if (strcmp(settings->holdings[j].source, source) == 0)
				put_holding(&text, &settings->holdings[j]);
		good = binding_list_add_csv(list, source, csv, text.length,
					    NULL, NULL) > 0;
	}
	if (good && binding_list_seal(list) == 0)
		return list;
	binding_list_free(list);
	return NULL;
}

static bool
has_contract(const struct settings *settings, const char *party)
{
	for (size_t i = 0; i < settings->contract_count; i++)
		if (strcmp(settings->contracts[i].party, party) == 0)
			return true;
	return false;
}

/* Who isn't spoken of has always been a customer. */
static struct contracts *
make_contracts(const struct settings *settings, char *csv)
{
	struct contracts *contracts = contracts_new();
	struct text text;

	text_init(&text, csv, CSV_SIZE);
	text_add(&text, "account,contract_from,contract_to\n");
	for (size_t i = 0; i < settings->contract_count; i++) {
		text_add(&text, settings->contracts[i].party);
		text_add(&text, ",");
		put_time(&text, settings->contracts[i].from_us);
		text_add(&text, ",");
		put_time(&text, settings->contracts[i].until_us);
		text_add(&text, "\n");
	}
	for (size_t i = 0; i < settings->holding_count; i++) {
		if (has_contract(settings, settings->holdings[i].party))
			continue;
		text_add(&text, settings->holdings[i].party);
		text_add(&text, ",,\n");
	}
	if (contracts &&
	    contracts_add_csv(contracts, csv, text.length, NULL, NULL) > 0 &&
	    contracts_seal(contracts) == 0)
		return contracts;
	contracts_free(contracts);
	return NULL;
}

struct holders *
settings_holders(const struct settings *settings, char *why, size_t size)
{
	char *csv = memory_new(CSV_SIZE, 1);
	struct binding_list *list = csv ? make_list(settings, csv) : NULL;
	struct contracts *contracts = NULL;
	struct holders *holders = NULL;

	snprintf(why, size, "a binding that can't be");
	if (list && settings->contract_count > 0) {
		contracts = make_contracts(settings, csv);
		if (!contracts) {
			snprintf(why, size, "a contract that can't be");
			binding_list_free(list);
			list = NULL;
		}
	}
	if (list)
		holders = holders_of(list, contracts);
	memory_free(csv);
	if (holders && times_is_set(settings->silent_since))
		holders_outdated(holders, settings->silent_since);
	return holders;
}

unsigned
settings_channels(const struct settings *settings, const char *party)
{
	for (size_t i = 0; i < settings->contact_count; i++)
		if (strcmp(settings->contacts[i].party, party) == 0)
			return settings->contacts[i].channels;
	return 1;
}
