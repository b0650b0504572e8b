/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last check before the wire: what no measure may be on, whatever the desk
 * decided.  The sets are those of the configuration in force now.
 */
#ifndef QUARANTINE_GUARD_H
#define QUARANTINE_GUARD_H

#include "net/prefix_map.h"
#include "quarantine/quarantine_conf.h"
#include "quarantine/target.h"

/* No measure on more addresses at once than these. */
#define GUARD_V4_LENGTH_MIN 29
#define GUARD_V6_LENGTH_MIN 48

struct guard { /* all borrowed */
	const struct quarantine_conf *conf;
	size_t essential_count;
	const struct prefix *essential;
	size_t inside_count;
	const struct inside_item *inside;
};

/*
 * NULL, or why it is refused (static, without an address): wide, foreign, on
 * infrastructure or essential services, shared by many customers, or nothing
 * is essential at all.
 */
const char *guard_refuses(const struct guard *guard, enum measure_kind kind,
			  const struct target *target);

#endif
