/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a time and as numbers: what is accepted must come back the same
 * after it is written and read again, and a date must equal its parts.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/times.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_time(struct slice slice)
{
	char buffer[TIMES_RFC3339_SIZE];
	struct times_date date;
	struct text text;
	int64_t us, back;

	if (times_parse(slice, &us))
		return;
	lz_assert(us >= TIMES_EARLIEST_US && us <= TIMES_LATEST_US);
	text_init(&text, buffer, sizeof(buffer));
	times_format(&text, us);
	lz_assert(!text.full);
	lz_assert(!times_parse(slice_of(buffer), &back) && back == us);
	date = times_date_of(us);
	lz_assert(!times_from_date(&date, &back) && back == us);
}

static void
check_numbers(struct slice slice)
{
	char buffer[24];
	struct text text;
	uint64_t value, back;
	int64_t micro;

	if (!slice_u64(slice, UINT64_MAX, &value)) {
		text_init(&text, buffer, sizeof(buffer));
		text_u64(&text, value);
		lz_assert(!slice_u64(slice_of(buffer), value, &back));
		lz_assert(back == value);
	}
	if (!slice_hex(slice, UINT32_MAX, &value))
		lz_assert(slice.length > 2 && value <= UINT32_MAX);
	if (!slice_micro(slice, &micro)) {
		struct slice whole = slice_split(&slice, '.');

		lz_assert(micro >= 0);
		lz_assert(!slice_u64(whole, UINT64_MAX, &value));
		lz_assert((uint64_t)micro / 1000000 == value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice slice = {(const char *)data, size};

	check_time(slice);
	check_numbers(slice);
	return 0;
}
