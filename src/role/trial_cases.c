/* SPDX-License-Identifier: Apache-2.0 */
/* From rows of the desk's store to cases with a beginning and an end. */
#include "role/trial_cases.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/memory.h"
#include "case/step.h"
#include "role/stored_entry.h"
#include "role/trial_quiet.h"
#include "store/desk_view.h"
#include "store/trial_view.h"

#define QUIET_STANDARD_US (14 * TIMES_DAY_US) /* a policy that isn't stored */
#define ORIGINS_MAX 64

struct reading {
	struct trial_cases *cases;
	const struct stored_policies *policies;
	struct case_record *record; /* room for one */
	size_t room;
	/* Of the case whose sightings pass by. */
	struct trial_case *at;
	struct at_event last;
	/* The measure that passed by last. */
	uint64_t measured_case;
	int64_t measured_us;
	/* Of whose verdict passes by. */
	struct trial_case *judged;
	uint32_t judge;
	uint8_t word;
};

static bool
before(struct at_event a, struct at_event b)
{
	return times_is_set(a) && (!times_is_set(b) || a.us < b.us);
}

static void
earliest(struct at_event *time, struct at_event other)
{
	if (before(other, *time))
		*time = other;
}

bool
trial_cases_on_party(enum measure_kind kind)
{
	return kind == MEASURE_LIMIT || kind == MEASURE_GARDEN ||
	       kind == MEASURE_BLOCK;
}

/* ---------------------------------------------------------------- cases */

/* Distinct non-zero values among the kept sightings' origins. */
static uint16_t
count_origins(const struct case_record *record)
{
	uint32_t seen[ORIGINS_MAX];
	uint16_t count = 0;

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const uint32_t hash = record->sightings[i].origin_hash;
		uint16_t j = 0;

		while (j < count && seen[j] != hash)
			j++;
		if (j == count && count < ORIGINS_MAX)
			seen[count++] = hash;
	}
	return count;
}

static void
take_record(struct reading *reading, struct trial_case *into,
	    const struct store_bytes *bytes)
{
	struct case_record *record = reading->record;
	const struct case_policy *policy;
	struct cursor cursor;

	into->quiet_us = QUIET_STANDARD_US;
	cursor_init(&cursor, bytes->at, bytes->length);
	if (case_record_decode(&cursor, record) != 0) {
		reading->cases->unreadable++;
		return;
	}
	policy = stored_policies_find(reading->policies, record->policy_hash);
	if (policy)
		into->quiet_us = policy->probation_us;
	into->arm = record->arm;
	into->protected = record->protected;
	into->dismissed_before = record->asked & CASE_DISMISSED_BEFORE;
	into->origins = count_origins(record);
	into->kept = (uint16_t)record->sighting_count;
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (record->sightings[i].marks & SIGHTING_SPOOFABLE)
			into->spoofable++;
}

static int
take_case(void *context, const struct desk_view_case *view)
{
	struct reading *reading = context;
	struct trial_cases *cases = reading->cases;
	const struct store_case *stored = &view->stored;
	struct trial_case *into;

	if (cases->count == reading->room) {
		struct trial_case *grown =
		    memory_grow(cases->list, reading->room,
				reading->room * 2 + 64, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		cases->list = grown;
		reading->room = reading->room * 2 + 64;
	}
	into = &cases->list[cases->count++];
	*into = (struct trial_case){.id = stored->id,
				    .party = stored->party.value,
				    .state = (uint8_t)stored->state,
				    .classes = stored->classes,
				    .certainty = stored->certainty,
				    .score_milli = stored->score_milli,
				    .opened = stored->opened,
				    .told = times_unset(),
				    .would_told = times_unset(),
				    .measured = times_unset(),
				    .would_measured = times_unset(),
				    .first_seen = times_unset(),
				    .last_seen = times_unset(),
				    .origin = times_unset(),
				    .clean_at = times_unset(),
				    .freed_at = times_unset(),
				    .again = times_unset(),
				    .watched = times_unset()};
	take_record(reading, into, &stored->record);
	return 0;
}

static int
by_id(const void *left, const void *right)
{
	const struct trial_case *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

struct trial_case *
trial_cases_find(const struct trial_cases *cases, uint64_t case_id)
{
	const struct trial_case key = {.id = case_id};

	return cases->count ? bsearch(&key, cases->list, cases->count,
				      sizeof(key), by_id)
			    : NULL;
}

/* --------------------------------------------------- notices and measures */

static bool
in_window(const struct trial_window *window, struct at_event time)
{
	return time.us >= window->since.us && time.us < window->until.us;
}

static bool
of_class(const struct trial_window *window, const struct trial_case *one)
{
	return window->class == RSIT_NONE ||
	       (one->classes & 1u << window->class);
}

uint8_t
trial_cases_class(const struct trial_case *one)
{
	uint8_t class = 1;

	while (class < RSIT_CLASS_COUNT && !(one->classes & 1u << class))
		class ++;
	return class == RSIT_CLASS_COUNT ? RSIT_NONE : class;
}

static struct trial_day *
day_of(struct trial_cases *cases, struct at_event time)
{
	/* Inside the window, so it is there. */
	return &cases
		    ->days[(size_t)(time.us / TIMES_DAY_US - cases->first_day)];
}

/* The notifier names a channel by how it reaches: "maildir", "smtp" ... */
static void
count_notice(struct trial_counts *counts, const struct trial_told *told)
{
	if (told->would) {
		counts->would_notices++;
		return;
	}
	counts->notices++;
	if (strcmp(told->channel, "sms") == 0)
		counts->messages++;
	else if (strcmp(told->channel, "letter") == 0)
		counts->letters++;
	else if (strcmp(told->channel, "phone") == 0)
		counts->calls++;
	else if (strcmp(told->channel, "portal") != 0)
		counts->mails++;
}

static int
take_told(void *context, const struct trial_told *told)
{
	struct trial_cases *cases = ((struct reading *)context)->cases;
	struct trial_case *one = trial_cases_find(cases, told->case_id);

	if (!one)
		return 0;
	earliest(told->would ? &one->would_told : &one->told, told->created);
	if (in_window(&cases->window, told->created) &&
	    of_class(&cases->window, one)) {
		count_notice(&cases->counts, told);
		day_of(cases, told->created)
		    ->notices[told->would][trial_cases_class(one)]++;
	}
	return 0;
}

static int
add_wall(struct trial_cases *cases, const struct trial_case *one,
	 const struct trial_measured *measured)
{
	if (cases->wall_count == cases->wall_room) {
		struct trial_wall *grown =
		    memory_grow(cases->walls, cases->wall_room,
				cases->wall_room * 2 + 64, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		cases->walls = grown;
		cases->wall_room = cases->wall_room * 2 + 64;
	}
	cases->walls[cases->wall_count++] =
	    (struct trial_wall){(size_t)(one - cases->list), measured->since.us,
				measured->end.us};
	return 0;
}

/* A party's places are measured at one moment: that is one measure. */
static bool
is_another(struct reading *reading, const struct trial_measured *measured)
{
	const bool another = reading->measured_case != measured->case_id ||
			     reading->measured_us != measured->since.us;

	reading->measured_case = measured->case_id;
	reading->measured_us = measured->since.us;
	return another;
}

static void
count_measure(struct trial_cases *cases, const struct trial_case *one,
	      const struct trial_measured *measured)
{
	struct trial_counts *counts = &cases->counts;
	struct trial_day *day = day_of(cases, measured->since);
	const uint8_t class = trial_cases_class(one);

	if (trial_cases_on_party(measured->kind)) {
		day->measures[measured->would][class]++;
		counts->measures += !measured->would;
		counts->would_measures += measured->would;
	} else {
		day->filters[measured->would][class]++;
		counts->filters += !measured->would;
		counts->would_filters += measured->would;
	}
}

static int
take_measured(void *context, const struct trial_measured *measured)
{
	struct reading *reading = context;
	struct trial_cases *cases = reading->cases;
	struct trial_case *one = trial_cases_find(cases, measured->case_id);
	const bool on_party = trial_cases_on_party(measured->kind);

	if (!one)
		return 0;
	if (on_party)
		earliest(measured->would ? &one->would_measured
					 : &one->measured,
			 measured->since);
	if (in_window(&cases->window, measured->since) &&
	    of_class(&cases->window, one) &&
	    (!on_party || is_another(reading, measured)))
		count_measure(cases, one, measured);
	if (measured->would || !on_party || measured->kind == MEASURE_LIMIT)
		return 0;
	return add_wall(cases, one, measured);
}

static int
by_wall(const void *left, const void *right)
{
	const struct trial_wall *a = left, *b = right;

	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return (a->from_us > b->from_us) - (a->from_us < b->from_us);
}

/* ---------------------------------------------------------------- people */

static int
take_deed(void *context, const struct trial_deed *deed)
{
	struct reading *reading = context;
	struct trial_cases *cases = reading->cases;
	struct trial_case *one = trial_cases_find(cases, deed->case_id);
	struct trial_counts *counts = &cases->counts;
	const bool after = one && before(one->measured, deed->now);
	struct case_event event;
	struct sighting unused;
	struct cursor cursor;
	bool counted;

	if (!one)
		return 0;
	cursor_init(&cursor, deed->body.at, deed->body.length);
	if (case_event_decode(&cursor, &event, &unused) != 0)
		return 0; /* of another program: it was counted with its case */
	counted = in_window(&cases->window, deed->now) &&
		  of_class(&cases->window, one);
	if (deed->kind == CASE_EVENT_RELEASE && event.self)
		counts->self_releases += counted;
	else if (deed->kind == CASE_EVENT_RELEASE)
		counts->staff_releases += counted;
	else if (deed->kind == CASE_EVENT_OBJECT)
		counts->objections += counted;
	else if (deed->kind == CASE_EVENT_ANSWER && event.granted) {
		counts->granted += counted;
		one->wrong = one->wrong || after;
	} else if (deed->kind == CASE_EVENT_DISMISS) {
		counts->dismissed += counted;
		one->wrong = one->wrong || after;
	}
	return 0;
}

const char *
trial_verdict_name(enum trial_verdict_kind verdict)
{
	static const char *const names[TRIAL_VERDICT_COUNT] = {
	    [TRIAL_VERDICT_RIGHT] = "right",
	    [TRIAL_VERDICT_UNCLEAR] = "unclear",
	    [TRIAL_VERDICT_WRONG] = "wrong"};

	return names[verdict];
}

enum trial_verdict_kind
trial_verdict_of(const char *name)
{
	for (unsigned i = 1; i < TRIAL_VERDICT_COUNT; i++)
		if (strcmp(name, trial_verdict_name(i)) == 0)
			return i;
	return 0;
}

/* Each judge's last word holds; of several, the worst. */
static void
settle_verdict(struct reading *reading)
{
	struct trial_case *one = reading->judged;

	if (one && reading->word > one->verdict)
		one->verdict = reading->word;
}

static int
take_verdict(void *context, const struct trial_verdict *verdict)
{
	struct reading *reading = context;
	const uint32_t judge = hash_crc32c(0, verdict->judge,
					   strlen(verdict->judge));

	if (!reading->judged || reading->judged->id != verdict->case_id ||
	    reading->judge != judge) {
		settle_verdict(reading);
		reading->judged = trial_cases_find(reading->cases,
						   verdict->case_id);
		reading->judge = judge;
	}
	reading->word = (uint8_t)trial_verdict_of(verdict->verdict);
	earliest(&reading->cases->first_verdict, verdict->time);
	return 0;
}

/* ------------------------------------------------------------- sightings */

static void
end_case(struct reading *reading)
{
	if (reading->at)
		trial_quiet_end(reading->cases, reading->at, reading->last);
}

static int
take_seen(void *context, const struct trial_seen *seen)
{
	struct reading *reading = context;
	const struct trial_window *window = &reading->cases->window;
	const struct at_event last = {seen->last.us < window->until.us
					  ? seen->last.us
					  : window->until.us};

	if (!reading->at || reading->at->id != seen->case_id) {
		end_case(reading);
		reading->at = trial_cases_find(reading->cases, seen->case_id);
		reading->last = times_unset();
	}
	if (!reading->at)
		return 0;
	if (times_is_set(reading->last))
		trial_quiet_gap(reading->cases, reading->at, reading->last,
				seen->first, true);
	earliest(&reading->at->first_seen, seen->first);
	if (!times_is_set(reading->last) || last.us > reading->last.us)
		reading->last = last;
	reading->at->last_seen = reading->last;
	return 0;
}

static enum trial_left_out
reason_of(const struct trial_cases *cases, const struct trial_case *one)
{
	const struct trial_window *window = &cases->window;

	if (!times_is_set(one->origin))
		return TRIAL_UNTOLD;
	if (!in_window(window, one->origin) || !of_class(window, one))
		return TRIAL_OUTSIDE;
	if (one->state == CASE_DISMISSED)
		return TRIAL_DISMISSED;
	if (one->state == CASE_MERGED)
		return TRIAL_MERGED;
	if (one->origin.us < cases->kept_since.us)
		return TRIAL_ERASED;
	if (one->origin.us > window->until.us - one->quiet_us)
		return TRIAL_NEW;
	return TRIAL_TAKEN;
}

/* ------------------------------------------------- one party's next case */

static int
by_party(const void *left, const void *right)
{
	const struct trial_case *const *a = left, *const *b = right;

	if ((*a)->party != (*b)->party)
		return (*a)->party < (*b)->party ? -1 : 1;
	return ((*a)->opened.us > (*b)->opened.us) -
	       ((*a)->opened.us < (*b)->opened.us);
}

/* A clean party that comes back has a new case. */
static int
find_relapses(struct trial_cases *cases)
{
	struct trial_case **order = memory_new(cases->count + 1,
					       sizeof(*order));

	if (!order)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < cases->count; i++)
		order[i] = &cases->list[i];
	qsort(order, cases->count, sizeof(struct trial_case *), by_party);
	for (size_t i = 0; i < cases->count; i++)
		for (size_t j = i + 1;
		     j < cases->count && order[j]->party == order[i]->party;
		     j++) {
			const struct trial_case *next = order[j];

			if (!order[i]->clean || next->state == CASE_DISMISSED ||
			    next->state == CASE_MERGED ||
			    !before(order[i]->clean_at, next->first_seen) ||
			    next->first_seen.us >= cases->window.until.us)
				continue;
			earliest(&order[i]->again, next->first_seen);
			break;
		}
	memory_free(order);
	return 0;
}

/* ----------------------------------------------------------------- whole */

static void
begin_case(struct trial_cases *cases, struct trial_case *one)
{
	one->origin = times_is_set(one->told) ? one->told : one->would_told;
	one->left_out = (uint8_t)reason_of(cases, one);
	cases->left_out[one->left_out]++;
	if (one->left_out != TRIAL_TAKEN)
		return;
	if (!cases->quiet_min || one->quiet_us < cases->quiet_min)
		cases->quiet_min = one->quiet_us;
	if (one->quiet_us > cases->quiet_max)
		cases->quiet_max = one->quiet_us;
}

/* What it rested on was withdrawn, or moved to another case: left out. */
static void
look_again(struct trial_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		struct trial_case *one = &cases->list[i];

		if (one->left_out == TRIAL_TAKEN && one->clean)
			day_of(cases, one->clean_at)->clean++;
		if (one->left_out != TRIAL_TAKEN ||
		    times_is_set(one->first_seen))
			continue;
		cases->left_out[TRIAL_TAKEN]--;
		cases->left_out[TRIAL_UNFOUNDED]++;
		one->left_out = TRIAL_UNFOUNDED;
	}
}

static int
take_asked(void *context, uint64_t case_id, uint64_t count)
{
	struct trial_cases *cases = ((struct reading *)context)->cases;
	const struct trial_case *one = trial_cases_find(cases, case_id);

	if (one && of_class(&cases->window, one))
		cases->counts.asked += count;
	return 0;
}

static int
read_people(struct store *store, struct reading *reading)
{
	const struct trial_window *window = &reading->cases->window;
	const struct at_event ever = {TIMES_EARLIEST_US};
	int error = trial_view_deeds(store, ever, window->until, take_deed,
				     reading);

	if (!error)
		error = trial_view_verdicts(store, ever, window->until,
					    take_verdict, reading);
	settle_verdict(reading);
	return error ? error
		     : trial_view_asked(store, window->since, window->until,
					take_asked, reading);
}

static int
read_all(struct store *store, struct reading *reading)
{
	struct trial_cases *cases = reading->cases;
	const struct at_event ever = {TIMES_EARLIEST_US};
	const struct at_event until = cases->window.until;
	int error = desk_view_cases(store, UINT32_MAX, take_case, reading);

	if (error)
		return error;
	if (cases->count)
		qsort(cases->list, cases->count, sizeof(*cases->list), by_id);
	error = trial_view_told(store, ever, until, take_told, reading);
	if (!error)
		error = trial_view_measured(store, ever, until, take_measured,
					    reading);
	if (error)
		return error;
	if (cases->wall_count)
		qsort(cases->walls, cases->wall_count, sizeof(*cases->walls),
		      by_wall);
	for (size_t i = 0; i < cases->count; i++)
		begin_case(cases, &cases->list[i]);
	error = trial_view_seen(store, until, take_seen, reading);
	end_case(reading);
	if (!error)
		error = read_people(store, reading);
	look_again(cases);
	return error ? error : find_relapses(cases);
}

/* Who was clean at once closed a quiet span later, and was erased a retention
 * after that. */
static int64_t
kept_us(const struct conf *conf)
{
	return conf->retention.cases_us + conf->policy.probation_us;
}

void
trial_cases_window(const struct conf *conf, struct trial_window *window)
{
	struct timespec clock;

	clock_gettime(CLOCK_REALTIME, &clock);
	window->now.us = clock.tv_sec * TIMES_SECOND_US + clock.tv_nsec / 1000;
	if (!times_is_set(window->until) || window->until.us > window->now.us)
		window->until = window->now;
	if (!times_is_set(window->since))
		window->since.us = window->now.us - kept_us(conf);
}

static int
make_days(struct trial_cases *cases, const struct trial_window *window)
{
	int64_t last;

	cases->window = *window;
	cases->first_verdict = times_unset();
	if (window->since.us >= window->until.us)
		return LZ_E_RANGE;
	cases->first_day = window->since.us / TIMES_DAY_US;
	last = (window->until.us - 1) / TIMES_DAY_US;
	if (last - cases->first_day >= TRIAL_DAYS_MAX)
		return LZ_E_RANGE;
	cases->day_count = (size_t)(last - cases->first_day) + 1;
	cases->days = memory_new(cases->day_count, sizeof(*cases->days));
	return cases->days ? 0 : LZ_E_MEMORY;
}

int
trial_cases_read(struct store *store, const struct conf *conf,
		 const struct trial_window *window, struct trial_cases **cases)
{
	struct stored_policies *policies = NULL;
	struct reading reading = {.cases = memory_new(1, sizeof(**cases)),
				  .record =
				      memory_new(1, sizeof(struct case_record)),
				  .last = times_unset()};
	int error = reading.cases && reading.record ? 0 : LZ_E_MEMORY;

	if (!error)
		error = make_days(reading.cases, window);
	if (!error) {
		reading.cases->kept_since.us = window->now.us - kept_us(conf);
		error = stored_policies_read(store, &policies);
	}
	if (!error) {
		reading.policies = policies;
		/* One moment's view: the desk writes meanwhile. */
		error = store_begin(store);
	}
	if (!error) {
		error = read_all(store, &reading);
		store_rollback(store);
	}
	stored_policies_free(policies);
	memory_free(reading.record);
	if (error) {
		trial_cases_free(reading.cases);
		reading.cases = NULL;
	}
	*cases = reading.cases;
	return error;
}

void
trial_cases_free(struct trial_cases *cases)
{
	if (cases) {
		memory_free(cases->days);
		memory_free(cases->list);
		memory_free(cases->walls);
	}
	memory_free(cases);
}
