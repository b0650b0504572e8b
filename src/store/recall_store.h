/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recalls in the desk's store: what proved wrong, who said so, how far taking
 * it back has gone; and the first of two persons for acts on no case.
 *
 * Answers as desk_store.h.  Writing belongs into the desk's transaction.
 */
#ifndef STORE_RECALL_STORE_H
#define STORE_RECALL_STORE_H

#include "fact/case_fact.h"
#include "fact/recall.h"
#include "store/store.h"

/* Numbers are stored by name. */
enum recall_state {
	RECALL_WAITING = 1, /* for a second person */
	RECALL_RUNNING = 2, /* what rests on it is being taken back */
	RECALL_DONE = 3,    /* and what comes of it is not believed */
	RECALL_DROPPED = 4, /* by a person, before the second one */
	RECALL_LIFTED = 5,  /* by a person: it is believed again */
	RECALL_STATE_COUNT
};
const char *recall_state_name(enum recall_state state);

struct store_recall {
	uint64_t id;
	struct recall what;
	const char *reason; /* borrowed */
	enum recall_state state;
	struct at_event asked, done; /* done: unset until it is */
	uint64_t sightings, cases, released, corrected; /* taken back */
	/* How far it went: the next is above (at_day, at_id). */
	int64_t at_day;
	uint8_t at_id[SIGHTING_ID_SIZE];
};

/* A new one; sets recall->id: 1, 2, 3 ..., never again. */
LZ_NODISCARD int recall_store_add(struct store *store,
				  struct store_recall *recall);
/* State, counts and place of one that is there. */
LZ_NODISCARD int recall_store_put(struct store *store,
				  const struct store_recall *recall);
/* All, oldest first.  What can't be read any more is LZ_E_CHECKSUM. */
typedef int recall_store_visit(void *context,
			       const struct store_recall *recall);
LZ_NODISCARD int recall_store_list(struct store *store,
				   recall_store_visit *visit, void *context);
/* Who said so; the same again changes nothing. */
LZ_NODISCARD int recall_store_person_add(struct store *store, uint64_t recall,
					 const char *actor,
					 struct at_event time);
/* In the order in which they said so. */
typedef int recall_store_person_visit(void *context, const char *actor,
				      struct at_event time);
LZ_NODISCARD int recall_store_persons(struct store *store, uint64_t recall,
				      recall_store_person_visit *visit,
				      void *context);

/* A stored sighting on the way. */
struct recall_seen {
	const struct sighting *sighting; /* borrowed */
	int64_t day;
	uint64_t case_id;           /* 0: none */
	const char *binding_source; /* "": none */
	int64_t recalled;           /* as recall_store_mark; 0: not */
	uint8_t certainty;
};
typedef int recall_store_seen(void *context, const struct recall_seen *seen);
struct recall_place {
	int64_t day;
	uint8_t id[SIGHTING_ID_SIZE];
};
/*
 * Stored sightings above the place up to to_day, rising, at most `limit`; stops
 * at the visitor's first answer that isn't 0 and answers it.  A body that can't
 * be read is passed over.  *place is then the last one that was visited, but
 * for the one that stopped it; *rows: how many that were.
 */
LZ_NODISCARD int recall_store_scan(struct store *store,
				   struct recall_place *place, int64_t to_day,
				   uint32_t limit, uint32_t *rows,
				   recall_store_seen *visit, void *context);
/* The day a sighting of that time is stored under. */
int64_t recall_store_day(struct at_event time);
/* The sightings of one case, oldest first. */
LZ_NODISCARD int recall_store_of_case(struct store *store, uint64_t case_id,
				      recall_store_seen *visit, void *context);
/*
 * It is taken back by a recall of that number, and asked about no more.
 * Negative: only who held it was wrong, so it is another's and still true.
 */
LZ_NODISCARD int recall_store_mark(struct store *store,
				   const struct sighting *sighting,
				   int64_t recall);
/* How many cases' sightings have that mark. */
LZ_NODISCARD int recall_store_cases(struct store *store, int64_t recall,
				    uint64_t *count);

/* A receipt of what took a notice back; LZ_E_EXISTS when it is known already. */
LZ_NODISCARD int correction_store_receipt(struct store *store, uint64_t notice,
					  enum receipt_kind kind,
					  struct at_event time,
					  const char *proof);

/*
 * The first person's word for an act on no case ("go", "unprotect ...").
 * LZ_E_NOT_FOUND: nobody has said so.
 */
#define WAITING_TEXT_SIZE 96
struct store_waiting {
	char actor[WAITING_TEXT_SIZE], reason[WAITING_TEXT_SIZE];
	struct at_event time;
};
LZ_NODISCARD int waiting_store_get(struct store *store, const char *name,
				   struct store_waiting *waiting);
LZ_NODISCARD int waiting_store_put(struct store *store, const char *name,
				   const struct store_waiting *waiting);
LZ_NODISCARD int waiting_store_delete(struct store *store, const char *name);

#endif
