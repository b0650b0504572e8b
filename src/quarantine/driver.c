/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers there are. */
#include "quarantine/driver.h"

const char *
device_result_name(enum device_result result)
{
	static const char *const names[DEVICE_RESULT_COUNT] = {
	    [DEVICE_DONE] = "done",       [DEVICE_PENDING] = "pending",
	    [DEVICE_GONE] = "gone",       [DEVICE_REFUSED] = "refused",
	    [DEVICE_UNKNOWN] = "unknown", [DEVICE_UNREACHABLE] = "unreachable"};

	return names[result];
}

const struct driver *
driver_of(enum quarantine_driver driver)
{
	switch (driver) {
	case QUARANTINE_NULL:
		return &driver_null;
	case QUARANTINE_NFTABLES:
		return &driver_nftables;
	case QUARANTINE_OFF:
		break;
	}
	return NULL;
}
