/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What persons decide together, as they do it: two of them at the command line,
 * against a running desk and notifier.  Recalls take back, correct and go on
 * over kill -9; orders, objections, the stop switch, merges and splits.  The
 * test plays the sensor; notices and measures are live, no enforcer runs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "fact/security_reason.h"
#include "fact/sighting.h"
#include "spool/spool.h"
#include "store/desk_view.h"
#include "store/recall_store.h"
#include "unit/role/running.h"

#define OUTPUT_SIZE (256u << 10)
#define NUMBER_SIZE 17
#define MANY 3000 /* sightings that one recall takes back */
#define KILLS 6
#define SKIP 77

static struct running desk;
static const char *const roles[] = {"desk", "notifier", NULL};
static uint64_t handed; /* sightings given to the desk so far */
static int64_t last_us;

/* ------------------------------------------------------------ the program */

struct answer {
	int code;
	char out[OUTPUT_SIZE], err[8192];
};

static void
read_whole(const char *path, char *bytes, size_t size)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	bytes[fread(bytes, 1, size - 1, file)] = '\0';
	fclose(file);
}

/* As somebody who became root by sudo. */
static void
become(const char *who)
{
	setenv("SUDO_USER", who, 1);
	setenv("SUDO_UID", strcmp(who, "ann") == 0 ? "1001" : "1002", 1);
}

/* Runs `lazaret WORDS...`, NULL-ended; the answer holds until the next one. */
static const struct answer *
lazaret(const char *who, const char *first, ...)
{
	static struct answer answer;
	char out[RUNNING_PATH_SIZE], err[RUNNING_PATH_SIZE], program[512];
	char *words[24] = {program, (char *)(uintptr_t)first};
	va_list list;
	int status;
	pid_t pid;

	va_start(list, first);
	for (size_t i = 2; words[i - 1]; i++)
		words[i] = va_arg(list, char *);
	va_end(list);
	snprintf(program, sizeof(program), "%s/lazaret",
		 getenv("LAZARET_BUILD"));
	snprintf(out, sizeof(out), "%s/cmd.out", desk.folder);
	snprintf(err, sizeof(err), "%s/cmd.err", desk.folder);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		become(who);
		setenv("LAZARET_CONFIG", desk.conf, 1);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
		execv(program, words);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	answer.code = WEXITSTATUS(status);
	read_whole(out, answer.out, sizeof(answer.out));
	read_whole(err, answer.err, sizeof(answer.err));
	return &answer;
}

static void
assert_says(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	fprintf(stderr, "'%s' isn't in:\n%s\n", part, text);
	fail();
}

static void
assert_code(const struct answer *answer, int expected)
{
	if (answer->code == expected)
		return;
	fprintf(stderr, "exit code %d:\n%s%s\n", answer->code, answer->out,
		answer->err);
	fail();
}

/* --------------------------------------------------------------- sightings */

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

enum shape { SCAN, FLOOD, LISTED };

/* Each a microsecond later than the one before: none is another. */
static void
make(struct sighting *sighting, const char *address, enum shape shape)
{
	*sighting =
	    (struct sighting){.role = ROLE_INFECTED,
			      .proto = 17,
			      .peer_port = 80,
			      .marks =
				  SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT |
				  SIGHTING_ESTABLISHED | SIGHTING_HAS_EXPORTER,
			      .lateness_us = 5 * TIMES_SECOND_US,
			      .samples = 1000,
			      .weight_milli = shape == FLOOD ? 6000 : 5000,
			      .class = shape == FLOOD  ? RSIT_DDOS
				       : shape == SCAN ? RSIT_SCANNER
						       : RSIT_INFECTED_SYSTEM};
	assert_int_equal(addr_parse(slice_of(address), &sighting->address), 0);
	assert_int_equal(addr_parse(slice_of("203.0.113.9"), &sighting->peer),
			 0);
	assert_int_equal(addr_parse(slice_of(shape == FLOOD ? "203.0.113.1"
							    : "203.0.113.2"),
				    &sighting->exporter),
			 0);
	sighting->subject.prefix = prefix_of(&sighting->address, 128);
	sighting->known.us = now_us();
	sighting->time.us = sighting->known.us - 10 * TIMES_SECOND_US;
	if (sighting->time.us <= last_us)
		sighting->time.us = last_us + 1;
	last_us = sighting->time.us;
	sighting->first = sighting->last = sighting->time;
	if (shape == FLOOD)
		sighting->marks |= SIGHTING_FLOOD_LASTS;
	strcpy(sighting->origin,
	       shape == LISTED ? "list:bad-list" : "own-flow");
	strcpy(sighting->detector, shape == FLOOD  ? "flood.udp/1"
				   : shape == SCAN ? "scan/1"
						   : "contact/1");
	sighting_seal(sighting);
}

static bool
is_taken(void *context)
{
	char path[RUNNING_PATH_SIZE + 32];
	uint64_t sequence = 0;

	snprintf(path, sizeof(path), "%s/desk/ack.sensor", desk.state);
	return spool_watermark_read(path, &sequence) == 0 &&
	       sequence >= *(const uint64_t *)context;
}

/* `count` sightings of addresses net.first .. , one a line, round and round. */
static void
see(const char *net, unsigned first, unsigned lines, unsigned count,
    enum shape shape)
{
	char path[RUNNING_PATH_SIZE + 32], address[32];
	struct spool_writer *spool;

	snprintf(path, sizeof(path), "%s/sensor/spool", desk.state);
	assert_true(mkdir(path, 0750) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	for (unsigned i = 0; i < count; i++) {
		uint8_t bytes[SIGHTING_BYTES_MAX];
		struct sighting sighting;
		struct writer writer;

		snprintf(address, sizeof(address), "%s.%u", net,
			 first + i % lines);
		make(&sighting, address, shape);
		writer_init(&writer, bytes, sizeof(bytes));
		sighting_encode(&writer, &sighting);
		assert_int_equal(spool_writer_append(spool, bytes,
						     writer.length, NULL),
				 0);
	}
	assert_int_equal(spool_writer_sync(spool), 0);
	handed = spool_writer_last(spool);
	spool_writer_close(spool);
	assert_true(running_until(is_taken, &handed, 3 * RUNNING_DEADLINE_MS));
}

/* ------------------------------------------------------------- begin, end */

static int
begin_all(void **state)
{
	char *text = malloc(1 << 20), *at = text;

	(void)state;
	assert_non_null(text);
	assert_int_equal(crypto_init(), 0);
	running_init(&desk);
	running_configure(&desk,
			  "bindings: [ { csv: b.csv } ]\n"
			  "essential: [ 198.51.100.0/28 ]\n"
			  "mode: live\n"
			  "live: [ notice, filter, limit, garden, block ]\n"
			  "policy: { brakes: { cause_notices_hour: 100000, "
			  "notices_hour: 100000 } }\n"
			  "notice: { operator: Example Net, from: "
			  "desk@isp.example, phone: \"+1 555 0100\", maildir: "
			  "mail }\n");
	at += sprintf(at, "address,port_first,port_last,party,start,end\n");
	for (unsigned net = 0; net < 3; net++)
		for (unsigned i = 1; i < 200; i++)
			at += sprintf(at,
				      "198.18.%u.%u,,,acct-%u-%u,2020-01-"
				      "01T00:00:00Z,\n",
				      net, i, net, i);
	running_write(&desk, "b.csv", text);
	free(text);
	running_start(&desk, roles);
	running_wait_ready(&desk, "desk");
	running_wait_ready(&desk, "notifier");
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	running_fini(&desk);
	return 0;
}

/* ----------------------------------------------------------------- looking */

static void
value_of(const char *json, const char *key, char *value, size_t size)
{
	char wanted[64];
	const char *at;
	size_t length;

	snprintf(wanted, sizeof(wanted), "\"%s\":\"", key);
	at = strstr(json, wanted);
	assert_non_null(at);
	at += strlen(wanted);
	length = strcspn(at, "\"");
	assert_true(length < size);
	memcpy(value, at, length);
	value[length] = '\0';
}

/* The case of an account's line: the account's number, then its case. */
static void
case_of(const char *address, char number[NUMBER_SIZE])
{
	char *list = strdup(
	    lazaret("ann", "case", "list", "--all", "--json", NULL)->out);
	char wanted[64];
	bool found = false;

	snprintf(wanted, sizeof(wanted), "\"address\":\"%s\"", address);
	for (char *line = strtok(list, "\n"); line && !found;
	     line = strtok(NULL, "\n")) {
		value_of(line, "case", number, NUMBER_SIZE);
		found = strstr(
		    lazaret("ann", "case", "show", number, "--json", NULL)->out,
		    wanted);
	}
	free(list);
	if (!found)
		fail_msg("no case of %s", address);
}

static void
assert_state(const char *number, const char *state)
{
	char is[32];

	value_of(lazaret("ann", "case", "show", number, "--json", NULL)->out,
		 "state", is, sizeof(is));
	assert_string_equal(is, state);
}

/* How many messages in the Maildir have these words. */
static unsigned
mails_with(const char *words)
{
	char path[RUNNING_PATH_SIZE + 512], text[16384];
	const struct dirent *entry;
	unsigned count = 0;
	DIR *files;

	snprintf(path, sizeof(path), "%s/mail/new", desk.folder);
	files = opendir(path);
	while (files && (entry = readdir(files))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/mail/new/%s", desk.folder,
			 entry->d_name);
		read_whole(path, text, sizeof(text));
		count += strstr(text, words) != NULL;
	}
	if (files)
		closedir(files);
	return count;
}

struct mails {
	const char *words;
	unsigned count;
};

static bool
have_come(void *context)
{
	const struct mails *mails = context;

	return mails_with(mails->words) >= mails->count;
}

static void
wait_mails(const char *words, unsigned count)
{
	struct mails mails = {words, count};

	if (!running_until(have_come, &mails, RUNNING_DEADLINE_MS))
		fail_msg("%u messages with '%s', not %u", mails_with(words),
			 words, count);
}

/* Its receipt comes back by the notifier's spool. */
static bool
says_delivered(void *context)
{
	return strstr(lazaret("ann", "case", "show", (const char *)context,
			      NULL)
			  ->out,
		      "correction delivered") != NULL;
}

#define NOTICE_WORDS "A DEVICE ON YOUR LINE"
#define CORRECTION_WORDS "WE WERE WRONG ABOUT YOUR LINE"

/* ----------------------------------------------------------------- recalls */

/* One proposes, another approves; those who were told are told again; what
 * comes of the list later isn't believed until it is lifted. */
static void
a_list_proves_wrong(void **state)
{
	const struct answer *answer;
	char number[NUMBER_SIZE];

	(void)state;
	see("198.18.0", 1, 4, 4, LISTED);
	see("198.18.0", 5, 1, 1, SCAN);
	wait_mails(NOTICE_WORDS, 5);
	case_of("198.18.0.1", number);
	assert_state(number, "noticed");
	answer = lazaret("ann", "recall", "--feed", "bad-list", "--since",
			 "2020-01-01T00:00:00Z", "--reason",
			 "it lists a shared server", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "waits for a second person");
	assert_says(answer->out,
		    "4 sightings, 4 cases of 4 parties, 0 measures "
		    "in force, 4 notices sent");
	assert_says(answer->out, "lazaret recall approve 1");
	answer = lazaret("ann", "recall", "approve", "1", NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "a second person must say so");
	assert_state(number, "noticed");
	answer = lazaret("bob", "recall", "approve", "1", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "state     done");
	assert_says(answer->out,
		    "4 sightings of 4 cases taken back, 0 measures "
		    "lifted, 4 notices corrected");
	assert_says(answer->out, "root (uid 0) for bob (uid 1002)");
	assert_state(number, "watching");
	wait_mails(CORRECTION_WORDS, 4);
	assert_int_equal(mails_with("What we relied on turned out"), 4);
	assert_true(running_until(says_delivered, number, RUNNING_DEADLINE_MS));
	see("198.18.0", 1, 1, 1, LISTED);
	assert_state(number, "watching");
	case_of("198.18.0.5", number);
	assert_state(number, "noticed");
	answer = lazaret("ann", "recall", "lift", "1", "--json", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "\"recall\":1,\"act\":\"recall lift\"");
	assert_says(answer->out, "\"state\":\"lifted\"");
	see("198.18.0", 1, 1, 1, LISTED);
	case_of("198.18.0.1", number);
	assert_state(number, "noticed");
}

/* A router's clock was wrong: the filters that rest on it are lifted. */
static void
an_exporter_proves_wrong(void **state)
{
	const struct answer *answer;
	char number[NUMBER_SIZE];

	(void)state;
	see("198.18.0", 11, 3, 3, FLOOD);
	case_of("198.18.0.11", number);
	answer = lazaret("ann", "case", "show", number, "--json", NULL);
	assert_says(answer->out, "\"measure\":\"filter\",\"action\":\"on\"");
	answer = lazaret("bob", "recall", "--exporter", "203.0.113.1",
			 "--since", "2020-01-01T00:00:00Z", "--reason",
			 "its clock was wrong", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "3 measures in force");
	answer = lazaret("ann", "recall", "approve", "2", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "3 measures lifted");
	answer = lazaret("ann", "case", "show", number, "--json", NULL);
	assert_says(answer->out, "\"measure\":\"filter\",\"action\":\"off\"");
}

static void
a_proposal_is_dropped(void **state)
{
	const struct answer *answer;

	(void)state;
	answer = lazaret("ann", "recall", "--detector", "scan/1", "--since",
			 "2020-01-01T00:00:00Z", "--reason", "looks odd", NULL);
	assert_code(answer, 0);
	assert_code(lazaret("ann", "recall", "drop", "3", NULL), 0);
	answer = lazaret("bob", "recall", "approve", "3", NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "it doesn't wait for anybody");
	answer = lazaret("ann", "recall", "list", NULL);
	assert_says(answer->out, "dropped");
	assert_code(lazaret("ann", "recall", "show", "99", NULL), 1);
	assert_code(lazaret("ann", "recall", "--indicator", "c2.example",
			    "--since", "2020-01-01T00:00:00Z", "--reason", "x",
			    NULL),
		    2);
	assert_code(lazaret("ann", "recall", NULL), 2);
}

/* ------------------------------------------------------------------- kills */

/* Where the newest recall stands, by the store itself. */
static int
see_recall(void *context, const struct store_recall *recall)
{
	struct store_recall *kept = context;

	*kept = *recall;
	kept->reason = NULL;
	return 0;
}

static struct store_recall
newest(void)
{
	char path[RUNNING_PATH_SIZE + 32], message[STORE_MESSAGE_SIZE];
	struct store_recall recall = {.id = 0};
	struct store *store;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", desk.state);
	assert_int_equal(store_open_reader(path, &sql_desk, &store, message),
			 0);
	assert_int_equal(recall_store_list(store, see_recall, &recall), 0);
	store_close(store);
	return recall;
}

static bool
is_done(void *context)
{
	(void)context;
	return newest().state == RECALL_DONE;
}

/* Approved, and further than so many sightings. */
static bool
is_further(void *context)
{
	const struct store_recall recall = newest();

	return recall.state == RECALL_DONE ||
	       (recall.state == RECALL_RUNNING &&
		recall.sightings >= *(const uint64_t *)context);
}

/* Killed at any moment, a recall takes back each sighting once, all of them,
 * and corrects each notice once. */
static void
kills_lose_nothing(void **state)
{
	struct store_recall recall;
	unsigned corrected = mails_with(CORRECTION_WORDS);
	pid_t pid = running_role(&desk, "desk");
	int status;
	pid_t approving;

	(void)state;
	see("198.18.1", 1, 100, MANY, SCAN);
	assert_code(lazaret("ann", "recall", "--detector", "scan/1", "--since",
			    "2020-01-01T00:00:00Z", "--reason", "it is wrong",
			    NULL),
		    0);
	approving = fork();
	assert_true(approving >= 0);
	if (approving == 0) {
		lazaret("bob", "recall", "approve", "4", NULL);
		_exit(0);
	}
	for (uint64_t n = 0; n < KILLS; n++) {
		uint64_t until = n * MANY / (KILLS + 2);

		assert_true(
		    running_until(is_further, &until, RUNNING_DEADLINE_MS));
		if (newest().state == RECALL_DONE)
			break;
		kill(pid, SIGKILL);
		pid = running_wait_role(&desk, "desk", pid);
	}
	assert_true(running_until(is_done, NULL, 3 * RUNNING_DEADLINE_MS));
	kill(approving, SIGKILL);
	waitpid(approving, &status, 0);
	recall = newest();
	/* With those of the tests before that scanned. */
	assert_true(recall.sightings >= MANY && recall.sightings <= MANY + 10);
	assert_true(recall.corrected >= 100 && recall.corrected <= 110);
	wait_mails(CORRECTION_WORDS, corrected + (unsigned)recall.corrected);
	assert_int_equal(mails_with(CORRECTION_WORDS),
			 corrected + (unsigned)recall.corrected);
	assert_code(lazaret("ann", "recall", "lift", "4", NULL), 0);
}

/* ----------------------------------------------------------------- persons */

static void
orders_need_security_and_two(void **state)
{
	const struct answer *answer;
	char number[NUMBER_SIZE];

	(void)state;
	see("198.18.2", 1, 1, 1, SCAN);
	case_of("198.18.2.1", number);
	answer = lazaret("ann", "case", "order", number, "--measure", "garden",
			 "--reason-code", "copyright", "--reason",
			 "a complaint", NULL);
	assert_code(answer, 1);
	assert_says(answer->err, REASON_REFUSED_TEXT);
	assert_code(lazaret("ann", "case", "order", number, "--measure",
			    "filter", "--reason-code", "infected", "--reason",
			    "x", NULL),
		    2);
	answer = lazaret("ann", "case", "order", number, "--measure", "block",
			 "--reason-code", "infected", "--reason", "seen by us",
			 NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "waits for a second person");
	answer = lazaret("ann", "case", "show", number, NULL);
	assert_says(answer->out, "waits for  a second person");
	assert_says(answer->out, "first said root (uid 0) for ann");
	answer = lazaret("ann", "case", "list", NULL);
	assert_says(answer->out, "a second person");
	answer = lazaret("ann", "case", "order", number, "--measure", "block",
			 "--reason-code", "infected", "--reason", "again",
			 NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "second person");
	answer = lazaret("bob", "case", "order", number, "--measure", "block",
			 "--reason-code", "infected", "--reason", "yes", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "to quarantined");
	answer = lazaret("ann", "case", "show", number, "--json", NULL);
	assert_says(answer->out, "\"measure\":\"block\",\"action\":\"on\"");
}

static void
an_objection_is_granted(void **state)
{
	const unsigned corrected = mails_with(CORRECTION_WORDS);
	const struct answer *answer;
	char number[NUMBER_SIZE];

	(void)state;
	case_of("198.18.2.1", number);
	assert_code(lazaret("ann", "case", "answer", number, "--grant",
			    "--reason", "x", NULL),
		    1);
	answer = lazaret("ann", "case", "object", number, "--reason",
			 "they run a scanner for us", NULL);
	assert_code(answer, 0);
	answer = lazaret("ann", "case", "list", NULL);
	assert_says(answer->out, "an answer to the objection by ");
	assert_code(lazaret("ann", "case", "answer", number, "--reason", "x",
			    NULL),
		    2);
	answer = lazaret("bob", "case", "answer", number, "--grant", "--reason",
			 "they do", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "to dismissed");
	assert_state(number, "dismissed");
	answer = lazaret("ann", "case", "show", number, "--json", NULL);
	assert_says(answer->out, "\"measure\":\"block\",\"action\":\"off\"");
	wait_mails(CORRECTION_WORDS, corrected + 1);
	assert_int_equal(mails_with("You told us that this was a mistake"), 1);
}

static void
the_stop_switch_stops_all(void **state)
{
	const struct answer *answer;
	char number[NUMBER_SIZE];

	(void)state;
	assert_code(lazaret("ann", "policy", "stop", NULL), 2);
	answer = lazaret("ann", "policy", "stop", "--reason",
			 "something is wrong", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "no notice goes out and no measure begins");
	see("198.18.2", 2, 1, 1, SCAN);
	case_of("198.18.2.2", number);
	assert_state(number, "open");
	answer = lazaret("ann", "case", "list", NULL);
	assert_says(answer->err, "nobody is told: root (uid 0) for ann (uid "
				 "1001): something is wrong");
	/* A restart keeps it; what a person orders is no automation. */
	kill(running_role(&desk, "desk"), SIGKILL);
	see("198.18.2", 3, 1, 1, SCAN);
	case_of("198.18.2.3", number);
	assert_state(number, "open");
	answer = lazaret("ann", "policy", "go", "--reason", "it was nothing",
			 NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "waits for a second person");
	assert_says(lazaret("bob", "case", "list", NULL)->err,
		    "that it may go on (it was nothing): a second person");
	assert_code(lazaret("ann", "policy", "go", "--reason", "again", NULL),
		    1);
	answer = lazaret("bob", "policy", "go", "--reason", "agreed", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "automation goes on");
	see("198.18.2", 4, 1, 1, SCAN);
	case_of("198.18.2.4", number);
	assert_state(number, "noticed");
}

static void
two_cases_become_one_and_two_again(void **state)
{
	char from[NUMBER_SIZE], into[NUMBER_SIZE], id[33];
	const struct answer *answer;

	(void)state;
	see("198.18.2", 11, 2, 4, SCAN);
	case_of("198.18.2.11", from);
	case_of("198.18.2.12", into);
	assert_code(lazaret("ann", "case", "object", from, NULL), 0);
	answer = lazaret("ann", "case", "merge", from, into, NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "an objection waits: answer it first");
	assert_code(lazaret("ann", "case", "answer", from, "--refuse",
			    "--reason", "we saw it", NULL),
		    0);
	answer = lazaret("ann", "case", "merge", from, into, "--reason",
			 "one household", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, into);
	assert_state(from, "merged");
	answer = lazaret("ann", "case", "show", into, "--json", NULL);
	assert_says(answer->out, "\"address\":\"198.18.2.11\"");
	assert_says(answer->out, "\"address\":\"198.18.2.12\"");
	/* What is seen of the first goes to the other now. */
	see("198.18.2", 11, 1, 1, LISTED);
	answer = lazaret("ann", "case", "show", into, "--json", NULL);
	assert_says(answer->out, "\"class\":\"infected-system\"");
	assert_code(lazaret("ann", "case", "merge", from, into, NULL), 1);
	answer = lazaret("ann", "case", "split", into, "--class",
			 "infected-system", "--to", "new", "--reason",
			 "a guest's", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "1 sighting went to split:");
	answer = lazaret("ann", "case", "list", "--all", NULL);
	assert_says(answer->out, "split:");
	answer = lazaret("ann", "case", "show", into, "--json", NULL);
	value_of(answer->out, "id", id, sizeof(id));
	answer = lazaret("ann", "case", "split", into, "--sightings", id,
			 "--to", from, NULL);
	assert_code(answer, 0);
	assert_code(lazaret("ann", "case", "split", into, "--class", "spam",
			    "--to", "new", NULL),
		    1);
	assert_code(lazaret("ann", "case", "split", into, "--to", "new", NULL),
		    2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_proves_wrong),
	    cmocka_unit_test(an_exporter_proves_wrong),
	    cmocka_unit_test(a_proposal_is_dropped),
	    cmocka_unit_test(kills_lose_nothing),
	    cmocka_unit_test(orders_need_security_and_two),
	    cmocka_unit_test(an_objection_is_granted),
	    cmocka_unit_test(the_stop_switch_stops_all),
	    cmocka_unit_test(two_cases_become_one_and_two_again),
	};

	if (geteuid() != 0) {
		puts("two persons are told apart behind root alone");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
