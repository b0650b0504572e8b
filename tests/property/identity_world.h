/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small invented provider for tests of identity: two access servers, a DHCP
 * server and an address translator, whose customers come, move and go; and the
 * words that got through about it.  What really happened is kept beside: it is
 * the reference that answers are held against.
 *
 * Assumed of real networks, as src/ident does: clocks within their declared
 * bound; words tell their session's time (so that numbers may come again); a
 * session doesn't return to an address it gave up; lease files are in order.
 */
#ifndef TESTS_PROPERTY_IDENTITY_WORLD_H
#define TESTS_PROPERTY_IDENTITY_WORLD_H

#include "base/rng.h"
#include "ident/binding_table.h"

/* What can be held. */
enum resource {
	ADDRESSES = 0, /* of sessions */
	PREFIXES = 3,
	LEASED = 6, /* by DHCP */
	BLOCKS = 8, /* of ports of one shared address */
	INSIDES = 12,
	RESOURCES = 15
};
#define BLOCK_COUNT (INSIDES - BLOCKS)
#define INSIDE_REALM 7
#define CUSTOMERS 6

/* Sources: the access servers, a second way the first one's words come. */
enum world_source {
	SOURCE_NAS = 1,
	SOURCE_COPY = 3,
	SOURCE_DHCP = 4,
	SOURCE_NAT = 5,
	SOURCES = 6
};

struct truth {
	int resource;
	int holder; /* customer; of a block: the inside resource */
	int64_t from_us, to_us;
	/* First and last word that named it, by true time; INT64_MAX: none. */
	int64_t named_us, last_us;
};

struct world_word {
	struct lease_event event;
	uint16_t source;
	int64_t arrival_us;
};

#define TRUTHS_MAX 256
#define WORDS_MAX 1024

/* How the address translator's words come. */
enum translator {
	TRANSLATOR_ORDERED, /* all, in order */
	TRANSLATOR_LOSSY,   /* as syslog by UDP: nobody knows what is missing */
	TRANSLATOR_GAPS     /* as IPFIX: what is missing is seen by the next */
};

struct world_conf {
	unsigned loss_permille, late_permille, twice_permille;
	unsigned power_cut_permille, steps;
	bool skewed, numbers_again, sessions_only;
	enum translator translator;
};

struct world {
	struct rng rng;
	struct world_conf conf;
	int64_t now_us, end_us;
	struct tracker_source sources[SOURCES];
	int64_t skew_us[SOURCES];
	size_t truth_count, word_count;
	struct truth truths[TRUTHS_MAX];
	struct world_word words[WORDS_MAX]; /* by arrival, after world_run */
};

void world_run(struct world *world, uint64_t seed,
	       const struct world_conf *conf);
/* The customer who held a resource at a time; -1: nobody. */
int world_holder(const struct world *world, int resource, int64_t at_us);
/* Did one customer hold it over all of [from, to]? */
bool world_held(const struct world *world, int resource, int customer,
		int64_t from_us, int64_t to_us);
void world_subject(int resource, struct subject *subject, uint32_t *realm);
void world_label(int customer, char label[PARTY_LABEL_SIZE]);
/* A table that knows the sources, without words. */
struct binding_table *world_table(const struct world *world);
/* Feeds one word; a refusal ends the test. */
void world_feed(struct binding_table *table, const struct world_word *word);

#endif
