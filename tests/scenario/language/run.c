/* SPDX-License-Identifier: Apache-2.0 */
/* Statement by statement; EXPECT lines that stand together are a block. */
#include "run.h"

#include "expectations.h"

static bool
is_expectation(const struct statement *statement)
{
	return statement->kind >= SAY_EXPECT;
}

bool
run_story(struct world *world)
{
	const struct story *story = world->story;

	for (size_t i = 0; i < story->count; i++) {
		const bool expects = is_expectation(&story->statements[i]);
		const bool last = i + 1 == story->count ||
				  !is_expectation(&story->statements[i + 1]);

		if (!expects && !world_do(world, i))
			return false;
		if (expects && !expectations_check(world, i))
			return false;
		if (expects && last && !expectations_done(world))
			return false;
	}
	return expectations_done(world);
}
