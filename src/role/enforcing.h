/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass of the enforcer: what is desired, against what the device has.
 *
 * Everything it asks is written down before it is asked, everything it hears
 * after; so a kill at any moment is mended by the next pass.  What isn't
 * desired any more is asked for first.
 */
#ifndef ROLE_ENFORCING_H
#define ROLE_ENFORCING_H

#include "quarantine/driver.h"
#include "quarantine/guard.h"
#include "role/counters.h"
#include "store/effect_store.h"
#include "store/enforcer_store.h"

struct tracked {
	struct device_state state;
	struct target target;
	bool readable; /* target is what the text says */
	bool desired;  /* by the desk, in this pass */
	bool wanted;   /* and not refused */
	bool dirty;    /* differs from what is stored */
	bool failing;  /* said already */
};

struct enforcing {
	const struct guard *guard; /* borrowed, as the next three */
	struct device *device;
	struct store *store; /* the enforcer's own */
	struct counters *counters;
	int64_t timeout_us;
	size_t count, room;
	struct tracked *list; /* owned; by measure */
	struct plan wanted, ours, pieces, failed;
	struct state there;
	struct changes changes;
	struct at_event now;
	bool told;   /* effects wait for the spool */
	bool astray; /* memory may differ from the store */
	int event_error;
};

/* Reads what was asked before; 0, an error of the store, LZ_E_MEMORY. */
LZ_NODISCARD int enforcing_load(struct enforcing *enforcing);
void enforcing_fini(struct enforcing *enforcing);
/*
 * 0, or an error: of a store, of the
 * device (LZ_E_NOT_FOUND: what it was given is gone); the next pass begins
 * anew.  *shown gets a static name of what failed.
 */
LZ_NODISCARD int enforcing_pass(struct enforcing *enforcing, struct store *desk,
				struct at_event now, const char **shown);

#endif
