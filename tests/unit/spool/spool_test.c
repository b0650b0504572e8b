/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool under what happens to files: torn tails at every byte, flipped
 * bits, kill -9, a failing fdatasync, a full disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "spool/spool.h"

static char folder[64];
static unsigned syncs_failing; /* so many fdatasync to come fail */

/* Stands before libc's: the one call whose failure can't be provoked. */
int
fdatasync(int fd)
{
	if (syncs_failing) {
		syncs_failing--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

static int
folder_make(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/lazaret-spool-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
folder_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static struct spool_writer *
writer_open(void)
{
	struct spool_writer *writer;

	assert_int_equal(spool_writer_open(folder, &writer), 0);
	return writer;
}

/* Record n has a length and bytes that follow from n. */
static size_t
body_of(uint64_t n, char body[256])
{
	size_t length = (size_t)(n * 7 % 200);

	memset(body, (int)(n & 0xff), length);
	return length;
}

static void
append(struct spool_writer *writer, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t sequence;
		char body[256];
		size_t length;

		/* The number is known only afterwards: foresee it. */
		length = body_of(spool_writer_last(writer) + i + 1, body);
		assert_int_equal(spool_writer_append(writer, body, length,
						     &sequence),
				 0);
		assert_int_equal(sequence, spool_writer_last(writer) + i + 1);
	}
	assert_int_equal(spool_writer_sync(writer), 0);
}

/* Reads all; every record must be the one its number says. */
static uint64_t
read_all(uint64_t after, uint64_t *last, uint64_t *lost, uint64_t *damaged)
{
	struct spool_reader *reader;
	uint64_t count = 0, before = after, sequence;
	const uint8_t *bytes;
	size_t length;
	int result;

	*damaged = 0;
	assert_int_equal(spool_reader_open(folder, after, &reader), 0);
	while ((result = spool_reader_next(reader, &bytes, &length,
					   &sequence)) != 0) {
		char body[256];

		if (result == LZ_E_CHECKSUM) {
			++*damaged;
			continue;
		}
		assert_int_equal(result, 1);
		assert_true(sequence > before);
		assert_int_equal(length, body_of(sequence, body));
		assert_memory_equal(bytes, body, length);
		before = sequence;
		count++;
	}
	*last = before;
	*lost = spool_reader_lost(reader);
	spool_reader_close(reader);
	return count;
}

static void
assert_whole(uint64_t records)
{
	uint64_t last, lost, damaged;

	assert_int_equal(read_all(0, &last, &lost, &damaged), records);
	assert_int_equal(last, records);
	assert_int_equal(lost, 0);
	assert_int_equal(damaged, 0);
}

static void
test_write_read_follow(void **state)
{
	struct spool_writer *writer = writer_open();
	struct spool_reader *reader;
	const uint8_t *bytes;
	uint64_t sequence;
	size_t length;

	(void)state;
	assert_int_equal(spool_reader_open(folder, 0, &reader), 0);
	assert_int_equal(spool_reader_next(reader, &bytes, &length, NULL), 0);
	assert_int_equal(spool_writer_append(writer, "a", 1, NULL), 0);
	/* Appended isn't durable, so nobody sees it. */
	assert_int_equal(spool_reader_next(reader, &bytes, &length, NULL), 0);
	assert_int_equal(spool_writer_sync(writer), 0);
	assert_int_equal(spool_reader_next(reader, &bytes, &length, &sequence),
			 1);
	assert_int_equal(sequence, 1);
	assert_int_equal(length, 1);
	assert_int_equal(bytes[0], 'a');
	assert_int_equal(spool_reader_next(reader, &bytes, &length, NULL), 0);
	spool_reader_close(reader);
	spool_writer_close(writer);
}

static void
test_one_writer(void **state)
{
	struct spool_writer *writer = writer_open(), *second;

	(void)state;
	assert_int_equal(spool_writer_open(folder, &second), LZ_E_EXISTS);
	assert_null(second);
	spool_writer_close(writer);
	writer = writer_open();
	spool_writer_close(writer);
}

static void
segment_path(char path[128], unsigned first)
{
	snprintf(path, 128, "%s/%020u.spool", folder, first);
}

/* The last record cut at each of its bytes: gone as a whole, no other one. */
static void
test_torn_tail(void **state)
{
	struct spool_writer *writer = writer_open();
	struct stat before, after;
	char path[128];

	(void)state;
	append(writer, 10);
	segment_path(path, 1);
	assert_int_equal(stat(path, &before), 0);
	append(writer, 1);
	spool_writer_close(writer);
	assert_int_equal(stat(path, &after), 0);
	for (off_t cut = after.st_size - 1; cut >= before.st_size; cut--) {
		assert_int_equal(truncate(path, cut), 0);
		writer = writer_open();
		assert_int_equal(spool_writer_last(writer), 10);
		assert_whole(10);
		append(writer, 1);
		assert_whole(11);
		spool_writer_close(writer);
	}
}

/*
 * A reader that stays open has read ahead into a record that was never whole;
 * its writer is killed, the next one cuts it and writes in its place.
 */
static void
test_torn_tail_under_a_reader(void **state)
{
	struct spool_writer *writer = writer_open();
	struct spool_reader *reader;
	const uint8_t *bytes;
	uint64_t sequence = 0;
	size_t length;
	char path[128];
	FILE *file;

	(void)state;
	append(writer, 10);
	segment_path(path, 1);
	file = fopen(path, "a");
	assert_non_null(file);
	/* As a record begins that is longer than what stands there. */
	assert_int_equal(fwrite("\0\0\0\x40torn", 1, 8, file), 8);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(spool_reader_open(folder, 0, &reader), 0);
	while (sequence < 10)
		assert_int_equal(spool_reader_next(reader, &bytes, &length,
						   &sequence),
				 1);
	spool_writer_close(writer);
	writer = writer_open();
	append(writer, 5);
	for (uint64_t expected = 11; expected <= 15; expected++) {
		assert_int_equal(spool_reader_next(reader, &bytes, &length,
						   &sequence),
				 1);
		assert_int_equal(sequence, expected);
	}
	assert_int_equal(spool_reader_lost(reader), 0);
	spool_reader_close(reader);
	spool_writer_close(writer);
}

/* A bit flipped anywhere costs its own record and no other one. */
static void
test_bit_flips(void **state)
{
	struct spool_writer *writer = writer_open();
	struct stat status;
	char path[128];
	int fd;

	(void)state;
	append(writer, 12);
	spool_writer_close(writer);
	segment_path(path, 1);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	for (off_t at = 0; at < status.st_size; at++) {
		uint64_t last, lost, damaged;
		uint8_t byte, flipped;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ (uint8_t)(1u << (at & 7));
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		assert_int_equal(read_all(0, &last, &lost, &damaged), 11);
		assert_int_equal(lost, 1);
		assert_int_equal(damaged, 1);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	/* Damage in the middle is no torn tail: the writer keeps what follows.
	 */
	assert_int_equal(pwrite(fd, "\xff", 1, 3), 1);
	close(fd);
	writer = writer_open();
	assert_int_equal(spool_writer_last(writer), 12);
	spool_writer_close(writer);
}

static void
test_sync_fails(void **state)
{
	struct spool_writer *writer = writer_open();
	struct stat status;
	char path[128];

	(void)state;
	append(writer, 5);
	syncs_failing = 1;
	append(writer, 5); /* in a new segment, unsaid */
	segment_path(path, 6);
	assert_int_equal(stat(path, &status), 0);
	assert_whole(10);
	/* Also where the failing segment holds nothing durable yet. */
	syncs_failing = 2;
	assert_int_equal(spool_writer_append(writer, "", 0, NULL), 0);
	assert_int_equal(spool_writer_sync(writer), -EIO);
	assert_whole(10);
	syncs_failing = 0;
	assert_int_equal(spool_writer_sync(writer), 0);
	assert_int_equal(spool_writer_last(writer), 11);
	spool_writer_close(writer);
	writer = writer_open();
	assert_int_equal(spool_writer_last(writer), 11);
	spool_writer_close(writer);
}

static void
test_trim_and_skip(void **state)
{
	struct spool_writer *writer = writer_open();
	uint64_t last, lost, damaged;
	struct stat status;
	char path[128];

	(void)state;
	append(writer, 5);
	syncs_failing = 1; /* the way to a second segment */
	append(writer, 5);
	assert_int_equal(spool_writer_trim(writer, 4), 0);
	assert_whole(10);
	assert_int_equal(spool_writer_trim(writer, 5), 0);
	segment_path(path, 1);
	assert_int_equal(stat(path, &status), -1);
	assert_int_equal(read_all(5, &last, &lost, &damaged), 5);
	assert_int_equal(lost, 0);
	assert_int_equal(read_all(2, &last, &lost, &damaged), 5);
	assert_int_equal(lost, 3);
	/* A reader is ahead: the writer goes on behind it. */
	assert_int_equal(spool_writer_skip(writer, 40), 0);
	{
		uint64_t sequence;
		char body[256];
		size_t length = body_of(41, body);

		assert_int_equal(spool_writer_append(writer, body, length,
						     &sequence),
				 0);
		assert_int_equal(sequence, 41);
	}
	assert_int_equal(spool_writer_sync(writer), 0);
	assert_int_equal(read_all(40, &last, &lost, &damaged), 1);
	assert_int_equal(lost, 0);
	spool_writer_close(writer);
	writer = writer_open();
	assert_int_equal(spool_writer_last(writer), 41);
	spool_writer_close(writer);
}

/* Writers that live for a moment each, as the command line: old segments go. */
static void
test_trim_of_short_lived(void **state)
{
	const struct timespec old[2] = {{.tv_nsec = UTIME_NOW},
					{.tv_sec = 1000000000}};
	struct spool_writer *writer = writer_open();
	struct stat status;
	char path[128];

	(void)state;
	append(writer, 3);
	spool_writer_close(writer);
	segment_path(path, 1);
	writer = writer_open();
	assert_int_equal(spool_writer_trim(writer, 3), 0);
	spool_writer_close(writer);
	assert_int_equal(stat(path, &status), 0); /* young: it stays */
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	writer = writer_open();
	assert_int_equal(spool_writer_trim(writer, 2), 0);
	assert_int_equal(stat(path, &status), 0); /* not read yet */
	assert_int_equal(spool_writer_trim(writer, 3), 0);
	assert_int_equal(stat(path, &status), -1);
	spool_writer_close(writer);
	writer = writer_open(); /* the number lives on in the new one's name */
	assert_int_equal(spool_writer_last(writer), 3);
	spool_writer_close(writer);
}

/* Appends and syncs for ever; tells each durable number through the pipe. */
static void
child_write(int told)
{
	struct spool_writer *writer;

	if (spool_writer_open(folder, &writer) != 0)
		_exit(1);
	for (;;) {
		uint64_t last;

		for (unsigned i = 0; i < 20; i++) {
			char body[256];
			size_t length =
			    body_of(spool_writer_last(writer) + i + 1, body);

			if (spool_writer_append(writer, body, length, NULL) !=
			    0)
				_exit(2);
		}
		if (spool_writer_sync(writer) != 0)
			_exit(3);
		last = spool_writer_last(writer);
		if (write(told, &last, sizeof(last)) != sizeof(last))
			_exit(4);
	}
}

static void
test_kill(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 1);
	for (unsigned run = 0; run < 20; run++) {
		uint64_t told = 0, last, lost, damaged, batches;
		int ends[2], status;
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(ends[0]);
			child_write(ends[1]);
		}
		close(ends[1]);
		for (batches = 1 + rng_below(&rng, 20); batches; batches--)
			assert_int_equal(read(ends[0], &told, sizeof(told)),
					 sizeof(told));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(ends[0], &last, sizeof(last)) == sizeof(last))
			told = last;
		close(ends[0]);
		read_all(0, &last, &lost, &damaged);
		assert_true(last >= told);
		assert_int_equal(lost, 0);
		assert_int_equal(damaged, 0);
		{
			struct spool_writer *writer = writer_open();

			assert_true(spool_writer_last(writer) >= last);
			assert_whole(spool_writer_last(writer));
			spool_writer_close(writer);
		}
	}
}

static void
test_disk_full(void **state)
{
	struct spool_writer *writer;
	char body[4096] = {0};
	uint64_t durable;
	int error = 0;

	(void)state;
	if (geteuid() != 0 ||
	    mount("none", folder, "tmpfs", 0, "size=1m") != 0) {
		print_message("not root: the full disk is left out\n");
		return;
	}
	writer = writer_open();
	while (!error) {
		error = spool_writer_append(writer, body, sizeof(body), NULL);
		if (!error)
			error = spool_writer_sync(writer);
	}
	assert_int_equal(error, -ENOSPC);
	durable = spool_writer_last(writer);
	assert_true(durable > 200);
	assert_int_equal(spool_writer_sync(writer), -ENOSPC);
	/* Room again: what was refused a place is still there, and goes on. */
	assert_int_equal(mount("none", folder, "tmpfs", MS_REMOUNT, "size=4m"),
			 0);
	assert_int_equal(spool_writer_sync(writer), 0);
	assert_int_equal(spool_writer_last(writer), durable + 1);
	spool_writer_close(writer);
	writer = writer_open();
	assert_int_equal(spool_writer_last(writer), durable + 1);
	spool_writer_close(writer);
	assert_int_equal(umount(folder), 0);
}

static void
test_watermark(void **state)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY);
	char path[128];
	uint64_t value;

	(void)state;
	snprintf(path, sizeof(path), "%s/ack", folder);
	assert_int_equal(spool_watermark_read(path, &value), 0);
	assert_int_equal(value, 0);
	for (uint64_t i = 1; i < 10; i++) {
		assert_int_equal(spool_watermark_write(fd, "ack", i), 0);
		assert_int_equal(spool_watermark_read(path, &value), 0);
		assert_int_equal(value, i);
	}
	/* The newest slot (turn 8, the first) damaged: the one before. */
	{
		int ack = open(path, O_RDWR);

		assert_int_equal(pwrite(ack, "\xff", 1, 15), 1);
		assert_int_equal(spool_watermark_read(path, &value), 0);
		assert_int_equal(value, 8);
		assert_int_equal(pwrite(ack, "\xff", 1, 4096 + 15), 1);
		assert_int_equal(spool_watermark_read(path, &value),
				 LZ_E_CHECKSUM);
		close(ack);
	}
	close(fd);
}

static void
test_bell(void **state)
{
	char path[128], byte;
	int bell, ringer = spool_bell_open();

	(void)state;
	snprintf(path, sizeof(path), "%s/bell", folder);
	spool_bell_ring(ringer, path);     /* nobody there: nothing happens */
	for (unsigned i = 0; i < 2; i++) { /* a restarted listener */
		assert_int_equal(spool_bell_try(path),
				 i ? -ECONNREFUSED : -ENOENT);
		bell = spool_bell_listen(path);
		assert_true(bell >= 0);
		assert_int_equal(spool_bell_try(path), 0);
		assert_true(recv(bell, &byte, 1, MSG_DONTWAIT) < 0);
		spool_bell_ring(ringer, path);
		assert_true(recv(bell, &byte, 1, MSG_PEEK) >= 0);
		spool_bell_drain(bell);
		assert_int_equal(recv(bell, &byte, 1, MSG_DONTWAIT), -1);
		close(bell);
	}
	close(ringer);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

/* Who may write to the folder (a group, of the command spool) must not choose
 * which file its owner cuts or overwrites. */
static void
test_links_are_refused(void **state)
{
	static const char *const names[] = {"lock", "durable",
					    "00000000000000000001.spool"};
	char victim[96], link[128], bytes[16] = {0};

	(void)state;
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct spool_writer *writer;
		FILE *file = fopen(victim, "w");

		assert_non_null(file);
		assert_true(fputs("precious", file) >= 0);
		assert_int_equal(fclose(file), 0);
		snprintf(link, sizeof(link), "%s/%s", folder, names[i]);
		assert_int_equal(symlink(victim, link), 0);
		assert_int_equal(spool_writer_open(folder, &writer), -ELOOP);
		assert_int_equal(unlink(link), 0);
		file = fopen(victim, "r");
		assert_non_null(file);
		assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 8);
		fclose(file);
		assert_memory_equal(bytes, "precious", 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_write_read_follow),
	    CASE(test_one_writer),
	    CASE(test_torn_tail),
	    CASE(test_torn_tail_under_a_reader),
	    CASE(test_bit_flips),
	    CASE(test_sync_fails),
	    CASE(test_trim_and_skip),
	    CASE(test_trim_of_short_lived),
	    CASE(test_kill),
	    CASE(test_disk_full),
	    CASE(test_watermark),
	    CASE(test_bell),
	    CASE(test_links_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
