/* SPDX-License-Identifier: Apache-2.0 */
/* The indicator files a configuration names, read into one list. */
#ifndef ROLE_INDICATOR_FILES_H
#define ROLE_INDICATOR_FILES_H

#include "conf/conf.h"
#include "detect/indicators.h"

#define INDICATOR_FILE_BYTES_MAX ((long)64 << 20)

/*
 * Sealed; free it with indicator_list_free.  Refused rows are named on standard
 * error and counted in *refused (may be NULL).  NULL: no memory, or a file is
 * no list; it has said which.
 */
struct indicator_list *indicator_files_read(const struct conf *conf,
					    struct hash_key key,
					    uint64_t *refused);

#endif
