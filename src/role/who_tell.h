/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret who`: asks, has the look-up kept, and only then prints the answer. */
#ifndef ROLE_WHO_TELL_H
#define ROLE_WHO_TELL_H

#include "role/who.h"

struct who_order {
	struct who_asked asked;
	const char *why, *about; /* NULL: not given; checked texts */
	bool json;
};

/*
 * 0; LZ_E_STATE: it couldn't be kept, said on standard error with what to do,
 * and nothing was answered; LZ_E_MEMORY, -EIO (standard output).
 */
LZ_NODISCARD int who_tell(const struct conf *conf, struct holders *holders,
			  const struct who_order *order);

/*
 * May it be asked at all?  Not where others than files tell a registrar that has
 * not run yet: what they would say could contradict all that is known.  Says so
 * on standard error.
 */
bool who_heard(const struct conf *conf, const struct holders *holders);

#endif
