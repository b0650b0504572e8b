/* SPDX-License-Identifier: Apache-2.0 */
/* What no measure may be on, whatever was decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "quarantine/guard.h"

static struct prefix essential[2], infrastructure[1];
static struct inside_item inside[4];
static struct quarantine_conf conf = {.infrastructure = infrastructure,
				      .infrastructure_count = 1,
				      .resolver_count = 1};
static struct guard guard = {&conf, 2, essential, 4, inside};

static struct prefix
prefix(const char *text)
{
	struct prefix read;

	assert_int_equal(prefix_parse(slice_of(text), &read), 0);
	return read;
}

static int
setup(void **state)
{
	(void)state;
	essential[0] = prefix("203.0.113.64/26");
	essential[1] = prefix("2001:db8:53::/64");
	infrastructure[0] = prefix("192.0.2.0/29");
	inside[0] = (struct inside_item){.prefix = prefix("192.0.2.0/24")};
	inside[1] = (struct inside_item){.prefix = prefix("2001:db8::/32")};
	inside[2] = (struct inside_item){.prefix = prefix("198.51.100.0/24"),
					 .shared = true};
	inside[3] = (struct inside_item){.prefix = prefix("203.0.113.0/24")};
	conf.resolvers[0] = prefix("2001:db8:1::53").addr;
	conf.portal4 = (struct quarantine_portal){prefix("192.0.2.80").addr,
						  8081};
	return 0;
}

static const struct {
	enum measure_kind kind;
	const char *target, *why; /* NULL: allowed */
} cases[] = {
    {MEASURE_GARDEN, "192.0.2.9", NULL},
    {MEASURE_GARDEN, "192.0.2.8/29", NULL},
    {MEASURE_GARDEN, "192.0.2.16/28", "wider than a measure may be"},
    {MEASURE_GARDEN, "2001:db8:7::/48", NULL},
    {MEASURE_GARDEN, "2001:db8:6::/47", "wider than a measure may be"},
    {MEASURE_GARDEN, "::/0", "wider than a measure may be"},
    {MEASURE_GARDEN, "0.0.0.0/0", "wider than a measure may be"},
    {MEASURE_GARDEN, "10.0.0.1", "not an address of ours"},
    {MEASURE_GARDEN, "2001:db9::/64", "not an address of ours"},
    {MEASURE_GARDEN, "198.51.100.9",
     "shared by many customers, and no ports are named"},
    {MEASURE_GARDEN, "198.51.100.9:2001-2512", NULL},
    {MEASURE_FILTER, "198.51.100.9 > 192.0.2.9:80/udp",
     "shared by many customers, and no ports are named"},
    {MEASURE_GARDEN, "203.0.113.70", "an essential service"},
    {MEASURE_BLOCK, "2001:db8:53::9", "an essential service"},
    {MEASURE_BLOCK, "2001:db8:53::/56", "an essential service"},
    {MEASURE_GARDEN, "192.0.2.1", "infrastructure"},
    {MEASURE_GARDEN, "192.0.2.80", "infrastructure"},
    {MEASURE_LIMIT, "2001:db8:1::/64", "infrastructure"},
    {MEASURE_FILTER, "192.0.2.9 > 203.0.113.70:5060/udp",
     "towards an essential service"},
    {MEASURE_FILTER, "192.0.2.9 > 203.0.113.63:5060/udp", NULL},
    {MEASURE_FILTER, "2001:db8::7 > [2001:db8:1::53]:53/udp",
     "towards the resolver or the portal"},
    {MEASURE_FILTER, "203.0.113.70 > 192.0.2.9:80/udp", "an essential service"},
};

static const char *
refuses(enum measure_kind kind, const char *text)
{
	struct target target;

	assert_int_equal(target_parse(kind, slice_of(text), &target), 0);
	return guard_refuses(&guard, kind, &target);
}

static void
refuses_what_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = refuses(cases[i].kind, cases[i].target);

		if ((why == NULL) != (cases[i].why == NULL))
			print_error("%s: %s\n", cases[i].target,
				    why ? why : "allowed");
		if (cases[i].why)
			assert_string_equal(why, cases[i].why);
		else
			assert_null(why);
	}
}

static void
refuses_all_without_an_essential_set(void **state)
{
	const struct guard empty = {&conf, 0, essential, 4, inside};
	struct target target;

	(void)state;
	assert_int_equal(target_parse(MEASURE_GARDEN, slice_of("192.0.2.9"),
				      &target),
			 0);
	assert_string_equal(guard_refuses(&empty, MEASURE_GARDEN, &target),
			    "nothing is essential");
}

/* Nothing that gets through holds an essential address, for any width. */
static void
never_holds_the_essential(void **state)
{
	static const char *const near[] = {"203.0.113.64", "203.0.113.127",
					   "2001:db8:53::",
					   "2001:db8:53::ffff"};
	unsigned allowed = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (unsigned length = 0; length <= 128; length++) {
			const struct addr addr = prefix(near[i]).addr;
			const struct target target = {
			    .subject = {prefix_of(&addr, (uint8_t)length), 0,
					0}};

			for (unsigned kind = MEASURE_LIMIT;
			     kind < MEASURE_KIND_COUNT; kind++)
				allowed += guard_refuses(&guard, kind,
							 &target) == NULL;
		}
	assert_int_equal(allowed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_what_it_must),
	    cmocka_unit_test(refuses_all_without_an_essential_set),
	    cmocka_unit_test(never_holds_the_essential)};

	return cmocka_run_group_tests(tests, setup, NULL);
}
