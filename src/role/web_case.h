/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the desk's store says to a subscriber: which case a line is limited by,
 * which one a code is of, what became of a release.
 */
#ifndef ROLE_WEB_CASE_H
#define ROLE_WEB_CASE_H

#include "conf/conf.h"
#include "store/effect_store.h"
#include "web/portal.h"

/* Who asks.  port 0: not known, as behind a proxy. */
struct web_line {
	struct addr addr;
	uint16_t port;
};

struct web_found {
	uint64_t case_id;
	struct portal_case about;
	struct sighting latest;
};

/*
 * The case whose measure is to be in force on a line now, of several the
 * strongest.  LZ_E_NOT_FOUND: the line isn't limited.  Other errors are the
 * store's, or a stored case's.
 */
LZ_NODISCARD int web_case_of_line(struct store *store, const struct conf *conf,
				  const struct web_line *line,
				  struct at_event now, struct web_found *found);
/*
 * A case by its number, with nothing of a line in it.  LZ_E_NOT_FOUND when it
 * is erased or was only watched.
 */
LZ_NODISCARD int web_case_of_id(struct store *store, const struct conf *conf,
				uint64_t case_id, struct at_event now,
				struct web_found *found);

enum web_order {
	WEB_ORDER_WAITS,   /* the desk hasn't come to it, or a device hasn't */
	WEB_ORDER_OPEN,    /* nothing of the case is in force any more */
	WEB_ORDER_REFUSED, /* the desk refused, the line is as it was */
	WEB_ORDER_AGAIN    /* done, and limited anew since */
};
/*
 * What became of the release that was written as `result` at `made`; *since:
 * from when on the line is open.
 */
LZ_NODISCARD int web_case_order(struct store *store, const struct conf *conf,
				uint64_t case_id, uint64_t result,
				struct at_event made, struct at_event now,
				enum web_order *order, struct at_event *since);

#endif
