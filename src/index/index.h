/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binding index: who held what when, on disk, for one writer (the registrar)
 * and many readers (desk, web, command line) in other processes.
 *
 * What still changes (open rows, the last 48 hours, long leases) lies in an LMDB
 * environment (`head/`); each day of ends older than that is one sealed,
 * immutable, checksummed file (`day-YYYY-MM-DD.bindings`, <= 24 bytes a row).
 * Dropping a day is an unlink.  A sealed row that a late word changes is
 * overruled by a row in the head's `amend` table.
 *
 * Durability comes from the raw log, not from here: index_commit stores the
 * position in it with the rows, and after a crash the registrar replays from
 * index_position.
 */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include "ident/binding_cursor.h"
#include "ident/tracker.h"

struct index_writer;
struct index_reader;

struct index_conf {
	const char *path;     /* folder; made when it isn't there */
	size_t head_bytes;    /* LMDB map size; 0: 64 GiB of address space */
	unsigned reader_mode; /* of files: 0640; the lock file gets 0660 */
	/* Random numbers for new parties; NULL: the system's. */
	uint64_t (*random)(void *context);
	void *random_context;
};

/* Kinds of port blocks of one prefix length and realm that are looked up by
 * arithmetic; the blocks of further kinds are walked. */
#define INDEX_SHAPES_MAX 64

/*
 * Writer: one at a time (LZ_E_EXISTS).  LZ_E_STATE: there are sealed days and an
 * empty head (it was lost: restore it, or move the days away).  -errno,
 * LZ_E_CHECKSUM, LZ_E_FORMAT, LZ_E_VERSION.
 */
LZ_NODISCARD int index_writer_open(const struct index_conf *conf,
				   struct index_writer **writer);
void index_writer_close(struct index_writer *writer);
/*
 * A batch: begin, rows through index_store's calls, commit or abort.  After an
 * error: abort; LZ_E_FULL may be the map, which begin then enlarges: do the
 * batch again once.  A commit that fails has been aborted.
 */
LZ_NODISCARD int index_begin(struct index_writer *writer);
LZ_NODISCARD int index_commit(struct index_writer *writer, uint64_t position);
void index_abort(struct index_writer *writer);
uint64_t index_position(const struct index_writer *writer);
/* A word begins, which came in then: stands, with the causes told to `changed`,
 * beside the rows that it amends. */
void index_word(struct index_writer *writer, struct at_arrival arrival);
/*
 * The tracker's store over the open batch; `changed` is the caller's, or NULL.
 * put and drop of a row that exists: it was handed out (session, touching,
 * open_of) or put in the same batch.  A row with session 0 isn't found by
 * session.  Rows of sealed days come without their session.
 */
struct tracker_store index_store(
    struct index_writer *writer,
    int (*changed)(void *context, uint32_t realm, const struct subject *subject,
		   struct at_event from, struct at_event to, const char *cause),
    void *changed_context);

/*
 * Sources: a number for "CONFIGURED NAME" + speaker; what the tracker must know
 * of it is stored beside, so that readers vouch the same way.  Inside a batch.
 */
#define INDEX_SOURCE_NAME_SIZE 192
LZ_NODISCARD int index_source(struct index_writer *writer, const char *name,
			      struct tracker_source *source); /* sets number */
/* Each source the index knows, inside a batch; the first answer that isn't 0
 * ends it and is answered. */
LZ_NODISCARD int index_sources(struct index_writer *writer,
			       int (*each)(void *context,
					   const struct tracker_source *source),
			       void *context);
/* NULL: none of that number. */
const char *index_source_name(const struct index_writer *writer,
			      uint16_t source);
/* Bytes of the caller's own kept with the index (tail positions): value of at
 * most 1 KiB under a name; get answers its length, LZ_E_NOT_FOUND. */
LZ_NODISCARD int index_note_put(struct index_writer *writer, const char *name,
				const void *value, size_t length);
LZ_NODISCARD int index_note_get(struct index_writer *writer, const char *name,
				void *value, size_t size);

/* Seals every day that ended before `now` - 48 h; answers how many. */
LZ_NODISCARD int index_seal(struct index_writer *writer, struct at_event now);
/* Drops sealed days, and head rows that ended, before `oldest`, and labels that
 * no row left names (some thousands a call); answers how many days. */
LZ_NODISCARD int index_drop(struct index_writer *writer,
			    struct at_event oldest);
/* A consistent copy into an empty folder while all goes on; opening it is the
 * restore. */
LZ_NODISCARD int index_snapshot(struct index_writer *writer, const char *path);

struct index_facts {
	uint64_t rows_head, rows_sealed, days, parties, sources, conflicts;
	uint64_t bytes_head, bytes_sealed;
	uint64_t amended; /* rows changed after answers could rest on them */
	uint64_t days_damaged;  /* as far as has been read; verify reads all */
	struct at_event oldest; /* unset: nothing was dropped yet */
};

/* As of the last batch (days that a seal has just made come with the next). */
LZ_NODISCARD int index_writer_facts(struct index_writer *writer,
				    struct index_facts *facts);

/*
 * Reader: follows a living writer.  -ENOENT: there is no index.  Not in the
 * writer's own process: LMDB's locks are a process's (index_writer_facts is for
 * it).
 */
LZ_NODISCARD int index_reader_open(const char *path,
				   struct index_reader **reader);
void index_reader_close(struct index_reader *reader);
/* A new view; call at least each second (an old one pins freed pages). */
LZ_NODISCARD int index_reader_renew(struct index_reader *reader);
/* Rises with each commit: something may have changed. */
uint64_t index_reader_version(const struct index_reader *reader);
/* Of the raw log, up to which the present view shows it. */
uint64_t index_reader_position(const struct index_reader *reader);
/* Over the present view; party rows are the index's own. One walk at a time. */
struct binding_cursor index_reader_cursor(struct index_reader *reader);
/* Label and random number of a party row; LZ_E_NOT_FOUND. Borrowed. */
LZ_NODISCARD int index_reader_party(const struct index_reader *reader,
				    uint32_t party, const char **label,
				    struct party_id *id);
/*
 * Rows of a party that are open in the present view (as binding_list_open): the
 * first `max` by address into rows[]; answers how many there are, or an error.
 * Measures hang on these, so a party with more than `max` gets none.
 */
LZ_NODISCARD int index_reader_open_rows(struct index_reader *reader,
					uint32_t party, struct binding *rows,
					size_t max);
/* Party row of a label; LZ_E_NOT_FOUND. */
LZ_NODISCARD int index_reader_party_of(struct index_reader *reader,
				       const char *label, uint32_t *party);
/* Name and watermark of a source; NULL: none of that number. */
const char *index_reader_source(const struct index_reader *reader,
				uint16_t source, struct at_event *watermark);
void index_reader_facts(const struct index_reader *reader,
			struct index_facts *facts);

/* What stood in the index before a later word, and what since. */
struct index_amendment {
	struct at_arrival arrival; /* of that word */
	struct slice cause;        /* "late Interim" ... */
	struct binding old, now;   /* now.id 0: the row was dropped */
};
/* Answers 0, or what ends the walk. */
typedef int index_amended(void *context,
			  const struct index_amendment *amendment);
LZ_NODISCARD int index_reader_amended(struct index_reader *reader,
				      index_amended *found, void *context);
/* Checks every page and SHA-256 of the sealed days; answers how many of them
 * are damaged.  For the addresses of a damaged page (of all, where header or
 * directory are) the cursor gives a row UNREADABLE, never nothing. */
LZ_NODISCARD int index_reader_verify(struct index_reader *reader);

#endif
