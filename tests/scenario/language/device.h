/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that enforces, on a simulated clock: what is wanted of it and what
 * it does are two lists, and the enforcer's own planning (quarantine/plan.h)
 * leads from one to the other.  While it fails nothing it is told happens; the
 * wish stays.
 */
#ifndef SCENARIO_DEVICE_H
#define SCENARIO_DEVICE_H

#include "case/step.h"
#include "conf/conf.h"
#include "quarantine/plan.h"

#define DEVICE_MEASURES_MAX 256
#define DEVICE_RETRY_US (30 * TIMES_SECOND_US)

struct scenario_device {
	size_t count;
	struct case_measure wanted[DEVICE_MEASURES_MAX];
	struct plan ours;     /* everything ever asked for */
	struct state there;   /* what it does: left_us is an end, absolute */
	struct at_event next; /* try; unset: nothing to do */
	bool fails, changed;
};

void device_start(struct scenario_device *device);
void device_end(struct scenario_device *device);
/* A measure begins, goes on, or ends: it is wanted, or not any more. */
void device_want(struct scenario_device *device,
		 const struct case_measure *measure);
void device_unwant(struct scenario_device *device, uint64_t measure);
/* It fails from now on, or works again. */
void device_set(struct scenario_device *device, bool fails,
		struct at_event now);
/* Asks again what is due; false: no memory. */
bool device_run(struct scenario_device *device, struct at_event now);
/* The next time it has something to do; unset: never. */
struct at_event device_due(const struct scenario_device *device);
/* "nothing", or the strongest measure an address feels. */
const char *device_feels(const struct scenario_device *device,
			 const struct subject *subject, struct at_event now);

#endif
