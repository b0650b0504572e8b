/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery into a Maildir on this machine.  The file's name is a function of
 * the notice, so that a delivery that was cut off is found again, also when
 * its reader has moved it to cur/ and flagged it: no notice stands there twice.
 */
#ifndef NOTICE_MAILDIR_H
#define NOTICE_MAILDIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

#define MAILDIR_NAME_SIZE 32

struct maildir {
	int tmp, new, cur; /* folder descriptors; -1 once closed */
};

/* Makes what is missing of path, tmp, new and cur.  -errno. */
LZ_NODISCARD int maildir_open(const char *path, struct maildir *maildir);
void maildir_close(struct maildir *maildir);
/* May we deliver?  -EACCES, -EROFS, -errno. */
LZ_NODISCARD int maildir_writable(const struct maildir *maildir);

/* "lz-0123456789abcdef" of a notice. */
void maildir_name(uint64_t notice, char name[MAILDIR_NAME_SIZE]);

/*
 * 0: it is in new/ and durable.  LZ_E_EXISTS: it was there already (new or
 * cur), nothing is changed.  -errno: it isn't there; try again later.
 */
LZ_NODISCARD int maildir_deliver(const struct maildir *maildir, uint64_t notice,
				 const char *bytes, size_t length);

#endif
