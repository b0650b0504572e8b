/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic translation against a naive enumeration: every port of every
 * outside address, by a table that was filled in subscriber after subscriber.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "fact/lease_event.h"
#include "ident/deterministic_nat.h"

#define INSIDE 0x64400000u
#define OUTSIDE 0xcb007100u
#define ADDRESSES_MAX 8
#define T0 INT64_C(1767607200000000)

static struct deterministic_nat_plan
plan_of(uint32_t insides, uint32_t outsides, uint16_t ports)
{
	return (struct deterministic_nat_plan){
	    .inside_first = addr_from_v4(INSIDE),
	    .inside_last = addr_from_v4(INSIDE + insides - 1),
	    .outside_first = addr_from_v4(OUTSIDE),
	    .outside_last = addr_from_v4(OUTSIDE + outsides - 1),
	    .inside_realm = 7,
	    .ports = ports,
	    .first = 1024,
	    .last = 65535,
	    .from = times_unset(),
	    .to = times_unset(),
	    .line = 12,
	};
}

static struct deterministic_nat *
one(const struct deterministic_nat_plan *plan)
{
	struct deterministic_nat *nat = deterministic_nat_new();
	const char *reason;
	uint32_t lines[2];

	assert_non_null(nat);
	assert_int_equal(deterministic_nat_add(nat, plan, &reason), 0);
	assert_null(reason);
	assert_int_equal(deterministic_nat_seal(nat, lines), 0);
	return nat;
}

static const char *
refusal(const struct deterministic_nat_plan *plan, int error)
{
	struct deterministic_nat *nat = deterministic_nat_new();
	const char *reason = NULL;

	assert_non_null(nat);
	assert_int_equal(deterministic_nat_add(nat, plan, &reason), error);
	deterministic_nat_free(nat);
	assert_non_null(reason);
	return reason;
}

static bool
is_usable(const struct deterministic_nat_plan *plan, uint32_t port)
{
	if (port < plan->first || port > plan->last)
		return false;
	for (uint8_t i = 0; i < plan->excluded_count; i++)
		if (port >= plan->excluded[i].first &&
		    port <= plan->excluded[i].last)
			return false;
	return true;
}

/* holders[a][p]: who holds port p of outside address a, plus one. */
static void
enumerate(const struct deterministic_nat_plan *plan, uint32_t (*holders)[65536])
{
	static uint16_t usable[65536];
	const uint32_t outsides = addr_v4(&plan->outside_last) -
				  addr_v4(&plan->outside_first) + 1;
	const uint32_t insides = addr_v4(&plan->inside_last) -
				 addr_v4(&plan->inside_first) + 1;
	uint32_t count = 0, ports, blocks = 0, at = 0, block = 0;

	for (uint32_t port = 0; port < 65536; port++)
		if (is_usable(plan, port))
			usable[count++] = (uint16_t)port;
	ports = plan->ports > 0 ? plan->ports : count / plan->ratio;
	while ((blocks + 1) * ports <= count &&
	       (plan->ports > 0 || blocks < plan->ratio))
		blocks++;
	memset(holders, 0, sizeof(*holders) * outsides);
	for (uint32_t n = 0; n < insides; n++) {
		assert_true(at < outsides && block < blocks);
		for (uint32_t i = 0; i < ports; i++)
			holders[at][usable[block * ports + i]] = n + 1;
		if (plan->order == DETERMINISTIC_NAT_FILL) {
			if (++block == blocks) {
				block = 0;
				at++;
			}
		} else if (++at == outsides) {
			at = 0;
			block++;
		}
	}
}

static void
check_run(uint32_t (*holders)[65536], uint32_t a, uint32_t port,
	  const struct deterministic_nat_tenant *tenant)
{
	const uint32_t holder = holders[a][port];

	assert_true(tenant->run.first <= port && port <= tenant->run.last);
	assert_int_equal(holders[a][tenant->run.first], holder);
	assert_int_equal(holders[a][tenant->run.last], holder);
	assert_int_not_equal(holders[a][tenant->run.first - 1], holder);
	if (tenant->run.last < 65535)
		assert_int_not_equal(holders[a][tenant->run.last + 1], holder);
}

/* Every port there, and every inside address back. */
static void
check_all(const struct deterministic_nat_plan *plan, uint32_t (*holders)[65536])
{
	struct deterministic_nat *nat = one(plan);
	const uint32_t outsides = addr_v4(&plan->outside_last) -
				  addr_v4(&plan->outside_first) + 1;
	const uint32_t insides = addr_v4(&plan->inside_last) -
				 addr_v4(&plan->inside_first) + 1;
	uint64_t held = 0, placed = 0;

	enumerate(plan, holders);
	for (uint32_t a = 0; a < outsides; a++) {
		const struct addr outside = addr_from_v4(OUTSIDE + a);

		for (uint32_t port = 0; port < 65536; port++) {
			struct deterministic_nat_tenant tenant;
			const bool found =
			    deterministic_nat_find(nat, &outside,
						   (uint16_t)port,
						   (struct at_event){T0},
						   &tenant);

			if (found != (holders[a][port] > 0))
				fail_msg("port %u of %u", port, a);
			if (!found)
				continue;
			held++;
			if (addr_v4(&tenant.inside) + 1 !=
			    INSIDE + holders[a][port])
				fail_msg("holder of port %u of %u", port, a);
			if (port % 97 == 0)
				check_run(holders, a, port, &tenant);
		}
	}
	for (uint32_t n = 0; n < insides; n++) {
		const struct addr inside = addr_from_v4(INSIDE + n);
		struct deterministic_nat_place place;
		uint32_t a;

		assert_true(deterministic_nat_place(nat, 0, &inside, &place));
		a = addr_v4(&place.outside) - OUTSIDE;
		for (uint8_t i = 0; i < place.run_count; i++) {
			assert_int_equal(holders[a][place.runs[i].first],
					 n + 1);
			assert_int_equal(holders[a][place.runs[i].last], n + 1);
			placed += (uint64_t)place.runs[i].last -
				  place.runs[i].first + 1;
		}
	}
	assert_int_equal(placed, held);
	deterministic_nat_free(nat);
}

static void
every_port_of_random_plans(void **state)
{
	uint32_t(*holders)[65536] = calloc(ADDRESSES_MAX, sizeof(*holders));
	struct rng rng;

	(void)state;
	assert_non_null(holders);
	rng_init(&rng, 3);
	for (unsigned round = 0; round < 60; round++) {
		const uint32_t outsides =
		    1 + (uint32_t)rng_below(&rng, ADDRESSES_MAX);
		struct deterministic_nat_plan plan =
		    plan_of(1, outsides, (uint16_t)(1 + rng_below(&rng, 3000)));
		uint32_t usable = 0, blocks;

		plan.order = (uint8_t)rng_below(&rng, 2);
		plan.first = (uint16_t)(1 + rng_below(&rng, 4096));
		plan.last = (uint16_t)(40000 + rng_below(&rng, 25536));
		plan.excluded_count =
		    (uint8_t)rng_below(&rng,
				       DETERMINISTIC_NAT_EXCLUDED_MAX + 1);
		/* They overlap, touch, and lie outside all ports. */
		for (uint8_t i = 0; i < plan.excluded_count; i++) {
			plan.excluded[i].first = (uint16_t)rng_below(&rng,
								     65536);
			plan.excluded[i].last =
			    (uint16_t)(plan.excluded[i].first +
				       rng_below(&rng,
						 65536u -
						     plan.excluded[i].first) /
					   (1 + rng_below(&rng, 60)));
		}
		if (round % 5 == 0 && plan.excluded_count > 1)
			plan.excluded[1].first =
			    (uint16_t)(plan.excluded[0].last + 1);
		if (plan.excluded[1].first > plan.excluded[1].last)
			plan.excluded[1].last = plan.excluded[1].first;
		for (uint32_t port = 0; port < 65536; port++)
			usable += is_usable(&plan, port);
		if (usable < plan.ports)
			continue;
		blocks = usable / plan.ports;
		if (rng_below(&rng, 3) == 0) {
			plan.ratio = (uint16_t)(1 + rng_below(&rng, 200));
			if (plan.ratio > usable)
				continue;
			plan.ports = 0;
			blocks = plan.ratio;
		}
		plan.inside_last = addr_from_v4(
		    INSIDE + (uint32_t)rng_below(&rng, blocks * outsides));
		check_all(&plan, holders);
	}
	free(holders);
}

/* The first example anybody would work out by hand. */
static void
a_plan_by_hand(void **state)
{
	struct deterministic_nat_plan plan = plan_of(256, 4, 1008);
	struct deterministic_nat *nat = one(&plan); /* 64 a address */
	struct deterministic_nat_tenant tenant;
	const struct addr second = addr_from_v4(OUTSIDE + 1);
	const struct addr outsider = addr_from_v4(OUTSIDE + 4);
	const struct addr v6 = {{0x20, 0x01}};

	(void)state;
	assert_true(deterministic_nat_find(nat, &second, 2032,
					   (struct at_event){T0}, &tenant));
	assert_int_equal(addr_v4(&tenant.inside), INSIDE + 65);
	assert_int_equal(tenant.inside_realm, 7);
	assert_int_equal(tenant.run.first, 2032);
	assert_int_equal(tenant.run.last, 3039);
	assert_false(deterministic_nat_find(nat, &second, 1023,
					    (struct at_event){T0}, &tenant));
	assert_false(deterministic_nat_find(nat, &outsider, 2032,
					    (struct at_event){T0}, &tenant));
	assert_false(deterministic_nat_find(nat, &v6, 2032,
					    (struct at_event){T0}, &tenant));
	assert_int_equal(deterministic_nat_sharers(nat, &second,
						   (struct at_event){T0}),
			 64);
	assert_int_equal(deterministic_nat_sharers(nat, &outsider,
						   (struct at_event){T0}),
			 0);
	deterministic_nat_free(nat);
}

/* The configuration of that day counts. */
static void
plans_have_dates(void **state)
{
	struct deterministic_nat_plan before = plan_of(256, 4, 1008);
	struct deterministic_nat_plan after = plan_of(256, 4, 504);
	struct deterministic_nat *nat = deterministic_nat_new();
	const struct addr outside = addr_from_v4(OUTSIDE);
	struct deterministic_nat_tenant tenant;
	const char *reason;
	uint32_t lines[2] = {0};

	(void)state;
	before.to.us = T0;
	after.from.us = T0;
	after.line = 20;
	assert_int_equal(deterministic_nat_add(nat, &before, &reason), 0);
	assert_int_equal(deterministic_nat_add(nat, &after, &reason), 0);
	assert_int_equal(deterministic_nat_seal(nat, lines), 0);
	assert_true(deterministic_nat_find(nat, &outside, 1600,
					   (struct at_event){T0 - 1}, &tenant));
	assert_int_equal(addr_v4(&tenant.inside), INSIDE);
	assert_int_equal(tenant.plan, 0);
	assert_true(deterministic_nat_find(nat, &outside, 1600,
					   (struct at_event){T0}, &tenant));
	assert_int_equal(addr_v4(&tenant.inside), INSIDE + 1);
	assert_int_equal(tenant.plan, 1);
	assert_int_equal(deterministic_nat_add(nat, &after, &reason),
			 LZ_E_STATE);
	deterministic_nat_free(nat);
	/* A microsecond of both is one too much. */
	nat = deterministic_nat_new();
	after.from.us = T0 - 1;
	assert_int_equal(deterministic_nat_add(nat, &before, &reason), 0);
	assert_int_equal(deterministic_nat_add(nat, &after, &reason), 0);
	assert_int_equal(deterministic_nat_seal(nat, lines), LZ_E_EXISTS);
	assert_int_equal(lines[0], 12);
	assert_int_equal(lines[1], 20);
	deterministic_nat_free(nat);
	/* Other ports of the same address are no clash. */
	nat = deterministic_nat_new();
	before.last = 32767;
	before.ports = 100;
	after.first = 32768;
	after.ports = 100;
	assert_int_equal(deterministic_nat_add(nat, &before, &reason), 0);
	assert_int_equal(deterministic_nat_add(nat, &after, &reason), 0);
	assert_int_equal(deterministic_nat_seal(nat, lines), 0);
	deterministic_nat_free(nat);
}

static void
ranges_with_and_without_their_ends(void **state)
{
	struct prefix prefix;
	struct addr first, last;

	(void)state;
	assert_int_equal(prefix_parse(slice_of("192.0.2.0/24"), &prefix), 0);
	assert_int_equal(deterministic_nat_range(&prefix, true, &first, &last),
			 0);
	assert_int_equal(addr_v4(&first), 0xc0000200);
	assert_int_equal(addr_v4(&last), 0xc00002ff);
	assert_int_equal(deterministic_nat_range(&prefix, false, &first, &last),
			 0);
	assert_int_equal(addr_v4(&first), 0xc0000201);
	assert_int_equal(addr_v4(&last), 0xc00002fe);
	assert_int_equal(prefix_parse(slice_of("192.0.2.0/31"), &prefix), 0);
	assert_int_equal(deterministic_nat_range(&prefix, false, &first, &last),
			 LZ_E_RANGE);
	assert_int_equal(prefix_parse(slice_of("2001:db8::/64"), &prefix), 0);
	assert_int_equal(deterministic_nat_range(&prefix, true, &first, &last),
			 LZ_E_UNSUPPORTED);
	assert_int_equal(prefix_parse(slice_of("0.0.0.0/0"), &prefix), 0);
	assert_int_equal(deterministic_nat_range(&prefix, true, &first, &last),
			 0);
	assert_int_equal(addr_v4(&last), UINT32_MAX);
}

static void
plans_that_cannot_be(void **state)
{
	struct deterministic_nat_plan plan = plan_of(257, 4, 1008);

	(void)state;
	(void)refusal(&plan, LZ_E_RANGE); /* 256 blocks, 257 subscribers */
	plan = plan_of(1, 1, 0);
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 64513);
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.ratio = 10;
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.first = 0;
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.from.us = T0;
	plan.to.us = T0;
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.inside_last = addr_from_v4(INSIDE - 1);
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.excluded_count = 9;
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.inside_first = plan.inside_last = plan.outside_first;
	plan.inside_realm = 0;
	(void)refusal(&plan, LZ_E_RANGE);
	plan = plan_of(1, 1, 100);
	plan.inside_first = (struct addr){{0x20, 0x01}};
	(void)refusal(&plan, LZ_E_UNSUPPORTED);
}

static void
bindings_of_a_port(void **state)
{
	struct deterministic_nat_plan plan = plan_of(256, 4, 1008);
	const struct addr outside = addr_from_v4(OUTSIDE + 1);
	const struct at_event at = {T0};
	struct deterministic_nat *nat;
	struct binding_cursor cursor;
	const struct binding *binding;
	uint64_t id;

	(void)state;
	plan.excluded_count = 1;
	plan.excluded[0] = (struct deterministic_nat_ports){2100, 2199};
	plan.inside_last = addr_from_v4(INSIDE + 199);
	plan.to.us = T0 + 1;
	nat = one(&plan);
	cursor = deterministic_nat_cursor(nat, 44);
	cursor.seek_port(cursor.context, 0, &outside, 2050, at, at);
	binding = cursor.next(cursor.context);
	assert_non_null(binding);
	assert_int_equal(binding->marks, BINDING_INSIDE);
	assert_int_equal(addr_v4(&binding->inside), INSIDE + 64);
	assert_int_equal(binding->inside_realm, 7);
	assert_int_equal(binding->subject.port_first, 2032);
	assert_int_equal(binding->subject.port_last, 2099);
	assert_int_equal(binding->start.us, INT64_MIN);
	assert_int_equal(binding->end.us, T0 + 1);
	assert_int_equal(binding->vouched.us, INT64_MAX);
	assert_int_equal(binding->party, BINDING_NO_PARTY);
	assert_int_equal(binding->source, 44);
	assert_int_equal(binding->line, 12);
	id = binding->id;
	assert_null(cursor.next(cursor.context));
	cursor.seek_port(cursor.context, 0, &outside, 2200, at, at);
	binding = cursor.next(cursor.context);
	assert_int_equal(binding->subject.port_first, 2200);
	assert_int_not_equal(binding->id, id);
	/* In no block: one other shows that the address is shared. */
	cursor.seek_port(cursor.context, 0, &outside, 2150, at, at);
	binding = cursor.next(cursor.context);
	assert_non_null(binding);
	assert_true(subject_has_ports(&binding->subject));
	assert_null(cursor.next(cursor.context));
	/* Not of that time, and not of that realm. */
	cursor.seek_port(cursor.context, 0, &outside, 2050,
			 (struct at_event){T0 + 1}, (struct at_event){T0 + 2});
	assert_null(cursor.next(cursor.context));
	cursor.seek_port(cursor.context, 7, &outside, 2050, at, at);
	assert_null(cursor.next(cursor.context));
	assert_false(times_is_set(cursor.oldest(cursor.context)));
	deterministic_nat_free(nat);
}

static void
without_a_port_there_are_many_but_not_thousands(void **state)
{
	struct deterministic_nat_plan plan = plan_of(4096, 4, 63);
	struct deterministic_nat *nat = one(&plan); /* 1024 an address */
	const struct addr first = addr_from_v4(OUTSIDE);
	const struct addr unused = addr_from_v4(OUTSIDE + 9);
	const struct at_event at = {T0};
	struct binding_cursor cursor = deterministic_nat_cursor(nat, 1);
	uint32_t count = 0, least = UINT32_MAX;
	const struct binding *binding;

	(void)state;
	cursor.seek(cursor.context, 0, &first, at, at);
	while ((binding = cursor.next(cursor.context)) != NULL) {
		assert_int_equal(addr_v4(&binding->inside), INSIDE + count);
		count++;
		least = binding->subject.port_first < least
			    ? binding->subject.port_first
			    : least;
	}
	assert_int_equal(count, DETERMINISTIC_NAT_SHARERS_MAX);
	assert_int_equal(least, 1024);
	assert_int_equal(deterministic_nat_sharers(nat, &first, at), 1024);
	cursor.seek(cursor.context, 0, &unused, at, at);
	assert_null(cursor.next(cursor.context));
	deterministic_nat_free(nat);
}

static void
no_plans_hold_nothing(void **state)
{
	struct deterministic_nat *nat = deterministic_nat_new();
	const struct addr outside = addr_from_v4(OUTSIDE);
	struct deterministic_nat_tenant tenant;
	uint32_t lines[2];

	(void)state;
	assert_int_equal(deterministic_nat_seal(nat, lines), 0);
	assert_int_equal(deterministic_nat_count(nat), 0);
	assert_false(deterministic_nat_find(nat, &outside, 2000,
					    (struct at_event){T0}, &tenant));
	deterministic_nat_free(nat);
	deterministic_nat_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plan_by_hand),
	    cmocka_unit_test(every_port_of_random_plans),
	    cmocka_unit_test(plans_have_dates),
	    cmocka_unit_test(ranges_with_and_without_their_ends),
	    cmocka_unit_test(plans_that_cannot_be),
	    cmocka_unit_test(bindings_of_a_port),
	    cmocka_unit_test(without_a_port_there_are_many_but_not_thousands),
	    cmocka_unit_test(no_plans_hold_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
