/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hold a secret. */
#include "role/secret_file.h"

#include <sys/stat.h>

FILE *
secret_file_open(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;

	if (file && fstat(fileno(file), &status) == 0 &&
	    status.st_mode & (S_IRWXO | S_IWGRP))
		fprintf(stderr,
			"%s: it holds a secret, and others than its owner may "
			"write it or anybody read it: chmod o-rwx,g-w\n",
			path);
	return file;
}
