/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads RADIUS packets (RFC 2865 section 3, RFC 2866 section 3) and checks
 * that they come from who shares the secret.
 *
 * Nothing is copied: packets and attributes lend from the received bytes.  What
 * attributes mean is the reader's business (lease/accounting.h); which
 * code is allowed where is the listener's.  Access-Requests, whose
 * authenticator is a random number, and fragments of long attributes (RFC 6929
 * section 2.2, flag More) are outside: the latter are given piece by piece.
 */
#ifndef RADIUS_RADIUS_H
#define RADIUS_RADIUS_H

#include "base/cursor.h"
#include "base/errors.h"
#include "base/text.h"
#include "crypto/md5.h"
#include "net/addr.h"

#define RADIUS_HEADER_SIZE 20
#define RADIUS_PACKET_MAX 4096
#define RADIUS_AUTHENTICATOR_SIZE 16

struct radius_packet {
	const uint8_t *bytes;
	size_t length; /* by its own Length field: padding is cut off */
	uint8_t code;
	uint8_t id;
};

/*
 * Takes the header and walks all attributes once, so that whoever iterates
 * later meets none that is cut.  LZ_E_SHORT: fewer bytes than a header or than
 * Length says; LZ_E_RANGE: Length below 20 or above 4096; LZ_E_FORMAT: an
 * attribute shorter than 2 or beyond the end.
 */
LZ_NODISCARD int radius_read(struct radius_packet *packet, const void *bytes,
			     size_t length);

/*
 * One attribute, or one vendor's attribute out of a Vendor-Specific one.
 * `extended` is the number behind the point of 241.6; `vendor` is set with
 * `vendor_type`.  A Vendor-Specific whose inside isn't of the recommended form
 * (RFC 2865 section 5.26) comes whole, with vendor_type 0.
 */
struct radius_attribute {
	uint32_t vendor; /* 0: none */
	uint8_t type;
	uint8_t vendor_type;
	uint8_t extended; /* 0: none */
	bool more;        /* the next of the same number continues it */
	const uint8_t *value;
	size_t length;
};

struct radius_iterator {
	struct cursor attributes;
	struct cursor inside; /* what is left of a Vendor-Specific */
	uint32_t vendor;
};

void radius_begin(struct radius_iterator *iterator,
		  const struct radius_packet *packet);
/* The next one, in the packet's order; false at the end. */
bool radius_next(struct radius_iterator *iterator,
		 struct radius_attribute *attribute);

/* TLVs of an extended attribute (RFC 6929 section 2.3): over its value. */
struct radius_tlv {
	uint8_t type;
	const uint8_t *value;
	size_t length;
};
/* False at the end; a TLV that is cut fails the cursor. */
bool radius_tlv_next(struct cursor *tlvs, struct radius_tlv *tlv);

/*
 * Values by their data type (RFC 8044 section 3): LZ_E_FORMAT when the length is
 * another.  An IPv6 prefix loses its host bits; LZ_E_FORMAT when fewer bits
 * come than its length says, or more than 128.
 */
LZ_NODISCARD int radius_u32(const uint8_t *value, size_t length,
			    uint32_t *number);
LZ_NODISCARD int radius_addr4(const uint8_t *value, size_t length,
			      struct addr *addr);
LZ_NODISCARD int radius_addr6(const uint8_t *value, size_t length,
			      struct addr *addr);
LZ_NODISCARD int radius_prefix6(const uint8_t *value, size_t length,
				struct prefix *prefix);

enum radius_verdict {
	RADIUS_GENUINE = 0,
	RADIUS_WRONG_AUTHENTICATOR,
	/* There, and wrong, cut or twice there (RFC 2869 section 5.14). */
	RADIUS_WRONG_MESSAGE_AUTHENTICATOR
};

/*
 * An Accounting-, CoA- or Disconnect-Request: its Request Authenticator, and
 * its Message-Authenticator where it has one (counted over the packet with an
 * authenticator of zeros, RFC 5176 section 3.4).
 */
enum radius_verdict radius_verify_request(const struct radius_packet *packet,
					  struct md5 *md5, struct slice secret);
/*
 * The answer to a request that carried `request_authenticator`.  Its
 * Message-Authenticator may be counted over that one (RFC 5176 section 3.4) or
 * over zeros, as FreeRADIUS 3 does: the secret is in both.
 */
enum radius_verdict radius_verify_response(
    const struct radius_packet *packet,
    const uint8_t request_authenticator[RADIUS_AUTHENTICATOR_SIZE],
    struct md5 *md5, struct slice secret);

#endif
