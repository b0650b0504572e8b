/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and verifying.  The lengths of all attributes are checked once in
 * radius_read; the iterator still goes through a cursor, so that a packet that
 * was never checked can't lead it astray.
 */
#include "radius/radius.h"

#include <string.h>

#include "radius/numbers.h"

#define VENDOR_HEADER 4

static const uint8_t zeros[RADIUS_AUTHENTICATOR_SIZE];

static void
attributes_of(const struct radius_packet *packet, struct cursor *cursor)
{
	cursor_init(cursor, packet->bytes + RADIUS_HEADER_SIZE,
		    packet->length - RADIUS_HEADER_SIZE);
}

/* Splits the next type, length, value off; fails the cursor when it's cut. */
static const uint8_t *
take_tlv(struct cursor *cursor, uint8_t *type, size_t *length)
{
	size_t whole;

	*type = cursor_u8(cursor);
	whole = cursor_u8(cursor);
	if (whole < 2)
		cursor_fail(cursor);
	*length = whole - 2;
	return cursor_take(cursor, whole - 2);
}

int
radius_read(struct radius_packet *packet, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	struct cursor cursor;
	size_t value_length;
	uint8_t type;

	if (length < RADIUS_HEADER_SIZE)
		return LZ_E_SHORT;
	packet->bytes = bytes;
	packet->code = at[0];
	packet->id = at[1];
	packet->length = (size_t)at[2] << 8 | at[3];
	if (packet->length < RADIUS_HEADER_SIZE ||
	    packet->length > RADIUS_PACKET_MAX)
		return LZ_E_RANGE;
	if (packet->length > length)
		return LZ_E_SHORT;
	attributes_of(packet, &cursor);
	while (cursor_left(&cursor))
		(void)take_tlv(&cursor, &type, &value_length);
	return cursor.failed ? LZ_E_FORMAT : 0;
}

void
radius_begin(struct radius_iterator *iterator,
	     const struct radius_packet *packet)
{
	attributes_of(packet, &iterator->attributes);
	cursor_init(&iterator->inside, NULL, 0);
	iterator->vendor = 0;
}

/* Are the bytes vendor type, vendor length, value, again and again? */
static bool
is_vendor_form(struct cursor inside)
{
	size_t length;
	uint8_t type;

	do
		(void)take_tlv(&inside, &type, &length);
	while (cursor_left(&inside));
	return !inside.failed;
}

/* Opens a Vendor-Specific: its inside is given next, or it comes whole. */
static bool
open_vendor(struct radius_iterator *iterator,
	    struct radius_attribute *attribute)
{
	struct cursor inside;
	uint32_t vendor;

	cursor_init(&inside, attribute->value, attribute->length);
	vendor = cursor_u32(&inside);
	/* The high octet is zero (RFC 2865 section 5.26). */
	if (inside.failed || vendor == 0 || vendor >> 24)
		return false;
	attribute->vendor = vendor;
	attribute->value += VENDOR_HEADER;
	attribute->length -= VENDOR_HEADER;
	if (!is_vendor_form(inside))
		return false;
	iterator->vendor = vendor;
	iterator->inside = inside;
	return true;
}

static void
open_extended(struct radius_attribute *attribute)
{
	size_t header = attribute->type >= RADIUS_EXTENDED_5 ? 2 : 1;

	if (attribute->length < header)
		return;
	attribute->extended = attribute->value[0];
	attribute->more = header == 2 && attribute->value[1] & 0x80;
	attribute->value += header;
	attribute->length -= header;
}

static bool
next_inside(struct radius_iterator *iterator,
	    struct radius_attribute *attribute)
{
	*attribute = (struct radius_attribute){.type = RADIUS_VENDOR_SPECIFIC,
					       .vendor = iterator->vendor};
	attribute->value = take_tlv(&iterator->inside, &attribute->vendor_type,
				    &attribute->length);
	return attribute->value != NULL;
}

bool
radius_next(struct radius_iterator *iterator,
	    struct radius_attribute *attribute)
{
	if (cursor_left(&iterator->inside))
		return next_inside(iterator, attribute);
	if (cursor_left(&iterator->attributes) == 0)
		return false;
	*attribute = (struct radius_attribute){0};
	attribute->value = take_tlv(&iterator->attributes, &attribute->type,
				    &attribute->length);
	if (!attribute->value)
		return false;
	if (attribute->type == RADIUS_VENDOR_SPECIFIC) {
		if (open_vendor(iterator, attribute))
			return next_inside(iterator, attribute);
	} else if (attribute->type >= RADIUS_EXTENDED_1 &&
		   attribute->type <= RADIUS_EXTENDED_6) {
		open_extended(attribute);
	}
	return true;
}

bool
radius_tlv_next(struct cursor *tlvs, struct radius_tlv *tlv)
{
	if (cursor_left(tlvs) == 0)
		return false;
	tlv->value = take_tlv(tlvs, &tlv->type, &tlv->length);
	return tlv->value != NULL;
}

int
radius_u32(const uint8_t *value, size_t length, uint32_t *number)
{
	if (length != 4)
		return LZ_E_FORMAT;
	*number = (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 |
		  (uint32_t)value[2] << 8 | value[3];
	return 0;
}

int
radius_addr4(const uint8_t *value, size_t length, struct addr *addr)
{
	if (length != 4)
		return LZ_E_FORMAT;
	*addr = addr_from_v4_bytes(value);
	return 0;
}

int
radius_addr6(const uint8_t *value, size_t length, struct addr *addr)
{
	if (length != 16)
		return LZ_E_FORMAT;
	*addr = addr_from_v6_bytes(value);
	return 0;
}

int
radius_prefix6(const uint8_t *value, size_t length, struct prefix *prefix)
{
	struct addr addr = {{0}};

	if (length < 2 || length > 18 || value[1] > 128 ||
	    (size_t)(value[1] + 7) / 8 > length - 2)
		return LZ_E_FORMAT;
	if (length > 2)
		memcpy(addr.bytes, value + 2, length - 2);
	*prefix = prefix_of(&addr, value[1]);
	return 0;
}

/* In the same time wherever they differ. */
static bool
is_same(const uint8_t *a, const uint8_t *b, size_t length)
{
	unsigned difference = 0;

	for (size_t i = 0; i < length; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/*
 * Its value, or NULL where there is none; *wrong when it's cut or twice there.
 */
static const uint8_t *
message_authenticator(const struct radius_packet *packet, bool *wrong)
{
	const uint8_t *found = NULL, *value;
	struct cursor cursor;
	size_t length;
	uint8_t type;

	*wrong = false;
	attributes_of(packet, &cursor);
	while (cursor_left(&cursor)) {
		value = take_tlv(&cursor, &type, &length);
		if (!value || type != RADIUS_MESSAGE_AUTHENTICATOR)
			continue;
		if (found || length != MD5_SIZE)
			*wrong = true;
		found = value;
	}
	return found;
}

/* Is `found` the HMAC over the packet with this authenticator in its header? */
static bool
is_signed(const struct radius_packet *packet, const uint8_t *found,
	  const uint8_t *authenticator, struct md5 *md5, struct slice secret)
{
	uint8_t digest[MD5_SIZE], copy[RADIUS_PACKET_MAX];

	memcpy(copy, packet->bytes, packet->length);
	memcpy(copy + 4, authenticator, RADIUS_AUTHENTICATOR_SIZE);
	memset(copy + (found - packet->bytes), 0, MD5_SIZE);
	md5_hmac(md5, secret.at, secret.length, copy, packet->length, digest);
	return is_same(digest, found, MD5_SIZE);
}

/* `authenticator` is what stood in the header when it was signed. */
static enum radius_verdict
verify(const struct radius_packet *packet, const uint8_t *authenticator,
       struct md5 *md5, struct slice secret)
{
	uint8_t digest[MD5_SIZE];
	const uint8_t *found;
	bool wrong;

	md5_begin(md5);
	md5_add(md5, packet->bytes, 4);
	md5_add(md5, authenticator, RADIUS_AUTHENTICATOR_SIZE);
	md5_add(md5, packet->bytes + RADIUS_HEADER_SIZE,
		packet->length - RADIUS_HEADER_SIZE);
	md5_add(md5, secret.at, secret.length);
	md5_end(md5, digest);
	if (!is_same(digest, packet->bytes + 4, MD5_SIZE))
		return RADIUS_WRONG_AUTHENTICATOR;
	found = message_authenticator(packet, &wrong);
	if (wrong)
		return RADIUS_WRONG_MESSAGE_AUTHENTICATOR;
	if (!found || is_signed(packet, found, authenticator, md5, secret))
		return RADIUS_GENUINE;
	/* FreeRADIUS 3 signs accounting and CoA responses over zeros. */
	if (authenticator != zeros &&
	    is_signed(packet, found, zeros, md5, secret))
		return RADIUS_GENUINE;
	return RADIUS_WRONG_MESSAGE_AUTHENTICATOR;
}

enum radius_verdict
radius_verify_request(const struct radius_packet *packet, struct md5 *md5,
		      struct slice secret)
{
	return verify(packet, zeros, md5, secret);
}

enum radius_verdict
radius_verify_response(
    const struct radius_packet *packet,
    const uint8_t request_authenticator[RADIUS_AUTHENTICATOR_SIZE],
    struct md5 *md5, struct slice secret)
{
	return verify(packet, request_authenticator, md5, secret);
}
