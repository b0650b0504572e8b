/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts a configuration names, read from files and databases. */
#ifndef ROLE_ACCOUNTS_H
#define ROLE_ACCOUNTS_H

#include "conf/conf.h"
#include "ident/contracts.h"

#define ACCOUNTS_BYTES_MAX ((size_t)1 << 30) /* of one file */

/*
 * Sealed; free it with contracts_free.  *contracts is NULL where none are
 * configured.  Refused rows are named on standard error.  An error: it has said
 * which source can't be read.
 */
LZ_NODISCARD int accounts_read(const struct conf *conf,
			       struct contracts **contracts);

#endif
