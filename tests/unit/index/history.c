/* SPDX-License-Identifier: Apache-2.0 */
/* The list of events, and the array they are compared with. */
#include "unit/index/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "fact/row_id.h"

#define STEP_US (7 * TIMES_MINUTE_US)
#define ROWS_MAX 256

struct at_event
history_time(uint64_t n)
{
	return (struct at_event){HISTORY_T0_US + (int64_t)n * STEP_US};
}

/* Single addresses, blocks of ports of two sizes, IPv6 prefixes of three
 * lengths, a second realm with the same addresses. */
struct subject
history_subject(unsigned number, uint32_t *realm)
{
	struct subject subject = {.prefix = {.length = 128}};
	uint32_t v4 = 0xc0000200u + number / 4;
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)number};

	*realm = number % 11 == 3 ? 7 : 0;
	switch (number % 6) {
	case 0:
	case 1:
		subject.prefix.addr = addr_from_v4(v4);
		break;
	case 2:
		subject.prefix.addr = addr_from_v4(0xcb007100u + number / 18);
		subject.port_first = (uint16_t)(1024 + 512 * (number % 18));
		subject.port_last = (uint16_t)(subject.port_first + 511);
		break;
	case 3:
		subject.prefix = (struct prefix){addr_from_v6_bytes(v6), 56};
		break;
	case 4:
		v6[15] = (uint8_t)number;
		subject.prefix.addr = addr_from_v6_bytes(v6);
		if (number % 12 == 4) {
			subject.port_first = (uint16_t)(3000 + number);
			subject.port_last = (uint16_t)(3010 + 2 * number);
		}
		break;
	default:
		subject.prefix.addr = addr_from_v4(0xc6336400u + 8 * number);
		subject.prefix.length = 125;
	}
	return subject;
}

static int
begin_row(const struct tracker_store *store, uint64_t n, struct rng *rng,
	  struct binding *row)
{
	char label[PARTY_LABEL_SIZE];

	(void)snprintf(label, sizeof(label), "user:%u@isp.example",
		       (unsigned)rng_below(rng, 200));
	row->source = (uint16_t)(1 + rng_below(rng, 3));
	row->slot = (uint8_t)rng_below(rng, 3);
	row->offset = n << 16 | rng_below(rng, 5);
	row->id = binding_row_id(row);
	if (rng_below(rng, 50) == 0)
		row->id++;
	row->end.us = INT64_MAX;
	row->heard = row->reported = row->start;
	row->error_us = (int64_t)rng_below(rng, 3) * TIMES_SECOND_US;
	row->party = BINDING_NO_PARTY;
	if (rng_below(rng, 8) == 0) {
		row->marks |= BINDING_INSIDE;
		row->inside = addr_from_v4(0x0a000000u + (uint32_t)n);
		row->inside_realm = 5;
		return 0;
	}
	return store->party(store->context, label, &row->party);
}

/* A new holder: who held it before has ended, inferred. */
static int
event_start(const struct tracker_store *store, uint64_t n, struct rng *rng,
	    struct binding *row, uint64_t session)
{
	struct binding rows[ROWS_MAX];
	struct at_event far = {INT64_MAX};
	int count = store->touching(store->context, row->realm, &row->subject,
				    row->start, far, rows, ROWS_MAX);
	int error = begin_row(store, n, rng, row);

	row->session = session;
	if (count < 0 || error)
		return count < 0 ? count : error;
	for (int i = 0; i < count && i < ROWS_MAX; i++) {
		if (rows[i].start.us >= row->start.us) {
			row->marks |= BINDING_CONFLICT;
			continue;
		}
		rows[i].end = row->start;
		rows[i].marks |= BINDING_END_INFERRED;
		error = store->put(store->context, &rows[i]);
		if (error)
			return error;
	}
	return store->put(store->context, row);
}

/* The newest open row of the session; NULL: none. */
static const struct binding *
newest(const struct binding *rows, int count)
{
	const struct binding *best = NULL;

	for (int i = 0; i < count && i < ROWS_MAX; i++)
		if (rows[i].end.us == INT64_MAX &&
		    (!best || rows[i].start.us > best->start.us ||
		     (rows[i].start.us == best->start.us &&
		      rows[i].id > best->id)))
			best = &rows[i];
	return best;
}

static int
event_word(const struct tracker_store *store, const struct binding *at,
	   uint64_t session, bool stop)
{
	struct binding rows[ROWS_MAX], row;
	const struct binding *found = NULL;
	int count = 0;

	for (uint16_t source = 1; source <= 3 && count >= 0 && !found;
	     source++) {
		count = store->session(store->context, source, session, rows,
				       ROWS_MAX);
		found = newest(rows, count);
	}
	if (count < 0 || !found || found->start.us >= at->start.us)
		return count < 0 ? count : 0;
	row = *found;
	row.heard = at->start;
	if (stop)
		row.end = at->start;
	return store->put(store->context, &row);
}

/* A word about days ago: rows that are sealed by now change, or go. */
static int
event_amend(const struct tracker_store *store, const struct binding *at,
	    bool drop)
{
	struct binding rows[ROWS_MAX];
	struct at_event from = {at->start.us - 4 * TIMES_DAY_US};
	struct at_event to = {at->start.us - 2 * TIMES_DAY_US};
	struct binding *best = NULL;
	int error,
	    count = store->touching(store->context, at->realm, &at->subject,
				    from, to, rows, ROWS_MAX);

	for (int i = 0; i < count && i < ROWS_MAX; i++)
		if (rows[i].end.us != INT64_MAX &&
		    rows[i].end.us - rows[i].start.us > TIMES_MINUTE_US &&
		    (!best || rows[i].id > best->id))
			best = &rows[i];
	if (count < 0 || !best)
		return count < 0 ? count : 0;
	if (drop)
		return store->drop(store->context, best);
	best->end.us -= TIMES_SECOND_US;
	best->marks |= BINDING_AMENDED;
	error = store->put(store->context, best);
	return error ? error
		     : store->changed(store->context, best->realm,
				      &best->subject, best->end,
				      (struct at_event){best->end.us +
							TIMES_SECOND_US},
				      "late Stop");
}

int
history_event(const struct tracker_store *store, uint64_t n)
{
	struct rng rng;
	struct binding row = {0};
	unsigned subject;
	uint64_t kind, session;
	int error;

	rng_init(&rng, n);
	subject = (unsigned)rng_below(&rng, HISTORY_SUBJECTS);
	/* The last ones are seldom spoken of: sessions of many days. */
	if (subject >= HISTORY_SUBJECTS - 4 && rng_below(&rng, 20) != 0)
		subject -= 8;
	row.subject = history_subject(subject, &row.realm);
	row.start.us = history_time(n).us -
		       (int64_t)rng_below(&rng, 3600) * TIMES_SECOND_US +
		       (int64_t)rng_below(&rng, 2) * 1234;
	session = subject + 1;
	kind = rng_below(&rng, 10);
	if (kind < 4)
		error = event_start(store, n, &rng, &row, session);
	else if (kind < 6)
		error = event_word(store, &row, session, false);
	else if (kind < 8)
		error = event_word(store, &row, session, true);
	else
		error = event_amend(store, &row, kind == 9 && n % 3 == 0);
	if (error)
		return error;
	return store->mark(store->context, 1, row.start);
}

/* ---- the array ---- */

static struct binding *
model_find(struct history_model *model, uint64_t id)
{
	for (size_t i = 0; i < model->count; i++)
		if (model->rows[i].id == id)
			return &model->rows[i];
	return NULL;
}

static int
model_put(void *context, const struct binding *row)
{
	struct history_model *model = context;
	struct binding *old = model_find(model, row->id);

	if (old) {
		*old = *row;
		return 0;
	}
	if (model->count == model->room) {
		model->room = model->room ? 2 * model->room : 256;
		model->rows = realloc(model->rows,
				      model->room * sizeof(*model->rows));
		assert_non_null(model->rows);
	}
	model->rows[model->count++] = *row;
	return 0;
}

static int
model_drop(void *context, const struct binding *row)
{
	struct history_model *model = context;
	struct binding *old = model_find(model, row->id);

	assert_non_null(old);
	*old = model->rows[--model->count];
	return 0;
}

static int
model_session(void *context, uint16_t source, uint64_t session,
	      struct binding *rows, size_t max)
{
	struct history_model *model = context;
	int count = 0;

	for (size_t i = 0; i < model->count; i++)
		if (model->rows[i].source == source &&
		    model->rows[i].session == session &&
		    model->rows[i].end.us == INT64_MAX && (size_t)count < max)
			rows[count++] = model->rows[i];
	return count;
}

static bool
ports_meet(const struct subject *a, const struct subject *b)
{
	return !subject_has_ports(a) || !subject_has_ports(b) ||
	       (a->port_first <= b->port_last && b->port_first <= a->port_last);
}

static int
model_touching(void *context, uint32_t realm, const struct subject *subject,
	       struct at_event from, struct at_event to, struct binding *rows,
	       size_t max)
{
	struct history_model *model = context;
	int count = 0;

	for (size_t i = 0; i < model->count; i++) {
		const struct binding *row = &model->rows[i];

		if (row->realm == realm &&
		    prefix_equal(&row->subject.prefix, &subject->prefix) &&
		    ports_meet(&row->subject, subject) &&
		    row->start.us < to.us && row->end.us > from.us &&
		    (size_t)count < max)
			rows[count++] = *row;
	}
	return count;
}

static int
model_party(void *context, const char *label, uint32_t *party)
{
	struct history_model *model = context;

	for (*party = 0; *party < model->parties; ++*party)
		if (strcmp(model->labels[*party], label) == 0)
			return 0;
	model->labels = realloc(model->labels,
				(model->parties + 1u) * sizeof(*model->labels));
	assert_non_null(model->labels);
	(void)snprintf(model->labels[model->parties++], PARTY_LABEL_SIZE, "%s",
		       label);
	return 0;
}

static int
model_mark(void *context, uint16_t source, struct at_event at)
{
	(void)context;
	(void)source;
	(void)at;
	return 0;
}

static int
model_changed(void *context, uint32_t realm, const struct subject *subject,
	      struct at_event from, struct at_event to, const char *cause)
{
	(void)context;
	(void)realm;
	(void)subject;
	(void)from;
	(void)to;
	(void)cause;
	return 0;
}

struct tracker_store
history_model_store(struct history_model *model)
{
	return (struct tracker_store){.context = model,
				      .session = model_session,
				      .touching = model_touching,
				      .put = model_put,
				      .drop = model_drop,
				      .party = model_party,
				      .mark = model_mark,
				      .changed = model_changed};
}

/* When upkeep is due after `position` events, up to when it drops. */
static struct at_event
drop_time(uint64_t position)
{
	return (struct at_event){history_time(position).us -
				 HISTORY_KEEP_DAYS * TIMES_DAY_US};
}

void
history_model_run(struct history_model *model, uint64_t position)
{
	struct tracker_store store = history_model_store(model);

	while (model->position < position) {
		if (model->position > 0 &&
		    model->position % HISTORY_UPKEEP == 0)
			history_model_drop(model, drop_time(model->position));
		assert_int_equal(history_event(&store, model->position), 0);
		model->position++;
	}
}

void
history_model_drop(struct history_model *model, struct at_event oldest)
{
	int64_t before = oldest.us / TIMES_DAY_US * TIMES_DAY_US;

	for (size_t i = 0; i < model->count;)
		if (model->rows[i].end.us < before)
			model->rows[i] = model->rows[--model->count];
		else
			i++;
}

void
history_model_fini(struct history_model *model)
{
	free(model->rows);
	free(model->labels);
}

/* ---- the writer ---- */

static int
upkeep(struct index_writer *writer, uint64_t position,
       void (*tick)(void *context, char what), void *context)
{
	int result;

	if (tick)
		tick(context, 's');
	result = index_seal(writer, history_time(position));
	if (tick)
		tick(context, 'd');
	if (result >= 0)
		result = index_drop(writer, drop_time(position));
	return result < 0 ? result : 0;
}

static int
write_batch(struct index_writer *writer, const struct tracker_store *store,
	    uint64_t end)
{
	uint64_t n = index_position(writer);
	int error = index_begin(writer);

	for (uint16_t i = 1; i <= 3 && !error; i++) {
		char name[8] = {'n', 'a', 's', (char)('0' + i)};
		struct tracker_source source = {.interim_us = 900000000,
						.silent_after = 4};

		error = index_source(writer, name, &source);
		if (!error)
			assert_int_equal(source.number, i);
	}
	for (; n < end && !error; n++) {
		index_word(writer, (struct at_arrival){history_time(n).us});
		error = history_event(store, n);
	}
	if (!error)
		return index_commit(writer, n);
	index_abort(writer);
	return error;
}

int
history_write(struct index_writer *writer, uint64_t end, unsigned batch,
	      void (*tick)(void *context, char what), void *context)
{
	struct tracker_store store = index_store(writer, NULL, NULL);
	uint64_t position = index_position(writer);
	int error = 0;

	/* The last process may have died between events and upkeep. */
	if (position > 0 && position % HISTORY_UPKEEP == 0)
		error = upkeep(writer, position, tick, context);
	while (position < end && !error) {
		uint64_t to = position + batch;
		uint64_t due = (position / HISTORY_UPKEEP + 1) * HISTORY_UPKEEP;

		to = to > end ? end : to;
		to = to > due ? due : to;
		error = write_batch(writer, &store, to);
		/* The map was full, which takes one try more. */
		if (error == LZ_E_FULL)
			error = write_batch(writer, &store, to);
		position = index_position(writer);
		if (tick)
			tick(context, 'b');
		if (!error && position % HISTORY_UPKEEP == 0)
			error = upkeep(writer, position, tick, context);
	}
	return error;
}

/* ---- comparing ---- */

/* Party numbers may differ, labels not. */
static bool
same_party(struct index_reader *reader, const struct history_model *model,
	   uint32_t theirs, uint32_t ours)
{
	struct party_id id;
	const char *label;

	if (ours == BINDING_NO_PARTY || theirs == BINDING_NO_PARTY)
		return ours == theirs;
	return index_reader_party(reader, theirs, &label, &id) == 0 &&
	       id.value != 0 && strcmp(label, model->labels[ours]) == 0;
}

static bool
same_row(struct index_reader *reader, const struct history_model *model,
	 const struct binding *a, const struct binding *b)
{
	return a->id == b->id && subject_equal(&a->subject, &b->subject) &&
	       a->realm == b->realm && a->start.us == b->start.us &&
	       a->end.us == b->end.us && a->heard.us == b->heard.us &&
	       a->reported.us == b->reported.us && a->error_us == b->error_us &&
	       a->source == b->source && a->slot == b->slot &&
	       a->marks == b->marks && a->offset == b->offset &&
	       (a->session == b->session || a->session == 0) &&
	       addr_equal(&a->inside, &b->inside) &&
	       a->inside_realm == b->inside_realm &&
	       same_party(reader, model, a->party, b->party);
}

static bool
model_answers(const struct binding *row, uint32_t realm,
	      const struct addr *addr, int32_t port, struct at_event from,
	      struct at_event to)
{
	if (row->realm != realm ||
	    !prefix_contains(&row->subject.prefix, addr) ||
	    row->start.us > to.us || row->end.us <= from.us)
		return false;
	return port < 0 || !subject_has_ports(&row->subject) ||
	       (port >= row->subject.port_first &&
		port <= row->subject.port_last);
}

static void
compare_one(struct index_reader *reader, struct history_model *model,
	    unsigned number, int32_t port, struct at_event from,
	    struct at_event to)
{
	struct binding_cursor cursor = index_reader_cursor(reader);
	uint32_t realm;
	struct subject subject = history_subject(number, &realm);
	const struct addr *addr = &subject.prefix.addr;
	const struct binding *row;
	size_t found = 0, expected = 0;
	bool block = false;

	for (size_t i = 0; i < model->count; i++) {
		bool answers = model_answers(&model->rows[i], realm, addr, port,
					     from, to);

		expected += answers;
		block |= answers && subject_has_ports(&model->rows[i].subject);
	}
	if (port >= 0)
		cursor.seek_port(cursor.context, realm, addr, (uint16_t)port,
				 from, to);
	else
		cursor.seek(cursor.context, realm, addr, from, to);
	while ((row = cursor.next(cursor.context)) != NULL) {
		struct binding *mine = model_find(model, row->id);

		/* One block more says that the address is shared. */
		if (port >= 0 && !block && subject_has_ports(&row->subject) &&
		    (port < row->subject.port_first ||
		     port > row->subject.port_last))
			continue;
		if (!mine || !same_row(reader, model, row, mine) ||
		    !model_answers(mine, realm, addr, port, from, to))
			fail_msg("subject %u: row %llx isn't the model's",
				 number, (unsigned long long)row->id);
		found++;
	}
	if (found != expected)
		fail_msg("subject %u port %d: %zu rows instead of %zu", number,
			 port, found, expected);
}

void
history_compare(struct index_reader *reader, struct history_model *model,
		uint64_t seed)
{
	struct rng rng;
	struct at_event first = {0}, last = {TIMES_LATEST_US};
	int64_t span = (int64_t)model->position * STEP_US;

	rng_init(&rng, seed);
	for (unsigned i = 0; i < HISTORY_SUBJECTS; i++)
		compare_one(reader, model, i, -1, first, last);
	for (unsigned i = 0; i < 200 && span > 0; i++) {
		int64_t at = HISTORY_T0_US +
			     (int64_t)rng_below(&rng, (uint64_t)span);
		struct at_event from = {at};
		struct at_event to = {at + (int64_t)rng_below(&rng, 3) *
					       TIMES_HOUR_US};
		unsigned number = (unsigned)rng_below(&rng, HISTORY_SUBJECTS);

		compare_one(reader, model, number,
			    rng_below(&rng, 2) ? (int32_t)rng_below(&rng, 12000)
					       : -1,
			    from, to);
	}
}
