/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long list of events and what they make of rows: over the index's store, and
 * over a slow and obvious array.  Both must end in the same rows, whatever
 * happens to the writer in between.
 */
#ifndef TEST_INDEX_HISTORY_H
#define TEST_INDEX_HISTORY_H

#include "ident/tracker.h"
#include "index/index.h"

#define HISTORY_T0_US INT64_C(1767607200000000)
#define HISTORY_SUBJECTS 48
#define HISTORY_UPKEEP 400 /* events between two seals and drops */
#define HISTORY_KEEP_DAYS 5

/* When event n comes in: the list runs over weeks. */
struct at_event history_time(uint64_t n);
/* Applies event n. */
int history_event(const struct tracker_store *store, uint64_t n);
struct subject history_subject(unsigned number, uint32_t *realm);

/* The array. */
struct history_model {
	struct binding *rows;
	size_t count, room;
	uint64_t position;
	uint32_t parties;
	char (*labels)[PARTY_LABEL_SIZE];
};
struct tracker_store history_model_store(struct history_model *model);
/* Applies all events below `position`. */
void history_model_run(struct history_model *model, uint64_t position);
void history_model_drop(struct history_model *model, struct at_event oldest);
void history_model_fini(struct history_model *model);

/* What the writer does with events [its position, end), `batch` at a time;
 * tick (may be NULL) is called after each batch ('b'), before each seal ('s')
 * and drop ('d'). */
int history_write(struct index_writer *writer, uint64_t end, unsigned batch,
		  void (*tick)(void *context, char what), void *context);
/*
 * Compares the reader's view with the model, which must stand at the view's
 * position: all rows of all subjects, and searches at random times.  Fails by
 * cmocka.
 */
void history_compare(struct index_reader *reader, struct history_model *model,
		     uint64_t seed);

#endif
