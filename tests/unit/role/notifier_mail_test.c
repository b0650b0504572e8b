/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notifier in its sandbox and a mail server that this test plays: taken,
 * refused, put off, cut off after the message.  What can't be known is tried
 * once more under the same Message-ID, and said to be possibly sent twice.
 * With LAZARET_MAIL_SERVER (address:port) a real server is tried instead.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "unit/role/posting.h"

#define MESSAGES_MAX 8
#define MESSAGE_MAX 16384

/* What the server does with a message. */
enum manner {
	TAKES,
	REFUSES,   /* 550 to the recipient */
	PUTS_OFF,  /* 451 to the recipient */
	DROPS,     /* reads all of it and hangs up */
	KEEPS_OPEN /* reads all of it and says nothing */
};

struct server {
	volatile unsigned manner_count, connections, messages;
	enum manner manners[MESSAGES_MAX]; /* of each session; then TAKES */
	char recipients[MESSAGES_MAX][1024], senders[MESSAGES_MAX][1024];
	char text[MESSAGES_MAX][MESSAGE_MAX];
};

struct trial {
	struct posting posting;
	struct server *server; /* shared with its process */
	pid_t pid;
	uint16_t port;
};

/* ----------------------------------------------------------------- server */

static bool
line_read(FILE *from, char *line, size_t size)
{
	if (!fgets(line, (int)size, from))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

/* The text up to its dot, as it came. */
static void
message_read(FILE *from, char text[MESSAGE_MAX])
{
	size_t at = 0;
	char line[1024];

	while (fgets(line, sizeof(line), from) && strcmp(line, ".\r\n") != 0)
		at += (size_t)snprintf(text + at, MESSAGE_MAX - at, "%s", line);
}

static void
session_play(struct server *server, FILE *in, FILE *out, enum manner manner)
{
	const unsigned n = server->messages;
	char line[1024];

	fputs("220 mail.example.net ESMTP\r\n", out);
	while (fflush(out) == 0 && line_read(in, line, sizeof(line))) {
		if (strncmp(line, "EHLO", 4) == 0) {
			fputs("250-mail.example.net\r\n250-8BITMIME\r\n"
			      "250-ENHANCEDSTATUSCODES\r\n250 DSN\r\n",
			      out);
		} else if (strncmp(line, "MAIL", 4) == 0) {
			snprintf(server->senders[n], 1024, "%s", line);
			fputs("250 2.0.0 Ok\r\n", out);
		} else if (strncmp(line, "RCPT", 4) == 0) {
			snprintf(server->recipients[n], 1024, "%s", line);
			fputs(manner == REFUSES
				  ? "550 5.1.1 <holder@example.org>: nobody\r\n"
			      : manner == PUTS_OFF ? "451 4.3.0 Later\r\n"
						   : "250 2.1.5 Ok\r\n",
			      out);
		} else if (strncmp(line, "DATA", 4) == 0) {
			fputs("354 Go on\r\n", out);
			fflush(out);
			message_read(in, server->text[n]);
			server->messages = n + 1;
			if (manner == DROPS)
				return;
			if (manner == KEEPS_OPEN)
				while (line_read(in, line, sizeof(line)))
					continue;
			fputs("250 2.0.0 4711 Message accepted\r\n", out);
		} else {
			fputs("250 2.0.0 Ok\r\n", out);
		}
	}
}

static void
server_play(struct server *server, int listener)
{
	for (;;) {
		const int fd = accept(listener, NULL, NULL);
		FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
		const unsigned n = server->connections;

		server->connections = n + 1;
		if (!in || !out)
			_exit(1);
		session_play(server, in, out,
			     n < server->manner_count ? server->manners[n]
						      : TAKES);
		fclose(in);
		fclose(out);
	}
}

static void
server_start(struct trial *trial)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	trial->server = mmap(NULL, sizeof(*trial->server),
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	assert_true(trial->server != MAP_FAILED && fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
	trial->port = ntohs(at.sin_port);
	trial->pid = fork();
	assert_true(trial->pid >= 0);
	if (trial->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		server_play(trial->server, fd);
	}
	close(fd);
}

/* Before the notifier starts. */
static void
server_will(struct trial *trial, enum manner first, enum manner second)
{
	trial->server->manners[0] = first;
	trial->server->manners[1] = second;
	trial->server->manner_count = 2;
}

struct waiting {
	const struct trial *trial;
	unsigned messages;
};

static bool
has_come(void *context)
{
	const struct waiting *waiting = context;

	return waiting->trial->server->messages >= waiting->messages;
}

static void
wait_messages(struct trial *trial, unsigned messages)
{
	struct waiting waiting = {trial, messages};

	if (!running_until(has_come, &waiting, RUNNING_DEADLINE_MS))
		fail_msg("%u messages came, not %u", trial->server->messages,
			 messages);
}

/* ----------------------------------------------------------------- trials */

static int
setup_as(void **state, const char *maildir, const char *contacts)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	const char *real = getenv("LAZARET_MAIL_SERVER");
	char notice[512], path[RUNNING_PATH_SIZE + 16], server[64];

	if (!trial)
		return -1;
	*state = trial;
	server_start(trial);
	snprintf(server, sizeof(server), "127.0.0.1:%u", (unsigned)trial->port);
	/* Named by its path from the configuration's folder. */
	snprintf(notice, sizeof(notice),
		 "notice: { %s smtp: \"%s\", contacts: contacts.csv, "
		 "from: \"Tried <desk@example.net>\", phone: \"202-555-0143\" "
		 "}\n",
		 maildir, real ? real : server);
	posting_init_as(&trial->posting, notice);
	running_write(&trial->posting.running, "contacts.csv", contacts);
	snprintf(path, sizeof(path), "%s/contacts.csv",
		 trial->posting.running.folder);
	/* Not for the notifier's user: root reads it before. */
	return chmod(path, 0600);
}

static int
setup(void **state)
{
	return setup_as(state, "",
			"party,mail\nline-8,other@example.org\n"
			"line-7,holder@example.org\nline-7,twice@example.org\n"
			"line-9,no address\n");
}

/* Accounts say where they are reached, and whether by mail at all. */
static int
setup_accounts(void **state, const char *channels)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	char yaml[512], csv[256];

	if (!trial)
		return -1;
	*state = trial;
	server_start(trial);
	snprintf(yaml, sizeof(yaml),
		 "accounts: [ { csv: accounts.csv } ]\n"
		 "notice: { maildir: \"MAIL\", smtp: \"127.0.0.1:%u\", from: "
		 "\"Tried <desk@example.net>\", phone: \"202-555-0143\" }\n",
		 (unsigned)trial->port);
	snprintf(csv, sizeof(csv),
		 "account,email,channels\nline-8,other@example.org,\n"
		 "line-7,holder@example.org,%s\n",
		 channels);
	posting_init_as(&trial->posting, yaml);
	running_write(&trial->posting.running, "accounts.csv", csv);
	return 0;
}

static int
setup_account_by_mail(void **state)
{
	return setup_accounts(state, "letter Mail");
}

static int
setup_account_by_letter(void **state)
{
	return setup_accounts(state, "letter sms");
}

static int
setup_nobody(void **state)
{
	return setup_as(state, "", "party,mail\nline-8,other@example.org\n");
}

static int
setup_without_contact(void **state)
{
	return setup_as(state, "maildir: \"MAIL\",",
			"mail,party\nother@example.org,line-8\n");
}

static int
teardown(void **state)
{
	struct trial *trial = *state;

	kill(trial->pid, SIGKILL);
	waitpid(trial->pid, NULL, 0);
	posting_fini(&trial->posting);
	munmap(trial->server, sizeof(*trial->server));
	free(trial);
	return 0;
}

static void
start_with_row(struct trial *trial)
{
	posting_desk_open(&trial->posting);
	posting_add(&trial->posting, STORE_LANE_NOTICE, 1);
	posting_start(&trial->posting, true);
}

static void
end_calmly(struct trial *trial)
{
	assert_int_equal(posting_end(&trial->posting, SIGTERM), 0);
	assert_int_equal(running_said(&trial->posting.running, "forbidden"), 0);
	posting_receipts_read(&trial->posting);
}

static void
assert_receipts(const struct trial *trial, unsigned accepted, unsigned failed)
{
	const struct posting *posting = &trial->posting;

	assert_int_equal(posting_receipts(posting, 1, RECEIPT_SENT), accepted);
	assert_int_equal(posting_receipts(posting, 1, RECEIPT_ACCEPTED),
			 accepted);
	assert_int_equal(posting_receipts(posting, 1, RECEIPT_FAILED), failed);
	/* A server that took it has delivered nothing yet. */
	assert_int_equal(posting_receipts(posting, 1, RECEIPT_DELIVERED), 0);
}

static void
assert_message(const struct trial *trial, unsigned n)
{
	const struct server *server = trial->server;
	const char *text = server->text[n], *id = strstr(text, "Message-ID: ");

	assert_non_null(id);
	assert_int_equal(strncmp(id,
				 "Message-ID: <lz-0000000000000001@example.net>"
				 "\r\n",
				 47),
			 0);
	assert_null(strcasestr(id + 1, "\nMessage-ID: "));
	assert_null(strstr(text, "holder@"));
	assert_non_null(strstr(text, "\r\n\r\nA DEVICE ON YOUR LINE"));
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		assert_true(at > text && at[-1] == '\r');
	assert_int_equal(strncmp(server->recipients[n],
				 "RCPT TO:<holder@example.org>", 28),
			 0);
	assert_int_equal(strncmp(server->senders[n],
				 "MAIL FROM:<desk@example.net>", 28),
			 0);
}

/* ----------------------------------------------------------------- tests */

static void
test_taken_is_accepted(void **state)
{
	struct trial *trial = *state;

	start_with_row(trial);
	posting_wait_receipts(&trial->posting, 2);
	end_calmly(trial);
	assert_receipts(trial, 1, 0);
	assert_message(trial, 0);
	running_wait_said(&trial->posting.running, "named before", 1);
	running_wait_said(&trial->posting.running, ":5: no party and mail", 1);
	/* Once. */
	posting_start(&trial->posting, true);
	posting_add(&trial->posting, STORE_LANE_NOTICE, 2);
	posting_wait_receipts(&trial->posting, 4);
	end_calmly(trial);
	assert_int_equal(trial->server->messages, 2);
}

static void
test_refused_is_failed(void **state)
{
	struct trial *trial = *state;

	server_will(trial, REFUSES, TAKES);
	start_with_row(trial);
	posting_wait(&trial->posting, COUNTER_NOTIFIER_POISON, 1);
	end_calmly(trial);
	assert_receipts(trial, 0, 1);
	/* With the server's words, without the address. */
	assert_int_equal(running_said(&trial->posting.running,
				      "row 1 is given up: 550"),
			 1);
	assert_int_equal(running_said(&trial->posting.running, "holder@"), 0);
	assert_int_equal(trial->server->connections, 1);
}

static void
test_put_off_is_tried_again(void **state)
{
	struct trial *trial = *state;

	server_will(trial, PUTS_OFF, TAKES);
	start_with_row(trial);
	posting_wait_receipts(&trial->posting, 2);
	end_calmly(trial);
	assert_receipts(trial, 1, 0);
	assert_int_equal(trial->server->messages, 1);
	assert_int_equal(trial->server->connections, 2);
	assert_int_equal(counters_get(trial->posting.page,
				      COUNTER_NOTIFIER_FAILED),
			 1);
}

static void
test_unknown_is_tried_once_more(void **state)
{
	struct trial *trial = *state;

	server_will(trial, DROPS, TAKES);
	start_with_row(trial);
	posting_wait_receipts(&trial->posting, 2);
	end_calmly(trial);
	assert_receipts(trial, 1, 0);
	assert_int_equal(trial->server->messages, 2);
	assert_message(trial, 0);
	assert_message(trial, 1);
	assert_non_null(
	    strstr(trial->posting.receipts[0].proof, "possibly sent twice"));
}

static void
test_unknown_twice_is_failed(void **state)
{
	struct trial *trial = *state;

	server_will(trial, DROPS, DROPS);
	start_with_row(trial);
	posting_wait(&trial->posting, COUNTER_NOTIFIER_POISON, 1);
	end_calmly(trial);
	assert_receipts(trial, 0, 1);
	assert_int_equal(trial->server->messages, 2);
	assert_non_null(
	    strstr(trial->posting.receipts[0].proof, "possibly sent twice"));
}

static void
test_killed_while_it_is_sent(void **state)
{
	struct trial *trial = *state;

	server_will(trial, KEEPS_OPEN, TAKES);
	start_with_row(trial);
	wait_messages(trial, 1);
	assert_int_equal(posting_end(&trial->posting, SIGKILL), -1);
	posting_start(&trial->posting, true);
	posting_wait_receipts(&trial->posting, 2);
	end_calmly(trial);
	assert_receipts(trial, 1, 0);
	assert_int_equal(trial->server->messages, 2);
	assert_message(trial, 1);
	assert_non_null(
	    strstr(trial->posting.receipts[1].proof, "possibly sent twice"));
}

static void
test_without_a_contact_into_the_maildir(void **state)
{
	struct trial *trial = *state;

	start_with_row(trial);
	posting_wait_receipts(&trial->posting, 3);
	end_calmly(trial);
	assert_int_equal(posting_delivered(&trial->posting, 1), 1);
	assert_int_equal(trial->server->connections, 0);
}

static void
test_an_account_is_told_where_it_says(void **state)
{
	struct trial *trial = *state;

	start_with_row(trial);
	posting_wait_receipts(&trial->posting, 2);
	end_calmly(trial);
	assert_receipts(trial, 1, 0);
	assert_message(trial, 0);
	assert_int_equal(posting_delivered(&trial->posting, 1), 0);
}

/* Nobody to write to: said once, shown, and told after all once there is one;
 * meanwhile nothing counts as sent. */
static void
test_a_late_contact_is_told(void **state)
{
	struct trial *trial = *state;
	struct posting *posting = &trial->posting;

	start_with_row(trial);
	posting_wait_receipts(posting, 1);
	posting_wait(posting, COUNTER_NOTIFIER_NO_CONTACT, 1);
	end_calmly(trial);
	assert_receipts(trial, 0, 1);
	assert_string_equal(posting->receipts[0].proof, "no contact");
	/* The desk takes it in, and there is still nobody. */
	assert_int_equal(store_begin(posting->store), 0);
	assert_int_equal(desk_store_receipt_add(
			     posting->store, 1, RECEIPT_FAILED,
			     (struct at_event){posting->receipts[0].time_us},
			     "no contact"),
			 0);
	assert_int_equal(store_commit(posting->store), 0);
	posting_start(posting, true);
	posting_wait(posting, COUNTER_NOTIFIER_NO_CONTACT, 1);
	end_calmly(trial);
	assert_int_equal(posting->receipt_count, 1);
	running_write(&posting->running, "contacts.csv",
		      "party,mail\nline-7,holder@example.org\n");
	posting_start(posting, true);
	posting_wait_receipts(posting, 3);
	posting_wait(posting, COUNTER_NOTIFIER_NO_CONTACT, 0);
	end_calmly(trial);
	assert_receipts(trial, 1, 1);
	assert_message(trial, 0);
}

/* A rung asks for a channel that nobody has set up: the case is told at once,
 * and nothing is sent another way. */
static void
test_a_channel_that_is_not_there_fails(void **state)
{
	struct trial *trial = *state;
	struct notice_letter letter;

	posting_letter(1, &letter);
	letter.channel = CHANNEL_SMS;
	posting_desk_open(&trial->posting);
	posting_add_letter(&trial->posting, &letter);
	posting_start(&trial->posting, true);
	posting_wait(&trial->posting, COUNTER_NOTIFIER_NO_CHANNEL, 1);
	posting_wait(&trial->posting, COUNTER_NOTIFIER_BEHIND, 0);
	end_calmly(trial);
	assert_receipts(trial, 0, 1);
	assert_string_equal(trial->posting.receipts[0].proof,
			    "no channel: sms");
	assert_int_equal(trial->server->connections, 0);
}

/* What takes a notice back goes where the notice went, as a message and with
 * receipts of its own. */
static void
test_a_correction_goes_the_same_way(void **state)
{
	struct trial *trial = *state;
	struct posting *posting = &trial->posting;
	struct notice_letter letter;

	start_with_row(trial);
	posting_wait_receipts(posting, 2);
	posting_letter(1, &letter);
	letter.wrong = NOTICE_WRONG_EVIDENCE;
	letter.told = letter.created;
	posting_add_letter(posting, &letter);
	posting_wait_receipts(posting, 4);
	end_calmly(trial);
	assert_int_equal(trial->server->messages, 2);
	assert_non_null(strstr(trial->server->recipients[1], "holder@"));
	assert_non_null(strstr(trial->server->text[1], "We were wrong"));
	assert_non_null(strstr(trial->server->text[1],
			       "In-Reply-To: <lz-0000000000000001@"));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(posting->receipts[i].correction, i >= 2);
}

/* ------------------------------------- a real server (tests/interop/mail) */

static int
setup_real(void **state)
{
	return setup_as(state, "",
			"party,mail\nline-7,holder@subscribers.example\n");
}

static int
setup_real_refused(void **state)
{
	return setup_as(state, "",
			"party,mail\nline-7,holder@refused.example\n");
}

static void
test_real_takes(void **state)
{
	struct trial *trial = *state;

	start_with_row(trial);
	posting_wait_receipts(&trial->posting, 2);
	posting_add(&trial->posting, STORE_LANE_NOTICE, 2);
	posting_wait_receipts(&trial->posting, 4);
	end_calmly(trial);
	assert_receipts(trial, 1, 0);
	assert_int_equal(strncmp(trial->posting.receipts[0].proof, "250 ", 4),
			 0);
}

static void
test_real_refuses(void **state)
{
	struct trial *trial = *state;

	start_with_row(trial);
	posting_wait(&trial->posting, COUNTER_NOTIFIER_POISON, 1);
	end_calmly(trial);
	assert_receipts(trial, 0, 1);
	assert_int_equal(strncmp(trial->posting.receipts[0].proof, "550 ", 4),
			 0);
	assert_null(strstr(trial->posting.receipts[0].proof, "holder"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_taken_is_accepted),
	    CASE(test_refused_is_failed),
	    CASE(test_put_off_is_tried_again),
	    CASE(test_unknown_is_tried_once_more),
	    CASE(test_unknown_twice_is_failed),
	    CASE(test_killed_while_it_is_sent),
	    cmocka_unit_test_setup_teardown(
		test_without_a_contact_into_the_maildir, setup_without_contact,
		teardown),
	    cmocka_unit_test_setup_teardown(test_a_late_contact_is_told,
					    setup_nobody, teardown),
	    CASE(test_a_channel_that_is_not_there_fails),
	    CASE(test_a_correction_goes_the_same_way),
	    cmocka_unit_test_setup_teardown(
		test_an_account_is_told_where_it_says, setup_account_by_mail,
		teardown),
	    cmocka_unit_test_setup_teardown(
		test_without_a_contact_into_the_maildir,
		setup_account_by_letter, teardown),
	};
	const struct CMUnitTest real[] = {
	    cmocka_unit_test_setup_teardown(test_real_takes, setup_real,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_real_refuses,
					    setup_real_refused, teardown),
	};

	if (getenv("LAZARET_MAIL_SERVER"))
		return cmocka_run_group_tests(real, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
