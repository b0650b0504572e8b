/* SPDX-License-Identifier: Apache-2.0 */
/* Address lists, port blocks as CSV, and rented machines as CSV and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lease/address_list.h"
#include "lease/block_csv.h"
#include "lease/machines.h"
#include "unit/lease/heard.h"

static struct heard heard;

static struct lease_chunk
chunk_of(const char *text, int64_t arrival_us)
{
	return (struct lease_chunk){.bytes = slice_of(text),
				    .arrival = {arrival_us},
				    .end = true};
}

static void
expect_list(const char *text, int64_t arrival_us, const char *lines)
{
	struct address_list *list = address_list_new(7200, 0);
	struct lease_output output = heard_output(&heard);
	struct lease_chunk chunk = chunk_of(text, arrival_us);

	assert_non_null(list);
	assert_int_equal(address_list_feed(list, &chunk, &output),
			 strlen(text));
	address_list_free(list);
	assert_string_equal(heard.bytes, lines);
}

static void
static_assignments(void **state)
{
	(void)state;
	expect_list("prefix,subscriber,valid_from,valid_to\n"
		    "192.0.2.64/29,biz-1,2023-01-01T00:00:00Z,\n"
		    "192.0.2.66/32,reseller-2,2024-01-01T00:00:00Z,\r\n"
		    "192.0.2.24,\"sub, old\",2024-01-01,2024-03-05 00:00:00\n",
		    TIMES_UNSET_US,
		    "whole 192.0.2.64/29 account:biz-1 "
		    "[2023-01-01T00:00:00,open) at 2023-01-01T00:00:00 #38\n"
		    "whole 192.0.2.66 account:reseller-2 "
		    "[2024-01-01T00:00:00,open) at 2024-01-01T00:00:00 #80\n"
		    "whole 192.0.2.24 account:sub, old [2023-12-31T22:00:00,"
		    "2024-03-04T22:00:00) at 2023-12-31T22:00:00 #128\n");
	assert_string_equal(heard.last.session, "account:sub, old/192.0.2.24");
}

static void
a_reading_begins_with_a_gap(void **state)
{
	(void)state;
	/* 2024-06-20T09:00:00Z */
	expect_list("account;kind;contact;start;end;address\n"
		    "biz-1;business;x@example.org;2023-01-01T00:00:00Z;;"
		    "2001:db8::/48\n"
		    "r-2;Reseller;;2023-01-01T00:00:00Z;;192.0.2.0/24\n",
		    INT64_C(1718874000000000),
		    "gap - [-,-) at 09:00:00\n"
		    "whole 2001:db8::/48 account:biz-1 "
		    "[2023-01-01T00:00:00,open) at 09:00:00 #39\n"
		    "whole 192.0.2.0/24 account:r-2 "
		    "[2023-01-01T00:00:00,open) at 09:00:00 #104\n");
}

static void
bad_rows_keep_their_place(void **state)
{
	(void)state;
	expect_list("prefix,subscriber,valid_from,valid_to,kind\n"
		    "192.0.2.1/24,a,2023-01-01T00:00:00Z,,\n"
		    "192.0.2.1,a,yesterday,,\n"
		    "192.0.2.2,,2023-01-01T00:00:00Z,,\n"
		    "192.0.2.3,a,2023-01-01T00:00:00Z,2022-01-01T00:00:00Z,\n"
		    "192.0.2.4,a,2023-01-01T00:00:00Z,,friend\n"
		    "192.0.2.5,a\n"
		    "192.0.2.6,\"a,2023-01-01T00:00:00Z,,\n"
		    "192.0.2.7,a,2023-01-01T00:00:00Z,,\n",
		    TIMES_UNSET_US,
		    "refused 43 list address\n"
		    "whole 192.0.2.1 unreadable:192.0.2.1 "
		    "[2000-01-01T00:00:00,open) at 2000-01-01T00:00:00 #81\n"
		    "refused 81 list time\n"
		    "whole 192.0.2.2 unreadable:192.0.2.2 "
		    "[2023-01-01T00:00:00,open) at 2023-01-01T00:00:00 #105\n"
		    "refused 105 list holder\n"
		    "whole 192.0.2.3 unreadable:192.0.2.3 "
		    "[2023-01-01T00:00:00,open) at 2023-01-01T00:00:00 #139\n"
		    "refused 139 list time\n"
		    "whole 192.0.2.4 unreadable:192.0.2.4 "
		    "[2023-01-01T00:00:00,open) at 2023-01-01T00:00:00 #194\n"
		    "refused 194 list kind\n"
		    "refused 235 list fields\n"
		    "refused 247 a quote that isn't closed\n"
		    "whole 192.0.2.7 account:a [2023-01-01T00:00:00,open) at "
		    "2023-01-01T00:00:00 #283\n");
	expect_list("prefix,name\n192.0.2.1,x\n", TIMES_UNSET_US,
		    "refused 0 list header\nrefused 12 list header\n");
}

static void
header_comes_back_after_a_restart(void **state)
{
	struct lease_output output = heard_output(&heard);
	struct address_list *list = address_list_new(0, 0);
	struct lease_chunk chunk =
	    chunk_of("192.0.2.1,a,2023-01-01T00:00:00Z\n", TIMES_UNSET_US);

	(void)state;
	assert_non_null(list);
	chunk.header = slice_of("prefix,party,start\n192.0.2.0,b,20");
	chunk.offset = 500;
	(void)address_list_feed(list, &chunk, &output);
	address_list_free(list);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.refused, 0);
}

static void
local_times_need_a_zone(void **state)
{
	struct lease_output output = heard_output(&heard);
	struct address_list *list = address_list_new(LEASE_ZONE_UNTOLD, 0);
	struct lease_chunk chunk = chunk_of("prefix,party,start\n"
					    "192.0.2.1,a,2023-01-01 08:00:00\n"
					    "192.0.2.2,a,2023-01-01T08:00:00Z\n"
					    "192.0.2.3,a,2023-01-01\n",
					    TIMES_UNSET_US);

	(void)state;
	assert_non_null(list);
	(void)address_list_feed(list, &chunk, &output);
	address_list_free(list);
	assert_string_equal(
	    heard.bytes,
	    "whole 192.0.2.1 unreadable:192.0.2.1 [2000-01-01T00:00:00,open) "
	    "at 2000-01-01T00:00:00 #19\n"
	    "refused 19 list time\n"
	    "whole 192.0.2.2 account:a [2023-01-01T08:00:00,open) at "
	    "2023-01-01T08:00:00 #51\n"
	    "whole 192.0.2.3 account:a [2023-01-01T00:00:00,open) at "
	    "2023-01-01T00:00:00 #84\n");
	assert_true(heard.last.error_us == 14 * TIMES_HOUR_US);
}

static void
port_blocks(void **state)
{
	static const char text[] =
	    "event,time,inside,public,port_lo,port_hi,subscriber\n"
	    "alloc,2024-06-20T09:00:00Z,100.64.0.1,203.0.113.40,1024,2047,"
	    "sub-a\n"
	    "release,2024-06-20T10:00:00Z,100.64.0.1,203.0.113.40,1024,2047,\n"
	    "keep,2024-06-20T10:00:00Z,100.64.0.1,203.0.113.40,1024,2047,\n"
	    "alloc,noon,100.64.0.1,203.0.113.40,1024,2047,\n"
	    "alloc,2024-06-20T09:00:00Z,100.64.0.1,203.0.113.40,4096,70000,\n";
	struct block_csv *blocks = block_csv_new(0, 7);
	struct lease_output output = heard_output(&heard);
	struct lease_chunk chunk = chunk_of(text, TIMES_UNSET_US);

	(void)state;
	assert_non_null(blocks);
	assert_int_equal(block_csv_feed(blocks, &chunk, &output), strlen(text));
	block_csv_free(blocks);
	assert_string_equal(
	    heard.bytes,
	    "start 203.0.113.40:1024-2047 account:sub-a [-,-) at 09:00:00 "
	    "#52\n"
	    "stop 203.0.113.40:1024-2047 - [-,-) at 10:00:00 #119\n"
	    "refused 183 block event\n"
	    "refused 244 block time\n"
	    "refused 290 block ports\n");
	assert_int_equal(heard.last.inside_realm, 7);
	assert_true(heard.last.inside_told);
}

static void
expect_machines(const char *text, bool json, const char *lines)
{
	struct machines *machines = machines_new(0, 0);
	struct lease_output output = heard_output(&heard);
	struct lease_chunk chunk = chunk_of(text, TIMES_UNSET_US);

	assert_non_null(machines);
	if (json)
		machines_json(machines, &chunk, &output);
	else
		assert_int_equal(machines_feed(machines, &chunk, &output),
				 strlen(text));
	machines_free(machines);
	assert_string_equal(heard.bytes, lines);
}

static void
machines_as_csv(void **state)
{
	(void)state;
	expect_machines(
	    "address,vm,port,account,reseller,valid_from,valid_to\n"
	    "192.0.2.80,vm-1,sw1:7,acme,,2024-06-20T08:00:00Z,\n"
	    "192.0.2.81,vm-2,sw1:8,acme,shop,2024-06-20T08:00:00Z,\n"
	    "192.0.2.82,vm-3,sw1:9,,,1718870400,1718874000\n"
	    "192.0.2.83,vm-4,,,,2024-06-20T08:00:00Z,\n"
	    "192.0.2.84,,,,,2024-06-20T08:00:00Z,\n",
	    false,
	    "whole 192.0.2.80 account:acme [08:00:00,open) at 08:00:00 #53\n"
	    "whole 192.0.2.81 account:shop [08:00:00,open) at 08:00:00 #103\n"
	    "whole 192.0.2.82 port:sw1:9 [08:00:00,09:00:00) at 08:00:00 "
	    "#157\n"
	    "whole 192.0.2.83 vm:vm-4 [08:00:00,open) at 08:00:00 #203\n"
	    "whole 192.0.2.84 unreadable:192.0.2.84 [08:00:00,open) at "
	    "08:00:00 #244\n"
	    "refused 244 machine holder\n");
	expect_machines(
	    "event,at,ip,server,customer\n"
	    "create,2024-06-20T08:00:00Z,192.0.2.80,vm-1,acme\n"
	    "delete,2024-06-20T09:00:00Z,192.0.2.80,vm-1,\n"
	    "create,2024-06-20T10:00:00Z,192.0.2.80,,\n"
	    "paint,2024-06-20T10:00:00Z,192.0.2.80,,\n",
	    false,
	    "start 192.0.2.80 account:acme [-,-) at 08:00:00 #28\n"
	    "stop 192.0.2.80 - [-,-) at 09:00:00 #77\n"
	    "start 192.0.2.80 unreadable:192.0.2.80 [-,-) at 10:00:00 #122\n"
	    "refused 122 machine holder\n"
	    "refused 163 machine event\n");
}

static void
machines_as_json(void **state)
{
	(void)state;
	expect_machines(
	    "[{\"event\":\"assign\",\"address\":\"2001:db8:5::/64\","
	    "\"vm\":\"vm-1\",\"account\":1017,\"tags\":[{\"a\":1}],"
	    "\"time\":\"2024-06-20T08:00:00Z\"},\n"
	    " {\"event\":\"release\",\"address\":\"2001:db8:5::/64\","
	    "\"vm\":\"vm-1\",\"account\":null,"
	    "\"time\":\"2024-06-20T09:00:00Z\"}]",
	    true,
	    "start 2001:db8:5::/64 account:1017 [-,-) at 08:00:00 #1\n"
	    "stop 2001:db8:5::/64 - [-,-) at 09:00:00 #124\n");
	assert_string_equal(heard.last.session, "vm:vm-1/2001:db8:5::/64");
	/* One a line: each costs itself. */
	expect_machines(
	    "{\"ip\":\"192.0.2.1\",\"vm\":\"a\",\"vm\":\"b\"}\n"
	    "{\"ip\":\"192.0.2.1\",\"vm\":\"a\",\"start\":}\n"
	    "{\"ip\":\"192.0.2.1\",\"vm\":[\"a\"]}\n"
	    "17\n"
	    "{\"ip\":\"192.0.2.1\",\"vm\":\"\\u00e9\","
	    "\"valid_from\":\"2024-06-20T08:00:00Z\"}\n"
	    "{\"ip\":\"192.0.2.1\"",
	    true,
	    "refused 0 machine json\n"
	    "refused 37 machine json\n"
	    "refused 74 machine json\n"
	    "refused 104 machine json\n"
	    "whole 192.0.2.1 vm:\xc3\xa9 [08:00:00,open) at 08:00:00 #107\n"
	    "refused 176 machine json\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(static_assignments),
	    cmocka_unit_test(a_reading_begins_with_a_gap),
	    cmocka_unit_test(bad_rows_keep_their_place),
	    cmocka_unit_test(header_comes_back_after_a_restart),
	    cmocka_unit_test(local_times_need_a_zone),
	    cmocka_unit_test(port_blocks),
	    cmocka_unit_test(machines_as_csv),
	    cmocka_unit_test(machines_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
