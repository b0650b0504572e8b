/* SPDX-License-Identifier: Apache-2.0 */
/* What `lazaret policy` answers: show, versions, diff, try. */
#include "cmd/policy_answer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/case_find.h"
#include "role/holders.h"
#include "role/policy_named.h"
#include "role/policy_try.h"

static int
code_of(int error)
{
	switch (error) {
	case 0:
		return CMD_DONE;
	case LZ_E_FORMAT:
		return CMD_CONF;
	case LZ_E_NOT_FOUND:
	case LZ_E_FULL:
		return CMD_REFUSED;
	default:
		fprintf(stderr, "lazaret policy: %s\n", lz_strerror(error));
		return CMD_FAULT;
	}
}

/* Accounts there are, for the brake by share; 0: nobody knows. */
static uint64_t
parties_of(const struct conf *conf)
{
	struct holders *holders = holders_open(conf, HOLDERS_ALL, NULL);
	const uint64_t count = holders ? holders_party_count(holders) : 0;

	holders_close(holders);
	return count;
}

static int
try_it(const struct policy_asked *asked, const struct conf *present,
       struct store *store, const struct policy_named *other)
{
	struct case_policy now = present->policy;
	struct policy_try how = {.present = &now,
				 .other = &other->conf->policy,
				 .since = asked->since,
				 .until = asked->until,
				 .retention = &present->retention,
				 .parties_total = parties_of(present),
				 .json = asked->json};
	struct policy_trial trial;
	int error;

	case_policy_seal(&now);
	if (!times_is_set(how.until))
		how.until.us = ((int64_t)time(NULL) + 1) * TIMES_SECOND_US;
	if (!times_is_set(how.since))
		how.since.us = how.until.us - 30 * TIMES_DAY_US;
	error = policy_try(store, &how, &trial);
	if (error == LZ_E_RANGE)
		fputs("lazaret policy: --since is not before --until, or 10 "
		      "years\n",
		      stderr);
	else if (error)
		fprintf(stderr, "lazaret policy: %s: %s\n", lz_strerror(error),
			store_message(store));
	else
		policy_try_print(&how, &trial);
	policy_trial_free(&trial);
	if (error)
		return error == LZ_E_RANGE ? CMD_USAGE : CMD_FAULT;
	return trial.differs || trial.unreadable ? CMD_REFUSED : CMD_DONE;
}

/* With the policies that are meant, and the store where one is needed. */
static int
with_store(const struct policy_asked *asked, const struct conf *conf,
	   struct store *store)
{
	struct policy_named a, b = {.conf = NULL};
	struct case_policy present = conf->policy;
	bool differs = false;
	int error, code;

	if (strcmp(asked->verb, "versions") == 0) {
		case_policy_seal(&present);
		return code_of(policy_named_list(store, &present, asked->json));
	}
	error = policy_named_find(store, conf, asked->words[0], &a);
	if (!error && asked->count == 2)
		error = policy_named_find(store, conf, asked->words[1], &b);
	if (error) {
		code = code_of(error);
	} else if (strcmp(asked->verb, "try") == 0) {
		code = try_it(asked, conf, store, &a);
	} else if (strcmp(asked->verb, "diff") == 0) {
		code =
		    code_of(policy_named_diff(&a, &b, asked->json, &differs));
		code = code == CMD_DONE && differs ? CMD_REFUSED : code;
	} else {
		code = code_of(policy_named_show(&a, asked->json));
	}
	policy_named_free(&a);
	policy_named_free(&b);
	return code;
}

int
policy_answer(const struct policy_asked *asked)
{
	const bool needs = strcmp(asked->verb, "versions") == 0 ||
			   strcmp(asked->verb, "try") == 0 ||
			   policy_named_is_hash(asked->words[0]) ||
			   policy_named_is_hash(asked->words[1]);
	struct conf *conf = options_conf(asked->config);
	struct store *store = NULL;
	int code = CMD_MISSING;

	if (!conf)
		return CMD_CONF;
	if (needs)
		store = case_store_open(conf);
	if (!needs || store)
		code = with_store(asked, conf, store);
	store_close(store);
	conf_free(conf);
	return fflush(stdout) == 0 ? code : CMD_FAULT;
}
