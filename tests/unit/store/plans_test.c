/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No query reads a big table through: what each engine says of its plan, for
 * every query of every set.  Those that are meant to walk a whole table are
 * named, and so are the tables that stay small.
 */
#include "scratch.h"

#include "store/postgres_engine.h"
#include "store/sqlite_engine.h"

/*
 * A start reads all living cases and a line of the others; a list for people
 * and a report over months go over all that they are about.
 */
static const char *const walks[] = {"case_records",    "case_open",
				    "case_ended",      "case_list",
				    "state_open",      "trial_asked",
				    "trial_sightings", "policy_events",
				    "policy_cases",    "policy_notices",
				    "policy_receipts", "policy_deeds",
				    "policy_folded"};
/* A row a spool, a policy, a thing that stands or waits for a person. */
static const char *const small[] = {
    "ingest_offset", "counter", "standing",   "policy",       "recall",
    "recall_person", "r",       "case_count", "verdict_count"};

static bool
named(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}
#define NAMED(names, name) named(names, sizeof(names) / sizeof(names[0]), name)

static unsigned bad;

/* A line of a plan that reads `table` from end to end. */
static void
scans(const struct sql_query *query, const char *table, size_t length,
      const char *line)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)length, table);
	if (NAMED(walks, query->name) || NAMED(small, name))
		return;
	print_error("%s: %s\n", query->name, line);
	bad++;
}

static void
look_sqlite(struct store *store, const struct sql_query *query)
{
	static const char scan[] = "SCAN ";
	const size_t size = strlen(query->text[SQL_SQLITE]) + 64;
	char *sql = malloc(size);
	sqlite3_stmt *statement;

	assert_non_null(sql);
	snprintf(sql, size, "EXPLAIN QUERY PLAN %s", query->text[SQL_SQLITE]);
	assert_int_equal(sqlite3_prepare_v2(sqlite_engine_handle(store), sql,
					    -1, &statement, NULL),
			 SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(statement,
								     3);
		const char *at = strstr(line, scan);

		if (at && !strstr(line, " USING ") &&
		    !strstr(line, "CONSTANT ROW") && !strstr(line, "SUBQUERY"))
			scans(query, at + strlen(scan),
			      strcspn(at + strlen(scan), " "), line);
	}
	sqlite3_finalize(statement);
	free(sql);
}

static void
look_postgres(struct store *store, const struct sql_query *query)
{
	static const char scan[] = "Seq Scan on ";
	PGconn *connection = ((struct postgres *)store->handle)->connection;
	char sql[1024] = "EXPLAIN (COSTS OFF) EXECUTE looked";
	size_t length = strlen(sql);
	PGresult *result = PQprepare(connection, "looked",
				     store_text(store, query->text), 0, NULL);

	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	result = PQdescribePrepared(connection, "looked");
	for (int i = 0; i < PQnparams(result); i++)
		length += (size_t)snprintf(sql + length, sizeof(sql) - length,
					   i ? ", NULL" : "(NULL");
	if (PQnparams(result))
		snprintf(sql + length, sizeof(sql) - length, ")");
	PQclear(result);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", query->name, PQerrorMessage(connection));
	for (int i = 0; i < PQntuples(result); i++) {
		const char *line = PQgetvalue(result, i, 0);
		const char *at = strstr(line, scan);

		if (at)
			scans(query, at + strlen(scan),
			      strcspn(at + strlen(scan), " "), line);
		if (strstr(line, "Hash Join") || strstr(line, "Merge Join")) {
			print_error("%s: %s\n", query->name, line);
			bad++;
		}
	}
	PQclear(result);
	PQclear(PQexec(connection, "DEALLOCATE looked"));
}

static void
no_query_reads_a_big_table_through(void **state)
{
	static const struct sql_set *const sets[] = {&sql_desk, &sql_enforcer,
						     &sql_keys, &sql_notifier};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct store *store;

		if (!scratch->postgres)
			snprintf(scratch->path, sizeof(scratch->path),
				 "%s/%s.sqlite", scratch->folder,
				 sets[i]->name);
		store = scratch_writer(scratch, sets[i]);
		for (size_t j = 0; j < sets[i]->query_count; j++)
			if (scratch->postgres)
				look_postgres(store, &sets[i]->queries[j]);
			else
				look_sqlite(store, &sets[i]->queries[j]);
		store_close(store);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(no_query_reads_a_big_table_through,
					    scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
