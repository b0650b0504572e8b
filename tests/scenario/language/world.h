/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of a story, on its own clock: the real detectors, the real chain
 * from sighting to case, persons who act, a post office and a device that do
 * what the story says.  No store, no sockets: a restart goes through the bytes
 * that would have been stored.
 *
 * Whatever the chain does is kept as a list of happenings; expectations look
 * at it.
 */
#ifndef SCENARIO_WORLD_H
#define SCENARIO_WORLD_H

#include "detect/detect.h"
#include "detect/indicators.h"
#include "device.h"
#include "role/chain.h"
#include "settings.h"
#include "statement.h"
#include "traffic.h"

#define WORLD_WHY_SIZE 512
#define WORLD_PARTIES_MAX 1024
#define WORLD_SIGHTINGS_MAX 4096
#define WORLD_HAPPENINGS_MAX 4096
#define WORLD_ARRIVALS_MAX 4096
#define WORLD_POLICIES_MAX 16
#define WORLD_EXPORTERS_MAX 16

/* What came of a step.  kind is that of the line which would expect it;
 * SAY_NONE: a state was left for another, which nobody has to expect. */
struct happening {
	enum statement_kind kind;
	struct at_event at;
	size_t statement; /* during which */
	uint64_t case_id;
	char party[PARTY_LABEL_SIZE];
	char word[32]; /* a measure; a state */
	char target[MEASURE_TARGET_SIZE];
	char text[160]; /* what was said */
	uint32_t step;
	uint8_t channel;
	bool shadow, taken; /* taken: it was expected */
	struct at_event expires;
};

/* A sighting as the desk's store would keep it. */
struct kept {
	struct sighting sighting;
	uint64_t case_id;
	uint8_t certainty;
	bool awaiting;
	char source[STATEMENT_WORD_SIZE]; /* that named its holder */
};

struct arrival {
	struct sighting sighting;
	struct at_event at;
	bool done;
};

enum mail_mode { MAIL_DELIVERS, MAIL_ACCEPTS, MAIL_FAILS, MAIL_WAITS };

struct told {
	uint64_t case_id, notice;
};

/* A party that was merged into another. */
struct alias {
	struct party_id party, into;
};

struct world {
	const struct story *story;
	size_t statement; /* being done */
	struct at_event clock, mark, loud_until;
	char why[WORLD_WHY_SIZE];

	struct settings settings;
	bool dirty;                      /* set up anew before the next act */
	bool ask_again;                  /* who held what has changed */
	struct conf *conf, *sensor_conf; /* the sensor keeps its first one */
	struct holders *holders;
	struct chain *chain;
	size_t policy_count;
	struct case_policy
	    policies[WORLD_POLICIES_MAX]; /* cases opened under */
	uint8_t stop;                     /* CASE_BRAKE_* by a person */
	size_t alias_count;
	struct alias aliases[16];

	char indicators_csv[16384];
	struct indicator_list *indicators;
	struct detect *detect;
	size_t exporter_count;
	struct addr exporters[WORLD_EXPORTERS_MAX];
	struct traffic traffic;
	struct scenario_device device;
	enum mail_mode mail;
	size_t told_count;
	struct told told[64];

	size_t party_count, kept_count, happening_count, arrival_count;
	char parties[WORLD_PARTIES_MAX][PARTY_LABEL_SIZE];
	struct kept kept[WORLD_SIGHTINGS_MAX];
	struct happening happenings[WORLD_HAPPENINGS_MAX];
	struct arrival arrivals[WORLD_ARRIVALS_MAX];
	bool lost; /* more happened than there is room for */
};

struct world *world_new(const struct story *story); /* NULL: no memory */
void world_free(struct world *world);
/* Does the story's next statement, which expects nothing; false: `why`. */
bool world_do(struct world *world, size_t statement);
/* For expectations: makes pending set-up count.  false: `why`. */
bool world_settle(struct world *world);
/* The moment a statement speaks of. */
struct at_event world_moment(const struct world *world, struct moment moment);
/* The newest case of a party; NULL. */
const struct case_record *world_case(const struct world *world,
				     const char *party);
struct party_id world_party(const struct world *world, const char *party);
bool world_fail(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- for the parts of a world ---- */

/* A sighting reaches the desk now. */
bool world_sighting(struct world *world, const struct sighting *sighting);
/* An event of a case, now; receipts that come of it follow. */
bool world_event(struct world *world, uint64_t case_id,
		 struct case_event *event);
struct happening *world_happens(struct world *world, enum statement_kind kind,
				const char *party, uint64_t case_id);
/* A case_sink: steps that come by no chain. */
void world_take_step(void *context, const struct case_output *step);
/* The label is a party's from now on. */
bool world_name(struct world *world, const char *party);
/* The stop switch as it stands, for a book. */
void world_stop(const struct world *world, struct case_book *book);
/* persons.c: what persons, subscribers and channels do. */
bool persons_do(struct world *world, const struct statement *statement);
/* reports.c: REPORT. */
bool reports_do(struct world *world, const struct statement *statement);
/* restart.c: a fresh chain from the bytes of the old one, with the settings as
 * they are now. */
bool restart_do(struct world *world);

#endif
