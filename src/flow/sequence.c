/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers, in whatever way they are counted. */
#include "flow/sequence.h"

/* A step back by so many is a datagram overtaken by others. */
#define BACK_DATAGRAMS_MAX 64
#define BACK_RECORDS_MAX 1024
/* A step forward by more is another stream, not loss. */
#define LOST_MAX (1 << 24)

static bool
counts_datagrams(enum flow_protocol protocol)
{
	return protocol == FLOW_NETFLOW9 || protocol == FLOW_SFLOW5;
}

static uint32_t
expected(const struct sequence *sequence, enum sequence_way way,
	 const struct sequence_records *now)
{
	switch (way) {
	case SEQUENCE_PRIOR:
		return sequence->last + sequence->records.all;
	case SEQUENCE_PRIOR_FLOWS:
		return sequence->last + sequence->records.flows;
	case SEQUENCE_WITH:
		return sequence->last + now->all;
	case SEQUENCE_WITH_FLOWS:
		return sequence->last + now->flows;
	default:
		return sequence->last + 1;
	}
}

static enum sequence_way
due(enum flow_protocol protocol)
{
	return counts_datagrams(protocol) ? SEQUENCE_DATAGRAMS : SEQUENCE_PRIOR;
}

static int32_t
back_max(enum flow_protocol protocol)
{
	return counts_datagrams(protocol) ? BACK_DATAGRAMS_MAX
					  : BACK_RECORDS_MAX;
}

enum sequence_finding
sequence_before(const struct sequence *sequence, enum flow_protocol protocol,
		uint32_t number)
{
	const struct sequence_records none = {0, 0, false};
	int32_t step;

	if (!sequence->seen)
		return SEQUENCE_GOES_ON;
	step = (int32_t)(number - expected(sequence, due(protocol), &none));
	if (step >= -back_max(protocol) && step < LOST_MAX)
		return SEQUENCE_GOES_ON;
	return !counts_datagrams(protocol) && number < BACK_RECORDS_MAX
		   ? SEQUENCE_ANEW
		   : SEQUENCE_FOREIGN;
}

/* The way this exporter counts, as far as is known. */
static enum sequence_way
learn(struct sequence *sequence, enum flow_protocol protocol, uint32_t number,
      const struct sequence_records *now)
{
	enum sequence_way best = due(protocol);
	bool full = false;

	for (unsigned way = 0; way < SEQUENCE_WAYS; way++) {
		if (number == expected(sequence, way, now))
			sequence->fits[way]++;
		full = full || sequence->fits[way] == UINT8_MAX;
	}
	for (unsigned way = 0; way < SEQUENCE_WAYS; way++) {
		if (full)
			sequence->fits[way] /= 2;
		if (sequence->fits[way] > sequence->fits[best])
			best = way;
	}
	return best;
}

static void
advance(struct sequence *sequence, uint32_t number,
	const struct sequence_records *now)
{
	sequence->seen = true;
	sequence->last = number;
	sequence->records = *now;
}

int32_t
sequence_after(struct sequence *sequence, enum flow_protocol protocol,
	       uint32_t number, const struct sequence_records *now)
{
	const bool unsure = sequence->records.unsure || now->unsure;
	enum sequence_way way;
	int32_t step;

	if (!sequence->seen || (unsure && !counts_datagrams(protocol))) {
		/* What nobody could decode nobody can count. */
		if (!sequence->seen || (int32_t)(number - sequence->last) >= 0)
			advance(sequence, number, now);
		return 0;
	}
	way = learn(sequence, protocol, number, now);
	step = (int32_t)(number - expected(sequence, way, now));
	if (step >= 0) {
		advance(sequence, number, now);
		return unsure && way != SEQUENCE_DATAGRAMS ? 0 : step;
	}
	/* One that was overtaken doesn't turn the count back. */
	return way == SEQUENCE_DATAGRAMS ? -1 : -(int32_t)now->all;
}

bool
sequence_is_back(const struct sequence *sequence, uint32_t number)
{
	return (int32_t)(number - sequence->last) < -BACK_RECORDS_MAX;
}

bool
sequence_next(const struct sequence *sequence, enum flow_protocol protocol,
	      uint32_t *next)
{
	enum sequence_way best = due(protocol);

	if (!sequence->seen || sequence->records.unsure)
		return false;
	for (unsigned way = 0; way < SEQUENCE_WAYS; way++)
		if (sequence->fits[way] > sequence->fits[best])
			best = way;
	if (best == SEQUENCE_WITH || best == SEQUENCE_WITH_FLOWS)
		return false;
	*next = expected(sequence, best, &sequence->records);
	return true;
}

void
sequence_reset(struct sequence *sequence)
{
	sequence->seen = false;
}
