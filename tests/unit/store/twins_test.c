/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same random operations on an SQLite file and in PostgreSQL: every answer
 * and, after each round, every row of every table is the same.
 */
#include "scratch.h"

#include "base/rng.h"
#include "crypto/sha256.h"
#include "store/audit_store.h"
#include "store/desk_view.h"
#include "store/effect_store.h"

#define ROUNDS 60
#define OPERATIONS 30 /* a round */
#define CASES 12
#define T0 INT64_C(1700000000000000)

enum { FILE_TWIN, SERVER_TWIN, TWINS };

struct twins {
	struct store *store[TWINS];
	struct rng rng;
	int64_t now_us;
	uint64_t events[CASES];
	uint64_t serial; /* notices, measures */
};

static struct at_event
now_of(const struct twins *twins)
{
	return (struct at_event){twins->now_us};
}

static uint64_t
case_id_of(uint64_t i)
{
	return UINT64_C(0x9e3779b97f4a7c15) * (i + 1); /* both signs */
}

static struct sighting
any_sighting(struct twins *twins, unsigned which)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .weight_milli = 5000};
	char address[32];

	snprintf(address, sizeof(address), "192.0.2.%u", which % 200);
	assert_int_equal(addr_parse(slice_of(address), &sighting.address), 0);
	if (which % 3 == 0) {
		sighting.marks = SIGHTING_HAS_PEER | SIGHTING_HAS_PORT;
		sighting.port = (uint16_t)which;
		sighting.peer = sighting.address;
	}
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.time = sighting.known = sighting.first = sighting.last =
	    (struct at_event){T0 + which * INT64_C(7200000000)};
	snprintf(sighting.origin, sizeof(sighting.origin), "list:%u",
		 which % 5);
	strcpy(sighting.detector, "contact/1");
	snprintf(sighting.family, sizeof(sighting.family), "fam%u", which % 4);
	sighting_seal(&sighting);
	(void)twins;
	return sighting;
}

/* ---------------------------------------------------------- operations */

static void
put_case(struct twins *twins, struct store *store, uint64_t i)
{
	const struct party_id party = {case_id_of(i) ^ 1};
	char label[32];
	struct store_case record = {
	    .id = case_id_of(i),
	    .party = party,
	    .known = i % 4 != 0,
	    .state = i % 3 == 0 ? CASE_WATCHING : CASE_OPEN,
	    .certainty = CERTAINTY_CERTAIN,
	    .score_milli = -5 + (int32_t)i,
	    .version = twins->events[i],
	    .classes = 1u << i,
	    .opened = {T0},
	    .changed = now_of(twins),
	    .last = now_of(twins),
	    .due = times_unset(),
	    .closed = i % 5 == 1 ? now_of(twins) : times_unset(),
	    .events = twins->events[i],
	    .objected = times_unset(),
	    .answer_due = i % 2 ? now_of(twins) : times_unset(),
	    .merged_into = i == 7 ? case_id_of(3) : 0,
	    .record = {(const uint8_t *)"rec\0ord", 7}};
	struct party_id found;
	int error;

	snprintf(label, sizeof(label), "acct-%u", (unsigned)i);
	error = desk_store_party(store, label, i % 4 != 0, &found);
	if (error == LZ_E_NOT_FOUND)
		error = desk_store_party_add(store, party, label, i % 4 != 0,
					     now_of(twins));
	if (error)
		fail_msg("%s", store_message(store));
	assert_int_equal(desk_store_cases_put(store, &record, 1), 0);
}

static void
add_event(struct twins *twins, struct store *store, uint64_t i, uint64_t n,
	  const struct sighting *sighting)
{
	struct store_event event = {.case_id = case_id_of(i),
				    .n = n,
				    .now = now_of(twins),
				    .kind = CASE_EVENT_TIMER,
				    .state = CASE_OPEN,
				    .causes = {1, 2, 3, 4, UINT32_MAX},
				    .row = "row",
				    .program = "0",
				    .body = {(const uint8_t *)"body", 4}};
	const struct store_action action = {.kind = 1,
					    .ref = UINT64_MAX,
					    .target = "192.0.2.1",
					    .expires = times_unset(),
					    .text = "it's"};
	struct store_sighting row = {.sighting = sighting,
				     .case_id = case_id_of(i),
				     .certainty = CERTAINTY_CERTAIN,
				     .awaiting = n % 2,
				     .binding_source = n % 3 ? "bng1" : NULL,
				     .event = &event};

	if (!sighting) {
		assert_int_equal(desk_store_event_add(store, &event), 0);
		assert_int_equal(desk_store_action_add(store, &event, 0,
						       &action),
				 0);
		return;
	}
	event.kind = CASE_EVENT_SIGHTING;
	assert_int_equal(desk_store_sightings_put(store, &row, 1), 0);
}

static int
acts_on_notice(struct twins *twins, struct store *store, uint64_t i,
	       uint64_t draw)
{
	const uint64_t id = twins->serial;
	const struct store_notice notice = {.id = id,
					    .case_id = case_id_of(i),
					    .step = 1,
					    .code_bits = id * 7,
					    .channel = "maildir",
					    .created = now_of(twins)};
	struct store_outbox outbox = {.case_id = case_id_of(i),
				      .notice = id,
				      .kind = "notice",
				      .lane = STORE_LANE_NOTICE,
				      .due = now_of(twins),
				      .body = {(const uint8_t *)"", 0}};
	int error = desk_store_notice_add(store, &notice);

	if (!error)
		error = desk_store_outbox_add(store, &outbox);
	if (!error)
		error = desk_store_receipt_add(store, id, RECEIPT_SENT,
					       now_of(twins), "");
	if (!error && draw % 2)
		error = desk_store_receipt_add(store, id, RECEIPT_SENT,
					       now_of(twins), "again");
	return error;
}

static int
acts_on_measure(struct twins *twins, struct store *store, uint64_t i)
{
	const struct store_measure measure = {.id = twins->serial,
					      .case_id = case_id_of(i),
					      .kind = MEASURE_GARDEN,
					      .target = "192.0.2.9",
					      .wanted = true,
					      .since = now_of(twins),
					      .expires = {twins->now_us + 1},
					      .changed = now_of(twins),
					      .reason = "because",
					      .security = 2};
	const struct store_effect effect = {.measure = twins->serial,
					    .on = true,
					    .kind = EFFECT_ASKED,
					    .time = now_of(twins),
					    .device = "nft",
					    .detail = ""};
	const struct store_effect nobodys = {.measure = 1,
					     .kind = EFFECT_ASKED,
					     .time = now_of(twins),
					     .device = "nft",
					     .detail = ""};
	int error = desk_store_measure_put(store, &measure);

	if (!error)
		error = effect_store_add(store, &effect);
	assert_int_equal(effect_store_add(store, &nobodys), LZ_E_EXISTS);
	return error ? error : effect_store_add(store, &effect);
}

static int
no_callback(void *context, uint64_t case_id)
{
	*(uint64_t *)context ^= case_id;
	return 0;
}

static int
retain(struct twins *twins, struct store *store, uint64_t draw)
{
	const struct store_retention retention = {
	    (int64_t)(draw % 30) * TIMES_DAY_US,
	    (int64_t)(draw % 20) * TIMES_DAY_US, TIMES_DAY_US};
	uint64_t erased = 0;
	bool more;
	int error = desk_store_retain(store, &retention, now_of(twins),
				      no_callback, &erased, &more);

	return error ? error : (int)(erased & 0xffff);
}

static int
minor(struct twins *twins, struct store *store, uint64_t i, uint64_t draw)
{
	const struct store_result result = {.command = draw % 9,
					    .time = now_of(twins),
					    .actor = "ann",
					    .message = "done",
					    .case_id = case_id_of(i)};
	const struct store_finding finding = {.class = RSIT_SCANNER,
					      .family = i % 2 ? "" : "mirai",
					      .n = draw % 100,
					      .first = {T0},
					      .last = now_of(twins)};
	const struct store_audit audit = {.source = "web",
					  .sequence = draw % 50,
					  .time = now_of(twins),
					  .actor = "bob",
					  .why = "case",
					  .about = "",
					  .question = "192.0.2.1"};
	struct store_lease lease = {"sensor", draw % 2 ? "a" : "b", 0};
	int error = desk_store_result_add(store, &result);

	if (!error)
		error = desk_store_finding_put(store, case_id_of(i), &finding);
	if (!error)
		error = desk_store_set_offset(store, "web", draw % 1000);
	if (!error)
		error = desk_store_standing(store, draw % 2 ? "x" : "y",
					    now_of(twins),
					    draw % 3 ? "words" : NULL);
	if (!error)
		error = audit_store_add(store, &audit) == LZ_E_EXISTS;
	if (error >= 0)
		error = 10 * error +
			(desk_store_lease_take(store, &lease, now_of(twins),
					       TIMES_HOUR_US) == LZ_E_STATE);
	return error < 0 ? error : (int)(100 * lease.token) + error;
}

/* One operation; what it answers. */
static int
operate(struct twins *twins, struct store *store, uint64_t kind, uint64_t draw)
{
	const uint64_t i = draw % CASES;
	struct sighting sighting = any_sighting(twins,
						(unsigned)(draw / 16 % 300));
	const struct sighting *one = &sighting;
	bool known;

	put_case(twins, store, i);
	switch (kind) {
	case 0:
		add_event(twins, store, i, twins->events[i] + 1, NULL);
		return 0;
	case 1:
		assert_int_equal(desk_store_known(store, &one, 1, &known), 0);
		if (!known)
			add_event(twins, store, i, twins->events[i] + 1, one);
		return known;
	case 2:
		return desk_store_sighting_add(store, one);
	case 3:
		return desk_store_sighting_assign(store, one, case_id_of(i),
						  CERTAINTY_PROBABLE, true,
						  "leases.csv");
	case 4:
		return acts_on_notice(twins, store, i, draw);
	case 5:
		return acts_on_measure(twins, store, i);
	case 6:
		return minor(twins, store, i, draw);
	case 7:
		return desk_store_alias_put(store, (struct party_id){draw % 7},
					    (struct party_id){case_id_of(i) ^
							      1},
					    "ann", now_of(twins));
	default:
		return draw % 5 ? 0 : retain(twins, store, draw / 8);
	}
}

/* ------------------------------------------------------------ comparing */

/* Every column of every row, in one order. */
static size_t
dump_table(struct store *store, const char *table, char *columns, char **dump)
{
	char sql[2048], order[256] = "1";
	const struct sql_query query = {"dump", {sql, NULL}, false};
	size_t length = 0, size = 1u << 22, count = 1, rows = 0;
	const struct store_engine *engine = store->engine;
	void *statement;
	bool row;

	for (char *at = columns; (at = strchr(at, ';')); count++)
		*at = ',';
	for (size_t i = 2; i <= count && i <= 4; i++)
		snprintf(order + strlen(order), sizeof(order) - strlen(order),
			 ", %zu", i);
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s ORDER BY %s", columns,
		 table, order);
	*dump = calloc(1, size);
	assert_non_null(*dump);
	if (engine->prepare(store, &query, &statement) != 0)
		fail_msg("%s", store_message(store));
	while (engine->step(statement, &row) == 0 && row) {
		for (int i = 0; i < (int)count; i++) {
			const char *text = engine->column_text(statement, i);

			assert_true(length + strlen(text) + 8 < size);
			if (engine->column_null(statement, i))
				text = "-";
			length += (size_t)sprintf(*dump + length, "%s ", text);
		}
		length += (size_t)sprintf(*dump + length, "\n");
		rows++;
	}
	engine->finalize(store, statement);
	return rows;
}

/* The columns of a table as texts, on either engine. */
static void
columns_of(sqlite3 *db, struct store *store, const char *table, char *columns,
	   size_t size)
{
	char sql[128];
	sqlite3_stmt *info;
	size_t length = 0;

	snprintf(sql, sizeof(sql),
		 "SELECT name, type FROM pragma_table_info('%s')", table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &info, NULL),
			 SQLITE_OK);
	while (sqlite3_step(info) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(info, 0);
		const char *type = (const char *)sqlite3_column_text(info, 1);
		const bool lite = store->engine->dialect == SQL_SQLITE;
		const char *before = "CAST(", *after = " AS TEXT)";

		if (strcmp(type, "BLOB") == 0) {
			before = lite ? "lower(hex(" : "coalesce(encode(";
			after = lite ? "))" : ", 'hex'), '')";
		}
		length += (size_t)snprintf(columns + length, size - length,
					   "%s%s%s%s", length ? "; " : "",
					   before, name, after);
	}
	sqlite3_finalize(info);
	assert_true(length < size);
}

static size_t
compare_table(struct twins *twins, sqlite3 *db, const char *table)
{
	char *dumps[TWINS], columns[1800];
	size_t rows = 0;

	for (unsigned i = 0; i < TWINS; i++) {
		columns_of(db, twins->store[i], table, columns,
			   sizeof(columns));
		rows = dump_table(twins->store[i], table, columns, &dumps[i]);
	}
	if (strcmp(dumps[0], dumps[1]) != 0) {
		size_t at = 0;

		while (dumps[0][at] == dumps[1][at])
			at++;
		at = at > 60 ? at - 60 : 0;
		fail_msg("%s differs:\n%.300s\nand\n%.300s", table,
			 dumps[0] + at, dumps[1] + at);
	}
	free(dumps[0]);
	free(dumps[1]);
	return rows;
}

static size_t
compare(struct twins *twins, const char *path)
{
	sqlite3_stmt *tables;
	sqlite3 *db;
	size_t rows = 0;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
			       "SELECT name FROM sqlite_master WHERE type = "
			       "'table' AND name <> 'schema_version'",
			       -1, &tables, NULL),
	    SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW)
		rows +=
		    compare_table(twins, db,
				  (const char *)sqlite3_column_text(tables, 0));
	sqlite3_finalize(tables);
	sqlite3_close(db);
	return rows;
}

static void
round_of(struct twins *twins, bool undone)
{
	for (unsigned i = 0; i < TWINS; i++)
		assert_int_equal(store_begin(twins->store[i]), 0);
	for (unsigned n = 0; n < OPERATIONS; n++) {
		const uint64_t kind = rng_u64(&twins->rng) % 9;
		const uint64_t draw = rng_u64(&twins->rng) >> 8;
		int answers[TWINS];

		twins->serial++;
		for (unsigned i = 0; i < TWINS; i++)
			answers[i] = operate(twins, twins->store[i], kind,
					     draw);
		if (answers[0] != answers[1])
			fail_msg("operation %d answers %d and %d: %s",
				 (int)kind, answers[0], answers[1],
				 store_message(twins->store[1]));
		twins->events[draw % CASES]++;
		twins->now_us += (int64_t)(draw % 7) * TIMES_HOUR_US / 4;
	}
	for (unsigned i = 0; i < TWINS; i++)
		if (undone)
			store_rollback(twins->store[i]);
		else if (store_commit(twins->store[i]) != 0)
			fail_msg("%s", store_message(twins->store[i]));
}

static void
both_engines_keep_the_same(void **state)
{
	struct scratch *scratch = *state, file = {.postgres = false};
	struct scratch *file_at = &file;
	struct twins twins = {.now_us = T0};
	size_t rows = 0;

	assert_true(scratch->postgres);
	rng_init(&twins.rng, 11);
	strcpy(file.folder, "/tmp/lz-store-XXXXXX");
	assert_non_null(mkdtemp(file.folder));
	snprintf(file.path, sizeof(file.path), "%s/t.sqlite", file.folder);
	twins.store[FILE_TWIN] = scratch_writer(file_at, &sql_desk);
	twins.store[SERVER_TWIN] = scratch_writer(scratch, &sql_desk);
	for (unsigned round = 0; round < ROUNDS; round++) {
		round_of(&twins, round % 7 == 6);
		rows += compare(&twins, file.path);
	}
	assert_true(rows > 10000);
	store_close(twins.store[FILE_TWIN]);
	store_close(twins.store[SERVER_TWIN]);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const ends[] = {"", "-wal", "-shm"};
		char path[1100];

		snprintf(path, sizeof(path), "%s%s", file.path, ends[i]);
		unlink(path);
	}
	rmdir(file.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(both_engines_keep_the_same,
					    scratch_setup, scratch_teardown),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
