/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator's zone as a table of offsets, out of the system's own time zone
 * files.  The table spans fixed years, not years from now: the same name and
 * the same files give the same rows on any day, so that a policy's hash doesn't
 * change by waiting.
 */
#ifndef CONF_ZONE_H
#define CONF_ZONE_H

#include "base/errors.h"
#include "case/policy.h"

#define ZONE_NAME_SIZE 64
#define ZONE_YEAR_FIRST 2024
#define ZONE_YEAR_LAST 2054 /* a zone with more changes ends earlier */

/*
 * "UTC"; "+02:00", at most 14 hours; or a name such as Europe/Prague.  Sets
 * the environment's TZ for a moment: not for use beside other threads.
 * LZ_E_FORMAT: nothing of these.  LZ_E_NOT_FOUND: the system has no such zone.
 */
LZ_NODISCARD int zone_read(const char *name, struct hours_zone *zone);

#endif
