/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for database files, taken away after each test. */
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

#include "store/store.h"

struct scratch {
	char folder[64];
	char path[128];
};

static inline int
scratch_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return -1;
	strcpy(scratch->folder, "/tmp/lz-store-XXXXXX");
	if (!mkdtemp(scratch->folder))
		return -1;
	snprintf(scratch->path, sizeof(scratch->path), "%s/t.sqlite",
		 scratch->folder);
	*state = scratch;
	return 0;
}

static inline int
scratch_teardown(void **state)
{
	struct scratch *scratch = *state;
	DIR *folder = opendir(scratch->folder);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
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
