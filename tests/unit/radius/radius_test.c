/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RADIUS packets: what we write we read, what radclient signed we believe, and
 * nothing that was touched on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"

static struct md5 *md5;

static int
begin(void **state)
{
	(void)state;
	if (crypto_init() != 0)
		return -1;
	md5 = md5_new();
	return md5 ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	md5_free(md5);
	crypto_fini();
	return 0;
}

static struct slice
secret(void)
{
	return slice_of("testing-secret");
}

/* An Accounting-Request with one of everything; answers its length. */
static size_t
build_request(uint8_t bytes[RADIUS_PACKET_MAX], bool signed_twice)
{
	static const uint8_t ports[] = {3, 6, 203, 0, 113, 40, 8, 6,
					0, 0, 0,   1, 9,   6,  0, 0,
					8, 0, 10,  6, 0,   0,  9, 255};
	struct addr nas = addr_from_v4(0xc0000201);
	struct addr nas6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
	struct prefix prefix = {{{0x20, 0x01, 0x0d, 0xb8, 0, 0x12, 0x34}}, 56};
	struct radius_build build;

	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 77);
	if (signed_twice)
		radius_build_message_authenticator(&build);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, 3);
	radius_build_text(&build, RADIUS_USER_NAME, "sub-a");
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &nas);
	radius_build_addr(&build, RADIUS_NAS_IPV6_ADDRESS, &nas6);
	radius_build_prefix6(&build, RADIUS_DELEGATED_IPV6_PREFIX, &prefix);
	radius_build_bytes(&build, RADIUS_PROXY_STATE, "one", 3);
	radius_build_vendor(&build, RADIUS_VENDOR_BROADBAND_FORUM,
			    RADIUS_AGENT_CIRCUIT_ID, "olt1/1/1", 8);
	radius_build_extended(&build, RADIUS_EXTENDED_1, RADIUS_IP_PORT_RANGE,
			      ports, sizeof(ports));
	radius_build_bytes(&build, RADIUS_PROXY_STATE, "two", 3);
	assert_int_equal(radius_build_request(&build, md5, secret()), 0);
	return build.length;
}

static void
expect(struct radius_iterator *iterator, uint8_t type, const void *value,
       size_t length)
{
	struct radius_attribute attribute;

	assert_true(radius_next(iterator, &attribute));
	assert_int_equal(attribute.type, type);
	assert_int_equal(attribute.length, length);
	assert_memory_equal(attribute.value, value, length);
}

static void
reads_what_it_wrote(void **state)
{
	uint8_t bytes[RADIUS_PACKET_MAX];
	size_t length = build_request(bytes, false);
	struct radius_attribute attribute;
	struct radius_iterator iterator;
	struct radius_packet packet;
	struct radius_tlv tlv;
	struct prefix prefix;
	struct cursor tlvs;
	uint32_t number;

	(void)state;
	assert_int_equal(radius_read(&packet, bytes, length), 0);
	assert_int_equal(packet.code, RADIUS_ACCOUNTING_REQUEST);
	assert_int_equal(packet.id, 77);
	assert_int_equal(packet.length, length);
	assert_int_equal(radius_verify_request(&packet, md5, secret()),
			 RADIUS_GENUINE);

	radius_begin(&iterator, &packet);
	expect(&iterator, RADIUS_ACCT_STATUS_TYPE, "\0\0\0\3", 4);
	expect(&iterator, RADIUS_USER_NAME, "sub-a", 5);
	expect(&iterator, RADIUS_NAS_IP_ADDRESS, "\300\0\2\1", 4);
	assert_true(radius_next(&iterator, &attribute));
	assert_int_equal(attribute.length, 16);
	assert_true(radius_next(&iterator, &attribute));
	assert_int_equal(attribute.type, RADIUS_DELEGATED_IPV6_PREFIX);
	assert_int_equal(attribute.length, 2 + 7);
	assert_int_equal(radius_prefix6(attribute.value, attribute.length,
					&prefix),
			 0);
	assert_int_equal(prefix.length, 56);
	assert_int_equal(prefix.addr.bytes[6], 0x34);
	expect(&iterator, RADIUS_PROXY_STATE, "one", 3);
	assert_true(radius_next(&iterator, &attribute));
	assert_int_equal(attribute.type, RADIUS_VENDOR_SPECIFIC);
	assert_int_equal(attribute.vendor, 3561);
	assert_int_equal(attribute.vendor_type, RADIUS_AGENT_CIRCUIT_ID);
	assert_int_equal(attribute.length, 8);
	assert_memory_equal(attribute.value, "olt1/1/1", 8);
	assert_true(radius_next(&iterator, &attribute));
	assert_int_equal(attribute.type, 241);
	assert_int_equal(attribute.extended, 6);
	assert_false(attribute.more);
	cursor_init(&tlvs, attribute.value, attribute.length);
	for (uint32_t want[] = {3, 8, 9, 10}, i = 0; i < 4; i++) {
		assert_true(radius_tlv_next(&tlvs, &tlv));
		assert_int_equal(tlv.type, want[i]);
		assert_int_equal(radius_u32(tlv.value, tlv.length, &number), 0);
	}
	assert_int_equal(number, 2559);
	assert_false(radius_tlv_next(&tlvs, &tlv));
	assert_false(tlvs.failed);
	expect(&iterator, RADIUS_PROXY_STATE, "two", 3);
	assert_false(radius_next(&iterator, &attribute));
	assert_false(radius_next(&iterator, &attribute));
}

/* Any bit of a packet, or of the secret, decides. */
static void
believes_nothing_touched(void **state)
{
	uint8_t bytes[RADIUS_PACKET_MAX], whole[RADIUS_PACKET_MAX];
	struct radius_packet packet;

	(void)state;
	for (int signed_twice = 0; signed_twice < 2; signed_twice++) {
		size_t length = build_request(whole, signed_twice);

		for (size_t bit = 0; bit < 8 * length; bit++) {
			memcpy(bytes, whole, length);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (radius_read(&packet, bytes, length) != 0)
				continue;
			assert_int_not_equal(radius_verify_request(&packet, md5,
								   secret()),
					     RADIUS_GENUINE);
		}
		assert_int_equal(radius_read(&packet, whole, length), 0);
		assert_int_equal(radius_verify_request(&packet, md5,
						       slice_of("testing")),
				 RADIUS_WRONG_AUTHENTICATOR);
	}
}

/* Authenticator right, Message-Authenticator wrong, cut, or twice. */
static void
checks_the_message_authenticator(void **state)
{
	uint8_t bytes[RADIUS_PACKET_MAX], value[MD5_SIZE] = {1};
	struct radius_packet packet;
	struct radius_build build;
	size_t length;

	(void)state;
	length = build_request(bytes, true);
	assert_int_equal(radius_read(&packet, bytes, length), 0);
	assert_int_equal(radius_verify_request(&packet, md5, secret()),
			 RADIUS_GENUINE);
	for (size_t size = 0; size <= MD5_SIZE; size++) {
		radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
		radius_build_bytes(&build, RADIUS_MESSAGE_AUTHENTICATOR, value,
				   size);
		assert_int_equal(radius_build_request(&build, md5, secret()),
				 0);
		assert_int_equal(radius_read(&packet, bytes, build.length), 0);
		assert_int_equal(radius_verify_request(&packet, md5, secret()),
				 RADIUS_WRONG_MESSAGE_AUTHENTICATOR);
	}
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	radius_build_bytes(&build, RADIUS_MESSAGE_AUTHENTICATOR, value, 16);
	radius_build_message_authenticator(&build);
	assert_int_equal(radius_build_request(&build, md5, secret()), 0);
	assert_int_equal(radius_read(&packet, bytes, build.length), 0);
	assert_int_equal(radius_verify_request(&packet, md5, secret()),
			 RADIUS_WRONG_MESSAGE_AUTHENTICATOR);
	/* Ours can't be asked for twice. */
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	radius_build_message_authenticator(&build);
	radius_build_message_authenticator(&build);
	assert_int_equal(radius_build_request(&build, md5, secret()),
			 LZ_E_FULL);
}

/* Signed or not, the answer is the same and carries no signature but its
 * authenticator. */
static void
answers_with_the_proxies_states(void **state)
{
	uint8_t bytes[RADIUS_PACKET_MAX], answer[RADIUS_PACKET_MAX];
	uint8_t other[RADIUS_AUTHENTICATOR_SIZE] = {0};
	struct radius_packet request, response;
	struct radius_iterator iterator;
	struct radius_attribute attribute;

	(void)state;
	for (int signed_twice = 0; signed_twice < 2; signed_twice++) {
		size_t length = build_request(bytes, signed_twice);
		int written;

		assert_int_equal(radius_read(&request, bytes, length), 0);
		written = radius_build_accounting_response(answer, &request,
							   md5, secret());
		assert_int_equal(written, 20 + 5 + 5);
		assert_int_equal(radius_read(&response, answer,
					     (size_t)written),
				 0);
		assert_int_equal(response.code, RADIUS_ACCOUNTING_RESPONSE);
		assert_int_equal(response.id, 77);
		assert_int_equal(radius_verify_response(&response, bytes + 4,
							md5, secret()),
				 RADIUS_GENUINE);
		assert_int_equal(radius_verify_response(&response, other, md5,
							secret()),
				 RADIUS_WRONG_AUTHENTICATOR);
		radius_begin(&iterator, &response);
		expect(&iterator, RADIUS_PROXY_STATE, "one", 3);
		expect(&iterator, RADIUS_PROXY_STATE, "two", 3);
		assert_false(radius_next(&iterator, &attribute));
		/* A response is never answered. */
		assert_int_equal(radius_build_accounting_response(
				     bytes, &response, md5, secret()),
				 LZ_E_STATE);
	}
}

/* A CoA-ACK's Message-Authenticator by the RFC, and as FreeRADIUS counts it. */
static void
believes_both_ways_to_sign_a_response(void **state)
{
	static const uint8_t zeros[MD5_SIZE];
	uint8_t bytes[RADIUS_PACKET_MAX], asked[MD5_SIZE] = {1, 2, 3};
	struct radius_packet packet;
	struct radius_build build;

	(void)state;
	for (int way = 0; way < 3; way++) {
		radius_build_begin(&build, bytes, RADIUS_COA_ACK, 9);
		radius_build_u32(&build, RADIUS_ERROR_CAUSE, 503);
		radius_build_message_authenticator(&build);
		assert_int_equal(radius_build_response(&build,
						       way == 1 ? zeros : asked,
						       md5, secret()),
				 0);
		if (way == 2)
			bytes[build.message_authenticator] ^= 1;
		/* The header's own is counted over the request's. */
		memcpy(bytes + 4, asked, MD5_SIZE);
		md5_begin(md5);
		md5_add(md5, bytes, build.length);
		md5_add(md5, secret().at, secret().length);
		md5_end(md5, bytes + 4);
		assert_int_equal(radius_read(&packet, bytes, build.length), 0);
		assert_int_equal(radius_verify_response(&packet, asked, md5,
							secret()),
				 way == 2 ? RADIUS_WRONG_MESSAGE_AUTHENTICATOR
					  : RADIUS_GENUINE);
	}
}

/* Signed by radclient of FreeRADIUS 3.2.1, with Message-Authenticator. */
static void
believes_radclient(void **state)
{
	static const uint8_t bytes[] = {
	    0x04, 0x7e, 0x00, 0x43, 0x52, 0x64, 0xd4, 0x3c, 0xab, 0xe7,
	    0x00, 0x05, 0xc5, 0x2f, 0xd3, 0xd9, 0xc2, 0xaa, 0x11, 0x04,
	    0x28, 0x06, 0x00, 0x00, 0x00, 0x01, 0x2c, 0x04, 0x53, 0x31,
	    0x01, 0x07, 0x73, 0x75, 0x62, 0x2d, 0x61, 0x04, 0x06, 0xcb,
	    0x00, 0x71, 0x14, 0x08, 0x06, 0xc0, 0x00, 0x02, 0x14, 0x50,
	    0x12, 0x40, 0x40, 0xd9, 0xed, 0x00, 0x83, 0x95, 0xde, 0x79,
	    0x7b, 0xf1, 0x5a, 0x1f, 0xe9, 0x13, 0x63,
	};
	struct radius_packet packet;

	(void)state;
	assert_int_equal(radius_read(&packet, bytes, sizeof(bytes)), 0);
	assert_int_equal(radius_verify_request(&packet, md5, secret()),
			 RADIUS_GENUINE);
}

static int
read_length(uint8_t *bytes, size_t length, size_t given)
{
	struct radius_packet packet;

	bytes[2] = (uint8_t)(length >> 8);
	bytes[3] = (uint8_t)length;
	return radius_read(&packet, bytes, given);
}

static void
refuses_what_is_cut(void **state)
{
	uint8_t bytes[5000] = {4, 1};
	struct radius_packet packet;

	(void)state;
	assert_int_equal(radius_read(&packet, bytes, 19), LZ_E_SHORT);
	assert_int_equal(read_length(bytes, 19, 20), LZ_E_RANGE);
	assert_int_equal(read_length(bytes, 21, 20), LZ_E_SHORT);
	assert_int_equal(read_length(bytes, 20, 20), 0);
	/* What follows Length is padding. */
	assert_int_equal(read_length(bytes, 20, 30), 0);
	assert_int_equal(read_length(bytes, 4097, 5000), LZ_E_RANGE);
	assert_int_equal(read_length(bytes, 21, 21), LZ_E_FORMAT);
	bytes[20] = 1;
	bytes[21] = 1;
	assert_int_equal(read_length(bytes, 22, 22), LZ_E_FORMAT);
	bytes[21] = 2;
	assert_int_equal(read_length(bytes, 22, 22), 0);
	bytes[21] = 3;
	assert_int_equal(read_length(bytes, 22, 22), LZ_E_FORMAT);
}

/* Vendor-Specific inside out, extended ones too short for their number. */
static void
survives_odd_insides(void **state)
{
	static const struct {
		uint8_t type;
		const char *value;
		size_t length;
		uint32_t vendor;
		uint8_t vendor_type, extended;
		size_t left;
		bool more;
	} rows[] = {
	    {26, "\0\0\15", 3, 0, 0, 0, 3, false},
	    {26, "\0\0\15\351", 4, 3561, 0, 0, 0, false},
	    {26, "\0\0\15\351\1", 5, 3561, 0, 0, 1, false},
	    {26, "\0\0\15\351\1\1", 6, 3561, 0, 0, 2, false},
	    {26, "\0\0\15\351\1\2", 6, 3561, 1, 0, 0, false},
	    {26, "\0\0\15\351\1\4a", 7, 3561, 0, 0, 3, false},
	    {26, "\1\0\15\351\1\2", 6, 0, 0, 0, 6, false},
	    {241, "", 0, 0, 0, 0, 0, false},
	    {241, "\6", 1, 0, 0, 6, 0, false},
	    {245, "\6", 1, 0, 0, 0, 1, false},
	    {245, "\6\200abc", 5, 0, 0, 6, 3, true},
	};
	uint8_t bytes[RADIUS_PACKET_MAX];
	struct radius_attribute attribute;
	struct radius_iterator iterator;
	struct radius_packet packet;
	struct radius_build build;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		radius_build_begin(&build, bytes, RADIUS_COA_REQUEST, 0);
		radius_build_bytes(&build, rows[i].type, rows[i].value,
				   rows[i].length);
		assert_int_equal(radius_build_request(&build, md5, secret()),
				 0);
		assert_int_equal(radius_read(&packet, bytes, build.length), 0);
		radius_begin(&iterator, &packet);
		assert_true(radius_next(&iterator, &attribute));
		assert_int_equal(attribute.type, rows[i].type);
		assert_int_equal(attribute.vendor, rows[i].vendor);
		assert_int_equal(attribute.vendor_type, rows[i].vendor_type);
		assert_int_equal(attribute.extended, rows[i].extended);
		assert_int_equal(attribute.length, rows[i].left);
		assert_int_equal(attribute.more, rows[i].more);
		assert_false(radius_next(&iterator, &attribute));
	}
}

static void
reads_values_by_type(void **state)
{
	static const uint8_t prefix_bytes[18] = {0,    60, 0x20, 0x01, 0x0d,
						 0xb8, 0,  1,    0,    0x1f};
	struct prefix prefix;
	struct addr addr;
	uint32_t number;

	(void)state;
	assert_int_equal(radius_u32((const uint8_t *)"\1\2\3", 3, &number),
			 LZ_E_FORMAT);
	assert_int_equal(radius_addr4(prefix_bytes, 5, &addr), LZ_E_FORMAT);
	assert_int_equal(radius_addr6(prefix_bytes, 15, &addr), LZ_E_FORMAT);
	/* Host bits are cut; missing bits are refused. */
	assert_int_equal(radius_prefix6(prefix_bytes, 10, &prefix), 0);
	assert_int_equal(prefix.length, 60);
	assert_int_equal(prefix.addr.bytes[7], 0x10);
	assert_int_equal(radius_prefix6(prefix_bytes, 9, &prefix), LZ_E_FORMAT);
	assert_int_equal(radius_prefix6(prefix_bytes, 18, &prefix), 0);
	assert_int_equal(radius_prefix6(prefix_bytes, 19, &prefix),
			 LZ_E_FORMAT);
	assert_int_equal(radius_prefix6((const uint8_t *)"\0\0", 2, &prefix),
			 0);
	assert_int_equal(radius_prefix6((const uint8_t *)"\0", 1, &prefix),
			 LZ_E_FORMAT);
	assert_int_equal(radius_prefix6((const uint8_t *)"\0\201", 2, &prefix),
			 LZ_E_FORMAT);
}

static void
writes_no_more_than_fits(void **state)
{
	uint8_t bytes[RADIUS_PACKET_MAX], value[256] = {0};
	struct radius_packet packet;
	struct radius_build build;

	(void)state;
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 0);
	for (int i = 0; i < 15; i++)
		radius_build_bytes(&build, RADIUS_CLASS, value, 253);
	radius_build_bytes(&build, RADIUS_CLASS, value, 249);
	assert_int_equal(radius_build_request(&build, md5, secret()), 0);
	assert_int_equal(build.length, RADIUS_PACKET_MAX - 0);
	assert_int_equal(radius_read(&packet, bytes, build.length), 0);
	radius_build_bytes(&build, RADIUS_CLASS, value, 0);
	assert_int_equal(radius_build_request(&build, md5, secret()),
			 LZ_E_FULL);
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 0);
	radius_build_bytes(&build, RADIUS_CLASS, value, 254);
	assert_int_equal(radius_build_request(&build, md5, secret()),
			 LZ_E_FULL);
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 0);
	radius_build_vendor(&build, 9, 1, value, 248);
	assert_int_equal(radius_build_request(&build, md5, secret()),
			 LZ_E_FULL);
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 0);
	radius_build_extended(&build, RADIUS_EXTENDED_5, 1, value, 1);
	assert_int_equal(radius_build_request(&build, md5, secret()),
			 LZ_E_FULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_wrote),
	    cmocka_unit_test(believes_nothing_touched),
	    cmocka_unit_test(believes_radclient),
	    cmocka_unit_test(checks_the_message_authenticator),
	    cmocka_unit_test(answers_with_the_proxies_states),
	    cmocka_unit_test(believes_both_ways_to_sign_a_response),
	    cmocka_unit_test(refuses_what_is_cut),
	    cmocka_unit_test(survives_odd_insides),
	    cmocka_unit_test(reads_values_by_type),
	    cmocka_unit_test(writes_no_more_than_fits),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
