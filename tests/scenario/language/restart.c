/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A desk that starts: everything it knew goes through the bytes it would have
 * stored (records, policies, sightings that wait), and what those don't hold
 * is gone.  The sink that turns the chain's steps into happenings is here too.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/writer.h"
#include "case/facts.h"
#include "crypto/sha256.h"
#include "role/chain_lines.h"
#include "world.h"

#define BYTES_MAX CASE_RECORD_BYTES_MAX
#define WATCHED_US (10 * TIMES_MINUTE_US)

/* ------------------------------------------------------------------ sink */

static const char *
party_of_record(const struct world *world, const struct case_record *record)
{
	for (size_t i = 0; i < world->party_count; i++)
		if (world_party(world, world->parties[i]).value ==
		    record->party.value)
			return world->parties[i];
	return "?";
}

static enum statement_kind
kind_of(const struct case_action *action)
{
	switch (action->kind) {
	case CASE_ACTION_NOTICE:
		return SAY_EXPECT_NOTICE;
	case CASE_ACTION_MEASURE_ON:
		return SAY_EXPECT_MEASURE;
	case CASE_ACTION_MEASURE_RENEW:
		return SAY_EXPECT_RENEWAL;
	case CASE_ACTION_MEASURE_OFF:
		return SAY_EXPECT_RELEASE;
	case CASE_ACTION_REFUSED:
		return SAY_EXPECT_REFUSED;
	case CASE_ACTION_PERSON:
		return SAY_EXPECT_PERSON;
	case CASE_ACTION_CORRECTION:
		return SAY_EXPECT_CORRECTION;
	}
	return SAY_NONE;
}

/* What goes on for another action: the device's wish, the post. */
static void
pass_on(struct world *world, const struct case_action *action, uint64_t case_id)
{
	if (action->would)
		return;
	switch (action->kind) {
	case CASE_ACTION_MEASURE_ON:
	case CASE_ACTION_MEASURE_RENEW:
		device_want(&world->device, &action->measure);
		break;
	case CASE_ACTION_MEASURE_OFF:
		device_unwant(&world->device, action->measure.id);
		break;
	case CASE_ACTION_NOTICE:
		if (world->mail == MAIL_WAITS)
			break;
		if (world->told_count <
		    sizeof(world->told) / sizeof(world->told[0]))
			world->told[world->told_count++] =
			    (struct told){case_id, action->notice.id};
		else
			world->lost = true;
		break;
	default:
		break;
	}
}

static void
take_action(struct world *world, const struct case_output *step,
	    const struct case_action *action)
{
	struct happening *happening =
	    world_happens(world, kind_of(action),
			  party_of_record(world, step->record),
			  step->record->id);

	happening->at = step->input->now;
	happening->shadow = action->would;
	happening->step = action->notice.step;
	happening->channel = action->notice.channel;
	happening->expires = action->measure.expires;
	(void)text_copy(happening->target, sizeof(happening->target),
			slice_of(action->measure.target));
	if (action->measure.kind)
		(void)text_copy(happening->word, sizeof(happening->word),
				slice_of(
				    measure_kind_name(action->measure.kind)));
	if (action->text)
		(void)text_copy(happening->text, sizeof(happening->text),
				slice_of(action->text));
	pass_on(world, action, step->record->id);
}

static void
take_state(struct world *world, const struct case_output *step)
{
	const bool held = step->record->state == CASE_HELD &&
			  step->from != CASE_HELD;
	struct happening *happening =
	    world_happens(world, held ? SAY_EXPECT_HOLD : SAY_NONE,
			  party_of_record(world, step->record),
			  step->record->id);

	happening->at = step->input->now;
	(void)text_copy(happening->word, sizeof(happening->word),
			slice_of(case_state_name(step->record->state)));
	(void)text_copy(happening->text, sizeof(happening->text),
			slice_of(step->row));
}

/* The sighting it came from: where it went, and how sure that is. */
static void
note_sighting(struct world *world, const struct chain_output *output)
{
	const struct attributed *attributed = output->attributed;
	const struct case_event *event = output->step->event;
	struct holders_source source;

	if (event->kind != CASE_EVENT_SIGHTING)
		return;
	for (size_t i = 0; i < world->kept_count; i++) {
		struct kept *kept = &world->kept[i];

		if (memcmp(kept->sighting.id, event->sighting->id,
			   SIGHTING_ID_SIZE) != 0)
			continue;
		kept->case_id = output->step->record->id;
		kept->certainty = event->certainty;
		kept->awaiting = attributed && attributed->answer.awaiting;
		if (!attributed)
			return;
		kept->source[0] = '\0';
		if (attributed->answer.certainty == CERTAINTY_CERTAIN &&
		    holders_source(world->holders,
				   attributed->answer.binding.source, &source))
			(void)text_copy(kept->source, sizeof(kept->source),
					slice_of(source.name));
		return;
	}
}

static void
take_step(void *context, const struct chain_output *output)
{
	struct world *world = context;
	const struct case_output *step = output->step;
	struct happening *happening;

	note_sighting(world, output);
	if (step->changed && step->from != step->record->state)
		take_state(world, step);
	for (size_t i = 0; i < step->action_count; i++)
		take_action(world, step, &step->actions[i]);
	/* What is said of a late sighting concerns nobody outside. */
	if (!step->refused || step->event->kind == CASE_EVENT_SIGHTING)
		return;
	happening = world_happens(world, SAY_EXPECT_REFUSED,
				  party_of_record(world, step->record),
				  step->record->id);
	happening->at = step->input->now;
	(void)text_copy(happening->text, sizeof(happening->text),
			slice_of(step->refused));
}

void
world_take_step(void *context, const struct case_output *step)
{
	const struct chain_output output = {.step = step};

	take_step(context, &output);
}

bool
world_name(struct world *world, const char *party)
{
	for (size_t i = 0; i < world->party_count; i++)
		if (strcmp(world->parties[i], party) == 0)
			return true;
	return world->party_count < WORLD_PARTIES_MAX &&
	       text_copy(world->parties[world->party_count++], PARTY_LABEL_SIZE,
			 slice_of(party));
}

static int
party_of(void *context, const char *label, bool known, struct party_id *party)
{
	struct world *world = context;

	(void)known;
	*party = world_party(world, label);
	return world_name(world, label) ? 0 : LZ_E_FULL;
}

void
world_stop(const struct world *world, struct case_book *book)
{
	case_book_stop(book, CASE_STOP_PERSON, world->stop,
		       "a person stopped automation");
}

static unsigned
channels_of(void *context, const char *label)
{
	const struct world *world = context;

	return settings_channels(&world->settings, label);
}

/* --------------------------------------------------------------- restart */

struct carrying {
	struct world *world;
	struct chain *chain;
	uint8_t *bytes;
	struct case_record *record;
	int error;
};

static bool
carry_record(void *context, const struct case_record *record)
{
	struct carrying *carrying = context;
	struct writer writer;
	struct cursor cursor;

	writer_init(&writer, carrying->bytes, BYTES_MAX);
	case_record_encode(&writer, record);
	cursor_init(&cursor, carrying->bytes, writer.length);
	carrying->error = case_record_decode(&cursor, carrying->record);
	if (!carrying->error)
		carrying->error = chain_restore(carrying->chain,
						carrying->record,
						carrying->record->version);
	return carrying->error == 0;
}

/* A policy comes back from its bytes, once each. */
static int
carry_policy(struct carrying *carrying, const struct case_policy *policy)
{
	struct world *world = carrying->world;
	struct case_policy *to = &world->policies[world->policy_count];
	struct writer writer;
	struct cursor cursor;
	int error;

	for (size_t i = 0; i < world->policy_count; i++)
		if (memcmp(world->policies[i].hash, policy->hash,
			   sizeof(policy->hash)) == 0)
			return 0;
	if (world->policy_count == WORLD_POLICIES_MAX)
		return LZ_E_FULL;
	writer_init(&writer, carrying->bytes, BYTES_MAX);
	case_policy_encode(&writer, policy);
	cursor_init(&cursor, carrying->bytes, writer.length);
	error = case_policy_decode(&cursor, to);
	world->policy_count += error == 0;
	return error;
}

static int
carry_waiting(struct carrying *carrying)
{
	struct world *world = carrying->world;
	int error = 0;

	for (size_t i = 0; i < world->kept_count && !error; i++) {
		struct sighting sighting;
		struct writer writer;
		struct cursor cursor;

		if (!world->kept[i].awaiting)
			continue;
		writer_init(&writer, carrying->bytes, BYTES_MAX);
		sighting_encode(&writer, &world->kept[i].sighting);
		cursor_init(&cursor, carrying->bytes, writer.length);
		error = sighting_decode(&cursor, &sighting);
		if (!error)
			chain_wait(carrying->chain, &sighting);
	}
	return error;
}

static int
carry_all(struct carrying *carrying)
{
	struct world *world = carrying->world;
	struct case_book *book = chain_book(carrying->chain);
	int error = 0;

	for (size_t i = 0; i < world->policy_count && !error; i++)
		error = case_book_add_policy(book, &world->policies[i]);
	if (!error && world->chain) {
		case_book_visit(chain_book(world->chain), carry_record,
				carrying);
		error = carrying->error;
	}
	if (!error)
		error = carry_waiting(carrying);
	for (size_t i = 0; i < world->alias_count && !error; i++)
		error = case_book_alias(book, world->aliases[i].party,
					world->aliases[i].into);
	world_stop(world, book);
	return error;
}

static struct chain *
make_chain(struct world *world, struct conf *conf, struct holders *holders)
{
	struct carrying carrying = {
	    .world = world,
	    .bytes = memory_new(BYTES_MAX, 1),
	    .record = memory_new(1, sizeof(struct case_record))};
	struct chain_conf of_chain = {.policy = &conf->policy,
				      .holders = holders,
				      .reachable = true,
				      .party_of = party_of,
				      .channels = channels_of,
				      .sink = take_step,
				      .context = world};

	rng_init(&of_chain.rng, 1);
	carrying.chain = chain_new(&of_chain);
	if (carrying.bytes && carrying.record && carrying.chain) {
		carrying.error =
		    world->conf ? carry_policy(&carrying, &world->conf->policy)
				: 0;
		if (!carrying.error)
			carrying.error = carry_all(&carrying);
		if (carrying.error) {
			world_fail(world, "what was stored can't be read: %s",
				   lz_strerror(carrying.error));
			chain_free(carrying.chain);
			carrying.chain = NULL;
		}
	}
	memory_free(carrying.bytes);
	memory_free(carrying.record);
	return carrying.chain;
}

static void
ignore(void *context, const struct sighting *sighting)
{
	(void)context;
	(void)sighting;
}

static bool
start_sensor(struct world *world)
{
	const struct hash_key key = {1, 2};
	struct indicator_list *list = indicator_list_new(key);
	struct detect_conf *conf = &world->sensor_conf->detect;

	if (!list)
		return world_fail(world, "no memory");
	if (world->indicators_csv[0] &&
	    indicator_list_add_csv(list, world->indicators_csv,
				   strlen(world->indicators_csv), NULL,
				   NULL) < 0) {
		indicator_list_free(list);
		return world_fail(world, "an indicator that can't be");
	}
	if (indicator_list_seal(list) != 0) {
		indicator_list_free(list);
		return world_fail(world, "no memory");
	}
	if (world->detect) {
		detect_set_indicators(world->detect, list);
		indicator_list_free(world->indicators);
		world->indicators = list;
		return true;
	}
	world->indicators = list;
	conf->indicators = list;
	conf->subjects_max = 256;
	conf->pairs_max = 1024;
	conf->sampling = conf->sampling ? conf->sampling : 1;
	conf->key = key;
	world->detect = detect_new(conf);
	if (!world->detect)
		return world_fail(world, "no memory");
	/* It has watched for a while when the story begins. */
	detect_advance(world->detect,
		       (struct at_event){world->clock.us - WATCHED_US}, ignore,
		       NULL);
	return true;
}

/* What a later word of who held what leads elsewhere moves there. */
static bool
ask_all_again(struct world *world)
{
	if (chain_lines(world->chain, CHAIN_LINES_ALL, NULL, world->clock) != 0)
		return world_fail(world, "the chain failed");
	for (size_t i = 0; i < world->kept_count; i++) {
		const struct kept kept = world->kept[i];

		if (!chain_leads_elsewhere(world->chain, &kept.sighting,
					   kept.case_id, kept.certainty))
			continue;
		if (chain_move(world->chain, &kept.sighting, kept.case_id,
			       "a later word of who held the address",
			       world->clock) != 0)
			return world_fail(world, "the chain failed");
	}
	return true;
}

bool
restart_do(struct world *world)
{
	char why[WORLD_WHY_SIZE];
	struct conf *conf = settings_conf(&world->settings, why, sizeof(why));
	struct holders *holders = NULL;
	struct chain *chain = NULL;
	const bool ask_again = world->ask_again && world->chain;

	if (conf) {
		case_policy_seal(&conf->policy);
		holders = settings_holders(&world->settings, why, sizeof(why));
	}
	if (holders)
		chain = make_chain(world, conf, holders);
	if (!chain) {
		holders_close(holders);
		conf_free(conf);
		return world->why[0] ? false : world_fail(world, "%s", why);
	}
	chain_free(world->chain);
	holders_close(world->holders);
	if (world->conf != world->sensor_conf)
		conf_free(world->conf);
	world->conf = conf;
	world->holders = holders;
	world->chain = chain;
	world->ask_again = false;
	if (!world->sensor_conf)
		world->sensor_conf = conf;
	if (!start_sensor(world))
		return false;
	if (chain_advance(chain, world->clock) != 0)
		return world_fail(world, "the chain failed");
	return !ask_again || ask_all_again(world);
}
