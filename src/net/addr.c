/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of addresses, prefixes, endpoints and protocols. */
#include "net/addr.h"

#define GROUPS 8
#define V4_MAPPED_BITS 96
#define PORT_MAX 65535

bool
addr_is_unspecified(const struct addr *addr)
{
	static const struct addr zero;

	return addr_equal(addr, &zero) ||
	       (addr_is_v4(addr) && addr_v4(addr) == 0);
}

static int
parse_v4(struct slice rest, uint8_t bytes[4])
{
	for (unsigned i = 0; i < 4; i++) {
		struct slice part = slice_split(&rest, '.');
		uint64_t value;

		/* 010 is ambiguous (octal to some): refused. */
		if ((i < 3 && !rest.at) || part.length > 3 ||
		    (part.length > 1 && part.at[0] == '0') ||
		    slice_u64(part, 255, &value))
			return LZ_E_FORMAT;
		bytes[i] = (uint8_t)value;
	}
	return rest.at ? LZ_E_FORMAT : 0;
}

static int
parse_group(struct slice part, uint8_t bytes[2])
{
	unsigned value = 0;

	if (part.length < 1 || part.length > 4)
		return LZ_E_FORMAT;
	for (size_t i = 0; i < part.length; i++) {
		char c = part.at[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned)(c - 'A' + 10);
		else
			return LZ_E_FORMAT;
		value = value << 4 | digit;
	}
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
	return 0;
}

/*
 * Groups with ':' between them, a dotted quad allowed as the last two; no
 * "::".  Answers the number of bytes written, at most `room`, or an error.
 */
static int
parse_groups(struct slice rest, uint8_t *bytes, size_t room)
{
	size_t used = 0;

	while (rest.at) {
		struct slice part = slice_split(&rest, ':');
		bool quad = !rest.at && part.length &&
			    memchr(part.at, '.', part.length);
		size_t width = quad ? 4 : 2;

		if (room - used < width)
			return LZ_E_FORMAT;
		if (quad ? parse_v4(part, bytes + used)
			 : parse_group(part, bytes + used))
			return LZ_E_FORMAT;
		used += width;
	}
	return (int)used;
}

static int
parse_v6(struct slice slice, uint8_t bytes[16])
{
	uint8_t tail[16] = {0};
	struct slice head = slice, rest = {NULL, 0};
	int before = 0, after = 0;

	for (size_t i = 0; i + 1 < slice.length; i++) {
		if (slice.at[i] == ':' && slice.at[i + 1] == ':') {
			head.length = i;
			rest.at = slice.at + i + 2;
			rest.length = slice.length - i - 2;
			break;
		}
	}
	memset(bytes, 0, 16);
	if (!rest.at)
		return parse_groups(head, bytes, 16) == 16 ? 0 : LZ_E_FORMAT;
	/* A dotted quad stands at the very end only, never before "::". */
	if (head.length && memchr(head.at, '.', head.length))
		return LZ_E_FORMAT;
	if (head.length)
		before = parse_groups(head, bytes, 14);
	if (rest.length)
		after = parse_groups(rest, tail, 14);
	if (before < 0 || after < 0 || before + after > 14)
		return LZ_E_FORMAT;
	memcpy(bytes + 16 - after, tail, (size_t)after);
	return 0;
}

int
addr_parse(struct slice slice, struct addr *addr)
{
	uint8_t bytes[16];

	if (slice.length == 0 || slice.length >= ADDR_TEXT_SIZE)
		return LZ_E_FORMAT;
	if (memchr(slice.at, ':', slice.length)) {
		if (parse_v6(slice, bytes))
			return LZ_E_FORMAT;
		*addr = addr_from_v6_bytes(bytes);
		return 0;
	}
	if (parse_v4(slice, bytes))
		return LZ_E_FORMAT;
	*addr = addr_from_v4_bytes(bytes);
	return 0;
}

static unsigned
group_of(const struct addr *addr, unsigned i)
{
	return (unsigned)addr->bytes[2 * i] << 8 | addr->bytes[2 * i + 1];
}

/* The longest run of two or more zero groups, the first of equals. */
static unsigned
longest_zeros(const struct addr *addr, unsigned *first)
{
	unsigned best = 1;

	for (unsigned i = 0; i < GROUPS; i++) {
		unsigned run = 0;

		while (i + run < GROUPS && group_of(addr, i + run) == 0)
			run++;
		if (run > best) {
			best = run;
			*first = i;
		}
		i += run;
	}
	return best > 1 ? best : 0;
}

static void
format_v6(struct text *text, const struct addr *addr)
{
	static const char digits[] = "0123456789abcdef";
	unsigned first = GROUPS;
	unsigned zeros = longest_zeros(addr, &first);

	for (unsigned i = 0; i < GROUPS; i++) {
		unsigned group = group_of(addr, i);
		int shift = 12;

		if (i == first) {
			text_add(text, "::");
			i += zeros - 1;
			continue;
		}
		if (i > 0 && i != first + zeros)
			text_char(text, ':');
		while (shift > 0 && group >> shift == 0)
			shift -= 4;
		for (; shift >= 0; shift -= 4)
			text_char(text, digits[group >> shift & 15]);
	}
}

void
addr_format(struct text *text, const struct addr *addr)
{
	if (!addr_is_v4(addr)) {
		format_v6(text, addr);
		return;
	}
	for (unsigned i = 12; i < 16; i++) {
		if (i > 12)
			text_char(text, '.');
		text_u64(text, addr->bytes[i]);
	}
}

struct prefix
prefix_of(const struct addr *addr, uint8_t length)
{
	struct prefix prefix = {*addr, length};

	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = length > 8 * i ? length - 8 * i : 0;

		if (kept < 8)
			prefix.addr.bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
	return prefix;
}

int
prefix_parse(struct slice slice, struct prefix *prefix)
{
	struct slice rest = slice;
	struct slice head = slice_split(&rest, '/');
	bool v4 = head.length && !memchr(head.at, ':', head.length);
	uint64_t length = v4 ? 32 : 128;
	struct addr addr;

	if (addr_parse(head, &addr))
		return LZ_E_FORMAT;
	if (rest.at) {
		int error;

		if (rest.length > 1 && rest.at[0] == '0')
			return LZ_E_FORMAT;
		error = slice_u64(rest, length, &length);
		if (error)
			return error;
	}
	if (v4)
		length += V4_MAPPED_BITS;
	*prefix = prefix_of(&addr, (uint8_t)length);
	return addr_equal(&prefix->addr, &addr) ? 0 : LZ_E_RANGE;
}

void
prefix_format(struct text *text, const struct prefix *prefix)
{
	bool v4 = addr_is_v4(&prefix->addr) && prefix->length >= V4_MAPPED_BITS;

	addr_format(text, &prefix->addr);
	text_char(text, '/');
	text_u64(text, v4 ? prefix->length - V4_MAPPED_BITS : prefix->length);
}

bool
prefix_contains(const struct prefix *prefix, const struct addr *addr)
{
	unsigned whole = prefix->length / 8, bits = prefix->length % 8;

	if (memcmp(prefix->addr.bytes, addr->bytes, whole) != 0)
		return false;
	return bits == 0 ||
	       (prefix->addr.bytes[whole] ^ addr->bytes[whole]) >> (8 - bits) ==
		   0;
}

bool
prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->length == b->length && addr_equal(&a->addr, &b->addr);
}

struct proto_name {
	uint8_t proto;
	const char *name;
};

static const struct proto_name proto_names[] = {
    {1, "icmp"},  {2, "igmp"},  {4, "ipip"},   {6, "tcp"},    {17, "udp"},
    {41, "ipv6"}, {47, "gre"},  {50, "esp"},   {51, "ah"},    {58, "ipv6-icmp"},
    {89, "ospf"}, {103, "pim"}, {112, "vrrp"}, {132, "sctp"}, {136, "udplite"},
};

#define PROTO_NAMES (sizeof(proto_names) / sizeof(proto_names[0]))

const char *
addr_proto_name(uint8_t proto)
{
	for (size_t i = 0; i < PROTO_NAMES; i++)
		if (proto_names[i].proto == proto)
			return proto_names[i].name;
	return NULL;
}

int
addr_proto_parse(struct slice slice, uint8_t *proto)
{
	uint64_t number;

	for (size_t i = 0; i < PROTO_NAMES; i++) {
		if (slice_equal_folded(slice, proto_names[i].name)) {
			*proto = proto_names[i].proto;
			return 0;
		}
	}
	if (slice_u64(slice, 255, &number))
		return LZ_E_FORMAT;
	*proto = (uint8_t)number;
	return 0;
}

/* ":port" behind an address, if there is one. */
static int
parse_port(struct slice port, int32_t *value)
{
	uint64_t number;
	int error = slice_u64(port, PORT_MAX, &number);

	if (!error)
		*value = (int32_t)number;
	return error;
}

int
endpoint_parse(struct slice slice, struct endpoint *endpoint)
{
	struct slice proto = slice, rest;
	struct slice head = slice_split(&proto, '/');
	struct slice host = head, port = {NULL, 0};
	struct endpoint parsed = {.port = -1, .proto = -1};
	uint8_t number;
	int error = 0;

	if (head.length && head.at[0] == '[') {
		rest = (struct slice){head.at + 1, head.length - 1};
		host = slice_split(&rest, ']');
		if (!rest.at || !memchr(host.at, ':', host.length) ||
		    (rest.length && rest.at[0] != ':'))
			return LZ_E_FORMAT;
		if (rest.length)
			port = (struct slice){rest.at + 1, rest.length - 1};
	} else if (head.length && memchr(head.at, '.', head.length)) {
		/* With a dot and several colons it's IPv6, port-less. */
		rest = head;
		host = slice_split(&rest, ':');
		if (rest.at && rest.length && memchr(rest.at, ':', rest.length))
			host = head;
		else
			port = rest;
	}
	if (addr_parse(host, &parsed.addr))
		return LZ_E_FORMAT;
	if (port.at)
		error = parse_port(port, &parsed.port);
	if (!error && proto.at) {
		error = addr_proto_parse(proto, &number);
		parsed.proto = number;
	}
	if (!error)
		*endpoint = parsed;
	return error;
}

void
endpoint_format(struct text *text, const struct endpoint *endpoint)
{
	bool brackets = endpoint->port >= 0 && !addr_is_v4(&endpoint->addr);
	const char *name;

	if (brackets)
		text_char(text, '[');
	addr_format(text, &endpoint->addr);
	if (brackets)
		text_char(text, ']');
	if (endpoint->port >= 0) {
		text_char(text, ':');
		text_u64(text, (uint64_t)endpoint->port);
	}
	if (endpoint->proto < 0)
		return;
	text_char(text, '/');
	name = addr_proto_name((uint8_t)endpoint->proto);
	if (name)
		text_add(text, name);
	else
		text_u64(text, (uint64_t)endpoint->proto);
}
