/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head: an LMDB environment with what still changes, and all tables that
 * sealed days lean on.  Used inside this room alone.
 *
 *   meta     position in the raw log, counters, which day has which slot
 *   shape    number u16 -> shape
 *   long     rows that are open, lasted long (row_is_long), or found no slot
 *   session  source u16, session u64, start, id -> key of a row of `long`
 *   open     source u16, id -> key: rows of `long` open or of inferred end
 *   owned    party u32, id -> key: open rows
 *   ended    day u32, key: rows of `long` that ended
 *   party    u32 -> random u64, last day u32, label
 *   label    label -> u32
 *   last     last day u32, party u32 -> "": no row of it ends later; it goes
 *            with that day if it has no open row
 *   source   u16 -> what the tracker must know of it, watermark, name
 *   name     name -> u16                   note     the caller's own
 *   days     day u32 -> facts of a sealed day: it is live
 *   over     day u32, id -> "": this sealed row no longer holds
 *   amended  day u32, number u64 -> what changed after it was known
 *
 * Rows that ended lie in one of SLOTS groups of tables, one group a day of
 * end: rNN (key -> row), sNN (as session), oNN (as open, inferred ends), so
 * that sealing a day empties three tables instead of deleting ten million
 * rows.  A slot is given to a day when its first row comes.
 */
#ifndef INDEX_HEAD_H
#define INDEX_HEAD_H

#include <lmdb.h>

#include "ident/tracker.h"
#include "index/day.h"

#define HEAD_SLOTS 32
#define HEAD_FORMAT 1
#define HEAD_NO_DAY UINT32_MAX
#define HEAD_MAP_DEFAULT ((size_t)64 << 30)
#define HEAD_MAP_LEAST ((size_t)1 << 20)

enum head_table {
	HEAD_META,
	HEAD_SHAPE,
	HEAD_LONG,
	HEAD_SESSION,
	HEAD_OPEN,
	HEAD_OWNED,
	HEAD_ENDED,
	HEAD_PARTY,
	HEAD_LABEL,
	HEAD_LAST,
	HEAD_SOURCE,
	HEAD_NAME,
	HEAD_NOTE,
	HEAD_DAYS,
	HEAD_OVER,
	HEAD_AMENDED,
	HEAD_TABLES
};

enum head_slot_table {
	HEAD_SLOT_ROWS,
	HEAD_SLOT_SESSION,
	HEAD_SLOT_OPEN,
	HEAD_SLOT_TABLES
};

struct head {
	MDB_env *env;
	MDB_dbi tables[HEAD_TABLES];
	MDB_dbi slots[HEAD_SLOT_TABLES][HEAD_SLOTS];
};

struct head_meta {
	uint64_t position, conflicts, amended;
	uint32_t parties, sources;
	struct at_event oldest;
	/* No row of `long` began earlier; INT64_MAX: it is empty.  Questions of
	 * before needn't look there. */
	struct at_event long_since;
	uint32_t slot_day[HEAD_SLOTS]; /* HEAD_NO_DAY: free */
};

/* LMDB's answers as the house's. */
int head_error(int answer);
/*
 * `path` is the folder of the environment.  Tables are made when writing.
 * LZ_E_VERSION: of another program version.
 */
LZ_NODISCARD int head_open(const char *path, size_t bytes, bool writing,
			   struct head *head);
void head_close(struct head *head);
LZ_NODISCARD int head_meta_get(const struct head *head, MDB_txn *txn,
			       struct head_meta *meta);
LZ_NODISCARD int head_meta_put(const struct head *head, MDB_txn *txn,
			       const struct head_meta *meta);

/* A source as it is stored. */
struct head_source {
	struct tracker_source facts;
	struct at_event watermark;
	char name[192];
};
#define HEAD_SOURCE_BYTES 256
size_t head_source_pack(const struct head_source *source,
			uint8_t bytes[HEAD_SOURCE_BYTES]);
LZ_NODISCARD int head_source_unpack(const MDB_val *value,
				    struct head_source *source);

/* Big-endian parts of keys. */
MDB_val head_key(uint8_t *buffer, uint64_t first, size_t first_size,
		 uint64_t second, size_t second_size);
uint64_t head_number(const uint8_t *bytes, size_t size);
MDB_val head_value(const void *bytes, size_t length);

#endif
