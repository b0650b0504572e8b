/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a story, and what happens on it. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "fact/digest.h"

/* How long detectors may still have windows open behind the last record. */
#define LOUD_US (5 * TIMES_MINUTE_US)

bool
world_fail(struct world *world, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(world->why, sizeof(world->why), format, list);
	va_end(list);
	return false;
}

struct world *
world_new(const struct story *story)
{
	struct world *world = memory_new(1, sizeof(*world));

	if (!world)
		return NULL;
	world->story = story;
	world->clock = world->mark = world->loud_until = times_unset();
	settings_init(&world->settings);
	world->dirty = true;
	device_start(&world->device);
	return world;
}

void
world_free(struct world *world)
{
	if (!world)
		return;
	chain_free(world->chain);
	holders_close(world->holders);
	detect_free(world->detect);
	indicator_list_free(world->indicators);
	if (world->conf != world->sensor_conf)
		conf_free(world->conf);
	conf_free(world->sensor_conf);
	device_end(&world->device);
	memory_free(world);
}

/* ---------------------------------------------------------------- looking */

struct party_id
world_party(const struct world *world, const char *party)
{
	uint64_t value = digest_u64(party, strlen(party));

	(void)world;
	return (struct party_id){value ? value : 1};
}

const struct case_record *
world_case(const struct world *world, const char *party)
{
	return world->chain ? case_book_of_party(chain_book(world->chain),
						 world_party(world, party))
			    : NULL;
}

struct at_event
world_moment(const struct world *world, struct moment moment)
{
	const int64_t day_us = world->clock.us - world->clock.us % TIMES_DAY_US;

	return (struct at_event){moment.of_day ? day_us + moment.us
					       : moment.us};
}

struct happening *
world_happens(struct world *world, enum statement_kind kind, const char *party,
	      uint64_t case_id)
{
	struct happening *happening;

	if (world->happening_count == WORLD_HAPPENINGS_MAX) {
		world->lost = true;
		return &world->happenings[WORLD_HAPPENINGS_MAX - 1];
	}
	happening = &world->happenings[world->happening_count++];
	*happening = (struct happening){.kind = kind,
					.at = world->clock,
					.statement = world->statement,
					.case_id = case_id,
					.taken = kind == SAY_NONE,
					.expires = times_unset()};
	(void)text_copy(happening->party, sizeof(happening->party),
			slice_of(party));
	return happening;
}

/* ------------------------------------------------------------------- time */

static void
sooner(struct at_event *next, struct at_event other)
{
	if (times_is_set(other) && other.us < next->us)
		*next = other;
}

static bool
feed_receipts(struct world *world)
{
	static const enum receipt_kind kinds[] = {RECEIPT_SENT,
						  RECEIPT_ACCEPTED,
						  RECEIPT_DELIVERED};

	while (world->told_count > 0) {
		const struct told told = world->told[0];
		struct case_event event = {.kind = CASE_EVENT_RECEIPT,
					   .notice_id = told.notice,
					   .time = world->clock};

		memmove(&world->told[0], &world->told[1],
			--world->told_count * sizeof(world->told[0]));
		if (world->mail == MAIL_FAILS) {
			event.receipt = RECEIPT_FAILED;
			if (chain_event(world->chain, told.case_id, &event,
					world->clock) != 0)
				return world_fail(world, "a receipt failed");
			continue;
		}
		for (size_t i = 0; i < (world->mail == MAIL_ACCEPTS ? 2 : 3);
		     i++) {
			event.receipt = kinds[i];
			if (chain_event(world->chain, told.case_id, &event,
					world->clock) != 0)
				return world_fail(world, "a receipt failed");
		}
	}
	return true;
}

static bool
settle_chain(struct world *world)
{
	if (chain_advance(world->chain, world->clock) != 0)
		return world_fail(world, "the chain failed");
	return feed_receipts(world) &&
	       (device_run(&world->device, world->clock) ||
		world_fail(world, "no memory for the device"));
}

static void
take_detected(void *context, const struct sighting *sighting)
{
	(void)world_sighting(context, sighting);
}

static void
make_loud(struct world *world)
{
	world->loud_until.us = world->clock.us + LOUD_US +
			       world->sensor_conf->detect.lateness_us;
}

static bool
run_detectors(struct world *world)
{
	struct flow_record records[TRAFFIC_RECORDS_MAX];
	size_t count;

	if (!world->detect)
		return true;
	while ((count = traffic_step(&world->traffic, world->clock, records)) >
	       0) {
		detect_flows(world->detect, records, count, take_detected,
			     world);
		make_loud(world);
	}
	if (times_is_set(world->loud_until) &&
	    world->clock.us <= world->loud_until.us)
		detect_advance(world->detect, world->clock, take_detected,
			       world);
	return world->why[0] == '\0';
}

static bool
deliver_arrivals(struct world *world)
{
	bool good = true;

	for (size_t i = 0; i < world->arrival_count && good; i++) {
		struct arrival *arrival = &world->arrivals[i];

		if (arrival->done || arrival->at.us > world->clock.us)
			continue;
		arrival->done = true;
		arrival->sighting.known = world->clock;
		good = world_sighting(world, &arrival->sighting);
	}
	return good;
}

static bool
go_to(struct world *world, struct at_event target)
{
	while (world->why[0] == '\0') {
		struct at_event next = target;

		sooner(&next, traffic_due(&world->traffic));
		sooner(&next, case_book_due(chain_book(world->chain)));
		for (size_t i = 0; i < world->arrival_count; i++)
			if (!world->arrivals[i].done)
				sooner(&next, world->arrivals[i].at);
		if (times_is_set(device_due(&world->device)))
			sooner(&next, device_due(&world->device));
		if (times_is_set(world->loud_until) &&
		    world->clock.us < world->loud_until.us)
			sooner(&next, (struct at_event){world->clock.us +
							TIMES_SECOND_US});
		if (next.us > world->clock.us)
			world->clock = next;
		if (!run_detectors(world) || !deliver_arrivals(world) ||
		    !settle_chain(world))
			return false;
		if (world->clock.us >= target.us)
			return true;
	}
	return false;
}

/* -------------------------------------------------------------- sightings */

static struct kept *
kept_of(struct world *world, const struct sighting *sighting)
{
	for (size_t i = 0; i < world->kept_count; i++)
		if (memcmp(world->kept[i].sighting.id, sighting->id,
			   SIGHTING_ID_SIZE) == 0)
			return &world->kept[i];
	if (world->kept_count == WORLD_SIGHTINGS_MAX) {
		world->lost = true;
		return &world->kept[0];
	}
	world->kept[world->kept_count] = (struct kept){.sighting = *sighting};
	return &world->kept[world->kept_count++];
}

bool
world_sighting(struct world *world, const struct sighting *sighting)
{
	(void)kept_of(world, sighting);
	if (chain_sighting(world->chain, sighting, world->clock) != 0)
		return world_fail(world, "the chain failed");
	return feed_receipts(world);
}

bool
world_event(struct world *world, uint64_t case_id, struct case_event *event)
{
	event->time = times_is_set(event->time) && event->time.us
			  ? event->time
			  : world->clock;
	if (chain_event(world->chain, case_id, event, world->clock) != 0)
		return world_fail(world, "there is no such case");
	return feed_receipts(world) && settle_chain(world);
}

/* ------------------------------------------------------------- statements */

static bool
set_clock(struct world *world, struct at_event target)
{
	if (!times_is_set(world->clock)) {
		world->clock = world->mark = target;
		return true;
	}
	if (target.us < world->clock.us)
		return world_fail(world, "the clock can't go back");
	return world_settle(world) && go_to(world, target);
}

static bool
take_indicator(struct world *world, const struct statement *statement)
{
	const char *proto = addr_proto_name((uint8_t)statement->peer.proto);
	struct text text;

	settings_append(&text, world->indicators_csv,
			sizeof(world->indicators_csv));
	if (text.length == 0)
		text_add(&text, "type,value,port,proto,family,source,"
				"first_seen,last_seen,valid_until\n");
	text_add(&text,
		 statement->said & SAID_SINKHOLE ? "sinkhole," : "address,");
	addr_format(&text, &statement->peer.addr);
	text_add(&text, ",");
	text_i64(&text, statement->peer.port);
	text_add(&text, ",");
	text_add(&text, proto ? proto : "");
	text_add(&text, ",");
	text_add(&text, statement->family);
	text_add(&text, ",");
	text_add(&text, statement->name);
	text_add(&text, ",,");
	if (statement_gives(statement, "time"))
		times_format(&text, world_moment(world, statement->time).us);
	text_add(&text, ",");
	if (statement_gives(statement, "until"))
		times_format(&text, world_moment(world, statement->until).us);
	text_add(&text, "\n");
	if (text.full)
		return world_fail(world, "too many indicators");
	world->dirty = true;
	return true;
}

static uint32_t
exporter_of(struct world *world, const struct statement *statement)
{
	static const struct addr own = {
	    {[10] = 0xff, [11] = 0xff, 203, 0, 113, 1}};
	const struct addr *addr = statement_gives(statement, "exporter")
				      ? &statement->exporter
				      : &own;
	uint32_t at = 0;

	while (at < world->exporter_count &&
	       !addr_equal(&world->exporters[at], addr))
		at++;
	if (at == WORLD_EXPORTERS_MAX)
		return 0;
	if (at == world->exporter_count) {
		world->exporters[world->exporter_count++] = *addr;
		detect_exporter(world->detect, at, addr);
	}
	return at;
}

static bool
begin_traffic(struct world *world, const struct statement *statement)
{
	if (!traffic_begin(&world->traffic, statement,
			   exporter_of(world, statement), world->clock))
		return world_fail(world, "too much traffic at a time");
	make_loud(world);
	return true;
}

static bool
set_mail(struct world *world, const struct statement *statement)
{
	static const char *const names[] = {[MAIL_DELIVERS] = "DELIVERS",
					    [MAIL_ACCEPTS] = "ACCEPTS",
					    [MAIL_FAILS] = "FAILS",
					    [MAIL_WAITS] = "WAITS"};

	for (unsigned i = 0; i < 4; i++)
		if (strcmp(statement->word, names[i]) == 0) {
			world->mail = (enum mail_mode)i;
			return true;
		}
	return world_fail(world, "mail DELIVERS, ACCEPTS, FAILS or WAITS");
}

static bool
set_driver(struct world *world, const struct statement *statement)
{
	const bool fails = strcmp(statement->word, "FAILS") == 0;

	if (!fails && strcmp(statement->word, "WORKS") != 0)
		return world_fail(world, "a driver FAILS or WORKS");
	device_set(&world->device, fails, world->clock);
	return device_run(&world->device, world->clock) ||
	       world_fail(world, "no memory for the device");
}

static bool
take_silence(struct world *world, const struct statement *statement)
{
	world->settings.silent_since = world_moment(world, statement->time);
	if (world->holders)
		holders_outdated(world->holders, world->settings.silent_since);
	return true;
}

bool
world_settle(struct world *world)
{
	if (!times_is_set(world->clock))
		return world_fail(world, "expected AT before anything happens");
	if (!world->dirty)
		return true;
	world->dirty = false;
	return restart_do(world);
}

static bool
do_act(struct world *world, const struct statement *statement)
{
	if (!world_settle(world))
		return false;
	world->mark = world->clock;
	switch (statement->kind) {
	case SAY_FLOW:
	case SAY_SCAN:
	case SAY_C2:
		return begin_traffic(world, statement);
	case SAY_REPORT:
		return reports_do(world, statement) &&
		       deliver_arrivals(world) && settle_chain(world);
	case SAY_DRIVER:
		return set_driver(world, statement);
	case SAY_RESTART:
		return restart_do(world);
	default:
		return persons_do(world, statement) && settle_chain(world);
	}
}

bool
world_do(struct world *world, size_t index)
{
	const struct statement *statement = &world->story->statements[index];
	const char *wrong;

	world->statement = index;
	switch (statement->kind) {
	case SAY_AT:
		return set_clock(world, world_moment(world, statement->time));
	case SAY_TIME_PASSES:
		return times_is_set(world->clock)
			   ? set_clock(world,
				       (struct at_event){world->clock.us +
							 statement->span_us})
			   : world_fail(world, "expected AT first");
	case SAY_MAIL:
		return set_mail(world, statement);
	case SAY_INDICATOR:
		return take_indicator(world, statement);
	case SAY_BINDINGS_SILENT:
		return take_silence(world, statement);
	case SAY_LIVE:
	case SAY_POLICY:
	case SAY_NETWORK:
	case SAY_BIND:
	case SAY_ENDED:
	case SAY_FORGOTTEN:
	case SAY_BINDINGS_SPEAK:
	case SAY_CONTRACT:
	case SAY_PROTECTED:
	case SAY_CONTACT:
		wrong = settings_take(&world->settings, statement);
		world->dirty = true;
		world->ask_again |= statement->kind == SAY_BIND ||
				    statement->kind == SAY_ENDED ||
				    statement->kind == SAY_FORGOTTEN ||
				    statement->kind == SAY_CONTRACT;
		return wrong ? world_fail(world, "%s", wrong) : true;
	default:
		return do_act(world, statement);
	}
}
