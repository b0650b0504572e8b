/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's indexer: reads the raw log behind the intake, decodes, lets
 * the tracker decide, and commits bindings together with the place in the raw
 * log, so that a kill costs nothing: what wasn't committed is read again.
 *
 * What changed earlier answers is told to the desk by a spool.  It stands in
 * the index with the change itself until the spool holds it, so it is told at
 * least once, and never before readers can see it.
 */
#ifndef ROLE_REGISTRAR_INDEXER_H
#define ROLE_REGISTRAR_INDEXER_H

#include "role/registrar_decode.h"
#include "role/role.h"

#define INDEXER_BATCH_EVENTS 20000
#define INDEXER_BATCH_US (200 * 1000)

struct indexer_paths {
	char raw[CONF_PATH_SIZE], index[CONF_PATH_SIZE],
	    changes[CONF_PATH_SIZE], bell[CONF_PATH_SIZE];
	int folder_fd; /* the role's own folder */
	int bell_fd;
	int ack_fd; /* what the desk has read of the changes; -1: unknown */
};

struct indexer;

/* Opens index, raw log and changes.  -errno, LZ_E_*; has said which. */
LZ_NODISCARD int indexer_open(const struct role *role,
			      struct registrar_decoder *decoder,
			      const struct indexer_paths *paths,
			      struct indexer **indexer);
void indexer_free(struct indexer *indexer);

/*
 * One batch.  1: there is more; 0: all that is durable has been read; an error
 * gave the batch up: to be tried again, later.
 */
LZ_NODISCARD int indexer_turn(struct indexer *indexer);
/* Once a second or so, between batches: silence, seals, retention, counters. */
void indexer_housekeep(struct indexer *indexer);
/* Records of the raw log are gone, unread or not: nothing that is open is vouched
 * for before it is heard of again. */
void indexer_lost(struct indexer *indexer);
/* What the last RAW_WHOLE of an input said beside its end: its length;
 * LZ_E_NOT_FOUND. */
LZ_NODISCARD int indexer_place(struct indexer *indexer, const char *input,
			       uint8_t *place, size_t size);
/* The raw log is indexed up to here, durably. */
uint64_t indexer_position(const struct indexer *indexer);

#endif
