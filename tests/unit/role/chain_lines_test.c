/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that were given away, by an index that is written as a registrar does:
 * what ends a garden there, and what isn't heard and so ends nothing.  A case
 * in shadow, by the desk's own chain.
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

#include "base/hash.h"
#include "base/memory.h"
#include "crypto/sha256.h"
#include "fact/security_reason.h"
#include "index/index.h"
#include "role/chain_lines.h"

#define CONFIGURATION                                                       \
	"network: { inside: [192.0.2.0/24, 100.64.0.0/10, { prefix: "       \
	"203.0.113.0/24, cgnat: outside } ] }\nstate_dir: state\nrun_dir: " \
	"run\nregistrar:\n  accounting: { clients: [ { address: "           \
	"198.51.100.1, name: bng-1, secret_file: s } ] }\n"
#define PLAN                                                                 \
	"  deterministic_nat: [ { inside: 100.64.0.0/30, outside: "          \
	"203.0.113.40/32, ports: 16128, realm: 5, inside_boundaries: true, " \
	"outside_boundaries: true } ]\n"
#define MINUTE TIMES_MINUTE_US
#define HOUR TIMES_HOUR_US
#define DAY TIMES_DAY_US
/* 2026-11-20 00:00 UTC */
#define NOW_US (INT64_C(20777) * DAY)

struct bed {
	char folder[64], path[96], label[PARTY_LABEL_SIZE];
	struct conf *conf;
	struct holders *holders;
	struct chain *chain;
	uint64_t position, case_id;
	uint32_t realm; /* of what is said */
	unsigned on, off;
};

/* ------------------------------------------------------------ begin, end */

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
	strcpy(bed->folder, "/tmp/lazaret-lines-XXXXXX");
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

	chain_free(bed->chain);
	holders_close(bed->holders);
	conf_free(bed->conf);
	nftw(bed->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(bed);
	return 0;
}

/* -------------------------------------------------------------- the index */

enum deed { SAY, FALL_SILENT };

struct doing {
	enum deed deed;
	struct lease_event event;
	struct at_event now;
};

static int
work(const struct bed *bed, struct index_writer *writer,
     const struct doing *doing)
{
	struct tracker_source source = {.interim_us = HOUR,
					.silent_after = 4,
					.sessions_numbered = true,
					.gap = times_unset()};
	struct tracker_store store;
	int error = index_begin(writer);

	if (!error)
		error = index_source(writer, "bng-1/198.51.100.1", &source);
	if (error)
		return error;
	index_word(writer, doing->event.arrival);
	store = index_store(writer, NULL, NULL);
	error = doing->deed == SAY
		    ? tracker_event(&store, &source, &doing->event)
		    : tracker_silence(&store, &source, doing->now);
	if (error < 0)
		return error;
	return index_commit(writer, bed->position + 1);
}

/* LMDB bears an index once in a process: writing is a child's. */
static void
write_index(struct bed *bed, const struct doing *doing)
{
	const struct index_conf conf = {.path = bed->path};
	struct index_writer *writer;
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		int error = index_writer_open(&conf, &writer);

		if (!error) {
			error = work(bed, writer, doing);
			index_writer_close(writer);
		}
		_exit(error != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	bed->position++;
}

static void
say(struct bed *bed, uint8_t kind, const char *user, const char *address,
    int64_t at_us)
{
	struct doing doing = {.deed = SAY};
	struct lease_event *event = &doing.event;

	*event = (struct lease_event){.kind = kind,
				      .subject_count = 1,
				      .realm = bed->realm,
				      .at = {at_us},
				      .start = times_unset(),
				      .end = times_unset(),
				      .sure = times_unset(),
				      .arrival = {at_us},
				      .origin = (bed->position + 1) << 16};
	assert_int_equal(subject_parse(slice_of(address),
				       &event->subjects[0].subject),
			 0);
	(void)text_copy(event->session, sizeof(event->session), slice_of(user));
	snprintf(event->holder, sizeof(event->holder), "user:%s", user);
	write_index(bed, &doing);
}

/* -------------------------------------------------------------- the chain */

static int
party_of(void *context, const char *label, bool known, struct party_id *party)
{
	(void)context;
	(void)known;
	party->value = hash_crc32c(1, label, strlen(label)) | 1;
	return 0;
}

/* Ann alone has a number. */
static int
party_find(void *context, const char *label, struct party_id *party)
{
	return strcmp(label, "ann") == 0 ? party_of(context, label, true, party)
					 : LZ_E_NOT_FOUND;
}

static void
sink(void *context, const struct chain_output *output)
{
	struct bed *bed = context;

	if (output->party_label)
		(void)text_copy(bed->label, sizeof(bed->label),
				slice_of(output->party_label));
	bed->case_id = output->step->record->id;
	for (size_t i = 0; i < output->step->action_count; i++) {
		bed->on += output->step->actions[i].kind ==
			   CASE_ACTION_MEASURE_ON;
		bed->off += output->step->actions[i].kind ==
			    CASE_ACTION_MEASURE_OFF;
	}
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
	struct chain_conf chain = {.reachable = true,
				   .party_of = party_of,
				   .party_find = party_find,
				   .sink = sink,
				   .context = bed};
	char yaml[2048], name[96];

	snprintf(yaml, sizeof(yaml), "%s%s", CONFIGURATION, more);
	snprintf(name, sizeof(name), "%s/c.yaml", bed->folder);
	if (conf_parse(name, yaml, strlen(yaml), &bed->conf, &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
	case_policy_seal(&bed->conf->policy);
	bed->holders = holders_open(bed->conf, HOLDERS_ALL, NULL);
	assert_non_null(bed->holders);
	chain.policy = &bed->conf->policy;
	chain.holders = bed->holders;
	rng_init(&chain.rng, 1);
	bed->chain = chain_new(&chain);
	assert_non_null(bed->chain);
}

/* Somebody scans, is told, and is put into the garden by a person, at NOW. */
static void
garden(struct bed *bed, const char *endpoint, const char *account)
{
	struct case_event order = {.kind = CASE_EVENT_ORDER,
				   .measure = MEASURE_GARDEN,
				   .security = REASON_INFECTED,
				   .time = {NOW_US},
				   .actor = "a person",
				   .reason = "seen by us"};
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .weight_milli = 5000};

	assert_int_equal(subject_parse(slice_of(endpoint), &sighting.subject),
			 0);
	sighting.address = sighting.subject.prefix.addr;
	sighting.time.us = NOW_US - 2 * HOUR;
	sighting.first = sighting.last = sighting.known = sighting.time;
	if (subject_has_ports(&sighting.subject)) {
		sighting.port = sighting.subject.port_first;
		sighting.marks = SIGHTING_HAS_PORT;
		sighting.port_count = 1;
		sighting.ports[0].port = sighting.port;
		sighting.ports[0].time = sighting.time;
	}
	strcpy(sighting.origin, "own-flow");
	strcpy(sighting.detector, "scan/1");
	sighting_seal(&sighting);
	assert_int_equal(chain_sighting(bed->chain, &sighting,
					(struct at_event){NOW_US}),
			 0);
	assert_string_equal(bed->label, account);
	assert_int_equal(chain_event(bed->chain, bed->case_id, &order,
				     (struct at_event){NOW_US}),
			 0);
	assert_int_equal(bed->on, 1);
	assert_int_equal(bed->off, 0);
}

/* How many gardens have fallen when all lines are asked for. */
static unsigned
fallen(struct bed *bed, int64_t at_us)
{
	holders_renew(bed->holders);
	assert_int_equal(chain_lines(bed->chain, CHAIN_LINES_MEASURES, NULL,
				     (struct at_event){at_us}),
			 0);
	return bed->off;
}

static void
ann_in_the_garden(struct bed *bed)
{
	say(bed, LEASE_START, "ann", "192.0.2.7", NOW_US - DAY);
	say(bed, LEASE_ALIVE, "ann", "192.0.2.7", NOW_US - HOUR);
	open_all(bed, "");
	garden(bed, "192.0.2.7", "ann");
	assert_int_equal(fallen(bed, NOW_US + MINUTE), 0);
}

/* ------------------------------------------------------------------ tests */

static void
an_end_frees_it(void **state)
{
	struct bed *bed = *state;

	ann_in_the_garden(bed);
	say(bed, LEASE_STOP, "ann", "192.0.2.7", NOW_US + MINUTE);
	assert_int_equal(fallen(bed, NOW_US + 2 * MINUTE), 1);
	assert_int_equal(fallen(bed, NOW_US + 3 * MINUTE), 1);
}

static void
silence_ends_nothing_and_another_does(void **state)
{
	const struct doing silence = {.deed = FALL_SILENT,
				      .now = {NOW_US + 6 * HOUR}};
	struct bed *bed = *state;

	ann_in_the_garden(bed);
	write_index(bed, &silence);
	assert_int_equal(fallen(bed, NOW_US + 6 * HOUR), 0);
	assert_int_equal(fallen(bed, NOW_US + 7 * HOUR), 0);
	say(bed, LEASE_START, "bob", "192.0.2.7", NOW_US + 7 * HOUR);
	assert_int_equal(fallen(bed, NOW_US + 7 * HOUR + MINUTE), 1);
}

/* Her lease that wasn't heard of, and then again. */
static void
what_was_silent_goes_on(void **state)
{
	const struct doing silence = {.deed = FALL_SILENT,
				      .now = {NOW_US + 6 * HOUR}};
	struct bed *bed = *state;

	ann_in_the_garden(bed);
	write_index(bed, &silence);
	say(bed, LEASE_ALIVE, "ann", "192.0.2.7", NOW_US + 7 * HOUR);
	assert_int_equal(fallen(bed, NOW_US + 7 * HOUR + MINUTE), 0);
	say(bed, LEASE_STOP, "ann", "192.0.2.7", NOW_US + 8 * HOUR);
	assert_int_equal(fallen(bed, NOW_US + 8 * HOUR + MINUTE), 1);
}

static void
an_inside_address_of_a_realm_is_found(void **state)
{
	struct bed *bed = *state;

	bed->realm = 5;
	say(bed, LEASE_START, "ann", "100.64.0.1", NOW_US - DAY);
	say(bed, LEASE_ALIVE, "ann", "100.64.0.1", NOW_US - HOUR);
	open_all(bed, PLAN);
	garden(bed, "203.0.113.40:20000-20000", "ann");
	assert_int_equal(fallen(bed, NOW_US + MINUTE), 0);
	/* The same address of another network is another's. */
	bed->realm = 6;
	say(bed, LEASE_START, "eve", "100.64.0.1", NOW_US + MINUTE);
	say(bed, LEASE_STOP, "eve", "100.64.0.1", NOW_US + 2 * MINUTE);
	holders_meet_realm(bed->holders, 6);
	assert_int_equal(fallen(bed, NOW_US + 3 * MINUTE), 0);
	bed->realm = 5;
	say(bed, LEASE_STOP, "ann", "100.64.0.1", NOW_US + 4 * MINUTE);
	assert_int_equal(fallen(bed, NOW_US + 5 * MINUTE), 1);
}

/* Moves the index away, and back. */
static void
move_index(const struct bed *bed, bool away)
{
	char hidden[128];

	snprintf(hidden, sizeof(hidden), "%s.away", bed->path);
	assert_int_equal(away ? rename(bed->path, hidden)
			      : rename(hidden, bed->path),
			 0);
}

#define LIST_WITH(row) "address,port_first,port_last,party,start,end\n" row

/* A desk whose memory is kept, over other holders. */
static void
open_again(struct bed *bed, const char *more)
{
	struct case_record *record = memory_new(1, sizeof(*record));

	assert_non_null(record);
	case_record_copy(record,
			 case_book_find(chain_book(bed->chain), bed->case_id));
	chain_free(bed->chain);
	holders_close(bed->holders);
	conf_free(bed->conf);
	open_all(bed, more);
	assert_int_equal(chain_restore(bed->chain, record, 3), 0);
	memory_free(record);
}

/* The index isn't there, and a list names another for the whole network. */
static void
no_index_ends_nothing(void **state)
{
	struct bed *bed = *state;

	put(bed, "b.csv",
	    LIST_WITH("192.0.2.0/24,,,pool,2026-01-01T00:00:00Z,\n"));
	ann_in_the_garden(bed);
	move_index(bed, true);
	open_again(bed, "bindings: [ { csv: b.csv } ]\n");
	assert_int_equal(fallen(bed, NOW_US + MINUTE), 0);
	/* There is one, but it is a new one and empty. */
	say(bed, LEASE_START, "eve", "192.0.2.99", NOW_US - 2 * DAY);
	assert_int_equal(fallen(bed, NOW_US + 2 * MINUTE), 0);
}

/* ... and one that can't be read. */
static void
an_index_that_cant_be_read_ends_nothing(void **state)
{
	struct bed *bed = *state;
	char path[128];

	put(bed, "b.csv",
	    LIST_WITH("192.0.2.0/24,,,pool,2026-01-01T00:00:00Z,\n"));
	ann_in_the_garden(bed);
	open_again(bed, "bindings: [ { csv: b.csv } ]\n");
	snprintf(path, sizeof(path), "%s/head/data.mdb", bed->path);
	assert_int_equal(unlink(path), 0);
	put(bed, "state/registrar/index/head/data.mdb", "this is no index");
	assert_int_equal(fallen(bed, NOW_US + MINUTE), 0);
	assert_int_equal(fallen(bed, NOW_US + 2 * MINUTE), 0);
}

/* A new index that doesn't know her session any more.  An index that is being
 * made anew names those of long ago; who was heard of since is there. */
static void
her_row_is_gone(void **state)
{
	struct bed *bed = *state;

	ann_in_the_garden(bed);
	move_index(bed, true);
	say(bed, LEASE_START, "old", "192.0.2.7", NOW_US - 3 * DAY);
	say(bed, LEASE_START, "eve", "192.0.2.99", NOW_US);
	open_again(bed, "");
	assert_int_equal(fallen(bed, NOW_US + MINUTE), 0);
	say(bed, LEASE_START, "ann", "192.0.2.7", NOW_US + MINUTE);
	assert_int_equal(fallen(bed, NOW_US + 2 * MINUTE), 0);
	say(bed, LEASE_STOP, "ann", "192.0.2.7", NOW_US + 3 * MINUTE);
	assert_int_equal(fallen(bed, NOW_US + 4 * MINUTE), 0);
	say(bed, LEASE_START, "bob", "192.0.2.7", NOW_US + 5 * MINUTE);
	assert_int_equal(fallen(bed, NOW_US + 6 * MINUTE), 1);
}

/* A list that holds what is: her row has gone from it. */
static void
a_list_names_another(void **state)
{
	struct bed *bed = *state;

	put(bed, "b.csv", LIST_WITH("192.0.2.7,,,ann,2026-01-01T00:00:00Z,\n"));
	say(bed, LEASE_START, "eve", "192.0.2.99", NOW_US);
	open_all(bed, "bindings: [ { csv: b.csv } ]\n");
	garden(bed, "192.0.2.7", "ann");
	put(bed, "b.csv", LIST_WITH("192.0.2.8,,,ann,2026-01-01T00:00:00Z,\n"));
	open_again(bed, "bindings: [ { csv: b.csv } ]\n");
	assert_int_equal(fallen(bed, NOW_US + MINUTE), 0);
	put(bed, "b.csv", LIST_WITH("192.0.2.7,,,bob,2026-11-01T00:00:00Z,\n"));
	open_again(bed, "bindings: [ { csv: b.csv } ]\n");
	assert_int_equal(fallen(bed, NOW_US + 2 * MINUTE), 1);
}

/* Of all lines those that a word was of are asked for, at most once a second. */
static void
news_are_gathered(void **state)
{
	struct chain_news news = {.count = 0};
	struct at_event now = {NOW_US + 2 * MINUTE};
	struct bed *bed = *state;
	struct prefix prefix;

	ann_in_the_garden(bed);
	say(bed, LEASE_STOP, "ann", "192.0.2.7", NOW_US + MINUTE);
	holders_renew(bed->holders);
	assert_int_equal(chain_lines_news(bed->chain, &news, now), 0);
	assert_int_equal(bed->off, 0);
	assert_int_equal(prefix_parse(slice_of("192.0.2.8/32"), &prefix), 0);
	chain_news_add(&news, &prefix);
	assert_int_equal(chain_lines_news(bed->chain, &news, now), 0);
	assert_int_equal(bed->off, 0);
	assert_int_equal(news.count, 0);
	assert_int_equal(prefix_parse(slice_of("192.0.2.0/28"), &prefix), 0);
	chain_news_add(&news, &prefix);
	now.us += CHAIN_NEWS_US - 1;
	assert_int_equal(chain_lines_news(bed->chain, &news, now), 0);
	assert_int_equal(bed->off, 0);
	now.us++;
	assert_int_equal(chain_lines_news(bed->chain, &news, now), 0);
	assert_int_equal(bed->off, 1);
	chain_news_fini(&news);
}

static bool
touches(struct chain_news *news, const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(slice_of(text), &prefix), 0);
	return chain_news_touch(news, &prefix);
}

static void
news_touch_what_they_share(void **state)
{
	static const char *const said[] = {"192.0.2.64/26", "192.0.2.70/32",
					   "198.51.100.7/32",
					   "2001:db8:0:1::/64"};
	struct chain_news news = {.count = 0};
	struct prefix prefix;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		assert_int_equal(prefix_parse(slice_of(said[i % 4]), &prefix),
				 0);
		chain_news_add(&news, &prefix);
	}
	chain_news_sort(&news);
	assert_int_equal(news.count, 3);
	assert_true(touches(&news, "192.0.2.127/32"));
	assert_true(touches(&news, "192.0.2.0/24"));
	assert_true(touches(&news, "198.51.100.7/32"));
	assert_true(touches(&news, "198.51.100.0/29"));
	assert_true(touches(&news, "2001:db8:0:1::5/128"));
	assert_true(touches(&news, "2001:db8::/48"));
	assert_false(touches(&news, "192.0.2.63/32"));
	assert_false(touches(&news, "192.0.2.128/25"));
	assert_false(touches(&news, "198.51.100.6/32"));
	assert_false(touches(&news, "198.51.100.8/29"));
	assert_false(touches(&news, "2001:db8:0:2::/64"));
	chain_news_fini(&news);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(an_end_frees_it),
	    TEST(silence_ends_nothing_and_another_does),
	    TEST(what_was_silent_goes_on),
	    TEST(an_inside_address_of_a_realm_is_found),
	    TEST(no_index_ends_nothing),
	    TEST(an_index_that_cant_be_read_ends_nothing),
	    TEST(her_row_is_gone),
	    TEST(a_list_names_another),
	    TEST(news_are_gathered),
	    cmocka_unit_test(news_touch_what_they_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
