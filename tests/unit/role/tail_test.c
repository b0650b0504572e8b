/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following a file: half records, rotation, truncation, restarts.  What the
 * sink hears must be what was written, each line once, in every case but those
 * that role/tail.h says can't be seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "role/tail.h"

#define HEARD_SIZE (1u << 20)

static char folder[64], path[96];

struct ear {
	size_t length, chunks, last;
	int refuse; /* answer this instead of taking the chunk */
	struct tail_place after;
	char header[64];
	char bytes[HEARD_SIZE];
};

static struct ear ear;

static int
hear(void *context, const struct tail_chunk *chunk)
{
	struct ear *to = context;

	if (to->refuse)
		return to->refuse;
	assert_true(chunk->bytes.length > 0 &&
		    chunk->bytes.length <= TAIL_CHUNK_MAX);
	assert_true(to->length + chunk->bytes.length < HEARD_SIZE);
	assert_int_equal(chunk->header.length == 0, chunk->offset == 0);
	memcpy(to->bytes + to->length, chunk->bytes.at, chunk->bytes.length);
	to->length += chunk->bytes.length;
	to->bytes[to->length] = '\0';
	(void)text_copy(to->header, sizeof(to->header), chunk->header);
	to->after = chunk->after;
	to->last += chunk->last;
	to->chunks++;
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&ear, 0, sizeof(ear));
	strcpy(folder, "/tmp/lz-tail-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"", ".1", ".2", ".gone"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", path, names[i]);
		(void)unlink(name);
	}
	return rmdir(folder);
}

static void
write_to(const char *name, int flags, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
append(const char *text)
{
	write_to(path, O_APPEND, text);
}

static void
move(const char *suffix)
{
	char name[128];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(rename(path, name), 0);
}

static struct tail *
begin(const struct tail_place *place)
{
	const struct tail_conf conf = {
	    .path = path,
	    .cut = tail_cut_lines,
	    .older = {".2", ".1"},
	    .older_count = 2,
	};
	struct tail *tail = tail_new(&conf, place);

	assert_non_null(tail);
	return tail;
}

/* Steps until there is nothing more to do. */
static void
steps(struct tail *tail)
{
	int answer;

	while ((answer = tail_step(tail, hear, &ear)) == 1)
		;
	assert_int_equal(answer, 0);
}

static void
expect(struct tail *tail, const char *text)
{
	steps(tail);
	assert_string_equal(ear.bytes, text);
	ear.length = 0;
	ear.bytes[0] = '\0';
}

static void
half_a_line_waits(void **state)
{
	struct tail *tail = begin(NULL);

	(void)state;
	expect(tail, ""); /* no file yet */
	append("one\ntwo\nthr");
	expect(tail, "one\ntwo\n");
	append("ee\n");
	expect(tail, "three\n");
	assert_int_equal(memcmp(ear.header, "one\n", 4), 0);
	expect(tail, "");
	tail_free(tail);
}

static void
a_renamed_file_is_read_to_its_end(void **state)
{
	struct tail *tail = begin(NULL);
	char old[128];

	(void)state;
	append("one\ntw");
	expect(tail, "one\n");
	append("o\nthree\n");
	move(".1");
	append("four\n");
	expect(tail, "two\nthree\nfour\n");
	/* Its writer hasn't noticed yet. */
	snprintf(old, sizeof(old), "%s.1", path);
	write_to(old, O_APPEND, "late\nhal");
	append("five\n");
	expect(tail, "late\nfive\n");
	assert_int_equal(tail_counts(tail).rotated, 1);
	/* Then nobody writes there any more: half a record is all there is. */
	for (size_t i = 0; i < TAIL_LINGER_STEPS; i++)
		steps(tail);
	assert_string_equal(ear.bytes, "hal");
	assert_int_equal(ear.last, 1);
	assert_int_equal(tail_counts(tail).torn, 1);
	tail_free(tail);
}

static void
deleted_while_open(void **state)
{
	struct tail *tail = begin(NULL);

	(void)state;
	append("one\n");
	expect(tail, "one\n");
	append("two\n");
	assert_int_equal(unlink(path), 0);
	append("three\n");
	expect(tail, "two\nthree\n");
	tail_free(tail);
}

static void
cut_in_place(void **state)
{
	struct tail *tail = begin(NULL);

	(void)state;
	append("one\ntwo\n");
	expect(tail, "one\ntwo\n");
	write_to(path, O_TRUNC, "six\n");
	expect(tail, "six\n");
	/* As long as before, and longer: its beginning tells. */
	write_to(path, O_TRUNC, "ten\n");
	expect(tail, "ten\n");
	write_to(path, O_TRUNC, "eleven\ntwelve\n");
	expect(tail, "eleven\ntwelve\n");
	assert_int_equal(tail_counts(tail).rewritten, 3);
	tail_free(tail);
}

static void
goes_on_after_a_restart(void **state)
{
	struct tail *tail = begin(NULL);
	struct tail_place place;

	(void)state;
	append("one\ntwo\n");
	expect(tail, "one\ntwo\n");
	place = tail_place(tail);
	assert_memory_equal(&place, &ear.after, sizeof(place));
	tail_free(tail);
	append("three\n");
	tail = begin(&place);
	expect(tail, "three\n");
	place = tail_place(tail);
	tail_free(tail);
	/* Renamed twice meanwhile. */
	append("four\n");
	move(".2");
	append("five\n");
	move(".1");
	append("six\n");
	tail = begin(&place);
	expect(tail, "four\nfive\nsix\n");
	assert_int_equal(tail_counts(tail).vanished, 0);
	tail_free(tail);
}

static void
remembers_the_file_before(void **state)
{
	struct tail *tail = begin(NULL);
	struct tail_place place;
	char old[128];

	(void)state;
	append("one\n");
	expect(tail, "one\n");
	move(".1");
	append("two\n");
	expect(tail, "two\n");
	place = tail_place(tail);
	tail_free(tail);
	snprintf(old, sizeof(old), "%s.1", path);
	write_to(old, O_APPEND, "late\n");
	tail = begin(&place);
	expect(tail, "late\n");
	tail_free(tail);
}

static void
a_vanished_file_is_said(void **state)
{
	struct tail *tail = begin(NULL);
	struct tail_place place;

	(void)state;
	append("one\n");
	expect(tail, "one\n");
	place = tail_place(tail);
	tail_free(tail);
	/* The inode may well be the same: the beginning isn't. */
	assert_int_equal(unlink(path), 0);
	append("new\n");
	move(".1");
	append("newer\n");
	tail = begin(&place);
	expect(tail, "new\nnewer\n");
	assert_int_equal(tail_counts(tail).vanished, 1);
	tail_free(tail);
}

static void
a_long_record_costs_itself(void **state)
{
	struct tail *tail = begin(NULL);
	static char line[200000];

	(void)state;
	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	append("one\n");
	append(line);
	append("two\n");
	expect(tail, "one\ntwo\n");
	assert_int_equal(tail_counts(tail).too_long, 1);
	tail_free(tail);
}

static size_t
cut_nothing(const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	return 0;
}

/* Many short lines of another format: passed over a buffer at a time, not a
 * line, each with a look at all that follows. */
static void
lines_without_a_record_cost_little(void **state)
{
	const struct tail_conf conf = {.path = path, .cut = cut_nothing};
	struct tail *tail = tail_new(&conf, NULL);
	static char lines[8 * TAIL_CHUNK_MAX];
	unsigned taken = 0;

	(void)state;
	assert_non_null(tail);
	for (size_t i = 0; i < sizeof(lines) - 1; i++)
		lines[i] = i % 2 ? '\n' : 'x';
	append(lines);
	while (tail_step(tail, hear, &ear) == 1)
		taken++;
	assert_in_range(taken, 8, 10);
	tail_free(tail);
}

static void
what_is_not_taken_comes_again(void **state)
{
	struct tail *tail = begin(NULL);

	(void)state;
	append("one\n");
	ear.refuse = -ENOSPC;
	assert_int_equal(tail_step(tail, hear, &ear), -ENOSPC);
	assert_int_equal(tail_step(tail, hear, &ear), -ENOSPC);
	assert_int_equal(tail_place(tail).current.offset, 0);
	ear.refuse = 0;
	expect(tail, "one\n");
	tail_free(tail);
}

static void
once_reads_to_the_end(void **state)
{
	const struct tail_conf conf = {.path = path,
				       .cut = tail_cut_lines,
				       .once = true};
	struct tail *tail = tail_new(&conf, NULL);

	(void)state;
	assert_non_null(tail);
	assert_int_equal(tail_step(tail, hear, &ear), -ENOENT);
	append("one\ntwo");
	expect(tail, "one\ntwo");
	assert_int_equal(ear.last, 1);
	append("\nthree\n");
	expect(tail, "");
	tail_free(tail);
	tail =
	    tail_new(&(struct tail_conf){.path = folder, .cut = tail_cut_lines},
		     NULL);
	assert_non_null(tail);
	assert_int_equal(tail_step(tail, hear, &ear), LZ_E_UNSUPPORTED);
	tail_free(tail);
}

/*
 * Numbered lines, written in pieces, renamed once or twice between two looks,
 * with restarts from the last place in between: each number comes once.
 */
static void
every_line_once(void **state)
{
	struct rng rng;
	struct tail *tail = begin(NULL);
	struct tail_place place;
	uint32_t written = 0;
	char *at;

	(void)state;
	rng_init(&rng, 20240620);
	for (size_t round = 0; round < 2000; round++) {
		char line[64], name[128];

		for (uint64_t n = rng_below(&rng, 4); n > 0; n--) {
			size_t cut;

			snprintf(line, sizeof(line), "line %u\n", written++);
			cut = rng_below(&rng, (uint32_t)strlen(line));
			if (cut > 0) {
				char half[64];

				memcpy(half, line, cut);
				half[cut] = '\0';
				append(half);
				if (rng_below(&rng, 2))
					steps(tail);
			}
			append(line + cut);
		}
		if (rng_below(&rng, 5) == 0 && access(path, F_OK) == 0) {
			snprintf(name, sizeof(name), "%s.2", path);
			(void)unlink(name);
			snprintf(line, sizeof(line), "%s", ".1");
			snprintf(name, sizeof(name), "%s.1", path);
			if (access(name, F_OK) == 0) {
				char to[128];

				snprintf(to, sizeof(to), "%s.2", path);
				assert_int_equal(rename(name, to), 0);
			}
			move(".1");
		}
		if (rng_below(&rng, 7) == 0) {
			place = tail_place(tail);
			tail_free(tail);
			tail = begin(&place);
		}
		steps(tail);
	}
	append("");
	steps(tail);
	tail_free(tail);
	at = ear.bytes;
	for (uint32_t i = 0; i < written; i++) {
		char line[64];

		snprintf(line, sizeof(line), "line %u\n", i);
		if (strncmp(at, line, strlen(line)) != 0)
			fail_msg("line %u isn't next: %.20s", i, at);
		at += strlen(line);
	}
	assert_int_equal(*at, '\0');
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(half_a_line_waits),
	    TEST(a_renamed_file_is_read_to_its_end),
	    TEST(deleted_while_open),
	    TEST(cut_in_place),
	    TEST(goes_on_after_a_restart),
	    TEST(remembers_the_file_before),
	    TEST(a_vanished_file_is_said),
	    TEST(a_long_record_costs_itself),
	    TEST(lines_without_a_record_cost_little),
	    TEST(what_is_not_taken_comes_again),
	    TEST(once_reads_to_the_end),
	    TEST(every_line_once),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
