/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying a policy on what a desk kept: the desk's own thinking and its own rows
 * over forty days (shadow and live; receipts, persons, sources that fall
 * silent, ended cases that come again), then the present policy must do all of
 * it again, a changed one what can be told beforehand, and a store whose past
 * was touched must be noticed.
 */
#include "../store/scratch.h"

#include "base/memory.h"
#include "base/rng.h"
#include "crypto/sha256.h"
#include "role/chain.h"
#include "role/counters.h"
#include "role/desk_keep.h"
#include "role/explain.h"
#include "role/policy_named.h"
#include "role/policy_try.h"

#define T0 (INT64_C(1718841600) * TIMES_SECOND_US) /* 2024-06-20 00:00 */
#define DAYS 40
#define PARTIES 24
#define NOTICES_MAX 512

struct told {
	uint64_t case_id, notice;
	int64_t due_us;
	uint8_t kind;
};

struct world {
	struct scratch *scratch;
	struct conf *conf;
	struct store *store;
	struct holders *holders;
	struct chain *chain;
	struct desk_keep keep;
	struct rng rng;
	struct told told[NOTICES_MAX];
	size_t told_count;
	uint64_t notices, measures, joined;
	uint64_t cases[PARTIES]; /* newest */
};

static void
sink(void *context, const struct chain_output *output)
{
	struct world *world = context;
	const struct case_output *step = output->step;

	for (size_t i = 0; i < step->action_count; i++) {
		const struct case_action *action = &step->actions[i];

		world->measures += action->kind == CASE_ACTION_MEASURE_ON;
		if (action->kind != CASE_ACTION_NOTICE)
			continue;
		world->notices++;
		if (action->would || world->told_count + 3 > NOTICES_MAX)
			continue;
		/* Sent, accepted and delivered some time after; one in four
		 * bounces. */
		for (uint8_t kind = RECEIPT_SENT; kind <= RECEIPT_DELIVERED;
		     kind++)
			world->told[world->told_count++] =
			    (struct told){step->record->id, action->notice.id,
					  step->input->now.us +
					      kind * (kind + 7) *
						  TIMES_MINUTE_US,
					  kind == RECEIPT_DELIVERED &&
						  action->notice.id % 4 == 0
					      ? RECEIPT_FAILED
					      : kind};
	}
	if (output->party_label && output->party_label[0] == 'k')
		world->cases[atoi(output->party_label + 1) % PARTIES] =
		    step->record->id;
	desk_keep_step(&world->keep, output);
}

static int
party_of(void *context, const char *label, bool known, struct party_id *party)
{
	return desk_keep_party(&((struct world *)context)->keep, label, known,
			       party);
}

static void
arrival(void *context, const struct sighting *sighting)
{
	desk_keep_arrival(&((struct world *)context)->keep, sighting);
}

static struct holders *
make_holders(void)
{
	static char rows[8192];
	struct binding_list *list = binding_list_new();
	struct text text;

	text_init(&text, rows, sizeof(rows));
	text_add(&text, "address,port_first,port_last,party,start,end\n");
	for (unsigned i = 0; i < PARTIES; i++) {
		text_add(&text, "192.0.2.");
		text_u64(&text, i + 1);
		text_add(&text, ",,,k");
		text_u64(&text, i);
		text_add(&text, ",2024-01-01T00:00:00Z,\n");
	}
	assert_non_null(list);
	assert_true(binding_list_add_csv(list, "test", rows, text.length, NULL,
					 NULL) >= 0);
	assert_int_equal(binding_list_seal(list), 0);
	return holders_of(list, NULL);
}

static void
begin(struct world *world, struct scratch *scratch, bool live, bool braked)
{
	char message[STORE_MESSAGE_SIZE];
	struct case_policy *policy;
	struct chain_conf chain = {.reachable = true,
				   .party_of = party_of,
				   .sink = sink,
				   .arrival = arrival,
				   .context = world};

	memset(world, 0, sizeof(*world));
	world->scratch = scratch;
	rng_init(&world->rng, 7);
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(conf_default(&world->conf), 0);
	policy = &world->conf->policy;
	policy->essential_set = true;
	policy->live_mode = live;
	memset(policy->live, live, sizeof(policy->live));
	/* Which of many at once a brake met can't be told again. */
	if (!braked)
		policy->brake_share_min = PARTIES;
	case_policy_seal(policy);
	assert_int_equal(store_open_writer(scratch->path, &sql_desk,
					   (struct at_arrival){T0},
					   &world->store, message),
			 0);
	world->holders = make_holders();
	assert_non_null(world->holders);
	world->keep = (struct desk_keep){.store = world->store,
					 .rows = desk_rows_new(),
					 .conf = world->conf,
					 .counters = memory_new(1, 65536),
					 .rng = rng_fork(&world->rng, 1)};
	chain.policy = policy;
	chain.holders = world->holders;
	chain.rng = rng_fork(&world->rng, 2);
	world->chain = chain_new(&chain);
	assert_non_null(world->chain);
	world->keep.book = chain_book(world->chain);
}

static void
end(struct world *world)
{
	chain_free(world->chain);
	holders_close(world->holders);
	desk_rows_free(world->keep.rows);
	memory_free(world->keep.counters);
	store_close(world->store);
	conf_free(world->conf);
}

/* What somebody saw of a party. */
static void
see(struct world *world, unsigned party, int64_t now_us)
{
	static const struct {
		const char *origin, *detector;
		uint8_t class;
		int32_t weight;
		uint16_t marks;
	} kinds[] = {{"own-flow", "scan/1", RSIT_SCANNER, 5000, 0},
		     {"list:c2", "contact/1", RSIT_INFECTED_SYSTEM, 5000,
		      SIGHTING_ESTABLISHED},
		     {"sinkhole-a", "feed/1", RSIT_INFECTED_SYSTEM, 5000,
		      SIGHTING_ESTABLISHED | SIGHTING_SINKHOLE},
		     {"own-flow", "brute/1", RSIT_BRUTE_FORCE, 3000, 0},
		     {"own-flow", "flood.icmp/1", RSIT_DDOS, 6000,
		      SIGHTING_FLOOD_LASTS | SIGHTING_HAS_PEER}};
	const size_t kind = (party + (size_t)rng_below(&world->rng, 2)) %
			    (sizeof(kinds) / sizeof(kinds[0]));
	struct sighting sighting = {.class = kinds[kind].class,
				    .role = ROLE_INFECTED,
				    .proto = 17,
				    .weight_milli = kinds[kind].weight,
				    .marks = kinds[kind].marks,
				    .lateness_us = 120 * TIMES_SECOND_US};

	sighting.address = addr_from_v4(0xc0000201u + party);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.peer = addr_from_v4(0xc6336409u);
	sighting.time.us = sighting.last.us = now_us - 90 * TIMES_SECOND_US;
	sighting.first.us = sighting.time.us - 10 * TIMES_SECOND_US;
	sighting.known.us = now_us;
	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of(kinds[kind].origin));
	(void)text_copy(sighting.detector, sizeof(sighting.detector),
			slice_of(kinds[kind].detector));
	sighting_seal(&sighting);
	assert_int_equal(chain_sighting(world->chain, &sighting,
					(struct at_event){now_us}),
			 0);
}

static void
say(struct world *world, unsigned party, enum case_event_kind kind,
    int64_t now_us)
{
	const struct case_event event = {.kind = kind,
					 .time = {now_us},
					 .self = kind == CASE_EVENT_RELEASE,
					 .actor = "staff",
					 .reason = "test"};

	if (world->cases[party])
		assert_int_equal(chain_event(world->chain, world->cases[party],
					     &event, (struct at_event){now_us}),
				 0);
}

static void
hand_in_receipts(struct world *world, int64_t now_us)
{
	for (size_t i = 0; i < world->told_count; i++) {
		const struct told told = world->told[i];
		const struct case_event event = {.kind = CASE_EVENT_RECEIPT,
						 .notice_id = told.notice,
						 .receipt = (enum receipt_kind)
								told.kind,
						 .time = {told.due_us}};

		if (!told.notice || told.due_us > now_us)
			continue;
		world->told[i].notice = 0;
		assert_int_equal(chain_event(world->chain, told.case_id, &event,
					     (struct at_event){now_us}),
				 0);
	}
}

/* Two parties are one customer: what is seen of the first is the second's. */
static void
join(struct world *world, int64_t now_us)
{
	const struct case_merge merge = {.from = world->cases[6],
					 .into = world->cases[11],
					 .actor = "staff",
					 .reason = "one customer"};
	const int error = chain_merge(world->chain, &merge,
				      (struct at_event){now_us});

	world->joined += error == 0;
	assert_true(error == 0 || error == LZ_E_STATE ||
		    error == LZ_E_NOT_FOUND);
}

/* One round of the desk. */
static void
go_round(struct world *world, int64_t now_us)
{
	const int64_t day = (now_us - T0) / TIMES_DAY_US;
	const bool silent = day == 12 || day == 13;

	world->keep.now.us = now_us;
	assert_int_equal(store_begin(world->store), 0);
	case_book_stop(chain_book(world->chain), CASE_STOP_SOURCES,
		       silent ? CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE : 0,
		       silent ? "a source of bindings is silent" : NULL);
	assert_int_equal(chain_advance(world->chain, (struct at_event){now_us}),
			 0);
	hand_in_receipts(world, now_us);
	for (unsigned party = 0; party < PARTIES; party++)
		if (day < 25 + party % 8 && party % 5 + 1 > day % 3 &&
		    rng_below(&world->rng, 5) == 0)
			see(world, party, now_us);
	if (day == 9 || day == 20)
		say(world, (unsigned)rng_below(&world->rng, PARTIES),
		    CASE_EVENT_RELEASE, now_us);
	if (day == 15)
		say(world, (unsigned)rng_below(&world->rng, PARTIES),
		    day % 2 ? CASE_EVENT_DISMISS : CASE_EVENT_HOLD, now_us);
	if (day >= 14 && day <= 17)
		say(world, (unsigned)(day * 5 % PARTIES),
		    day % 2 ? CASE_EVENT_ANSWER : CASE_EVENT_OBJECT, now_us);
	if (day == 17)
		join(world, now_us);
	assert_int_equal(desk_keep_flush(&world->keep), 0);
	assert_int_equal(store_commit(world->store), 0);
	world->told_count = world->told_count + 9 > NOTICES_MAX
				? 0
				: world->told_count;
}

static void
live_through(struct world *world)
{
	for (int64_t hour = 0; hour < DAYS * 24; hour += 4)
		go_round(world, T0 + hour * TIMES_HOUR_US);
	assert_in_range(world->notices, 20, NOTICES_MAX);
	assert_in_range(world->measures, 10, NOTICES_MAX);
	assert_int_equal(world->joined, 1);
}

static struct policy_trial
try_policy(struct world *world, const struct case_policy *other, int64_t since)
{
	const struct policy_try how = {.present = &world->conf->policy,
				       .other = other,
				       .since = {since},
				       .until = {T0 +
						 (DAYS + 1) * TIMES_DAY_US},
				       .retention = &world->conf->retention,
				       .parties_total = PARTIES};
	struct policy_trial trial;

	assert_int_equal(policy_try(world->store, &how, &trial), 0);
	return trial;
}

static uint64_t
sum(const struct policy_trial *trial, enum policy_what what,
    enum policy_side side)
{
	int64_t first;
	uint64_t all = 0;
	const uint32_t days = policy_tally_days(trial->tally, &first);

	for (uint32_t day = 0; day < days; day++)
		for (uint8_t class = 0; class < RSIT_CLASS_COUNT; class ++)
			all += policy_tally_cell(trial->tally, day, class, what)
				   ->count[side];
	return all;
}

static void
check_trials(struct world *world)
{
	struct case_policy other = world->conf->policy;
	struct policy_trial trial;

	/* The same again: nothing differs, and nobody is met otherwise. */
	trial = try_policy(world, &other, T0);
	assert_int_equal(trial.unreadable, 0);
	assert_int_equal(trial.elsewhere, 0);
	assert_int_equal(sum(&trial, POLICY_NOTICE, POLICY_DONE),
			 world->notices);
	assert_int_equal(sum(&trial, POLICY_FILTER, POLICY_DONE) +
			     sum(&trial, POLICY_LIMIT, POLICY_DONE) +
			     sum(&trial, POLICY_GARDEN, POLICY_DONE),
			 world->measures);
	if (trial.differs)
		policy_try_print(
		    &(struct policy_try){.present = &world->conf->policy,
					 .other = &other,
					 .since = {T0},
					 .until = {T0 +
						   (DAYS + 1) * TIMES_DAY_US},
					 .retention = &world->conf->retention},
		    &trial);
	assert_int_equal(trial.differs, 0);
	assert_int_equal(trial.unmet, 0);
	assert_int_equal(policy_tally_met(trial.tally, POLICY_MET_NOTICE,
					  POLICY_NEW, POLICY_PRESENT),
			 0);
	policy_trial_free(&trial);
	/* From the middle: cases that began before it are known all the same. */
	trial = try_policy(world, &other, T0 + 17 * TIMES_DAY_US);
	assert_int_equal(trial.differs, 0);
	assert_in_range(trial.done, 1, world->notices * 4);
	policy_trial_free(&trial);
	/* A limit where there were gardens, of the same parties. */
	other.party_measure = other.attack_measure = MEASURE_LIMIT;
	case_policy_seal(&other);
	trial = try_policy(world, &other, T0);
	assert_int_equal(trial.differs, 0);
	assert_int_equal(sum(&trial, POLICY_GARDEN, POLICY_NEW), 0);
	assert_true(sum(&trial, POLICY_LIMIT, POLICY_NEW) > 0);
	assert_int_equal(policy_tally_met(trial.tally, POLICY_MET_MEASURE,
					  POLICY_PRESENT, POLICY_NEW),
			 0);
	policy_trial_free(&trial);
	/* Who is told by a higher score only, is told less and limited less. */
	other = world->conf->policy;
	other.notice_at_milli = 100000;
	other.measure_at_milli = 100000;
	case_policy_seal(&other);
	trial = try_policy(world, &other, T0);
	assert_true(sum(&trial, POLICY_NOTICE, POLICY_NEW) <
		    sum(&trial, POLICY_NOTICE, POLICY_DONE));
	assert_true(policy_tally_met(trial.tally, POLICY_MET_NOTICE,
				     POLICY_PRESENT, POLICY_NEW) > 0);
	assert_int_equal(policy_tally_met(trial.tally, POLICY_MET_NOTICE,
					  POLICY_NEW, POLICY_PRESENT),
			 0);
	assert_true(sum(&trial, POLICY_GARDEN, POLICY_NEW) <
		    sum(&trial, POLICY_GARDEN, POLICY_DONE));
	policy_trial_free(&trial);
}

static void
shadow_does_it_again(void **state)
{
	static struct world world;

	begin(&world, *state, false, false);
	live_through(&world);
	check_trials(&world);
	end(&world);
}

static void
live_does_it_again(void **state)
{
	static struct world world;

	begin(&world, *state, true, false);
	live_through(&world);
	check_trials(&world);
	end(&world);
}

/* A brake closes among words of one moment: nearly the same, and it is said. */
static void
a_brake_closes(void **state)
{
	static struct world world;
	struct policy_trial trial;

	begin(&world, *state, true, true);
	live_through(&world);
	trial = try_policy(&world, &world.conf->policy, T0);
	assert_in_range(trial.differs, 0, trial.done / 5);
	assert_true(sum(&trial, POLICY_NOTICE, POLICY_PRESENT) > 0);
	policy_trial_free(&trial);
	end(&world);
}

static void
keep_policy(struct world *world, const struct case_policy *policy)
{
	static uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	case_policy_encode(&writer, policy);
	assert_false(writer.failed);
	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(
	    desk_store_policy_add(world->store, policy->hash,
				  (struct store_bytes){bytes, writer.length},
				  (struct at_event){T0}),
	    0);
	assert_int_equal(store_commit(world->store), 0);
}

/* By its hash a stored policy is found, and it is the one it was. */
static void
policies_have_names(void **state)
{
	static struct world world;
	struct policy_named found, present;
	struct case_policy other;
	char digits[2 * CASE_POLICY_HASH_SIZE + 1];
	struct text text;
	bool differs;

	begin(&world, *state, false, false);
	other = world.conf->policy;
	other.grace_us = TIMES_DAY_US;
	case_policy_seal(&other);
	keep_policy(&world, &world.conf->policy);
	keep_policy(&world, &other);
	text_init(&text, digits, sizeof(digits));
	text_hex(&text, other.hash, CASE_POLICY_HASH_SIZE);
	digits[9] = '\0';
	assert_true(policy_named_is_hash(digits));
	assert_false(policy_named_is_hash("present"));
	assert_false(policy_named_is_hash("new.yaml"));
	assert_int_equal(policy_named_find(world.store, world.conf, digits,
					   &found),
			 0);
	assert_true(found.stored);
	assert_int_equal(found.conf->policy.grace_us, TIMES_DAY_US);
	assert_memory_equal(found.conf->policy.hash, other.hash,
			    CASE_POLICY_HASH_SIZE);
	assert_int_equal(policy_named_find(world.store, world.conf, NULL,
					   &present),
			 0);
	assert_int_equal(policy_named_diff(&found, &found, false, &differs), 0);
	assert_false(differs);
	assert_int_equal(policy_named_diff(&found, &present, false, &differs),
			 0);
	assert_true(differs);
	policy_named_free(&found);
	policy_named_free(&present);
	assert_int_equal(policy_named_find(world.store, world.conf, "zz",
					   &found),
			 LZ_E_FORMAT);
	assert_int_equal(policy_named_find(world.store, world.conf,
					   "000000000000", &found),
			 LZ_E_NOT_FOUND);
	assert_int_equal(policy_named_list(world.store, &world.conf->policy,
					   true),
			 0);
	end(&world);
}

static void
touch(const struct world *world, const char *sql)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s",
		 world->scratch->postgres ? "SET search_path = desk;" : "",
		 sql);
	scratch_execute(world->scratch, text);
}

/* What the present policy does isn't what stands in the store: it is noticed.
 * What is erased is told. */
static void
a_touched_past_is_noticed(void **state)
{
	static struct world world;
	struct policy_trial trial;

	begin(&world, *state, false, false);
	live_through(&world);
	touch(&world, "DELETE FROM case_action WHERE kind = 1 AND ref = "
		      "(SELECT ref FROM case_action WHERE kind = 1 "
		      "ORDER BY ref LIMIT 1)");
	touch(&world, "INSERT INTO case_count (day, state, classes, n) "
		      "VALUES (19894, 6, 4, 3)"); /* 2024-06-20, scanner */
	trial = try_policy(&world, &world.conf->policy, T0);
	assert_int_equal(trial.differs, 1);
	assert_int_equal(trial.erased[RSIT_SCANNER], 3);
	assert_int_equal(trial.erased[RSIT_DDOS], 0);
	policy_trial_free(&trial);
	end(&world);
}

/* ---- every case, read back and stepped again ---- */

struct listed {
	size_t count;
	uint64_t ids[PARTIES * 4];
};

static int
list_case(void *context, const struct desk_view_case *view)
{
	struct listed *listed = context;

	assert_true(listed->count < sizeof(listed->ids) / sizeof(uint64_t));
	listed->ids[listed->count++] = view->stored.id;
	return 0;
}

/* What the desk kept, folded steps and all, makes the very cases it kept. */
static void
every_case_is_stepped_again(void **state)
{
	static struct world world;
	static struct listed listed;

	begin(&world, *state, true, false);
	keep_policy(&world, &world.conf->policy);
	live_through(&world);
	memset(&listed, 0, sizeof(listed));
	assert_int_equal(desk_view_cases(world.store, UINT32_MAX, list_case,
					 &listed),
			 0);
	assert_in_range(listed.count, PARTIES / 2, PARTIES * 4);
	for (size_t i = 0; i < listed.count; i++) {
		const struct explain how = {.again = true};
		bool differs = true;

		assert_int_equal(explain_case(world.store, listed.ids[i], &how,
					      &differs),
				 0);
		assert_false(differs);
	}
	/* One act less on record, and it is said. */
	touch(&world, "DELETE FROM case_action WHERE kind = 1");
	for (size_t i = 0, differing = 0; i < listed.count; i++) {
		const struct explain how = {.again = true, .json = true};
		bool differs = false;

		assert_int_equal(explain_case(world.store, listed.ids[i], &how,
					      &differs),
				 0);
		differing += differs;
		assert_true(i + 1 < listed.count || differing > 0);
	}
	end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(shadow_does_it_again, scratch_setup,
					    scratch_teardown),
	    cmocka_unit_test_setup_teardown(live_does_it_again, scratch_setup,
					    scratch_teardown),
	    cmocka_unit_test_setup_teardown(a_brake_closes, scratch_setup,
					    scratch_teardown),
	    cmocka_unit_test_setup_teardown(policies_have_names, scratch_setup,
					    scratch_teardown),
	    cmocka_unit_test_setup_teardown(a_touched_past_is_noticed,
					    scratch_setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(every_case_is_stepped_again,
					    scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
