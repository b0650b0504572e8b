/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a desk's store. */
#include "invented_desk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/rng.h"
#include "case/step.h"
#include "crypto/sha256.h"
#include "store/desk_store.h"
#include "store/recall_store.h"
#include "store/trial_view.h"

#define DAY TIMES_DAY_US
#define SEEN_MAX 400

static struct case_record record; /* large */
static struct case_policy policy;

void
invented_desk_open(struct invented_desk *desk, const char *folder,
		   int64_t now_us)
{
	char path[256], message[STORE_MESSAGE_SIZE] = "";
	static uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;

	*desk = (struct invented_desk){.now_us = now_us};
	assert_int_equal(crypto_init(), 0);
	snprintf(path, sizeof(path), "%s/desk", folder);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", folder);
	if (store_open_writer(path, &sql_desk, (struct at_arrival){now_us},
			      &desk->store, message) != 0)
		fail_msg("%s: %s", path, message);
	assert_int_equal(store_begin(desk->store), 0);
	case_policy_init(&policy);
	case_policy_seal(&policy);
	writer_init(&writer, bytes, sizeof(bytes));
	case_policy_encode(&writer, &policy);
	assert_false(writer.failed);
	assert_int_equal(
	    desk_store_policy_add(desk->store, policy.hash,
				  (struct store_bytes){bytes, writer.length},
				  (struct at_event){now_us}),
	    0);
}

void
invented_desk_close(struct invented_desk *desk)
{
	assert_int_equal(store_commit(desk->store), 0);
	store_close(desk->store);
}

static void
put_case(struct invented_desk *desk, uint64_t id,
	 const struct invented_case *one)
{
	static uint8_t bytes[CASE_RECORD_BYTES_MAX];
	const struct party_id party = {one->party ? one->party : id + 1000000};
	struct store_case row = {.id = id,
				 .party = party,
				 .known = true,
				 .certainty = CERTAINTY_CERTAIN,
				 .classes = 1u << RSIT_SCANNER,
				 .arm = one->arm};
	char label[PARTY_LABEL_SIZE];
	struct writer writer;

	snprintf(label, sizeof(label), "line-%llu",
		 (unsigned long long)party.value);
	if (!one->party)
		assert_int_equal(
		    desk_store_party_add(desk->store, party, label, true,
					 (struct at_event){desk->now_us}),
		    0);
	row.opened.us = one->sighting_count ? one->sightings_us[0]
					    : one->told_us;
	case_record_init(&record, id, party, row.opened, &policy);
	record.arm = one->arm;
	row.state = one->fate == INVENTED_DISMISSED ? CASE_DISMISSED
		    : one->fate == INVENTED_MERGED  ? CASE_MERGED
		    : one->fate == INVENTED_WATCHED ? CASE_WATCHING
						    : CASE_NOTICED;
	record.state = row.state;
	row.changed = row.opened;
	row.last = row.due = row.closed = row.objected = row.answer_due =
	    times_unset();
	writer_init(&writer, bytes, sizeof(bytes));
	case_record_encode(&writer, &record);
	assert_false(writer.failed);
	row.record = (struct store_bytes){bytes, writer.length};
	assert_int_equal(desk_store_case_put(desk->store, &row), 0);
}

static void
put_sightings(struct invented_desk *desk, uint64_t id,
	      const struct invented_case *one)
{
	for (unsigned i = 0; i < one->sighting_count; i++) {
		const int64_t at = one->sightings_us[i];
		struct sighting sighting = {.time = {at + TIMES_MINUTE_US},
					    .known = {at + TIMES_MINUTE_US},
					    .first = {at},
					    .last = {at + TIMES_MINUTE_US},
					    .address = {{[10] = 0xff,
							 [11] = 0xff,
							 10,
							 (uint8_t)(id >> 16),
							 (uint8_t)(id >> 8),
							 (uint8_t)id}},
					    .class = RSIT_SCANNER,
					    .role = ROLE_INFECTED,
					    .weight_milli = 5000,
					    .origin = "own-flow",
					    .detector = "scan/1"};
		const struct store_sighting row = {
		    .sighting = &sighting,
		    .case_id = id,
		    .certainty = one->fate == INVENTED_WITHDRAWN
				     ? CERTAINTY_AMBIGUOUS
				     : CERTAINTY_CERTAIN,
		    .binding_source = "bindings.csv"};

		sighting.subject.prefix = (struct prefix){sighting.address,
							  128};
		sighting_seal(&sighting);
		assert_int_equal(desk_store_sightings_put(desk->store, &row, 1),
				 0);
		if (one->fate == INVENTED_RECALLED)
			assert_int_equal(recall_store_mark(desk->store,
							   &sighting, 1),
					 0);
	}
}

static void
put_deed(struct invented_desk *desk, uint64_t id, uint64_t n,
	 enum case_event_kind kind, int64_t at_us)
{
	uint8_t bytes[CASE_EVENT_BYTES_MAX];
	const struct case_event event = {.kind = kind,
					 .self = kind == CASE_EVENT_RELEASE,
					 .time = {at_us}};
	struct store_event row = {.case_id = id,
				  .n = n,
				  .now = {at_us},
				  .kind = kind,
				  .from = CASE_QUARANTINED,
				  .state = CASE_PROBATION,
				  .changed = true,
				  .row = "test",
				  .program = "test"};
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	case_event_encode(&writer, &event);
	assert_false(writer.failed);
	row.body = (struct store_bytes){bytes, writer.length};
	assert_int_equal(desk_store_event_add(desk->store, &row), 0);
}

uint64_t
invented_desk_add(struct invented_desk *desk, const struct invented_case *one)
{
	const uint64_t id = ++desk->count;

	put_case(desk, id, one);
	put_sightings(desk, id, one);
	if (one->told_us) {
		const struct store_notice notice = {.id = id,
						    .case_id = id,
						    .step = 1,
						    .code_bits = id,
						    .channel = one->real
								   ? "maildir"
								   : "none",
						    .created = {one->told_us},
						    .would = !one->real};

		assert_int_equal(desk_store_notice_add(desk->store, &notice),
				 0);
	}
	if (one->measured_us) {
		const struct store_measure measure = {
		    .id = id,
		    .case_id = id,
		    .kind = one->measure ? one->measure : MEASURE_GARDEN,
		    .target = "192.0.2.7",
		    .wanted = one->measured_until_us > desk->now_us,
		    .would = !one->real,
		    .since = {one->measured_us},
		    .expires = {one->measured_us + 30 * DAY},
		    .changed = {one->measured_until_us},
		    .reason = "still infected"};

		assert_int_equal(desk_store_measure_put(desk->store, &measure),
				 0);
	}
	if (one->released_by_self)
		put_deed(desk, id, 1, CASE_EVENT_RELEASE,
			 one->measured_until_us);
	if (one->fate == INVENTED_DISMISSED)
		put_deed(desk, id, 2, CASE_EVENT_DISMISS,
			 desk->now_us - TIMES_HOUR_US);
	if (one->verdict) {
		const struct trial_verdict verdict = {.case_id = id,
						      .judge = "ann (uid 1000)",
						      .time = {desk->now_us -
							       TIMES_HOUR_US},
						      .class = RSIT_SCANNER,
						      .verdict = one->verdict,
						      .note = ""};

		assert_int_equal(trial_verdict_add(desk->store, &verdict), 0);
	}
	return id;
}

/* ---------------------------------------------------------------- seeded */

static double
exponential(struct rng *rng, double a_day)
{
	return -log(1 - rng_unit(rng)) / a_day;
}

/* Seen once a day while infected, six days of seven. */
static unsigned
see(struct rng *rng, int64_t from, int64_t to, int64_t walled, int64_t freed,
    int64_t *seen, unsigned count)
{
	for (int64_t day = from; day < to && count < SEEN_MAX; day += DAY) {
		const int64_t at = day + (int64_t)rng_below(rng, DAY / 4);

		if ((count == 0 || rng_below(rng, 7) > 0) &&
		    !(at >= walled && at < freed))
			seen[count++] = at;
	}
	return count;
}

static void
add_one(struct invented_desk *desk, struct rng *rng, unsigned i)
{
	int64_t seen[SEEN_MAX], again[SEEN_MAX];
	struct invented_case one = {.real = i % 4 != 0};
	const int64_t begin = desk->now_us -
			      (int64_t)(1 + rng_below(rng, 185 * 24)) *
				  TIMES_HOUR_US;
	int64_t end = begin + (int64_t)(exponential(rng, 0.06) * (double)DAY);
	const unsigned draw = (unsigned)rng_below(rng, 10);
	int64_t due;

	one.arm = draw < 3 ? ARM_TREATED : draw < 5 ? ARM_HELD_BACK : ARM_NONE;
	one.told_us = begin + 5 * TIMES_MINUTE_US;
	one.fate = i % 50 == 7    ? INVENTED_DISMISSED
		   : i % 50 == 17 ? INVENTED_MERGED
				  : INVENTED_PLAIN;
	due = one.told_us + (one.arm == ARM_HELD_BACK ? 13 : 4) * DAY;
	if (end > due && due < desk->now_us) {
		int64_t sooner = due +
				 (int64_t)(exponential(rng, 0.6) * (double)DAY);

		one.measured_us = due;
		if (one.real && sooner < end)
			end = sooner;
		one.measured_until_us = end + DAY / 2 < due + 30 * DAY
					    ? end + DAY / 2
					    : due + 30 * DAY;
		one.released_by_self = one.real &&
				       one.measured_until_us < desk->now_us;
	}
	one.sighting_count = see(rng, begin,
				 end < desk->now_us ? end : desk->now_us,
				 one.real ? one.measured_us : 0,
				 one.real ? one.measured_until_us : 0, seen, 0);
	one.sightings_us = seen;
	if (one.measured_us && i % 5 == 0)
		one.verdict = i % 35 == 0 ? "unclear" : "right";
	one.party = 0;
	invented_desk_add(desk, &one);
	if (rng_below(rng, 8) == 0 && end + 40 * DAY < desk->now_us) {
		const int64_t back = end +
				     (15 + (int64_t)rng_below(rng, 20)) * DAY;

		one = (struct invented_case){.real = true,
					     .told_us = back + TIMES_HOUR_US,
					     .party = desk->count + 1000000,
					     .sightings_us = again};
		one.sighting_count = see(rng, back, back + 2 * DAY, 0, 0, again,
					 0);
		invented_desk_add(desk, &one);
	}
}

void
invented_desk_fill(struct invented_desk *desk, uint64_t seed, unsigned count)
{
	struct rng rng;

	rng_init(&rng, seed);
	for (unsigned i = 0; i < count; i++)
		add_one(desk, &rng, i);
}
