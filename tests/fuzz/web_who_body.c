/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a question to the API: what is taken names an address, a time
 * and a reason, and holds nothing a terminal obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "web/who_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t size)
{
	const size_t length = strnlen(text, size);

	lz_assert(length < size);
	for (size_t i = 0; i < length; i++)
		lz_assert((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct who_body body;

	if (who_body_read((const char *)data, size, &body))
		return 0;
	check_text(body.why, sizeof(body.why));
	check_text(body.about, sizeof(body.about));
	lz_assert(body.why[0] != '\0');
	lz_assert(body.endpoint.port >= -1 && body.endpoint.port <= 65535);
	lz_assert(body.endpoint.proto >= -1 && body.endpoint.proto <= 255);
	lz_assert(body.at.us >= TIMES_EARLIEST_US &&
		  body.at.us < TIMES_LATEST_US);
	return 0;
}
