/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, and what was heard of it. */
#include "property/identity_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define SECOND TIMES_SECOND_US
#define MINUTE TIMES_MINUTE_US
#define DAY0 INT64_C(1718841600000000)
#define INTERIM (15 * MINUTE)
#define SESSIONS 12
#define NONE (-1)

struct session {
	bool open;
	uint16_t nas;
	int customer;
	unsigned number;
	int64_t start_us, interim_us, prefix_us;
	int address, prefix; /* resources */
	int truth, prefix_truth;
};

struct lease {
	bool open;
	int customer, truth;
	int64_t start_us, renewed_us, expiry_us;
};

struct play {
	struct world *world;
	struct session sessions[SESSIONS];
	struct lease leases[BLOCKS - LEASED];
	int block_truth[BLOCK_COUNT]; /* NONE: free */
	unsigned next_number[SOURCES];
	bool gap;        /* words of the translator were lost */
	int64_t file_us; /* what the lease file has got to */
	uint64_t origin;
};

static bool
chance(struct play *play, unsigned permille)
{
	return rng_below(&play->world->rng, 1000) < permille;
}

static int64_t
span(struct play *play, int64_t from_us, int64_t to_us)
{
	return from_us + (int64_t)rng_below(&play->world->rng,
					    (uint64_t)(to_us - from_us) + 1);
}

static int64_t
whole(int64_t us)
{
	return us - us % SECOND;
}

void
world_subject(int resource, struct subject *subject, uint32_t *realm)
{
	struct addr addr = addr_from_v4(0xc0000200u + (uint32_t)resource);
	uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, (uint8_t)resource};

	memset(subject, 0, sizeof(*subject));
	*realm = 0;
	if (resource >= INSIDES) {
		addr = addr_from_v4(0x64400000u + (uint32_t)resource);
		*realm = INSIDE_REALM;
	} else if (resource >= BLOCKS) {
		addr = addr_from_v4(0xcb007128u);
		subject->port_first =
		    (uint16_t)(1024 * (1 + resource - BLOCKS));
		subject->port_last = (uint16_t)(subject->port_first + 1023);
	} else if (resource >= PREFIXES && resource < LEASED) {
		addr = addr_from_v6_bytes(six);
	}
	subject->prefix =
	    prefix_of(&addr,
		      resource >= PREFIXES && resource < LEASED ? 56 : 128);
}

void
world_label(int customer, char label[PARTY_LABEL_SIZE])
{
	struct text text;

	text_init(&text, label, PARTY_LABEL_SIZE);
	text_add(&text, "user:");
	text_u64(&text, (uint64_t)customer);
}

static int
begin_truth(struct play *play, int resource, int holder, int64_t from_us)
{
	struct world *world = play->world;

	if (world->truth_count == TRUTHS_MAX)
		return NONE;
	world->truths[world->truth_count] =
	    (struct truth){resource,  holder,    from_us,
			   INT64_MAX, INT64_MAX, INT64_MAX};
	return (int)world->truth_count++;
}

static void
end_truth(struct play *play, int truth, int64_t to_us)
{
	if (truth != NONE)
		play->world->truths[truth].to_us = to_us;
}

static void
named(struct play *play, int truth)
{
	struct truth *it;

	if (truth == NONE)
		return;
	it = &play->world->truths[truth];
	if (it->named_us == INT64_MAX)
		it->named_us = play->world->now_us;
	it->last_us = play->world->now_us;
}

/* ---- words ---- */

static struct lease_event
begin_word(struct play *play, uint8_t kind, uint16_t source, int customer)
{
	struct lease_event event = {.kind = kind};
	int64_t stamp = play->world->now_us + play->world->skew_us[source];

	event.at.us = whole(stamp);
	event.error_us = SECOND;
	event.start = event.end = event.sure = times_unset();
	event.origin = ++play->origin << 16;
	if (customer != NONE)
		world_label(customer, event.holder);
	return event;
}

static void
add(struct lease_event *event, int resource, uint8_t slot)
{
	struct lease_subject *it = &event->subjects[event->subject_count++];

	world_subject(resource, &it->subject, &event->realm);
	it->slot = slot;
}

static void
deliver(struct play *play, const struct lease_event *event, uint16_t source,
	int64_t arrival_us)
{
	struct world *world = play->world;
	struct world_word *word;

	if (world->word_count == WORDS_MAX)
		return;
	word = &world->words[world->word_count++];
	word->event = *event;
	word->event.origin = ++play->origin << 16;
	word->source = source;
	word->arrival_us = arrival_us;
}

/* By UDP: lost, late, twice, and by another way too. */
static void
send_word(struct play *play, const struct lease_event *event, uint16_t source)
{
	const struct world_conf *conf = &play->world->conf;
	int64_t now_us = play->world->now_us;

	for (unsigned copy = 0; copy < 2; copy++) {
		uint16_t by = copy ? SOURCE_COPY : source;
		int64_t arrival_us = now_us + span(play, 0, SECOND);

		if (copy && (source != SOURCE_NAS || conf->sessions_only))
			break;
		if (chance(play, conf->loss_permille))
			continue;
		if (chance(play, conf->late_permille))
			arrival_us += span(play, 0, 120 * MINUTE);
		deliver(play, event, by, arrival_us);
		if (chance(play, conf->twice_permille))
			deliver(play, event, by,
				arrival_us + span(play, 0, 10 * MINUTE));
	}
}

/* ---- sessions ---- */

static void
say(struct play *play, struct session *session, uint8_t kind)
{
	struct world *world = play->world;
	struct lease_event event = begin_word(play, kind, session->nas,
					      session->customer);
	struct text text;

	text_init(&text, event.session, sizeof(event.session));
	text_u64(&text, session->number);
	if (kind != LEASE_START) {
		event.start.us = event.at.us -
				 whole(world->now_us - session->start_us);
		event.marks |= LEASE_START_INFERRED;
	}
	if (kind == LEASE_START || chance(play, 900)) {
		add(&event, session->address, LEASE_SLOT_ADDRESS);
		named(play, session->truth);
	}
	if (session->prefix != NONE && session->prefix_us <= world->now_us &&
	    session->address < INSIDES && chance(play, 800)) {
		add(&event, session->prefix, LEASE_SLOT_DELEGATED);
		named(play, session->prefix_truth);
	}
	send_word(play, &event, session->nas);
}

/* Neither held nor promised. */
static bool
is_free(const struct play *play, int resource)
{
	for (size_t i = 0; i < play->world->truth_count; i++) {
		const struct truth *it = &play->world->truths[i];

		if (it->resource == resource && it->to_us > play->world->now_us)
			return false;
	}
	return true;
}

/* A free one of [from, to), or NONE. */
static int
pick_free(struct play *play, int from, int to)
{
	int first = from +
		    (int)rng_below(&play->world->rng, (uint64_t)(to - from));

	for (int i = 0; i < to - from; i++) {
		int resource = from + (first - from + i) % (to - from);

		if (is_free(play, resource))
			return resource;
	}
	return NONE;
}

static void
begin_session(struct play *play, bool inside)
{
	struct world *world = play->world;
	struct session *session = NULL;
	int address = inside ? pick_free(play, INSIDES, RESOURCES)
			     : pick_free(play, ADDRESSES, PREFIXES);

	for (int i = 0; i < SESSIONS && !session; i++)
		if (!play->sessions[i].open)
			session = &play->sessions[i];
	if (!session || address == NONE || world->truth_count + 4 > TRUTHS_MAX)
		return;
	memset(session, 0, sizeof(*session));
	session->open = true;
	session->nas = (uint16_t)(SOURCE_NAS + rng_below(&world->rng, 2));
	session->customer = (int)rng_below(&world->rng, CUSTOMERS);
	session->number = play->next_number[session->nas]++;
	session->start_us = world->now_us;
	session->interim_us = world->now_us + INTERIM;
	session->address = address;
	session->truth = begin_truth(play, address, session->customer,
				     world->now_us);
	session->prefix = session->prefix_truth = NONE;
	if (!inside && chance(play, 600))
		session->prefix = pick_free(play, PREFIXES, LEASED);
	if (session->prefix != NONE) {
		/* It may come a little later. */
		session->prefix_us =
		    world->now_us +
		    (chance(play, 500) ? 0 : span(play, SECOND, MINUTE));
		session->prefix_truth = begin_truth(play, session->prefix,
						    session->customer,
						    session->prefix_us);
	}
	say(play, session, LEASE_START);
}

static void
end_session(struct play *play, struct session *session, bool told)
{
	int64_t now_us = play->world->now_us;

	if (!session->open)
		return;
	/* What begins and ends in one second has no order. */
	if (now_us < session->start_us + 2 * SECOND)
		now_us = play->world->now_us = session->start_us + 2 * SECOND;
	if (session->prefix_truth != NONE && session->prefix_us > now_us)
		play->world->truths[session->prefix_truth].from_us = now_us;
	if (told)
		say(play, session, LEASE_STOP);
	end_truth(play, session->truth, now_us);
	end_truth(play, session->prefix_truth, now_us);
	session->open = false;
}

static void
move_session(struct play *play, struct session *session)
{
	int address = pick_free(play, ADDRESSES, PREFIXES);

	if (!session->open || session->address >= PREFIXES || address == NONE)
		return;
	/* Never back to where it was. */
	for (size_t i = 0; i < play->world->truth_count; i++)
		if (play->world->truths[i].resource == address &&
		    play->world->truths[i].holder == session->customer &&
		    play->world->truths[i].from_us >= session->start_us)
			return;
	end_truth(play, session->truth, play->world->now_us);
	session->address = address;
	session->truth = begin_truth(play, address, session->customer,
				     play->world->now_us);
	say(play, session, LEASE_ALIVE);
}

static void
reboot(struct play *play, uint16_t nas)
{
	struct world *world = play->world;
	struct lease_event event;

	for (int i = 0; i < SESSIONS; i++)
		if (play->sessions[i].nas == nas)
			end_session(play, &play->sessions[i], false);
	if (world->conf.numbers_again && chance(play, 700))
		play->next_number[nas] = 1;
	if (chance(play, 500)) {
		event = begin_word(play, LEASE_RESET, nas, NONE);
		send_word(play, &event, nas);
	}
	/* It is away for a while. */
	world->now_us += span(play, 20 * SECOND, 3 * MINUTE);
	if (chance(play, 500)) {
		event = begin_word(play, LEASE_RESET, nas, NONE);
		send_word(play, &event, nas);
	}
}

/* ---- DHCP: a file, in order ---- */

static void
write_lease(struct play *play, int which, int64_t start_us, int64_t end_us,
	    bool inferred)
{
	struct world *world = play->world;
	const struct lease *lease = &play->leases[which];
	struct lease_event event = begin_word(play, LEASE_WHOLE, SOURCE_DHCP,
					      lease->customer);
	struct text text;

	text_init(&text, event.session, sizeof(event.session));
	text_add(&text, "client ");
	text_u64(&text, (uint64_t)lease->customer);
	add(&event, LEASED + which, LEASE_SLOT_ADDRESS);
	event.start.us = start_us;
	event.end.us = end_us;
	if (inferred) {
		/* A release that doesn't say when. */
		event.at.us = event.sure.us = start_us;
		event.marks |= LEASE_END_INFERRED;
	}
	event.error_us = 0;
	if (play->file_us < world->now_us)
		play->file_us = world->now_us;
	play->file_us += span(play, 0, SECOND);
	deliver(play, &event, SOURCE_DHCP, play->file_us);
	named(play, lease->truth);
}

static void
dhcp(struct play *play)
{
	struct world *world = play->world;
	int which = (int)rng_below(&world->rng, BLOCKS - LEASED);
	struct lease *lease = &play->leases[which];

	/* The server's own clock is the truth of its leases. */
	world->now_us = whole(world->now_us) + SECOND;
	if (world->now_us >= lease->expiry_us)
		lease->open = false;
	if (!lease->open) {
		lease->customer = (int)rng_below(&world->rng, CUSTOMERS);
		lease->start_us = lease->renewed_us = world->now_us;
		lease->truth = begin_truth(play, LEASED + which,
					   lease->customer, world->now_us);
		lease->open = lease->truth != NONE;
		if (!lease->open)
			return;
	} else if (chance(play, 300)) {
		bool kea = chance(play, 500) &&
			   world->now_us > lease->renewed_us;

		write_lease(play, which, lease->renewed_us, world->now_us, kea);
		end_truth(play, lease->truth, world->now_us);
		lease->open = false;
		return;
	}
	lease->renewed_us = world->now_us;
	lease->expiry_us = world->now_us +
			   whole(span(play, 10 * MINUTE, 60 * MINUTE));
	end_truth(play, lease->truth, lease->expiry_us);
	write_lease(play, which, world->now_us, lease->expiry_us, false);
}

/* ---- the translator ---- */

static void
say_gap(struct play *play, const struct lease_event *seen)
{
	struct lease_event event = begin_word(play, LEASE_GAP, SOURCE_NAT,
					      NONE);

	event.start.us = DAY0;
	event.at = seen->at;
	deliver(play, &event, SOURCE_NAT, play->world->now_us);
}

static void
say_block(struct play *play, int block, int inside, uint8_t kind)
{
	struct lease_event event = begin_word(play, kind, SOURCE_NAT, NONE);
	struct subject subject;

	event.at.us = play->world->now_us + play->world->skew_us[SOURCE_NAT];
	event.error_us = 0;
	world_subject(inside, &subject, &event.inside_realm);
	event.inside_told = true;
	event.inside = subject.prefix.addr;
	add(&event, BLOCKS + block, LEASE_SLOT_PORTS);
	if (kind == LEASE_STOP)
		event.marks |= LEASE_BLOCK_ENDS;
	if (play->world->conf.translator == TRANSLATOR_LOSSY) {
		send_word(play, &event, SOURCE_NAT);
	} else if (play->world->conf.translator == TRANSLATOR_GAPS &&
		   chance(play, play->world->conf.loss_permille)) {
		play->gap = true;
	} else {
		if (play->gap)
			say_gap(play, &event);
		play->gap = false;
		deliver(play, &event, SOURCE_NAT, play->world->now_us);
	}
	named(play, play->block_truth[block]);
}

static void
translate(struct play *play)
{
	struct world *world = play->world;
	int block = (int)rng_below(&world->rng, BLOCK_COUNT);
	int *truth = &play->block_truth[block];

	if (*truth != NONE) {
		say_block(play, block, world->truths[*truth].holder,
			  LEASE_STOP);
		end_truth(play, *truth, world->now_us);
		*truth = NONE;
		return;
	}
	for (int i = 0; i < SESSIONS; i++) {
		const struct session *session = &play->sessions[i];

		if (!session->open || session->address < INSIDES ||
		    chance(play, 500))
			continue;
		*truth = begin_truth(play, BLOCKS + block, session->address,
				     world->now_us);
		if (*truth != NONE)
			say_block(play, block, session->address, LEASE_START);
		return;
	}
}

/* ---- the day ---- */

static void
interims(struct play *play)
{
	for (int i = 0; i < SESSIONS; i++) {
		struct session *session = &play->sessions[i];

		if (!session->open || session->interim_us > play->world->now_us)
			continue;
		say(play, session, LEASE_ALIVE);
		session->interim_us = play->world->now_us + INTERIM;
	}
}

/* Ends one; often the next begins at once, on what it had. */
static void
hand_over(struct play *play, struct session *session)
{
	const struct world_conf *conf = &play->world->conf;

	end_session(play, session, !chance(play, conf->power_cut_permille));
	if (chance(play, 400))
		return;
	play->world->now_us += span(play, 0, 5 * SECOND);
	for (int i = 0; i < 3; i++)
		begin_session(play, !conf->sessions_only && i == 2);
}

static void
step(struct play *play)
{
	const struct world_conf *conf = &play->world->conf;
	uint64_t what = rng_below(&play->world->rng, 100);
	struct session *session =
	    &play->sessions[rng_below(&play->world->rng, SESSIONS)];

	if (what < 35)
		begin_session(play, !conf->sessions_only && chance(play, 350));
	else if (what < 55)
		hand_over(play, session);
	else if (what < 62)
		move_session(play, session);
	else if (what < 65)
		reboot(play, (uint16_t)(SOURCE_NAS +
					rng_below(&play->world->rng, 2)));
	else if (what < 80 && !conf->sessions_only)
		dhcp(play);
	else if (!conf->sessions_only)
		translate(play);
}

static int
by_arrival(const void *a, const void *b)
{
	const struct world_word *one = a, *two = b;

	if (one->arrival_us != two->arrival_us)
		return one->arrival_us < two->arrival_us ? -1 : 1;
	return one->event.origin < two->event.origin ? -1 : 1;
}

static void
set_sources(struct world *world)
{
	for (uint16_t i = SOURCE_NAS; i < SOURCES; i++) {
		struct tracker_source *it = &world->sources[i];
		int64_t bound_us = world->conf.skewed
				       ? (int64_t)rng_below(&world->rng, 20) *
					     SECOND
				       : 0;

		*it = (struct tracker_source){.number = i,
					      .error_us = bound_us};
		if (bound_us > 0)
			world->skew_us[i] =
			    (int64_t)rng_below(&world->rng,
					       2 * (uint64_t)bound_us + 1) -
			    bound_us;
		if (i <= SOURCE_COPY) {
			it->sessions_numbered = true;
			it->interim_us = INTERIM;
		}
	}
	/* The copy is the same server's words. */
	world->sources[SOURCE_COPY].error_us = world->sources[1].error_us;
	world->skew_us[SOURCE_DHCP] = 0;
	world->sources[SOURCE_DHCP].complete = true;
	world->sources[SOURCE_NAT].complete = world->conf.translator !=
					      TRANSLATOR_LOSSY;
}

void
world_run(struct world *world, uint64_t seed, const struct world_conf *conf)
{
	struct play play = {.world = world};

	world->truth_count = world->word_count = 0;
	memset(world->sources, 0, sizeof(world->sources));
	memset(world->skew_us, 0, sizeof(world->skew_us));
	world->conf = *conf;
	rng_init(&world->rng, seed);
	set_sources(world);
	world->now_us = DAY0;
	for (int i = 0; i < BLOCK_COUNT; i++)
		play.block_truth[i] = NONE;
	for (int i = 0; i < SOURCES; i++)
		play.next_number[i] = 1;
	for (unsigned i = 0; i < conf->steps; i++) {
		world->now_us += chance(&play, 300)
				     ? span(&play, 0, 10 * SECOND)
				     : span(&play, 0, 20 * MINUTE);
		interims(&play);
		step(&play);
	}
	world->end_us = world->now_us;
	qsort(world->words, world->word_count, sizeof(*world->words),
	      by_arrival);
}

static int
holder_of(const struct world *world, int resource, int64_t at_us)
{
	for (size_t i = 0; i < world->truth_count; i++) {
		const struct truth *it = &world->truths[i];

		if (it->resource == resource && it->from_us <= at_us &&
		    it->to_us > at_us)
			return it->holder;
	}
	return NONE;
}

int
world_holder(const struct world *world, int resource, int64_t at_us)
{
	int holder = holder_of(world, resource, at_us);

	if (holder != NONE && resource >= BLOCKS && resource < INSIDES)
		return holder_of(world, holder, at_us);
	return holder;
}

bool
world_held(const struct world *world, int resource, int customer,
	   int64_t from_us, int64_t to_us)
{
	if (world_holder(world, resource, from_us) != customer ||
	    world_holder(world, resource, to_us) != customer)
		return false;
	/* It can change where something begins or ends, and nowhere else. */
	for (size_t i = 0; i < world->truth_count; i++) {
		const int64_t ends[] = {world->truths[i].from_us,
					world->truths[i].to_us};

		for (int k = 0; k < 2; k++)
			if (ends[k] > from_us && ends[k] <= to_us &&
			    world_holder(world, resource, ends[k]) != customer)
				return false;
	}
	return true;
}

struct binding_table *
world_table(const struct world *world)
{
	struct binding_table *table = binding_table_new();

	lz_assert(table);
	for (uint16_t i = SOURCE_NAS; i < SOURCES; i++) {
		int error = binding_table_set_source(table, &world->sources[i]);

		lz_assert(error == 0);
	}
	return table;
}

void
world_feed(struct binding_table *table, const struct world_word *word)
{
	struct tracker_store store = binding_table_store(table);
	int error = tracker_event(&store,
				  binding_table_source(table, word->source),
				  &word->event);

	lz_assert(error == 0);
}
