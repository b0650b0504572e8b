/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups that were made, in the desk's store: added once each, read by
 * `lazaret audit`, erased after a year.  Answers as of desk_store.h.
 */
#ifndef STORE_AUDIT_STORE_H
#define STORE_AUDIT_STORE_H

#include "fact/identity.h"
#include "store/store.h"

struct store_audit {
	const char *source; /* spool it came by: "command", "web" */
	uint64_t sequence;  /* in that spool */
	struct at_event time;
	const char *actor, *why, *about, *question;
	uint8_t certainty; /* enum certainty */
	struct party_id party;
	bool reveal;
};
typedef int audit_store_visit(void *context, const struct store_audit *audit);

/* LZ_E_EXISTS when it is known. */
LZ_NODISCARD int audit_store_add(struct store *store,
				 const struct store_audit *audit);
/* Those since a time, oldest first. */
LZ_NODISCARD int audit_store_list(struct store *store, struct at_event since,
				  audit_store_visit *visit, void *context);
LZ_NODISCARD int audit_store_delete(struct store *store,
				    struct at_event before);

#endif
