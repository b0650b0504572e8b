/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery into a Maildir: whole, once, also after a reader moved it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "notice/maildir.h"

#define NAME "lz-0000000000000007"

struct box {
	char top[64], path[96];
	struct maildir maildir;
};

static int
setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	if (!box)
		return -1;
	strcpy(box->top, "/tmp/lz-maildir-XXXXXX");
	if (!mkdtemp(box->top))
		return -1;
	snprintf(box->path, sizeof(box->path), "%s/mail", box->top);
	*state = box;
	return maildir_open(box->path, &box->maildir);
}

static int
teardown(void **state)
{
	struct box *box = *state;
	const char *const folders[] = {"tmp", "new", "cur"};
	const char *const names[] = {NAME, NAME ":2,S", NAME "0"};
	char path[200];

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			snprintf(path, sizeof(path), "%s/%s/%s", box->path,
				 folders[i], names[j]);
			(void)unlink(path);
		}
		snprintf(path, sizeof(path), "%s/%s", box->path, folders[i]);
		(void)rmdir(path);
	}
	(void)rmdir(box->path);
	(void)rmdir(box->top);
	maildir_close(&box->maildir);
	free(box);
	return 0;
}

static void
delivers_once(void **state)
{
	struct box *box = *state;
	char read_back[16] = "";
	int fd;

	assert_int_equal(maildir_deliver(&box->maildir, 7, "hello", 5), 0);
	assert_int_equal(maildir_deliver(&box->maildir, 7, "other", 5),
			 LZ_E_EXISTS);
	fd = openat(box->maildir.new, NAME, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, read_back, sizeof(read_back)), 5);
	close(fd);
	assert_string_equal(read_back, "hello");
	assert_int_equal(faccessat(box->maildir.tmp, NAME, F_OK, 0), -1);
}

static void
finds_it_where_a_reader_put_it(void **state)
{
	struct box *box = *state;

	assert_int_equal(maildir_deliver(&box->maildir, 7, "hello", 5), 0);
	assert_int_equal(renameat(box->maildir.new, NAME, box->maildir.cur,
				  NAME ":2,S"),
			 0);
	assert_int_equal(maildir_deliver(&box->maildir, 7, "hello", 5),
			 LZ_E_EXISTS);
}

static void
a_longer_name_is_another_notice(void **state)
{
	struct box *box = *state;
	int fd = openat(box->maildir.new, NAME "0", O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(maildir_deliver(&box->maildir, 7, "hello", 5), 0);
}

static void
writes_over_a_torn_one(void **state)
{
	struct box *box = *state;
	int fd = openat(box->maildir.tmp, NAME, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "torn and longer", 15), 15);
	close(fd);
	assert_int_equal(maildir_deliver(&box->maildir, 7, "hello", 5), 0);
	assert_int_equal(faccessat(box->maildir.new, NAME, F_OK, 0), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(delivers_once),
	    CASE(finds_it_where_a_reader_put_it),
	    CASE(a_longer_name_is_another_notice),
	    CASE(writes_over_a_torn_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
