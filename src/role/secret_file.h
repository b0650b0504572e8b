/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that hold a secret: opened for reading, and said aloud where more people
 * may read them than should.  Who knows the secret of a NAS can say who held an
 * address.
 */
#ifndef ROLE_SECRET_FILE_H
#define ROLE_SECRET_FILE_H

#include <stdio.h>

/* As fopen(path, "re"): NULL with errno. */
FILE *secret_file_open(const char *path);

#endif
