/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a role's store is: a file below the state folder, or a schema of the
 * configured database; and what a sandbox must leave to who reaches it.
 */
#ifndef ROLE_STORE_PLACE_H
#define ROLE_STORE_PLACE_H

#include "role/role.h"
#include "store/store.h"

#define STORE_CALLS_MAX 128
#define STORE_FD_CALLS_MAX 24

struct store_place {
	char where[STORE_PATH_SIZE]; /* for store_open_*: holds a password */
	char name[STORE_PATH_SIZE];  /* for people */
	bool postgres;
};

/*
 * The store that `owner` writes ("desk", "keys" ...).  `user` is the role that
 * opens it; NULL: a person does, under the name libpq finds.  Reads the
 * password's file, so before the sandbox.  -errno or LZ_E_RANGE, said on
 * standard error.
 */
LZ_NODISCARD int store_place(const struct conf *conf, const char *state_root,
			     const char *owner, const char *user,
			     struct store_place *place);
/* The password isn't needed any more. */
void store_place_forget(struct store_place *place);

/*
 * Opens it for its writer; while a database isn't reached it says so once, as
 * `role`, and waits, until asked_to_stop() answers true.  What else is wrong is
 * said and answered at once.
 */
LZ_NODISCARD int store_place_write(const struct store_place *place,
				   const struct sql_set *set, const char *role,
				   bool (*asked_to_stop)(void),
				   struct store **store);

/*
 * A number that changes when another store stands there: a file that was put
 * back.  0: none is there (a file), or it is a database.
 */
uint64_t store_place_stamp(const struct store_place *place);

/* Room for what store_place_needs changes a role's needs to. */
struct store_needs {
	int calls[STORE_CALLS_MAX];
	struct role_fd_call fd_calls[STORE_FD_CALLS_MAX];
};
/* Adds a database client's calls, where the stores are in a database. */
void store_place_needs(const struct conf *conf, struct store_needs *room,
		       struct role_needs *needs);

#endif
