/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret case` and `lazaret explain` as a person uses them: against a running
 * desk whose sightings the test hands over as a sensor would, and against one
 * that isn't running.  Notices are live (nobody delivers them), measures shadow.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pty.h>
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
#include <sqlite3.h>

#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "role/command_send.h"
#include "spool/spool.h"
#include "unit/role/running.h"

#define LINES 16 /* accounts: 198.18.0.1 .. */
#define STRANGER "198.18.9.9"
#define OUTPUT_SIZE (256u << 10)
#define NUMBER_SIZE 17

static struct running desk; /* one for all tests, a line of its own each */
static const char *const desk_alone[] = {"desk", NULL};
static uid_t as_user; /* who runs the commands; 0: the caller */
static gid_t as_group;

/* ------------------------------------------------------------ the program */

struct answer {
	int code;
	char out[OUTPUT_SIZE], err[8192];
};

static pid_t
begin(const char *const *words, const char *out, const char *err)
{
	char program[512], programs[RUNNING_PATH_SIZE];
	char *arguments[16] = {program};
	size_t count = 1;
	pid_t pid;

	if (as_user)
		running_programs(&desk, programs);
	snprintf(program, sizeof(program), "%s/lazaret",
		 as_user ? programs : getenv("LAZARET_BUILD"));
	for (; words[count - 1]; count++)
		arguments[count] = (char *)(uintptr_t)words[count - 1];
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	setenv("LAZARET_CONFIG", desk.conf, 1);
	umask(0077); /* the desk must be able to read what is ordered */
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
	dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
	if (as_user && (setgroups(0, NULL) != 0 || setgid(as_group) != 0 ||
			setuid(as_user) != 0))
		_exit(98);
	execv(program, arguments);
	_exit(98);
}

static int
end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
read_whole(const char *path, char *bytes, size_t size)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	bytes[fread(bytes, 1, size - 1, file)] = '\0';
	fclose(file);
}

/* Runs `lazaret WORDS...`, NULL-ended; the answer holds until the next one. */
static const struct answer *
lazaret(const char *first, ...)
{
	static struct answer answer;
	char out[RUNNING_PATH_SIZE], err[RUNNING_PATH_SIZE];
	const char *words[16] = {first};
	va_list list;

	va_start(list, first);
	for (size_t i = 1; words[i - 1]; i++)
		words[i] = va_arg(list, const char *);
	va_end(list);
	snprintf(out, sizeof(out), "%s/cmd.out", desk.folder);
	snprintf(err, sizeof(err), "%s/cmd.err", desk.folder);
	answer.code = end(begin(words, out, err));
	read_whole(out, answer.out, sizeof(answer.out));
	read_whole(err, answer.err, sizeof(answer.err));
	return &answer;
}

/* cmocka cuts long messages. */
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

enum shape { SCAN, FLOOD, WEAK };

static void
append(struct spool_writer *spool, const char *address, enum shape shape)
{
	struct sighting sighting = {.role = ROLE_INFECTED,
				    .proto = 17,
				    .peer_port = 80,
				    .marks = SIGHTING_HAS_PEER |
					     SIGHTING_HAS_PEER_PORT,
				    .lateness_us = 5 * TIMES_SECOND_US,
				    .samples = 1000};
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct writer writer;

	assert_int_equal(addr_parse(slice_of(address), &sighting.address), 0);
	assert_int_equal(addr_parse(slice_of("203.0.113.9"), &sighting.peer),
			 0);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.known.us = now_us();
	sighting.time.us = sighting.known.us - 10 * TIMES_SECOND_US;
	sighting.first = sighting.last = sighting.time;
	sighting.class = shape == FLOOD  ? RSIT_DDOS
			 : shape == SCAN ? RSIT_SCANNER
					 : RSIT_INFECTED_SYSTEM;
	sighting.weight_milli = shape == FLOOD  ? 6000
				: shape == SCAN ? 5000
						: 3000;
	if (shape == FLOOD)
		sighting.marks |= SIGHTING_FLOOD_LASTS;
	if (shape == WEAK)
		sighting.marks |= SIGHTING_ESTABLISHED;
	strcpy(sighting.origin, shape == WEAK ? "list:old-list" : "own-flow");
	strcpy(sighting.detector, shape == FLOOD  ? "flood.udp/1"
				  : shape == SCAN ? "scan/1"
						  : "contact/1");
	sighting_seal(&sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, &sighting);
	assert_int_equal(spool_writer_append(spool, bytes, writer.length, NULL),
			 0);
}

static uint64_t
taken(const char *spool)
{
	char path[RUNNING_PATH_SIZE + 32];
	uint64_t sequence = 0;

	snprintf(path, sizeof(path), "%s/desk/ack.%s", desk.state, spool);
	/* Both slots can be met half written. */
	if (spool_watermark_read(path, &sequence) != 0)
		return 0;
	return sequence;
}

static bool
is_taken(void *context)
{
	return taken("sensor") >= *(const uint64_t *)context;
}

/* What the lines do: scan, flood, or meet an address on an old list. */
static void
see_everything(void)
{
	char path[RUNNING_PATH_SIZE + 32], address[32];
	struct spool_writer *spool;
	uint64_t last;

	snprintf(path, sizeof(path), "%s/sensor/spool", desk.state);
	assert_true(mkdir(path, 0750) == 0 || errno == EEXIST);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	for (unsigned i = 1; i <= LINES; i++) {
		snprintf(address, sizeof(address), "198.18.0.%u", i);
		append(spool, address,
		       i % 4 == 0       ? FLOOD
		       : i == LINES - 1 ? WEAK
					: SCAN);
	}
	append(spool, STRANGER, SCAN);
	assert_int_equal(spool_writer_sync(spool), 0);
	last = spool_writer_last(spool);
	spool_writer_close(spool);
	assert_true(running_until(is_taken, &last, RUNNING_DEADLINE_MS));
}

static void
configure(const char *mode)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "bindings: [ { csv: b.csv } ]\n%s"
		 "notice: { operator: Example Net, from: abuse@isp.example, "
		 "phone: \"+1 555 0100\", maildir: mail }\n",
		 mode);
	running_configure(&desk, text);
}

static int
begin_all(void **state)
{
	char text[2048], *at = text;

	(void)state;
	running_init(&desk);
	configure("mode: live\nlive: [notice]\n");
	at += sprintf(at, "address,port_first,port_last,party,start,end\n");
	for (unsigned i = 1; i <= LINES; i++)
		at += sprintf(at,
			      "198.18.0.%u,,,acct-%u,2020-01-01T00:00:00Z,\n",
			      i, i);
	running_write(&desk, "b.csv", text);
	running_start(&desk, desk_alone);
	running_wait_ready(&desk, "desk");
	see_everything();
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	running_fini(&desk);
	return 0;
}

/* ----------------------------------------------------------------- finding */

/* The next case number behind *at in JSON lines of kind case. */
static bool
next_case(const char **at, char number[NUMBER_SIZE])
{
	const char *found = strstr(*at, "\"case\":\"");

	if (!found)
		return false;
	memcpy(number, found + 8, NUMBER_SIZE - 1);
	number[NUMBER_SIZE - 1] = '\0';
	*at = found + 8;
	return true;
}

/* The number of the case that rests on an address. */
static void
case_of(const char *address, char number[NUMBER_SIZE])
{
	char *list = strdup(
	    lazaret("case", "list", "--all", "--json", (const char *)NULL)
		->out);
	const char *at = list;
	char wanted[64];
	bool found = false;

	snprintf(wanted, sizeof(wanted), "\"address\":\"%s\"", address);
	while (!found && next_case(&at, number))
		found = strstr(lazaret("case", "show", number, "--json",
				       (const char *)NULL)
				   ->out,
			       wanted);
	free(list);
	assert_true(found);
}

static void
case_of_line(unsigned line, char number[NUMBER_SIZE])
{
	char address[32];

	snprintf(address, sizeof(address), "198.18.0.%u", line);
	case_of(address, number);
}

/* The value of a string in JSON, from the first line that has the key. */
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

static void
assert_state(const char *number, const char *state)
{
	char is[32];

	value_of(
	    lazaret("case", "show", number, "--json", (const char *)NULL)->out,
	    "state", is, sizeof(is));
	assert_string_equal(is, state);
}

static unsigned
count_of(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

/* ----------------------------------------------------------- list and show */

static void
lists(void **state)
{
	const struct answer *answer;

	(void)state;
	answer = lazaret("case", "list", "--all", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "CASE              STATE");
	assert_says(answer->out, "noticed");
	assert_says(answer->out, "addr:" STRANGER);
	assert_null(strstr(answer->out, "acct-"));
	assert_int_equal(count_of(answer->out, "\n"), LINES + 2);
	answer = lazaret("case", "list", "--all", "--json", NULL);
	assert_int_equal(count_of(answer->out, "{\"v\":1,\"kind\":\"case\","),
			 LINES + 1);
	assert_null(strstr(answer->out, "acct-"));
	answer = lazaret("case", "list", "--json", "--state", "watching", NULL);
	assert_says(answer->out, "\"classes\":[\"infected-system\"]");
	assert_null(strstr(answer->out, "\"state\":\"noticed\""));
	answer = lazaret("case", "list", "--state", "closed", NULL);
	assert_code(answer, 0);
	assert_string_equal(answer->out, "no case\n");
	answer = lazaret("case", "list", "--state", "sleeping", NULL);
	assert_code(answer, 2);
	assert_says(answer->err, "no state 'sleeping'");
}

static void
shows(void **state)
{
	char number[NUMBER_SIZE], prefix[9], code[32], party[32];
	const struct answer *answer;

	(void)state;
	case_of_line(4, number);
	answer = lazaret("case", "show", number, "--json", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "\"kind\":\"sighting\"");
	assert_says(answer->out, "\"channel\":\"maildir\",\"step\":1");
	assert_says(answer->out, "\"measure\":\"filter\",\"action\":\"would\","
				 "\"target\":\"198.18.0.4 > 203.0.113.9:80/"
				 "udp\"");
	value_of(answer->out, "code", code, sizeof(code));
	value_of(answer->out, "party", party, sizeof(party));
	answer = lazaret("case", "show", number, NULL);
	assert_says(answer->out, "noticed: the party was told");
	assert_says(answer->out, "would be set (shadow)");
	assert_says(answer->out, code);
	assert_says(answer->out, "Z  ddos from 198.18.0.4 to "
				 "203.0.113.9:80/udp, said by own-flow");
	answer = lazaret("case", "show", number, "--zone", "+05:30", NULL);
	assert_says(answer->out, "+05:30  ddos from 198.18.0.4");
	/* The same case by other names. */
	memcpy(prefix, number, 8);
	prefix[8] = '\0';
	assert_says(lazaret("case", "show", prefix, NULL)->out, number);
	assert_says(lazaret("case", "show", code, NULL)->out, number);
	assert_says(lazaret("case", "show", party, NULL)->out, number);
	answer = lazaret("case", "show", "addr:" STRANGER, NULL);
	assert_says(answer->out, "addr:" STRANGER);
	code[strlen(code) - 1] ^= 1;
	assert_code(lazaret("case", "show", code, NULL), 2);
}

static void
finds_nothing(void **state)
{
	const struct answer *answer;

	(void)state;
	answer = lazaret("case", "show", "0123456789abcdef", NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "there is no case '0123456789abcdef'");
	assert_says(answer->err, "case list --all");
	answer = lazaret("case", "hold", "0123456789abcdef", "--reason", "x",
			 NULL);
	assert_code(answer, 1);
	answer = lazaret("explain", "0123456789abcdef", NULL);
	assert_code(answer, 1);
	assert_code(lazaret("case", "show", "abc", NULL), 2);
	assert_code(lazaret("case", "show", "acct-4", NULL), 2);
	assert_code(lazaret("case", "show", NULL), 2);
	assert_code(lazaret("case", NULL), 2);
	assert_code(lazaret("case", "burn", "1234", NULL), 2);
	assert_code(lazaret("explain", NULL), 2);
}

/* -------------------------------------------------------------------- acts */

static void
holds_and_resumes(void **state)
{
	char number[NUMBER_SIZE];
	const struct answer *answer;

	(void)state;
	case_of_line(1, number);
	answer = lazaret("case", "hold", number, "--reason", "calls at ten",
			 NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "hold: done, from noticed to held");
	assert_state(number, "held");
	answer = lazaret("case", "hold", number, "--reason", "again", NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "refused: it can't happen in this state (it "
				 "is held)");
	answer = lazaret("explain", number, NULL);
	assert_says(answer->out, "): calls at ten");
	assert_says(answer->out, "now held: automation is stopped");
	assert_says(answer->out, "(it was noticed)");
	answer = lazaret("case", "resume", number, "--json", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "\"kind\":\"result\"");
	assert_says(answer->out, "\"act\":\"resume\"");
	assert_says(answer->out, "(uid ");
	assert_says(answer->out, "\"outcome\":\"done\",\"from\":\"held\","
				 "\"state\":\"noticed\"");
	assert_state(number, "noticed");
}

static void
releases(void **state)
{
	char number[NUMBER_SIZE];
	const struct answer *answer;

	(void)state;
	case_of_line(8, number);
	answer = lazaret("case", "release", number, NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "from noticed to probation, 1 measure lifted");
	answer = lazaret("case", "show", number, "--json", NULL);
	assert_says(answer->out, "\"action\":\"off\"");
	answer = lazaret("case", "release", number, "--json", NULL);
	assert_code(answer, 1);
	assert_says(answer->out, "\"outcome\":\"refused\"");
	assert_says(answer->out, "nothing that this release could lift");
}

static void
dismisses(void **state)
{
	char number[NUMBER_SIZE];
	const struct answer *answer;

	(void)state;
	case_of_line(2, number);
	answer = lazaret("case", "dismiss", number, "--reason",
			 "ein Pr\303\274fger\303\244t", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "from noticed to dismissed");
	assert_null(strstr(lazaret("case", "list", NULL)->out, number));
	assert_says(lazaret("case", "list", "--all", NULL)->out, number);
	answer = lazaret("explain", number, NULL);
	assert_says(answer->out, "Pr\303\274fger\303\244t");
	assert_says(answer->out, "a person said it was a false alarm");
}

static void
wants_reasons(void **state)
{
	char number[NUMBER_SIZE], longest[120];
	const struct answer *answer;

	(void)state;
	case_of_line(3, number);
	memset(longest, 'x', sizeof(longest));
	longest[96] = '\0';
	answer = lazaret("case", "dismiss", number, NULL);
	assert_code(answer, 2);
	assert_says(answer->err, "--reason TEXT is needed");
	assert_code(lazaret("case", "hold", number, NULL), 2);
	assert_code(lazaret("case", "hold", number, "--reason", " ", NULL), 2);
	answer = lazaret("case", "hold", number, "--reason", "a\x1b[2J", NULL);
	assert_code(answer, 2);
	assert_says(answer->err, "control characters");
	answer = lazaret("case", "hold", number, "--reason", longest, NULL);
	assert_code(answer, 2);
	longest[95] = '\0';
	assert_code(lazaret("case", "hold", number, "--reason", longest, NULL),
		    0);
	assert_state(number, "held");
}

static void
does_several_at_once(void **state)
{
	static const unsigned lines[] = {5, 6, 7, 9, 10};
	enum { COUNT = sizeof(lines) / sizeof(lines[0]) };
	char number[COUNT][NUMBER_SIZE], out[RUNNING_PATH_SIZE + 8];
	pid_t pid[COUNT];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		case_of_line(lines[i], number[i]);
	for (unsigned i = 0; i < COUNT; i++) {
		const char *words[] = {"case",     "hold",    number[i],
				       "--reason", "at once", NULL};

		snprintf(out, sizeof(out), "%s/at-once.%u", desk.folder, i);
		pid[i] = begin(words, out, out);
	}
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(end(pid[i]), 0);
	for (unsigned i = 0; i < COUNT; i++)
		assert_state(number[i], "held");
}

static void
releases_all(void **state)
{
	const struct answer *answer;

	(void)state;
	answer = lazaret("case", "release", "--all", "--yes", NULL);
	assert_code(answer, 0);
	/* 12 and 16: 4 and 8 are other tests', both may be among them. */
	assert_true(count_of(answer->out, "1 measure lifted") >= 2);
	answer = lazaret("case", "release", "--all", NULL);
	assert_code(answer, 0);
	assert_string_equal(answer->out,
			    "release: no case is under a measure\n");
	assert_code(lazaret("case", "release", "--all", "1234", NULL), 2);
	assert_code(lazaret("case", "dismiss", "--all", "--reason", "x", NULL),
		    2);
}

/* The state of all subscribers isn't anybody's. */
static void
is_for_those_who_may(void **state)
{
	char number[NUMBER_SIZE];
	const struct answer *answer;

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: another user is left out\n");
		return;
	}
	case_of_line(13, number);
	as_user = as_group = 65534;
	answer = lazaret("case", "list", NULL);
	assert_code(answer, 5);
	assert_says(answer->err, "run it as root or as a member");
	answer = lazaret("case", "release", "--all", "--yes", NULL);
	assert_code(answer, 5);
	/* Members of the roles' group read, and order nothing. */
	as_group = 61000;
	assert_code(lazaret("case", "list", NULL), 0);
	assert_code(lazaret("explain", number, "--again", NULL), 0);
	answer = lazaret("case", "hold", number, "--reason", "x", NULL);
	assert_code(answer, 5);
	assert_says(answer->err, "nothing was ordered");
	as_user = 0;
	assert_state(number, "noticed");
}

/* ----------------------------------------------------------------- explain */

static void
explains(void **state)
{
	char number[NUMBER_SIZE];
	const struct answer *answer;

	(void)state;
	case_of_line(12, number);
	answer = lazaret("explain", number, NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "#1 ");
	assert_says(answer->out, "seen: ddos from 198.18.0.12");
	assert_says(answer->out, "whose it is: certain");
	assert_says(answer->out, "under policy ");
	assert_says(answer->out, "a new case, noticed, score 6.000: the "
				 "evidence is enough for a notice "
				 "(enough-for-notice)");
	assert_says(answer->out, "notice 1 is sent");
	assert_says(answer->out, "would be set until");
	assert_says(answer->out, "now ");
	assert_null(strstr(answer->out, "acct-"));
	/* What it rests on, and how each counts. */
	assert_says(answer->out, "score 6.000 (a notice needs 5.000, a "
				 "measure 11.000)");
	assert_says(answer->out, "counts 6.000 (the strongest, in full); can "
				 "lead to a notice and to a measure");
	assert_says(answer->out, "    ddos: 1 time, ");
	assert_says(answer->out, "    certain: 1 sighting, ");
	assert_says(answer->out, "    [x] notice by whichever channel");
	assert_says(answer->out, "no legal basis is recorded in the policy");
	assert_says(answer->out, "    without what own-flow said (1): it would "
				 "not have been told; no attack would have "
				 "been filtered");
	assert_says(answer->out, "    the same: ");
	assert_null(strstr(answer->out, "this program comes to other"));
	answer = lazaret("explain", number, "--json", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "\"kind\":\"weighed\"");
	assert_says(answer->out, "\"kind\":\"ladder\"");
	assert_says(answer->out, "\"what\":\"without-origin\"");
	assert_says(answer->out, "\"words\":\"it would not have been told");
	assert_says(answer->out, "\"kind\":\"event\"");
	assert_says(answer->out, "\"row\":\"enough-for-notice\"");
	assert_says(answer->out, "\"action\":\"on\",\"would\":true,"
				 "\"measure\":\"filter\"");
	assert_says(answer->out, "\"kind\":\"case\"");
}

static void
explains_again(void **state)
{
	const char *at;
	char number[NUMBER_SIZE], *list;
	unsigned count = 0;

	(void)state;
	list = strdup(lazaret("case", "list", "--all", "--json", NULL)->out);
	for (at = list; next_case(&at, number); count++) {
		const struct answer *answer = lazaret("explain", number,
						      "--again", NULL);

		assert_code(answer, 0);
		assert_says(answer->out, " events: the same\n");
	}
	free(list);
	assert_int_equal(count, LINES + 1);
	case_of_line(2, number);
	assert_says(lazaret("explain", number, "--again", "--json", NULL)->out,
		    "\"events\":2,\"differences\":0,\"same_record\":true");
}

/* ------------------------------------------------------------ not as usual */

static struct conf *
conf_of_desk(void)
{
	static struct conf_errors errors;
	struct conf *conf;

	assert_int_equal(conf_read(desk.conf, &conf, &errors), 0);
	return conf;
}

static uint64_t
number_of(const char *digits)
{
	return strtoull(digits, NULL, 16);
}

static bool
is_ordered(void *context)
{
	return taken("command") >= *(const uint64_t *)context;
}

/* A desk that stands still: the order is durable, and done later. */
static void
waits_for_the_desk(void **state)
{
	struct command command = {.act = CASE_EVENT_HOLD,
				  .time = {now_us()},
				  .actor = "test",
				  .reason = "later"};
	const pid_t pid = running_role(&desk, "desk");
	struct conf *conf = conf_of_desk();
	char number[NUMBER_SIZE];
	uint64_t sequence = 0;

	(void)state;
	case_of_line(11, number);
	command.case_id = number_of(number);
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(command_send(conf, &command,
				      (struct command_wait){1000, 100},
				      &sequence),
			 -ETIMEDOUT);
	assert_true(sequence > 0);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_true(running_until(is_ordered, &sequence, RUNNING_DEADLINE_MS));
	assert_state(number, "held");
	conf_free(conf);
}

static void
waits_for_its_turn(void **state)
{
	struct command command = {.act = CASE_EVENT_HOLD,
				  .time = {now_us()},
				  .reason = "now"};
	struct conf *conf = conf_of_desk();
	char path[RUNNING_PATH_SIZE + 32];
	struct spool_writer *other;
	uint64_t sequence = 0, before;

	(void)state;
	snprintf(path, sizeof(path), "%s/command/spool", desk.state);
	assert_int_equal(spool_writer_open(path, &other), 0);
	before = spool_writer_last(other);
	assert_int_equal(command_send(conf, &command,
				      (struct command_wait){50, 100},
				      &sequence),
			 LZ_E_EXISTS);
	assert_int_equal(sequence, 0);
	spool_writer_close(other);
	assert_int_equal(spool_writer_open(path, &other), 0);
	assert_int_equal(spool_writer_last(other), before);
	spool_writer_close(other);
	conf_free(conf);
}

/* Asked on a terminal: no is no. */
static void
asks_before_all(void **state)
{
	char program[512], said[4096];
	const uint64_t before = taken("command");
	size_t length = 0;
	int terminal, status;
	ssize_t n;
	pid_t pid;

	(void)state;
	snprintf(program, sizeof(program), "%s/lazaret",
		 getenv("LAZARET_BUILD"));
	pid = forkpty(&terminal, NULL, NULL, NULL);
	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("LAZARET_CONFIG", desk.conf, 1);
		execl(program, "lazaret", "case", "release", "--all",
		      (char *)NULL);
		_exit(98);
	}
	assert_int_equal(write(terminal, "n\n", 2), 2);
	while (length < sizeof(said) - 1 &&
	       (n = read(terminal, said + length, sizeof(said) - 1 - length)) >
		   0)
		length += (size_t)n;
	said[length] = '\0';
	close(terminal);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_says(said, "Go on? [y/N]");
	assert_says(said, "nothing was ordered");
	assert_int_equal(taken("command"), before);
}

/* The desk starts anew under another policy; the case keeps its own. */
static void
keeps_the_policy(void **state)
{
	char number[NUMBER_SIZE];
	const struct answer *answer;

	(void)state;
	case_of_line(14, number);
	assert_int_equal(running_end(&desk, SIGTERM), 0);
	configure("");
	running_start(&desk, desk_alone);
	running_wait_said(&desk, "desk: ready", 2);
	answer = lazaret("case", "hold", number, "--reason", "new rules", NULL);
	assert_code(answer, 0);
	answer = lazaret("explain", number, NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "(live switches of ");
	answer = lazaret("explain", number, "--again", NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "re-run of 2 events: the same\n");
}

/* ---------------------------------------------------- with the desk stopped */

static void
store_change(const char *sql)
{
	char path[RUNNING_PATH_SIZE + 32], *error = NULL;
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", desk.state);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	assert_int_equal(sqlite3_changes(db) > 0, 1);
	sqlite3_close(db);
}

/* From here on nobody listens, and nothing is written. */
static void
says_that_nobody_listens(void **state)
{
	char number[NUMBER_SIZE], path[RUNNING_PATH_SIZE + 32];
	struct spool_writer *spool;
	const struct answer *answer;
	uint64_t before;

	(void)state;
	case_of_line(13, number);
	assert_int_equal(running_end(&desk, SIGTERM), 0);
	snprintf(path, sizeof(path), "%s/command/spool", desk.state);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	before = spool_writer_last(spool);
	spool_writer_close(spool);
	answer = lazaret("case", "hold", number, "--reason", "x", NULL);
	assert_code(answer, 5);
	assert_says(answer->err, "the desk isn't running");
	assert_says(answer->err, "nothing was ordered");
	assert_int_equal(spool_writer_open(path, &spool), 0);
	assert_int_equal(spool_writer_last(spool), before);
	spool_writer_close(spool);
	/* What is known can be read all the same. */
	assert_code(lazaret("case", "show", number, NULL), 0);
	assert_code(lazaret("explain", number, "--again", NULL), 0);
}

/* What is stored isn't what these steps make: each way is seen. */
static void
sees_differences(void **state)
{
	char number[NUMBER_SIZE], sql[256];
	const struct answer *answer;

	(void)state;
	case_of_line(12, number);
	snprintf(sql, sizeof(sql),
		 "UPDATE case_event SET row_name = 'seen', score_milli = 1 "
		 "WHERE case_id = %lld AND n = 1",
		 (long long)(int64_t)number_of(number));
	store_change(sql);
	answer = lazaret("explain", number, "--again", NULL);
	assert_code(answer, 1);
	assert_says(answer->out, "#1 (program ");
	assert_says(answer->out, "score was 0.001, is 6.000");
	assert_says(answer->out, "decided by seen, now by enough-for-notice");
	assert_says(answer->out, "1 differ\n");
	answer = lazaret("explain", number, "--again", "--json", NULL);
	assert_code(answer, 1);
	assert_says(answer->out, "\"differs\":[\"score\",\"row\"]");
	assert_says(answer->out, "\"differences\":1,\"same_record\":true");
	/* A step that no later program would write so. */
	snprintf(sql, sizeof(sql),
		 "UPDATE case_event SET body = x'00ff' WHERE case_id = %lld "
		 "AND n = 1",
		 (long long)(int64_t)number_of(number));
	store_change(sql);
	answer = lazaret("explain", number, NULL);
	assert_code(answer, 1);
	assert_says(answer->err, "step 1 can't be read");
	assert_says(answer->out, "now ");
}

/* The enforcer's word for a measure, as the desk would store it. */
static void
shows_what_devices_said(void **state)
{
	char number[NUMBER_SIZE], sql[256];
	const struct answer *answer;

	(void)state;
	case_of_line(16, number);
	assert_null(
	    strstr(lazaret("case", "show", number, NULL)->out, "devices"));
	snprintf(sql, sizeof(sql),
		 "INSERT INTO effect SELECT id, 1, 4, since_us, 'nftables', "
		 "'the set is full' FROM measure WHERE case_id = %lld",
		 (long long)(int64_t)number_of(number));
	store_change(sql);
	answer = lazaret("case", "show", number, NULL);
	assert_says(answer->out, "nftables, setting of filter of 198.18.0.16");
	assert_says(answer->out, ": refused: the set is full");
	answer = lazaret("explain", number, NULL);
	assert_says(answer->out, "the set is full");
	answer = lazaret("explain", number, "--json", NULL);
	assert_says(answer->out, "\"kind\":\"effect\"");
	assert_says(answer->out, "\"action\":\"on\",\"effect\":\"refused\","
				 "\"device\":\"nftables\",\"detail\":\"the "
				 "set is full\"}");
}

static void
says_what_is_erased(void **state)
{
	char number[NUMBER_SIZE], sql[128];
	const struct answer *answer;

	(void)state;
	case_of_line(10, number);
	snprintf(sql, sizeof(sql), "DELETE FROM sighting WHERE case_id = %lld",
		 (long long)(int64_t)number_of(number));
	store_change(sql);
	answer = lazaret("case", "show", number, NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "has been erased");
	assert_code(lazaret("explain", number, "--again", NULL), 0);
	/* Neither is a policy that isn't there any more an error. */
	case_of_line(9, number);
	store_change("DELETE FROM policy");
	answer = lazaret("explain", number, NULL);
	assert_code(answer, 0);
	assert_says(answer->out, "now held");
	answer = lazaret("explain", number, "--again", NULL);
	assert_code(answer, 1);
	assert_says(answer->out, "its policy isn't stored");
}

static void
says_that_it_never_ran(void **state)
{
	const struct answer *answer;

	(void)state;
	running_fini(&desk);
	running_init(&desk);
	running_configure(&desk, "");
	answer = lazaret("case", "list", NULL);
	assert_code(answer, 5);
	assert_says(answer->err, "`lazaret run` has not run");
	assert_code(lazaret("case", "release", "--all", "--yes", NULL), 5);
	assert_code(lazaret("explain", "1234", NULL), 5);
	running_write(&desk, "lazaret.yaml", "netwrk: {}\n");
	assert_code(lazaret("case", "list", NULL), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists),
	    cmocka_unit_test(shows),
	    cmocka_unit_test(finds_nothing),
	    cmocka_unit_test(explains),
	    cmocka_unit_test(holds_and_resumes),
	    cmocka_unit_test(releases),
	    cmocka_unit_test(dismisses),
	    cmocka_unit_test(wants_reasons),
	    cmocka_unit_test(does_several_at_once),
	    cmocka_unit_test(releases_all),
	    cmocka_unit_test(is_for_those_who_may),
	    cmocka_unit_test(waits_for_the_desk),
	    cmocka_unit_test(waits_for_its_turn),
	    cmocka_unit_test(explains_again),
	    cmocka_unit_test(asks_before_all),
	    cmocka_unit_test(keeps_the_policy),
	    cmocka_unit_test(says_that_nobody_listens),
	    cmocka_unit_test(sees_differences),
	    cmocka_unit_test(shows_what_devices_said),
	    cmocka_unit_test(says_what_is_erased),
	    cmocka_unit_test(says_that_it_never_ran),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
