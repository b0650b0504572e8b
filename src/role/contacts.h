/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where parties are reached: a CSV with the columns `party` and `mail`, read by
 * the notifier alone.
 */
#ifndef ROLE_CONTACTS_H
#define ROLE_CONTACTS_H

#include <stdbool.h>

#include "base/errors.h"
#include "base/text.h"

#define CONTACTS_BYTES_MAX ((size_t)256 << 20)

struct contacts;

/*
 * Rows that can't be right (no address, a party named before) are said on
 * standard error by line number and left out.  LZ_E_FORMAT without these
 * columns, LZ_E_FULL for a file above CONTACTS_BYTES_MAX, -errno.
 */
LZ_NODISCARD int contacts_read(const char *path, struct contacts **contacts);
/* No more than has to be sure: the mail server decides. */
bool contacts_is_mail(struct slice mail);
void contacts_free(struct contacts *contacts);
/* A mail address, or NULL. */
const char *contacts_mail(const struct contacts *contacts, const char *party);

#endif
