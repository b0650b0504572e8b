/* SPDX-License-Identifier: Apache-2.0 */
/* The table of accounts as its files see it (contracts.h).  Inside ident/. */
#ifndef IDENT_CONTRACT_TABLE_H
#define IDENT_CONTRACT_TABLE_H

#include "ident/contracts.h"

#define CONTRACT_KEY_SIZE (PARTY_LABEL_SIZE + 32)
#define CONTRACT_SPOILED UINT32_MAX /* entry of a row that can't be read */
#define CONTRACT_FACTS 5

struct contract_entry {
	uint64_t hash; /* of the key */
	uint32_t key;  /* among the texts */
	uint32_t account;
	int64_t from_us, to_us; /* [from, to) */
	/* Dates alone: midnight in a zone that nobody told. */
	bool from_date, to_date;
};

struct contract_account {
	uint32_t facts[CONTRACT_FACTS]; /* among the texts; 0: not said */
	bool protected, voice;
};

struct contracts {
	struct party_table *names; /* row = account; NULL: none yet */
	struct contract_account *accounts;
	uint32_t account_count, account_room;
	struct contract_entry *entries; /* by key and time, once sealed */
	size_t entry_count, entry_room;
	/* Entries of account a: by_account[account_first[a]] and on. */
	uint32_t *account_first, *by_account;
	char *texts;
	size_t text_used, text_room;
	bool sealed;
};

/*
 * A key in the one form it is stored and looked for in: "SCHEME:TEXT"; digits
 * of hardware addresses, DUIDs and classes all alike.  false: it is none.
 */
bool contract_key(struct slice given, char key[CONTRACT_KEY_SIZE]);
/* Entries whose keys have the hash of `key`: contracts_entry_is tells. */
size_t contracts_find(const struct contracts *contracts, const char *key,
		      const struct contract_entry **first);
bool contracts_entry_is(const struct contracts *contracts,
			const struct contract_entry *entry, const char *key);
const char *contracts_text(const struct contracts *contracts, uint32_t at);
const char *contracts_name(const struct contracts *contracts, uint32_t account);

#endif
