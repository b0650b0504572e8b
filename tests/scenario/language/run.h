/* SPDX-License-Identifier: Apache-2.0 */
/* A story from its first line to its last. */
#ifndef SCENARIO_RUN_H
#define SCENARIO_RUN_H

#include "world.h"

/* false: world->statement is where it failed, world->why says why. */
bool run_story(struct world *world);

#endif
