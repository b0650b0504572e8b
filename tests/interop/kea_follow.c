/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows a lease file of Kea's and says what it heard, for kea_test.py.
 *
 *   kea_follow PATH PLACE
 *
 * For each line on standard input it reads all that is there: an object a line
 * for each event and refusal, then {"caught_up":true,...} with the counts.  PLACE
 * keeps where it is, so that the next run goes on there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "crypto/sha256.h"
#include "lease/kea.h"
#include "role/tail.h"

#define LINE_SIZE 4096

struct follower {
	struct kea kea;
	const char *place_path;
	uint64_t events, refused;
};

static void
print_line(const struct text *text)
{
	if (text->full || puts(text->at) < 0)
		_exit(3);
}

static void
say_event(void *context, const struct lease_event *event)
{
	struct follower *follower = context;
	char line[LINE_SIZE], subject[SUBJECT_TEXT_SIZE];
	struct json_writer json;
	struct text text;

	follower->events++;
	text_init(&text, subject, sizeof(subject));
	subject_format(&text, &event->subjects[0].subject);
	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_string(&json, "subject", subject);
	json_string(&json, "holder", event->holder);
	json_string(&json, "session", event->session);
	json_i64(&json, "at", event->at.us / TIMES_SECOND_US);
	json_i64(&json, "start", event->start.us / TIMES_SECOND_US);
	json_i64(&json, "end", event->end.us / TIMES_SECOND_US);
	json_bool(&json, "released", event->marks & LEASE_END_INFERRED);
	json_close_object(&json);
	print_line(&text);
}

static void
say_refused(void *context, uint64_t offset, const char *reason)
{
	struct follower *follower = context;
	char line[LINE_SIZE];
	struct json_writer json;
	struct text text;

	follower->refused++;
	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_string(&json, "refused", reason);
	json_u64(&json, "offset", offset);
	json_close_object(&json);
	print_line(&text);
}

static int64_t
now_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		_exit(3);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

static void
keep_place(const struct follower *follower, const struct tail_place *place)
{
	int fd = open(follower->place_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, place, sizeof(*place)) != sizeof(*place) ||
	    close(fd) != 0)
		_exit(3);
}

static int
take_chunk(void *context, const struct tail_chunk *chunk)
{
	struct follower *follower = context;
	const struct lease_output output = {say_event, say_refused, follower};
	const struct lease_chunk lease = {
	    .header = chunk->header,
	    .bytes = chunk->bytes,
	    .offset = chunk->offset,
	    .arrival = {now_us()},
	    .end = chunk->last,
	};

	if (kea_feed(&follower->kea, &lease, &output) != chunk->bytes.length)
		_exit(4);
	keep_place(follower, &chunk->after);
	return 0;
}

static void
say_caught_up(const struct follower *follower, const struct tail *tail)
{
	const struct tail_counts counts = tail_counts(tail);

	printf("{\"caught_up\":true,\"events\":%llu,\"refused\":%llu,"
	       "\"rotated\":%llu,\"rewritten\":%llu,\"vanished\":%llu,"
	       "\"torn\":%llu}\n",
	       (unsigned long long)follower->events,
	       (unsigned long long)follower->refused,
	       (unsigned long long)counts.rotated,
	       (unsigned long long)counts.rewritten,
	       (unsigned long long)counts.vanished,
	       (unsigned long long)counts.torn);
	fflush(stdout);
}

static bool
read_place(const char *path, struct tail_place *place)
{
	int fd = open(path, O_RDONLY);
	bool whole;

	if (fd < 0)
		return false;
	whole = read(fd, place, sizeof(*place)) == sizeof(*place);
	close(fd);
	return whole;
}

int
main(int argc, char **argv)
{
	struct tail_conf conf = {
	    .cut = tail_cut_lines,
	    .older = {".2", ".completed", ".1"},
	    .older_count = 3,
	};
	struct follower follower = {.events = 0};
	struct tail_place place;
	struct tail *tail;
	char line[64];
	int answer;

	if (argc != 3 || crypto_init() != 0)
		return 2;
	conf.path = argv[1];
	follower.place_path = argv[2];
	kea_init(&follower.kea, LEASE_BY_LINE, 0, 0);
	tail = tail_new(&conf, read_place(argv[2], &place) ? &place : NULL);
	if (!tail)
		return 3;
	while (fgets(line, sizeof(line), stdin)) {
		while ((answer = tail_step(tail, take_chunk, &follower)) == 1)
			;
		if (answer < 0) {
			fprintf(stderr, "%s: %s\n", conf.path,
				lz_strerror(answer));
			return 3;
		}
		say_caught_up(&follower, tail);
	}
	tail_free(tail);
	return 0;
}
