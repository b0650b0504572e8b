/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of FreeRADIUS' table radacct, as CSV with the table's column names in
 * its header line (exported, or as the database poll writes them), to lease
 * events.
 *
 *   closed row          LEASE_WHOLE [acctstarttime, acctstoptime), and a
 *                       LEASE_STOP without addresses: an Interim-Update that
 *                       doesn't name a prefix blanks it in the table, so what
 *                       the row no longer says must end too.
 *   closed without      LEASE_WHOLE marked LEASE_END_INFERRED, sure up to the
 *   acctterminatecause, last acctupdatetime before it: what FreeRADIUS wrote
 *   or "NAS-Reboot"     when the NAS began anew, nobody saw the session end.
 *                       Nothing where it tells no address: what a former row
 *                       told ends by silence.
 *   open row            LEASE_ALIVE at acctupdatetime, its start
 *                       LEASE_START_INFERRED: the row tells the addresses of
 *                       now, not whether they were others before.
 *
 * An empty field, NULL or \N tells nothing and clears nothing.  A session is
 * acctuniqueid, else acctsessionid; the speaker is nasipaddress.  Names are
 * taken as they stand in the table: there FreeRADIUS writes =27 for an
 * apostrophe and =3D for '=', and who wrote the row isn't known.
 *
 * Times are RFC 3339 or PostgreSQL's "2024-06-20 10:00:00+00"; without zone by
 * `zone_s`, if that is told.  A clock with summer time has no such number: have
 * the database give UTC.  Once a time comes in another form than the first one
 * (with zone, without), the source has changed its format and is stopped: all
 * rows from there on are refused ("stopped") until radacct_begin.  So it is
 * when three times running can't be read, and when three closed rows running
 * are twelve hours off their acctsessiontime: hours from 1 to 12.
 *
 * Refused: "header", "fields" and CSV's own reasons, "no_session_id",
 * "session_id", "no_time", "time", "time_without_zone", "time_form",
 * "session_time", "stopped" cost the row; "framed_address", "framed_prefix",
 * "delegated_prefix", "holder_long", "nas_identifier" the field.
 */
#ifndef LEASE_RADACCT_H
#define LEASE_RADACCT_H

#include "lease/accounting.h"
#include "lease/chunk.h"

/* What a poll asks for, with its header line; `class` is there since
 * FreeRADIUS 3.0.22. */
#define RADACCT_COLUMNS                                                        \
	"acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime, " \
	"acctupdatetime, acctstoptime, acctsessiontime, callingstationid, "    \
	"acctterminatecause, framedipaddress, framedipv6address, "             \
	"framedipv6prefix, delegatedipv6prefix, class"

struct radacct;

/*
 * NULL: no memory.  Of `conf`, which is copied, holders, clock_bound_us and
 * realm count.  ACCOUNTING_CIRCUIT and _REMOTE aren't in the table.
 */
struct radacct *radacct_new(const struct accounting_conf *conf, bool zone_told,
			    int32_t zone_s);
void radacct_free(struct radacct *radacct);
/* See lease/chunk.h. */
size_t radacct_feed(struct radacct *radacct, const struct lease_chunk *chunk,
		    const struct lease_output *output);
/* Why it's stopped, for an alarm; NULL: it isn't. */
const char *radacct_stopped(const struct radacct *radacct);
/* Somebody has looked at it: learns the form anew. */
void radacct_begin(struct radacct *radacct);

#endif
