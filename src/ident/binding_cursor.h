/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How identity reads bindings without knowing where they lie (a list in
 * memory now; index files behind the same two functions later).
 */
#ifndef IDENT_BINDING_CURSOR_H
#define IDENT_BINDING_CURSOR_H

#include <stdbool.h>

#include "fact/identity.h"

struct binding_cursor {
	void *context;
	/*
	 * Prepares to walk all bindings of the realm whose subject holds `addr`
	 * (any port block of it) and whose [start, end) touches [from, to].
	 */
	void (*seek)(void *context, uint32_t realm, const struct addr *addr,
		     struct at_event from, struct at_event to);
	/*
	 * Optional (NULL: use seek).  As seek, where the port is known: walks
	 * rows that hold this port or all ports; where no block of ports holds
	 * it, also at least one other block of the address, if there is one, so
	 * that it is seen to be shared.
	 */
	void (*seek_port)(void *context, uint32_t realm,
			  const struct addr *addr, uint16_t port,
			  struct at_event from, struct at_event to);
	/* The next one in no particular order, borrowed until the next call;
	 * its `vouched` says up to when its source stands for it (INT64_MAX: a
	 * static list, which vouches for its rows). */
	const struct binding *(*next)(void *context);
	/* The oldest event time bindings are kept for; unset: for ever. */
	struct at_event (*oldest)(void *context);
};

#endif
