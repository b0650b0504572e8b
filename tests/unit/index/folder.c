/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for a test. */
#include "unit/index/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

struct folder
folder_new(void)
{
	struct folder folder = {"/tmp/lazaret-index-XXXXXX"};

	if (!mkdtemp(folder.path))
		abort();
	return folder;
}

static int
remove_one(const char *path, const struct stat *stat, int kind,
	   struct FTW *place)
{
	(void)stat;
	(void)kind;
	(void)place;
	return remove(path);
}

void
folder_free(struct folder *folder)
{
	if (nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		perror(folder->path);
}
