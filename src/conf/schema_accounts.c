/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `accounts`, and of `api`. */
#include <string.h>

#include "conf/schema.h"

#define SOURCE(member)                                      \
	.offset = offsetof(struct accounts_source, member), \
	.size = sizeof(((struct accounts_source *)0)->member)
#define END                  \
	{                    \
		.name = NULL \
	}

static void
accounts_take(struct reading *reading, void *base, const void *item,
	      const struct node *node)
{
	struct conf *conf = base;
	const struct accounts_source *source = item;
	const bool asked = source->postgres[0] || source->sqlite[0];
	const char *wrong = NULL;

	if ((source->csv[0] != 0) + (source->postgres[0] != 0) +
		(source->sqlite[0] != 0) !=
	    1)
		wrong = "expected one of csv, postgres and sqlite";
	else if (asked && !source->query[0])
		wrong = "query: missing; expected a SELECT whose columns are "
			"called as those of an accounts CSV";
	else if (!asked && source->query[0])
		wrong = "query: goes with postgres or sqlite, not with csv";
	else if (!source->postgres[0] && source->password_file[0])
		wrong = "password_file: goes with postgres";
	else if (strstr(source->postgres, "password="))
		wrong = "postgres: holds a password; expected it in "
			"password_file";
	if (wrong) {
		conf_errors_add(reading->errors, node->line, node->column,
				"accounts: %s", wrong);
		return;
	}
	schema_append(reading, (void **)&conf->account_sources,
		      &conf->account_source_count, ACCOUNTS_SOURCES_MAX,
		      sizeof(*source), source, node);
}

static bool
accounts_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->account_source_count)
		return false;
	memcpy(item, &conf->account_sources[index],
	       sizeof(*conf->account_sources));
	return true;
}

static const struct schema accounts_rows[] = {
    {.name = "csv",
     .kind = KIND_PATH,
     SOURCE(csv),
     .help = "A CSV by column names: account; login, circuit, remote, mac, "
	     "duid, class, key; contact, phone, channels, language, protected, "
	     "voice, reseller; contract_from, contract_to. A date alone is "
	     "midnight in a zone that isn't told: within 14 hours of it nobody "
	     "is certain. Give times with their offset."},
    {.name = "postgres",
     .kind = KIND_TEXT,
     SOURCE(postgres),
     .help = "How a database is reached (libpq), without a password.",
     .example = "host=/run/postgresql dbname=crm user=lazaret"},
    {.name = "password_file",
     .kind = KIND_PATH,
     SOURCE(password_file),
     .help = "File whose first line is its password."},
    {.name = "sqlite",
     .kind = KIND_PATH,
     SOURCE(sqlite),
     .help = "An SQLite file."},
    {.name = "query",
     .kind = KIND_TEXT,
     SOURCE(query),
     .help = "The SELECT that answers accounts, columns called as in the CSV; "
	     "it is run read-only.",
     .example = "SELECT account, login, contract_from, contract_to FROM crm"},
    END};
static const struct schema accounts_item = {.kind = KIND_GROUP,
					    .rows = accounts_rows};
const struct schema_list schema_accounts_list = {sizeof(struct accounts_source),
						 &accounts_item, false,
						 accounts_take, accounts_give};

const struct schema schema_api_rows[] = {
    {.name = "tokens",
     .kind = KIND_PATH,
     .offset = offsetof(struct conf, api_tokens),
     .size = sizeof(((struct conf *)0)->api_tokens),
     .help = "Who may ask by HTTP: lines SHA-256 of a token (hexadecimal), "
	     "name, permissions (who, who.reveal, machines; commas between). "
	     "Without it nothing listens.",
     .example = "/etc/lazaret/tokens"},
    END};
