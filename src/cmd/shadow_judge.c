/* SPDX-License-Identifier: Apache-2.0 */
/* A person's word on a case, into the command spool. */
#include "cmd/shadow_judge.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/case_act.h"
#include "cmd/cmd.h"
#include "role/case_find.h"
#include "role/command_send.h"
#include "role/trial_cases.h"
#include "role/verdict.h"
#include "spool/spool.h"

static int
take_class(void *context, const struct desk_view_case *view)
{
	const struct trial_case one = {.classes = view->stored.classes};

	*(uint8_t *)context = trial_cases_class(&one);
	return 0;
}

/* "bo, by ann (uid 1000)", or the caller alone. */
static void
name_judge(const char *as, char judge[VERDICT_TEXT_SIZE])
{
	char actor[CASE_TEXT_SIZE];

	command_actor(actor);
	(void)snprintf(judge, VERDICT_TEXT_SIZE, "%s%s%s", as ? as : "",
		       as ? ", by " : "", actor);
}

const char *
shadow_judge_check(const struct shadow_judging *judging)
{
	const char *wrong = NULL;

	if (!trial_verdict_of(judging->verdict))
		return "a case is judged right, wrong or unclear";
	if (judging->note)
		wrong = command_reason_check(judging->note);
	if (wrong)
		return "--note: text of at most 95 bytes, no control "
		       "characters";
	if (judging->as)
		wrong = command_reason_check(judging->as);
	if (wrong || (judging->as && strlen(judging->as) > 64))
		return "--as: a name of at most 64 bytes, no control "
		       "characters";
	return NULL;
}

static int
send(const struct conf *conf, const struct verdict *verdict)
{
	char bell[CONF_PATH_SIZE + 32];
	uint8_t bytes[VERDICT_BYTES_MAX];
	struct writer writer;
	uint64_t sequence;
	int error, ring;

	writer_init(&writer, bytes, sizeof(bytes));
	verdict_encode(&writer, verdict);
	if (writer.failed)
		return LZ_E_FULL;
	error = command_append(conf, bytes, writer.length,
			       COMMAND_WAIT.lock_ms_max, &sequence);
	if (error)
		return error;
	/* It is kept, whether the desk hears now or comes to it later. */
	(void)snprintf(bell, sizeof(bell), "%s/desk.bell", conf->run_dir);
	ring = spool_bell_open();
	if (ring >= 0) {
		spool_bell_ring(ring, bell);
		close(ring);
	}
	return 0;
}

int
shadow_judge(const struct shadow_judging *judging, const struct conf *conf)
{
	struct store *store = case_store_open(conf);
	struct verdict verdict = {0};
	struct timespec now;
	int code, error = 0;

	if (!store)
		return CMD_MISSING;
	code = case_choose(store, judging->which, &verdict.case_id);
	if (code == CMD_DONE)
		error = desk_view_case(store, verdict.case_id, take_class,
				       &verdict.class);
	store_close(store);
	if (code != CMD_DONE)
		return code;
	clock_gettime(CLOCK_REALTIME, &now);
	verdict.time.us = now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
	verdict.verdict = (uint8_t)trial_verdict_of(judging->verdict);
	name_judge(judging->as, verdict.judge);
	(void)text_copy(verdict.note, sizeof(verdict.note),
			slice_of(judging->note ? judging->note : ""));
	if (!error)
		error = send(conf, &verdict);
	if (error) {
		fprintf(stderr, "lazaret shadow: nothing was kept: %s\n",
			lz_strerror(error));
		return CMD_FAULT;
	}
	printf("%s: kept; it counts from when the desk has taken it in\n",
	       judging->verdict);
	return fflush(stdout) == 0 ? CMD_DONE : CMD_FAULT;
}
