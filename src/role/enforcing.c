/* SPDX-License-Identifier: Apache-2.0 */
/* Desired and actual, brought together. */
#include "role/enforcing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "role/counter_table.h"

#define LOOKS_MAX 5

static struct at_event
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct at_event){(int64_t)now.tv_sec * TIMES_SECOND_US +
				 now.tv_nsec / 1000};
}

/* ------------------------------------------------------------- measures */

/* Where it stands, or would. */
static size_t
place_of(const struct enforcing *enforcing, uint64_t measure)
{
	size_t low = 0, high = enforcing->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (enforcing->list[middle].state.measure < measure)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct tracked *
find(const struct enforcing *enforcing, uint64_t measure)
{
	const size_t at = place_of(enforcing, measure);

	return at < enforcing->count &&
		       enforcing->list[at].state.measure == measure
		   ? &enforcing->list[at]
		   : NULL;
}

static struct tracked *
track(struct enforcing *enforcing, const struct device_state *state)
{
	const size_t at = place_of(enforcing, state->measure);
	struct tracked *slot;

	if (enforcing->count == enforcing->room) {
		const size_t more = enforcing->room ? enforcing->room * 2 : 64;
		struct tracked *grown = memory_grow(enforcing->list,
						    enforcing->room, more,
						    sizeof(*grown));

		if (!grown)
			return NULL;
		enforcing->list = grown;
		enforcing->room = more;
	}
	slot = &enforcing->list[at];
	memmove(slot + 1, slot, (enforcing->count - at) * sizeof(*slot));
	enforcing->count++;
	*slot = (struct tracked){.state = *state};
	slot->readable = target_parse(state->kind, slice_of(state->target),
				      &slot->target) == 0;
	return slot;
}

static int
take_state(void *context, const struct device_state *state)
{
	return track(context, state) ? 0 : LZ_E_MEMORY;
}

/* Memory as the store has it. */
static int
load_again(struct enforcing *enforcing)
{
	int error;

	enforcing->count = 0;
	/* What a killed one had written down and not handed over. */
	enforcing->told = true;
	error = enforcer_store_open(enforcing->store, take_state, enforcing);
	enforcing->astray = error != 0;
	return error;
}

int
enforcing_load(struct enforcing *enforcing)
{
	plan_init(&enforcing->wanted);
	plan_init(&enforcing->ours);
	plan_init(&enforcing->pieces);
	plan_init(&enforcing->failed);
	state_init(&enforcing->there);
	changes_init(&enforcing->changes);
	return load_again(enforcing);
}

void
enforcing_fini(struct enforcing *enforcing)
{
	memory_free(enforcing->list);
	enforcing->list = NULL;
	plan_fini(&enforcing->wanted);
	plan_fini(&enforcing->ours);
	plan_fini(&enforcing->pieces);
	plan_fini(&enforcing->failed);
	state_fini(&enforcing->there);
	changes_fini(&enforcing->changes);
}

/* --------------------------------------------------------------- effects */

static int
effect(struct enforcing *enforcing, const struct tracked *it,
       enum effect_kind kind, struct at_event time, const char *detail)
{
	const struct device_effect row = {.measure = it->state.measure,
					  .on = it->state.on,
					  .kind = kind,
					  .time = time,
					  .detail = detail};

	enforcing->told = true;
	return enforcer_store_effect_add(enforcing->store, &row);
}

static int
states_put(struct enforcing *enforcing)
{
	int error = 0;

	for (size_t i = 0; i < enforcing->count && !error; i++) {
		struct tracked *it = &enforcing->list[i];

		if (!it->dirty)
			continue;
		error = enforcer_store_put(enforcing->store, &it->state);
		it->dirty = error != 0;
	}
	return error;
}

/* --------------------------------------------------------------- desired */

static void
ask_anew(struct tracked *it, bool on)
{
	it->state.on = on;
	it->state.asked = it->state.acknowledged = it->state.observed =
	    times_unset();
	it->failing = false;
	it->dirty = true;
}

static int
take_wanted(void *context, const struct store_measure *measure)
{
	struct enforcing *enforcing = context;
	struct tracked *it = find(enforcing, measure->id);
	struct device_state state = {.measure = measure->id,
				     .kind = measure->kind,
				     .on = true,
				     .expires = measure->expires,
				     .asked = times_unset(),
				     .acknowledged = times_unset(),
				     .observed = times_unset()};

	if (!it) {
		(void)text_copy(state.target, sizeof(state.target),
				slice_of(measure->target));
		it = track(enforcing, &state);
		if (!it)
			return LZ_E_MEMORY;
		it->dirty = true;
	}
	if (it->state.expires.us != measure->expires.us) {
		it->state.expires = measure->expires;
		it->dirty = true;
	}
	it->desired = it->wanted = true;
	return 0;
}

static unsigned
cap_of(enum measure_kind kind)
{
	switch (kind) {
	case MEASURE_FILTER:
		return DEVICE_CAN_FILTER;
	case MEASURE_LIMIT:
		return DEVICE_CAN_LIMIT;
	case MEASURE_GARDEN:
		return DEVICE_CAN_GARDEN;
	case MEASURE_BLOCK:
		return DEVICE_CAN_BLOCK;
	case MEASURE_KIND_COUNT:
		break;
	}
	return ~0u;
}

/* Why it can't be done, or NULL; last before the wire, in every pass. */
static const char *
refusal(const struct enforcing *enforcing, const struct tracked *it)
{
	const unsigned caps = enforcing->device->driver->caps;
	const unsigned need = cap_of(it->state.kind);

	if (!it->readable)
		return "its target can't be read";
	if ((caps & need) != need)
		return "the device can't do this kind";
	if (subject_has_ports(&it->target.subject) &&
	    !(caps & DEVICE_HAS_PORT_RANGE))
		return "the device can't tell ports of one address apart";
	return guard_refuses(enforcing->guard, it->state.kind, &it->target);
}

static int
refuse(struct enforcing *enforcing, struct tracked *it, const char *why)
{
	it->wanted = false;
	if (strcmp(it->state.refused, why) == 0)
		return 0;
	(void)text_copy(it->state.refused, sizeof(it->state.refused),
			slice_of(why));
	it->dirty = true;
	counters_add(enforcing->counters, COUNTER_ENFORCER_REFUSED, 1);
	fprintf(stderr, "enforcer: measure %016" PRIx64 " refused: %s\n",
		it->state.measure, why);
	return effect(enforcing, it, EFFECT_REFUSED, enforcing->now, why);
}

static int
plan_one(struct enforcing *enforcing, struct tracked *it, struct plan *plan)
{
	return plan_add(plan, it->state.kind, &it->target,
			&enforcing->device->lengths, it->state.expires.us);
}

/* What is asked of the device for one measure. */
static int
desire(struct enforcing *enforcing, struct tracked *it)
{
	const char *why = it->wanted ? refusal(enforcing, it) : NULL;
	int error = 0;

	if (it->wanted && !why) {
		error = plan_one(enforcing, it, &enforcing->wanted);
		if (error == LZ_E_RANGE)
			why = "the device has no entry of this size";
		else if (error)
			return error;
	}
	if (why) {
		error = refuse(enforcing, it, why);
	} else if (it->wanted && it->state.refused[0]) {
		it->state.refused[0] = '\0';
		ask_anew(it, true);
	}
	if (error)
		return error;
	if (it->wanted && !it->state.on)
		ask_anew(it, true);
	else if (!it->wanted && it->state.on && times_is_set(it->state.asked))
		ask_anew(it, false);
	else if (!it->desired && it->state.on) {
		/* Never asked for: nothing has to be undone. */
		it->state.on = false;
		it->state.observed = enforcing->now;
		it->dirty = true;
	}
	return 0;
}

/* Refused ones stay while they are desired, so that it is said once. */
static bool
is_over(const struct tracked *it)
{
	return !it->desired && !it->state.on &&
	       times_is_set(it->state.observed);
}

static void
forget_over(struct enforcing *enforcing)
{
	size_t kept = 0;

	for (size_t i = 0; i < enforcing->count; i++)
		if (!is_over(&enforcing->list[i]))
			enforcing->list[kept++] = enforcing->list[i];
	enforcing->count = kept;
}

static int
read_desired(struct enforcing *enforcing, struct store *desk)
{
	plan_clear(&enforcing->wanted);
	plan_clear(&enforcing->ours);
	for (size_t i = 0; i < enforcing->count; i++)
		enforcing->list[i].desired = enforcing->list[i].wanted = false;
	return effect_store_wanted(desk, enforcing->now, take_wanted,
				   enforcing);
}

/* Sets every measure's wish and writes down what is about to be asked. */
static int
ask(struct enforcing *enforcing)
{
	int error = store_begin(enforcing->store);

	for (size_t i = 0; i < enforcing->count && !error; i++) {
		struct tracked *it = &enforcing->list[i];

		error = desire(enforcing, it);
		if (error || (it->state.on ? !it->wanted
					   : times_is_set(it->state.observed)))
			continue;
		if (!times_is_set(it->state.asked)) {
			it->state.asked = clock_now();
			it->dirty = true;
			error = effect(enforcing, it, EFFECT_ASKED,
				       it->state.asked, "");
		}
		/* What can't be cut any more ends by itself. */
		if (!error && it->readable &&
		    plan_one(enforcing, it, &enforcing->ours) == LZ_E_MEMORY)
			error = LZ_E_MEMORY;
	}
	if (!error)
		error = states_put(enforcing);
	if (!error)
		error = store_commit(enforcing->store);
	if (error)
		store_rollback(enforcing->store);
	plan_seal(&enforcing->wanted);
	plan_seal(&enforcing->ours);
	return error;
}

/* ---------------------------------------------------------------- device */

static int
take_have(void *context, const struct have *have)
{
	struct enforcing *enforcing = context;

	if (have)
		return state_add(&enforcing->there, have);
	enforcing->there.unknown++;
	return 0;
}

/*
 * A kernel that rearranges a set while it is dumped shows some entries twice
 * and leaves out as many: then once more.
 */
static int
look(struct enforcing *enforcing)
{
	struct device *device = enforcing->device;
	int error = 0;

	for (unsigned i = 0; i < LOOKS_MAX && !error; i++) {
		state_clear(&enforcing->there);
		error = device->driver->dump(device, take_have, enforcing);
		state_seal(&enforcing->there);
		if (!enforcing->there.doubled)
			break;
	}
	return error;
}

/* The entries of one measure into `pieces`; false: it has none. */
static bool
cut_up(struct enforcing *enforcing, struct tracked *it)
{
	plan_clear(&enforcing->pieces);
	return it->readable && plan_one(enforcing, it, &enforcing->pieces) == 0;
}

/* Is the device as this measure wants it? */
static bool
is_so(struct enforcing *enforcing, struct tracked *it)
{
	if (!cut_up(enforcing, it))
		return false;
	for (size_t i = 0; i < enforcing->pieces.count; i++) {
		const struct element *element =
		    &enforcing->pieces.wanted[i].element;
		const bool there = state_find(&enforcing->there, element);

		/* Another measure may want it still. */
		if (it->state.on
			? !there
			: there && !plan_find(&enforcing->wanted, element))
			return false;
	}
	return true;
}

/*
 * Asked, no answer heard, and yet it is as it should be: killed in between.
 * It is asked once more, so that connections are cut, too.
 */
static int
ask_again(struct enforcing *enforcing, struct tracked *it)
{
	int error = 0;

	if (times_is_set(it->state.acknowledged) || !is_so(enforcing, it))
		return 0;
	for (size_t i = 0; i < enforcing->pieces.count && !error; i++) {
		const struct wanted *piece = &enforcing->pieces.wanted[i];
		const struct have *have = state_find(&enforcing->there,
						     &piece->element);
		struct change change = {CHANGE_REMOVE, piece->element, 0};

		if (it->state.on) {
			change.act = CHANGE_ADD;
			change.timeout_us = enforcing->timeout_us;
		} else if (have) {
			continue;
		}
		error = changes_add(&enforcing->changes, &change);
	}
	return error;
}

/* It was seen in force, and is gone though nobody released it. */
static bool
is_lost(struct enforcing *enforcing, struct tracked *it)
{
	return it->state.on && it->wanted && times_is_set(it->state.observed) &&
	       !is_so(enforcing, it);
}

static int
note_lost(struct enforcing *enforcing, struct tracked *it)
{
	if (!is_lost(enforcing, it))
		return 0;
	it->state.acknowledged = it->state.observed = times_unset();
	it->dirty = true;
	counters_add(enforcing->counters, COUNTER_ENFORCER_LOST, 1);
	return effect(enforcing, it, EFFECT_LOST, enforcing->now,
		      "not on the device any more");
}

static void
take_event(void *context, const struct device_event *event)
{
	struct enforcing *enforcing = context;
	const struct element *element = &event->change.element;
	const struct target target = {
	    .subject = {element->subject, 0, 0},
	    .has_peer = element->kind == MEASURE_FILTER,
	    .peer = {element->peer, element->peer_port, element->proto}};
	const struct plan_lengths same = {1, {element->subject.length}};
	int error;

	if (event->result == DEVICE_DONE) {
		counters_add(enforcing->counters, COUNTER_ENFORCER_CHANGES, 1);
		return;
	}
	counters_add(enforcing->counters, COUNTER_ENFORCER_FAILED, 1);
	/* The cause travels where the end would stand. */
	error = plan_add(&enforcing->failed, (enum measure_kind)element->kind,
			 &target, &same,
			 event->result * INT64_C(65536) + event->cause);
	if (error)
		enforcing->event_error = error;
}

static int
apply(struct enforcing *enforcing)
{
	struct device *device = enforcing->device;
	const struct changes *changes = &enforcing->changes;
	int error;

	plan_clear(&enforcing->failed);
	enforcing->event_error = 0;
	error = device->driver->apply(device, changes->list, changes->count);
	if (!error)
		error = device->driver->poll(device, take_event, enforcing);
	plan_seal(&enforcing->failed);
	return error ? error : enforcing->event_error;
}

/* ----------------------------------------------------------------- heard */

static int
note_failed(struct enforcing *enforcing, struct tracked *it,
	    const struct wanted *failed)
{
	const enum device_result result =
	    (enum device_result)(failed->expires_us / 65536);
	char detail[64];

	if (it->failing)
		return 0;
	it->failing = true;
	snprintf(detail, sizeof(detail), "%s, code %d",
		 device_result_name(result), (int)(failed->expires_us % 65536));
	fprintf(stderr, "enforcer: measure %016" PRIx64 ": %s\n",
		it->state.measure, detail);
	return effect(enforcing, it, EFFECT_FAILED, clock_now(), detail);
}

static int
hear(struct enforcing *enforcing, struct tracked *it, struct at_event answered)
{
	int error = 0;

	if (it->state.on && !it->wanted)
		return 0;
	if (!times_is_set(it->state.asked))
		return 0;
	if (!cut_up(enforcing, it)) {
		/* Its sizes have gone from the device: time alone ends it. */
		if (!it->state.on && enforcing->now.us - it->state.asked.us >
					 enforcing->timeout_us) {
			it->state.observed = enforcing->now;
			it->dirty = true;
		}
		return 0;
	}
	for (size_t i = 0; i < enforcing->pieces.count; i++) {
		const struct wanted *failed =
		    plan_find(&enforcing->failed,
			      &enforcing->pieces.wanted[i].element);

		if (failed)
			return note_failed(enforcing, it, failed);
	}
	it->failing = false;
	if (!times_is_set(it->state.acknowledged)) {
		it->state.acknowledged = answered;
		it->dirty = true;
		error = effect(enforcing, it, EFFECT_ACKNOWLEDGED, answered,
			       "");
	}
	if (!error && !times_is_set(it->state.observed) &&
	    is_so(enforcing, it)) {
		it->state.observed = clock_now();
		it->dirty = true;
		error = effect(enforcing, it, EFFECT_OBSERVED,
			       it->state.observed, "");
	}
	return error;
}

static int
hear_all(struct enforcing *enforcing, struct at_event answered)
{
	int error = store_begin(enforcing->store);

	for (size_t i = 0; i < enforcing->count && !error; i++)
		error = hear(enforcing, &enforcing->list[i], answered);
	if (!error)
		error = states_put(enforcing);
	if (!error)
		error = store_commit(enforcing->store);
	if (error)
		store_rollback(enforcing->store);
	return error;
}

static void
count(const struct enforcing *enforcing)
{
	int64_t oldest_us = 0;
	uint64_t wanted = 0;

	for (size_t i = 0; i < enforcing->count; i++) {
		const struct tracked *it = &enforcing->list[i];
		const int64_t age_us = enforcing->now.us - it->state.asked.us;

		wanted += it->wanted;
		if (!it->state.on && times_is_set(it->state.asked) &&
		    !times_is_set(it->state.observed) && age_us > oldest_us)
			oldest_us = age_us;
	}
	counters_set(enforcing->counters, COUNTER_ENFORCER_MEASURES, wanted);
	counters_set(enforcing->counters, COUNTER_ENFORCER_ENTRIES,
		     enforcing->there.count);
	counters_set(enforcing->counters, COUNTER_ENFORCER_UNRELEASED_US,
		     (uint64_t)oldest_us);
}

/* Foreign entries are left alone, and said whenever their number changes. */
static void
foreign_say(const struct enforcing *enforcing)
{
	const uint64_t found = enforcing->changes.foreign +
			       enforcing->there.unknown;

	if (found ==
	    counters_get(enforcing->counters, COUNTER_ENFORCER_FOREIGN))
		return;
	counters_set(enforcing->counters, COUNTER_ENFORCER_FOREIGN, found);
	fprintf(stderr,
		"enforcer: %" PRIu64 " entries on the device that nobody here "
		"asked for; they are left alone\n",
		found);
}

/* ------------------------------------------------------------------ pass */

/* What seems lost is looked for twice: one glance may miss an entry. */
static int
look_well(struct enforcing *enforcing)
{
	int error = look(enforcing);

	for (size_t i = 0; i < enforcing->count && !error; i++)
		if (is_lost(enforcing, &enforcing->list[i]))
			return look(enforcing);
	return error;
}

static int
prepare_changes(struct enforcing *enforcing)
{
	int error = look_well(enforcing);

	if (!error)
		error = reconcile(&enforcing->wanted, &enforcing->there,
				  &enforcing->ours, enforcing->now.us,
				  enforcing->timeout_us, &enforcing->changes);
	if (!error)
		foreign_say(enforcing);
	for (size_t i = 0; i < enforcing->count && !error; i++) {
		error = note_lost(enforcing, &enforcing->list[i]);
		if (!error)
			error = ask_again(enforcing, &enforcing->list[i]);
	}
	return error;
}

int
enforcing_pass(struct enforcing *enforcing, struct store *desk,
	       struct at_event now, const char **shown)
{
	struct at_event answered;
	int error;

	enforcing->now = now;
	*shown = "reading what was asked";
	error = enforcing->astray ? load_again(enforcing) : 0;
	if (error)
		return error;
	*shown = "reading what is desired";
	error = read_desired(enforcing, desk);
	if (error)
		return error;
	/* Should it fail now, memory and store may differ. */
	enforcing->astray = true;
	*shown = "writing down what is asked";
	error = ask(enforcing);
	if (error)
		return error;
	*shown = "looking at the device";
	error = prepare_changes(enforcing);
	if (error)
		return error;
	answered = now;
	if (enforcing->changes.count) {
		*shown = "asking the device";
		error = apply(enforcing);
		answered = clock_now();
		if (!error)
			error = look(enforcing);
		if (error)
			return error;
	}
	*shown = "writing down what was heard";
	error = hear_all(enforcing, answered);
	enforcing->astray = error != 0;
	count(enforcing);
	forget_over(enforcing);
	return error;
}
