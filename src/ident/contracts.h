/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts: who a holder key is a customer of, and from when to when.
 *
 * Sources of bindings know lines, logins and devices; what is told and limited
 * is an account.  This table (of CSV rows, or of rows of a database under the
 * same column names) turns one into the other, and cuts each binding to the
 * time of its contract: after its end the holder is nobody's customer, and no
 * ex-customer is told anything; before it, the history stays to be asked for.
 *
 * Where anything is unclear (a key in two accounts at one time, a row that
 * couldn't be read) the answer is ambiguous, never one of them.
 */
#ifndef IDENT_CONTRACTS_H
#define IDENT_CONTRACTS_H

#include "ident/binding_cursor.h"
#include "ident/party_table.h"

/* Columns of an accounts file; several names of a column mean the same. */
enum contract_field {
	CONTRACT_ACCOUNT,   /* account, subscriber, customer */
	CONTRACT_LOGIN,     /* login, user: User-Name */
	CONTRACT_CIRCUIT,   /* circuit, circuit_id: of option 82, DSL line */
	CONTRACT_REMOTE,    /* remote, remote_id */
	CONTRACT_MAC,       /* mac */
	CONTRACT_DUID,      /* duid */
	CONTRACT_CLASS,     /* class: RADIUS Class */
	CONTRACT_KEY,       /* key, holder: "user:NAME", as sources say it */
	CONTRACT_CONTACT,   /* contact, email, mail */
	CONTRACT_PHONE,     /* phone */
	CONTRACT_CHANNELS,  /* channels: "mail sms letter" */
	CONTRACT_LANGUAGE,  /* language */
	CONTRACT_PROTECTED, /* protected: yes or no; a person decides */
	CONTRACT_VOICE,     /* voice, voice_line: yes or no */
	CONTRACT_RESELLER,  /* reseller: whose customer it is, handed over to */
	CONTRACT_FROM,      /* contract_from: from its first moment on */
	CONTRACT_TO,        /* contract_to: up to its first moment */
	CONTRACT_FIELD_COUNT
};

/* By a column's name (folded); CONTRACT_FIELD_COUNT: none of ours. */
enum contract_field contract_field_of(struct slice name);

/* Midnight comes to the first zone so long before UTC's. */
#define CONTRACT_DATE_US (14 * TIMES_HOUR_US)
#define CONTRACT_TEXT_SIZE 256 /* of a fact */

struct contracts;

struct contracts *contracts_new(void); /* NULL: no memory */
void contracts_free(struct contracts *contracts);

/* A static text; the row's account and keys, where they can be read, then
 * answer ambiguous. */
typedef void contracts_refused(void *context, uint64_t line,
			       const char *reason);
/*
 * One row; fields that are not said are empty.  Times are RFC 3339, or a date
 * alone: midnight in a zone that isn't told, so within CONTRACT_DATE_US of it
 * nobody is certain if it may have been another's.  *reason gets NULL, or why it is refused.  LZ_E_MEMORY,
 * LZ_E_FULL.
 */
LZ_NODISCARD int contracts_add(struct contracts *contracts,
			       const struct slice fields[CONTRACT_FIELD_COUNT],
			       const char **reason);
/* All rows of a file; the rows taken.  LZ_E_FORMAT: no column of accounts. */
LZ_NODISCARD int contracts_add_csv(struct contracts *contracts,
				   const char *bytes, size_t length,
				   contracts_refused *refused, void *context);
/* Once, after the last row and before any look-up.  LZ_E_MEMORY, LZ_E_FULL. */
LZ_NODISCARD int contracts_seal(struct contracts *contracts);
/* Accounts there are. */
uint32_t contracts_count(const struct contracts *contracts);

/* What is known of an account; texts are "" where not said. */
struct contract_facts {
	const char *contact, *phone, *channels, *language, *reseller;
	bool protected, voice;
};
/* false: there is no such account. */
bool contracts_facts(const struct contracts *contracts, const char *account,
		     struct contract_facts *facts);
/*
 * The holder keys of an account ("user:NAME"), in no particular order, until
 * the visitor answers false.
 */
typedef bool contracts_visit(void *context, const char *key);
void contracts_keys(const struct contracts *contracts, const char *account,
		    contracts_visit *visit, void *context);

/*
 * Over another cursor: its rows, held by accounts.
 *
 * The rows of `parties` (labels of the cursor below) become rows of `accounts`.
 * Without any account configured an account is what its sources call it, less
 * the scheme of a name ("user:sub-a" and "sub-a" are one; a circuit keeps its
 * own).  With accounts, a holder that is in none is nobody (binding.lack).  What
 * a source calls by account already stays as it is where the table doesn't
 * know it.
 */
struct contract_layer;

struct contract_layer_conf {
	const struct contracts *contracts; /* sealed; NULL: none configured */
	struct binding_cursor below;
	const struct party_table *parties; /* of the cursor below */
	struct party_table *accounts;      /* gets the accounts' labels */
};

/* Everything is borrowed for life.  NULL: no memory. */
struct contract_layer *
contract_layer_new(const struct contract_layer_conf *conf);
void contract_layer_free(struct contract_layer *layer);
struct binding_cursor contract_layer_cursor(struct contract_layer *layer);

#endif
