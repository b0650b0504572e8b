/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translators' events: their way beside the traffic, their times, and when the
 * decoder says that others may be missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/writer.h"
#include "flow/decoder.h"

#define NOW_S UINT32_C(1767607200)
#define NOW_US ((int64_t)NOW_S * TIMES_SECOND_US)
#define EVENTS_MAX 600
#define WORDS_MAX 32

struct seen {
	size_t flows, event_count, word_count, piece_count;
	struct nat_event events[EVENTS_MAX];
	struct nat_word words[WORDS_MAX];
};

static void
take_flows(void *context, const struct flow_record *records, size_t count)
{
	struct seen *seen = context;

	(void)records;
	seen->flows += count;
}

static void
take_events(void *context, const struct nat_event *events, size_t count)
{
	struct seen *seen = context;

	seen->piece_count++;
	for (size_t i = 0; i < count; i++) {
		assert_true(seen->event_count < EVENTS_MAX);
		seen->events[seen->event_count++] = events[i];
	}
}

static void
take_word(void *context, const struct nat_word *word)
{
	struct seen *seen = context;

	assert_true(seen->word_count < WORDS_MAX);
	seen->words[seen->word_count++] = *word;
}

static struct flow_decoder *
begin(struct seen *seen)
{
	static const struct flow_conf conf = {.key = {1, 2}};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	const struct nat_output output = {take_events, take_word, seen};

	assert_non_null(decoder);
	memset(seen, 0, sizeof(*seen));
	flow_decoder_nat(decoder, &output);
	return decoder;
}

/* An IPFIX message of one set; its length is patched in. */
static void
message(struct writer *writer, void *bytes, size_t size, uint32_t export_s,
	uint32_t sequence, uint16_t set)
{
	writer_init(writer, bytes, size);
	writer_u16(writer, 10);
	writer_u16(writer, 0);
	writer_u32(writer, export_s);
	writer_u32(writer, sequence);
	writer_u32(writer, 5);
	writer_u16(writer, set);
	writer_u16(writer, 0);
}

static int
feed(struct flow_decoder *decoder, struct writer *writer, uint32_t arrival_s,
     struct seen *seen)
{
	struct flow_datagram datagram = {.source = addr_from_v4(0xcb007101u),
					 .source_port = 40000,
					 .arrival = {(int64_t)arrival_s *
						     TIMES_SECOND_US},
					 .bytes = writer->bytes,
					 .length = writer->length};

	assert_false(writer->failed);
	writer_patch_u16(writer, 2, (uint16_t)writer->length);
	writer_patch_u16(writer, 18, (uint16_t)(writer->length - 16));
	return flow_decoder_datagram(decoder, &datagram, take_flows, seen);
}

/* What RFC 8158 section 5.6.9 gives a port block, and a VRF. */
static const uint16_t block[][2] = {{230, 1}, {323, 8}, {8, 4},   {225, 4},
				    {361, 2}, {362, 2}, {363, 2}, {364, 2},
				    {234, 4}, {463, 4}};

static void
tell(struct flow_decoder *decoder, const uint16_t (*fields)[2], size_t count,
     uint32_t export_s, uint32_t sequence, struct seen *seen)
{
	uint8_t bytes[512];
	struct writer writer;

	message(&writer, bytes, sizeof(bytes), export_s, sequence, 2);
	writer_u16(&writer, 400);
	writer_u16(&writer, (uint16_t)count);
	for (size_t i = 0; i < count; i++) {
		writer_u16(&writer, fields[i][0]);
		writer_u16(&writer, fields[i][1]);
	}
	assert_int_equal(feed(decoder, &writer, export_s, seen), 0);
}

static void
put_block(struct writer *writer, uint8_t event, uint64_t observed_ms,
	  uint16_t first)
{
	writer_u8(writer, event);
	writer_u64(writer, observed_ms);
	writer_u32(writer, 0x64400005);
	writer_u32(writer, 0xcb007128);
	writer_u16(writer, first);
	writer_u16(writer, (uint16_t)(first + 511));
	writer_u16(writer, 1);
	writer_u16(writer, 512);
	writer_u32(writer, 7);
	writer_u32(writer, 3);
}

static void
blocks(struct flow_decoder *decoder, uint32_t export_s, uint32_t sequence,
       size_t count, struct seen *seen)
{
	static uint8_t bytes[32768];
	struct writer writer;

	message(&writer, bytes, sizeof(bytes), export_s, sequence, 400);
	for (size_t i = 0; i < count; i++)
		put_block(&writer, 16, (uint64_t)export_s * 1000 - 250,
			  (uint16_t)(1024 + i));
	assert_int_equal(feed(decoder, &writer, export_s, seen), (int)count);
}

static void
a_block_is_no_traffic(void **state)
{
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	const struct nat_event *event = &seen.events[0];
	struct flow_exporter_stats stats;

	(void)state;
	tell(decoder, block, 10, NOW_S, 0, &seen);
	blocks(decoder, NOW_S + 1, 0, 1, &seen);
	assert_int_equal(seen.flows, 0);
	assert_int_equal(seen.event_count, 1);
	assert_int_equal(event->event, NAT_BLOCK_ALLOC);
	assert_int_equal(addr_v4(&event->inside), 0x64400005);
	assert_int_equal(addr_v4(&event->outside), 0xcb007128);
	assert_int_equal(event->port_first, 1024);
	assert_int_equal(event->port_last, 1535);
	assert_int_equal(event->port_step, 1);
	assert_int_equal(event->port_count, 512);
	assert_int_equal(event->vrf, 7);
	assert_int_equal(event->instance, 3);
	assert_int_equal(event->marks,
			 NAT_HAS_FIRST | NAT_HAS_LAST | NAT_HAS_COUNT);
	assert_int_equal(event->at.us, NOW_US + 750000);
	assert_int_equal(event->error_us, 0);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.records, 0);
	assert_int_equal(stats.nat_events, 1);
	flow_decoder_free(decoder);
}

static void
more_than_a_batch_comes_in_pieces(void **state)
{
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);

	(void)state;
	tell(decoder, block, 10, NOW_S, 0, &seen);
	blocks(decoder, NOW_S, 0, FLOW_BATCH_MAX + 3, &seen);
	assert_int_equal(seen.event_count, FLOW_BATCH_MAX + 3);
	assert_int_equal(seen.piece_count, 2);
	assert_int_equal(seen.word_count, 2);
	flow_decoder_free(decoder);
}

static void
a_wrong_time_is_flagged(void **state)
{
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	uint8_t bytes[512];
	struct writer writer;

	(void)state;
	tell(decoder, block, 10, NOW_S, 0, &seen);
	message(&writer, bytes, sizeof(bytes), NOW_S, 0, 400);
	put_block(&writer, 16, 0, 1024);
	put_block(&writer, 16, 5, 1024);
	put_block(&writer, 16, UINT64_MAX, 1024);
	put_block(&writer, 16, (NOW_S - 3600) * UINT64_C(1000), 1024);
	assert_int_equal(feed(decoder, &writer, NOW_S, &seen), 4);
	for (size_t i = 0; i < 3; i++) {
		assert_true(seen.events[i].marks & NAT_TIME_OF_EXPORT);
		assert_int_equal(seen.events[i].at.us, NOW_US);
	}
	assert_true(seen.events[3].marks & NAT_TIME_DOUBTED);
	assert_false(seen.events[3].marks & NAT_TIME_OF_EXPORT);
	/* A clock of its own, not so far off that it is corrected. */
	message(&writer, bytes, sizeof(bytes), NOW_S, 4, 400);
	put_block(&writer, 16, NOW_S * UINT64_C(1000), 1024);
	assert_int_equal(feed(decoder, &writer, NOW_S + 40, &seen), 1);
	assert_int_equal(seen.events[4].marks & NAT_TIME_DOUBTED, 0);
	assert_int_equal(seen.events[4].at.us, NOW_US);
	assert_int_equal(seen.events[4].error_us, 40 * TIMES_SECOND_US);
	flow_decoder_free(decoder);
}

static void
gaps_are_said(void **state)
{
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	static const uint8_t expected[] = {NAT_GAP_FIRST, NAT_GAP_NONE,
					   NAT_GAP_NONE,  NAT_GAP_LOST,
					   NAT_GAP_NONE,  NAT_GAP_RESTART};

	(void)state;
	tell(decoder, block, 10, NOW_S, 5000, &seen);
	blocks(decoder, NOW_S + 1, 5000, 2, &seen);
	blocks(decoder, NOW_S + 2, 5002, 3, &seen);
	blocks(decoder, NOW_S + 3, 5009, 1, &seen); /* 4 are missing */
	blocks(decoder, NOW_S + 4, 5010, 1, &seen);
	tell(decoder, block, 10, NOW_S + 5, 0, &seen);
	assert_int_equal(seen.word_count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(seen.words[i].gap, expected[i]);
	assert_false(times_is_set(seen.words[0].before));
	assert_int_equal(seen.words[3].before.us, NOW_US + 2 * TIMES_SECOND_US);
	assert_int_equal(seen.words[3].exported.us,
			 NOW_US + 3 * TIMES_SECOND_US);
	flow_decoder_free(decoder);
}

static void
unread_data_is_a_gap(void **state)
{
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	uint8_t bytes[512];
	struct writer writer;

	(void)state;
	tell(decoder, block, 10, NOW_S, 0, &seen);
	/* Of a template nobody has told: held, and the one after it can't be
	 * compared with it. */
	message(&writer, bytes, sizeof(bytes), NOW_S + 1, 0, 401);
	put_block(&writer, 16, 0, 1024);
	assert_int_equal(feed(decoder, &writer, NOW_S + 1, &seen), 0);
	blocks(decoder, NOW_S + 2, 1, 1, &seen);
	blocks(decoder, NOW_S + 3, 2, 1, &seen);
	assert_int_equal(seen.words[1].gap, NAT_GAP_UNREAD);
	assert_int_equal(seen.words[2].gap, NAT_GAP_UNREAD);
	assert_int_equal(seen.words[3].gap, NAT_GAP_NONE);
	flow_decoder_free(decoder);
}

/* A softwire's IPv6 end is the subscriber's; what is translated is not. */
static void
the_subscribers_end_counts(void **state)
{
	static const uint16_t fields[][2] = {{230, 1}, {27, 16}, {8, 4},
					     {225, 4}, {227, 2}, {7, 2},
					     {4, 1},   {322, 4}, {464, 2}};
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	static const uint8_t b4[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 4};
	const struct addr softwire = addr_from_v6_bytes(b4);
	uint8_t bytes[512], nothing[16] = {0};
	struct writer writer;

	(void)state;
	tell(decoder, fields, 9, NOW_S, 0, &seen);
	message(&writer, bytes, sizeof(bytes), NOW_S, 0, 400);
	for (unsigned i = 0; i < 2; i++) {
		writer_u8(&writer, 4);
		writer_bytes(&writer, i == 0 ? b4 : nothing, 16);
		writer_u32(&writer, 0xc0a80102);
		writer_u32(&writer, 0xcb007128);
		writer_u16(&writer, 2001);
		writer_u16(&writer, 40000);
		writer_u8(&writer, 17);
		writer_u32(&writer, NOW_S - 1);
		writer_u16(&writer, 9);
	}
	assert_int_equal(feed(decoder, &writer, NOW_S, &seen), 2);
	assert_true(addr_equal(&seen.events[0].inside, &softwire));
	assert_int_equal(addr_v4(&seen.events[1].inside), 0xc0a80102);
	assert_int_equal(seen.events[1].outside_port, 2001);
	assert_int_equal(seen.events[1].inside_port, 40000);
	assert_int_equal(seen.events[1].proto, 17);
	assert_int_equal(seen.events[1].vrf, 9);
	assert_int_equal(seen.events[1].at.us, NOW_US - TIMES_SECOND_US);
	assert_int_equal(seen.events[1].marks, NAT_HAS_PORT);
	flow_decoder_free(decoder);
}

static struct flow_decoder *
resume(const uint8_t *kept, size_t length, int64_t now_us, struct seen *seen)
{
	struct flow_decoder *decoder = begin(seen);
	struct cursor cursor;

	cursor_init(&cursor, kept, length);
	assert_int_equal(flow_decoder_load(decoder, (struct at_arrival){now_us},
					   &cursor),
			 0);
	return decoder;
}

static void
templates_outlive_a_restart(void **state)
{
	/* Of the first schema: schema, time and exporter up to its sequence. */
	const size_t before_next = 2 + 8 + 1 + 16 + 2 + 2 + 4 + 4;
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	static uint8_t kept[8192];
	struct writer writer;

	(void)state;
	tell(decoder, block, 10, NOW_S, 0, &seen);
	blocks(decoder, NOW_S, 0, 1, &seen);
	writer_init(&writer, kept, sizeof(kept));
	flow_decoder_save(decoder, (struct at_arrival){NOW_US}, &writer);
	assert_false(writer.failed);
	flow_decoder_free(decoder);

	/* The very next datagram: nothing was lost meanwhile. */
	decoder = resume(kept, writer.length, NOW_US, &seen);
	blocks(decoder, NOW_S + 1, 1, 1, &seen);
	assert_int_equal(seen.event_count, 1);
	assert_int_equal(seen.events[0].port_last, 1535);
	assert_int_equal(seen.words[0].gap, NAT_GAP_NONE);
	blocks(decoder, NOW_S + 2, 2, 1, &seen);
	assert_int_equal(seen.words[1].gap, NAT_GAP_NONE);
	flow_decoder_free(decoder);

	/* Another: who knows. */
	for (uint32_t sequence = 0; sequence < 3; sequence += 2) {
		decoder = resume(kept, writer.length, NOW_US, &seen);
		blocks(decoder, NOW_S + 1, sequence, 1, &seen);
		assert_int_equal(seen.words[0].gap, NAT_GAP_FIRST);
		flow_decoder_free(decoder);
	}

	/* The first schema knew no translators: theirs are learned anew. */
	kept[1] = 1;
	memmove(kept + before_next, kept + before_next + 5,
		writer.length - before_next - 5);
	decoder = resume(kept, writer.length - 5, NOW_US, &seen);
	tell(decoder, block, 10, NOW_S, 1, &seen);
	blocks(decoder, NOW_S + 1, 1, 1, &seen);
	assert_int_equal(seen.event_count, 1);
	assert_int_equal(seen.words[0].gap, NAT_GAP_FIRST);
	flow_decoder_free(decoder);
}

/* What waits for its template isn't kept, so something is missing then. */
static void
what_waited_is_missed_after_a_restart(void **state)
{
	static struct seen seen;
	struct flow_decoder *decoder = begin(&seen);
	static uint8_t kept[8192];
	uint8_t bytes[512];
	struct writer writer;

	(void)state;
	tell(decoder, block, 10, NOW_S, 0, &seen);
	blocks(decoder, NOW_S, 0, 1, &seen);
	message(&writer, bytes, sizeof(bytes), NOW_S + 1, 1, 401);
	put_block(&writer, 16, 0, 1024);
	assert_int_equal(feed(decoder, &writer, NOW_S + 1, &seen), 0);
	writer_init(&writer, kept, sizeof(kept));
	flow_decoder_save(decoder, (struct at_arrival){NOW_US + 1000000},
			  &writer);
	flow_decoder_free(decoder);
	for (uint32_t sequence = 1; sequence < 3; sequence++) {
		decoder = resume(kept, writer.length, NOW_US + 1000000, &seen);
		blocks(decoder, NOW_S + 2, sequence, 1, &seen);
		assert_int_equal(seen.words[0].gap, NAT_GAP_FIRST);
		flow_decoder_free(decoder);
	}
}

static void
names_are_ours(void **state)
{
	(void)state;
	assert_string_equal(nat_event_name(1), "create");
	assert_string_equal(nat_event_name(16), "block_alloc");
	assert_string_equal(nat_event_name(17), "block_release");
	assert_string_equal(nat_event_name(18), "threshold");
	assert_string_equal(nat_event_name(0), "other");
	assert_string_equal(nat_event_name(19), "other");
	assert_string_equal(nat_gap_name(NAT_GAP_UNREAD), "unread");
	assert_string_equal(nat_gap_name(200), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_block_is_no_traffic),
	    cmocka_unit_test(more_than_a_batch_comes_in_pieces),
	    cmocka_unit_test(a_wrong_time_is_flagged),
	    cmocka_unit_test(gaps_are_said),
	    cmocka_unit_test(unread_data_is_a_gap),
	    cmocka_unit_test(the_subscribers_end_counts),
	    cmocka_unit_test(templates_outlive_a_restart),
	    cmocka_unit_test(what_waited_is_missed_after_a_restart),
	    cmocka_unit_test(names_are_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
