/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an accounting packet, behind one byte that says what the client
 * may: each packet is events or a reason, and never an event out of bounds.
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz/lease_feed.h"
#include "lease/accounting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct lease_feed feed;
	size_t words;
};

static void
take_event(void *context, const struct lease_event *event)
{
	struct seen *seen = context;

	lease_feed_event(&seen->feed, event);
	lz_assert(event->at.us >= TIMES_EARLIEST_US &&
		  event->at.us <= TIMES_LATEST_US && event->error_us > 0);
	lz_assert(!times_is_set(event->start) ||
		  (event->start.us >= TIMES_EARLIEST_US &&
		   event->start.us <= event->at.us));
	for (size_t i = 0; i < event->subject_count; i++)
		lz_assert(event->subjects[i].subject.prefix.length >= 32);
	seen->words++;
}

static void
take_refused(void *context, uint64_t offset, const char *reason)
{
	struct seen *seen = context;

	lease_feed_refused(&seen->feed, offset, reason);
	seen->words++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum accounting_holder all[] = {ACCOUNTING_CLASS,
						     ACCOUNTING_USER,
						     ACCOUNTING_CALLING,
						     ACCOUNTING_CIRCUIT,
						     ACCOUNTING_REMOTE};
	struct seen seen = {.feed.length = size};
	struct lease_output output = {take_event, take_refused, &seen};
	struct accounting_conf conf = {.clock_bound_us = TIMES_MINUTE_US};
	struct addr peer = addr_from_v4(0xcb007114);
	struct at_arrival arrival = {INT64_C(1718870400000000)};

	if (size == 0)
		return 0;
	conf.proxy = data[0] & 0x80;
	if (data[0] & 0x40)
		lz_assert(accounting_conf_allow(&conf, slice_of("bng-1")) == 0);
	if (data[0] & 0x20)
		arrival.us = TIMES_UNSET_US;
	for (size_t i = 0; i < 5; i++)
		if (data[0] >> i & 1)
			lz_assert(accounting_conf_holder(&conf, all[i]) == 0);
	accounting_read(&conf, data + 1, size - 1, arrival, &peer, 0, &output);
	lz_assert(seen.words > 0);
	return 0;
}
