/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of accounts: entries (key, account, from, to) sorted by key and
 * time, over one arena of texts.
 *
 * Of a row that can't be read the keys are kept, for all time and of no account:
 * what it would have said is missing, and nobody may be named without it.
 */
#include "ident/contracts.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/memory.h"
#include "fact/digest.h"
#include "ident/contract_table.h"

#define ENTRIES_FIRST 1024u
#define TEXT_FIRST 65536u
#define TEXT_MAX (UINT32_MAX / 2)
#define DATE_LENGTH 10 /* "2024-03-05" */

static const struct {
	const char *name;
	enum contract_field field;
} columns[] = {
    {"account", CONTRACT_ACCOUNT},
    {"subscriber", CONTRACT_ACCOUNT},
    {"customer", CONTRACT_ACCOUNT},
    {"login", CONTRACT_LOGIN},
    {"user", CONTRACT_LOGIN},
    {"circuit", CONTRACT_CIRCUIT},
    {"circuit_id", CONTRACT_CIRCUIT},
    {"remote", CONTRACT_REMOTE},
    {"remote_id", CONTRACT_REMOTE},
    {"mac", CONTRACT_MAC},
    {"duid", CONTRACT_DUID},
    {"class", CONTRACT_CLASS},
    {"key", CONTRACT_KEY},
    {"holder", CONTRACT_KEY},
    {"contact", CONTRACT_CONTACT},
    {"email", CONTRACT_CONTACT},
    {"mail", CONTRACT_CONTACT},
    {"phone", CONTRACT_PHONE},
    {"channels", CONTRACT_CHANNELS},
    {"language", CONTRACT_LANGUAGE},
    {"protected", CONTRACT_PROTECTED},
    {"voice", CONTRACT_VOICE},
    {"voice_line", CONTRACT_VOICE},
    {"reseller", CONTRACT_RESELLER},
    {"contract_from", CONTRACT_FROM},
    {"contract_to", CONTRACT_TO},
};

enum contract_field
contract_field_of(struct slice name)
{
	name = slice_trim(name);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (slice_equal_folded(name, columns[i].name))
			return columns[i].field;
	return CONTRACT_FIELD_COUNT;
}

struct contracts *
contracts_new(void)
{
	return memory_new(1, sizeof(struct contracts));
}

void
contracts_free(struct contracts *contracts)
{
	if (!contracts)
		return;
	party_table_free(contracts->names);
	memory_free(contracts->accounts);
	memory_free(contracts->entries);
	memory_free(contracts->account_first);
	memory_free(contracts->by_account);
	memory_free(contracts->texts);
	memory_free(contracts);
}

uint32_t
contracts_count(const struct contracts *contracts)
{
	return contracts->account_count;
}

/* ----------------------------------------------------------------- memory */

/* Its place among the texts; 0 is the empty one. */
static int
text_keep(struct contracts *contracts, struct slice text, uint32_t *at)
{
	size_t room = contracts->text_room ? contracts->text_room : TEXT_FIRST;
	char *grown;

	*at = 0;
	if (text.length == 0)
		return 0;
	while (room - contracts->text_used < text.length + 2)
		room *= 2;
	if (room > TEXT_MAX)
		return LZ_E_FULL;
	if (room != contracts->text_room) {
		grown = memory_grow(contracts->texts, contracts->text_room,
				    room, 1);
		if (!grown)
			return LZ_E_MEMORY;
		contracts->texts = grown;
		contracts->text_room = room;
	}
	if (contracts->text_used == 0)
		contracts->text_used = 1;
	*at = (uint32_t)contracts->text_used;
	memcpy(contracts->texts + *at, text.at, text.length);
	contracts->texts[*at + text.length] = '\0';
	contracts->text_used += text.length + 1;
	return 0;
}

const char *
contracts_text(const struct contracts *contracts, uint32_t at)
{
	return at ? contracts->texts + at : "";
}

/* What is read of a row beside its texts. */
struct row {
	int64_t from_us, to_us;
	bool from_date, to_date;
	bool protected, voice;
};

static int
entry_add(struct contracts *contracts, struct slice key, uint32_t account,
	  const struct row *row)
{
	struct contract_entry entry = {.hash = digest_u64(key.at, key.length),
				       .account = account,
				       .from_us = row->from_us,
				       .to_us = row->to_us,
				       .from_date = row->from_date,
				       .to_date = row->to_date};
	const size_t room = contracts->entry_room ? contracts->entry_room * 2
						  : ENTRIES_FIRST;
	struct contract_entry *grown;
	int error = text_keep(contracts, key, &entry.key);

	if (error)
		return error;
	if (contracts->entry_count == contracts->entry_room) {
		grown = memory_grow(contracts->entries, contracts->entry_room,
				    room, sizeof(*grown));
		if (!grown)
			return LZ_E_MEMORY;
		contracts->entries = grown;
		contracts->entry_room = room;
	}
	contracts->entries[contracts->entry_count++] = entry;
	return 0;
}

static int
account_row(struct contracts *contracts, struct slice name, uint32_t *account)
{
	const size_t room = contracts->account_room
				? contracts->account_room * 2
				: ENTRIES_FIRST;
	struct contract_account *grown;
	int error = 0;

	if (!contracts->names)
		contracts->names = party_table_new();
	if (!contracts->names)
		return LZ_E_MEMORY;
	if (contracts->account_count == contracts->account_room) {
		grown = memory_grow(contracts->accounts,
				    contracts->account_room, room,
				    sizeof(*grown));
		if (!grown)
			return LZ_E_MEMORY;
		contracts->accounts = grown;
		contracts->account_room = (uint32_t)room;
	}
	error = party_table_add(contracts->names, PARTY_ACCOUNT, name, account);
	contracts->account_count = party_table_count(contracts->names);
	return error;
}

/* ------------------------------------------------------------------- rows */

static bool
is_clean(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
			return false;
	return true;
}

/* A time, or a date alone: its first moment, in UTC for want of a zone. */
static bool
read_time(struct slice text, int64_t *us, bool *date)
{
	char moment[DATE_LENGTH + 12];

	*date = text.length == DATE_LENGTH;
	if (text.length == 0)
		return true;
	if (text.length != DATE_LENGTH)
		return times_parse(text, us) == 0;
	memcpy(moment, text.at, DATE_LENGTH);
	memcpy(moment + DATE_LENGTH, "T00:00:00Z", 11);
	return times_parse(slice_of(moment), us) == 0;
}

static bool
read_flag(struct slice text, bool *flag)
{
	static const char *const yes[] = {"yes", "true", "1", "y"};
	static const char *const no[] = {"", "no", "false", "0", "n"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (slice_equal_folded(text, yes[i])) {
			*flag = true;
			return true;
		}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (slice_equal_folded(text, no[i]))
			return true;
	return false;
}

static const char *
read_row(const struct slice *fields, struct row *row)
{
	row->from_us = INT64_MIN + 1;
	row->to_us = INT64_MAX;
	if (fields[CONTRACT_ACCOUNT].length == 0)
		return "the account is empty";
	if (fields[CONTRACT_ACCOUNT].length >= PARTY_LABEL_SIZE)
		return "the account is too long";
	for (unsigned i = 0; i < CONTRACT_FIELD_COUNT; i++) {
		if (!is_clean(fields[i]))
			return "a field holds a control character";
		if (fields[i].length >= CONTRACT_TEXT_SIZE)
			return "a field is too long";
	}
	if (!read_time(fields[CONTRACT_FROM], &row->from_us, &row->from_date))
		return "contract_from is neither a date nor an RFC 3339 time";
	if (!read_time(fields[CONTRACT_TO], &row->to_us, &row->to_date))
		return "contract_to is neither a date nor an RFC 3339 time";
	if (row->to_us <= row->from_us)
		return "contract_to is not after contract_from";
	if (!read_flag(fields[CONTRACT_PROTECTED], &row->protected))
		return "protected is neither yes nor no";
	if (!read_flag(fields[CONTRACT_VOICE], &row->voice))
		return "voice is neither yes nor no";
	return NULL;
}

/* The key of a column in the form it is looked for; false: it can't be one. */
static bool
key_of(const struct slice *fields, enum contract_field field,
       char key[CONTRACT_KEY_SIZE])
{
	static const char *const schemes[CONTRACT_FIELD_COUNT] = {
	    [CONTRACT_ACCOUNT] = "account:", [CONTRACT_LOGIN] = "user:",
	    [CONTRACT_CIRCUIT] = "circuit:", [CONTRACT_REMOTE] = "remote:",
	    [CONTRACT_MAC] = "mac:",         [CONTRACT_DUID] = "duid:",
	    [CONTRACT_CLASS] = "class:",     [CONTRACT_KEY] = ""};
	char whole[CONTRACT_KEY_SIZE];
	struct text text;

	text_init(&text, whole, sizeof(whole));
	text_add(&text, schemes[field]);
	text_slice(&text, fields[field]);
	return !text.full && is_clean(fields[field]) &&
	       contract_key(slice_of(whole), key);
}

/* Enters each key of a row; *wrong: one of them can't be a key. */
static int
keys_add(struct contracts *contracts, const struct slice *fields,
	 uint32_t account, const struct row *row, bool *wrong)
{
	char key[CONTRACT_KEY_SIZE];
	int error = 0;

	*wrong = false;
	for (unsigned i = CONTRACT_ACCOUNT; i <= CONTRACT_KEY && !error; i++) {
		if (fields[i].length == 0)
			continue;
		if (key_of(fields, (enum contract_field)i, key))
			error = entry_add(contracts, slice_of(key), account,
					  row);
		else
			*wrong = true;
	}
	return error;
}

static int
fact_keep(struct contracts *contracts, struct slice text, uint32_t *fact,
	  bool *differs)
{
	if (text.length == 0)
		return 0;
	if (*fact == 0)
		return text_keep(contracts, text, fact);
	*differs |= !slice_equal(text, contracts_text(contracts, *fact));
	return 0;
}

/* What was said first counts; protection and voice count once said. */
static int
facts_keep(struct contracts *contracts, const struct slice *fields,
	   const struct row *row, uint32_t account, bool *differs)
{
	struct contract_account *it = &contracts->accounts[account];
	int error = 0;

	*differs = false;
	it->protected |= row->protected;
	it->voice |= row->voice;
	for (unsigned i = 0; i < CONTRACT_FACTS && !error; i++) {
		static const uint8_t from[CONTRACT_FACTS] = {CONTRACT_CONTACT,
							     CONTRACT_PHONE,
							     CONTRACT_CHANNELS,
							     CONTRACT_LANGUAGE,
							     CONTRACT_RESELLER};

		error = fact_keep(contracts, fields[from[i]], &it->facts[i],
				  differs);
	}
	return error;
}

int
contracts_add(struct contracts *contracts,
	      const struct slice fields[CONTRACT_FIELD_COUNT],
	      const char **reason)
{
	static const struct row always = {.from_us = INT64_MIN + 1,
					  .to_us = INT64_MAX};
	struct row row = {0};
	uint32_t account;
	bool wrong;
	int error;

	lz_assert(!contracts->sealed);
	*reason = read_row(fields, &row);
	if (*reason)
		return keys_add(contracts, fields, CONTRACT_SPOILED, &always,
				&wrong);
	error = account_row(contracts, fields[CONTRACT_ACCOUNT], &account);
	if (!error)
		error = keys_add(contracts, fields, account, &row, &wrong);
	if (error)
		return error;
	if (wrong)
		*reason = "a key is too long or of no known form: it is left "
			  "out";
	error = facts_keep(contracts, fields, &row, account, &wrong);
	if (!error && wrong && !*reason)
		*reason = "an earlier row of the account says otherwise: that "
			  "one counts";
	return error;
}

static int
read_rows(struct contracts *contracts, struct csv *csv, struct csv_row *row,
	  contracts_refused *refused, void *context)
{
	uint8_t of_column[CSV_FIELDS_MAX];
	size_t count = 0;
	int taken = 0;
	bool found = false;

	if (!csv_next(csv, row) || row->reason)
		return LZ_E_FORMAT;
	for (; count < row->field_count; count++) {
		of_column[count] =
		    (uint8_t)contract_field_of(row->fields[count]);
		found |= of_column[count] == CONTRACT_ACCOUNT;
	}
	if (!found)
		return LZ_E_FORMAT;
	while (csv_next(csv, row)) {
		struct slice fields[CONTRACT_FIELD_COUNT + 1];
		const char *reason = row->reason;
		int error = 0;

		for (unsigned i = 0; i <= CONTRACT_FIELD_COUNT; i++)
			fields[i] = slice_of("");
		/* Of two columns of one meaning the first that says it. */
		for (size_t i = 0; i < row->field_count && i < count; i++)
			if (fields[of_column[i]].length == 0)
				fields[of_column[i]] =
				    slice_trim(row->fields[i]);
		if (!reason)
			error = contracts_add(contracts, fields, &reason);
		if (error)
			return error;
		if (reason && refused)
			refused(context, row->line, reason);
		taken += !reason;
	}
	return taken;
}

int
contracts_add_csv(struct contracts *contracts, const char *bytes, size_t length,
		  contracts_refused *refused, void *context)
{
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *row = memory_new(1, sizeof(*row));
	int result = LZ_E_MEMORY;

	if (csv && row) {
		csv_init(csv, bytes, length, ',');
		result = read_rows(contracts, csv, row, refused, context);
	}
	memory_free(row);
	memory_free(csv);
	return result;
}

/* ------------------------------------------------------------------- order */

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By key, then by time: what qsort can't see (the texts) only has to be equal
 * for equal keys, which their hash is. */
static int
compare_entries(const void *left, const void *right)
{
	const struct contract_entry *a = left, *b = right;
	int order = compare_u64(a->hash, b->hash);

	if (!order)
		order = (a->from_us > b->from_us) - (a->from_us < b->from_us);
	if (!order)
		order = compare_u64(a->account, b->account);
	if (!order)
		order = (a->to_us > b->to_us) - (a->to_us < b->to_us);
	return order ? order : compare_u64(a->key, b->key);
}

/* From account to entries: counted, then filled from the back. */
static int
accounts_index(struct contracts *contracts)
{
	const uint32_t accounts = contracts->account_count;
	uint32_t *first;

	if (contracts->entry_count > UINT32_MAX - 1)
		return LZ_E_FULL;
	first = memory_new((size_t)accounts + 1, sizeof(*first));
	contracts->account_first = first;
	contracts->by_account = memory_new(contracts->entry_count + 1,
					   sizeof(*contracts->by_account));
	if (!first || !contracts->by_account)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < contracts->entry_count; i++)
		if (contracts->entries[i].account != CONTRACT_SPOILED)
			first[contracts->entries[i].account]++;
	for (uint32_t i = 1; i <= accounts; i++)
		first[i] += first[i - 1];
	for (size_t i = contracts->entry_count; i-- > 0;)
		if (contracts->entries[i].account != CONTRACT_SPOILED)
			contracts->by_account
			    [--first[contracts->entries[i].account]] =
			    (uint32_t)i;
	return 0;
}

int
contracts_seal(struct contracts *contracts)
{
	if (contracts->sealed)
		return LZ_E_STATE;
	if (contracts->entry_count > 0)
		qsort(contracts->entries, contracts->entry_count,
		      sizeof(contracts->entries[0]), compare_entries);
	contracts->sealed = true;
	return accounts_index(contracts);
}

size_t
contracts_find(const struct contracts *contracts, const char *key,
	       const struct contract_entry **first)
{
	const uint64_t hash = digest_u64(key, strlen(key));
	size_t low = 0, high = contracts->entry_count, count = 0;

	lz_assert(contracts->sealed);
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (contracts->entries[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	*first = contracts->entries ? &contracts->entries[low] : NULL;
	while (low + count < contracts->entry_count &&
	       contracts->entries[low + count].hash == hash)
		count++;
	return count;
}

bool
contracts_entry_is(const struct contracts *contracts,
		   const struct contract_entry *entry, const char *key)
{
	return strcmp(contracts_text(contracts, entry->key), key) == 0;
}

const char *
contracts_name(const struct contracts *contracts, uint32_t account)
{
	return party_table_label(contracts->names, account);
}

/* ------------------------------------------------------------------- facts */

/* CONTRACT_SPOILED: none, or its row couldn't be read. */
static uint32_t
account_find(const struct contracts *contracts, const char *account)
{
	char key[CONTRACT_KEY_SIZE], whole[CONTRACT_KEY_SIZE];
	const struct contract_entry *entry;
	struct text text;
	size_t count;

	text_init(&text, whole, sizeof(whole));
	text_add(&text, "account:");
	text_add(&text, account);
	if (text.full || !contract_key(slice_of(whole), key))
		return CONTRACT_SPOILED;
	count = contracts_find(contracts, key, &entry);
	for (size_t i = 0; i < count; i++)
		if (entry[i].account != CONTRACT_SPOILED &&
		    contracts_entry_is(contracts, &entry[i], key))
			return entry[i].account;
	return CONTRACT_SPOILED;
}

bool
contracts_facts(const struct contracts *contracts, const char *account,
		struct contract_facts *facts)
{
	const uint32_t at = account_find(contracts, account);
	const struct contract_account *it;

	*facts = (struct contract_facts){"", "", "", "", "", false, false};
	if (at == CONTRACT_SPOILED)
		return false;
	it = &contracts->accounts[at];
	*facts = (struct contract_facts){
	    .contact = contracts_text(contracts, it->facts[0]),
	    .phone = contracts_text(contracts, it->facts[1]),
	    .channels = contracts_text(contracts, it->facts[2]),
	    .language = contracts_text(contracts, it->facts[3]),
	    .reseller = contracts_text(contracts, it->facts[4]),
	    .protected = it->protected,
	    .voice = it->voice};
	return true;
}

void
contracts_keys(const struct contracts *contracts, const char *account,
	       contracts_visit *visit, void *context)
{
	const uint32_t at = account_find(contracts, account);
	bool more = at != CONTRACT_SPOILED;

	for (uint32_t i = more ? contracts->account_first[at] : 0;
	     more && i < contracts->account_first[at + 1]; i++)
		more = visit(
		    context,
		    contracts_text(
			contracts,
			contracts->entries[contracts->by_account[i]].key));
}
