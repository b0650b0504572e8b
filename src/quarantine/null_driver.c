/* SPDX-License-Identifier: Apache-2.0 */
/* A device that only remembers, for dry runs and tests. */
#include <time.h>

#include "base/memory.h"
#include "quarantine/driver.h"

/* Entries end by themselves here as they would in a kernel. */
struct null_device {
	struct state there;  /* left_us: monotonic end */
	struct changes done; /* not told yet */
};

static int64_t
mono_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

static int
null_open(struct device *device, const struct device_conf *conf)
{
	struct null_device *made = memory_new(1, sizeof(*made));

	(void)conf;
	device->fd = -1;
	device->own = made;
	if (!made)
		return LZ_E_MEMORY;
	state_init(&made->there);
	changes_init(&made->done);
	device->lengths = (struct plan_lengths){4, {48, 56, 64, 128}};
	return 0;
}

static struct have *
slot_of(struct state *there, const struct element *element)
{
	for (size_t i = 0; i < there->count; i++)
		if (element_compare(&there->list[i].element, element) == 0)
			return &there->list[i];
	return NULL;
}

static int
null_apply(struct device *device, const struct change *changes, size_t count)
{
	struct null_device *own = device->own;
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		const struct change *it = &changes[i];
		struct have *slot = slot_of(&own->there, &it->element);
		const struct have have = {it->element,
					  mono_us() + it->timeout_us};

		if (it->act == CHANGE_REMOVE && slot)
			*slot = own->there.list[--own->there.count];
		else if (it->act == CHANGE_REFRESH && slot)
			*slot = have;
		else if (it->act != CHANGE_REMOVE && !slot)
			error = state_add(&own->there, &have);
		if (!error)
			error = changes_add(&own->done, it);
	}
	return error;
}

static int
null_dump(struct device *device, device_have_cb *visit, void *context)
{
	const struct null_device *own = device->own;
	const int64_t now = mono_us();
	int error = 0;

	for (size_t i = 0; i < own->there.count && !error; i++) {
		struct have have = own->there.list[i];

		have.left_us -= now;
		if (have.left_us > 0)
			error = visit(context, &have);
	}
	return error;
}

static int
null_probe(struct device *device)
{
	(void)device;
	return 0;
}

static int
null_poll(struct device *device, device_event_cb *tell, void *context)
{
	struct null_device *own = device->own;

	for (size_t i = 0; i < own->done.count; i++) {
		const struct device_event event = {own->done.list[i],
						   DEVICE_DONE, 0};

		tell(context, &event);
	}
	own->done.count = 0;
	return 0;
}

static void
null_close(struct device *device)
{
	struct null_device *own = device->own;

	if (!own)
		return;
	state_fini(&own->there);
	changes_fini(&own->done);
	memory_free(own);
	device->own = NULL;
}

const struct driver driver_null = {.name = "null",
				   .caps =
				       DEVICE_CAN_FILTER | DEVICE_CAN_LIMIT |
				       DEVICE_CAN_GARDEN | DEVICE_CAN_BLOCK |
				       DEVICE_HAS_V4 | DEVICE_HAS_V6_PREFIX |
				       DEVICE_HAS_DUMP | DEVICE_HAS_TTL,
				   .open = null_open,
				   .apply = null_apply,
				   .dump = null_dump,
				   .probe = null_probe,
				   .poll = null_poll,
				   .close = null_close};
