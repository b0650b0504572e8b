/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of a followed text file, as the decoders of src/lease take it.
 *
 * Each decoder has `size_t X_feed(struct X *, const struct lease_chunk *,
 * const struct lease_output *)`: it reads whole records from the start of
 * `bytes`, calls the sink for each event and `refused` for each record that it
 * can't take, and answers how many bytes that were; the caller brings the rest
 * again with what follows.  0: not even one record is whole.  Apart from the
 * header a decoder keeps nothing from one chunk to the next: after a restart
 * it may go on at any record.
 *
 * Refused offsets and the low 16 bits of an event's origin count from the
 * start of `bytes`.
 */
#ifndef LEASE_CHUNK_H
#define LEASE_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/times.h"
#include "fact/lease_event.h"

/* So that an offset fits an origin's low 16 bits. */
#define LEASE_CHUNK_MAX 65535u
/*
 * For a decoder's `zone_s` (seconds east of UTC of stamps without a zone): the
 * operator hasn't said.  Such stamps are refused then, for two hours are another
 * customer; a date alone is taken as UTC and 14 hours unsure.
 */
#define LEASE_ZONE_UNTOLD INT32_MIN

struct lease_chunk {
	/* The file's first bytes, at least its first line; only looked at
	 * where `offset` isn't 0 and the decoder has read no header yet. */
	struct slice header;
	struct slice bytes;
	uint64_t offset; /* of the first byte in its file */
	uint64_t origin; /* of the raw record: its low 16 bits are 0 */
	struct at_arrival arrival; /* TIMES_UNSET_US: read from an old file */
	bool end; /* nothing more will come: what is left is a record */
};

#endif
