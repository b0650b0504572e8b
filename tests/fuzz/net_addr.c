/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as an address, a prefix and an endpoint: written and read again it
 * stays the same, and the C library accepts the same addresses as we do.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "net/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_addr(struct slice slice)
{
	char buffer[ADDR_TEXT_SIZE], copy[256];
	bool ours, theirs4, theirs6;
	struct addr addr, back;
	uint8_t bytes[16];
	struct text text;

	ours = addr_parse(slice, &addr) == 0;
	if (slice.length < sizeof(copy) &&
	    (slice.length == 0 || !memchr(slice.at, '\0', slice.length))) {
		text_copy(copy, sizeof(copy), slice);
		theirs4 = inet_pton(AF_INET, copy, bytes) == 1;
		lz_assert(!theirs4 ||
			  (ours && !memcmp(addr.bytes + 12, bytes, 4)));
		theirs6 = inet_pton(AF_INET6, copy, bytes) == 1;
		lz_assert(!theirs6 || (ours && !memcmp(addr.bytes, bytes, 16)));
		lz_assert(!ours || theirs4 || theirs6);
	}
	if (!ours)
		return;
	text_init(&text, buffer, sizeof(buffer));
	addr_format(&text, &addr);
	lz_assert(!text.full);
	lz_assert(!addr_parse(slice_of(buffer), &back));
	lz_assert(addr_equal(&addr, &back));
}

static void
check_prefix(struct slice slice)
{
	char buffer[PREFIX_TEXT_SIZE];
	struct prefix prefix, back;
	struct text text;

	if (prefix_parse(slice, &prefix))
		return;
	text_init(&text, buffer, sizeof(buffer));
	prefix_format(&text, &prefix);
	lz_assert(!text.full);
	lz_assert(!prefix_parse(slice_of(buffer), &back));
	lz_assert(prefix_equal(&prefix, &back));
	lz_assert(prefix_contains(&prefix, &prefix.addr));
}

static void
check_endpoint(struct slice slice)
{
	char buffer[ENDPOINT_TEXT_SIZE];
	struct endpoint endpoint, back;
	struct text text;

	if (endpoint_parse(slice, &endpoint))
		return;
	text_init(&text, buffer, sizeof(buffer));
	endpoint_format(&text, &endpoint);
	lz_assert(!text.full);
	lz_assert(!endpoint_parse(slice_of(buffer), &back));
	lz_assert(addr_equal(&endpoint.addr, &back.addr));
	lz_assert(endpoint.port == back.port && endpoint.proto == back.proto);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice slice = {(const char *)data, size};

	check_addr(slice);
	check_prefix(slice);
	check_endpoint(slice);
	return 0;
}
