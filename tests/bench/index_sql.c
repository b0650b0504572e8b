/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look-up as an SQL index does it: the newest row of the address that
 * began in time, by (addr, start) in SQLite (WITHOUT ROWID: the table is the
 * index) and in PostgreSQL (a B-tree, prepared, through a Unix socket).
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "index_bench.h"

#define PATH_SIZE 512

struct bench_sql {
	sqlite3 *lite;
	sqlite3_stmt *find;
	PGconn *postgres;
	char folder[PATH_SIZE];
};

/* All rows: those that ended, day by day, then the open ones. */
static bool
next_row(const struct made *made, uint32_t *day, uint64_t *n,
	 struct binding *row)
{
	if (*n == made->addrs) {
		++*day;
		*n = 0;
	}
	if (*day > made->days)
		return false;
	if (*day == made->days)
		made_open(made, (uint32_t)*n, row);
	else
		made_row(made, *day, *n, row);
	++*n;
	return true;
}

static int64_t
addr_number(const struct addr *addr)
{
	return addr_v4(addr);
}

static void
lite(struct bench_sql *sql, const char *text)
{
	if (sqlite3_exec(sql->lite, text, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(sql->lite));
		exit(1);
	}
}

static void
fill_lite(struct bench_sql *sql, const struct made *made)
{
	sqlite3_stmt *put;
	struct binding row;
	uint32_t day = 0;
	uint64_t n = 0;

	lite(sql, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
		  "PRAGMA cache_size=-1000000; PRAGMA mmap_size=17179869184;"
		  "CREATE TABLE bind(addr INTEGER, start INTEGER, stop INTEGER,"
		  "party INTEGER, source INTEGER, origin INTEGER,"
		  "PRIMARY KEY(addr, start)) WITHOUT ROWID; BEGIN");
	if (sqlite3_prepare_v2(sql->lite,
			       "INSERT INTO bind VALUES(?,?,?,?,?,?)", -1, &put,
			       NULL) != SQLITE_OK)
		exit(1);
	while (next_row(made, &day, &n, &row)) {
		sqlite3_bind_int64(put, 1,
				   addr_number(&row.subject.prefix.addr));
		sqlite3_bind_int64(put, 2, row.start.us);
		sqlite3_bind_int64(put, 3, row.end.us);
		sqlite3_bind_int64(put, 4, row.party);
		sqlite3_bind_int64(put, 5, row.source);
		sqlite3_bind_int64(put, 6, (int64_t)row.offset);
		if (sqlite3_step(put) != SQLITE_DONE)
			exit(1);
		sqlite3_reset(put);
	}
	sqlite3_finalize(put);
	lite(sql, "COMMIT");
}

struct bench_sql *
bench_sqlite_new(const char *folder, const struct made *made)
{
	struct bench_sql *sql = calloc(1, sizeof(*sql));

	if (!sql)
		abort();
	(void)snprintf(sql->folder, sizeof(sql->folder), "%s/bind.sqlite",
		       folder);
	if (sqlite3_open(sql->folder, &sql->lite) != SQLITE_OK)
		exit(1);
	fill_lite(sql, made);
	if (sqlite3_prepare_v3(sql->lite,
			       "SELECT origin, stop FROM bind WHERE addr=? AND "
			       "start<=? ORDER BY start DESC LIMIT 1",
			       -1, SQLITE_PREPARE_PERSISTENT, &sql->find,
			       NULL) != SQLITE_OK)
		exit(1);
	return sql;
}

static int
script(const char *what, const char *folder)
{
	const char *source = getenv("LAZARET_SOURCE");
	char path[PATH_SIZE];
	pid_t child;
	int status = -1;

	(void)snprintf(path, sizeof(path), "%s/tests/bench/postgres.sh",
		       source ? source : ".");
	child = fork();
	if (child == 0) {
		execl(path, path, what, folder, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(child, &status, 0);
	return status;
}

static void
run(struct bench_sql *sql, const char *text)
{
	PGresult *result = PQexec(sql->postgres, text);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_COPY_IN) {
		fprintf(stderr, "postgresql: %s\n",
			PQerrorMessage(sql->postgres));
		exit(1);
	}
	PQclear(result);
}

static void
fill_postgres(struct bench_sql *sql, const struct made *made)
{
	struct binding row;
	uint32_t day = 0;
	uint64_t n = 0;
	PGresult *result;

	run(sql, "CREATE UNLOGGED TABLE bind(addr bigint, start bigint, stop "
		 "bigint, party bigint, source int, origin bigint)");
	run(sql, "COPY bind FROM STDIN");
	while (next_row(made, &day, &n, &row)) {
		char line[160];
		int length =
		    snprintf(line, sizeof(line),
			     "%lld\t%lld\t%lld\t%u\t%u\t%llu\n",
			     (long long)addr_number(&row.subject.prefix.addr),
			     (long long)row.start.us, (long long)row.end.us,
			     row.party, row.source,
			     (unsigned long long)row.offset);

		if (PQputCopyData(sql->postgres, line, length) != 1)
			exit(1);
	}
	if (PQputCopyEnd(sql->postgres, NULL) != 1)
		exit(1);
	while ((result = PQgetResult(sql->postgres)) != NULL)
		PQclear(result);
	run(sql, "CREATE INDEX ON bind(addr, start DESC)");
	run(sql, "VACUUM ANALYZE bind");
	run(sql, "PREPARE find(bigint, bigint) AS SELECT origin, stop FROM "
		 "bind WHERE addr=$1 AND start<=$2 ORDER BY start DESC "
		 "LIMIT 1");
}

struct bench_sql *
bench_postgres_new(const char *folder, const struct made *made)
{
	struct bench_sql *sql = calloc(1, sizeof(*sql));
	char where[PATH_SIZE + 64];

	if (!sql)
		abort();
	(void)snprintf(sql->folder, sizeof(sql->folder), "%s-pg", folder);
	if (script("start", sql->folder) != 0) {
		fprintf(stderr, "postgresql: not here\n");
		free(sql);
		return NULL;
	}
	(void)snprintf(where, sizeof(where),
		       "host=%s user=bench dbname=postgres", sql->folder);
	sql->postgres = PQconnectdb(where);
	if (PQstatus(sql->postgres) != CONNECTION_OK) {
		fprintf(stderr, "postgresql: %s\n",
			PQerrorMessage(sql->postgres));
		bench_sql_free(sql);
		return NULL;
	}
	fill_postgres(sql, made);
	return sql;
}

static uint64_t
find_postgres(struct bench_sql *sql, const struct bench_query *query)
{
	char addr[24], at[24];
	const char *values[2] = {addr, at};
	uint64_t origin = 0;
	PGresult *result;

	(void)snprintf(addr, sizeof(addr), "%lld",
		       (long long)addr_number(&query->addr));
	(void)snprintf(at, sizeof(at), "%lld", (long long)query->at.us);
	result = PQexecPrepared(sql->postgres, "find", 2, values, NULL, NULL,
				0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		exit(1);
	if (PQntuples(result) == 1 &&
	    strtoll(PQgetvalue(result, 0, 1), NULL, 10) > query->at.us)
		origin = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return origin;
}

uint64_t
bench_sql_find(struct bench_sql *sql, const struct bench_query *query)
{
	uint64_t origin = 0;

	if (sql->postgres)
		return find_postgres(sql, query);
	sqlite3_bind_int64(sql->find, 1, addr_number(&query->addr));
	sqlite3_bind_int64(sql->find, 2, query->at.us);
	if (sqlite3_step(sql->find) == SQLITE_ROW &&
	    sqlite3_column_int64(sql->find, 1) > query->at.us)
		origin = (uint64_t)sqlite3_column_int64(sql->find, 0);
	sqlite3_reset(sql->find);
	return origin;
}

void
bench_sql_free(struct bench_sql *sql)
{
	if (!sql)
		return;
	if (sql->lite) {
		sqlite3_finalize(sql->find);
		sqlite3_close(sql->lite);
		(void)unlink(sql->folder);
	} else {
		PQfinish(sql->postgres);
		(void)script("stop", sql->folder);
	}
	free(sql);
}
