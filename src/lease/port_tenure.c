/* SPDX-License-Identifier: Apache-2.0 */
/* From a tenure of ports to a lease event. */
#include <string.h>

#include "base/hash.h"
#include "lease/port_tenure.h"

/* A log that is sent at once is no older when it comes. */
#define PROMPT_US (10 * TIMES_MINUTE_US)

static void
text_endpoints(struct text *text, const struct port_tenure *tenure)
{
	addr_format(text, &tenure->inside);
	text_char(text, '@');
	text_u64(text, tenure->inside_realm);
	text_char(text, '>');
	addr_format(text, &tenure->outside);
	text_char(text, ':');
	text_u64(text, tenure->first);
	text_char(text, '-');
	text_u64(text, tenure->last);
	if (tenure->proto > 0) {
		text_char(text, '/');
		text_u64(text, tenure->proto);
	}
	if (tenure->word.length > 0) {
		text_char(text, '#');
		text_slice(text, tenure->word);
	}
}

/*
 * Who holds which ports by which word: a tenure's own name.  Two IPv6
 * addresses and a long word don't fit: what stands for them is a hash whose key
 * is no secret, for it must be the same tomorrow.
 */
static void
name_session(const struct port_tenure *tenure, char session[LEASE_ID_SIZE])
{
	static const struct hash_key keys[2] = {{UINT64_C(0x6c617a6172657431),
						 UINT64_C(0x706f7274732d6f6e)},
						{UINT64_C(0x6c617a6172657432),
						 UINT64_C(0x706f7274732d7477)}};
	char whole[512];
	struct text text;

	text_init(&text, session, LEASE_ID_SIZE);
	text_endpoints(&text, tenure);
	if (!text.full)
		return;
	text_init(&text, whole, sizeof(whole));
	text_endpoints(&text, tenure);
	text_init(&text, session, LEASE_ID_SIZE);
	text_add(&text, "long:");
	for (size_t i = 0; i < 2; i++) {
		const uint64_t hash = hash_bytes(&keys[i], whole,
						 strlen(whole));
		uint8_t bytes[8];

		for (size_t k = 0; k < 8; k++)
			bytes[k] = (uint8_t)(hash >> (56 - 8 * k));
		text_hex(&text, bytes, 8);
	}
}

/* A text of the event; a NUL in it would hide what comes behind. */
static bool
copy_whole(char *to, size_t size, struct slice from)
{
	return from.length == 0 || (!memchr(from.at, '\0', from.length) &&
				    text_copy(to, size, from));
}

static const char *
refusal(const struct port_tenure *tenure)
{
	const int64_t us = tenure->at.us;

	if (addr_is_unspecified(&tenure->inside))
		return "inside";
	if (addr_is_unspecified(&tenure->outside))
		return "outside";
	/* Nothing was translated; and asking on for its holder would go round
	 * in a circle. */
	if (addr_equal(&tenure->inside, &tenure->outside))
		return "same_address";
	if (tenure->last == 0 || tenure->first > tenure->last)
		return "ports";
	if (us < TIMES_EARLIEST_US || us >= TIMES_LATEST_US)
		return "time";
	return NULL;
}

const char *
port_tenure_say(const struct port_tenure *tenure,
		const struct lease_output *output)
{
	const char *reason = refusal(tenure);
	struct lease_event event;

	if (reason)
		return reason;
	memset(&event, 0, sizeof(event));
	event.kind = tenure->kind;
	event.marks = tenure->marks;
	if (tenure->kind == LEASE_STOP)
		event.marks |= LEASE_BLOCK_ENDS;
	if (tenure->proto > 0 || tenure->single)
		event.marks |= LEASE_SHARES;
	event.subject_count = 1;
	event.subjects[0].slot = LEASE_SLOT_PORTS;
	event.subjects[0].subject.prefix = prefix_of(&tenure->outside, 128);
	event.subjects[0].subject.port_first = tenure->first;
	event.subjects[0].subject.port_last = tenure->last;
	if (!copy_whole(event.speaker, sizeof(event.speaker), tenure->speaker))
		return "speaker";
	if (!copy_whole(event.holder, sizeof(event.holder), tenure->holder))
		return "holder";
	name_session(tenure, event.session);
	event.inside_told = true;
	event.inside = tenure->inside;
	event.inside_realm = tenure->inside_realm;
	event.at = tenure->at;
	event.start = tenure->start;
	event.end = times_unset();
	event.sure = times_unset();
	event.error_us = tenure->error_us;
	event.arrival = tenure->arrival;
	event.origin = tenure->origin;
	output->sink(output->context, &event);
	return NULL;
}

void
port_tenure_doubt(struct port_tenure *tenure, int64_t other_us)
{
	const int64_t us = tenure->at.us;
	int64_t off_us;

	if (us == TIMES_UNSET_US || other_us == TIMES_UNSET_US)
		return;
	off_us = us < other_us ? other_us - us : us - other_us;
	if (off_us > PROMPT_US)
		tenure->marks |= LEASE_CLOCK_DOUBTED;
	if (tenure->error_us < off_us)
		tenure->error_us = off_us;
}

void
port_tenure_refuse(const struct lease_output *output, uint64_t offset,
		   const char *reason)
{
	if (output->refused)
		output->refused(output->context, offset, reason);
}
