/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line's side of the command spool: hands an order to the desk and
 * waits until the desk has taken it in.
 */
#ifndef ROLE_COMMAND_SEND_H
#define ROLE_COMMAND_SEND_H

#include "conf/conf.h"
#include "role/audit.h"
#include "role/command.h"

struct command_wait {
	int64_t lock_ms_max;   /* for another command line to be done */
	int64_t answer_ms_max; /* for the desk */
};
#define COMMAND_WAIT ((struct command_wait){10000, 30000})

/*
 * Who orders it: the caller's user name and number, and who became root by
 * sudo, where that is so.
 */
void command_actor(char actor[CASE_TEXT_SIZE]);
/*
 * Is it text that may stand in a record and be shown on terminals: not blank,
 * valid UTF-8, no control characters, shorter than CASE_TEXT_SIZE?  NULL, or
 * what is wrong.
 */
const char *command_reason_check(const char *reason);

/*
 * Appends the command durably, rings, and waits for the desk's watermark.
 *
 * 0: taken in; what became of it stands in the desk's store under *sequence.
 * -ETIMEDOUT: durable, and will be done once the desk comes to it; *sequence
 * is set.  Everything else: nothing was ordered.  LZ_E_STATE: the desk isn't
 * running; LZ_E_EXISTS: another command line held the spool all the time;
 * -errno of the spool or the bell; LZ_E_FULL: a command too long.
 */
LZ_NODISCARD int command_send(const struct conf *conf,
			      const struct command *command,
			      struct command_wait wait, uint64_t *sequence);

/*
 * Appends a record to the command spool durably, whether the desk runs or not.
 * LZ_E_EXISTS: another command line held the spool all the time; -ENOENT: the
 * desk has never run; -errno.
 */
LZ_NODISCARD int command_append(const struct conf *conf, const void *bytes,
				size_t length, int64_t lock_ms_max,
				uint64_t *sequence);
/* The same for a look-up, before it is answered. */
LZ_NODISCARD int audit_send(const struct conf *conf, const struct audit *audit);

#endif
