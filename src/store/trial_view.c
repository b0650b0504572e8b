/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of all cases for reports: see the header. */
#include "store/trial_view.h"

#include "store/query.h"
#include "store/sql_text.h"

static int
finish(struct query *query, int error)
{
	int ended = query_end(query);

	return error ? error : ended;
}

static void
begin_between(struct query *query, struct store *store, unsigned number,
	      struct at_event since, struct at_event until)
{
	query_begin(query, store, number);
	query_i64(query, 1, since.us);
	query_i64(query, 2, until.us);
}

int
trial_view_seen(struct store *store, struct at_event until,
		trial_seen_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_TRIAL_SEEN);
	query_i64(&query, 1, until.us);
	query_i64(&query, 2, CERTAINTY_CERTAIN);
	while (!error && query_step(&query)) {
		const struct trial_seen seen = {query_column_u64(&query, 0),
						query_column_time(&query, 1),
						query_column_time(&query, 2)};

		error = visit(context, &seen);
	}
	return finish(&query, error);
}

int
trial_view_told(struct store *store, struct at_event since,
		struct at_event until, trial_told_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	begin_between(&query, store, SQL_DESK_TRIAL_TOLD, since, until);
	while (!error && query_step(&query)) {
		const struct trial_told told = {
		    .case_id = query_column_u64(&query, 0),
		    .channel = query_column_text(&query, 1),
		    .created = query_column_time(&query, 2),
		    .would = query_column_i64(&query, 3) != 0};

		error = visit(context, &told);
	}
	return finish(&query, error);
}

int
trial_view_measured(struct store *store, struct at_event since,
		    struct at_event until, trial_measured_visit *visit,
		    void *context)
{
	struct query query;
	int error = 0;

	begin_between(&query, store, SQL_DESK_TRIAL_MEASURED, since, until);
	while (!error && query_step(&query)) {
		const bool wanted = query_column_i64(&query, 3) != 0;
		const struct trial_measured measured = {
		    .case_id = query_column_u64(&query, 0),
		    .kind = (enum measure_kind)query_column_i64(&query, 1),
		    .would = query_column_i64(&query, 2) != 0,
		    .since = query_column_time(&query, 4),
		    .end = query_column_time(&query, wanted ? 5 : 6)};

		error = visit(context, &measured);
	}
	return finish(&query, error);
}

int
trial_view_deeds(struct store *store, struct at_event since,
		 struct at_event until, trial_deed_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	begin_between(&query, store, SQL_DESK_TRIAL_DEEDS, since, until);
	query_i64(&query, 3, CASE_EVENT_RELEASE);
	query_i64(&query, 4, CASE_EVENT_DISMISS);
	query_i64(&query, 5, CASE_EVENT_OBJECT);
	query_i64(&query, 6, CASE_EVENT_ANSWER);
	while (!error && query_step(&query)) {
		struct trial_deed deed = {
		    .case_id = query_column_u64(&query, 0),
		    .now = query_column_time(&query, 1),
		    .kind = (enum case_event_kind)query_column_i64(&query, 2),
		    .from = (uint8_t)query_column_i64(&query, 3)};

		deed.body.at = query_column_blob(&query, 4, &deed.body.length);
		error = visit(context, &deed);
	}
	return finish(&query, error);
}

int
trial_view_asked(struct store *store, struct at_event since,
		 struct at_event until, trial_asked_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	begin_between(&query, store, SQL_DESK_TRIAL_ASKED, since, until);
	while (!error && query_step(&query))
		error = visit(context, query_column_u64(&query, 0),
			      query_column_u64(&query, 1));
	return finish(&query, error);
}

int
trial_view_sightings(struct store *store, struct at_event until,
		     trial_sighting_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_TRIAL_SIGHTINGS);
	query_i64(&query, 1, until.us);
	while (!error && query_step(&query)) {
		struct sighting sighting;
		const struct trial_sighting row = {
		    .sighting = &sighting,
		    .case_id = query_column_u64(&query, 1),
		    .certainty = (uint8_t)query_column_i64(&query, 2),
		    .binding_source = query_column_text(&query, 3)};
		struct cursor cursor;
		size_t length;
		const uint8_t *body = query_column_blob(&query, 0, &length);

		cursor_init(&cursor, body, length);
		error = sighting_decode(&cursor, &sighting);
		if (!error)
			error = visit(context, &row);
	}
	return finish(&query, error);
}

int
trial_view_verdicts(struct store *store, struct at_event since,
		    struct at_event until, trial_verdict_visit *visit,
		    void *context)
{
	struct query query;
	int error = 0;

	begin_between(&query, store, SQL_DESK_VERDICT_LIST, since, until);
	while (!error && query_step(&query)) {
		const struct trial_verdict verdict = {
		    .case_id = query_column_u64(&query, 0),
		    .judge = query_column_text(&query, 1),
		    .time = query_column_time(&query, 2),
		    .class = (uint8_t)query_column_i64(&query, 3),
		    .verdict = query_column_text(&query, 4),
		    .note = query_column_text(&query, 5)};

		error = visit(context, &verdict);
	}
	return finish(&query, error);
}

int
trial_view_erased(struct store *store, struct at_event since,
		  struct at_event until, trial_verdicts_visit *visit,
		  void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_VERDICT_COUNTS);
	query_i64(&query, 1, since.us / TIMES_DAY_US);
	query_i64(&query, 2, until.us / TIMES_DAY_US + 1);
	while (!error && query_step(&query))
		error = visit(context, query_column_text(&query, 0),
			      query_column_u64(&query, 1));
	return finish(&query, error);
}

static int
has_case(struct store *store, uint64_t case_id)
{
	struct query query;
	bool found;
	int error;

	query_begin(&query, store, SQL_DESK_CASE_GET);
	query_u64(&query, 1, case_id);
	found = query_step(&query);
	error = query_end(&query);
	return error || found ? error : LZ_E_NOT_FOUND;
}

int
trial_verdict_add(struct store *store, const struct trial_verdict *verdict)
{
	struct query query;
	bool added;
	int error = has_case(store, verdict->case_id);

	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_VERDICT_ADD);
	query_u64(&query, 1, verdict->case_id);
	query_text(&query, 2, verdict->judge);
	query_i64(&query, 3, verdict->time.us);
	query_i64(&query, 4, verdict->time.us / TIMES_DAY_US);
	query_i64(&query, 5, verdict->class);
	query_text(&query, 6, verdict->verdict);
	query_text(&query, 7, verdict->note);
	added = query_step(&query);
	error = query_end(&query);
	return error || added ? error : LZ_E_EXISTS;
}
