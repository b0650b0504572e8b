/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as indicators.csv. Where the first byte is odd the header is given
 * and the bytes are its rows. Whatever was taken must be counted, and what a
 * look-up finds must hold the endpoint that was asked for.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "detect/indicators.h"

#define HEADER                                            \
	"type,value,port,proto,family,source,first_seen," \
	"last_seen,valid_until\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct refusals {
	uint64_t last_line;
	size_t count;
};

static void
refused(void *context, uint64_t line, const char *reason)
{
	struct refusals *refusals = context;

	lz_assert(line > refusals->last_line);
	lz_assert(reason && reason[0] != '\0');
	refusals->last_line = line;
	refusals->count++;
}

static void
look_up(const struct indicator_list *list, const struct addr *addr,
	uint16_t port, uint8_t proto)
{
	const struct indicator *found = indicator_list_find(list, addr, port,
							    proto);

	if (!found)
		return;
	lz_assert(prefix_contains(&found->prefix, addr));
	lz_assert(found->port == port && found->proto == proto && port != 0);
	lz_assert(memchr(found->source, '\0', INDICATOR_NAME_SIZE) != NULL);
	lz_assert(memchr(found->family, '\0', INDICATOR_NAME_SIZE) != NULL);
	lz_assert(found->source[0] != '\0');
}

/* Every row's own endpoint, read here from the text once more. */
static void
look_up_rows(const struct indicator_list *list, struct slice text)
{
	while (text.at) {
		struct slice row = slice_split(&text, '\n');
		struct prefix prefix;
		uint64_t port;

		(void)slice_split(&row, ',');
		if (prefix_parse(slice_split(&row, ','), &prefix) != 0 ||
		    slice_u64(slice_split(&row, ','), UINT16_MAX, &port) != 0)
			continue;
		look_up(list, &prefix.addr, (uint16_t)port, 6);
		look_up(list, &prefix.addr, (uint16_t)port, 17);
		look_up(list, &prefix.addr, (uint16_t)port, 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct indicator_list *list = indicator_list_new((struct hash_key){0});
	size_t head = size > 0 && (data[0] & 1) ? strlen(HEADER) : 0;
	size_t skip = size > 0, length = head + size - skip;
	char *text = memory_new(length + 1, 1);
	struct refusals refusals = {0, 0};
	int taken;

	if (!list || !text)
		abort();
	memcpy(text, HEADER, head);
	if (size > skip)
		memcpy(text + head, data + skip, size - skip);
	taken = indicator_list_add_csv(list, text, length, refused, &refusals);
	if (taken >= 0) {
		lz_assert(indicator_list_count(list) == (size_t)taken);
		if (indicator_list_seal(list) != 0)
			abort();
		look_up_rows(list, (struct slice){text, length});
	}
	indicator_list_free(list);
	memory_free(text);
	return 0;
}
