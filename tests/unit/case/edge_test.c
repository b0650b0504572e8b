/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step of a case that is made for it, just at an edge: what `make mutate`
 * moved by a microsecond or a thousandth and nothing noticed.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "book_bench.h"
#include "case/facts.h"
#include "case/findings.h"
#include "case/ladder.h"
#include "fact/security_reason.h"

#define DAY TIMES_DAY_US
#define HOUR TIMES_HOUR_US
#define MINUTE TIMES_MINUTE_US
#define NOW BENCH_T0

static struct case_policy policy;
static struct case_record record;
static struct case_step_result result;
static struct case_step_input input;

/* Told ten days ago, on one open line; nothing was seen yet. */
static int
setup(void **state)
{
	const struct party_id party = {42};

	(void)state;
	assert_int_equal(crypto_init(), 0);
	case_policy_init(&policy);
	policy.essential_set = policy.live_mode = true;
	memset(policy.live, true, sizeof(policy.live));
	case_policy_seal(&policy);
	case_record_init(&record, 1, party, (struct at_event){NOW - 20 * DAY},
			 &policy);
	record.state = CASE_NOTICED;
	record.known = record.reachable = true;
	record.channels = 1;
	record.sighting_count = 0;
	record.notice_count = 1;
	record.notices[0] = (struct case_notice){
	    .id = 11,
	    .step = 1,
	    .created = {NOW - 10 * DAY},
	    .sent = {NOW - 10 * DAY},
	    .accepted = times_unset(),
	    .delivered = {NOW - 10 * DAY},
	    .seen = times_unset(),
	    .acknowledged = times_unset(),
	    .failed = times_unset(),
	};
	record.place_count = 1;
	record.places[0] = (struct case_place){.binding = 7,
					       .end = {INT64_MAX},
					       .last = {NOW - DAY}};
	record.places[0].target.prefix.addr = addr_from_v4(0xc0000207u);
	record.places[0].target.prefix.length = 128;
	input = (struct case_step_input){.policy = &policy,
					 .current = &policy,
					 .now = {NOW}};
	for (size_t i = 0; i < CASE_ACTIONS_MAX; i++)
		input.ids[i] = 100 + i;
	return 0;
}

/* Sightings must be given by time. */
static struct case_sighting *
saw(uint32_t origin_hash, int64_t age_us, int32_t weight_milli)
{
	struct case_sighting *it = &record.sightings[record.sighting_count++];

	*it = (struct case_sighting){.time = {NOW - age_us},
				     .origin_hash = origin_hash,
				     .weight_milli = weight_milli,
				     .class = RSIT_SCANNER,
				     .role = ROLE_INFECTED,
				     .certainty = CERTAINTY_CERTAIN};
	it->id[0] = (uint8_t)record.sighting_count;
	record.last_seen = it->time;
	return it;
}

static struct case_measure *
measured(enum measure_kind kind, int64_t expires_us)
{
	struct case_measure *it = &record.measures[record.measure_count++];
	struct text text;

	*it = (struct case_measure){.id = 50 + record.measure_count,
				    .kind = kind,
				    .reason = REASON_ATTACK,
				    .since = {NOW - DAY},
				    .expires = {expires_us},
				    .binding = 7};
	text_init(&text, it->target, sizeof(it->target));
	subject_format(&text, &record.places[0].target);
	if (kind != MEASURE_FILTER)
		record.bound_since.us = expires_us - policy.garden_us;
	return it;
}

static void
step(struct case_event event)
{
	case_step(&record, &event, &input, &result);
}

static void
ring(void)
{
	step((struct case_event){.kind = CASE_EVENT_TIMER});
}

static void
is_now(enum case_state state, const char *row)
{
	assert_string_equal(result.row, row);
	assert_string_equal(case_state_name(record.state),
			    case_state_name(state));
}

/* ---- evidence ---- */

static void
two_words(int64_t age_us)
{
	saw(2, age_us, 1);
	saw(1, HOUR, 12000);
	ring();
}

static void
a_word_that_still_weighs_makes_two_origins(void **state)
{
	(void)state;
	two_words(30 * HOUR);
	is_now(CASE_QUARANTINED, "garden-late");
}

static void
a_word_that_has_faded_is_no_second_origin(void **state)
{
	(void)state;
	two_words(19 * DAY);
	assert_int_equal(record.measure_count, 0);
	assert_int_equal(record.state, CASE_NOTICED);
}

static void
three_days(int64_t first_age_us)
{
	saw(1, first_age_us, 1)->own = true;
	saw(1, 25 * HOUR, 6000)->own = true;
	saw(1, HOUR, 6000)->own = true;
	ring();
}

static void
three_days_that_still_weigh_are_proof(void **state)
{
	(void)state;
	three_days(47 * HOUR);
	is_now(CASE_QUARANTINED, "garden-late");
}

static void
a_day_that_has_faded_is_none_of_three(void **state)
{
	(void)state;
	three_days(19 * DAY);
	assert_int_equal(record.measure_count, 0);
	assert_int_equal(record.state, CASE_NOTICED);
}

/* No grace at all is a grace: of no time. */
static void
a_grace_of_no_time_is_one(void **state)
{
	(void)state;
	policy.grace_us = 0;
	case_policy_seal(&policy);
	two_words(30 * HOUR);
	is_now(CASE_QUARANTINED, "garden-late");
}

/* What an outsider could have sent isn't made sound by what weighs nothing. */
static void
a_weightless_word_makes_none_sound(void **state)
{
	(void)state;
	saw(1, 2 * HOUR, 6000)->marks = SIGHTING_SPOOFABLE;
	saw(1, HOUR, 0);
	assert_false(case_is_enough(&record, &policy, times_unset(),
				    (struct at_event){NOW}));
	saw(1, HOUR, 1);
	assert_true(case_is_enough(&record, &policy, times_unset(),
				   (struct at_event){NOW}));
}

static void
what_has_no_half_life_stays(void **state)
{
	(void)state;
	policy.item_half_us = 0;
	assert_int_equal(case_decay(5000, 100 * DAY, &policy), 5000);
}

static void
the_lightest_word_is_the_newest_too(void **state)
{
	(void)state;
	saw(1, 2 * HOUR, 5000);
	saw(1, HOUR, 1);
	assert_int_equal(case_newest_infected(&record).us, NOW - HOUR);
	saw(1, 0, 0);
	assert_int_equal(case_newest_infected(&record).us, NOW - HOUR);
}

/* ---- notices ---- */

static void
nobody_is_told_more_often_than_is_kept(void **state)
{
	(void)state;
	record.state = CASE_OPEN;
	saw(1, HOUR, 6000);
	for (uint32_t i = 1; i < CASE_NOTICES_MAX; i++)
		record.notices[i] = record.notices[0];
	record.notice_count = CASE_NOTICES_MAX - 1;
	record.retry.us = NOW + 1;
	ring();
	assert_true(result.facts & CASE_F_CAN_TELL);
	record.notice_count = CASE_NOTICES_MAX;
	ring();
	assert_false(result.facts & CASE_F_CAN_TELL);
	assert_int_equal(record.notice_count, CASE_NOTICES_MAX);
}

/* Each waits its own time in silence. */
static void
silence_delivers_only_what_is_due(void **state)
{
	(void)state;
	record.notice_count = 2;
	record.notices[1] = record.notices[0];
	record.notices[0].delivered = record.notices[1].delivered =
	    times_unset();
	record.notices[0].accepted.us = NOW - policy.accepted_us;
	record.notices[1].accepted.us = NOW - policy.accepted_us + 1;
	ring();
	is_now(CASE_NOTICED, "silence-delivers");
	assert_int_equal(record.notices[0].delivered.us, NOW);
	assert_false(times_is_set(record.notices[1].delivered));
}

static void
the_ladder_begins_anew_with_the_release(void **state)
{
	(void)state;
	record.probation_since = record.notices[0].created;
	assert_int_equal(case_ladder_next_notice(&record), 0);
	record.probation_since.us--;
	assert_int_equal(case_ladder_next_notice(&record), 1);
}

static void
a_ladder_that_begins_with_a_measure_has_no_notices(void **state)
{
	const struct case_ladder ladder = {.count = 1,
					   .rungs = {
					       {.measure = MEASURE_LIMIT}}};

	(void)state;
	assert_int_equal(case_ladder_notices(&ladder), 0);
}

/* A basis that ended, and the same network's that followed it. */
static void
the_later_of_two_bases_holds(void **state)
{
	struct case_basis *bases = policy.bases;

	(void)state;
	policy.basis_count = 2;
	bases[0].network = bases[1].network =
	    prefix_of(&record.places[0].target.prefix.addr, 120);
	bases[0].kind = bases[1].kind = BASIS_CONTRACT;
	bases[0].until_us = bases[1].from_us = NOW;
	bases[1].until_us = INT64_MAX;
	case_policy_seal(&policy);
	ring();
	assert_false(result.facts & CASE_F_NO_BASIS);
	bases[1].from_us = NOW + 1;
	ring();
	assert_true(result.facts & CASE_F_NO_BASIS);
}

/* ---- objections ---- */

static void
object(int64_t said_us)
{
	step((struct case_event){.kind = CASE_EVENT_OBJECT, .time = {said_us}});
	is_now(CASE_NOTICED, "objected");
}

/* Nobody moves the day on which he must be answered by a date to come. */
static void
an_objection_counts_from_now_at_the_latest(void **state)
{
	(void)state;
	object(NOW + 5 * DAY);
	assert_int_equal(record.objected.us, NOW);
	assert_int_equal(record.answer_due.us, NOW + policy.objection_us);
}

static void
an_objection_counts_from_when_it_was_said(void **state)
{
	(void)state;
	object(NOW - HOUR);
	assert_int_equal(record.objected.us, NOW - HOUR);
}

static void
an_objection_without_a_time_counts_from_now(void **state)
{
	(void)state;
	object(0);
	assert_int_equal(record.objected.us, NOW);
}

/* No hour of a year is staffed: the answer is due by the clock on the wall. */
static void
an_answer_is_due_even_where_nobody_ever_works(void **state)
{
	(void)state;
	policy.help_desk.set = true;
	case_policy_seal(&policy);
	object(NOW);
	assert_int_equal(record.answer_due.us, NOW + policy.objection_us);
}

/* ---- measures ---- */

static void
order(uint8_t measure)
{
	step((struct case_event){.kind = CASE_EVENT_ORDER,
				 .measure = measure,
				 .security = REASON_ATTACK,
				 .actor = "ann"});
}

/* All measures end together; in that moment none begins any more. */
static void
nothing_begins_when_the_time_of_measures_is_over(void **state)
{
	(void)state;
	saw(1, HOUR, 12000);
	measured(MEASURE_LIMIT, NOW);
	record.state = CASE_QUARANTINED;
	record.place_count = 2;
	record.places[1] = record.places[0];
	record.places[1].binding = 8;
	order(MEASURE_GARDEN);
	is_now(CASE_QUARANTINED, "ordered");
	assert_int_equal(record.measure_count, 1);
	assert_int_equal(record.measures[0].kind, MEASURE_LIMIT);
}

/* As many as may be: each makes way, none is left behind. */
static void
all_weaker_measures_make_way(void **state)
{
	(void)state;
	saw(1, HOUR, 12000);
	for (int i = 0; i < CASE_MEASURES_MAX; i++)
		measured(MEASURE_LIMIT, NOW + DAY);
	record.state = CASE_QUARANTINED;
	order(MEASURE_GARDEN);
	is_now(CASE_QUARANTINED, "ordered");
	assert_int_equal(record.measure_count, CASE_MEASURES_MAX);
	for (int i = 0; i < CASE_MEASURES_MAX; i++)
		assert_int_equal(record.measures[i].kind, MEASURE_GARDEN);
}

/* Nor does one begin for which there is no room. */
static void
no_measure_begins_without_room(void **state)
{
	(void)state;
	saw(1, HOUR, 12000);
	for (int i = 0; i < CASE_MEASURES_MAX; i++)
		measured(MEASURE_LIMIT, NOW + DAY)->binding = 99;
	record.state = CASE_QUARANTINED;
	order(MEASURE_GARDEN);
	is_now(CASE_QUARANTINED, "ordered");
	assert_int_equal(record.measure_count, CASE_MEASURES_MAX);
	assert_int_equal(record.place_count, 1);
}

static void
all_measures_end_and_nothing_else(void **state)
{
	(void)state;
	for (int i = 0; i < CASE_MEASURES_MAX; i++)
		measured(MEASURE_GARDEN, NOW + DAY);
	record.state = CASE_QUARANTINED;
	step((struct case_event){.kind = CASE_EVENT_RELEASE, .actor = "ann"});
	is_now(CASE_PROBATION, "released");
	assert_int_equal(record.measure_count, 0);
	assert_int_equal(record.place_count, 1);
	assert_int_equal(record.places[0].binding, 7);
}

/* Of a million tickets as many win as the share says. */
static void
draw(uint64_t ticket)
{
	policy.hold_back.share_ppm = 50000;
	policy.hold_back.span_us = DAY;
	policy.hold_back.until_us = INT64_MAX;
	case_policy_seal(&policy);
	input.ids[CASE_ACTIONS_MAX - 1] = ticket;
	two_words(30 * HOUR);
}

static void
the_last_ticket_of_the_share_waits(void **state)
{
	(void)state;
	draw(49999);
	assert_int_equal(record.arm, ARM_HELD_BACK);
}

static void
the_first_ticket_beyond_the_share_does_not(void **state)
{
	(void)state;
	draw(50000);
	assert_int_equal(record.arm, ARM_TREATED);
}

/* ---- attacks ---- */

static void
flooded(uint32_t minutes, int64_t age_us)
{
	for (uint32_t i = minutes; i > 0; i--) {
		struct case_sighting *it = saw(1, age_us + i * MINUTE, 9000);

		it->class = RSIT_DDOS;
		it->own = true;
	}
	record.attack_last = record.last_seen;
}

/* One origin, and a filter in force. */
static void
attack_goes_on(uint32_t minutes_needed)
{
	policy.attack_minutes = minutes_needed;
	case_policy_seal(&policy);
	flooded(2, MINUTE);
	measured(MEASURE_FILTER, NOW + MINUTE)->binding = 0;
	ring();
}

static void
an_attack_after_the_notice_leads_to_a_measure(void **state)
{
	(void)state;
	attack_goes_on(2);
	is_now(CASE_QUARANTINED, "attack-garden-late");
}

/* The grace is the ladder's; a notice that waits in the spool tells nobody. */
static void
an_attack_before_the_notice_went_out_leads_to_none(void **state)
{
	(void)state;
	record.notices[0].sent = times_unset();
	record.notices[0].delivered = times_unset();
	attack_goes_on(1);
	assert_int_equal(record.state, CASE_NOTICED);
	assert_int_equal(record.measure_count, 1);
}

/* Two origins, and a filter in force. */
static void
two_saw(enum sighting_role role)
{
	for (uint32_t i = 2; i > 0; i--)
		saw(i, i * HOUR, 6000)->role = (uint8_t)role;
	measured(MEASURE_FILTER, NOW + MINUTE)->binding = 0;
	record.state = CASE_NOTICED;
	record.notices[0].delivered.us = NOW - HOUR;
	ring();
}

static void
two_who_saw_it_attack_lead_to_a_measure(void **state)
{
	(void)state;
	two_saw(ROLE_INFECTED);
	is_now(CASE_QUARANTINED, "attack-garden-late");
}

static void
two_who_saw_it_suffer_lead_to_none(void **state)
{
	(void)state;
	two_saw(ROLE_VICTIM);
	assert_int_equal(record.state, CASE_NOTICED);
}

static void
see_flood(const char *origin, uint16_t marks)
{
	struct sighting sighting = {.class = RSIT_DDOS,
				    .role = ROLE_INFECTED,
				    .weight_milli = 6000,
				    .marks = SIGHTING_FLOOD_LASTS |
					     SIGHTING_HAS_PEER | marks,
				    .time = {NOW - MINUTE / 2},
				    .known = {NOW}};

	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of(origin));
	sighting.subject = record.places[0].target;
	sighting.address = sighting.subject.prefix.addr;
	sighting.peer = addr_from_v4(0xc6336409u);
	sighting_seal(&sighting);
	step((struct case_event){.kind = CASE_EVENT_SIGHTING,
				 .sighting = &sighting,
				 .certainty = CERTAINTY_CERTAIN,
				 .known = true,
				 .reachable = true,
				 .channels = 1});
}

static void
what_we_measured_is_filtered(void **state)
{
	(void)state;
	see_flood("own-flow", 0);
	assert_int_equal(record.measure_count, 1);
}

/* Anybody can write a mail that calls itself ours. */
static void
what_nobody_signed_is_not_filtered(void **state)
{
	(void)state;
	see_flood("own-flow", SIGHTING_UNAUTHENTICATED);
	assert_true(result.changed);
	assert_int_equal(record.measure_count, 0);
}

static void
what_could_be_forged_is_not_filtered(void **state)
{
	(void)state;
	see_flood("own-flow", SIGHTING_SPOOFABLE);
	assert_true(result.changed);
	assert_int_equal(record.measure_count, 0);
}

/* A trial's garden rests on what a trial's notice said. */
static void
minutes_after_a_notice_in_shadow_carry_its_measure(void **state)
{
	struct sighting gone = {.class = RSIT_SCANNER};

	(void)state;
	saw(3, 3 * DAY, 1);
	flooded(3, 2 * DAY);
	record.notices[0].would = true;
	measured(MEASURE_GARDEN, NOW + DAY)->would = true;
	record.state = CASE_QUARANTINED;
	memcpy(gone.id, record.sightings[0].id, sizeof(gone.id));
	step((struct case_event){.kind = CASE_EVENT_WITHDRAW,
				 .sighting = &gone});
	is_now(CASE_QUARANTINED, "withdrawn");
	assert_int_equal(record.measure_count, 1);
}

static void
release(void)
{
	step((struct case_event){.kind = CASE_EVENT_RELEASE, .self = true});
}

/* What the help desk did counts for the span, and not for its last moment. */
static void
a_written_word_is_needed_within_the_span(void **state)
{
	(void)state;
	measured(MEASURE_GARDEN, NOW + DAY);
	record.state = CASE_QUARANTINED;
	record.self_release_count = policy.self_releases;
	for (uint32_t i = 0; i < policy.self_releases; i++)
		record.self_released[i].us = NOW - DAY;
	record.staff_released.us = NOW - policy.self_release_span_us;
	release();
	is_now(CASE_QUARANTINED, "self-spent");
	record.staff_released.us++;
	release();
	is_now(CASE_QUARANTINED, "self-in-writing");
}

/* His name's hash is 0, which elsewhere says that nobody has spoken. */
static void
everybody_is_somebody(void **state)
{
	(void)state;
	assert_true(case_person("ddhqhrf") > CASE_PERSON_ANYBODY);
}

/* ---- what is kept ---- */

static void
what_has_no_class_is_of_none(void **state)
{
	struct sighting sighting = {.class = RSIT_NONE,
				    .role = ROLE_INFECTED,
				    .time = {NOW - HOUR},
				    .known = {NOW}};

	(void)state;
	sighting.subject = record.places[0].target;
	sighting_seal(&sighting);
	step((struct case_event){.kind = CASE_EVENT_SIGHTING,
				 .sighting = &sighting,
				 .certainty = CERTAINTY_CERTAIN,
				 .known = true,
				 .reachable = true});
	assert_true(result.changed);
	assert_int_equal(record.classes, 0);
}

static void
what_is_not_counted_is_not_dropped(void **state)
{
	static const struct case_finding none;

	(void)state;
	record.finding_count = 1;
	record.findings[1].count = 3;
	case_findings_drop(&record, 0);
	case_findings_drop(&record, 1);
	assert_memory_equal(&record.findings[0], &none, sizeof(none));
	assert_int_equal(record.findings[1].count, 3);
	record.findings[1].count = 0;
}

/* Whoever keeps records gives each no more room than it needs: a record that
 * ends where memory ends is stepped all the same. */
static void
nothing_is_read_behind_the_last_sighting(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t room = 4 * page * (CASE_RECORD_SIZE(8) / page + 1);
	uint8_t *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sighting gone = {.class = RSIT_SCANNER};
	const struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
					 .sighting = &gone};
	struct case_record *tight;
	void *end;

	(void)state;
	assert_true(memory != MAP_FAILED);
	assert_int_equal(mprotect(memory + room, page, PROT_NONE), 0);
	for (int64_t i = 8; i > 0; i--)
		saw(1, i * HOUR, 100);
	memcpy(gone.id, record.sightings[2].id, sizeof(gone.id));
	end = memory + room - CASE_RECORD_SIZE(record.sighting_count);
	tight = end;
	case_record_copy(tight, &record);
	case_step(tight, &event, &input, &result);
	assert_true(result.changed);
	assert_int_equal(tight->sighting_count, 7);
	assert_int_equal(munmap(memory, room + page), 0);
}

/* Nor is anything read before the first item. */
static void
nothing_is_read_before_the_first_item(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t room = page * (sizeof(struct case_items) / page + 2);
	uint8_t *memory = mmap(NULL, room, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct case_items *items;
	void *begin;

	(void)state;
	assert_true(memory != MAP_FAILED);
	assert_int_equal(mprotect(memory, page, PROT_NONE), 0);
	begin = memory + page;
	items = begin;
	saw(1, HOUR, 100);
	case_items(&record, &policy, CASE_COUNT_ALL, times_unset(),
		   (struct at_event){NOW}, items);
	assert_int_equal(items->count, 1);
	assert_int_equal(munmap(memory, room), 0);
}

/* A filter limits what a line sends to one victim, and not the line. */
static void
a_filter_is_no_measure_on_the_party(void **state)
{
	(void)state;
	assert_int_equal(case_strongest(&record), 0);
	measured(MEASURE_FILTER, NOW + MINUTE);
	assert_int_equal(case_strongest(&record), 0);
	measured(MEASURE_LIMIT, NOW + MINUTE);
	assert_int_equal(case_strongest(&record), MEASURE_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EDGE(name) cmocka_unit_test_setup(name, setup)
	    EDGE(a_word_that_still_weighs_makes_two_origins),
	    EDGE(a_word_that_has_faded_is_no_second_origin),
	    EDGE(three_days_that_still_weigh_are_proof),
	    EDGE(a_day_that_has_faded_is_none_of_three),
	    EDGE(an_objection_counts_from_now_at_the_latest),
	    EDGE(an_objection_counts_from_when_it_was_said),
	    EDGE(an_objection_without_a_time_counts_from_now),
	    EDGE(an_answer_is_due_even_where_nobody_ever_works),
	    EDGE(nothing_begins_when_the_time_of_measures_is_over),
	    EDGE(a_written_word_is_needed_within_the_span),
	    EDGE(what_has_no_class_is_of_none),
	    EDGE(no_measure_begins_without_room),
	    EDGE(two_who_saw_it_attack_lead_to_a_measure),
	    EDGE(two_who_saw_it_suffer_lead_to_none),
	    EDGE(the_lightest_word_is_the_newest_too),
	    EDGE(nobody_is_told_more_often_than_is_kept),
	    EDGE(nothing_is_read_before_the_first_item),
	    EDGE(a_filter_is_no_measure_on_the_party),
	    EDGE(everybody_is_somebody),
	    EDGE(a_grace_of_no_time_is_one),
	    EDGE(a_weightless_word_makes_none_sound),
	    EDGE(what_has_no_half_life_stays),
	    EDGE(silence_delivers_only_what_is_due),
	    EDGE(the_ladder_begins_anew_with_the_release),
	    EDGE(a_ladder_that_begins_with_a_measure_has_no_notices),
	    EDGE(the_later_of_two_bases_holds),
	    EDGE(all_weaker_measures_make_way),
	    EDGE(all_measures_end_and_nothing_else),
	    EDGE(the_last_ticket_of_the_share_waits),
	    EDGE(the_first_ticket_beyond_the_share_does_not),
	    EDGE(an_attack_after_the_notice_leads_to_a_measure),
	    EDGE(an_attack_before_the_notice_went_out_leads_to_none),
	    EDGE(what_we_measured_is_filtered),
	    EDGE(what_nobody_signed_is_not_filtered),
	    EDGE(what_could_be_forged_is_not_filtered),
	    EDGE(minutes_after_a_notice_in_shadow_carry_its_measure),
	    EDGE(what_is_not_counted_is_not_dropped),
	    EDGE(nothing_is_read_behind_the_last_sighting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
