/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of addresses, prefixes and endpoints: strict, and canonical. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "net/addr.h"

static const char *
format(const struct addr *addr, char buffer[ADDR_TEXT_SIZE])
{
	struct text text;

	text_init(&text, buffer, ADDR_TEXT_SIZE);
	addr_format(&text, addr);
	assert_false(text.full);
	return buffer;
}

static void
reads_and_writes_canonical_text(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
	    {"0.0.0.0", "0.0.0.0"},
	    {"192.0.2.7", "192.0.2.7"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"::", "::"},
	    {"::1", "::1"},
	    {"1::", "1::"},
	    {"2001:DB8:0:0::1", "2001:db8::1"},
	    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
	    {"2001:db8:0:0:1::1", "2001:db8::1:0:0:1"},
	    /* The first of two equally long runs, the longest of all. */
	    {"2001:db8:0:0:1:0:0:0", "2001:db8:0:0:1::"},
	    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
	    /* One zero group alone isn't shortened. */
	    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    {"2001:db8:1:1:1:1:1::", "2001:db8:1:1:1:1:1:0"},
	    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
	    {"fe80::a00:27ff:fe4e:66a1", "fe80::a00:27ff:fe4e:66a1"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	    {"::ffff:192.0.2.7", "192.0.2.7"},
	    {"::ffff:c000:207", "192.0.2.7"},
	    {"0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"},
	    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
	    {"::192.0.2.7", "::c000:207"},
	    {"0000:0000:0000:0000:0000:ffff:255.255.255.255",
	     "255.255.255.255"},
	};
	char buffer[ADDR_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr addr;

		assert_int_equal(addr_parse(slice_of(cases[i].text), &addr), 0);
		assert_string_equal(format(&addr, buffer), cases[i].canonical);
	}
}

static void
refuses_ambiguous_addresses(void **state)
{
	static const char *const cases[] = {
	    "",
	    "1.2.3",
	    "1.2.3.4.5",
	    "1.2.3.",
	    ".1.2.3",
	    "1..2.3",
	    "192.0.02.1",
	    "00.0.0.0",
	    "192.0.2.256",
	    "192.0.2.1000",
	    "192.0.2.-1",
	    "192.0.2.0x7",
	    "192.0.2.7 ",
	    " 192.0.2.7",
	    "192.0.2.7:80",
	    "192.0.2.7/32",
	    "3221225991",
	    "localhost",
	    ":",
	    ":::",
	    "1:::2",
	    ":1",
	    "1:",
	    ":1::",
	    "::1:",
	    "1::2::3",
	    "1:2:3:4:5:6:7",
	    "1:2:3:4:5:6:7:8:9",
	    "1:2:3:4:5:6:7:8::",
	    "::1:2:3:4:5:6:7:8",
	    "1:2:3:4::5:6:7:8",
	    "12345::",
	    "g::",
	    "::1%eth0",
	    "[::1]",
	    "::1.2.3",
	    "::1.2.3.04",
	    "::1.2.3.4:5",
	    "1.2.3.4::",
	    "1:2:3:4:5:6:7:1.2.3.4",
	    "::1:2:3:4:5:6:7.8.9.1:",
	    "0000:0000:0000:0000:0000:ffff:255.255.255.2555",
	};
	struct addr before = addr_from_v4(7), addr = before;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(addr_parse(slice_of(cases[i]), &addr),
				 LZ_E_FORMAT);
		assert_true(addr_equal(&addr, &before));
	}
	assert_int_equal(addr_parse((struct slice){"1.2.3.4\0", 8}, &addr),
			 LZ_E_FORMAT);
	assert_int_equal(addr_parse((struct slice){NULL, 0}, &addr),
			 LZ_E_FORMAT);
}

/* Random addresses with many zero groups: what is written is read back. */
static void
reads_what_it_writes(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 5);
	for (unsigned i = 0; i < 20000; i++) {
		struct addr addr, back;
		char buffer[ADDR_TEXT_SIZE];
		uint64_t zeros = rng_u64(&rng);

		for (unsigned g = 0; g < 16; g++)
			addr.bytes[g] = zeros >> (g / 2) & 1
					    ? 0
					    : (uint8_t)rng_u64(&rng);
		if (i % 4 == 0)
			addr = addr_from_v4((uint32_t)rng_u64(&rng));
		assert_int_equal(addr_parse(slice_of(format(&addr, buffer)),
					    &back),
				 0);
		assert_true(addr_equal(&addr, &back));
	}
}

static void
tells_families_and_order(void **state)
{
	static const uint8_t quad[4] = {192, 0, 2, 7};
	struct addr a = addr_from_v4(0xc0000207), b, c, zero;

	(void)state;
	b = addr_from_v4_bytes(quad);
	assert_true(addr_equal(&a, &b));
	assert_true(addr_is_v4(&a));
	assert_int_equal(addr_v4(&a), 0xc0000207);
	assert_int_equal(addr_parse(slice_of("2001:db8::7"), &c), 0);
	assert_false(addr_is_v4(&c));
	b = addr_from_v6_bytes(c.bytes);
	assert_true(addr_equal(&b, &c));
	b = addr_from_v4(0xc0000208);
	assert_true(addr_compare(&a, &b) < 0);
	assert_true(addr_compare(&b, &a) > 0);
	assert_true(addr_compare(&b, &c) < 0);
	assert_int_equal(addr_compare(&a, &a), 0);
	zero = addr_from_v4(0);
	assert_true(addr_is_unspecified(&zero));
	memset(&zero, 0, sizeof(zero));
	assert_true(addr_is_unspecified(&zero));
	assert_false(addr_is_unspecified(&a));
	zero.bytes[15] = 1;
	assert_false(addr_is_unspecified(&zero));
}

static void
reads_prefixes(void **state)
{
	static const struct {
		const char *text, *canonical;
		int error;
		uint8_t length;
	} cases[] = {
	    {"192.0.2.0/24", "192.0.2.0/24", 0, 120},
	    {"192.0.2.7", "192.0.2.7/32", 0, 128},
	    {"192.0.2.7/32", "192.0.2.7/32", 0, 128},
	    {"0.0.0.0/0", "0.0.0.0/0", 0, 96},
	    {"128.0.0.0/1", "128.0.0.0/1", 0, 97},
	    {"2001:DB8::/32", "2001:db8::/32", 0, 32},
	    {"2001:db8::7", "2001:db8::7/128", 0, 128},
	    {"::/0", "::/0", 0, 0},
	    {"::ffff:192.0.2.0/120", "192.0.2.0/24", 0, 120},
	    {"192.0.2.7/24", NULL, LZ_E_RANGE, 0},
	    {"192.0.2.1/31", NULL, LZ_E_RANGE, 0},
	    {"2001:db8::1/127", NULL, LZ_E_RANGE, 0},
	    {"192.0.2.0/33", NULL, LZ_E_RANGE, 0},
	    {"2001:db8::/129", NULL, LZ_E_RANGE, 0},
	    {"10.0.0.0/99999999999999999999", NULL, LZ_E_RANGE, 0},
	    {"192.0.2.0/", NULL, LZ_E_FORMAT, 0},
	    {"192.0.2.0/024", NULL, LZ_E_FORMAT, 0},
	    {"192.0.2.0/00", NULL, LZ_E_FORMAT, 0},
	    {"192.0.2.0/-1", NULL, LZ_E_FORMAT, 0},
	    {"192.0.2.0/24/24", NULL, LZ_E_FORMAT, 0},
	    {"192.0.2.0 /24", NULL, LZ_E_FORMAT, 0},
	    {"192.0.2/24", NULL, LZ_E_FORMAT, 0},
	    {"/24", NULL, LZ_E_FORMAT, 0},
	    {"", NULL, LZ_E_FORMAT, 0},
	};
	char buffer[PREFIX_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix prefix;
		struct text text;

		assert_int_equal(prefix_parse(slice_of(cases[i].text), &prefix),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_int_equal(prefix.length, cases[i].length);
		text_init(&text, buffer, sizeof(buffer));
		prefix_format(&text, &prefix);
		assert_string_equal(buffer, cases[i].canonical);
	}
}

static bool
bit(const struct addr *addr, unsigned i)
{
	return addr->bytes[i / 8] >> (7 - i % 8) & 1;
}

/* Cutting and containing, bit by bit, for every length there is. */
static void
cuts_at_every_length(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 6);
	for (unsigned length = 0; length <= 128; length++) {
		struct addr addr, other;
		struct prefix prefix, again;

		for (unsigned i = 0; i < 16; i++)
			addr.bytes[i] = (uint8_t)rng_u64(&rng);
		prefix = prefix_of(&addr, (uint8_t)length);
		for (unsigned i = 0; i < 128; i++)
			assert_int_equal(bit(&prefix.addr, i),
					 i < length ? bit(&addr, i) : 0);
		assert_true(prefix_contains(&prefix, &addr));
		for (unsigned i = 0; i < 128; i++) {
			other = addr;
			other.bytes[i / 8] ^= (uint8_t)(0x80 >> i % 8);
			assert_int_equal(prefix_contains(&prefix, &other),
					 i >= length);
		}
		again = prefix_of(&prefix.addr, (uint8_t)length);
		assert_true(prefix_equal(&again, &prefix));
		again.length ^= 1;
		assert_false(prefix_equal(&again, &prefix));
	}
}

static void
reads_endpoints(void **state)
{
	static const struct {
		const char *text, *canonical;
		int error;
	} cases[] = {
	    {"192.0.2.7", "192.0.2.7", 0},
	    {"192.0.2.7:80", "192.0.2.7:80", 0},
	    {"192.0.2.7:0", "192.0.2.7:0", 0},
	    {"192.0.2.7:80/udp", "192.0.2.7:80/udp", 0},
	    {"192.0.2.7:80/UDP", "192.0.2.7:80/udp", 0},
	    {"192.0.2.7/icmp", "192.0.2.7/icmp", 0},
	    {"192.0.2.7/6", "192.0.2.7/tcp", 0},
	    {"192.0.2.7/253", "192.0.2.7/253", 0},
	    {"2001:db8::7", "2001:db8::7", 0},
	    {"2001:db8::7/ipv6-icmp", "2001:db8::7/ipv6-icmp", 0},
	    {"[2001:db8::7]", "2001:db8::7", 0},
	    {"[2001:db8::7]:443/tcp", "[2001:db8::7]:443/tcp", 0},
	    {"[2001:db8::7]/tcp", "2001:db8::7/tcp", 0},
	    {"[::ffff:192.0.2.7]:443", "192.0.2.7:443", 0},
	    {"::ffff:192.0.2.7", "192.0.2.7", 0},
	    {"64:ff9b::192.0.2.7/tcp", "64:ff9b::c000:207/tcp", 0},
	    {"192.0.2.7:65536", NULL, LZ_E_RANGE},
	    {"192.0.2.7:", NULL, LZ_E_FORMAT},
	    {"192.0.2.7:x", NULL, LZ_E_FORMAT},
	    {"192.0.2.7:-1", NULL, LZ_E_FORMAT},
	    {"192.0.2.7:80/", NULL, LZ_E_FORMAT},
	    {"192.0.2.7:80/256", NULL, LZ_E_FORMAT},
	    {"192.0.2.7:80/tcp/udp", NULL, LZ_E_FORMAT},
	    {"192.0.2.7/nothing", NULL, LZ_E_FORMAT},
	    {"[192.0.2.7]:80", NULL, LZ_E_FORMAT},
	    {"[2001:db8::7", NULL, LZ_E_FORMAT},
	    {"[2001:db8::7]443", NULL, LZ_E_FORMAT},
	    {"[2001:db8::7]:", NULL, LZ_E_FORMAT},
	    {"[]:80", NULL, LZ_E_FORMAT},
	    {"[", NULL, LZ_E_FORMAT},
	    {"2001:db8::7]:443", NULL, LZ_E_FORMAT},
	    {":80", NULL, LZ_E_FORMAT},
	    {"/tcp", NULL, LZ_E_FORMAT},
	    {"", NULL, LZ_E_FORMAT},
	};
	char buffer[ENDPOINT_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint endpoint;
		struct text text;

		assert_int_equal(endpoint_parse(slice_of(cases[i].text),
						&endpoint),
				 cases[i].error);
		if (cases[i].error)
			continue;
		text_init(&text, buffer, sizeof(buffer));
		endpoint_format(&text, &endpoint);
		assert_string_equal(buffer, cases[i].canonical);
	}
}

static void
the_longest_endpoint_fits(void **state)
{
	struct endpoint endpoint = {.port = 65535, .proto = 58};
	char buffer[ENDPOINT_TEXT_SIZE];
	struct text text;

	(void)state;
	memset(&endpoint.addr, 0xfe, sizeof(endpoint.addr));
	text_init(&text, buffer, sizeof(buffer));
	endpoint_format(&text, &endpoint);
	assert_false(text.full);
}

static void
names_protocols(void **state)
{
	uint8_t proto;

	(void)state;
	assert_string_equal(addr_proto_name(6), "tcp");
	assert_string_equal(addr_proto_name(47), "gre");
	assert_null(addr_proto_name(255));
	for (unsigned i = 0; i < 256; i++) {
		const char *name = addr_proto_name((uint8_t)i);

		if (!name)
			continue;
		assert_int_equal(addr_proto_parse(slice_of(name), &proto), 0);
		assert_int_equal(proto, i);
	}
	assert_int_equal(addr_proto_parse(slice_of("255"), &proto), 0);
	assert_int_equal(proto, 255);
	assert_int_equal(addr_proto_parse(slice_of("256"), &proto),
			 LZ_E_FORMAT);
	assert_int_equal(addr_proto_parse(slice_of(""), &proto), LZ_E_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_and_writes_canonical_text),
	    cmocka_unit_test(refuses_ambiguous_addresses),
	    cmocka_unit_test(reads_what_it_writes),
	    cmocka_unit_test(tells_families_and_order),
	    cmocka_unit_test(reads_prefixes),
	    cmocka_unit_test(cuts_at_every_length),
	    cmocka_unit_test(reads_endpoints),
	    cmocka_unit_test(the_longest_endpoint_fits),
	    cmocka_unit_test(names_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
