/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a story's first lines set up: a configuration, assembled as the YAML
 * that an operator would write and read by the real schema, and who held what.
 */
#ifndef SCENARIO_SETTINGS_H
#define SCENARIO_SETTINGS_H

#include "case/policy.h"
#include "conf/conf.h"
#include "role/holders.h"
#include "statement.h"

#define SETTINGS_KEYS_MAX 64
#define SETTINGS_ROWS_MAX 1024
#define SETTINGS_CONTACTS_MAX 512
#define SETTINGS_TEXT_SIZE 65536

struct setting {
	char key[STATEMENT_WORD_SIZE];
	char value[STATEMENT_TEXT_SIZE];
};

/* A row of who held what. */
struct holding {
	struct subject subject;
	char party[STATEMENT_WORD_SIZE];
	char source[STATEMENT_WORD_SIZE];
	int64_t from_us, until_us; /* INT64_MAX: open */
};

struct contract_row {
	char party[STATEMENT_WORD_SIZE];
	int64_t from_us, until_us;
};

struct contact_row {
	char party[STATEMENT_WORD_SIZE];
	unsigned channels;
};

struct settings {
	size_t key_count, holding_count, contract_count, contact_count;
	struct setting keys[SETTINGS_KEYS_MAX];
	struct holding holdings[SETTINGS_ROWS_MAX];
	struct contract_row contracts[SETTINGS_CONTACTS_MAX];
	struct contact_row contacts[SETTINGS_CONTACTS_MAX];
	char networks[STATEMENT_TEXT_SIZE]; /* YAML items, comma behind each */
	char protected_parties[4096];
	struct at_event silent_since; /* of bindings; unset: they speak */
};

void settings_init(struct settings *settings);
/* As text_init, behind what the buffer holds already. */
void settings_append(struct text *text, char *buffer, size_t capacity);
/* Sets the key, anew where it is set already; false: no room. */
bool settings_set(struct settings *settings, const char *key,
		  const char *value);
/*
 * Takes a statement of set-up in (POLICY, NETWORK, BIND, ...).  NULL, or why
 * it can't be (static).
 */
const char *settings_take(struct settings *settings,
			  const struct statement *statement);
/* The configuration; NULL: `why` says it. */
struct conf *settings_conf(const struct settings *settings, char *why,
			   size_t size);
/* Who held what, as a desk would read it; NULL: `why` says it. */
struct holders *settings_holders(const struct settings *settings, char *why,
				 size_t size);
/* How many channels reach a party. */
unsigned settings_channels(const struct settings *settings, const char *party);

#endif
