/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds what, from all that a configuration names: lists (CSV), the
 * registrar's index, deterministic NAT, and accounts with their contracts on
 * top.  One object for desk, replay, `lazaret who` and the API, so that all of
 * them answer alike.
 *
 * Files and databases are read by holders_open, before a role's sandbox; the
 * index is followed while it is written.
 */
#ifndef ROLE_HOLDERS_H
#define ROLE_HOLDERS_H

#include "conf/conf.h"
#include "crypto/sha256.h"
#include "ident/binding_cursor.h"
#include "ident/binding_list.h"
#include "ident/contracts.h"

struct holders;

#define HOLDERS_NAME_SIZE 192

enum holders_scope {
	HOLDERS_FILES, /* lists, NAT plans and accounts alone: replay */
	HOLDERS_ALL    /* the index besides, where a registrar is configured */
};

/* Where a row of an answer stands. */
struct holders_evidence {
	const char *path; /* borrowed */
	uint64_t offset;
	uint8_t hash[SHA256_SIZE]; /* of the block of it that was read */
};

/* A further part of who held what, that a command reads for itself
 * (role/file_bindings.h); roles have none. */
struct holders_part {
	void *context;
	struct binding_cursor cursor;
	/* Of a party row, as sources call it; NULL: none. */
	const char *(*label)(void *context, uint32_t party);
	/* Of a source number; NULL: none. */
	const char *(*source)(void *context, uint16_t source);
	/* Of binding.offset; false: not known. */
	bool (*evidence)(void *context, uint64_t reference,
			 struct holders_evidence *evidence);
	void (*free)(void *context);
};

/*
 * Says on standard error what it refuses of files, row by row, and why it
 * can't be opened (NULL).  An index that isn't there yet is looked for at each
 * renewal.  more: NULL, or a part that it owns from here on.
 */
struct holders *holders_open(const struct conf *conf, enum holders_scope scope,
			     const struct holders_part *more);
/* Over a sealed list and, where not NULL, sealed accounts; owns both (tests). */
struct holders *holders_of(struct binding_list *list,
			   struct contracts *contracts);
void holders_close(struct holders *holders);

/* A new view of the index, where there is one. */
void holders_renew(struct holders *holders);
/*
 * Rises whenever answers may have changed; renews the view once a second.
 */
uint64_t holders_version(struct holders *holders);
/* Over everything; party rows are accounts.  One walk at a time. */
struct binding_cursor holders_cursor(struct holders *holders);

/*
 * Realms besides 0 where rows may stand, by number from 0; 0 behind the last:
 * those that the configuration names and those that were met.
 */
uint32_t holders_realm(const struct holders *holders, size_t number);
void holders_meet_realm(struct holders *holders, uint32_t realm);

/* Account reference of a party row; NULL: none.  Borrowed until a look-up. */
const char *holders_account(const struct holders *holders, uint32_t party);
/* What accounts say of it; false: nothing (all "" and false). */
bool holders_facts(const struct holders *holders, uint32_t party,
		   struct contract_facts *facts);
/* The index's number of an account; 0: it knows none.  Where accounts are
 * configured its numbers are those of lines, which change hands. */
struct party_id holders_number(struct holders *holders, const char *account);
/* Accounts there are: for the brake by share. */
uint64_t holders_party_count(const struct holders *holders);
/*
 * All bindings that a party holds at a time: the first `max` of them, and how
 * many there are; more than `max` also where that can't be said.
 */
size_t holders_open_of(struct holders *holders, uint32_t party,
		       struct at_event now, struct binding *open, size_t max);

/* Where a row of an answer comes from. */
struct holders_source {
	const char *name; /* a list's file; "INPUT" or "INPUT/SPEAKER" */
	bool raw;         /* its offset is a reference into the raw log */
	bool more;        /* ... or for holders_evidence */
};
bool holders_source(const struct holders *holders, uint16_t source,
		    struct holders_source *said);
/* Where a row of the further part stands; false: not known. */
bool holders_evidence(const struct holders *holders, const struct binding *row,
		      struct holders_evidence *evidence);
/* Do answers come out of the index (where parties have numbers)? */
bool holders_indexed(const struct holders *holders);

/*
 * Why nobody may be told or limited by what the sources say now: one of them
 * hasn't spoken yet, or not for long.  NULL: nothing is wrong.  The text is
 * static; `which` gets the source's name.
 */
const char *holders_doubt(struct holders *holders, struct at_event now,
			  char which[HOLDERS_NAME_SIZE]);

/* There are newer lists: these vouch for nothing from `since` on. */
void holders_outdated(struct holders *holders, struct at_event since);
/*
 * What tells one state of the files (lists and accounts) from another; -errno
 * where that can't be seen: a folder above a file doesn't let us through.
 */
LZ_NODISCARD int holders_stamp(const struct conf *conf, uint64_t *stamp);

/* The index's folder, which a role's sandbox must let it read, and write the
 * lock in; "": none is read. */
const char *holders_folder(const struct holders *holders);
/* Makes it where the registrar hasn't run yet; has said why it can't. */
LZ_NODISCARD int holders_folder_make(const struct holders *holders);
/* Calls that reading it makes behind a sandbox, for role_needs.syscalls. */
/* clang-format off */
#define HOLDERS_CALLS \
	SCMP_SYS(fstatfs), SCMP_SYS(ftruncate), SCMP_SYS(madvise), \
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fcntl)
/* clang-format on */

#endif
