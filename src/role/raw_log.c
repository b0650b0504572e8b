/* SPDX-License-Identifier: Apache-2.0 */
/* Single records of the raw log, and how old its segments are. */
#include "role/raw_log.h"

#include <string.h>

#include "base/memory.h"

int
raw_log_evidence(const char *folder, uint64_t reference,
		 struct raw_evidence *evidence)
{
	struct spool_place place;
	int error = spool_find(folder, reference >> 16, evidence->body,
			       sizeof(evidence->body), &place);

	if (error)
		return error;
	memcpy(evidence->file, place.file, sizeof(evidence->file));
	evidence->offset = place.offset;
	evidence->length = place.header + place.length;
	evidence->place = (uint32_t)(reference & 0xffff);
	sha256(evidence->body, place.length, evidence->hash);
	return raw_record_decode(evidence->body, place.length,
				 &evidence->record);
}

/* When the first record of a segment arrived; unset where it is damaged. */
static int
segment_arrival(const char *folder, uint64_t first, uint8_t *body,
		struct at_arrival *arrival)
{
	struct spool_place place;
	struct raw_record record;
	int error = spool_find(folder, first, body, SPOOL_BODY_MAX, &place);

	arrival->us = TIMES_UNSET_US;
	if (error == LZ_E_NOT_FOUND || error == LZ_E_CHECKSUM)
		return 0;
	if (!error && raw_record_decode(body, place.length, &record) == 0)
		*arrival = record.arrival;
	return error;
}

int
raw_log_expired(const char *folder, struct at_arrival oldest,
		uint64_t *sequence)
{
	uint8_t *body = memory_new(SPOOL_BODY_MAX, 1);
	uint64_t *firsts = NULL;
	size_t count = 0;
	int error = body ? spool_segments(folder, &firsts, &count)
			 : LZ_E_MEMORY;

	*sequence = 0;
	/* A segment has expired when the next one's first record has. */
	for (size_t i = 1; i < count && !error; i++) {
		struct at_arrival arrival;

		error = segment_arrival(folder, firsts[i], body, &arrival);
		if (error || arrival.us >= oldest.us)
			break;
		if (arrival.us != TIMES_UNSET_US)
			*sequence = firsts[i] - 1;
	}
	memory_free(firsts);
	memory_free(body);
	return error;
}
