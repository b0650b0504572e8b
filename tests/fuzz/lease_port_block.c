/* SPDX-License-Identifier: Apache-2.0 */
/* One syslog message to port-block leases. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lease/port_block.h"
#include "lease/reason.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t said, refused, size;
};

static void
take(void *context, const struct lease_event *event)
{
	struct seen *seen = context;

	if (event->subject_count != 1 || !event->inside_told ||
	    !subject_has_ports(&event->subjects[0].subject) ||
	    event->subjects[0].subject.port_first >
		event->subjects[0].subject.port_last ||
	    event->at.us < TIMES_EARLIEST_US || event->error_us <= 0 ||
	    !memchr(event->session, '\0', sizeof(event->session)) ||
	    !memchr(event->speaker, '\0', sizeof(event->speaker)))
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
	static const struct port_block_vrf vrfs[] = {{"Broadband", 3}};
	const struct port_block_conf conf = {.zone_offset_s = -3600,
					     .vrf_count = 1,
					     .vrfs = vrfs};
	const struct at_arrival arrival = {INT64_C(1795568525000000)};
	struct seen seen = {.size = size};
	const struct lease_output output = {take, refuse, &seen};
	char *copy = malloc(size + 1);
	size_t count;

	if (!copy)
		return 0;
	if (size > 0)
		memcpy(copy + 1, data, size);
	count = port_block_read(&conf, (struct slice){copy + 1, size}, arrival,
				9 << 16, &output);
	if (count != seen.said + seen.refused)
		abort();
	free(copy);
	return 0;
}
