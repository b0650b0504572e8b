/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: CSV files whole, databases by their query. */
#include "role/accounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/sha256.h"
#include "role/secret_file.h"
#include "role/whole_file.h"
#include "store/accounts_query.h"

#define PASSWORD_SIZE 256

static void
refused(void *context, uint64_t line, const char *reason)
{
	fprintf(stderr, "%s:%llu: %s\n", (const char *)context,
		(unsigned long long)line, reason);
}

static int
csv_read(const char *path, struct contracts *contracts)
{
	char *bytes;
	size_t length;
	int error = whole_file_read(path, ACCOUNTS_BYTES_MAX, &bytes, &length);

	if (!error)
		error = contracts_add_csv(contracts, bytes, length, refused,
					  (void *)(uintptr_t)path);
	if (error == LZ_E_FORMAT)
		fprintf(stderr, "%s: no column `account`\n", path);
	else if (error < 0)
		fprintf(stderr, "%s: %s\n", path, lz_strerror(error));
	memory_free(bytes);
	return error < 0 ? error : 0;
}

/* The first line of a file. */
static int
password_read(const char *path, char password[PASSWORD_SIZE])
{
	FILE *file;
	int error = 0;

	password[0] = '\0';
	if (!*path)
		return 0;
	file = secret_file_open(path);
	if (!file || !fgets(password, PASSWORD_SIZE, file))
		error = file ? -EIO : -errno;
	password[strcspn(password, "\r\n")] = '\0';
	if (file)
		fclose(file);
	if (error)
		fprintf(stderr, "%s: %s\n", path, lz_strerror(error));
	return error;
}

static int
database_read(const struct accounts_source *source, struct contracts *contracts)
{
	char password[PASSWORD_SIZE], message[STORE_MESSAGE_SIZE];
	const bool sqlite = source->sqlite[0];
	const struct accounts_query query = {.where = sqlite ? source->sqlite
							     : source->postgres,
					     .password = password,
					     .query = source->query,
					     .refused = refused,
					     .context = "accounts: row"};
	int error = password_read(source->password_file, password);

	if (error)
		return error;
	error = sqlite ? accounts_query_sqlite(&query, contracts, message)
		       : accounts_query_postgres(&query, contracts, message);
	if (error < 0)
		fprintf(stderr, "accounts: %s: %s (%s)\n", query.where, message,
			lz_strerror(error));
	return error < 0 ? error : 0;
}

int
accounts_read(const struct conf *conf, struct contracts **contracts)
{
	struct contracts *made;
	int error;

	*contracts = NULL;
	if (conf->account_source_count == 0)
		return 0;
	made = contracts_new();
	error = made ? crypto_init() : LZ_E_MEMORY; /* keys are hashed */
	for (size_t i = 0; i < conf->account_source_count && !error; i++) {
		const struct accounts_source *it = &conf->account_sources[i];

		error = it->csv[0] ? csv_read(it->csv, made)
				   : database_read(it, made);
	}
	if (!error)
		error = contracts_seal(made);
	if (error)
		contracts_free(made);
	else
		*contracts = made;
	return error;
}
