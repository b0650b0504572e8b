/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FreeRADIUS detail files (rlm_detail, version 3) to lease events: accounting
 * records as text, each a date line, lines of TAB Name = value, and an empty
 * line.  What attributes mean is the same as in packets (accounting.h).
 *
 * A record counts when its empty line is there: until then it may still be
 * written.  One that never gets it (the server died while writing) is refused,
 * because its last address may have lost a digit; so is one in whose middle
 * another begins.  Nothing is taken over from one record to the next.
 *
 * Its time is Event-Timestamp, else Timestamp - Acct-Delay-Time; both are
 * compared as event time and arrival of a packet are.  Event-Timestamp stands
 * there in the server's local time with the zone's abbreviation: one that means
 * several zones ("CST") or none we know is not read ("zone"), and Timestamp,
 * seconds since 1970, stands in with its larger error.
 *
 * Refused, besides what accounting.h names: "no_header", "line", "value",
 * "cut_record", "record_long" cost the record; "zone" the attribute.
 */
#ifndef LEASE_DETAIL_H
#define LEASE_DETAIL_H

#include <stddef.h>

#include "lease/accounting.h"
#include "lease/chunk.h"

/*
 * Reads the chunk's whole records (lease/chunk.h) and answers how many bytes
 * they were.  chunk->header is not needed.  `conf` says who may be spoken for;
 * there is no sender, so without names all NAS are taken as they say.
 */
size_t detail_feed(const struct accounting_conf *conf,
		   const struct lease_chunk *chunk,
		   const struct lease_output *output);

#endif
