/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the report and prints it. */
#include "cmd/shadow_tell.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "cmd/cmd.h"
#include "role/case_find.h"

#define DAYS_STANDARD 30

static void
set_window(struct shadow_telling *telling, const struct conf *conf)
{
	struct trial_window *window = &telling->asked.window;
	const int64_t span = (int64_t)telling->days * TIMES_DAY_US;
	const bool since = times_is_set(window->since);

	if (since && span)
		window->until.us = window->since.us + span;
	trial_cases_window(conf, window);
	if (!since)
		window->since.us = window->until.us -
				   (span ? span : DAYS_STANDARD * TIMES_DAY_US);
}

/* Refused rows stand in the report; a file without a header has only this. */
static int
no_tickets(const struct shadow_report *report, const char *path, int error)
{
	fprintf(stderr, "lazaret shadow: %s: %s\n", path, lz_strerror(error));
	for (size_t i = 0; i < report->tickets.refused; i++)
		fprintf(stderr, "  line %" PRIu64 ": %s\n",
			report->tickets.refusals[i].line,
			report->tickets.refusals[i].reason);
	return CMD_INPUT;
}

static int
tell(const struct shadow_telling *telling, const struct conf *conf,
     struct store *store, struct shadow_report *report)
{
	const struct shadow_asked *asked = &telling->asked;
	bool at_tickets;
	const int error = shadow_report_make(store, conf, asked, report,
					     &at_tickets);
	int code = CMD_DONE;

	if (error == LZ_E_RANGE) {
		fputs("lazaret shadow: --since is not before now, or longer "
		      "ago than 10 years\n",
		      stderr);
		return CMD_USAGE;
	}
	if (error && at_tickets)
		code = no_tickets(report, asked->tickets, error);
	else if (error) {
		fprintf(stderr, "lazaret shadow: %s: %s\n", lz_strerror(error),
			store_message(store));
		code = CMD_FAULT;
	} else {
		(telling->json ? shadow_report_json
			       : shadow_report_text)(report);
		code = report->tickets.refused ? CMD_REFUSED : CMD_DONE;
	}
	shadow_report_free(report);
	return code;
}

int
shadow_tell(struct shadow_telling *telling, const struct conf *conf)
{
	struct shadow_report *report = memory_new(1, sizeof(*report));
	struct store *store = case_store_open(conf);
	int code = store ? CMD_FAULT : CMD_MISSING;

	set_window(telling, conf);
	if (store && report)
		code = tell(telling, conf, store, report);
	memory_free(report);
	store_close(store);
	return fflush(stdout) == 0 ? code : CMD_FAULT;
}
