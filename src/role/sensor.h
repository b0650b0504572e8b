/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor: export datagrams in, sightings into its spool.  One thread
 * drains the sockets, this one decodes, detects and writes.
 *
 * Durable: sightings behind a sync of the spool.  Not durable: open windows.
 * What a restart loses of them is said and counted as a gap.
 */
#ifndef ROLE_SENSOR_H
#define ROLE_SENSOR_H

#include "role/role.h"

struct sensor;

/* Opens what the role needs before its sandbox; an exit code, 0 to go on. */
LZ_NODISCARD int sensor_open(struct role *role, struct sensor **sensor);
/* What it may do afterwards; borrowed from the sensor. */
const struct role_needs *sensor_needs(struct sensor *sensor);
/* Runs until SIGTERM or SIGINT; the exit code. */
int sensor_run(struct sensor *sensor, const char *note);
void sensor_free(struct sensor *sensor);

#endif
