/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts by a query: columns by name, one SELECT alone, bad rows refused; from
 * SQLite here, and from a PostgreSQL that LAZARET_TEST_POSTGRES names.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "crypto/sha256.h"
#include "store/accounts_query.h"

#define CUSTOMERS                                                              \
	"CREATE TABLE customer (nr TEXT, name TEXT, login TEXT, since TEXT, "  \
	"until TEXT);"                                                         \
	"INSERT INTO customer VALUES ('c-1', 'x', 'ann', '2024-01-01', NULL)," \
	"('c-2', 'y', 'bob', '2023-01-01', '2024-01-01'),"                     \
	"('c-3', 'z', 'cid', 'once', NULL);"
#define QUERY                                                         \
	"SELECT nr AS account, name, login, since AS contract_from, " \
	"until AS contract_to FROM customer ORDER BY nr"

static char folder[] = "/tmp/lazaret-accounts-XXXXXX";
static char path[64], message[STORE_MESSAGE_SIZE];
static const char *reason;
static uint64_t row;

static void
refused(void *context, uint64_t line, const char *why)
{
	(void)context;
	row = line;
	reason = why;
}

static struct contracts *
taken(const char *query)
{
	const struct accounts_query asked = {.where = path,
					     .password = "",
					     .query = query,
					     .refused = refused};
	struct contracts *contracts = contracts_new();

	assert_non_null(contracts);
	assert_int_equal(accounts_query_sqlite(&asked, contracts, message), 2);
	assert_string_equal(message, "");
	assert_int_equal(contracts_seal(contracts), 0);
	return contracts;
}

static void
rows_become_accounts(void **state)
{
	struct contracts *contracts;
	struct contract_facts facts;

	(void)state;
	contracts = taken(QUERY);
	assert_int_equal(contracts_count(contracts), 2);
	assert_true(contracts_facts(contracts, "c-2", &facts));
	assert_int_equal(row, 3);
	assert_string_equal(reason, "contract_from is neither a date nor an "
				    "RFC 3339 time");
	contracts_free(contracts);
}

static void
what_is_not_one_select_is_refused(void **state)
{
	static const struct {
		const char *query;
		int error;
	} wrong[] = {{"DELETE FROM customer", LZ_E_UNSUPPORTED},
		     {QUERY "; DELETE FROM customer", LZ_E_UNSUPPORTED},
		     {"", LZ_E_UNSUPPORTED},
		     {"SELECT login FROM customer", LZ_E_FORMAT},
		     {"SELECT nr FROM nothing", -EIO}};
	struct accounts_query asked = {.where = path, .password = ""};
	struct contracts *contracts = contracts_new();

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		asked.query = wrong[i].query;
		assert_int_equal(accounts_query_sqlite(&asked, contracts,
						       message),
				 wrong[i].error);
		assert_string_not_equal(message, "");
	}
	asked.where = "/nonexistent/crm.sqlite";
	asked.query = QUERY;
	assert_int_equal(accounts_query_sqlite(&asked, contracts, message),
			 -ENOTCONN);
	contracts_free(contracts);
	contracts_free(taken(QUERY));
}

static void
nobody_listens_at_a_database(void **state)
{
	const struct accounts_query asked = {.where =
						 "host=/nonexistent dbname=crm",
					     .password = "not to be said",
					     .query = QUERY};
	struct contracts *contracts = contracts_new();

	(void)state;
	assert_int_equal(accounts_query_postgres(&asked, contracts, message),
			 -ENOTCONN);
	assert_string_not_equal(message, "");
	assert_null(strstr(message, "not to be said"));
	contracts_free(contracts);
}

#define VALUES                                                        \
	"SELECT * FROM (VALUES ('c-1', 'ann', '2024-01-01', NULL), "  \
	"('c-2', 'bob', '2023-01-01', '2024-01-01'), ('c-3', 'cid', " \
	"'once', NULL)) AS t (account, login, contract_from, contract_to)"

static void
postgres_answers_alike(void **state)
{
	struct accounts_query asked = {.where = getenv("LAZARET_TEST_POSTGRES"),
				       .password = "",
				       .query = VALUES,
				       .refused = refused};
	struct contracts *contracts = contracts_new();

	(void)state;
	assert_int_equal(accounts_query_postgres(&asked, contracts, message),
			 2);
	assert_int_equal(row, 3);
	asked.query = "CREATE TABLE lazaret_was_here (a int)";
	assert_int_equal(accounts_query_postgres(&asked, contracts, message),
			 LZ_E_UNSUPPORTED);
	asked.query = VALUES "; SELECT 1";
	assert_int_equal(accounts_query_postgres(&asked, contracts, message),
			 -EIO);
	asked.query = "SELECT 1 AS login";
	assert_int_equal(accounts_query_postgres(&asked, contracts, message),
			 LZ_E_FORMAT);
	contracts_free(contracts);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_become_accounts),
	    cmocka_unit_test(what_is_not_one_select_is_refused),
	    cmocka_unit_test(nobody_listens_at_a_database),
	};
	static const struct CMUnitTest peers[] = {
	    cmocka_unit_test(postgres_answers_alike)};
	sqlite3 *db;
	int failed;

	if (crypto_init() != 0 || !mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/crm.sqlite", folder);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, CUSTOMERS, NULL, NULL, NULL) != SQLITE_OK)
		return 1;
	sqlite3_close(db);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (getenv("LAZARET_TEST_POSTGRES"))
		failed += cmocka_run_group_tests(peers, NULL, NULL);
	remove(path);
	rmdir(folder);
	return failed;
}
