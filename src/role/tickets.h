/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The abuse desk's own tickets (CSV), to be compared with what shadow found.
 *
 * A header names the columns, in any order: `time` (RFC 3339, or a date alone
 * for the whole day, UTC), and `address` or `account` or both, of which a row
 * fills at least one.  Others are passed over.  Fields are parted by commas,
 * semicolons or tabs, whichever the header has most of.  A row that can't be read is
 * given to the caller with its line and its reason, and costs nothing else.
 */
#ifndef ROLE_TICKETS_H
#define ROLE_TICKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "fact/identity.h"
#include "net/addr.h"

#define TICKETS_MAX 1000000
#define TICKETS_BYTES_MAX ((size_t)256 << 20)

struct ticket {
	uint64_t line;
	struct at_event from, to; /* to: a day later for a date alone */
	bool has_address;
	struct addr address;
	char account[PARTY_LABEL_SIZE]; /* "": not said */
};

/* One row; what it points to is borrowed.  Other than 0 ends the reading. */
typedef int tickets_take(void *context, const struct ticket *ticket);
/* line 0: of the file as a whole.  `reason` is static. */
typedef void tickets_refuse(void *context, uint64_t line, const char *reason);

/*
 * 0, or what `take` answered.  LZ_E_FORMAT: no header that names a time and an
 * address or account: nothing was taken.  LZ_E_MEMORY; LZ_E_FULL: more than
 * TICKETS_MAX, the first of which were taken.
 */
LZ_NODISCARD int tickets_parse(const char *bytes, size_t length,
			       tickets_take *take, tickets_refuse *refuse,
			       void *context);

#endif
