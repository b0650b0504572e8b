/* SPDX-License-Identifier: Apache-2.0 */
/* Cases, parties, notices and receipts of a store: sorted arrays. */
#include "role/policy_past.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "case/step.h"

struct past_case {
	uint64_t id, party_value;
	uint32_t party;
};

struct past_notice {
	uint64_t id, party_value;
	uint32_t party;
	int64_t created_us;
	size_t first, count; /* receipts */
};

struct past_receipt {
	uint64_t notice;
	size_t order;
	int64_t now_us;
	struct policy_past_receipt receipt;
};

struct array {
	void *at;
	size_t count, room;
};

struct policy_past {
	struct array cases, notices, receipts;
	uint64_t *parties; /* rising */
	uint32_t party_count;
	struct policy_past_receipt *sorted; /* by notice */
};

static void *
grow(struct array *array, size_t size)
{
	if (array->count == array->room) {
		const size_t room = array->room * 2 + 64;
		void *grown = memory_grow(array->at, array->room, room, size);

		if (!grown)
			return NULL;
		array->at = grown;
		array->room = room;
	}
	return (char *)array->at + array->count++ * size;
}

static int
take_case(void *context, uint64_t case_id, struct party_id party, bool known)
{
	struct policy_past *past = context;
	struct past_case *row = grow(&past->cases, sizeof(*row));

	(void)known;
	if (!row)
		return LZ_E_MEMORY;
	*row = (struct past_case){.id = case_id, .party_value = party.value};
	return 0;
}

static int
take_notice(void *context, uint64_t notice, struct party_id party,
	    struct at_event created)
{
	struct policy_past *past = context;
	struct past_notice *row = grow(&past->notices, sizeof(*row));

	if (!row)
		return LZ_E_MEMORY;
	*row = (struct past_notice){.id = notice,
				    .party_value = party.value,
				    .created_us = created.us};
	return 0;
}

static int
take_receipt(void *context, struct at_event now, struct store_bytes body)
{
	struct policy_past *past = context;
	struct past_receipt *row;
	struct case_event event;
	struct sighting sighting;
	struct cursor cursor;

	cursor_init(&cursor, body.at, body.length);
	if (case_event_decode(&cursor, &event, &sighting) != 0)
		return 0; /* the walk counts it as unreadable */
	row = grow(&past->receipts, sizeof(*row));
	if (!row)
		return LZ_E_MEMORY;
	*row =
	    (struct past_receipt){.notice = event.notice_id,
				  .order = past->receipts.count,
				  .now_us = now.us,
				  .receipt = {.time_after_us = event.time.us,
					      .kind = (uint8_t)event.receipt}};
	return 0;
}

/* -------------------------------------------------------------- sorting */

static int
order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
by_case_id(const void *a, const void *b)
{
	return order_u64(((const struct past_case *)a)->id,
			 ((const struct past_case *)b)->id);
}

static int
by_value(const void *a, const void *b)
{
	return order_u64(*(const uint64_t *)a, *(const uint64_t *)b);
}

static int
by_party(const void *a, const void *b)
{
	const struct past_notice *x = a, *y = b;

	if (x->party != y->party)
		return x->party < y->party ? -1 : 1;
	if (x->created_us != y->created_us)
		return x->created_us < y->created_us ? -1 : 1;
	return order_u64(x->id, y->id);
}

static int
by_notice(const void *a, const void *b)
{
	const struct past_receipt *x = a, *y = b;

	if (x->notice != y->notice)
		return order_u64(x->notice, y->notice);
	return order_u64(x->order, y->order);
}

static void
sort(const struct array *array, size_t size,
     int (*order)(const void *, const void *))
{
	if (array->count)
		qsort(array->at, array->count, size, order);
}

static int
index_parties(struct policy_past *past)
{
	struct past_case *cases = past->cases.at;
	size_t count = past->cases.count, unique = 0;

	past->parties = memory_new(count + 1, sizeof(*past->parties));
	if (!past->parties)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < count; i++)
		past->parties[i] = cases[i].party_value;
	qsort(past->parties, count, sizeof(*past->parties), by_value);
	for (size_t i = 0; i < count; i++)
		if (!unique || past->parties[unique - 1] != past->parties[i])
			past->parties[unique++] = past->parties[i];
	past->party_count = (uint32_t)unique;
	for (size_t i = 0; i < count; i++)
		cases[i].party =
		    policy_past_party(past,
				      (struct party_id){cases[i].party_value});
	return 0;
}

/* The receipts of a notice: first of them in the sorted list, and how many. */
static void
find_receipts(const struct policy_past *past, struct past_notice *notice)
{
	const struct past_receipt *list = past->receipts.at;
	size_t low = 0, high = past->receipts.count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (list[middle].notice < notice->id)
			low = middle + 1;
		else
			high = middle;
	}
	notice->first = low;
	while (low < past->receipts.count && list[low].notice == notice->id) {
		past->sorted[low] = list[low].receipt;
		past->sorted[low].now_after_us = list[low].now_us -
						 notice->created_us;
		past->sorted[low].time_after_us -= notice->created_us;
		low++;
	}
	notice->count = low - notice->first;
}

static int
index_notices(struct policy_past *past)
{
	struct past_notice *notices = past->notices.at;

	past->sorted = memory_new(past->receipts.count + 1,
				  sizeof(*past->sorted));
	if (!past->sorted)
		return LZ_E_MEMORY;
	sort(&past->receipts, sizeof(struct past_receipt), by_notice);
	for (size_t i = 0; i < past->notices.count; i++) {
		notices[i].party = policy_past_party(
		    past, (struct party_id){notices[i].party_value});
		find_receipts(past, &notices[i]);
	}
	sort(&past->notices, sizeof(*notices), by_party);
	return 0;
}

int
policy_past_read(struct store *store, struct at_event until,
		 struct policy_past **past)
{
	struct policy_past *made = memory_new(1, sizeof(*made));
	int error = made ? 0 : LZ_E_MEMORY;

	if (!error)
		error = policy_view_cases(store, take_case, made);
	if (!error)
		error = policy_view_notices(store, until, take_notice, made);
	if (!error)
		error = policy_view_receipts(store, until, take_receipt, made);
	if (!error)
		error = index_parties(made);
	if (!error) {
		sort(&made->cases, sizeof(struct past_case), by_case_id);
		error = index_notices(made);
	}
	if (error) {
		policy_past_free(made);
		made = NULL;
	}
	*past = made;
	return error;
}

void
policy_past_free(struct policy_past *past)
{
	if (!past)
		return;
	memory_free(past->cases.at);
	memory_free(past->notices.at);
	memory_free(past->receipts.at);
	memory_free(past->parties);
	memory_free(past->sorted);
	memory_free(past);
}

/* --------------------------------------------------------------- asking */

uint32_t
policy_past_cases(const struct policy_past *past)
{
	return (uint32_t)past->cases.count;
}

uint32_t
policy_past_parties(const struct policy_past *past)
{
	return past->party_count;
}

uint32_t
policy_past_case(const struct policy_past *past, uint64_t case_id)
{
	const struct past_case wanted = {.id = case_id};
	const struct past_case *cases = past->cases.at;
	const struct past_case *found =
	    past->cases.count ? bsearch(&wanted, cases, past->cases.count,
					sizeof(*cases), by_case_id)
			      : NULL;

	return found ? (uint32_t)(found - cases) : POLICY_PAST_NONE;
}

uint32_t
policy_past_party_of(const struct policy_past *past, uint32_t row)
{
	return ((const struct past_case *)past->cases.at)[row].party;
}

uint32_t
policy_past_party(const struct policy_past *past, struct party_id party)
{
	const uint64_t *found = past->party_count
				    ? bsearch(&party.value, past->parties,
					      past->party_count,
					      sizeof(*past->parties), by_value)
				    : NULL;

	return found ? (uint32_t)(found - past->parties) : POLICY_PAST_NONE;
}

struct party_id
policy_past_party_id(const struct policy_past *past, uint32_t party)
{
	return (struct party_id){past->parties[party]};
}

bool
policy_past_receipts(const struct policy_past *past, uint32_t party, uint32_t k,
		     const struct policy_past_receipt **first, size_t *count)
{
	const struct past_notice *notices = past->notices.at;
	size_t low = 0, high = past->notices.count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (notices[middle].party < party)
			low = middle + 1;
		else
			high = middle;
	}
	if (k >= past->notices.count - low || notices[low + k].party != party)
		return false;
	*first = past->sorted + notices[low + k].first;
	*count = notices[low + k].count;
	return true;
}
