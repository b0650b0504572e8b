/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look-up for a person or a program: who held an address, how sure, and on
 * whose word; ready to be audited and then printed.  `lazaret who` and the API
 * say the same.
 */
#ifndef ROLE_WHO_H
#define ROLE_WHO_H

#include "conf/conf.h"
#include "fact/identity.h"
#include "role/audit.h"
#include "role/holders.h"

struct store;

#define WHO_HASH_SIZE 65 /* hexadecimal, and its NUL */

/* A row that the answer rests on. */
struct who_source {
	char file[CONF_PATH_SIZE]; /* "": the record is no longer there */
	uint64_t offset;
	char hash[WHO_HASH_SIZE];
	char name[HOLDERS_NAME_SIZE]; /* "" for a list; who spoke */
};

struct who_said {
	struct identity_answer answer;
	/* Where parties have numbers, the number, 0 where it has none yet, and
	 * the account only for who may see it. */
	bool numbered, reveal;
	struct party_id party;
	char account[PARTY_LABEL_SIZE]; /* "" where nobody is named */
	char reseller[CONTRACT_TEXT_SIZE];
	struct who_source sources[IDENTITY_SOURCES_MAX];
};

struct who_asked {
	struct endpoint endpoint;
	struct at_event at;
	bool reveal;
	bool numbers; /* even where lists are the asker's own to read */
};

/*
 * Asks.  desk: the desk's store, whose numbers of parties go first; NULL where
 * it can't be read.  *said is large: allocate it.  0 or LZ_E_MEMORY.
 */
LZ_NODISCARD int who_ask(struct holders *holders, const struct conf *conf,
			 struct store *desk, const struct who_asked *asked,
			 struct who_said *said);
/* What is to be kept of it: question, certainty, whom it named.  Who asked, why
 * and for which case are the caller's. */
void who_audit(const struct who_asked *asked, const struct who_said *said,
	       struct audit *audit);

#endif
