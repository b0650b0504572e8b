/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persons say who is who: two cases are one customer's, or some sightings of a
 * case are another's.
 */
#ifndef ROLE_DESK_PARTIES_H
#define ROLE_DESK_PARTIES_H

#include "role/chain.h"
#include "role/command.h"
#include "role/desk_stop.h"
#include "store/desk_store.h"

struct desk_parties {
	struct store *store; /* borrowed, as the next */
	struct chain *chain;
	const struct command *command;
	uint64_t sequence; /* of the command */
	struct at_event now;
};

/*
 * Inside the open transaction; *answer says what became of it, refused or not.
 * 0, or an error of store or chain.
 */
LZ_NODISCARD int desk_parties_merge(const struct desk_parties *parties,
				    struct desk_answer *answer);
LZ_NODISCARD int desk_parties_split(const struct desk_parties *parties,
				    struct desk_answer *answer);

#endif
