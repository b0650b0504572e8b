/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of files to lease events: a decoder of its own for each file. */
#ifndef ROLE_REGISTRAR_FEEDS_H
#define ROLE_REGISTRAR_FEEDS_H

#include "conf/conf.h"
#include "fact/lease_event.h"
#include "role/raw_record.h"

struct registrar_feeds;

/* Has said what is wrong with a pattern file where it answers an error. */
LZ_NODISCARD int registrar_feeds_new(const struct conf *conf,
				     struct registrar_feeds **feeds);
void registrar_feeds_free(struct registrar_feeds *feeds);
/* What an earlier process stopped stays so; `folder` is the role's and stays
 * the caller's.  -errno. */
LZ_NODISCARD int registrar_feeds_load(struct registrar_feeds *feeds,
				      int folder);
/* A piece of the file configured as number `file`. */
void registrar_feeds_take(struct registrar_feeds *feeds, size_t file,
			  const struct raw_record *record, uint64_t origin,
			  const struct lease_output *output);
/* Rows of the database configured as number `database`. */
void registrar_feeds_rows(struct registrar_feeds *feeds, size_t database,
			  const struct raw_record *record, uint64_t origin,
			  const struct lease_output *output);
/* How many sources are stopped because their times changed form; once a source
 * stops, it is said. */
unsigned registrar_feeds_stopped(const struct registrar_feeds *feeds);

/* Somebody has looked: stopped ones learn the form anew. */
void registrar_feeds_resume(struct registrar_feeds *feeds);

#endif
