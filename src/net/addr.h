/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and prefixes: 16 bytes, IPv4 mapped (::ffff:a.b.c.d, RFC 4291
 * section 2.5.5.2), so that one code path serves both families.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/errors.h"
#include "base/text.h"

struct addr {
	uint8_t bytes[16];
};

/* length counts mapped bits: an IPv4 /24 has length 120; host bits are 0. */
struct prefix {
	struct addr addr;
	uint8_t length;
};

/* Longest text of an address, a prefix, "[addr]:port/proto", with its NUL. */
#define ADDR_TEXT_SIZE 46
#define PREFIX_TEXT_SIZE 50
#define ENDPOINT_TEXT_SIZE 64

static inline struct addr
addr_from_v6_bytes(const uint8_t bytes[16])
{
	struct addr addr;

	memcpy(addr.bytes, bytes, 16);
	return addr;
}

static inline struct addr
addr_from_v4_bytes(const uint8_t bytes[4])
{
	struct addr addr = {{[10] = 0xff, [11] = 0xff}};

	memcpy(addr.bytes + 12, bytes, 4);
	return addr;
}

static inline struct addr
addr_from_v4(uint32_t host_order)
{
	const uint8_t bytes[4] = {(uint8_t)(host_order >> 24),
				  (uint8_t)(host_order >> 16),
				  (uint8_t)(host_order >> 8),
				  (uint8_t)host_order};

	return addr_from_v4_bytes(bytes);
}

static inline bool
addr_is_v4(const struct addr *addr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(addr->bytes, mapped, 12) == 0;
}

/* The IPv4 address in host order; only where addr_is_v4. */
static inline uint32_t
addr_v4(const struct addr *addr)
{
	const uint8_t *at = addr->bytes + 12;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static inline bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->bytes, b->bytes, 16) == 0;
}

/* Below, at or above 0; IPv4 sorts within IPv6, numerically. */
static inline int
addr_compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a->bytes, b->bytes, 16);
}

/* :: or 0.0.0.0. */
bool addr_is_unspecified(const struct addr *addr);

/*
 * Strict text forms: dotted quad without leading zeros; IPv6 as RFC 4291; no
 * zone, no brackets.  LZ_E_FORMAT otherwise.  Format is RFC 5952, mapped
 * addresses as dotted quads.
 */
LZ_NODISCARD int addr_parse(struct slice slice, struct addr *addr);
void addr_format(struct text *text, const struct addr *addr);

/*
 * "a/len" or a lone address; LZ_E_RANGE when host bits are set or len is too
 * large.  "::/0" is every address, of both families; "0.0.0.0/0" all of IPv4.
 */
LZ_NODISCARD int prefix_parse(struct slice slice, struct prefix *prefix);
void prefix_format(struct text *text, const struct prefix *prefix);
/* Cuts host bits; length in mapped bits, 0..128. */
struct prefix prefix_of(const struct addr *addr, uint8_t length);
bool prefix_contains(const struct prefix *prefix, const struct addr *addr);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/*
 * "192.0.2.7", "192.0.2.7:80", "192.0.2.7:80/udp", "[2001:db8::7]:443/tcp",
 * "2001:db8::7", "192.0.2.7/icmp".  Protocols: names of addr_proto_name or a
 * number.  What isn't given is -1.  LZ_E_FORMAT, or LZ_E_RANGE for a port
 * above 65535.
 */
struct endpoint {
	struct addr addr;
	int32_t port;
	int32_t proto;
};
LZ_NODISCARD int endpoint_parse(struct slice slice, struct endpoint *endpoint);
void endpoint_format(struct text *text, const struct endpoint *endpoint);

/* "tcp", "udp", "icmp", "ipv6-icmp", "gre" ... or NULL when it has no name. */
const char *addr_proto_name(uint8_t proto);
/* By name (folded) or number 0..255; LZ_E_FORMAT. */
LZ_NODISCARD int addr_proto_parse(struct slice slice, uint8_t *proto);

#endif
