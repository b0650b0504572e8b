/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs recorded flows through the whole chain on the records' own clock: the
 * sensor's detectors, then the desk's cases (role/replay_cases.h).
 *
 * Text is collected first and sorted by record end, as a live exporter would
 * deliver it; captures are in order already.  The clock stops at the last
 * record: what would only have come later isn't shown.
 */
#ifndef ROLE_REPLAY_H
#define ROLE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "conf/conf.h"
#include "role/input.h"

/* Text records kept for sorting; more is refused. */
#define REPLAY_RECORDS_MAX (UINT32_C(1) << 24)

struct replay_order {
	struct conf *conf; /* changed: lateness of text, sampling */
	char **files;
	int file_count;
	enum input_format format;
	int32_t zone_offset_s;
	uint32_t sample; /* 1:N, 1 for all packets */
	uint64_t seed;
	bool json;
};

/*
 * Prints to standard output.  What can't be read is named on standard error
 * (of a file that breaks off, what comes before is replayed all the same):
 * LZ_E_FORMAT, LZ_E_FULL, LZ_E_STATE (text beside captures), -errno.  *refused:
 * rows, datagrams or indicators were refused or lost; it has said which.
 */
LZ_NODISCARD int replay_run(const struct replay_order *order, bool *refused);

#endif
