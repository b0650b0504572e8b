/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the desk writes, and what it reads when it starts.  All times are
 * microseconds UTC; numbers of cases, parties, notices and measures are random
 * and stored as they are.
 *
 * Answers: 0, LZ_E_NOT_FOUND, LZ_E_EXISTS (a row that must be new isn't),
 * LZ_E_CHECKSUM for stored bytes that are no longer what they were, or the
 * codes of store.h.  Writing belongs into store_begin .. store_commit: after
 * an error the caller rolls back, and starts again from what is stored.
 */
#ifndef STORE_DESK_STORE_H
#define STORE_DESK_STORE_H

#include "fact/case_fact.h"
#include "fact/identity.h"
#include "fact/sighting.h"
#include "store/store.h"

#define STORE_IDS 16   /* numbers a step gets: CASE_ACTIONS_MAX */
#define STORE_CAUSES 5 /* CASE_CAUSES */
#define STORE_HASH_SIZE 16
#define STORE_NAME_SIZE 96

struct store_bytes {
	const uint8_t *at;
	size_t length;
};

struct store_case {
	uint64_t id;
	struct party_id party;
	bool known;
	enum case_state state;
	uint8_t certainty;
	int32_t score_milli;
	uint64_t version;
	uint32_t classes; /* bit per rsit_class */
	struct at_event opened, changed, last, due, closed;
	struct store_bytes record; /* case_record_encode */
};

struct store_event {
	uint64_t case_id;
	uint64_t n; /* given by the store, from 1 in each case */
	struct at_event now;
	enum case_event_kind kind;
	uint8_t brake;
	const char *brake_text; /* NULL: none */
	uint64_t ids[STORE_IDS];
	uint32_t causes[STORE_CAUSES];
	uint8_t from; /* 0: the case was new */
	enum case_state state;
	int32_t score_milli;
	uint64_t version;
	bool changed;
	const char *row, *refused; /* NULL: none */
	uint8_t policy_hash[STORE_HASH_SIZE];
	uint8_t current_hash[STORE_HASH_SIZE];
	uint32_t table_version;
	const char *program;
	struct store_bytes body; /* case_event_encode */
};

struct store_action {
	uint8_t kind; /* enum case_action_kind */
	bool would;
	uint64_t ref;    /* number of the notice or measure; 0 */
	uint8_t measure; /* enum measure_kind; 0 */
	uint32_t step;   /* of a notice; 0 */
	const char *target;
	struct at_event expires;
	const char *text;
};

struct store_notice {
	uint64_t id, case_id;
	uint32_t step;
	uint64_t code_bits;
	const char *channel; /* "maildir"; "none" in shadow */
	struct at_event created;
	bool would;
};

struct store_measure {
	uint64_t id, case_id;
	enum measure_kind kind;
	const char *target;
	bool wanted, would;
	struct at_event since, expires, changed;
	const char *reason;
};

enum store_lane { STORE_LANE_RELEASE = 0, STORE_LANE_NOTICE = 1 };

struct store_outbox {
	uint64_t id; /* given by the store, rising, never again */
	uint64_t case_id, notice;
	const char *kind; /* "notice" */
	enum store_lane lane;
	struct at_event due;
	struct store_bytes body;
};

/* What became of a command for one case (case_id 0: for none). */
struct store_result {
	uint64_t command; /* sequence in the command spool */
	struct at_event time;
	const char *actor;
	uint8_t act; /* enum case_event_kind */
	uint64_t case_id;
	int outcome; /* 0, or an LZ_E_* */
	uint8_t from, state;
	uint32_t measures_off;
	const char *message;
};

/* Up to which sequence a spool was taken in; 0 at first. */
LZ_NODISCARD int desk_store_offset(struct store *store, const char *source,
				   uint64_t *offset);
/* Never moves back. */
LZ_NODISCARD int desk_store_set_offset(struct store *store, const char *source,
				       uint64_t offset);

/* The party of a label, by account or (known is false) by subject. */
LZ_NODISCARD int desk_store_party(struct store *store, const char *label,
				  bool known, struct party_id *party);
/* A new party under a number; LZ_E_EXISTS: draw another one. */
LZ_NODISCARD int desk_store_party_add(struct store *store,
				      struct party_id party, const char *label,
				      bool known, struct at_event now);

/* Keeps a sighting; LZ_E_EXISTS when it is known already. */
LZ_NODISCARD int desk_store_sighting_add(struct store *store,
					 const struct sighting *sighting);
/* The case it went to (0: none), how sure, whether it is asked again. */
LZ_NODISCARD int desk_store_sighting_assign(struct store *store,
					    const struct sighting *sighting,
					    uint64_t case_id, uint8_t certainty,
					    bool awaiting);
/* Those that are to be asked again; stops at the visitor's first error. */
typedef int desk_store_sighting_visit(void *context,
				      const struct sighting *sighting);
LZ_NODISCARD int desk_store_awaiting(struct store *store,
				     desk_store_sighting_visit *visit,
				     void *context);

/*
 * Stored sightings of addresses first..last that touch [from, to], at most
 * `max`, oldest first; case_id 0: none.  The visitor must not change
 * any of them.
 */
typedef int desk_store_touching_visit(void *context,
				      const struct sighting *sighting,
				      uint64_t case_id, uint8_t certainty);
LZ_NODISCARD int
desk_store_touching(struct store *store, const struct addr *first,
		    const struct addr *last, struct at_event from,
		    struct at_event to, uint32_t max,
		    desk_store_touching_visit *visit, void *context);

/* What stops the desk now, in words; NULL: nothing of that name any more. */
LZ_NODISCARD int desk_store_standing(struct store *store, const char *name,
				     struct at_event since, const char *text);
typedef int desk_store_standing_visit(void *context, const char *name,
				      struct at_event since, const char *text);
LZ_NODISCARD int desk_store_standings(struct store *store,
				      desk_store_standing_visit *visit,
				      void *context);

LZ_NODISCARD int desk_store_policy_add(struct store *store,
				       const uint8_t hash[STORE_HASH_SIZE],
				       struct store_bytes body,
				       struct at_event now);
/* All policies, newest first. */
typedef int desk_store_bytes_visit(void *context, struct store_bytes key,
				   struct store_bytes body);
LZ_NODISCARD int desk_store_policies(struct store *store,
				     desk_store_bytes_visit *visit,
				     void *context);

LZ_NODISCARD int desk_store_case_put(struct store *store,
				     const struct store_case *record);
/* The stored records of all cases, oldest first; key is empty. */
LZ_NODISCARD int desk_store_records(struct store *store,
				    desk_store_bytes_visit *visit,
				    void *context);

/* Sets event->n. */
LZ_NODISCARD int desk_store_event_add(struct store *store,
				      struct store_event *event);
LZ_NODISCARD int desk_store_action_add(struct store *store,
				       const struct store_event *event,
				       unsigned index,
				       const struct store_action *action);
LZ_NODISCARD int desk_store_notice_add(struct store *store,
				       const struct store_notice *notice);
LZ_NODISCARD int desk_store_measure_put(struct store *store,
					const struct store_measure *measure);
/* Sets outbox->id. */
LZ_NODISCARD int desk_store_outbox_add(struct store *store,
				       struct store_outbox *outbox);
/* LZ_E_EXISTS when it is known already. */
LZ_NODISCARD int desk_store_receipt_add(struct store *store, uint64_t notice,
					enum receipt_kind kind,
					struct at_event time,
					const char *proof);
LZ_NODISCARD int desk_store_result_add(struct store *store,
				       const struct store_result *result);

/* How long rows are kept (DESIGN section 9). */
struct store_retention {
	int64_t cases_us;     /* after closing */
	int64_t sightings_us; /* of watched or unattributed cases, and these */
	int64_t commands_us;
};

/*
 * Erases what is over, children with their case.  `erased` is called with the
 * number of each case that went.
 */
LZ_NODISCARD int
desk_store_retain(struct store *store, const struct store_retention *retention,
		  struct at_event now,
		  void (*erased)(void *context, uint64_t case_id),
		  void *context);

#endif
