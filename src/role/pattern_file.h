/* SPDX-License-Identifier: Apache-2.0 */
/* Pattern files (lease/pattern.h) as the configuration names them. */
#ifndef ROLE_PATTERN_FILE_H
#define ROLE_PATTERN_FILE_H

#include "base/errors.h"
#include "lease/pattern.h"

/* Has said on standard error what is wrong, with file, line and column, where
 * it answers an error. */
LZ_NODISCARD int pattern_file_read(const char *path, struct pattern **pattern);

#endif
