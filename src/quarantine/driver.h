/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device that enforces measures can do; one table a mechanism, one
 * struct device a device.
 *
 * open runs before the role's sandbox and may start programs; everything else
 * runs behind it, on what open left.  apply takes a batch (releases first), may
 * answer before anything is known, and is idempotent: adding what is there and
 * removing what isn't are done.  What became of each change comes out of poll.
 * dump says what is really there, which alone counts as observed.
 */
#ifndef QUARANTINE_DRIVER_H
#define QUARANTINE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"
#include "quarantine/plan.h"
#include "quarantine/quarantine_conf.h"

enum device_caps {
	DEVICE_CAN_FILTER = 1,
	DEVICE_CAN_LIMIT = 2,
	DEVICE_CAN_GARDEN = 4,
	DEVICE_CAN_BLOCK = 8,
	DEVICE_HAS_V4 = 16,
	DEVICE_HAS_V6_PREFIX = 32,
	DEVICE_HAS_PORT_RANGE = 64,
	DEVICE_HAS_DUMP = 128,
	DEVICE_HAS_TTL = 256
};

enum device_result {
	DEVICE_DONE = 0,
	DEVICE_PENDING = 1,
	DEVICE_GONE = 2,    /* the subject isn't there any more */
	DEVICE_REFUSED = 3, /* a fault of configuration: a person */
	DEVICE_UNREACHABLE = 4,
	DEVICE_UNKNOWN = 5, /* sent, and no answer: apply it again */
	DEVICE_RESULT_COUNT
};
const char *device_result_name(enum device_result result);

struct device_conf { /* all borrowed */
	const struct quarantine_conf *quarantine;
	size_t essential_count;
	const struct prefix *essential;
	/* Sizes of IPv6 subjects there will be, besides the usual ones. */
	struct plan_lengths assigned;
};

struct driver;
struct device {
	const struct driver *driver;
	struct plan_lengths lengths; /* set by open */
	int fd;                      /* what it talks through; -1: none */
	void *own;                   /* the driver's */
	char message[256];           /* of the last failure, one line */
};

struct device_event {
	struct change change;
	enum device_result result;
	int cause; /* the device's own number; 0: none */
};

typedef int device_have_cb(void *context, const struct have *have);
typedef void device_event_cb(void *context, const struct device_event *event);

struct driver {
	const char *name;
	unsigned caps;
	/* LZ_E_UNSUPPORTED: this machine lacks it; -EPERM; message says why. */
	int (*open)(struct device *device, const struct device_conf *conf);
	int (*apply)(struct device *device, const struct change *changes,
		     size_t count);
	/*
	 * Every entry there is; have is NULL for one whose form isn't ours.
	 * LZ_E_UNSUPPORTED without DEVICE_HAS_DUMP, LZ_E_NOT_FOUND when what
	 * open made has gone.
	 */
	int (*dump)(struct device *device, device_have_cb *have, void *context);
	/* 0: it answers, and is as open left it; errors as dump. */
	int (*probe)(struct device *device);
	/* Hands out what is known by now; then cuts what `apply` made due. */
	int (*poll)(struct device *device, device_event_cb *event,
		    void *context);
	void (*close)(struct device *device);
};

extern const struct driver driver_null;
extern const struct driver driver_nftables;
/* NULL for QUARANTINE_OFF. */
const struct driver *driver_of(enum quarantine_driver driver);

#endif
