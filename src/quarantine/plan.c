/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of measures, and the changes that lead there. */
#include "quarantine/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_ROOM 64
/* Clocks and rounding: less than this isn't a difference. */
#define SLACK_US TIMES_SECOND_US

/* Room for one more at the end of an array; NULL without memory. */
static void *
next_slot(void **list, size_t count, size_t *room, size_t size)
{
	if (count == *room) {
		const size_t more = *room ? *room * 2 : FIRST_ROOM;
		void *grown = memory_grow(*list, *room, more, size);

		if (!grown)
			return NULL;
		*list = grown;
		*room = more;
	}
	return (char *)*list + count * size;
}

/* ---------------------------------------------------------------- wanted */

void
plan_init(struct plan *plan)
{
	*plan = (struct plan){0};
}

void
plan_fini(struct plan *plan)
{
	memory_free(plan->wanted);
	plan_init(plan);
}

void
plan_clear(struct plan *plan)
{
	plan->count = 0;
}

static int
append(struct plan *plan, const struct element *element, int64_t expires_us)
{
	struct wanted *slot = next_slot((void **)&plan->wanted, plan->count,
					&plan->room, sizeof(*plan->wanted));

	if (!slot)
		return LZ_E_MEMORY;
	*slot = (struct wanted){*element, expires_us};
	plan->count++;
	return 0;
}

/* Adds n to the bits of an address that end before `length`. */
static void
step_address(struct addr *addr, uint8_t length, unsigned n)
{
	unsigned carry = n << (7 - (length - 1u) % 8);

	for (size_t i = (length - 1u) / 8 + 1; i-- > 0 && carry;) {
		carry += addr->bytes[i];
		addr->bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static int
add_pieces(struct plan *plan, struct element *element,
	   const struct prefix *whole, uint8_t length, int64_t expires_us)
{
	const unsigned pieces = 1u << (length - whole->length);
	int error = 0;

	element->subject = (struct prefix){whole->addr, length};
	for (unsigned i = 0; i < pieces && !error; i++) {
		error = append(plan, element, expires_us);
		if (i + 1 < pieces)
			step_address(&element->subject.addr, length, 1);
	}
	return error;
}

int
plan_add(struct plan *plan, enum measure_kind kind, const struct target *target,
	 const struct plan_lengths *lengths, int64_t expires_us)
{
	const struct prefix *subject = &target->subject.prefix;
	struct element element = {.kind = (uint8_t)kind,
				  .peer_port = -1,
				  .proto = -1};

	if (subject_has_ports(&target->subject))
		return LZ_E_UNSUPPORTED;
	if (kind == MEASURE_FILTER) {
		element.subject = *subject;
		element.peer = target->peer.addr;
		element.peer_port = target->peer.port;
		element.proto = target->peer.proto;
		return append(plan, &element, expires_us);
	}
	for (size_t i = 0; i < lengths->count; i++) {
		const uint8_t length = lengths->at[i];

		/* The first that isn't wider makes the fewest pieces. */
		if (length >= subject->length &&
		    (!addr_is_v4(&subject->addr) || length == 128))
			return length - subject->length > 8
				   ? LZ_E_RANGE
				   : add_pieces(plan, &element, subject, length,
						expires_us);
	}
	return LZ_E_RANGE;
}

static int
compare_wanted(const void *a, const void *b)
{
	const struct wanted *left = a, *right = b;
	const int order = element_compare(&left->element, &right->element);

	/* The latest end first: it is the one that stays. */
	return order ? order
		     : (left->expires_us < right->expires_us) -
			   (left->expires_us > right->expires_us);
}

void
plan_seal(struct plan *plan)
{
	size_t kept = 0;

	if (plan->count == 0)
		return;
	qsort(plan->wanted, plan->count, sizeof(*plan->wanted), compare_wanted);
	for (size_t i = 1; i < plan->count; i++)
		if (element_compare(&plan->wanted[kept].element,
				    &plan->wanted[i].element) != 0)
			plan->wanted[++kept] = plan->wanted[i];
	plan->count = kept + 1;
}

static int
find_wanted(const void *key, const void *at)
{
	return element_compare(key, &((const struct wanted *)at)->element);
}

const struct wanted *
plan_find(const struct plan *plan, const struct element *element)
{
	if (plan->count == 0)
		return NULL;
	return bsearch(element, plan->wanted, plan->count,
		       sizeof(*plan->wanted), find_wanted);
}

/* ----------------------------------------------------------------- there */

void
state_init(struct state *state)
{
	*state = (struct state){0};
}

void
state_fini(struct state *state)
{
	memory_free(state->list);
	state_init(state);
}

void
state_clear(struct state *state)
{
	state->count = state->unknown = state->doubled = 0;
}

int
state_add(struct state *state, const struct have *have)
{
	struct have *slot = next_slot((void **)&state->list, state->count,
				      &state->room, sizeof(*state->list));

	if (!slot)
		return LZ_E_MEMORY;
	*slot = *have;
	state->count++;
	return 0;
}

static int
compare_have(const void *a, const void *b)
{
	return element_compare(&((const struct have *)a)->element,
			       &((const struct have *)b)->element);
}

void
state_seal(struct state *state)
{
	size_t kept = 0;

	if (state->count == 0)
		return;
	qsort(state->list, state->count, sizeof(*state->list), compare_have);
	for (size_t i = 1; i < state->count; i++)
		if (compare_have(&state->list[kept], &state->list[i]) != 0)
			state->list[++kept] = state->list[i];
	state->doubled += state->count - kept - 1;
	state->count = kept + 1;
}

static int
find_have(const void *key, const void *at)
{
	return element_compare(key, &((const struct have *)at)->element);
}

const struct have *
state_find(const struct state *state, const struct element *element)
{
	if (state->count == 0)
		return NULL;
	return bsearch(element, state->list, state->count, sizeof(*state->list),
		       find_have);
}

/* --------------------------------------------------------------- changes */

void
changes_init(struct changes *changes)
{
	*changes = (struct changes){0};
}

void
changes_fini(struct changes *changes)
{
	memory_free(changes->list);
	changes_init(changes);
}

int
changes_add(struct changes *changes, const struct change *change)
{
	struct change *slot = next_slot((void **)&changes->list, changes->count,
					&changes->room, sizeof(*changes->list));

	if (!slot)
		return LZ_E_MEMORY;
	*slot = *change;
	changes->count++;
	return 0;
}

static int
change(struct changes *changes, enum change_act act,
       const struct element *element, int64_t timeout_us)
{
	return changes_add(changes,
			   &(struct change){act, *element, timeout_us});
}

static int
removals(const struct plan *wanted, const struct state *there,
	 const struct plan *ours, int64_t now_us, struct changes *changes)
{
	int error = 0;

	for (size_t i = 0; i < there->count && !error; i++) {
		const struct element *element = &there->list[i].element;
		const struct wanted *found = plan_find(wanted, element);

		if (found && found->expires_us > now_us)
			continue;
		if (found || plan_find(ours, element))
			error = change(changes, CHANGE_REMOVE, element, 0);
		else
			changes->foreign++;
	}
	return error;
}

static bool
is_stale(const struct have *have, int64_t life_us, int64_t timeout_us)
{
	if (have->left_us == HAVE_FOR_EVER)
		return true;
	return have->left_us + timeout_us / 3 < life_us ||
	       have->left_us > life_us + SLACK_US;
}

static int
additions(const struct plan *wanted, const struct state *there, int64_t now_us,
	  int64_t timeout_us, enum change_act act, struct changes *changes)
{
	int error = 0;

	for (size_t i = 0; i < wanted->count && !error; i++) {
		const struct wanted *it = &wanted->wanted[i];
		const struct have *have = state_find(there, &it->element);
		int64_t life_us = it->expires_us - now_us;

		if (life_us <= 0)
			continue;
		if (life_us > timeout_us)
			life_us = timeout_us;
		if (act == CHANGE_ADD
			? !have
			: have && is_stale(have, life_us, timeout_us))
			error = change(changes, act, &it->element, life_us);
	}
	return error;
}

int
reconcile(const struct plan *wanted, const struct state *there,
	  const struct plan *ours, int64_t now_us, int64_t timeout_us,
	  struct changes *changes)
{
	int error;

	changes->count = changes->foreign = 0;
	error = removals(wanted, there, ours, now_us, changes);
	if (!error)
		error = additions(wanted, there, now_us, timeout_us, CHANGE_ADD,
				  changes);
	if (!error)
		error = additions(wanted, there, now_us, timeout_us,
				  CHANGE_REFRESH, changes);
	return error;
}
