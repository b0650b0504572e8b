/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers of samples, source by source. */
#include "flow/sflow_sources.h"

#include "base/memory.h"

/* A sample overtaken by others is so little behind; further back the source
 * began anew. */
#define BACK_MAX 64
/* A leap by more isn't loss, but another count. */
#define LOST_MAX (1 << 20)

static const void *
key_of(const void *context, uint32_t slot)
{
	const struct sflow_sources *sources = context;

	return &sources->sources[slot].key;
}

bool
sflow_sources_init(struct sflow_sources *sources, const struct flow_conf *conf)
{
	sources->sources = memory_new(SFLOW_SOURCES_MAX,
				      sizeof(*sources->sources));
	sources->free = memory_new(SFLOW_SOURCES_MAX, sizeof(*sources->free));
	sources->map = map_new(SFLOW_SOURCES_MAX,
			       sizeof(sources->sources[0].key), conf->key,
			       key_of, sources);
	return sources->sources && sources->free && sources->map;
}

void
sflow_sources_fini(struct sflow_sources *sources)
{
	map_free(sources->map);
	memory_free(sources->free);
	memory_free(sources->sources);
}

static struct sflow_source *
add(struct sflow_sources *sources, uint32_t exporter, uint32_t source)
{
	struct sflow_source *added;
	uint32_t slot;

	if (sources->free_count > 0)
		slot = sources->free[--sources->free_count];
	else if (sources->count < SFLOW_SOURCES_MAX)
		slot = sources->count++;
	else
		return NULL;
	added = &sources->sources[slot];
	added->key.exporter = exporter;
	added->key.source = source;
	if (map_put(sources->map, slot) == 0)
		return added;
	added->key.exporter = MAP_NONE;
	sources->free[sources->free_count++] = slot;
	return NULL;
}

int32_t
sflow_sources_heard(struct sflow_sources *sources, uint32_t exporter,
		    uint32_t source, uint32_t sequence)
{
	const uint32_t key[2] = {exporter, source};
	const uint32_t slot = map_find(sources->map, key);
	struct sflow_source *it;
	int32_t step;

	if (slot == MAP_NONE) {
		it = add(sources, exporter, source);
		if (it)
			it->last = sequence;
		return 0;
	}
	it = &sources->sources[slot];
	step = (int32_t)(sequence - it->last);
	if (step <= 0 && step > -BACK_MAX)
		return step < 0 ? -1 : 0;
	it->last = sequence;
	return step > 0 && step < LOST_MAX ? step - 1 : 0;
}

void
sflow_sources_forget(struct sflow_sources *sources, uint32_t exporter)
{
	for (uint32_t slot = 0; slot < sources->count; slot++) {
		struct sflow_source *it = &sources->sources[slot];

		if (it->key.exporter != exporter)
			continue;
		(void)map_take(sources->map, &it->key);
		it->key.exporter = MAP_NONE;
		sources->free[sources->free_count++] = slot;
	}
}
