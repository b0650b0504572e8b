/* SPDX-License-Identifier: Apache-2.0 */
/* The look-ups that are kept, on standard output. */
#ifndef ROLE_AUDIT_SHOW_H
#define ROLE_AUDIT_SHOW_H

#include <stdbool.h>

#include "store/audit_store.h"

/* Those since a time, oldest first; an error of the store. */
LZ_NODISCARD int audit_show(struct store *store, struct at_event since,
			    bool json);

#endif
