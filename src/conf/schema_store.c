/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `store`. */
#include "conf/schema_rows.h"

const struct schema schema_store_rows[] = {
    TEXT_ROW("postgres", store.postgres,
	     "How the PostgreSQL database is reached in which cases, notices "
	     "and measures are kept (libpq), without a password; each role "
	     "comes as user lazaret_ROLE, a person by the login name or "
	     "PGUSER, unless user= stands here. Nothing: SQLite files below "
	     "state_dir. share/postgres.sql makes the users, says what each "
	     "may do and how they prove who they are.",
	     .example = "host=/run/postgresql dbname=lazaret"),
    ROW("password_file", KIND_PATH, store.password_file, 0, 0, NULL,
	"File whose first line is the password of it."),
    END};
