/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a scenario.  What can't be read names its line. */
#include <stddef.h>
#include <stdint.h>

#include "../scenario/language/reader.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story story;
	const int error = story_read(&story, (const char *)data, size);

	lz_assert((error == 0) == (story.error[0] == '\0'));
	lz_assert(error != 0 || story.count > 0);
	story_free(&story);
	return 0;
}
