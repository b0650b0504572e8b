/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a RADIUS packet: all attributes stay inside it, and what the
 * reader takes, the answer to it is taken too.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "crypto/sha256.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Once for all inputs: a fuzzer never ends a process in an orderly way. */
static struct md5 *
hasher(void)
{
	static struct md5 *md5;

	if (!md5 && (crypto_init() != 0 || !(md5 = md5_new())))
		abort();
	return md5;
}

static void
check_attributes(const struct radius_packet *packet)
{
	struct radius_attribute attribute;
	struct radius_iterator iterator;
	struct prefix prefix;
	size_t count = 0;

	radius_begin(&iterator, packet);
	while (radius_next(&iterator, &attribute)) {
		struct radius_tlv tlv;
		struct cursor tlvs;

		if (attribute.value < packet->bytes + RADIUS_HEADER_SIZE ||
		    attribute.value + attribute.length >
			packet->bytes + packet->length ||
		    ++count > RADIUS_PACKET_MAX / 2)
			abort();
		cursor_init(&tlvs, attribute.value, attribute.length);
		while (radius_tlv_next(&tlvs, &tlv))
			if (tlv.value + tlv.length >
			    attribute.value + attribute.length)
				abort();
		if (radius_prefix6(attribute.value, attribute.length,
				   &prefix) == 0 &&
		    prefix.length > 128)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice secret = slice_of("fuzz");
	uint8_t answer[RADIUS_PACKET_MAX];
	struct radius_packet packet, response;
	int length;

	if (radius_read(&packet, data, size) != 0)
		return 0;
	check_attributes(&packet);
	(void)radius_verify_request(&packet, hasher(), secret);
	length = radius_build_accounting_response(answer, &packet, hasher(),
						  secret);
	if (packet.code != RADIUS_ACCOUNTING_REQUEST) {
		if (length != LZ_E_STATE)
			abort();
		return 0;
	}
	if (length < 0 || radius_read(&response, answer, (size_t)length) != 0 ||
	    radius_verify_response(&response, packet.bytes + 4, hasher(),
				   secret) != RADIUS_GENUINE)
		abort();
	return 0;
}
