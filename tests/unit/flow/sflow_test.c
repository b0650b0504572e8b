/* SPDX-License-Identifier: Apache-2.0 */
/* sFlow 5: samples of every form, loss by source, agents behind a replicator;
 * a sample that makes no sense costs itself alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"
#include "flow/decoder.h"

#define NOW_US INT64_C(1767607200000000)
#define TAKEN_MAX 64
#define BYTES_MAX 2048

struct agent {
	struct flow_decoder *decoder;
	uint32_t addr, sequence, uptime_ms;
	uint8_t bytes[BYTES_MAX];
	struct writer writer;
	size_t count_at; /* where the number of samples stands */
	uint32_t samples;
};

static struct {
	size_t count;
	struct flow_record records[TAKEN_MAX];
} taken;

static void
take(void *context, const struct flow_record *records, size_t count)
{
	(void)context;
	for (size_t i = 0; i < count; i++) {
		assert_true(taken.count < TAKEN_MAX);
		taken.records[taken.count++] = records[i];
	}
}

static void
datagram_begin(struct agent *agent)
{
	struct writer *writer = &agent->writer;

	writer_init(writer, agent->bytes, sizeof(agent->bytes));
	writer_u32(writer, 5);
	writer_u32(writer, 1);
	writer_u32(writer, agent->addr);
	writer_u32(writer, 0);
	writer_u32(writer, agent->sequence++);
	writer_u32(writer, agent->uptime_ms += 1000);
	agent->count_at = writer->length;
	writer_u32(writer, 0);
	agent->samples = 0;
	taken.count = 0;
}

static size_t
length_begin(struct writer *writer, uint32_t form)
{
	writer_u32(writer, form);
	writer_u32(writer, 0);
	return writer->length;
}

static void
length_end(struct writer *writer, size_t at)
{
	writer_patch_u16(writer, at - 2, (uint16_t)(writer->length - at));
}

/* An IPv4 packet to port 53, in an Ethernet frame of 1,400 bytes. */
static void
put_header(struct writer *writer, uint8_t host)
{
	size_t at = length_begin(writer, 1);

	writer_u32(writer, 1);
	writer_u32(writer, 1400);
	writer_u32(writer, 4);
	writer_u32(writer, 14 + 28);
	writer_u64(writer, 0);
	writer_u32(writer, 0);
	writer_u16(writer, 0x0800);
	writer_u32(writer, 0x45000000 | 1382);
	writer_u32(writer, 0);
	writer_u32(writer, 0x40110000);
	writer_u32(writer, 0xc0000200u | host);
	writer_u32(writer, 0xc6336409u);
	writer_u32(writer, 40000u << 16 | 53);
	writer_u32(writer, 0);
	length_end(writer, at);
	writer_u16(writer, 0); /* 42 bytes: up to a whole word */
}

static void
put_sample(struct agent *agent, bool expanded, uint32_t sequence,
	   uint32_t source, uint32_t in_if, uint32_t out_if, uint8_t host)
{
	struct writer *writer = &agent->writer;
	size_t at = length_begin(writer, expanded ? 3 : 1);

	writer_u32(writer, sequence);
	if (expanded)
		writer_u32(writer, 0);
	writer_u32(writer, source);
	writer_u32(writer, 2048);
	writer_u32(writer, 0);
	writer_u32(writer, 0);
	if (expanded)
		writer_u32(writer, 0);
	writer_u32(writer, in_if);
	if (expanded)
		writer_u32(writer, 0);
	writer_u32(writer, out_if);
	writer_u32(writer, 1);
	put_header(writer, host);
	length_end(writer, at);
	agent->samples++;
}

static int
datagram_send(struct agent *agent, uint32_t from)
{
	struct flow_datagram datagram = {.source_port = 6343,
					 .arrival = {NOW_US},
					 .bytes = agent->bytes};

	writer_patch_u16(&agent->writer, agent->count_at + 2,
			 (uint16_t)agent->samples);
	assert_false(agent->writer.failed);
	datagram.length = agent->writer.length;
	datagram.source = addr_from_v4(from);
	return flow_decoder_datagram(agent->decoder, &datagram, take, NULL);
}

static struct agent
agent_new(uint32_t addr)
{
	static const struct flow_conf conf = {.key = {1, 2}};

	return (struct agent){.decoder = flow_decoder_new(&conf),
			      .addr = addr,
			      .uptime_ms = 3600000};
}

static void
a_sample_is_a_packet(void **state)
{
	(void)state;
	for (int expanded = 0; expanded < 2; expanded++) {
		struct agent agent = agent_new(0xcb007101u);
		const struct flow_record *record = &taken.records[0];

		datagram_begin(&agent);
		put_sample(&agent, expanded, 1, 7, 7, 9, 7);
		put_sample(&agent, expanded, 2, 9, 7, 9, 8);
		assert_int_equal(datagram_send(&agent, 0xcb007101u), 2);
		assert_int_equal(taken.count, 2);
		assert_int_equal(addr_v4(&record->src), 0xc0000207u);
		assert_int_equal(record->dport, 53);
		assert_int_equal(record->proto, 17);
		assert_int_equal(record->packets, 1);
		assert_int_equal(record->bytes, 1400);
		assert_int_equal(record->sampling, 2048);
		assert_int_equal(record->sampling_from, SAMPLING_ANNOUNCED);
		assert_int_equal(record->start.us, NOW_US);
		assert_int_equal(record->in_if, 7);
		assert_int_equal(record->out_if, 9);
		assert_int_equal(record->direction, FLOW_DIRECTION_IN);
		assert_int_equal(taken.records[1].direction,
				 FLOW_DIRECTION_OUT);
		flow_decoder_free(agent.decoder);
	}
}

static void
loss_is_counted_source_by_source(void **state)
{
	struct agent agent = agent_new(0xcb007101u);
	struct flow_exporter_stats stats;

	(void)state;
	for (uint32_t i = 0; i < 30; i++) {
		datagram_begin(&agent);
		put_sample(&agent, false, 100 + i * (i < 20 ? 1 : 2), 7, 7, 9,
			   7);
		put_sample(&agent, false, 5000 + i, 8, 8, 9, 8);
		(void)datagram_send(&agent, 0xcb007101u);
	}
	flow_decoder_exporter(agent.decoder, 0, &stats);
	/* 20 before the 21st, then one before each. */
	assert_int_equal(stats.lost, 20 + 9);
	/* It reboots: nothing is lost. */
	agent.uptime_ms = 0;
	agent.sequence = 0;
	datagram_begin(&agent);
	put_sample(&agent, false, 1, 7, 7, 9, 7);
	(void)datagram_send(&agent, 0xcb007101u);
	flow_decoder_exporter(agent.decoder, 0, &stats);
	assert_int_equal(stats.lost, 29);
	assert_false(stats.disputed);
	flow_decoder_free(agent.decoder);
}

static void
agents_behind_a_replicator_are_two(void **state)
{
	struct agent one = agent_new(0xcb00710bu), two = one;
	struct flow_exporter_stats stats;

	(void)state;
	two.addr = 0xcb00710cu;
	two.sequence = 5000;
	for (int i = 0; i < 3; i++) {
		datagram_begin(&one);
		put_sample(&one, false, 1 + (uint32_t)i, 7, 7, 9, 7);
		(void)datagram_send(&one, 0xcb007163u);
		datagram_begin(&two);
		put_sample(&two, false, 900 + (uint32_t)i, 7, 7, 9, 8);
		(void)datagram_send(&two, 0xcb007163u);
	}
	assert_int_equal(flow_decoder_exporter_count(one.decoder), 2);
	for (uint32_t i = 0; i < 2; i++) {
		flow_decoder_exporter(one.decoder, i, &stats);
		assert_int_equal(addr_v4(&stats.addr), 0xcb00710bu + i);
		assert_int_equal(stats.protocol, FLOW_SFLOW5);
		assert_int_equal(stats.lost, 0);
		assert_false(stats.disputed);
	}
	flow_decoder_free(one.decoder);
}

/* Its length is right, its inside isn't: the next sample is read. */
static void
a_broken_sample_costs_itself(void **state)
{
	struct agent agent = agent_new(0xcb007101u);
	struct flow_exporter_stats stats;
	size_t at;

	(void)state;
	datagram_begin(&agent);
	at = length_begin(&agent.writer, 1);
	writer_u64(&agent.writer, 1);
	length_end(&agent.writer, at);
	agent.samples++;
	put_sample(&agent, false, 1, 7, 7, 9, 7);
	assert_int_equal(datagram_send(&agent, 0xcb007101u), 1);
	assert_int_equal(taken.count, 1);
	flow_decoder_exporter(agent.decoder, 0, &stats);
	assert_int_equal(stats.malformed[FLOW_MALFORMED_RECORD], 1);

	/* A length past the end: what stood before it counts. */
	datagram_begin(&agent);
	put_sample(&agent, false, 2, 7, 7, 9, 7);
	writer_u32(&agent.writer, 1);
	writer_u32(&agent.writer, UINT32_MAX);
	agent.samples = UINT16_MAX;
	assert_int_equal(datagram_send(&agent, 0xcb007101u), LZ_E_SHORT);
	assert_int_equal(taken.count, 1);
	flow_decoder_exporter(agent.decoder, 0, &stats);
	assert_int_equal(stats.malformed[FLOW_MALFORMED_SET_LENGTH], 1);
	flow_decoder_free(agent.decoder);
}

static void
cut_at_every_byte(void **state)
{
	struct agent agent = agent_new(0xcb007101u);

	(void)state;
	datagram_begin(&agent);
	put_sample(&agent, true, 1, 7, 7, 9, 7);
	put_sample(&agent, false, 1, 7, 7, 9, 7);
	writer_patch_u16(&agent.writer, agent.count_at + 2, 2);
	for (size_t length = 0; length < agent.writer.length; length++) {
		uint8_t *copy = test_malloc(length ? length : 1);
		const struct flow_datagram datagram = {.bytes = copy,
						       .length = length,
						       .arrival = {NOW_US}};

		taken.count = 0;
		memcpy(copy, agent.bytes, length);
		assert_true(flow_decoder_datagram(agent.decoder, &datagram,
						  take, NULL) < 0);
		assert_true(taken.count <= 1);
		test_free(copy);
	}
	flow_decoder_free(agent.decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sample_is_a_packet),
	    cmocka_unit_test(loss_is_counted_source_by_source),
	    cmocka_unit_test(agents_behind_a_replicator_are_two),
	    cmocka_unit_test(a_broken_sample_costs_itself),
	    cmocka_unit_test(cut_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
