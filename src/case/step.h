/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life cycle of a case: one record, one table, one pure function.
 *
 *   case_step(record, event, policy, now) -> record', actions
 *
 * Total: an (state, event) pair without a row is "refuse and record".  The
 * state is the fold of recorded events; the same event twice changes nothing.
 * No floating point, no randomness (numbers the step needs come in through
 * `ids`), no clock.  Invariants: DESIGN section 8, walked by the tests.
 */
#ifndef CASE_STEP_H
#define CASE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "case/policy.h"
#include "fact/case_fact.h"
#include "fact/sighting.h"

#define CASE_TABLE_VERSION 3
#define CASE_SCHEMA 2          /* of a record; 1 is read */
#define CASE_EVENT_SCHEMA 3    /* 1 had no others; both are read */
#define CASE_SIGHTINGS_MAX 256 /* kept a case; beyond it the least telling go */
#define CASE_MEASURES_MAX 8
#define CASE_NOTICES_MAX 8
#define CASE_PLACES_MAX 4
#define CASE_ACTIONS_MAX 16
#define CASE_FINDINGS_MAX 16
#define CASE_CAUSES \
	5 /* origin, detector, indicator, exporter, binding source */
#define CASE_TEXT_SIZE 96

/* What a case remembers of a sighting: enough to compute its items again. */
struct case_sighting {
	uint8_t id[SIGHTING_ID_SIZE];
	struct at_event time; /* event time */
	uint32_t origin_hash; /* origins are compared; 0: all unauthenticated */
	int32_t weight_milli; /* after caps */
	uint16_t marks;       /* SIGHTING_* */
	uint8_t class;
	uint8_t role;
	uint8_t certainty;
	bool own;        /* our own measurement */
	uint8_t finding; /* row of case_record.findings */
};

/* Sightings of one class and family.  Where there are more than fit, what
 * comes later of a class goes into that class's finding without a family. */
struct case_finding {
	uint8_t class;                   /* 0: the row is free */
	char family[SIGHTING_NAME_SIZE]; /* "": not known */
	uint32_t count;                  /* ever seen, not only those kept */
	struct at_event first, last;
};

/* Where the party was seen: a certain binding, and what to act on in it. */
struct case_place {
	uint64_t binding;
	struct subject target; /* as narrow as what was seen */
	struct at_event end;   /* of the binding; INT64_MAX: open */
	struct at_event last;  /* newest sighting there */
};

struct case_measure {
	uint64_t id;
	enum measure_kind kind;
	char target[MEASURE_TARGET_SIZE];
	struct at_event since, expires;
	uint64_t binding; /* it hangs on; 0: a filter needs none */
	bool would;       /* shadow: desired, never done */
	bool ordered;     /* by persons, not by a ladder */
	uint8_t reason;   /* enum security_reason */
	/* What an objection made weaker: enum measure_kind it was; 0. */
	uint8_t weakened_from;
	uint32_t causes[CASE_CAUSES]; /* what it rests on, hashed; 0: nothing */
};

struct case_notice {
	uint64_t id;
	uint64_t code_bits;
	uint32_t step;   /* ladder step, from 1 */
	uint8_t rung;    /* of the case's ladder */
	uint8_t channel; /* enum case_channel the rung asks for */
	bool corrected;  /* what it said was withdrawn, and that is said */
	struct at_event created, sent, accepted, delivered, seen, acknowledged,
	    failed;
	bool would; /* shadow: counts as delivered at once */
	uint32_t causes[CASE_CAUSES];
};

/* case_record.asked: a person was asked, once for each reason. */
#define CASE_ASKED_CHANNEL 0x01 /* no channel reaches the party */
#define CASE_ASKED_PROTECTED 0x02
#define CASE_ASKED_BRAKE 0x04   /* a common cause: held */
#define CASE_ASKED_CORRECT 0x08 /* what a notice said was withdrawn */
/* Asked about a common cause, a person let it go on: it holds no more. */
#define CASE_ANSWERED_BRAKE 0x10
/* From its first day: the case before was dismissed, and not long ago. */
#define CASE_DISMISSED_BEFORE 0x20
#define CASE_ASKED_DISMISSED 0x40     /* so a person was asked */
#define CASE_ANSWERED_DISMISSED 0x80  /* who let it go on */
#define CASE_ANSWERED_PROTECTED 0x100 /* two persons did */
#define CASE_ASKED_END 0x200          /* a measure ends tomorrow: look at it */

/* case_record.first_deed */
#define CASE_DEED_RESUME 0x80

/* The whole case. */
struct case_record {
	uint64_t id;
	struct party_id party;
	uint64_t earlier; /* relapse: the case before, or 0 */
	enum case_state state;
	enum case_state held_from; /* state before HELD */
	uint8_t certainty;         /* best of its sightings */
	bool known, protected, reachable;
	uint8_t channels;     /* that reach the party */
	uint32_t asked;       /* CASE_ASKED_*, CASE_ANSWERED_* */
	uint8_t ladder;       /* of the policy; set by its first notice */
	uint8_t measure_step; /* measures of the ladder climbed so far */
	uint8_t arm;          /* enum case_arm */
	struct at_event held_back_until; /* its measure waits so long; unset */
	/* An objection that waits for a person; unset: none. */
	struct at_event objected, answer_due;
	uint32_t objection_count; /* ever */
	/* The first of two persons, hashed name and when; 0: none. */
	uint32_t first_person;
	uint8_t first_deed; /* CASE_DEED_RESUME, or the measure ordered */
	struct at_event first_person_at;
	uint64_t merged_into; /* CASE_MERGED: the case it goes on in */
	uint64_t version;     /* number of recorded events */
	struct at_event opened, changed, due, closed;
	struct at_event state_since;
	struct at_event retry;         /* what a brake stopped */
	struct at_event earlier_until; /* what is older belongs to `earlier` */
	struct at_event first_seen, last_seen; /* event times */
	struct at_event attack_last; /* end of the newest flood window */
	struct at_event
	    probation_since;         /* last release; older words are stale */
	struct at_event bound_since; /* first measure on the party; unset */
	struct at_event staff_released; /* last time, from such a measure */
	uint32_t attack_minutes; /* B: minutes with flood after the notice */
	int32_t score_milli;     /* at `changed` */
	uint32_t classes;        /* bit per rsit_class */
	uint32_t self_release_count;
	struct at_event self_released[CASE_SELF_RELEASES_MAX]; /* newest last */
	uint32_t notice_count;
	struct case_notice notices[CASE_NOTICES_MAX];
	uint32_t measure_count;
	struct case_measure measures[CASE_MEASURES_MAX]; /* in force */
	uint32_t place_count;
	struct case_place places[CASE_PLACES_MAX];
	uint32_t finding_count;
	struct case_finding findings[CASE_FINDINGS_MAX];
	uint8_t policy_hash[CASE_POLICY_HASH_SIZE]; /* it opened under */
	struct sighting latest; /* newest by event time: for texts */
	uint32_t latest_cause;  /* its binding source, hashed; 0 */
	/*
	 * Last: whoever keeps many records gives each no more room than it
	 * needs, so a record is copied by case_record_copy alone.
	 */
	uint32_t sighting_count;
	struct case_sighting sightings[CASE_SIGHTINGS_MAX]; /* by time, id */
};

/* Bytes of a record with so many sightings. */
#define CASE_RECORD_SIZE(count)                    \
	(offsetof(struct case_record, sightings) + \
	 (size_t)(count) * sizeof(struct case_sighting))
/* Copies what is used; `to` has room for it. */
void case_record_copy(struct case_record *to, const struct case_record *from);

/* A further open binding of a party. */
struct case_other {
	uint64_t binding;
	struct subject target;
	struct at_event end; /* INT64_MAX: open */
};

struct case_event {
	enum case_event_kind kind;
	const struct sighting *sighting; /* SIGHTING, WITHDRAW */
	uint8_t certainty;               /* SIGHTING */
	uint64_t binding; /* SIGHTING, BINDING: id of the naming binding */
	struct at_event binding_end; /* ... INT64_MAX while open */
	struct subject target;       /* SIGHTING: narrowest subject to act on */
	/* SIGHTING: what else the party holds, where all of it is meant. */
	uint8_t other_count;
	struct case_other others[CASE_PLACES_MAX - 1];
	bool shared; /* SIGHTING: several hold the address at once */
	bool known, protected,
	    reachable;    /* SIGHTING: of the party, as of now */
	uint8_t channels; /* SIGHTING: that reach the party */
	/* SIGHTING: what names the holder ("bng1", "leases.csv"); "" */
	char binding_source[CASE_TEXT_SIZE];
	bool self;           /* RELEASE: by the subscriber, not by staff */
	bool granted;        /* ANSWER: the objection is right */
	uint8_t measure;     /* ORDER: enum measure_kind */
	uint8_t security;    /* ORDER: enum security_reason */
	uint64_t other_case; /* MERGE: the case this one goes on in */
	uint64_t notice_id;  /* RECEIPT */
	enum receipt_kind receipt;   /* RECEIPT */
	struct at_event time;        /* RECEIPT: when; persons: when said */
	char actor[CASE_TEXT_SIZE];  /* persons */
	char reason[CASE_TEXT_SIZE]; /* persons, WITHDRAW */
};

enum case_action_kind {
	CASE_ACTION_NOTICE = 1, /* send notice */
	CASE_ACTION_MEASURE_ON = 2,
	CASE_ACTION_MEASURE_RENEW = 3,
	CASE_ACTION_MEASURE_OFF = 4,
	CASE_ACTION_REFUSED = 5,   /* wanted, and not allowed: text says why */
	CASE_ACTION_PERSON = 6,    /* a person is needed: text says for what */
	CASE_ACTION_CORRECTION = 7 /* tell, as the notice was told, that what
				      it said is withdrawn */
};

struct case_action {
	enum case_action_kind kind;
	bool would; /* shadow: it would be done */
	struct case_notice notice;
	struct case_measure measure;
	const char *text; /* static: why */
};

/* case_step_input.brake */
#define CASE_BRAKE_NOTICE 0x01  /* no further notice this hour */
#define CASE_BRAKE_MEASURE 0x02 /* no further measure this hour */
#define CASE_BRAKE_COMMON 0x04  /* common cause: hold the case */

struct case_step_input {
	const struct case_policy *policy; /* the case opened under */
	/* Its live mode and essential set apply at once; NULL: as policy. */
	const struct case_policy *current;
	struct at_event now;
	uint64_t ids[CASE_ACTIONS_MAX]; /* fresh random numbers */
	uint8_t brake;                /* CASE_BRAKE_*: automation is stopped */
	const char *brake_text;       /* static: which one, or NULL */
	uint32_t causes[CASE_CAUSES]; /* what acting now would rest on */
};

struct case_step_result {
	bool changed;
	const char *refused; /* NULL, or why (static) */
	const char *row;     /* name of the table row that fired (static) */
	uint64_t facts;      /* CASE_F_* of facts.h, that chose the row */
	size_t action_count;
	struct case_action actions[CASE_ACTIONS_MAX];
};

/*
 * Steps *record in place.  When it is refused or changes nothing (changed is
 * false), the record is as before.
 */
void case_step(struct case_record *record, const struct case_event *event,
	       const struct case_step_input *input,
	       struct case_step_result *result);

/* An empty record in WATCHING for a party. */
void case_record_init(struct case_record *record, uint64_t id,
		      struct party_id party, struct at_event now,
		      const struct case_policy *policy);

/* Score now, and at any time, in thousandths; pure function of the sightings. */
int32_t case_score(const struct case_record *record,
		   const struct case_policy *policy, struct at_event now);

/* Is a garden, limit or block in force (or would be)? */
bool case_is_bound(const struct case_record *record);

/*
 * Stored form, schema number first.  Decode: LZ_E_VERSION for an unknown
 * schema, LZ_E_SHORT, LZ_E_FORMAT or LZ_E_RANGE for bytes that are no record;
 * *record is set only on 0.
 */
#define CASE_RECORD_BYTES_MAX 65536
void case_record_encode(struct writer *writer,
			const struct case_record *record);
LZ_NODISCARD int case_record_decode(struct cursor *cursor,
				    struct case_record *record);
/*
 * The sighting is written whole; decode fills *sighting and lets the event
 * point to it.  Errors as above.
 */
#define CASE_EVENT_BYTES_MAX 2048
void case_event_encode(struct writer *writer, const struct case_event *event);
LZ_NODISCARD int case_event_decode(struct cursor *cursor,
				   struct case_event *event,
				   struct sighting *sighting);
/*
 * The same without the sighting, for whoever keeps that elsewhere: after
 * decoding event->sighting is NULL, and the caller's to set.
 */
void case_event_encode_bare(struct writer *writer,
			    const struct case_event *event);
LZ_NODISCARD int case_event_decode_bare(struct cursor *cursor,
					struct case_event *event);

#endif
