/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, the index, deterministic NAT and accounts as one: an index that comes
 * later, that is damaged, whose days have been dropped; numbers, open rows and
 * sources of parties.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "crypto/sha256.h"
#include "index/index.h"
#include "role/holders.h"
#include "role/who.h"

#define NETWORK                                                             \
	"network: { inside: [192.0.2.0/24, 100.64.0.0/10, { prefix: "       \
	"203.0.113.0/24, cgnat: outside } ] }\nstate_dir: state\nrun_dir: " \
	"run\nregistrar:\n  accounting: { clients: [ { address: "           \
	"198.51.100.1, name: bng-1, secret_file: s } ] }\n"
#define PLAN                                                        \
	"  deterministic_nat: [ { inside: 100.64.0.0/30, outside: " \
	"203.0.113.40/32, ports: 16128, inside_boundaries: true, "  \
	"outside_boundaries: true } ]\n"
#define DAY TIMES_DAY_US
#define HOUR TIMES_HOUR_US
/* 2026-11-20 00:00 UTC */
#define NOW_US (INT64_C(20777) * DAY)

struct bed {
	char folder[64], path[96];
	struct conf *conf;
	struct holders *holders;
	uint64_t position;
	struct who_said said;
};

static int
remove_one(const char *path, const struct stat *status, int type,
	   struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int
setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));

	if (!bed || crypto_init() != 0)
		return -1;
	*state = bed;
	strcpy(bed->folder, "/tmp/lazaret-holders-XXXXXX");
	if (!mkdtemp(bed->folder))
		return -1;
	snprintf(bed->path, sizeof(bed->path), "%s/state", bed->folder);
	if (mkdir(bed->path, 0755) != 0)
		return -1;
	snprintf(bed->path, sizeof(bed->path), "%s/state/registrar",
		 bed->folder);
	if (mkdir(bed->path, 0755) != 0)
		return -1;
	snprintf(bed->path, sizeof(bed->path), "%s/state/registrar/index",
		 bed->folder);
	return 0;
}

static int
teardown(void **state)
{
	struct bed *bed = *state;

	holders_close(bed->holders);
	conf_free(bed->conf);
	nftw(bed->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(bed);
	return 0;
}

static void
put(const struct bed *bed, const char *name, const char *bytes)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", bed->folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(bytes, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
open_all(struct bed *bed, const char *more)
{
	static struct conf_errors errors;
	char yaml[2048], name[96];

	snprintf(yaml, sizeof(yaml), "%s%s", NETWORK, more);
	snprintf(name, sizeof(name), "%s/c.yaml", bed->folder);
	if (conf_parse(name, yaml, strlen(yaml), &bed->conf, &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
	bed->holders = holders_open(bed->conf, HOLDERS_ALL, NULL);
	assert_non_null(bed->holders);
}

/* LMDB bears an index once in a process: writing is a child's. */
static void
write_index(struct bed *bed,
	    int (*work)(struct bed *bed, struct index_writer *writer,
			const void *what),
	    const void *what)
{
	const struct index_conf conf = {.path = bed->path};
	struct index_writer *writer;
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		int error = index_writer_open(&conf, &writer);

		if (!error) {
			error = work(bed, writer, what);
			index_writer_close(writer);
		}
		_exit(error != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	bed->position++;
}

static int
source_of(struct index_writer *writer, struct tracker_source *source)
{
	*source = (struct tracker_source){.interim_us = HOUR,
					  .silent_after = 4,
					  .sessions_numbered = true,
					  .gap = times_unset()};
	return index_source(writer, "bng-1/198.51.100.1", source);
}

static int
begin_work(struct bed *bed, struct index_writer *writer, const void *what)
{
	struct tracker_source source;
	int error = index_begin(writer);

	(void)what;
	if (!error)
		error = source_of(writer, &source);
	return error ? error : index_commit(writer, bed->position + 1);
}

static void
index_begun(struct bed *bed)
{
	write_index(bed, begin_work, NULL);
}

static int
say_work(struct bed *bed, struct index_writer *writer, const void *what)
{
	const struct lease_event *event = what;
	struct tracker_source source;
	struct tracker_store store;
	int error = index_begin(writer);

	if (!error)
		error = source_of(writer, &source);
	if (error)
		return error;
	index_word(writer, event->arrival);
	store = index_store(writer, NULL, NULL);
	error = tracker_event(&store, &source, event);
	return error ? error : index_commit(writer, bed->position + 1);
}

/* One word about who held an address. */
static void
say(struct bed *bed, uint8_t kind, const char *user, const char *address,
    int64_t at_us)
{
	struct lease_event event = {.kind = kind,
				    .subject_count = 1,
				    .at = {at_us},
				    .start = times_unset(),
				    .end = times_unset(),
				    .sure = times_unset(),
				    .arrival = {at_us},
				    .origin = (bed->position + 1) << 16};

	assert_int_equal(subject_parse(slice_of(address),
				       &event.subjects[0].subject),
			 0);
	(void)text_copy(event.session, sizeof(event.session), slice_of(user));
	snprintf(event.holder, sizeof(event.holder), "user:%s", user);
	write_index(bed, say_work, &event);
}

static int
seal_work(struct bed *bed, struct index_writer *writer, const void *what)
{
	(void)bed;
	return index_seal(writer, *(const struct at_event *)what) >= 1 ? 0 : -1;
}

static int
drop_work(struct bed *bed, struct index_writer *writer, const void *what)
{
	(void)bed;
	return index_drop(writer, *(const struct at_event *)what) >= 1 ? 0 : -1;
}

static const struct identity_answer *
ask(struct bed *bed, const char *endpoint, int64_t at_us)
{
	struct who_asked asked = {.at = {at_us}};

	assert_int_equal(endpoint_parse(slice_of(endpoint), &asked.endpoint),
			 0);
	assert_int_equal(who_ask(bed->holders, bed->conf, NULL, &asked,
				 &bed->said),
			 0);
	return &bed->said.answer;
}

static void
an_index_may_come_later(void **state)
{
	struct bed *bed = *state;
	char which[HOLDERS_NAME_SIZE];
	struct binding open[4];
	uint64_t version;

	open_all(bed, "");
	assert_false(holders_indexed(bed->holders));
	assert_int_equal(ask(bed, "192.0.2.7", NOW_US - HOUR)->certainty,
			 CERTAINTY_NOBODY);
	assert_non_null(
	    holders_doubt(bed->holders, (struct at_event){NOW_US}, which));
	assert_string_equal(which, "registrar");
	version = holders_version(bed->holders);
	index_begun(bed);
	holders_renew(bed->holders);
	assert_true(holders_indexed(bed->holders));
	assert_string_equal(holders_doubt(bed->holders,
					  (struct at_event){NOW_US}, which),
			    "this source of bindings has not spoken yet");
	assert_string_equal(which, "bng-1");
	say(bed, LEASE_START, "ann", "192.0.2.7", NOW_US - 2 * HOUR);
	say(bed, LEASE_ALIVE, "ann", "192.0.2.7", NOW_US - HOUR / 2);
	holders_renew(bed->holders);
	assert_true(holders_version(bed->holders) > version);
	assert_null(
	    holders_doubt(bed->holders, (struct at_event){NOW_US}, which));
	assert_int_equal(ask(bed, "192.0.2.7", NOW_US - HOUR)->certainty,
			 CERTAINTY_CERTAIN);
	assert_true(bed->said.numbered);
	assert_true(bed->said.party.value != 0);
	assert_string_equal(bed->said.account, "ann");
	assert_string_equal(bed->said.sources[0].name, "bng-1/198.51.100.1");
	/* There is no raw log here: its record is no longer kept. */
	assert_string_equal(bed->said.sources[0].file, "");
	assert_int_equal(holders_open_of(bed->holders, bed->said.answer.party,
					 (struct at_event){NOW_US}, open, 4),
			 1);
	assert_int_equal(open[0].id, bed->said.answer.binding.id);
}

/* Case h03: of a day that is dropped nothing can be read any more. */
static void
a_dropped_day_is_expired(void **state)
{
	struct bed *bed = *state;
	struct at_event oldest = {NOW_US - 7 * DAY};

	index_begun(bed);
	say(bed, LEASE_START, "ann", "192.0.2.7", NOW_US - 10 * DAY);
	say(bed, LEASE_STOP, "ann", "192.0.2.7", NOW_US - 9 * DAY);
	say(bed, LEASE_START, "bob", "192.0.2.7", NOW_US - DAY);
	say(bed, LEASE_ALIVE, "bob", "192.0.2.7", NOW_US - HOUR);
	open_all(bed, "");
	assert_int_equal(
	    ask(bed, "192.0.2.7", NOW_US - 9 * DAY - HOUR)->certainty,
	    CERTAINTY_CERTAIN);
	write_index(bed, seal_work, &(struct at_event){NOW_US});
	holders_renew(bed->holders);
	assert_int_equal(
	    ask(bed, "192.0.2.7", NOW_US - 9 * DAY - HOUR)->certainty,
	    CERTAINTY_CERTAIN);
	assert_string_equal(bed->said.account, "ann");
	write_index(bed, drop_work, &oldest);
	holders_renew(bed->holders);
	assert_int_equal(
	    ask(bed, "192.0.2.7", NOW_US - 9 * DAY - HOUR)->certainty,
	    CERTAINTY_EXPIRED);
	assert_string_equal(bed->said.account, "");
	assert_int_equal(bed->said.answer.source_count, 0);
	assert_int_equal(ask(bed, "192.0.2.7", NOW_US - 12 * HOUR)->certainty,
			 CERTAINTY_CERTAIN);
	assert_string_equal(bed->said.account, "bob");
}

static void
accounts_name_what_the_index_holds(void **state)
{
	struct bed *bed = *state;
	struct contract_facts facts;
	struct binding open[4];

	put(bed, "a.csv",
	    "account,login,protected,contract_from,contract_to\n"
	    "acc-1,ann,yes,2026-01-01,2026-11-19\n"
	    "acc-2,bob,,,\nacc-2,b.csv,,,\n");
	put(bed, "b.csv",
	    "address,port_first,port_last,party,start,end\n"
	    "192.0.2.99,,,acc-2,2026-01-01T00:00:00Z,\n");
	index_begun(bed);
	say(bed, LEASE_START, "ann", "192.0.2.7", NOW_US - 3 * DAY);
	say(bed, LEASE_ALIVE, "ann", "192.0.2.7", NOW_US - HOUR);
	say(bed, LEASE_START, "bob", "192.0.2.8", NOW_US - DAY);
	say(bed, LEASE_ALIVE, "bob", "192.0.2.8", NOW_US - HOUR);
	say(bed, LEASE_START, "eve", "192.0.2.9", NOW_US - DAY);
	say(bed, LEASE_ALIVE, "eve", "192.0.2.9", NOW_US - HOUR);
	open_all(bed, "accounts: [ { csv: a.csv } ]\n"
		      "bindings: [ { csv: b.csv } ]\n");
	assert_int_equal(holders_party_count(bed->holders), 2);
	assert_int_equal(ask(bed, "192.0.2.7", NOW_US - 2 * DAY)->certainty,
			 CERTAINTY_CERTAIN);
	assert_string_equal(bed->said.account, "acc-1");
	assert_int_equal(bed->said.answer.binding.end.us, NOW_US - DAY);
	assert_true(
	    holders_facts(bed->holders, bed->said.answer.party, &facts));
	assert_true(facts.protected);
	/* The index numbers lines here, and lines change hands. */
	assert_int_equal(bed->said.party.value, 0);
	/* The contract has ended; the session goes on. */
	assert_int_equal(ask(bed, "192.0.2.7", NOW_US - 2 * HOUR)->certainty,
			 CERTAINTY_NOBODY);
	assert_int_equal(bed->said.answer.source_count, 1);
	/* A login that is in no account names nobody. */
	assert_int_equal(ask(bed, "192.0.2.9", NOW_US - 2 * HOUR)->certainty,
			 CERTAINTY_NOBODY);
	assert_int_equal(ask(bed, "192.0.2.8", NOW_US - 2 * HOUR)->certainty,
			 CERTAINTY_CERTAIN);
	assert_string_equal(bed->said.account, "acc-2");
	/* All it holds: a session of the index and a row of the list. */
	assert_int_equal(holders_open_of(bed->holders, bed->said.answer.party,
					 (struct at_event){NOW_US}, open, 4),
			 2);
}

static void
a_nat_leads_to_who_held_the_inside_address(void **state)
{
	struct bed *bed = *state;

	index_begun(bed);
	say(bed, LEASE_START, "ann", "100.64.0.1", NOW_US - DAY);
	say(bed, LEASE_ALIVE, "ann", "100.64.0.1", NOW_US - HOUR);
	open_all(bed, PLAN);
	/* Ports 17152 to 33279 are the second inside address's. */
	assert_int_equal(
	    ask(bed, "203.0.113.40:20000", NOW_US - 2 * HOUR)->certainty,
	    CERTAINTY_CERTAIN);
	assert_string_equal(bed->said.account, "ann");
	assert_int_equal(
	    ask(bed, "203.0.113.40:2000", NOW_US - 2 * HOUR)->certainty,
	    CERTAINTY_NOBODY);
	assert_int_equal(ask(bed, "203.0.113.40", NOW_US - 2 * HOUR)->certainty,
			 CERTAINTY_AMBIGUOUS);
	assert_string_equal(bed->said.account, "");
	assert_int_equal(bed->said.answer.candidates, 4);
}

/* An index that can't be read answers that nobody is to be named, and never
 * lets a wider row of a list do so. */
static void
a_damaged_index_names_nobody(void **state)
{
	struct bed *bed = *state;
	char path[128];

	put(bed, "b.csv",
	    "address,port_first,port_last,party,start,end\n"
	    "192.0.2.0/24,,,pool,2026-01-01T00:00:00Z,\n");
	index_begun(bed);
	say(bed, LEASE_START, "ann", "192.0.2.7", NOW_US - 10 * DAY);
	say(bed, LEASE_STOP, "ann", "192.0.2.7", NOW_US - 9 * DAY);
	write_index(bed, seal_work, &(struct at_event){NOW_US});
	snprintf(path, sizeof(path), "%s/day-2026-11-11.bindings", bed->path);
	if (truncate(path, 100) != 0)
		fail_msg("%s isn't there", path);
	open_all(bed, "bindings: [ { csv: b.csv } ]\n");
	assert_int_equal(
	    ask(bed, "192.0.2.7", NOW_US - 9 * DAY - HOUR)->certainty,
	    CERTAINTY_AMBIGUOUS);
	assert_string_equal(bed->said.account, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(an_index_may_come_later),
	    TEST(a_dropped_day_is_expired),
	    TEST(accounts_name_what_the_index_holds),
	    TEST(a_nat_leads_to_who_held_the_inside_address),
	    TEST(a_damaged_index_names_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
