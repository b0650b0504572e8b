/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notifier role: rows of the desk's outbox become messages in a Maildir,
 * and receipts in its spool.
 *
 * For each row: the attempt is written down, the message delivered under a
 * name that is a function of the notice, the receipts made durable, and only
 * then the attempt ended.  So a kill at any moment is mended by doing the same
 * again: the message is found there, the receipts carry the attempt's own time
 * and are known already.
 */
#ifndef ROLE_NOTIFIER_H
#define ROLE_NOTIFIER_H

#include "role/role.h"

struct notifier;

/* As of desk_open, desk_needs, desk_run (role/desk.h). */
LZ_NODISCARD int notifier_open(struct role *role, struct notifier **notifier);
const struct role_needs *notifier_needs(struct notifier *notifier);
int notifier_run(struct notifier *notifier, const char *note);
void notifier_free(struct notifier *notifier);

#endif
