/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed day: one immutable file with the rows that ended on that day and
 * lasted at most ROW_SHORT_US.  Used inside this room alone.
 *
 *   header   4096 bytes: magic "LZBINDAY", version u32, day u32, rows u64,
 *            pages u32, groups u32, tail's offset, length u64, CRC32C of the
 *            tail u32, SHA-256 of all behind the header, CRC32C u32 of these
 *   pages    64 KiB each, of one group (shape), rows by rising key
 *   tail     groups (shape, first page, pages, rows), then for each page
 *            the key of its first row
 *
 * A page stands alone: CRC32C, number of rows, and for each field the lowest
 * value in the page and how many bits the others need above it (a field that is
 * the same almost everywhere is kept as a list of exceptions); then the rows,
 * bits packed one row after the other, so that one row is one or two cache
 * lines.  All numbers of the file are little-endian.
 *
 * Not kept: session (the raw log has it).  Pages are checked when they are
 * first touched; what can't be trusted is answered as a row UNREADABLE.
 */
#ifndef INDEX_DAY_H
#define INDEX_DAY_H

#include <stddef.h>

#include "index/row.h"

#define DAY_PAGE_SIZE 65536
#define DAY_HEADER_SIZE 4096
#define DAY_VERSION 1
#define DAY_SUM_SIZE 32
#define DAY_NAME_SIZE 32 /* "day-YYYY-MM-DD.bindings" */

struct day_facts {
	uint32_t day; /* since 1970 */
	uint32_t pages, groups;
	uint64_t rows, bytes;
	uint8_t sum[DAY_SUM_SIZE];
};

void day_name(uint32_t day, char name[DAY_NAME_SIZE]);
/* LZ_E_FORMAT: no name of a day. */
LZ_NODISCARD int day_name_parse(const char *name, uint32_t *day);

/* Writes into `fd`, which is empty and open for reading and writing. */
struct day_writer;
struct day_writer *day_writer_new(int fd, uint32_t day);
void day_writer_free(struct day_writer *writer);
/* Rows of one shape come together, by rising key.  LZ_E_STATE: they don't. */
LZ_NODISCARD int day_writer_add(struct day_writer *writer,
				const struct shape *shape,
				const struct binding *row);
/* Everything is written and durable; the name is the caller's business. */
LZ_NODISCARD int day_writer_finish(struct day_writer *writer,
				   struct day_facts *facts);

struct day;
/*
 * Opens a day of a folder.  -errno; LZ_E_SHORT, LZ_E_FORMAT, LZ_E_VERSION,
 * LZ_E_CHECKSUM (header, tail): the whole day is unreadable.
 */
LZ_NODISCARD int day_open(int folder_fd, uint32_t number, struct day **day);
/* The same over bytes of the caller's, which stay there. */
LZ_NODISCARD int day_open_bytes(const uint8_t *bytes, size_t length,
				struct day **day);
void day_close(struct day *day);
const struct day_facts *day_facts(const struct day *day);
/* Pages that failed their check so far. */
uint32_t day_damaged(const struct day *day);
/* Checks all of it, the SHA-256 too; LZ_E_CHECKSUM. */
LZ_NODISCARD int day_verify(struct day *day);

struct day_question {
	uint32_t realm;
	struct addr addr;
	/* Rows that hold any of these ports; port -1: of all ports. */
	int32_t port, port_last;
	int32_t length;     /* -1: every prefix that holds addr; else only this
			       prefix length */
	bool damaged_ports; /* say "unreadable" as a block of all ports */
	struct at_event from, to; /* inclusive, as a cursor's */
};
/* Answers 0, or an error that ends the search. */
typedef int day_found(void *context, const struct binding *row);
/*
 * All rows that answer the question, latest start first within a subject; for
 * what can't be read one row UNREADABLE over the times it might have held.
 * Where the port is given, rows of other irregular blocks may come along.
 */
LZ_NODISCARD int day_search(struct day *day,
			    const struct day_question *question,
			    day_found *found, void *context);
/* Asks for the memory that day_search will touch, while other work goes on. */
void day_prefetch(struct day *day, const struct day_question *question);
/* Every row by rising key, of each group; LZ_E_CHECKSUM at a damaged page. */
LZ_NODISCARD int day_walk(struct day *day, day_found *found, void *context);
/* The row UNREADABLE that stands for a whole day. */
void day_unreadable(uint32_t day, const struct day_question *question,
		    struct binding *row);

#endif
