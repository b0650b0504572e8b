/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing packets.  The Message-Authenticator is counted over the packet with
 * the authenticator of its time in the header (zeros in a request, the
 * request's in a response), the header's authenticator last.
 */
#include "radius/radius_build.h"

#include <string.h>

#include "radius/numbers.h"

void
radius_build_begin(struct radius_build *build, uint8_t bytes[RADIUS_PACKET_MAX],
		   uint8_t code, uint8_t id)
{
	build->bytes = bytes;
	build->length = RADIUS_HEADER_SIZE;
	build->message_authenticator = 0;
	build->failed = false;
	memset(bytes, 0, RADIUS_HEADER_SIZE);
	bytes[0] = code;
	bytes[1] = id;
}

/* Room for a value of `length`, its type and length written; NULL: none. */
static uint8_t *
room(struct radius_build *build, uint8_t type, size_t length)
{
	uint8_t *at = build->bytes + build->length;

	if (build->failed || length > RADIUS_VALUE_MAX ||
	    length + 2 > RADIUS_PACKET_MAX - build->length) {
		build->failed = true;
		return NULL;
	}
	at[0] = type;
	at[1] = (uint8_t)(length + 2);
	build->length += length + 2;
	return at + 2;
}

void
radius_build_bytes(struct radius_build *build, uint8_t type, const void *value,
		   size_t length)
{
	uint8_t *at = room(build, type, length);

	if (at && length)
		memcpy(at, value, length);
}

void
radius_build_text(struct radius_build *build, uint8_t type, const char *value)
{
	radius_build_bytes(build, type, value, strlen(value));
}

void
radius_build_u32(struct radius_build *build, uint8_t type, uint32_t number)
{
	const uint8_t value[4] = {(uint8_t)(number >> 24),
				  (uint8_t)(number >> 16),
				  (uint8_t)(number >> 8), (uint8_t)number};

	radius_build_bytes(build, type, value, sizeof(value));
}

void
radius_build_addr(struct radius_build *build, uint8_t type,
		  const struct addr *addr)
{
	if (addr_is_v4(addr))
		radius_build_bytes(build, type, addr->bytes + 12, 4);
	else
		radius_build_bytes(build, type, addr->bytes, 16);
}

void
radius_build_prefix6(struct radius_build *build, uint8_t type,
		     const struct prefix *prefix)
{
	uint8_t value[18] = {0, prefix->length};
	size_t length = ((size_t)prefix->length + 7) / 8;

	memcpy(value + 2, prefix->addr.bytes, 16);
	radius_build_bytes(build, type, value, 2 + length);
}

void
radius_build_vendor(struct radius_build *build, uint32_t vendor,
		    uint8_t vendor_type, const void *value, size_t length)
{
	uint8_t *at;

	if (length > RADIUS_VALUE_MAX - 6) {
		build->failed = true;
		return;
	}
	at = room(build, RADIUS_VENDOR_SPECIFIC, length + 6);
	if (!at)
		return;
	at[0] = (uint8_t)(vendor >> 24);
	at[1] = (uint8_t)(vendor >> 16);
	at[2] = (uint8_t)(vendor >> 8);
	at[3] = (uint8_t)vendor;
	at[4] = vendor_type;
	at[5] = (uint8_t)(length + 2);
	if (length)
		memcpy(at + 6, value, length);
}

void
radius_build_extended(struct radius_build *build, uint8_t type,
		      uint8_t extended, const void *value, size_t length)
{
	uint8_t *at;

	if (length > RADIUS_VALUE_MAX - 1 || type < RADIUS_EXTENDED_1 ||
	    type > RADIUS_EXTENDED_4) {
		build->failed = true;
		return;
	}
	at = room(build, type, length + 1);
	if (!at)
		return;
	at[0] = extended;
	if (length)
		memcpy(at + 1, value, length);
}

void
radius_build_message_authenticator(struct radius_build *build)
{
	uint8_t *at;

	if (build->message_authenticator) {
		build->failed = true;
		return;
	}
	at = room(build, RADIUS_MESSAGE_AUTHENTICATOR, MD5_SIZE);
	if (!at)
		return;
	memset(at, 0, MD5_SIZE);
	build->message_authenticator = (size_t)(at - build->bytes);
}

static int
sign(struct radius_build *build, struct md5 *md5, struct slice secret)
{
	if (build->failed)
		return LZ_E_FULL;
	build->bytes[2] = (uint8_t)(build->length >> 8);
	build->bytes[3] = (uint8_t)build->length;
	if (build->message_authenticator)
		md5_hmac(md5, secret.at, secret.length, build->bytes,
			 build->length,
			 build->bytes + build->message_authenticator);
	md5_begin(md5);
	md5_add(md5, build->bytes, build->length);
	md5_add(md5, secret.at, secret.length);
	md5_end(md5, build->bytes + 4);
	return 0;
}

int
radius_build_request(struct radius_build *build, struct md5 *md5,
		     struct slice secret)
{
	memset(build->bytes + 4, 0, RADIUS_AUTHENTICATOR_SIZE);
	return sign(build, md5, secret);
}

int
radius_build_response(
    struct radius_build *build,
    const uint8_t request_authenticator[RADIUS_AUTHENTICATOR_SIZE],
    struct md5 *md5, struct slice secret)
{
	memcpy(build->bytes + 4, request_authenticator,
	       RADIUS_AUTHENTICATOR_SIZE);
	return sign(build, md5, secret);
}

int
radius_build_accounting_response(uint8_t bytes[RADIUS_PACKET_MAX],
				 const struct radius_packet *request,
				 struct md5 *md5, struct slice secret)
{
	struct radius_attribute attribute;
	struct radius_iterator iterator;
	struct radius_build build;
	int error;

	if (request->code != RADIUS_ACCOUNTING_REQUEST)
		return LZ_E_STATE;
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_RESPONSE,
			   request->id);
	radius_begin(&iterator, request);
	while (radius_next(&iterator, &attribute))
		if (attribute.type == RADIUS_PROXY_STATE)
			radius_build_bytes(&build, RADIUS_PROXY_STATE,
					   attribute.value, attribute.length);
	error = radius_build_response(&build, request->bytes + 4, md5, secret);
	return error ? error : (int)build.length;
}
