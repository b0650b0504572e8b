/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a schema of a PostgreSQL database: its connection. */
#include "store/postgres_engine.h"

#include <errno.h>
#include <libpq-fe.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"

/*
 * Plans without statistics go wrong by hashing and merging whole tables, or by
 * reading one through: an index answers each query (a test says so).  A commit
 * is answered when it is on disk.
 */
#define OPTIONS                                                        \
	"-c enable_hashjoin=off -c enable_mergejoin=off "              \
	"-c enable_seqscan=off -c plan_cache_mode=force_generic_plan " \
	"-c jit=off -c synchronous_commit=on -c lock_timeout=10s "     \
	"-c idle_in_transaction_session_timeout=0 -c timezone=UTC "    \
	"-c client_min_messages=error -c search_path="
#define OPTIONS_READER " -c default_transaction_read_only=on"
#define OPTIONS_SIZE 512

/*
 * Who may read: lazaret_read all but who is who and who looked it up,
 * lazaret_reveal these too; nobody the keys.  The administrator makes both
 * (share/postgres.sql); where they aren't there the store is one user's.
 */
static const char grants[] =
    "DO $$ DECLARE readers text; own text := quote_ident(current_schema());"
    "BEGIN "
    "FOR readers IN SELECT rolname FROM pg_roles "
    "WHERE rolname IN ('lazaret_read', 'lazaret_reveal') "
    "AND current_schema() <> 'keys' LOOP "
    "EXECUTE 'GRANT USAGE ON SCHEMA ' || own || ' TO ' || readers;"
    "EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA ' || own || ' TO ' || "
    "readers;"
    "IF readers = 'lazaret_read' AND current_schema() = 'desk' THEN "
    "EXECUTE 'REVOKE SELECT ON account, audit FROM lazaret_read';"
    "END IF; END LOOP; END $$";

static const struct {
	char state[6]; /* or its class of two */
	int error;
} states[] = {
    {"53100", -ENOSPC},       {"53200", LZ_E_MEMORY},
    {"53", -ENOTCONN}, /* too many connections */
    {"08", -ENOTCONN},        {"57014", -ETIMEDOUT},
    {"57P", -ENOTCONN}, /* it goes down, or comes up */
    {"40", -EBUSY},     /* serialization, deadlock */
    {"55P03", -EBUSY},        {"23", LZ_E_EXISTS},
    {"25006", -EROFS},        {"42501", -EACCES},
    {"28", -EACCES},          {"3D000", -EACCES}, /* no such database */
    {"XX001", LZ_E_CHECKSUM}, {"XX002", LZ_E_CHECKSUM}};

static int
error_of(const char *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strncmp(state, states[i].state, strlen(states[i].state)) ==
		    0)
			return states[i].error;
	return -EIO;
}

int
postgres_fail(struct store *store, const char *what, const PGresult *result)
{
	const struct postgres *postgres = store->handle;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (!state)
		return store_said(store, what,
				  PQerrorMessage(postgres->connection),
				  -ENOTCONN);
	return store_said(store, what, why ? why : "?", error_of(state));
}

int
postgres_run(struct store *store, const char *what, const char *sql,
	     PGresult **result)
{
	struct postgres *postgres = store->handle;
	ExecStatusType status;
	int error = postgres_answers(store, 0, NULL, NULL);

	*result = NULL;
	if (error)
		return error;
	*result = PQexec(postgres->connection, sql);
	status = PQresultStatus(*result);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return 0;
	error = postgres_fail(store, what, *result);
	PQclear(*result);
	*result = NULL;
	return error;
}

static int
execute(struct store *store, const char *what, const char *sql)
{
	PGresult *result;
	const int error = postgres_run(store, what, sql, &result);

	PQclear(result);
	return error;
}

/* -------------------------------------------------------- sent ahead */

/*
 * The answer of one statement: its result and a NULL behind it.  Behind an
 * error the server passes the rest over: the first is the one that counts.
 */
static int
answer_one(struct store *store, const char *name, postgres_take *take,
	   void *context, size_t i)
{
	struct postgres *postgres = store->handle;
	PGresult *result = PQgetResult(postgres->connection);
	const ExecStatusType status = PQresultStatus(result);
	int error = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		error = postgres_fail(store, name, result);
	else if (take)
		take(context, i, result);
	if (error || !take)
		PQclear(result);
	while ((result = PQgetResult(postgres->connection)) != NULL)
		PQclear(result);
	return error;
}

int
postgres_answers(struct store *store, unsigned own, postgres_take *take,
		 void *context)
{
	struct postgres *postgres = store->handle;
	const unsigned count = postgres->ahead_count;
	PGresult *end;
	int error = 0;

	if (PQpipelineStatus(postgres->connection) == PQ_PIPELINE_OFF)
		return 0;
	postgres->ahead_count = 0;
	if (PQpipelineSync(postgres->connection) != 1)
		return postgres_fail(store, "sync", NULL);
	for (unsigned i = 0; i < count; i++) {
		const bool mine = i + own >= count && !error;
		char said[STORE_MESSAGE_SIZE];
		int failed;

		memcpy(said, store->message, sizeof(said));
		failed = answer_one(store, postgres->ahead[i],
				    mine ? take : NULL, context,
				    i + own - count);
		/* What is said of the first error stays. */
		if (error)
			memcpy(store->message, said, sizeof(said));
		else
			error = failed;
	}
	end = PQgetResult(postgres->connection);
	if (!error && PQresultStatus(end) != PGRES_PIPELINE_SYNC)
		error = postgres_fail(store, "sync", end);
	PQclear(end);
	if (PQexitPipelineMode(postgres->connection) != 1 && !error)
		error = postgres_fail(store, "sync", NULL);
	return error;
}

int
postgres_sent(struct store *store, const char *name)
{
	struct postgres *postgres = store->handle;

	postgres->ahead[postgres->ahead_count++] = name;
	return postgres->ahead_count < POSTGRES_AHEAD_MAX
		   ? 0
		   : postgres_answers(store, 0, NULL, NULL);
}

/* -------------------------------------------------------- connection */

/* One text of a setting, and whether it is one of those. */
static int
setting_check(struct store *store, const char *sql, const char *expected,
	      const char *why)
{
	PGresult *result;
	int error = postgres_run(store, store->set->name, sql, &result);

	if (!error && strcmp(PQgetvalue(result, 0, 0), expected) != 0)
		error = store_said(store, store->set->name, why,
				   LZ_E_UNSUPPORTED);
	PQclear(result);
	return error;
}

static int
server_check(struct store *store)
{
	const struct postgres *postgres = store->handle;
	const char *encoding = PQparameterStatus(postgres->connection,
						 "server_encoding");
	int error;

	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return store_said(store, store->set->name,
				  "the database's texts aren't UTF8",
				  LZ_E_UNSUPPORTED);
	if (PQserverVersion(postgres->connection) < 150000)
		return store_said(store, store->set->name,
				  "the server is older than PostgreSQL 15",
				  LZ_E_UNSUPPORTED);
	if (!store->writer)
		return 0;
	error = setting_check(store, "SHOW fsync", "on",
			      "the server runs with fsync off: what it says is "
			      "kept may be lost");
	return error ? error
		     : setting_check(store, "SHOW full_page_writes", "on",
				     "the server runs with full_page_writes "
				     "off: a power cut may damage it");
}

/* The schema and the type that makes one text for both engines. */
static int
schema_make(struct store *store)
{
	char sql[256];
	struct text text;
	int error;

	/* IF NOT EXISTS would ask for the right to make one even then. */
	text_init(&text, sql, sizeof(sql));
	text_add(&text, "DO $$ BEGIN IF to_regnamespace('");
	text_add(&text, store->set->name);
	text_add(&text, "') IS NULL THEN CREATE SCHEMA ");
	text_add(&text, store->set->name);
	text_add(&text, "; END IF; END $$");
	lz_assert(!text.full);
	error = execute(store, store->set->name, sql);
	return error ? error
		     : execute(store, store->set->name,
			       "DO $$ BEGIN IF to_regtype('blob') IS NULL THEN "
			       "CREATE DOMAIN blob AS bytea; END IF; END $$");
}

static int
connect_do(struct store *store)
{
	struct postgres *postgres = store->handle;
	char options[OPTIONS_SIZE], user[64];
	/* Later ones win: what the place says stands behind our defaults.  No
	 * Kerberos unless it is asked for: it looks for more than a sandbox
	 * lets it. */
	const char *const names[] = {"gssencmode",       "user",
				     "application_name", "connect_timeout",
				     "dbname",           "options",
				     "client_encoding",  NULL};
	const char *const values[] = {"disable",       user,
				      "lazaret",       "10",
				      postgres->where, options,
				      "UTF8",          NULL};
	struct text text;

	text_init(&text, options, sizeof(options));
	text_add(&text, OPTIONS);
	text_add(&text, store->set->name);
	text_add(&text, store->writer ? "" : OPTIONS_READER);
	text_init(&text, user, sizeof(user));
	text_add(&text, "lazaret_");
	text_add(&text, store->set->name);
	postgres->generation++;
	postgres->ahead_count = 0;
	postgres->connection = PQconnectdbParams(names, values, 1);
	if (!postgres->connection)
		return store_said(store, store->set->name, "no memory",
				  LZ_E_MEMORY);
	if (PQstatus(postgres->connection) != CONNECTION_OK)
		return postgres_fail(store, store->set->name, NULL);
	return server_check(store);
}

static int
open_do(struct store *store, const char *where)
{
	struct postgres *postgres = memory_new(1, sizeof(*postgres));
	int error;

	if (!postgres)
		return store_said(store, store->set->name, "no memory",
				  LZ_E_MEMORY);
	store->handle = postgres;
	if (!text_copy(postgres->where, sizeof(postgres->where),
		       slice_of(where + strlen(STORE_POSTGRES))))
		return store_said(store, store->set->name,
				  "the place's text is too long", LZ_E_RANGE);
	error = connect_do(store);
	return error || !store->writer ? error : schema_make(store);
}

static int
opened(struct store *store)
{
	return execute(store, "grants", grants);
}

static void
close_do(struct store *store)
{
	struct postgres *postgres = store->handle;

	if (!postgres)
		return;
	PQfinish(postgres->connection);
	memory_free(postgres);
}

int
postgres_ready(struct store *store)
{
	struct postgres *postgres = store->handle;
	uint32_t schema;
	int error;

	if (PQstatus(postgres->connection) == CONNECTION_OK)
		return 0;
	if (store->in_transaction)
		return store_said(store, store->set->name,
				  "the connection is lost", -ENOTCONN);
	PQfinish(postgres->connection);
	error = connect_do(store);
	if (!error && store->schema)
		error = store_read_schema(store, &schema);
	if (!error && store->schema && schema != store->schema)
		error = store_said(store, store->set->name,
				   "another schema stands there now",
				   LZ_E_VERSION);
	return error;
}

static int
begin(struct store *store)
{
	static const char writing[] = "BEGIN",
			  reading[] =
			      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	const struct postgres *postgres = store->handle;
	int error = postgres_ready(store);

	if (error)
		return error;
	error = execute(store, "begin", store->writer ? writing : reading);
	/* That it was restarted shows only now: nothing is lost by asking
	 * again. */
	if (error == -ENOTCONN &&
	    PQstatus(postgres->connection) != CONNECTION_OK) {
		error = postgres_ready(store);
		if (!error)
			error = execute(store, "begin",
					store->writer ? writing : reading);
	}
	return error;
}

static int
commit(struct store *store)
{
	PGresult *result;
	int error = postgres_run(store, "commit", "COMMIT", &result);

	/* A transaction that has failed is rolled back without an error. */
	if (!error && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		error = store_said(store, "commit", "it was rolled back", -EIO);
	PQclear(result);
	return error;
}

static void
rollback(struct store *store)
{
	const struct postgres *postgres = store->handle;

	/* An error of what is undone is nobody's any more. */
	int error = postgres_answers(store, 0, NULL, NULL);

	if (error || PQtransactionStatus(postgres->connection) != PQTRANS_IDLE)
		error = execute(store, "rollback", "ROLLBACK");
	(void)error;
}

/* All tables of our schema: a bare VACUUM would take the whole database. */
static int
scrub(struct store *store)
{
	PGresult *tables;
	int error = postgres_ready(store);

	if (!error)
		error = postgres_run(
		    store, "vacuum",
		    "SELECT 'VACUUM ' || oid::regclass FROM pg_class "
		    "WHERE relkind = 'r' AND relnamespace = "
		    "to_regnamespace(current_schema()::text)",
		    &tables);
	if (error)
		return error;
	for (int i = 0; i < PQntuples(tables) && !error; i++)
		error = execute(store, "vacuum", PQgetvalue(tables, i, 0));
	PQclear(tables);
	return error;
}

const struct store_engine store_postgres = {
    .dialect = SQL_POSTGRES,
    .schema_there =
	"SELECT COUNT(*) FROM pg_class WHERE relname = 'schema_version' "
	"AND relnamespace = to_regnamespace(current_schema()::text)",
    .schema_lock = "LOCK TABLE schema_version IN EXCLUSIVE MODE",
    .open = open_do,
    .opened = opened,
    .close = close_do,
    .execute = execute,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .scrub = scrub,
    .prepare = postgres_prepare,
    .finalize = postgres_finalize,
    .bind_i64 = postgres_bind_i64,
    .bind_text = postgres_bind_text,
    .bind_blob = postgres_bind_blob,
    .step = postgres_step,
    .run = postgres_run_later,
    .end = postgres_end,
    .each = postgres_each,
    .column_i64 = postgres_column_i64,
    .column_null = postgres_column_null,
    .column_text = postgres_column_text,
    .column_blob = postgres_column_blob,
};
