/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of who held what, joined, and accounts on top. */
#include "role/holders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/memory.h"
#include "ident/joined.h"
#include "role/accounts.h"
#include "role/bindings.h"

#define OPEN_ROWS_MAX 16

struct holders {
	struct binding_list *list;
	struct contracts *contracts; /* NULL: none configured */
	struct party_table *parties, *accounts;
	struct joined *joined;
	struct contract_layer *layer;
	uint64_t version;
	unsigned list_part;
};

/* ---------------------------------------------------------------- opening */

static const char *
list_label(void *context, uint32_t party)
{
	return binding_list_party(context, party);
}

static int
parts_add(struct holders *holders)
{
	const struct joined_part list = {.cursor =
					     binding_list_cursor(holders->list),
					 .label = list_label,
					 .context = holders->list,
					 .kind = PARTY_ACCOUNT};

	holders->list_part = 0;
	return joined_add(holders->joined, &list);
}

static int
layers_make(struct holders *holders)
{
	struct contract_layer_conf conf = {.contracts = holders->contracts};
	int error;

	holders->parties = party_table_new();
	holders->accounts = party_table_new();
	holders->joined = holders->parties ? joined_new(holders->parties)
					   : NULL;
	if (!holders->joined || !holders->accounts)
		return LZ_E_MEMORY;
	error = parts_add(holders);
	conf.below = joined_cursor(holders->joined);
	conf.parties = holders->parties;
	conf.accounts = holders->accounts;
	holders->layer = contract_layer_new(&conf);
	return error ? error : holders->layer ? 0 : LZ_E_MEMORY;
}

struct holders *
holders_of(struct binding_list *list, struct contracts *contracts)
{
	struct holders *holders = memory_new(1, sizeof(*holders));

	if (!holders) {
		binding_list_free(list);
		contracts_free(contracts);
		return NULL;
	}
	holders->list = list;
	holders->contracts = contracts;
	if (layers_make(holders) == 0)
		return holders;
	holders_close(holders);
	return NULL;
}

struct holders *
holders_open(const struct conf *conf, enum holders_scope scope)
{
	struct holders *holders = memory_new(1, sizeof(*holders));
	int error = LZ_E_MEMORY;

	(void)scope;
	if (holders) {
		holders->list = bindings_read(conf);
		error = holders->list ? accounts_read(conf, &holders->contracts)
				      : LZ_E_STATE;
	}
	if (!error)
		error = layers_make(holders);
	if (!error)
		return holders;
	if (error == LZ_E_MEMORY)
		fputs("lazaret: no memory for the bindings\n", stderr);
	holders_close(holders);
	return NULL;
}

void
holders_close(struct holders *holders)
{
	if (!holders)
		return;
	contract_layer_free(holders->layer);
	joined_free(holders->joined);
	party_table_free(holders->parties);
	party_table_free(holders->accounts);
	contracts_free(holders->contracts);
	binding_list_free(holders->list);
	memory_free(holders);
}

uint64_t
holders_renew(struct holders *holders)
{
	return holders->version;
}

struct binding_cursor
holders_cursor(struct holders *holders)
{
	return contract_layer_cursor(holders->layer);
}

/* ---------------------------------------------------------------- parties */

const char *
holders_account(const struct holders *holders, uint32_t party)
{
	return party_table_label(holders->accounts, party);
}

bool
holders_facts(const struct holders *holders, uint32_t party,
	      struct contract_facts *facts)
{
	const char *account = holders_account(holders, party);

	*facts = (struct contract_facts){"", "", "", "", "", false, false};
	return account && holders->contracts &&
	       contracts_facts(holders->contracts, account, facts);
}

uint64_t
holders_party_count(const struct holders *holders)
{
	const uint64_t listed = binding_list_party_count(holders->list);
	const uint64_t accounts = holders->contracts
				      ? contracts_count(holders->contracts)
				      : 0;

	return listed > accounts ? listed : accounts;
}

struct opening {
	struct holders *holders;
	struct at_event now;
	struct binding rows[OPEN_ROWS_MAX];
	size_t count; /* may exceed it */
};

static void
open_row(struct opening *opening, const struct binding *row)
{
	if (opening->count < OPEN_ROWS_MAX)
		opening->rows[opening->count] = *row;
	opening->count++;
}

static void
open_in_list(struct opening *opening, const char *label)
{
	const struct binding_list *list = opening->holders->list;
	const struct binding *rows[OPEN_ROWS_MAX];
	uint32_t party;
	size_t count;

	if (!binding_list_find(list, label, &party))
		return;
	count = binding_list_open(list, party, opening->now, rows,
				  OPEN_ROWS_MAX);
	for (size_t i = 0; i < count && i < OPEN_ROWS_MAX; i++)
		open_row(opening, rows[i]);
	if (count > OPEN_ROWS_MAX)
		opening->count = count;
}

static bool
open_key(void *context, const char *key)
{
	open_in_list(context, key);
	return true;
}

/* The part of a row that is the party's now, by its contracts. */
static bool
is_held(struct holders *holders, const struct binding *row, uint32_t party,
	struct at_event now, struct binding *held)
{
	const struct binding_cursor cursor = holders_cursor(holders);
	const struct binding *it;

	cursor.seek(cursor.context, row->realm, &row->subject.prefix.addr, now,
		    now);
	while ((it = cursor.next(cursor.context)) != NULL)
		if (it->id == row->id && it->party == party &&
		    it->start.us <= now.us && it->end.us > now.us) {
			*held = *it;
			return true;
		}
	return false;
}

size_t
holders_open_of(struct holders *holders, uint32_t party, struct at_event now,
		struct binding *open, size_t max)
{
	struct opening opening = {.holders = holders, .now = now};
	const char *account = holders_account(holders, party);
	size_t count = 0;

	if (!account)
		return 0;
	open_in_list(&opening, account);
	if (holders->contracts)
		contracts_keys(holders->contracts, account, open_key, &opening);
	if (opening.count > OPEN_ROWS_MAX)
		return max + 1;
	for (size_t i = 0; i < opening.count; i++) {
		struct binding held;

		if (!is_held(holders, &opening.rows[i], party, now, &held))
			continue;
		if (count < max)
			open[count] = held;
		count++;
	}
	return count;
}

struct party_id
holders_number(struct holders *holders, const char *account)
{
	(void)holders;
	(void)account;
	return (struct party_id){0};
}

/* ---------------------------------------------------------------- sources */

bool
holders_source(const struct holders *holders, uint16_t source,
	       struct holders_source *said)
{
	uint16_t of_part;
	unsigned part;

	*said = (struct holders_source){NULL, false};
	if (!joined_source(holders->joined, source, &part, &of_part))
		return false;
	if (part == holders->list_part)
		said->name = binding_list_source(holders->list, of_part);
	return said->name != NULL;
}

bool
holders_indexed(const struct holders *holders)
{
	(void)holders;
	return false;
}

const char *
holders_doubt(struct holders *holders, struct at_event now,
	      char which[HOLDERS_NAME_SIZE])
{
	(void)holders;
	(void)now;
	which[0] = '\0';
	return NULL;
}

void
holders_outdated(struct holders *holders, struct at_event since)
{
	binding_list_outdated(holders->list, since);
	holders->version++;
}

const char *
holders_folder(const struct holders *holders)
{
	(void)holders;
	return NULL;
}

/* ------------------------------------------------------------------ stamps */

/* Times, size and number of a file, mixed into the stamp. */
static int
stamp_add(const char *path, size_t number, uint64_t *stamp)
{
	const struct hash_key key = {0, 0};
	struct stat status;
	int64_t seen[6] = {(int64_t)number};

	if (stat(path, &status) == 0) {
		seen[1] = (int64_t)status.st_ino;
		seen[2] = status.st_size;
		seen[3] = status.st_mtim.tv_sec;
		seen[4] = status.st_mtim.tv_nsec;
		seen[5] = status.st_ctim.tv_sec;
	} else if (errno != ENOENT) {
		return -errno;
	}
	*stamp ^= hash_bytes(&key, seen, sizeof(seen));
	return 0;
}

int
holders_stamp(const struct conf *conf, uint64_t *stamp)
{
	int error = 0;

	*stamp = 0;
	for (size_t i = 0; i < conf->binding_file_count && !error; i++)
		error = stamp_add(conf->binding_files[i], i, stamp);
	for (size_t i = 0; i < conf->account_source_count && !error; i++)
		if (conf->account_sources[i].csv[0])
			error = stamp_add(conf->account_sources[i].csv,
					  CONF_FILES_MAX + i, stamp);
	return error;
}
