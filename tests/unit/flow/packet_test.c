/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in everything that operators wrap around them, and in tunnels; cut at
 * every byte, they are refused or answer what stood before the cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"
#include "flow/packet.h"

#define FRAME_MAX 512
#define SUBSCRIBER 0xc0000207u /* 192.0.2.7 */
#define PEER 0xc6336409u       /* 198.51.100.9 */

struct frame {
	uint8_t bytes[FRAME_MAX];
	struct writer writer;
};

static void
frame_begin(struct frame *frame)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	writer_init(&frame->writer, frame->bytes, sizeof(frame->bytes));
	writer_bytes(&frame->writer, macs, sizeof(macs));
}

static void
put_ipv4(struct writer *writer, uint8_t proto, uint16_t payload,
	 uint16_t fragment)
{
	writer_u16(writer, 0x4500);
	writer_u16(writer, (uint16_t)(20 + payload));
	writer_u16(writer, 1);
	writer_u16(writer, fragment);
	writer_u8(writer, 64);
	writer_u8(writer, proto);
	writer_u16(writer, 0);
	writer_u32(writer, SUBSCRIBER);
	writer_u32(writer, PEER);
}

static void
put_ipv6(struct writer *writer, uint8_t next, uint16_t payload)
{
	uint8_t addr[16] = {0x20, 0x01, 0x0d, 0xb8};

	writer_u32(writer, 0x60000000);
	writer_u16(writer, payload);
	writer_u8(writer, next);
	writer_u8(writer, 64);
	addr[15] = 7;
	writer_bytes(writer, addr, sizeof(addr));
	addr[15] = 9;
	writer_bytes(writer, addr, sizeof(addr));
}

/* 20 bytes. */
static void
put_tcp(struct writer *writer, uint8_t flags)
{
	writer_u16(writer, 40000);
	writer_u16(writer, 23);
	writer_u32(writer, 0xc6336409u);
	writer_u32(writer, 0);
	writer_u8(writer, 0x50);
	writer_u8(writer, flags);
	writer_u16(writer, 1024);
	writer_u32(writer, 0);
}

static int
read_frame(const struct frame *frame, struct packet *packet)
{
	assert_false(frame->writer.failed);
	return packet_read(PACKET_LINK_ETHERNET, frame->bytes,
			   frame->writer.length, packet);
}

static void
assert_tcp(const struct packet *packet, uint32_t ip_length)
{
	assert_int_equal(packet->proto, 6);
	assert_int_equal(packet->sport, 40000);
	assert_int_equal(packet->dport, 23);
	assert_int_equal(packet->tcp_flags, 2);
	assert_int_equal(packet->tcp_sequence, 0xc6336409u);
	assert_int_equal(packet->marks, PACKET_PORTS | PACKET_FLAGS);
	assert_int_equal(packet->ip_length, ip_length);
}

static void
assert_v4(const struct packet *packet)
{
	const struct addr src = addr_from_v4(SUBSCRIBER);
	const struct addr dst = addr_from_v4(PEER);

	assert_true(addr_equal(&packet->src, &src));
	assert_true(addr_equal(&packet->dst, &dst));
}

static void
any_stack_of_tags(void **state)
{
	static const uint16_t stacks[][3] = {{0x8100, 0x8100, 0},
					     {0x88a8, 0x8100, 0},
					     {0x9100, 0x8100, 0x8100},
					     {0x8100, 0x88a8, 0x9200}};

	(void)state;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		struct frame frame;
		struct packet packet;

		frame_begin(&frame);
		for (size_t j = 0; j < 3 && stacks[i][j]; j++) {
			writer_u16(&frame.writer, stacks[i][j]);
			writer_u16(&frame.writer, (uint16_t)(0x2452 + j));
		}
		writer_u16(&frame.writer, 0x0800);
		put_ipv4(&frame.writer, 6, 20, 0);
		put_tcp(&frame.writer, 2);
		assert_int_equal(read_frame(&frame, &packet), 0);
		assert_v4(&packet);
		assert_tcp(&packet, 40);
		assert_int_equal(packet.vlan, 0x452);
	}
}

static void
labels_and_pseudowires(void **state)
{
	struct frame frame;
	struct packet packet;

	(void)state;
	for (int wire = 0; wire < 2; wire++) {
		frame_begin(&frame);
		writer_u16(&frame.writer, 0x8847);
		writer_u32(&frame.writer, 0x00010040);
		writer_u32(&frame.writer, 0x00020040);
		writer_u32(&frame.writer, 0x00030140); /* the last one */
		if (wire) {
			writer_u32(&frame.writer, 0); /* control word */
			writer_u64(&frame.writer, 0);
			writer_u32(&frame.writer, 0);
			writer_u16(&frame.writer, 0x0800);
		}
		put_ipv4(&frame.writer, 6, 20, 0);
		put_tcp(&frame.writer, 2);
		assert_int_equal(read_frame(&frame, &packet), 0);
		assert_v4(&packet);
		assert_tcp(&packet, 40);
	}
	/* Labels that never end. */
	frame_begin(&frame);
	writer_u16(&frame.writer, 0x8847);
	for (int i = 0; i < 40; i++)
		writer_u32(&frame.writer, 0x00010040);
	assert_int_equal(read_frame(&frame, &packet), LZ_E_FORMAT);
}

static void
pppoe_is_taken_off(void **state)
{
	struct frame frame;
	struct packet packet;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		frame_begin(&frame);
		writer_u16(&frame.writer, 0x8864);
		writer_u16(&frame.writer, 0x1100);
		writer_u16(&frame.writer, 9);
		writer_u16(&frame.writer, v6 ? 62 : 42);
		writer_u16(&frame.writer, v6 ? 0x57 : 0x21);
		if (v6)
			put_ipv6(&frame.writer, 6, 20);
		else
			put_ipv4(&frame.writer, 6, 20, 0);
		put_tcp(&frame.writer, 2);
		assert_int_equal(read_frame(&frame, &packet), 0);
		assert_tcp(&packet, v6 ? 60 : 40);
	}
}

static void
ipv6_extension_headers(void **state)
{
	struct frame frame;
	struct packet packet;

	(void)state;
	frame_begin(&frame);
	writer_u16(&frame.writer, 0x86dd);
	put_ipv6(&frame.writer, 0, 8 + 16 + 12 + 20);
	writer_u16(&frame.writer, 0x3c00); /* hop by hop; options behind it */
	writer_u16(&frame.writer, 0x0104);
	writer_u32(&frame.writer, 0);
	writer_u16(&frame.writer, 0x3301); /* options of 16; AH behind them */
	writer_u16(&frame.writer, 0x010c);
	writer_u64(&frame.writer, 0);
	writer_u32(&frame.writer, 0);
	writer_u16(&frame.writer, 0x0601); /* AH of 12; TCP behind it */
	writer_u16(&frame.writer, 0);
	writer_u64(&frame.writer, 0);
	put_tcp(&frame.writer, 2);
	assert_int_equal(read_frame(&frame, &packet), 0);
	assert_tcp(&packet, 40 + 8 + 16 + 12 + 20);
}

static void
fragments_have_ports_in_the_first_alone(void **state)
{
	struct frame frame;
	struct packet packet;

	(void)state;
	frame_begin(&frame);
	writer_u16(&frame.writer, 0x0800);
	put_ipv4(&frame.writer, 17, 8, 0x2000);
	writer_u64(&frame.writer, UINT64_C(0x0035003500080000));
	assert_int_equal(read_frame(&frame, &packet), 0);
	assert_int_equal(packet.marks, PACKET_FRAGMENT | PACKET_PORTS);
	assert_int_equal(packet.dport, 53);
	frame_begin(&frame);
	writer_u16(&frame.writer, 0x0800);
	put_ipv4(&frame.writer, 17, 8, 0x2010);
	writer_u64(&frame.writer, UINT64_C(0x0035003500080000));
	assert_int_equal(read_frame(&frame, &packet), 0);
	assert_int_equal(packet.marks, PACKET_FRAGMENT | PACKET_LATER_FRAGMENT);
	assert_int_equal(packet.dport, 0);
	/* IPv6: a later fragment of what would look like ports. */
	frame_begin(&frame);
	writer_u16(&frame.writer, 0x86dd);
	put_ipv6(&frame.writer, 44, 16);
	writer_u64(&frame.writer, UINT64_C(0x1100000900000001));
	writer_u64(&frame.writer, UINT64_C(0x0035003500080000));
	assert_int_equal(read_frame(&frame, &packet), 0);
	assert_int_equal(packet.proto, 17);
	assert_int_equal(packet.marks, PACKET_FRAGMENT | PACKET_LATER_FRAGMENT);
}

/* The outer packet is the flow; what is inside is asked for apart. */
static void
tunnels_are_packets_of_their_own(void **state)
{
	struct frame frame;
	struct packet packet, inner;

	(void)state;
	frame_begin(&frame);
	writer_u16(&frame.writer, 0x0800);
	put_ipv4(&frame.writer, 41, 60, 0);
	put_ipv6(&frame.writer, 6, 20);
	put_tcp(&frame.writer, 2);
	assert_int_equal(read_frame(&frame, &packet), 0);
	assert_v4(&packet);
	assert_int_equal(packet.proto, 41);
	assert_int_equal(packet.marks, 0);
	assert_int_equal(packet_inner(&packet, &inner), 0);
	assert_tcp(&inner, 60);
	assert_false(addr_is_v4(&inner.src));
	/* It goes no deeper. */
	assert_int_equal(packet_inner(&inner, &packet), LZ_E_UNSUPPORTED);

	frame_begin(&frame);
	writer_u16(&frame.writer, 0x0800);
	put_ipv4(&frame.writer, 47, 12 + 14 + 40, 0);
	writer_u32(&frame.writer, 0x30006558); /* GRE: key, sequence, bridged */
	writer_u64(&frame.writer, 1);
	writer_u64(&frame.writer, 0);
	writer_u32(&frame.writer, 0);
	writer_u16(&frame.writer, 0x0800);
	put_ipv4(&frame.writer, 6, 20, 0);
	put_tcp(&frame.writer, 2);
	assert_int_equal(read_frame(&frame, &packet), 0);
	assert_int_equal(packet.proto, 47);
	assert_int_equal(packet_inner(&packet, &inner), 0);
	assert_v4(&inner);
	assert_tcp(&inner, 40);
}

static void
cut_at_every_byte(void **state)
{
	struct frame frame;
	struct packet packet, inner;

	(void)state;
	frame_begin(&frame);
	writer_u32(&frame.writer, 0x81000007);
	writer_u16(&frame.writer, 0x0800);
	put_ipv4(&frame.writer, 4, 40, 0);
	put_ipv4(&frame.writer, 6, 20, 0);
	put_tcp(&frame.writer, 2);
	for (size_t length = 0; length <= frame.writer.length; length++) {
		/* In memory of its very size: a read beyond is seen. */
		uint8_t *copy = test_malloc(length ? length : 1);
		int error;

		memcpy(copy, frame.bytes, length);
		error = packet_read(PACKET_LINK_ETHERNET, copy, length,
				    &packet);
		assert_int_equal(error, length < 18 + 20 ? LZ_E_SHORT : 0);
		if (!error) {
			assert_v4(&packet);
			error = packet_inner(&packet, &inner);
			assert_int_equal(error,
					 length < 18 + 40 ? LZ_E_SHORT : 0);
		}
		if (!error && length < 18 + 54)
			assert_int_equal(inner.marks & PACKET_FLAGS, 0);
		test_free(copy);
	}
}

static void
what_is_no_ip_is_said(void **state)
{
	static const uint8_t arp[20] = {[12] = 0x08, [13] = 0x06};
	static const uint8_t odd[20] = {0x50};
	struct packet packet;

	(void)state;
	assert_int_equal(packet_read(PACKET_LINK_ETHERNET, arp, 20, &packet),
			 LZ_E_UNSUPPORTED);
	assert_int_equal(packet_read(9999, arp, 20, &packet), LZ_E_UNSUPPORTED);
	assert_int_equal(packet_read(PACKET_LINK_RAW, odd, 20, &packet),
			 LZ_E_FORMAT);
	assert_int_equal(packet_read(PACKET_LINK_RAW, odd, 0, &packet),
			 LZ_E_SHORT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_stack_of_tags),
	    cmocka_unit_test(labels_and_pseudowires),
	    cmocka_unit_test(pppoe_is_taken_off),
	    cmocka_unit_test(ipv6_extension_headers),
	    cmocka_unit_test(fragments_have_ports_in_the_first_alone),
	    cmocka_unit_test(tunnels_are_packets_of_their_own),
	    cmocka_unit_test(cut_at_every_byte),
	    cmocka_unit_test(what_is_no_ip_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
