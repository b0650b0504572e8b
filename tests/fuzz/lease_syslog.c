/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream in pieces (the first byte says how long), and each message of it as
 * a header.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lease/syslog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(struct slice slice, struct slice whole)
{
	if (slice.length > 0 &&
	    (slice.at < whole.at ||
	     slice.at + slice.length > whole.at + whole.length))
		abort();
}

static void
check_message(struct slice bytes)
{
	const struct at_arrival arrival = {INT64_C(1830297600000000)};
	struct syslog_message message;

	if (syslog_parse(bytes, 3600, arrival, &message))
		return;
	check_slice(message.host, bytes);
	check_slice(message.app, bytes);
	check_slice(message.rest, bytes);
	check_slice(message.text, bytes);
	if (times_is_set(message.time) &&
	    (message.time.us < TIMES_EARLIEST_US ||
	     message.time.us >= TIMES_LATEST_US || message.error_us <= 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct syslog_framer framer = {0};
	const size_t piece = size > 0 && data[0] > 0 ? data[0] : 1;
	size_t at = 1, have = 0;

	while (at < size) {
		const bool last = at + have == size;
		uint8_t *copy = malloc(have + 1);
		struct slice message;
		const char *reason;
		size_t taken;

		if (!copy)
			return 0;
		/* An exact copy: reading past its end is then seen. */
		memcpy(copy + 1, data + at, have);
		taken = syslog_cut(&framer, copy + 1, have, last, &message,
				   &reason);
		if (taken > have || (last && have > 0 && taken == 0) ||
		    (taken == 0 && have > SYSLOG_BYTES_MAX + 8))
			abort();
		check_slice(message,
			    (struct slice){(const char *)copy + 1, taken});
		if (message.length > 0)
			check_message(message);
		free(copy);
		at += taken;
		have -= taken;
		if (taken == 0 || have == 0)
			have += piece < size - at - have ? piece
							 : size - at - have;
	}
	return 0;
}
