/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated device. */
#include "device.h"

#include <string.h>

/* Longer than any measure: what ends by itself is a real device's matter. */
#define TIMEOUT_US (400 * TIMES_DAY_US)

static const struct plan_lengths lengths = {6, {48, 56, 60, 64, 120, 128}};

void
device_start(struct scenario_device *device)
{
	memset(device, 0, sizeof(*device));
	plan_init(&device->ours);
	state_init(&device->there);
	device->next = times_unset();
}

void
device_end(struct scenario_device *device)
{
	plan_fini(&device->ours);
	state_fini(&device->there);
}

static void
look_again(struct scenario_device *device)
{
	device->changed = true;
}

void
device_want(struct scenario_device *device, const struct case_measure *measure)
{
	size_t at = 0;

	while (at < device->count && device->wanted[at].id != measure->id)
		at++;
	if (at == DEVICE_MEASURES_MAX)
		return;
	device->count += at == device->count;
	device->wanted[at] = *measure;
	look_again(device);
}

void
device_unwant(struct scenario_device *device, uint64_t measure)
{
	for (size_t i = 0; i < device->count; i++) {
		if (device->wanted[i].id != measure)
			continue;
		device->wanted[i] = device->wanted[--device->count];
		look_again(device);
		return;
	}
}

void
device_set(struct scenario_device *device, bool fails, struct at_event now)
{
	device->fails = fails;
	/* Who asks again doesn't know: it is heard at the next try. */
	if (!fails && !times_is_set(device->next))
		device->next = now;
}

struct at_event
device_due(const struct scenario_device *device)
{
	return device->changed ? (struct at_event){INT64_MIN + 1}
			       : device->next;
}

static bool
apply(struct scenario_device *device, const struct change *change,
      struct at_event now)
{
	const struct have have = {change->element, now.us + change->timeout_us};
	struct state kept;
	bool good = true;

	state_init(&kept);
	for (size_t i = 0; i < device->there.count && good; i++)
		if (element_compare(&device->there.list[i].element,
				    &change->element) != 0)
			good = state_add(&kept, &device->there.list[i]) == 0;
	if (good && change->act != CHANGE_REMOVE)
		good = state_add(&kept, &have) == 0;
	state_seal(&kept);
	state_fini(&device->there);
	device->there = kept;
	return good;
}

/* What has ended by itself is gone. */
static bool
expire(struct scenario_device *device, struct at_event now)
{
	struct state kept;
	bool good = true;

	state_init(&kept);
	for (size_t i = 0; i < device->there.count && good; i++)
		if (device->there.list[i].left_us > now.us)
			good = state_add(&kept, &device->there.list[i]) == 0;
	state_seal(&kept);
	state_fini(&device->there);
	device->there = kept;
	return good;
}

/* As the enforcer's store: what was asked once may be there for good. */
static bool
plan_all(struct scenario_device *device, struct plan *wanted)
{
	bool good = true;

	for (size_t i = 0; i < device->count && good; i++) {
		const struct case_measure *it = &device->wanted[i];
		struct target target;

		if (target_parse(it->kind, slice_of(it->target), &target) != 0)
			continue;
		good = plan_add(wanted, it->kind, &target, &lengths,
				it->expires.us) != LZ_E_MEMORY &&
		       plan_add(&device->ours, it->kind, &target, &lengths,
				it->expires.us) != LZ_E_MEMORY;
	}
	plan_seal(wanted);
	plan_seal(&device->ours);
	return good;
}

bool
device_run(struct scenario_device *device, struct at_event now)
{
	struct changes changes;
	struct plan wanted;
	struct state there;
	bool good;

	if (!device->changed &&
	    (!times_is_set(device->next) || device->next.us > now.us))
		return true;
	device->changed = false;
	device->next = times_unset();
	if (!expire(device, now))
		return false;
	plan_init(&wanted);
	changes_init(&changes);
	state_init(&there);
	good = plan_all(device, &wanted);
	for (size_t i = 0; i < device->there.count && good; i++) {
		struct have have = device->there.list[i];

		have.left_us -= now.us;
		good = state_add(&there, &have) == 0;
	}
	state_seal(&there);
	good = good && reconcile(&wanted, &there, &device->ours, now.us,
				 TIMEOUT_US, &changes) == 0;
	if (good && changes.count > 0 && device->fails)
		device->next.us = now.us + DEVICE_RETRY_US;
	for (size_t i = 0; i < changes.count && good && !device->fails; i++)
		good = apply(device, &changes.list[i], now);
	/* A pass a minute would have refreshed these. */
	for (size_t i = 0; i < device->there.count && !device->fails; i++) {
		struct have *have = &device->there.list[i];
		const struct wanted *it = plan_find(&wanted, &have->element);

		if (it)
			have->left_us = it->expires_us;
	}
	state_fini(&there);
	changes_fini(&changes);
	plan_fini(&wanted);
	return good;
}

const char *
device_feels(const struct scenario_device *device,
	     const struct subject *subject, struct at_event now)
{
	enum measure_kind strongest = 0;

	for (size_t i = 0; i < device->there.count; i++) {
		const struct have *have = &device->there.list[i];

		if (have->left_us > now.us &&
		    prefix_contains(&have->element.subject,
				    &subject->prefix.addr) &&
		    have->element.kind > strongest)
			strongest = have->element.kind;
	}
	return strongest ? measure_kind_name(strongest) : "nothing";
}
