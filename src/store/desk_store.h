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
	uint64_t events; /* how many it has */
	uint8_t arm;     /* enum case_arm */
	uint8_t ladder;  /* of its policy */
	struct at_event objected, answer_due;
	uint64_t merged_into, earlier; /* cases; 0: none */
	struct store_bytes record;     /* case_record_encode */
};

struct store_event {
	uint64_t case_id;
	uint64_t n; /* from 1 in each case, given by who writes it */
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
	/* Not empty: body lacks the sighting, which is these bytes
	 * (sighting_encode). */
	struct store_bytes sighting;
};

/*
 * A sighting as it is stored with what became of it.  `event`: NULL, or the
 * step that it was the whole of: it is kept in the sighting's row, its ids are
 * not (no action used one) and its body is case_event_encode_bare.
 */
struct store_sighting {
	const struct sighting *sighting;
	uint64_t case_id; /* 0: none */
	uint8_t certainty;
	bool awaiting;
	const char *binding_source; /* NULL, "": none */
	const struct store_event *event;
};

/* A party by what it is called: an account (known), or a subject. */
struct store_party {
	const char *label;
	bool known;
	struct party_id party;   /* desk_store_parties_add alone */
	struct at_event created; /* likewise */
};

/* The line that is kept in memory of a case that has ended. */
struct store_ended {
	uint64_t id;
	struct party_id party;
	enum case_state state;
	struct at_event opened, closed;
	uint64_t merged_into;
};

struct store_finding {
	uint8_t class;
	const char *family; /* "": not known */
	uint64_t n;
	struct at_event first, last;
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
	uint8_t channel_asked; /* enum case_channel of its rung */
};

struct store_measure {
	uint64_t id, case_id;
	enum measure_kind kind;
	const char *target;
	bool wanted, would;
	struct at_event since, expires, changed;
	const char *reason;
	uint8_t security;      /* enum security_reason */
	uint8_t weakened_from; /* enum measure_kind; 0 */
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
/* Never moves back.  Of who needs no lease: the only desk there is. */
LZ_NODISCARD int desk_store_set_offset(struct store *store, const char *source,
				       uint64_t offset);

/*
 * A lease on taking a spool in, where several desks stand by: who takes it gets
 * a token that rises with each taker; an offset moves for the newest token
 * alone, so a desk that lost its lease and doesn't know can't write (fence).
 * LZ_E_STATE: another's lease runs (take), or a newer token was given (renew,
 * set): the round is undone and its desk stands by.
 */
struct store_lease {
	const char *source; /* of ingest_offset */
	const char *desk;   /* who takes it */
	uint64_t token;     /* given by desk_store_lease_take */
};
LZ_NODISCARD int desk_store_lease_take(struct store *store,
				       struct store_lease *lease,
				       struct at_event now, int64_t span_us);
LZ_NODISCARD int desk_store_lease_renew(struct store *store,
					const struct store_lease *lease,
					struct at_event now, int64_t span_us);
LZ_NODISCARD int desk_store_set_offset_fenced(struct store *store,
					      const struct store_lease *lease,
					      uint64_t offset);

/* The party of a label, by account or (known is false) by subject. */
LZ_NODISCARD int desk_store_party(struct store *store, const char *label,
				  bool known, struct party_id *party);
/* A new party under a number; LZ_E_EXISTS: draw another one. */
LZ_NODISCARD int desk_store_party_add(struct store *store,
				      struct party_id party, const char *label,
				      bool known, struct at_event now);

/*
 * Many in one go, in the order given; party 0: not known yet.  Adding:
 * LZ_E_EXISTS when one's number is taken (roll back, draw anew).
 */
LZ_NODISCARD int desk_store_parties(struct store *store,
				    const struct store_party *asked,
				    size_t count, struct party_id *party);
LZ_NODISCARD int desk_store_parties_add(struct store *store,
					const struct store_party *parties,
					size_t count);

/* What is another's name: everything of `party` belongs to `into`. */
LZ_NODISCARD int desk_store_alias_put(struct store *store,
				      struct party_id party,
				      struct party_id into, const char *actor,
				      struct at_event since);
LZ_NODISCARD int desk_store_alias_delete(struct store *store,
					 struct party_id party);
typedef int desk_store_alias_visit(void *context, struct party_id party,
				   struct party_id into);
LZ_NODISCARD int desk_store_aliases(struct store *store,
				    desk_store_alias_visit *visit,
				    void *context);

/* Keeps a sighting; LZ_E_EXISTS when it is known already. */
LZ_NODISCARD int desk_store_sighting_add(struct store *store,
					 const struct sighting *sighting);
/*
 * The case it went to (0: none), how sure, whether it is asked again, what
 * named its holder (NULL, "": nothing).  Where it was the whole of a step of
 * another case, that event moves into that case's own rows first.
 */
LZ_NODISCARD int desk_store_sighting_assign(struct store *store,
					    const struct sighting *sighting,
					    uint64_t case_id, uint8_t certainty,
					    bool awaiting,
					    const char *binding_source);
/* Which of these are stored already. */
LZ_NODISCARD int desk_store_known(struct store *store,
				  const struct sighting *const *list,
				  size_t count, bool *known);
/* New ones, whole; LZ_E_EXISTS when one isn't new.  Their cases are there. */
LZ_NODISCARD int desk_store_sightings_put(struct store *store,
					  const struct store_sighting *rows,
					  size_t count);
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
LZ_NODISCARD int desk_store_cases_put(struct store *store,
				      const struct store_case *rows,
				      size_t count);
/* The stored records of all cases, oldest first; key is empty. */
LZ_NODISCARD int desk_store_records(struct store *store,
				    desk_store_bytes_visit *visit,
				    void *context);

/* Of cases that live, and of those that have ended; each oldest first. */
typedef int desk_store_record_visit(void *context, struct store_bytes record,
				    uint64_t events);
typedef int desk_store_ended_visit(void *context,
				   const struct store_ended *ended);
LZ_NODISCARD int desk_store_open_cases(struct store *store,
				       desk_store_record_visit *visit,
				       void *context);
LZ_NODISCARD int desk_store_ended_cases(struct store *store,
					desk_store_ended_visit *visit,
					void *context);
/* One case's record; LZ_E_NOT_FOUND. */
LZ_NODISCARD int desk_store_case_fetch(struct store *store, uint64_t case_id,
				       desk_store_record_visit *visit,
				       void *context);

LZ_NODISCARD int desk_store_finding_put(struct store *store, uint64_t case_id,
					const struct store_finding *finding);
typedef int desk_store_finding_visit(void *context,
				     const struct store_finding *finding);
LZ_NODISCARD int desk_store_findings(struct store *store, uint64_t case_id,
				     desk_store_finding_visit *visit,
				     void *context);

/* The number of a case's last event that has a row of its own; 0: none. */
LZ_NODISCARD int desk_store_event_last(struct store *store, uint64_t case_id,
				       uint64_t *n);
/* LZ_E_EXISTS when the case has an event of that number. */
LZ_NODISCARD int desk_store_event_add(struct store *store,
				      const struct store_event *event);
LZ_NODISCARD int desk_store_action_add(struct store *store,
				       const struct store_event *event,
				       unsigned index,
				       const struct store_action *action);
LZ_NODISCARD int desk_store_notice_add(struct store *store,
				       const struct store_notice *notice);
/* That what it said is withdrawn was told at `time`. */
LZ_NODISCARD int desk_store_notice_corrected(struct store *store,
					     uint64_t notice,
					     struct at_event time);
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
 * Erases what is over, children with their case: a slice of it, *more says that
 * there is more (in a transaction of its own, so that nothing waits long).
 * `erasing` is called with the number of each case that is about to go, while
 * all of it is still there.
 */
typedef int desk_store_erasing(void *context, uint64_t case_id);
LZ_NODISCARD int desk_store_retain(struct store *store,
				   const struct store_retention *retention,
				   struct at_event now,
				   desk_store_erasing *erasing, void *context,
				   bool *more);

#endif
