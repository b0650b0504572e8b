/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes RADIUS packets: begin, put attributes, then sign as a request or as a
 * response.  Errors stick: only the signing call says whether all fitted.
 */
#ifndef RADIUS_RADIUS_BUILD_H
#define RADIUS_RADIUS_BUILD_H

#include "radius/radius.h"

#define RADIUS_VALUE_MAX 253

struct radius_build {
	uint8_t *bytes; /* the caller's, RADIUS_PACKET_MAX of them */
	size_t length;
	size_t message_authenticator; /* its value's offset; 0: none */
	bool failed;
};

/* `code` of enum radius_code. */
void radius_build_begin(struct radius_build *build,
			uint8_t bytes[RADIUS_PACKET_MAX], uint8_t code,
			uint8_t id);
void radius_build_bytes(struct radius_build *build, uint8_t type,
			const void *value, size_t length);
void radius_build_text(struct radius_build *build, uint8_t type,
		       const char *value);
void radius_build_u32(struct radius_build *build, uint8_t type,
		      uint32_t number);
/* 4 bytes of an IPv4 address, 16 of an IPv6 one. */
void radius_build_addr(struct radius_build *build, uint8_t type,
		       const struct addr *addr);
/* Framed-IPv6-Prefix, Delegated-IPv6-Prefix: no more bytes than its length
 * needs. */
void radius_build_prefix6(struct radius_build *build, uint8_t type,
			  const struct prefix *prefix);
void radius_build_vendor(struct radius_build *build, uint32_t vendor,
			 uint8_t vendor_type, const void *value, size_t length);
/* type.extended, type 241 to 244; `value` are its TLVs, ready. */
void radius_build_extended(struct radius_build *build, uint8_t type,
			   uint8_t extended, const void *value, size_t length);
/* Its place; the signing call fills it in.  At most once. */
void radius_build_message_authenticator(struct radius_build *build);

/*
 * Fills in length, Message-Authenticator if asked for, and Request
 * Authenticator.  LZ_E_FULL when something didn't fit or was impossible.
 */
LZ_NODISCARD int radius_build_request(struct radius_build *build,
				      struct md5 *md5, struct slice secret);
LZ_NODISCARD int radius_build_response(
    struct radius_build *build,
    const uint8_t request_authenticator[RADIUS_AUTHENTICATOR_SIZE],
    struct md5 *md5, struct slice secret);

/*
 * The whole answer to an Accounting-Request into `bytes`: its Proxy-States in
 * their order (RFC 2865 section 5.33), and no Message-Authenticator, not even
 * where the request had one: RFC 2869 section 5.19 names none for accounting,
 * and implementations that know one there count it in two ways and drop an
 * answer that is counted in the other.  Answers the length, LZ_E_FULL, or
 * LZ_E_STATE when `request` is no Accounting-Request.
 */
LZ_NODISCARD int
radius_build_accounting_response(uint8_t bytes[RADIUS_PACKET_MAX],
				 const struct radius_packet *request,
				 struct md5 *md5, struct slice secret);

#endif
