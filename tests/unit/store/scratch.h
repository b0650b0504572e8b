/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store of a test's own, taken away after it: a file in a temporary folder, or
 * schemas of the PostgreSQL that STORE_URL names (tests/with_postgres.sh).
 */
#ifndef TESTS_STORE_SCRATCH_H
#define TESTS_STORE_SCRATCH_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "store/connection.h"

#define SCRATCH_CLEAR                             \
	"DROP SCHEMA IF EXISTS test CASCADE;"     \
	"DROP SCHEMA IF EXISTS desk CASCADE;"     \
	"DROP SCHEMA IF EXISTS enforcer CASCADE;" \
	"DROP SCHEMA IF EXISTS keys CASCADE;"     \
	"DROP SCHEMA IF EXISTS notifier CASCADE"

struct scratch {
	char folder[64];
	char path[1024]; /* the store's place */
	bool postgres;
};

/* Runs SQL beside the store, on a connection of its own. */
static inline void
scratch_execute(const struct scratch *scratch, const char *sql)
{
	if (scratch->postgres) {
		PGconn *connection =
		    PQconnectdb(scratch->path + strlen(STORE_POSTGRES));
		PGresult *result = PQexec(connection, sql);

		if (PQresultStatus(result) != PGRES_COMMAND_OK &&
		    PQresultStatus(result) != PGRES_TUPLES_OK)
			fail_msg("%s: %s", sql, PQerrorMessage(connection));
		PQclear(result);
		PQfinish(connection);
	} else {
		sqlite3 *db;

		assert_int_equal(sqlite3_open(scratch->path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL),
				 SQLITE_OK);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
}

static inline int
scratch_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	const char *url = getenv("STORE_URL");

	if (!scratch)
		return -1;
	*state = scratch;
	if (url && *url) {
		scratch->postgres = true;
		snprintf(scratch->path, sizeof(scratch->path), "%s", url);
		scratch_execute(
		    scratch, "SET client_min_messages = error;" SCRATCH_CLEAR);
		return 0;
	}
	strcpy(scratch->folder, "/tmp/lz-store-XXXXXX");
	if (!mkdtemp(scratch->folder))
		return -1;
	snprintf(scratch->path, sizeof(scratch->path), "%s/t.sqlite",
		 scratch->folder);
	return 0;
}

static inline int
scratch_teardown(void **state)
{
	struct scratch *scratch = *state;
	DIR *folder = scratch->postgres ? NULL : opendir(scratch->folder);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	if (!scratch->postgres)
		(void)rmdir(scratch->folder);
	free(scratch);
	return 0;
}

static inline struct store *
scratch_writer(const struct scratch *scratch, const struct sql_set *set)
{
	char message[STORE_MESSAGE_SIZE] = "";
	struct at_arrival now = {1700000000000000};
	struct store *store;
	int error = store_open_writer(scratch->path, set, now, &store, message);

	if (error)
		fail_msg("open: %d %s", error, message);
	return store;
}

static inline struct store *
scratch_reader(const struct scratch *scratch, const struct sql_set *set)
{
	char message[STORE_MESSAGE_SIZE] = "";
	struct store *store;
	int error = store_open_reader(scratch->path, set, &store, message);

	if (error)
		fail_msg("open to read: %d %s", error, message);
	return store;
}

#endif
