/* SPDX-License-Identifier: Apache-2.0 */
/* Times of a record, in whatever way they are said. */
#include "flow/flow_time.h"

#include "base/times.h"

/* Seconds from 1900, where NTP counts from, to 1970. */
#define NTP_EPOCH_S UINT64_C(2208988800)

static int64_t
ntp_us(uint64_t ntp)
{
	uint64_t seconds = ntp >> 32, fraction = ntp & UINT32_MAX;

	if (seconds < NTP_EPOCH_S)
		return TIMES_UNSET_US;
	return (int64_t)((seconds - NTP_EPOCH_S) * 1000000 +
			 (fraction * 1000000 >> 32));
}

static int64_t
uptime_us(const struct template_values *values,
	  const struct flow_time_base *base, uint64_t switched_ms)
{
	const int64_t export_ms = base->export_us / 1000;
	int32_t since;

	if (template_has(values, VALUE_INIT_MS) || base->init_ms != 0) {
		uint64_t init_ms = template_has(values, VALUE_INIT_MS)
				       ? values->numbers[VALUE_INIT_MS]
				       : base->init_ms;

		/* Far beyond any date: refused by the caller's range. */
		if (init_ms > (uint64_t)TIMES_LATEST_US / 1000)
			return TIMES_UNSET_US;
		/* Uptimes have 32 bits: the turn that is nearest. */
		since = (int32_t)((uint32_t)(init_ms + switched_ms) -
				  (uint32_t)export_ms);
		return (export_ms + since) * 1000;
	}
	/* Against an uptime nobody told us: when it was said is what we know. */
	if (!base->uptime)
		return base->export_us;
	/* Modulo 2^32: right across a wrap, and after the header's uptime. */
	since = (int32_t)((uint32_t)switched_ms - base->uptime_ms);
	return base->export_us + (int64_t)since * 1000;
}

/* `first` is the start's kind; the end's stands behind it. */
static int64_t
time_us(const struct template_values *values, const struct flow_time_base *base,
	bool end)
{
	unsigned at = end ? 1 : 0;
	const uint64_t *numbers = values->numbers;
	const uint64_t limit = (uint64_t)TIMES_LATEST_US;

	if (template_has(values, VALUE_START_MS + at))
		return numbers[VALUE_START_MS + at] < limit / 1000
			   ? (int64_t)numbers[VALUE_START_MS + at] * 1000
			   : TIMES_UNSET_US;
	if (template_has(values, VALUE_START_NTP + at))
		return ntp_us(numbers[VALUE_START_NTP + at]);
	if (template_has(values, VALUE_START_S + at))
		return numbers[VALUE_START_S + at] < limit / 1000000
			   ? (int64_t)numbers[VALUE_START_S + at] * 1000000
			   : TIMES_UNSET_US;
	if (template_has(values, VALUE_START_DELTA + at))
		return numbers[VALUE_START_DELTA + at] < limit
			   ? base->export_us -
				 (int64_t)numbers[VALUE_START_DELTA + at]
			   : TIMES_UNSET_US;
	if (template_has(values, VALUE_START_UPTIME + at))
		return uptime_us(values, base,
				 numbers[VALUE_START_UPTIME + at]);
	return base->export_us;
}

bool
flow_time_observed(const struct template_values *values, int64_t *us)
{
	const uint64_t *numbers = values->numbers;
	const uint64_t limit = (uint64_t)TIMES_LATEST_US;

	if (template_has(values, VALUE_OBSERVED_MS) &&
	    numbers[VALUE_OBSERVED_MS] < limit / 1000)
		*us = (int64_t)numbers[VALUE_OBSERVED_MS] * 1000;
	else if (template_has(values, VALUE_OBSERVED_NTP))
		*us = ntp_us(numbers[VALUE_OBSERVED_NTP]);
	else if (template_has(values, VALUE_OBSERVED_S) &&
		 numbers[VALUE_OBSERVED_S] < limit / 1000000)
		*us = (int64_t)numbers[VALUE_OBSERVED_S] * 1000000;
	else
		return false;
	return *us >= TIMES_EARLIEST_US && *us < TIMES_LATEST_US;
}

bool
flow_time_of(const struct template_values *values,
	     const struct flow_time_base *base, int64_t *start_us,
	     int64_t *end_us)
{
	*start_us = time_us(values, base, false);
	*end_us = time_us(values, base, true);
	if (*start_us < TIMES_EARLIEST_US || *end_us < TIMES_EARLIEST_US ||
	    *start_us >= TIMES_LATEST_US || *end_us >= TIMES_LATEST_US) {
		*start_us = base->export_us;
		*end_us = base->export_us;
		return false;
	}
	if (*end_us < *start_us)
		*end_us = *start_us;
	return true;
}
