/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of measures: what is one, what isn't, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quarantine/target.h"

static const struct {
	enum measure_kind kind;
	const char *text;
	int error;
} cases[] = {
    {MEASURE_FILTER, "192.0.2.7 > 198.51.100.9:80/udp", 0},
    {MEASURE_FILTER, "192.0.2.7 > 198.51.100.9/icmp", 0},
    {MEASURE_FILTER, "2001:db8::7 > [2001:db8:f::9]:443/tcp", 0},
    {MEASURE_FILTER, "2001:db8::7 > 2001:db8:f::9/ipv6-icmp", 0},
    {MEASURE_FILTER, "203.0.113.40:2001-2512 > 198.51.100.9:80/udp", 0},
    {MEASURE_GARDEN, "192.0.2.7", 0},
    {MEASURE_LIMIT, "192.0.2.8/30", 0},
    {MEASURE_BLOCK, "2001:db8:7::/56", 0},
    {MEASURE_GARDEN, "203.0.113.40:2001-2512", 0},
    /* A filter has a peer, others have none. */
    {MEASURE_FILTER, "192.0.2.7", LZ_E_FORMAT},
    {MEASURE_GARDEN, "192.0.2.7 > 198.51.100.9:80/udp", LZ_E_FORMAT},
    /* One address against one address. */
    {MEASURE_FILTER, "192.0.2.0/24 > 198.51.100.9:80/udp", LZ_E_FORMAT},
    {MEASURE_FILTER, "192.0.2.7 > [2001:db8::9]:80/udp", LZ_E_FORMAT},
    /* All traffic to somebody is no attack tuple. */
    {MEASURE_FILTER, "192.0.2.7 > 198.51.100.9", LZ_E_FORMAT},
    {MEASURE_FILTER, "192.0.2.7 > 198.51.100.9:80", LZ_E_FORMAT},
    {MEASURE_FILTER, "192.0.2.7 > 198.51.100.9:8/icmp", LZ_E_FORMAT},
    {MEASURE_FILTER, "192.0.2.7 > ", LZ_E_FORMAT},
    {MEASURE_FILTER, " > 198.51.100.9:80/udp", LZ_E_FORMAT},
    {MEASURE_FILTER, "192.0.2.7 > 192.0.2.8 > 198.51.100.9:80/udp",
     LZ_E_FORMAT},
    {MEASURE_GARDEN, "", LZ_E_FORMAT},
    {MEASURE_GARDEN, "192.0.2.7 ", LZ_E_FORMAT},
    {MEASURE_GARDEN, "192.0.2.7/24", LZ_E_RANGE},
    {MEASURE_GARDEN, "addr:192.0.2.7", LZ_E_FORMAT},
};

static void
reads_what_it_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target target;
		char bytes[MEASURE_TARGET_SIZE];
		struct text text;
		const int error = target_parse(cases[i].kind,
					       slice_of(cases[i].text),
					       &target);

		if (error != cases[i].error)
			print_error("%s\n", cases[i].text);
		assert_int_equal(error, cases[i].error);
		if (error)
			continue;
		text_init(&text, bytes, sizeof(bytes));
		target_format(&text, &target);
		assert_string_equal(bytes, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_writes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
