/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXPECT lines against what happened.  Strict: lines of EXPECT that stand
 * together take what they name, and what is left over fails the story.
 */
#ifndef SCENARIO_EXPECTATIONS_H
#define SCENARIO_EXPECTATIONS_H

#include "world.h"

/* Does the line hold?  It takes what it expected; false: world->why. */
bool expectations_check(struct world *world, size_t statement);
/* Is nothing left over?  false: world->why. */
bool expectations_done(struct world *world);

#endif
