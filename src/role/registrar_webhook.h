/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rented machines by POST /api/v1/machines: the web role stores what is said in
 * a spool of its own before it answers; the registrar's intake takes it over
 * into the raw log and keeps, in its own folder, how far it has come.  After a
 * kill a few words may come twice, never none.
 *
 * Nobody sees a word that is lost before it comes here, so a word vouches for
 * its machine up to its own time alone: what still is has to be said again.
 */
#ifndef ROLE_REGISTRAR_WEBHOOK_H
#define ROLE_REGISTRAR_WEBHOOK_H

#include "ident/tracker.h"
#include "lease/machines.h"
#include "role/registrar_files.h"

#define REGISTRAR_WEBHOOK_FOLDER "web/machines" /* below state_dir */
#define REGISTRAR_WEBHOOK_MARK "webhook.mark"   /* in the registrar's */
#define REGISTRAR_WEBHOOK_NAME "webhook:"       /* and the token's name */

struct registrar_webhook;

/* NULL: no memory. */
struct registrar_webhook *registrar_webhook_new(const char *state_root);
void registrar_webhook_free(struct registrar_webhook *webhook);
/* Reads from `folder`, which stays the caller's, how far it has come.  -errno,
 * LZ_E_CHECKSUM. */
LZ_NODISCARD int registrar_webhook_open(struct registrar_webhook *webhook,
					int folder);
/* A bounded piece of work.  1: there is more; 0: at the end. */
int registrar_webhook_step(struct registrar_webhook *webhook,
			   registrar_files_sink *sink, void *context);
/* What the sink took so far is durable.  -errno. */
LZ_NODISCARD int registrar_webhook_kept(struct registrar_webhook *webhook);

/* A RAW_MACHINES record to events; LZ_E_NOT_FOUND where `machines` is NULL. */
LZ_NODISCARD int registrar_webhook_decode(struct machines *machines,
					  const struct raw_record *record,
					  uint64_t origin,
					  struct tracker_source *source,
					  const struct lease_output *output);

#endif
