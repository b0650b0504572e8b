/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the outbox, told once. */
#include "role/notifier_post.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notice/mail_server.h"
#include "role/accounts.h"
#include "role/counter_table.h"
#include "role/letter.h"
#include "role/receipt.h"

#define RETRY_US_MAX (15 * TIMES_MINUTE_US)
#define DOUBLINGS_MAX 10
#define NO_CONTACT "no contact"

static void
count(struct notifier_post *post, unsigned counter)
{
	counters_add(post->counters, counter, 1);
}

static bool
is_correction(const struct store_outbox *row)
{
	return strcmp(row->kind, "correction") == 0;
}

/* The name its message has, in a Maildir and as Message-ID. */
static void
message_name(const struct store_outbox *row, char name[MAILDIR_NAME_SIZE])
{
	const struct notice_letter letter = {.id = row->notice,
					     .wrong = is_correction(row)};

	maildir_name(notice_message(&letter), name);
}

/* ------------------------------------------------------------- Maildir */

int
notifier_post_init(struct notifier_post *post, const struct conf *all,
		   const char **failed)
{
	const struct notice_conf *conf = &all->notice;
	struct stat status;
	int error = 0;

	post->conf = conf;
	post->maildir = (struct maildir){-1, -1, -1};
	*failed = conf->contacts;
	if (conf->smtp[0] && conf->contacts[0])
		error = contacts_read(conf->contacts, &post->contacts);
	if (!error && conf->smtp[0]) {
		*failed = "accounts";
		error = accounts_read(all, &post->accounts);
	}
	if (error)
		return error;
	*failed = conf->maildir;
	if (!conf->maildir[0])
		return 0;
	if (stat(conf->maildir, &status) != 0)
		return -errno;
	post->device = status.st_dev;
	post->inode = status.st_ino;
	return 0;
}

/* Once, until something else is the matter. */
static void
maildir_say(struct notifier_post *post, int error)
{
	const char *path = post->conf->maildir;
	const unsigned user = (unsigned)geteuid();
	struct stat status;

	if (error == post->said)
		return;
	post->said = error;
	if (!error) {
		fprintf(stderr, "notifier: %s can be written to again\n", path);
		return;
	}
	fprintf(stderr, "notifier: %s: %s; notices wait.", path,
		lz_strerror(error));
	if (error != -EACCES && error != -EPERM)
		fputc('\n', stderr);
	else if (stat(path, &status) != 0)
		fprintf(stderr,
			" User %u can't get there: let it pass through the "
			"folders above (chmod o+x)\n",
			user);
	else
		fprintf(stderr,
			" It belongs to user %u, mode %03o; user %u must be "
			"able to write to it and to its tmp, new and cur: "
			"chown -R %u %s, or setfacl -R -m u:%u:rwX,d:u:%u:rwX "
			"%s\n",
			(unsigned)status.st_uid,
			(unsigned)status.st_mode & 0777, user, user, path, user,
			user, path);
}

/* Is it the folder we were let into? */
static bool
maildir_gone(struct notifier_post *post)
{
	struct stat status;

	if (stat(post->conf->maildir, &status) != 0)
		post->gone = errno == ENOENT || errno == ENOTDIR;
	else
		post->gone = status.st_dev != post->device ||
			     status.st_ino != post->inode;
	return post->gone;
}

int
notifier_post_ready(struct notifier_post *post)
{
	int error = 0;

	if (maildir_gone(post))
		return -ESTALE;
	if (post->maildir.new >= 0)
		return 0;
	error = maildir_open(post->conf->maildir, &post->maildir);
	if (!error)
		error = maildir_writable(&post->maildir);
	if (error)
		maildir_close(&post->maildir);
	maildir_say(post, error);
	return error;
}

/* Renders and delivers; 0 also where it lay there already. */
static int
deliver(struct notifier_post *post, const struct notice_letter *letter,
	struct at_event now)
{
	struct text text;
	int error = notifier_post_ready(post);

	if (error)
		return error;
	text_init(&text, post->message, sizeof(post->message));
	error = notice_render(post->conf, letter, now, &text);
	if (error)
		return error;
	error = maildir_deliver(&post->maildir, notice_message(letter),
				post->message, text.length);
	if (error == LZ_E_EXISTS) {
		count(post, COUNTER_NOTIFIER_THERE);
		return 0;
	}
	if (error) {
		maildir_close(&post->maildir);
		maildir_say(post, error);
		return error;
	}
	count(post, COUNTER_NOTIFIER_SENT);
	return 0;
}

/* ------------------------------------------------------------ receipts */

struct seen {
	bool correction;     /* asked for: receipts of that, or of the notice */
	bool accepted, over; /* over: delivered, or failed for good */
};

static int
see_receipt(void *context, const struct desk_view_receipt *receipt)
{
	struct seen *seen = context;

	if (receipt->correction != seen->correction)
		return 0;
	if (receipt->kind == RECEIPT_ACCEPTED)
		seen->accepted = true;
	if (receipt->kind == RECEIPT_DELIVERED ||
	    (receipt->kind == RECEIPT_FAILED &&
	     strcmp(receipt->proof, NO_CONTACT) != 0))
		seen->over = true;
	return 0;
}

/* What the desk knows of a row's message. */
static int
ask_desk(struct notifier_post *post, const struct store_outbox *row,
	 struct seen *seen)
{
	*seen = (struct seen){.correction = is_correction(row)};
	return desk_view_receipts(post->desk, row->notice, see_receipt, seen);
}

static int
add_receipt(struct notifier_post *post, const struct store_outbox *row,
	    enum receipt_kind kind, struct at_event time, const char *proof)
{
	struct receipt receipt = {.notice = row->notice,
				  .correction = is_correction(row),
				  .kind = kind,
				  .time = time};
	uint8_t bytes[RECEIPT_BYTES_MAX];
	struct writer writer;

	(void)text_copy(receipt.proof, sizeof(receipt.proof), slice_of(proof));
	writer_init(&writer, bytes, sizeof(bytes));
	receipt_encode(&writer, &receipt);
	return writer.failed ? LZ_E_FULL
			     : spool_writer_append(post->spool, bytes,
						   writer.length, NULL);
}

/*
 * Durable when it answers 0.  All carry the time the attempt began: said again,
 * they are the same receipts.  A local Maildir is one step: handed over, taken
 * and delivered.
 */
static int
say_receipts(struct notifier_post *post, const struct store_outbox *row,
	     const struct attempt *attempt, const char *proof)
{
	static const enum receipt_kind good[] = {RECEIPT_SENT, RECEIPT_ACCEPTED,
						 RECEIPT_DELIVERED};
	const size_t count = attempt->result == ATTEMPT_ACCEPTED ? 2 : 3;
	int error = 0;

	if (post->unsynced)
		error = spool_writer_sync(post->spool);
	if (error)
		return error;
	if (attempt->result == ATTEMPT_GIVEN_UP ||
	    attempt->result == ATTEMPT_NO_CONTACT)
		error = add_receipt(post, row, RECEIPT_FAILED, attempt->started,
				    proof);
	else
		for (size_t i = 0; i < count && !error; i++)
			error = add_receipt(post, row, good[i],
					    attempt->started, proof);
	if (!error)
		error = spool_writer_sync(post->spool);
	post->unsynced = error != 0;
	post->told = true;
	return error;
}

/* ------------------------------------------------------------ attempts */

static int64_t
retry_wait_us(uint64_t attempts)
{
	const uint64_t doublings = attempts > DOUBLINGS_MAX ? DOUBLINGS_MAX
							    : attempts - 1;
	const int64_t wait = TIMES_SECOND_US << doublings;

	return wait < RETRY_US_MAX ? wait : RETRY_US_MAX;
}

static int
end(struct notifier_post *post, const struct store_outbox *row,
    struct attempt *attempt, enum attempt_result result, struct at_event now,
    const char *proof)
{
	attempt->result = result;
	/* A clock that was set back ends nothing before it began. */
	attempt->ended = now.us < attempt->started.us ? attempt->started : now;
	return notifier_store_end(post->attempts, row->id, attempt, proof);
}

/* Its receipts become durable, then its end. */
static int
finish(struct notifier_post *post, const struct store_outbox *row,
       struct attempt *attempt, enum attempt_result result, struct at_event now,
       const char *proof)
{
	int error;

	attempt->result = result;
	error = say_receipts(post, row, attempt, proof);
	return error ? error : end(post, row, attempt, result, now, proof);
}

/* It never will be: said by number, written down, passed over. */
static int
give_up(struct notifier_post *post, const struct store_outbox *row,
	struct attempt *attempt, struct at_event now, const char *why)
{
	const int error = finish(post, row, attempt, ATTEMPT_GIVEN_UP, now,
				 why);

	if (error)
		return error;
	count(post, COUNTER_NOTIFIER_POISON);
	fprintf(stderr, "notifier: outbox row %" PRIu64 " is given up: %s\n",
		row->id, why);
	return 0;
}

static int
try_later(struct notifier_post *post, const struct store_outbox *row,
	  struct attempt *attempt, enum attempt_result result,
	  struct at_event now, const char *why, struct at_event *next)
{
	int error;

	next->us = now.us + retry_wait_us(attempt->n);
	attempt->next = *next;
	error = end(post, row, attempt, result, now, why);
	if (error)
		return error;
	count(post, COUNTER_NOTIFIER_FAILED);
	if (attempt->n == 1)
		fprintf(stderr,
			"notifier: outbox row %" PRIu64 ": %s; it is tried "
			"again\n",
			row->id, why);
	return 1;
}

/* The case goes on to its next channel. */
static int
no_channel(struct notifier_post *post, const struct store_outbox *row,
	   struct attempt *attempt, struct at_event now, uint8_t channel)
{
	char proof[RECEIPT_PROOF_SIZE];

	snprintf(proof, sizeof(proof), "no channel: %s",
		 case_channel_name(channel));
	count(post, COUNTER_NOTIFIER_NO_CHANNEL);
	return finish(post, row, attempt, ATTEMPT_GIVEN_UP, now, proof);
}

/* Said once; the row stays open for a late contact. */
static int
no_contact(struct notifier_post *post, const struct store_outbox *row,
	   struct attempt *attempt, struct at_event now, bool said,
	   struct at_event *next)
{
	int error = 0;

	post->no_contact++;
	attempt->result = ATTEMPT_NO_CONTACT;
	if (!said)
		error = say_receipts(post, row, attempt, NO_CONTACT);
	next->us = post->read_at.us + NOTIFIER_CONTACTS_US;
	attempt->next = *next;
	if (!error)
		error = end(post, row, attempt, ATTEMPT_NO_CONTACT, now,
			    NO_CONTACT);
	return error ? error : 1;
}

/* ------------------------------------------------------------ channels */

enum way { WAY_NONE, WAY_MAILDIR, WAY_SERVER };

static int
see_party(void *context, const struct desk_view_case *view)
{
	struct party_id *party = context;

	*party = view->stored.party;
	return 0;
}

/* Is mail among the channels of an account, where any are named? */
static bool
takes_mail(const char *channels)
{
	struct slice rest = slice_trim(slice_of(channels));
	bool found = rest.length == 0;

	while (!found && rest.at) {
		const struct slice one = slice_trim(slice_split(&rest, ' '));

		found = slice_equal_folded(one, "mail") ||
			slice_equal_folded(one, "email");
	}
	return found;
}

/* What contacts say goes before what accounts say. */
static const char *
mail_of(const struct notifier_post *post, const char *label)
{
	const char *mail = contacts_mail(post->contacts, label);
	struct contract_facts facts;

	if (mail || !post->accounts ||
	    !contracts_facts(post->accounts, label, &facts) ||
	    !takes_mail(facts.channels) ||
	    !contacts_is_mail(slice_of(facts.contact)))
		return mail;
	return facts.contact;
}

/* Both ways are mail: another channel is another kind of message. */
static bool
has_channel(uint8_t channel)
{
	return channel == CHANNEL_ANY || channel == CHANNEL_OTHER ||
	       channel == CHANNEL_MAIL;
}

/* Mail for those who have an address, the Maildir for the others. */
static int
find_way(struct notifier_post *post, const struct store_outbox *row,
	 enum way *way, const char **mail)
{
	char label[PARTY_LABEL_SIZE];
	struct party_id party;
	int error = LZ_E_NOT_FOUND;

	*mail = NULL;
	if (post->conf->smtp[0])
		error = desk_view_case(post->desk, row->case_id, see_party,
				       &party);
	if (!error)
		error = desk_view_account(post->desk, party, label);
	if (!error)
		*mail = mail_of(post, label);
	*way = post->conf->maildir[0] ? WAY_MAILDIR : WAY_NONE;
	if (*mail)
		*way = WAY_SERVER;
	return error == LZ_E_NOT_FOUND ? 0 : error;
}

/* To the mail server; `cut`: how often it was cut off there before. */
static int
hand_over(struct notifier_post *post, const struct store_outbox *row,
	  const struct notice_letter *letter, struct attempt *attempt,
	  const char *mail, uint64_t cut, struct at_event *next)
{
	char name[MAILDIR_NAME_SIZE], proof[MAIL_SERVER_WORDS_SIZE + 24];
	const struct mail_order order = {.server = post->conf->smtp,
					 .from = post->conf->from,
					 .to = mail,
					 .envelope = name,
					 .message = post->message};
	const struct at_event now = attempt->started;
	struct mail_result result;
	struct text text;
	int error;

	message_name(row, name);
	text_init(&text, post->message, sizeof(post->message));
	error = notice_render(post->conf, letter, attempt->started, &text);
	if (error)
		return try_later(post, row, attempt, ATTEMPT_FAILED, now,
				 lz_strerror(error), next);
	mail_server_hand_over(&order, &result);
	snprintf(proof, sizeof(proof), "%s%s", result.words,
		 cut ? "; possibly sent twice" : "");
	switch (result.answer) {
	case MAIL_ACCEPTED:
		count(post, COUNTER_NOTIFIER_SENT);
		return finish(post, row, attempt, ATTEMPT_ACCEPTED, now, proof);
	case MAIL_REFUSED:
		return give_up(post, row, attempt, now, proof);
	case MAIL_UNKNOWN:
		if (cut)
			return give_up(post, row, attempt, now, proof);
		return try_later(post, row, attempt, ATTEMPT_CUT_OFF, now,
				 result.words, next);
	case MAIL_LATER:
		break;
	}
	return try_later(post, row, attempt, ATTEMPT_FAILED, now, result.words,
			 next);
}

/* What is known of it, before it is tried by the mail server (again). */
static int
server_begin(struct notifier_post *post, const struct store_outbox *row,
	     struct attempt *attempt, struct at_event now, uint64_t *cut)
{
	int error = 0;

	if (attempt->n != 0 && attempt->result == ATTEMPT_RUNNING)
		error = end(post, row, attempt, ATTEMPT_CUT_OFF, now,
			    "cut off: it may have been sent");
	if (error)
		return error;
	return notifier_store_count(post->attempts, row->id, row->notice,
				    ATTEMPT_CUT_OFF, cut);
}

static int
read_letter(const struct store_outbox *row, struct notice_letter *letter)
{
	struct cursor cursor;
	int error;

	if (strcmp(row->kind, "notice") != 0 && !is_correction(row))
		return LZ_E_UNSUPPORTED;
	cursor_init(&cursor, row->body.at, row->body.length);
	error = letter_decode(&cursor, letter);
	if (!error && (letter->id != row->notice ||
		       (letter->wrong != 0) != is_correction(row)))
		error = LZ_E_FORMAT;
	return error;
}

/* Into the Maildir, with all receipts. */
static int
put_down(struct notifier_post *post, const struct store_outbox *row,
	 const struct notice_letter *letter, struct attempt *attempt,
	 struct at_event now, struct at_event *next)
{
	char name[MAILDIR_NAME_SIZE];
	const int error = deliver(post, letter, attempt->started);

	if (post->gone)
		return error;
	if (error)
		return try_later(post, row, attempt, ATTEMPT_FAILED, now,
				 lz_strerror(error), next);
	message_name(row, name);
	return finish(post, row, attempt, ATTEMPT_DONE, now, name);
}

static int
try_row(struct notifier_post *post, const struct store_outbox *row,
	struct attempt *attempt, const struct seen *seen, struct at_event now,
	struct at_event *next)
{
	const bool stale = attempt->n == 0 &&
			   now.us - row->due.us > NOTIFIER_ATTEMPTS_KEPT_US;
	const bool said = attempt->n != 0 &&
			  attempt->result == ATTEMPT_NO_CONTACT;
	struct notice_letter letter;
	const int unreadable = read_letter(row, &letter);
	const char *mail;
	uint64_t cut = 0;
	enum way way;
	int error = find_way(post, row, &way, &mail);

	if (!error && way == WAY_SERVER)
		error = server_begin(post, row, attempt, now, &cut);
	if (!error && way == WAY_SERVER && seen->accepted)
		return end(post, row, attempt, ATTEMPT_ACCEPTED, now,
			   "the desk knows");
	/* One that was cut off goes on under its own time. */
	if (!error && (attempt->n == 0 || attempt->result != ATTEMPT_RUNNING))
		error = notifier_store_start(post->attempts, row->id,
					     row->notice, now, attempt);
	if (error)
		return error;
	if (stale)
		return give_up(post, row, attempt, now, "older than 90 days");
	if (unreadable)
		return give_up(post, row, attempt, now,
			       lz_strerror(unreadable));
	if (cut > 1)
		return give_up(post, row, attempt, now,
			       "cut off twice; possibly sent twice");
	if (!has_channel(letter.channel))
		return no_channel(post, row, attempt, now, letter.channel);
	if (way == WAY_SERVER)
		return hand_over(post, row, &letter, attempt, mail, cut, next);
	if (way == WAY_NONE)
		return no_contact(post, row, attempt, now, said, next);
	return put_down(post, row, &letter, attempt, now, next);
}

/* Does the desk lack what became of a row that is done with? */
static bool
is_lost(const struct attempt *attempt, const struct seen *seen)
{
	return !seen->over &&
	       !(attempt->result == ATTEMPT_ACCEPTED && seen->accepted);
}

static int
say_again(struct notifier_post *post, const struct store_outbox *row,
	  const struct attempt *attempt)
{
	char name[MAILDIR_NAME_SIZE];

	message_name(row, name);
	return say_receipts(post, row, attempt,
			    attempt->result == ATTEMPT_GIVEN_UP ? "given up"
								: name);
}

int
notifier_post_row(struct notifier_post *post, const struct store_outbox *row,
		  struct at_event now, bool check, struct at_event *next)
{
	struct seen seen = {false};
	struct attempt attempt;
	bool over;
	int error = notifier_store_last(post->attempts, row->id, row->notice,
					&attempt);

	*next = times_unset();
	over = attempt.n != 0 && (attempt.result == ATTEMPT_DONE ||
				  attempt.result == ATTEMPT_ACCEPTED ||
				  attempt.result == ATTEMPT_GIVEN_UP);
	if (error || (over && !check))
		return error;
	if (attempt.n == 0 || attempt.result != ATTEMPT_FAILED)
		error = ask_desk(post, row, &seen);
	if (error)
		return error;
	if (over)
		return is_lost(&attempt, &seen) ? say_again(post, row, &attempt)
						: 0;
	if (attempt.n == 0 && (seen.over || seen.accepted))
		return 0;
	if (seen.over)
		return end(post, row, &attempt, ATTEMPT_DONE, now,
			   "the desk knows");
	if (!post->conf->maildir[0] && !post->conf->smtp[0])
		return 1;
	/* The contacts are those of before: so is the answer. */
	if (attempt.n != 0 && attempt.result == ATTEMPT_NO_CONTACT &&
	    attempt.started.us >= post->read_at.us) {
		post->no_contact++;
		next->us = post->read_at.us + NOTIFIER_CONTACTS_US;
		return 1;
	}
	/* Further away than any pause: our clock was set back. */
	if (times_is_set(attempt.next) && attempt.next.us > now.us &&
	    attempt.next.us - now.us <= RETRY_US_MAX) {
		*next = attempt.next;
		return 1;
	}
	return try_row(post, row, &attempt, &seen, now, next);
}
