/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern file and lines by it.  Input: the file up to a NUL, then the lines;
 * without a NUL all are lines, for a file of our own.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "lease/pattern.h"
#include "lease/reason.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ours[] =
    "lazaret-pattern 1\n"
    "time bsd\n"
    "vrf blue 4\n"
    "event alloc ADD {time} {inside} > {outside}:{port_first}-{port_last} "
    "{vrf};\n"
    "event release DEL {inside} > {outside}:{port_first}+{port_count}\n"
    "event alive ONE {proto} {inside}:{word} {outside}:{port}\n"
    "event alloc {host} bind {address} line {{{circuit}}\n";

struct seen {
	size_t said, refused, size;
};

static void
take(void *context, const struct lease_event *event)
{
	struct seen *seen = context;

	if (event->subject_count != 1 || event->at.us < TIMES_EARLIEST_US ||
	    event->at.us >= TIMES_LATEST_US || event->error_us <= 0 ||
	    event->subjects[0].subject.port_first >
		event->subjects[0].subject.port_last ||
	    !memchr(event->session, '\0', sizeof(event->session)) ||
	    !memchr(event->holder, '\0', sizeof(event->holder)) ||
	    !memchr(event->speaker, '\0', sizeof(event->speaker)))
		abort();
	/* Either ports behind an inside address, or a holder. */
	if (event->inside_told !=
		subject_has_ports(&event->subjects[0].subject) ||
	    event->inside_told != (event->holder[0] == '\0'))
		abort();
	seen->said++;
}

static void
refuse(void *context, uint64_t offset, const char *reason)
{
	struct seen *seen = context;

	if (offset >= seen->size || !reason_find(reason))
		abort();
	seen->refused++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
	const size_t length = end ? (size_t)(end - data) : 0;
	const struct pattern_conf conf = {.zone_offset_s = 7200};
	struct slice file = {(const char *)data, length};
	struct seen seen = {0};
	const struct lease_output output = {take, refuse, &seen};
	struct pattern_problem problem;
	struct pattern *pattern = NULL;
	struct lease_chunk chunk = {.end = true,
				    .arrival = {INT64_C(1795568525000000)}};
	char *copy;

	/* Long holders are named by their digest. */
	if (crypto_init() != 0)
		abort();
	if (!end)
		file = slice_of(ours);
	if (pattern_read(file, &pattern, &problem) != 0) {
		if (pattern ||
		    !memchr(problem.text, '\0', sizeof(problem.text)))
			abort();
		return 0;
	}
	if (end) {
		data = end + 1;
		size -= length + 1;
	}
	copy = malloc(size + 1);
	if (copy) {
		/* An exact copy: reading past its end is then seen. */
		if (size > 0)
			memcpy(copy + 1, data, size);
		chunk.bytes = (struct slice){copy + 1, size};
		seen.size = size;
		if (pattern_feed(pattern, &conf, &chunk, &output) != size)
			abort();
		free(copy);
	}
	pattern_free(pattern);
	return 0;
}
