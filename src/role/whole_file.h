/* SPDX-License-Identifier: Apache-2.0 */
/* A file of people's (lists, accounts) in memory as a whole. */
#ifndef ROLE_WHOLE_FILE_H
#define ROLE_WHOLE_FILE_H

#include <stddef.h>

#include "base/errors.h"

/*
 * *bytes is the caller's (memory_free), *length what was read.  LZ_E_FULL:
 * longer than `max`; LZ_E_MEMORY; -errno.  On an error *bytes is NULL.
 */
LZ_NODISCARD int whole_file_read(const char *path, size_t max, char **bytes,
				 size_t *length);

#endif
