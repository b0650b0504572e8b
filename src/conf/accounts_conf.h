/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where accounts come from: CSV files, or a query of a database that answers
 * the same columns.  Only conf/ fills it; role/holders.h reads what it names.
 */
#ifndef CONF_ACCOUNTS_CONF_H
#define CONF_ACCOUNTS_CONF_H

#define ACCOUNTS_PATH_SIZE 768
#define ACCOUNTS_CONNINFO_SIZE 512
#define ACCOUNTS_QUERY_SIZE 1024
#define ACCOUNTS_SOURCES_MAX 16

/* One of csv, postgres and sqlite is set; a query goes with the latter two. */
struct accounts_source {
	char csv[ACCOUNTS_PATH_SIZE];
	char sqlite[ACCOUNTS_PATH_SIZE];
	char postgres[ACCOUNTS_CONNINFO_SIZE]; /* without a password */
	char password_file[ACCOUNTS_PATH_SIZE];
	char query[ACCOUNTS_QUERY_SIZE];
};

#endif
