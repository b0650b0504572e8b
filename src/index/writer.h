/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct index_writer, for writer.c, store.c and seal.c alone. */
#ifndef INDEX_WRITER_H
#define INDEX_WRITER_H

#include "index/index.h"
#include "index/view.h"

/* Where a row lies that was read or written in this batch. */
struct place {
	int64_t where;
	uint8_t key_length;
	uint8_t key[ROW_KEY_MAX];
	struct binding row;
};

/* By the rows' ids; empty at the start of each batch. */
struct places {
	struct place *items;
	size_t count, room;
	uint32_t *buckets; /* number of an item + 1 */
	size_t bucket_count;
};

/* A row that changed after answers may have rested on it. */
struct amended {
	struct binding old, now; /* now.id 0: dropped */
	const char *cause;       /* static; NULL: not told */
	struct at_arrival arrival;
};

struct index_writer {
	int folder_fd, lock_fd;
	mode_t mode;
	size_t map_bytes;
	bool grow; /* the map was full: a larger one before the next batch */
	uint64_t (*random)(void *context);
	void *random_context;
	struct head head;
	struct view view; /* of the open batch */
	struct head_source *sources;
	bool *source_dirty;
	size_t source_count, source_room;
	struct places places;
	struct amended *amended;
	size_t amended_count, amended_room;
	size_t amended_word; /* those of the present word begin here */
	struct at_arrival arrival;
	int (*changed)(void *context, uint32_t realm,
		       const struct subject *subject, struct at_event from,
		       struct at_event to, const char *cause);
	void *changed_context;
};

struct place *places_find(const struct places *places, uint64_t id);
/* Puts or replaces; LZ_E_MEMORY. */
LZ_NODISCARD int places_set(struct places *places, const struct place *place);
void places_clear(struct places *places);
void places_fini(struct places *places);

/* head_error, and remembers that the map is full. */
int writer_error(struct index_writer *writer, int answer);
/* The party of a label, made when new. */
LZ_NODISCARD int party_number(struct index_writer *writer, const char *label,
			      uint32_t *party);
/* A row of the party ended on that day. */
LZ_NODISCARD int party_used(struct index_writer *writer, uint32_t party,
			    uint32_t day);
/* Forgets parties without an open row whose last day is before that one, some
 * thousands a call. */
LZ_NODISCARD int party_sweep(struct index_writer *writer, uint32_t before);
LZ_NODISCARD int writer_source_room(struct index_writer *writer, size_t number);

#endif
