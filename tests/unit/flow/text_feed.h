/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of text readers share: a sink that keeps, and addresses. */
#ifndef TESTS_TEXT_FEED_H
#define TESTS_TEXT_FEED_H

#include <string.h>

#include "flow/text_rows.h"

#define KEPT_MAX 64

struct kept {
	size_t count;
	struct flow_record records[KEPT_MAX];
};

static inline void
keep(void *context, const struct flow_record *records, size_t count)
{
	struct kept *kept = context;

	assert_true(count <= FLOW_BATCH_MAX);
	assert_true(kept->count + count <= KEPT_MAX);
	memcpy(kept->records + kept->count, records, count * sizeof(*records));
	kept->count += count;
}

static inline void
assert_addr(const struct addr *addr, const char *expected)
{
	struct addr other;

	assert_int_equal(addr_parse(slice_of(expected), &other), 0);
	assert_true(addr_equal(addr, &other));
}

#endif
