/* SPDX-License-Identifier: Apache-2.0 */
/* ISC dhcpd's lease file: states, grace, times, escapes, torn blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lease/isc.h"
#include "unit/lease/heard.h"

static struct heard heard;

static size_t
feed(const char *text, enum lease_holder_by by, int64_t grace_us, bool end)
{
	struct isc isc = {.holder_by = by, .grace_us = grace_us};
	struct lease_output output = heard_output(&heard);
	struct lease_chunk chunk = {
	    .bytes = slice_of(text),
	    .arrival = {TIMES_UNSET_US},
	    .end = end,
	};

	return isc_feed(&isc, &chunk, &output);
}

static void
expect(const char *text, const char *lines)
{
	assert_int_equal(feed(text, LEASE_BY_LINE, 0, true), strlen(text));
	assert_string_equal(heard.bytes, lines);
}

static void
states(void **state)
{
	(void)state;
	expect("# The format of this file is documented in dhcpd.leases(5).\n"
	       "authoring-byte-order little-endian;\n\n"
	       "lease 192.0.2.25 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 08:10:00;\n"
	       "  cltt 4 2024/06/20 08:04:00;\n"
	       "  binding state active;\n"
	       "  next binding state free;\n"
	       "  hardware ethernet 02:00:5e:00:53:01;\n"
	       "  on expiry { set a = \"}\"; }\n"
	       "}\n"
	       "lease 192.0.2.25 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 08:05:00;\n"
	       "  binding state free;\n"
	       "  hardware ethernet 02:00:5e:00:53:01;\n"
	       "}\n"
	       "lease 192.0.2.26 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  tstp 4 2024/06/20 08:00:00;\n"
	       "  binding state backup;\n"
	       "}\n"
	       "lease 192.0.2.27 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 08:01:00;\n"
	       "  binding state abandoned;\n"
	       "}\n"
	       "lease 192.0.2.28 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 08:00:00;\n"
	       "  binding state free;\n"
	       "}\n"
	       "lease 192.0.2.29 {\n"
	       "  starts epoch 1718870400; # Thu Jun 20 10:00:00 2024\n"
	       "  ends never;\n"
	       "  binding state active;\n"
	       "  hardware ethernet 2:0:5e:0:53:4;\n"
	       "}\n",
	       "whole 192.0.2.25 mac:02:00:5e:00:53:01 [08:00:00,08:10:00) at "
	       "08:04:00 #97\n"
	       "whole 192.0.2.25 mac:02:00:5e:00:53:01 [08:00:00,08:05:00) at "
	       "08:05:00 #329\n"
	       "whole 192.0.2.27 declined:192.0.2.27 [08:01:00,open) at "
	       "08:01:00 #580\n"
	       "whole 192.0.2.29 mac:02:00:5e:00:53:04 [08:00:00,open) at "
	       "08:00:00 #795\n");
}

static void
grace_is_not_sure(void **state)
{
	(void)state;
	(void)feed("lease 192.0.2.25 {\n"
		   "  starts 4 2024/06/20 08:00:00;\n"
		   "  ends 4 2024/06/20 08:10:00;\n"
		   "  binding state free;\n"
		   "  hardware ethernet 02:00:5e:00:53:01;\n"
		   "  uid \"sub-a\";\n}\n",
		   LEASE_BY_CLIENT, 30 * TIMES_SECOND_US, true);
	assert_string_equal(heard.bytes,
			    "whole 192.0.2.25 client:sub-a "
			    "[08:00:00,~08:10:00,08:10:30) at 08:10:00\n");
}

static void
strings_and_lines(void **state)
{
	(void)state;
	expect("lease 192.0.2.25 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 08:10:00;\n"
	       "  binding state active;\n"
	       "  uid \"\\001\\002\\\"\\\\;}\";\n"
	       "  option agent.circuit-id 0:4:0:2a:1:3;\n"
	       "  option agent.remote-id \"node-7 {\";\n"
	       "}\n",
	       "whole 192.0.2.25 line:0x6e6f64652d37207b|0x0004002a0103 "
	       "[08:00:00,08:10:00) at 08:00:00\n");
	assert_string_equal(heard.last.session, "01:02:22:5c:3b:7d/192.0.2.25");
}

static void
bad_blocks(void **state)
{
	(void)state;
	/* Cut by a crash; a Friday that was a Thursday; an unknown state. */
	expect("lease 192.0.2.25 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  client-hostname \"half\n"
	       "lease 192.0.2.26 {\n"
	       "  starts 5 2024/06/20 08:00:00;\n"
	       "}\n"
	       "lease 192.0.2.27 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 08:10:00;\n"
	       "  binding state odd;\n"
	       "}\n"
	       "lease 2001:db8::1 { }\n"
	       "ia-na \"x\" { cltt 4 2024/06/20 08:00:00; }\n"
	       "lease 192.0.2.28 {\n"
	       "  starts 4 2024/06/20 08:00:00;\n"
	       "  ends 4 2024/06/20 07:00:00;\n"
	       "  binding state active;\n"
	       "  hardware ethernet 02:00:5e:00:53:01;\n"
	       "}\n"
	       "}\n",
	       "refused 0 isc torn block\n"
	       "refused 75 isc time\n"
	       "whole 192.0.2.27 unreadable:192.0.2.27 [08:00:00,08:10:00) at "
	       "08:00:00 #128\n"
	       "refused 128 isc state\n"
	       "refused 232 isc address\n"
	       "gap - [-,-) at 08:00:01 #232\n"
	       "refused 254 isc v6 block\n"
	       "refused 296 isc time\n"
	       "gap - [-,-) at 08:00:01 #296\n"
	       "refused 442 isc syntax\n"
	       "gap - [-,-) at 08:00:01 #442\n");
}

static void
half_a_block_waits(void **state)
{
	static const char text[] = "lease 192.0.2.25 {\n"
				   "  starts 4 2024/06/20 08:00:00;\n"
				   "  ends 4 2024/06/20 08:10:00;\n"
				   "  binding state active;\n"
				   "  hardware ethernet 02:00:5e:00:53:01;\n"
				   "}";
	char cut[sizeof(text)];

	(void)state;
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		memcpy(cut, text, length);
		cut[length] = '\0';
		assert_int_equal(feed(cut, LEASE_BY_LINE, 0, false), 0);
		assert_int_equal(heard.count + heard.refused, 0);
		assert_int_equal(isc_whole(cut, length), 0);
	}
	assert_int_equal(feed(text, LEASE_BY_LINE, 0, false), strlen(text));
	assert_int_equal(heard.count, 1);
	assert_int_equal(isc_whole(text, strlen(text)), strlen(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(states),
	    cmocka_unit_test(grace_is_not_sure),
	    cmocka_unit_test(strings_and_lines),
	    cmocka_unit_test(bad_blocks),
	    cmocka_unit_test(half_a_block_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
