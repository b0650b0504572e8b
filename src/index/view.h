/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a transaction of the head and the sealed days it names show together:
 * one search over all places a row can lie.  The writer looks through its open
 * batch, a reader through its view.  Used inside this room alone.
 */
#ifndef INDEX_VIEW_H
#define INDEX_VIEW_H

#include "index/head.h"

struct index_facts;

/* Where a row lies: in `long`, in a slot (0..), or sealed (VIEW_SEALED + day). */
#define VIEW_LONG (-1)
#define VIEW_SEALED INT64_C(1000)

struct view_day {
	uint32_t number;
	struct day *day; /* NULL: it can't be read */
};

struct view {
	const struct head *head;
	int folder_fd;
	MDB_txn *txn;
	bool reading;                        /* the transactions only read */
	MDB_cursor *cursors[1 + HEAD_SLOTS]; /* of `long` and the slots' rows */
	struct head_meta meta;
	struct shape *shapes; /* by number */
	uint32_t shape_count, shape_room;
	struct view_day *days; /* by rising number */
	size_t day_count, day_room;
	uint64_t over; /* entries of that table */
};

typedef int view_found(void *context, const struct binding *row, int64_t where);

/*
 * Takes in a transaction (read only or not): reads meta, shapes and days anew.
 * Days that can't be opened stay as unreadable; -ENOENT: a day is live and not
 * there (the reader's transaction may be too old).
 */
LZ_NODISCARD int view_take(struct view *view, MDB_txn *txn);
/* Before the transaction ends (writing) or is reset (reading). */
void view_leave(struct view *view, bool writing);
void view_fini(struct view *view);

/*
 * All rows that answer the question, from everywhere.  Ends early with what
 * `found` answers if that isn't 0.
 */
LZ_NODISCARD int view_search(struct view *view,
			     const struct day_question *question,
			     view_found *found, void *context);
/* The number of a shape; LZ_E_NOT_FOUND. */
LZ_NODISCARD int view_shape(const struct view *view, const struct shape *shape,
			    uint16_t *number);
/* Takes in a shape that was just stored. */
LZ_NODISCARD int view_shape_new(struct view *view, const struct shape *shape,
				uint16_t *number);
/* A row of `long` or of a slot by its key. */
LZ_NODISCARD int view_row(const struct view *view, int64_t where,
			  const MDB_val *key, struct binding *row);
MDB_dbi view_table(const struct view *view, int64_t where);
/* `txn`: the view's, or another of now. */
void view_facts(const struct view *view, MDB_txn *txn,
		struct index_facts *facts);
/* The slot of a day; -1: none. */
int view_slot(const struct view *view, uint32_t day);
/* The live sealed day of that number, or NULL. */
struct view_day *view_day(const struct view *view, uint32_t number);

#endif
