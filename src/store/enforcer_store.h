/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enforcer's own file: what was asked of the device for each measure, and
 * facts about it on their way to the desk.
 */
#ifndef STORE_ENFORCER_STORE_H
#define STORE_ENFORCER_STORE_H

#include "fact/case_fact.h"
#include "store/store.h"

struct device_state {
	uint64_t measure;
	enum measure_kind kind;
	char target[MEASURE_TARGET_SIZE];
	bool on; /* what was asked last: in force, or released */
	struct at_event expires;
	/* Of that; unset: not yet. */
	struct at_event asked, acknowledged, observed;
	char refused[96]; /* why it isn't asked at all; "" */
};
typedef int device_state_visit(void *context, const struct device_state *state);

struct device_effect {
	uint64_t n; /* given by the store */
	uint64_t measure;
	bool on;
	enum effect_kind kind;
	struct at_event time;
	const char *detail;
};
typedef int device_effect_visit(void *context,
				const struct device_effect *effect);

LZ_NODISCARD int enforcer_store_put(struct store *store,
				    const struct device_state *state);
/* All but those whose release was observed. */
LZ_NODISCARD int enforcer_store_open(struct store *store,
				     device_state_visit *visit, void *context);
/* Erases those whose release was observed before. */
LZ_NODISCARD int enforcer_store_retain(struct store *store,
				       struct at_event before);

LZ_NODISCARD int enforcer_store_effect_add(struct store *store,
					   const struct device_effect *effect);
LZ_NODISCARD int enforcer_store_effects(struct store *store,
					device_effect_visit *visit,
					void *context);
LZ_NODISCARD int enforcer_store_effects_done(struct store *store, uint64_t n);

#endif
