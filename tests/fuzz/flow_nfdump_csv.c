/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfdump's CSV, whole and cut after the length its first byte says: the records
 * must be the same, and each within its bounds.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/hash.h"
#include "flow/nfdump_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
digest(void *context, const struct flow_record *records, size_t count)
{
	uint32_t *crc = context;

	if (count == 0 || count > FLOW_BATCH_MAX)
		abort();
	for (size_t i = 0; i < count; i++) {
		const struct flow_record *record = &records[i];

		if (record->start.us > record->end.us ||
		    record->packets_low == 0 ||
		    record->packets_low > record->packets ||
		    record->packets > record->packets_high)
			abort();
		*crc = hash_crc32c(*crc, record, sizeof(*record));
	}
}

static uint32_t
read_all(const char *text, size_t length, size_t piece)
{
	struct nfdump_csv *reader = nfdump_csv_new(0);
	uint32_t crc = 0;
	int result = 0;

	if (!reader)
		abort();
	for (size_t at = 0; at < length && result == 0; at += piece) {
		size_t n = length - at < piece ? length - at : piece;

		result = nfdump_csv_feed(reader, text + at, n, digest, &crc);
	}
	if (result == 0)
		result = nfdump_csv_end(reader, digest, &crc);
	nfdump_csv_free(reader);
	return crc ^ (uint32_t)result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	if (read_all(text, size - 1, size) !=
	    read_all(text, size - 1, data[0] % 61 + 1u))
		abort();
	return 0;
}
