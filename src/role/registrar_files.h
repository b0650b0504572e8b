/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's files: journals are followed (role/tail.h), lists are read
 * anew when they have changed.  What is new becomes raw records of whole lines
 * or blocks; where a file has been read to its end, that is said too, for what
 * isn't in it then didn't happen.
 *
 * Where to go on stands in a file of its own, written after the raw log: after
 * a kill a few records may come twice, never none.
 */
#ifndef ROLE_REGISTRAR_FILES_H
#define ROLE_REGISTRAR_FILES_H

#include "conf/conf.h"
#include "role/raw_record.h"

struct registrar_files;

/* NULL: no memory. */
struct registrar_files *registrar_files_new(const struct conf *conf);
void registrar_files_free(struct registrar_files *files);
/* Reads where to go on from `folder`, which stays the caller's.  A file of
 * places that is damaged or isn't there: all is read from the beginning. */
LZ_NODISCARD int registrar_files_open(struct registrar_files *files,
				      int folder);

/* Takes a record: 0; else it comes again. */
typedef int registrar_files_sink(void *context,
				 const struct raw_record *record);
/*
 * A bounded piece of work for each file.  1: there is more to read at once; 0:
 * at all ends.  What is wrong with a file goes to standard error, seldom.
 */
int registrar_files_step(struct registrar_files *files,
			 registrar_files_sink *sink, void *context);
/* How many can't be read now, or aren't there. */
size_t registrar_files_unread(const struct registrar_files *files);
/*
 * Instead of _open and _step: reads each file that is there now from its
 * beginning to its end.  A file that can't be read ends it and is named: -errno;
 * or what the sink answered.
 */
LZ_NODISCARD int registrar_files_once(struct registrar_files *files,
				      registrar_files_sink *sink,
				      void *context);
/* What the sink took so far is durable: keeps the places.  -errno. */
LZ_NODISCARD int registrar_files_kept(struct registrar_files *files);

#endif
