/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole notifier under sanitizers, which can't live in its sandbox: rows of
 * all kinds, a Maildir that takes nothing for a while, a desk that is put back.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "role/notifier.h"
#include "unit/role/posting.h"

static int
notifier_whole(const char *conf)
{
	char name[] = "tried", config[] = "--config", path[RUNNING_PATH_SIZE];
	char *arguments[] = {name, config, path, NULL};
	struct notifier *notifier = NULL;
	static struct role role;
	int code;

	snprintf(path, sizeof(path), "%s", conf);
	code = role_begin(&role, ROLE_NOTIFIER, 3, arguments);
	if (!code)
		code = notifier_open(&role, &notifier);
	if (!code)
		code = notifier_run(notifier, "unconfined");
	notifier_free(notifier);
	role_end(&role);
	return code;
}

static int
setup(void **state)
{
	struct posting *posting = calloc(1, sizeof(*posting));

	if (!posting)
		return -1;
	posting_init(posting, true);
	posting->inside = notifier_whole;
	*state = posting;
	return 0;
}

static int
teardown(void **state)
{
	posting_fini(*state);
	free(*state);
	return 0;
}

/* A file in the place of a folder: nobody gets in, root neither. */
static void
new_replace(const struct posting *posting, bool by_file)
{
	char new[RUNNING_PATH_SIZE + 8], aside[RUNNING_PATH_SIZE + 8];
	FILE *file;

	snprintf(new, sizeof(new), "%s/new", posting->mail);
	snprintf(aside, sizeof(aside), "%s/aside", posting->mail);
	if (!by_file) {
		assert_int_equal(unlink(new), 0);
		assert_int_equal(rename(aside, new), 0);
		return;
	}
	assert_int_equal(rename(new, aside), 0);
	file = fopen(new, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static void
test_whole_notifier(void **state)
{
	static const char noise[3000] = "no letter";
	struct posting *posting = *state;

	posting_desk_open(posting);
	for (uint64_t notice = 1; notice <= 80; notice++)
		posting_add(posting,
			    notice % 2 ? STORE_LANE_NOTICE : STORE_LANE_RELEASE,
			    notice);
	posting_add_body(posting, 81, posting_now(), noise, 200);
	posting_add_body(posting, 82, posting_now(), noise, sizeof(noise));
	posting_start(posting, true);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 80);
	posting_wait(posting, COUNTER_NOTIFIER_POISON, 2);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 0);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	new_replace(posting, true);
	posting_start(posting, true);
	posting_add(posting, STORE_LANE_NOTICE, 83);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 1);
	new_replace(posting, false);
	posting_wait(posting, COUNTER_NOTIFIER_SENT, 81);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
	assert_int_equal(posting_files(posting, "new"), 81);
	posting_receipts_read(posting);
	assert_int_equal(posting->receipt_count, 3 * 81 + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole_notifier, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
