/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of the desk's outbox: its message to the mail server or into the
 * Maildir, its receipts into the spool, its attempts into the notifier's own
 * store.
 *
 * A notice is told once.  What says that it was told are the attempts and the
 * receipts the desk has taken in: where either is lost or put back from an
 * older copy, the other still knows.  What neither knows and is older than
 * attempts are kept is given up: nobody can say any more whether it was told.
 *
 * A Maildir can be asked whether a message lies there, a mail server can't.  A
 * notice whose attempt was cut off there is tried once more, under the same
 * Message-ID, and its receipt says that it was possibly sent twice.
 *
 * A channel that isn't there fails at once, and the case goes to its next one.
 * Who has no contact yet is said to have failed once; the row stays open, the
 * contacts are read again each day, and a late one lets the notice go out.
 */
#ifndef ROLE_NOTIFIER_POST_H
#define ROLE_NOTIFIER_POST_H

#include <sys/types.h>

#include "conf/conf.h"
#include "ident/contracts.h"
#include "notice/maildir.h"
#include "notice/notice.h"
#include "role/contacts.h"
#include "role/counters.h"
#include "spool/spool.h"
#include "store/desk_view.h"
#include "store/notifier_store.h"

#define NOTIFIER_ATTEMPTS_KEPT_US (90 * TIMES_DAY_US)
#define NOTIFIER_CONTACTS_US TIMES_DAY_US /* read again after */

struct notifier_post {
	const struct notice_conf *conf;
	struct counters *counters;
	struct store *attempts, *desk; /* ours; read-only */
	struct spool_writer *spool;
	struct contacts *contacts;  /* who has mail; owned, NULL: nobody */
	struct contracts *accounts; /* what they say besides; owned, NULL */
	struct maildir maildir;     /* closed: opened by the next delivery */
	dev_t device; /* of the Maildir the sandbox lets us into */
	ino_t inode;
	int said;      /* what was last said of the Maildir */
	bool gone;     /* another Maildir stands in its place, or none */
	bool unsynced; /* receipts wait for the spool */
	bool told;     /* receipts went out */
	struct at_event read_at; /* when contacts and accounts were read */
	uint64_t no_contact;     /* rows seen that wait for a contact */
	char message[NOTICE_BYTES_MAX];
};

/*
 * Notes which Maildir it is and reads contacts and accounts; called before the
 * sandbox closes.  -errno, or what contacts_read and accounts_read answer;
 * *failed is the path.
 */
LZ_NODISCARD int notifier_post_init(struct notifier_post *post,
				    const struct conf *conf,
				    const char **failed);
/* Opens the Maildir; says what to do where it can't be written to. */
LZ_NODISCARD int notifier_post_ready(struct notifier_post *post);

/*
 * 0: the row is done with.  1: it is open, *next says when it is tried again
 * (unset: there is no channel).  Negative: our own store or spool failed, or
 * the Maildir is gone: nothing is decided, the same row is taken again later.
 * `check`: also look whether the desk knows what became of a row that is done
 * with, and say it again where it doesn't.
 */
LZ_NODISCARD int notifier_post_row(struct notifier_post *post,
				   const struct store_outbox *row,
				   struct at_event now, bool check,
				   struct at_event *next);

#endif
