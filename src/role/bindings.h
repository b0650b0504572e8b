/* SPDX-License-Identifier: Apache-2.0 */
/* The binding files a configuration names, read into one list. */
#ifndef ROLE_BINDINGS_H
#define ROLE_BINDINGS_H

#include "conf/conf.h"
#include "ident/binding_list.h"

#define BINDINGS_BYTES_MAX ((size_t)1 << 30) /* of one file */

/*
 * Sealed; free it with binding_list_free.  Refused rows are named on standard
 * error.  NULL: no memory, or a file can't be read; it has said which.
 */
struct binding_list *bindings_read(const struct conf *conf);

#endif
