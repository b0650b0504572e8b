/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of permits: what is taken permits something to a name. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "web/permits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct permits permits;
	char header[PERMIT_TOKEN_MAX + 16] = "Bearer ";
	const size_t most = sizeof(header) - 8;

	lz_assert(crypto_init() == 0);
	memset(&permits, 0, sizeof(permits));
	lz_assert(
	    permits_read(&permits, (const char *)data, size, NULL, NULL) <= 0);
	for (size_t i = 0; i < permits.count; i++)
		lz_assert(permits.of[i].may != 0 &&
			  permits.of[i].name[0] != '\0');
	memcpy(header + 7, data, size < most ? size : most);
	(void)permits_find(&permits, header);
	return 0;
}
