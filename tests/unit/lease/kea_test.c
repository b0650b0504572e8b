/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kea's lease journal.  The rows are of the forms that Kea 2.2 wrote in a test
 * bed: leases, renewals, releases, a decline, expiry, relay information.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lease/kea.h"
#include "unit/lease/heard.h"

#define HEADER4                                                              \
	"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd," \
	"fqdn_rev,hostname,state,user_context\n"
#define HEADER6                                                               \
	"address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,"         \
	"lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state," \
	"user_context,hwtype,hwaddr_source\n"
/* 2024-06-20T08:00:00Z is 1718870400. */

static struct heard heard;

static size_t
feed(struct kea *kea, const char *text, uint64_t offset, bool end)
{
	struct lease_output output = heard_output(&heard);
	struct lease_chunk chunk = {
	    .header = {"", 0},
	    .bytes = slice_of(text),
	    .offset = offset,
	    .arrival = {INT64_C(1718874000000000)}, /* 09:00 */
	    .end = end,
	};

	return kea_feed(kea, &chunk, &output);
}

static void
expect(const char *text, const char *lines)
{
	struct kea kea;

	kea_init(&kea, LEASE_BY_LINE, 0, 0);
	assert_int_equal(feed(&kea, text, 0, true), strlen(text));
	assert_string_equal(heard.bytes, lines);
}

static void
leases_and_renewals(void **state)
{
	(void)state;
	expect(
	    HEADER4
	    "192.0.2.10,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,\n"
	    "192.0.2.11,02:00:5E:00:53:02,01:61:62,1200,1718871600,1,0,0,h,"
	    "0,\n"
	    "192.0.2.10,02:00:5e:00:53:01,,1200,1718872200,1,0,0,,0,\n"
	    "192.0.2.12,02:00:5e:00:53:03,,4294967295,6013837695,1,0,0,,0,\n",
	    "whole 192.0.2.10 mac:02:00:5e:00:53:01 [08:00:00,08:20:00) at "
	    "08:00:00 #103\n"
	    "whole 192.0.2.11 mac:02:00:5e:00:53:02 [08:00:00,08:20:00) at "
	    "08:00:00 #159\n"
	    "whole 192.0.2.10 mac:02:00:5e:00:53:01 [08:10:00,08:30:00) at "
	    "08:10:00 #224\n"
	    "whole 192.0.2.12 mac:02:00:5e:00:53:03 [08:00:00,open) at "
	    "08:00:00 #280\n");
	assert_string_equal(heard.last.session,
			    "mac:02:00:5e:00:53:03/192.0.2.12");
}

static void
release_has_no_time(void **state)
{
	(void)state;
	expect(HEADER4 "192.0.2.10,02:00:5e:00:53:01,,0,1718871000,1,0,0,,0,\n",
	       "whole 192.0.2.10 mac:02:00:5e:00:53:01 "
	       "[08:10:00,~08:10:00,09:00:00) at 08:10:00 #103\n");
}

static void
reclaimed_keeps_its_end(void **state)
{
	(void)state;
	/* The second row only says that Kea forgets the address. */
	expect(HEADER4
	       "192.0.2.11,02:00:5e:00:53:02,,1200,1718871600,1,0,0,,2,\n"
	       "192.0.2.11,02:00:5e:00:53:02,,0,1718870400,1,0,0,,2,\n",
	       "whole 192.0.2.11 mac:02:00:5e:00:53:02 [08:00:00,08:20:00) at "
	       "08:20:00 #103\n");
}

static void
declined_is_nobodys(void **state)
{
	(void)state;
	expect(HEADER4 "192.0.2.12,,,86400,1718956800,1,0,0,,1,\n",
	       "whole 192.0.2.12 declined:192.0.2.12 "
	       "[08:00:00,2024-06-21T08:00:00) at 08:00:00 #103\n");
}

static void
line_before_hardware(void **state)
{
	(void)state;
	expect(HEADER4
	       "192.0.2.10,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,{ "
	       "\"ISC\": { \"relay-agent-info\": "
	       "\"0x010A67652D302F302F312E3702030102FF\" } }\n"
	       "192.0.2.11,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,{ "
	       "\"ISC\": { \"relay-agent-info\": { \"remote-id\": "
	       "\"6C696E65\"&#x2c \"sub-options\": \"0x02046C696E65\" } } }\n",
	       "whole 192.0.2.10 line:0x0102ff|ge-0/0/1.7 [08:00:00,08:20:00) "
	       "at 08:00:00 #103\n"
	       "whole 192.0.2.11 remote:line [08:00:00,08:20:00) at 08:00:00 "
	       "#232\n");
}

static void
addresses_and_prefixes(void **state)
{
	(void)state;
	expect(HEADER6
	       "2001:db8::1000,00:03:00:01:02:00:5e:00:53:01,1200,1718871600,"
	       "1,10,0,7,128,0,0,,02:00:5e:00:53:01,0,{ \"ISC\": { "
	       "\"relays\": [ { \"hop\": 1&#x2c \"options\": "
	       "\"0x0012000178\" }&#x2c { \"hop\": 0&#x2c \"link\": "
	       "\"2001:db8::2\"&#x2c \"options\": "
	       "\"0x0012000B736C6F74312F706F7274370025000A00000DE96C696E652D3"
	       "7\"&#x2c \"peer\": \"fe80::1\" } ] } },1,2\n"
	       "2001:db8:100::,00:03:00:01:02:00:5e:00:53:01,1200,1718871600,"
	       "1,10,2,7,56,0,0,,,0,,,\n",
	       "whole 2001:db8::1000 line:3561/line-7|slot1/port7 "
	       "[08:00:00,08:20:00) at 08:00:00 #160\n"
	       "whole 2001:db8:100::/56 duid:00:03:00:01:02:00:5e:00:53:01 "
	       "[08:00:00,08:20:00) at 08:00:00 #483\n");
	assert_string_equal(
	    heard.last.session,
	    "00:03:00:01:02:00:5e:00:53:01/7/2001:db8:100::/56");
	assert_int_equal(heard.last.subjects[0].slot, LEASE_SLOT_DELEGATED);
}

static void
columns_go_by_name(void **state)
{
	(void)state;
	expect("address,state,expire,new_one,valid_lifetime,client_id,hwaddr\n"
	       "192.0.2.10,0,1718871600,x,1200,,02:00:5e:00:53:01\n",
	       "whole 192.0.2.10 mac:02:00:5e:00:53:01 [08:00:00,08:20:00) at "
	       "08:00:00 #61\n");
	expect("address,expire\n192.0.2.10,1718871600\n",
	       "refused 0 kea header\n"
	       "gap - [-,-) at 09:00:00\n"
	       "refused 15 kea header\n"
	       "gap - [-,-) at 09:00:00 #15\n");
}

static void
bad_rows_keep_their_place(void **state)
{
	(void)state;
	expect(HEADER4
	       "192.0.2.10,02:00:5e:zz,,1200,1718871600,1,0,0,,0,\n"
	       "192.0.2.11,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,9,\n"
	       "192.0.2.12,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,{bad\n"
	       "192.0.2.13,02:00:5e:00:53:01,,x,1718871600,1,0,0,,0,\n"
	       "192.0.2.014,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,\n"
	       "192.0.2.15,02:00:5e:00:53:01,,1200,100,1,0,0,,0,\n"
	       "192.0.2.16,,,1200,1718871600,1,0,0,,0,\n"
	       "192.0.2.17,02:00:5e:00:53:01\n",
	       "refused 103 kea client\n"
	       "whole 192.0.2.10 unreadable:192.0.2.10 [08:00:00,08:20:00) at "
	       "08:00:00 #103\n"
	       "refused 153 kea state\n"
	       "whole 192.0.2.11 unreadable:192.0.2.11 [08:00:00,08:20:00) at "
	       "08:00:00 #153\n"
	       "refused 209 kea context\n"
	       "whole 192.0.2.12 unreadable:192.0.2.12 [08:00:00,08:20:00) at "
	       "08:00:00 #209\n"
	       "refused 269 kea lifetime\n"
	       "gap - [-,-) at 09:00:00 #269\n"
	       "refused 322 kea address\n"
	       "gap - [-,-) at 09:00:00 #322\n"
	       "refused 379 kea time\n"
	       "gap - [-,-) at 09:00:00 #379\n"
	       "whole 192.0.2.16 unreadable:192.0.2.16 [08:00:00,08:20:00) at "
	       "08:00:00 #428\n"
	       "refused 467 kea fields\n"
	       "gap - [-,-) at 09:00:00 #467\n");
}

static void
half_a_row_waits(void **state)
{
	static const char text[] = HEADER4
	    "192.0.2.10,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,\n"
	    "192.0.2.11,02:00:5e:00:53:02,,1200,17188716";
	struct kea kea;

	(void)state;
	kea_init(&kea, LEASE_BY_LINE, 0, 0);
	assert_int_equal(feed(&kea, text, 0, false), 159);
	assert_int_equal(heard.count, 1);
	assert_int_equal(
	    feed(&kea,
		 "192.0.2.11,02:00:5e:00:53:02,,1200,1718871600,1,0,0,,0,\n",
		 159, false),
	    56);
	assert_int_equal(heard.count, 1);
	assert_int_equal(feed(&kea, "192", 300, false), 0);
}

static void
begins_in_the_middle(void **state)
{
	static const char row[] =
	    "192.0.2.10,02:00:5e:00:53:01,,1200,1718871600,1,0,0,,0,\n";
	struct lease_output output = heard_output(&heard);
	struct lease_chunk chunk = {
	    .header = slice_of(HEADER4 "192.0.2.9,and half a row"),
	    .bytes = slice_of(row),
	    .offset = 500,
	    .arrival = {TIMES_UNSET_US},
	};
	struct kea kea;

	(void)state;
	kea_init(&kea, LEASE_BY_LINE, 0, 0);
	assert_int_equal(kea_feed(&kea, &chunk, &output), strlen(row));
	assert_int_equal(heard.count, 1);
	kea_init(&kea, LEASE_BY_LINE, 0, 0);
	chunk.header.length = 0;
	output = heard_output(&heard);
	assert_int_equal(kea_feed(&kea, &chunk, &output), strlen(row));
	assert_string_equal(heard.bytes, "refused 0 kea header\n");
}

static void
grace_is_not_sure(void **state)
{
	struct kea kea;

	(void)state;
	kea_init(&kea, LEASE_BY_LINE, 30 * TIMES_SECOND_US, 0);
	(void)feed(&kea,
		   HEADER4 "192.0.2.10,02:00:5e:00:53:01,,1200,1718871600,1,0,"
			   "0,,0,\n",
		   0, true);
	assert_string_equal(heard.bytes,
			    "whole 192.0.2.10 mac:02:00:5e:00:53:01 "
			    "[08:00:00,~08:20:00,08:20:30) at 08:00:00 #103\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leases_and_renewals),
	    cmocka_unit_test(release_has_no_time),
	    cmocka_unit_test(reclaimed_keeps_its_end),
	    cmocka_unit_test(declined_is_nobodys),
	    cmocka_unit_test(line_before_hardware),
	    cmocka_unit_test(addresses_and_prefixes),
	    cmocka_unit_test(columns_go_by_name),
	    cmocka_unit_test(bad_rows_keep_their_place),
	    cmocka_unit_test(half_a_row_waits),
	    cmocka_unit_test(begins_in_the_middle),
	    cmocka_unit_test(grace_is_not_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
