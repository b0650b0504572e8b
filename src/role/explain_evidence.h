/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case rests on: each sighting with its weight and how it counts, by
 * origin, class and day; what was found; whose line it was by which source;
 * where on its ladder the party stands; what allowed it.  Used by explain.c
 * alone.
 */
#ifndef ROLE_EXPLAIN_EVIDENCE_H
#define ROLE_EXPLAIN_EVIDENCE_H

#include "case/score.h"
#include "role/what_if.h"

struct explain_case {
	const struct case_record *record;
	const struct case_policy *policy; /* it opened under */
	const struct what_if_story *story;
	uint64_t case_id;
	const char *party;
	int32_t zone_s;
};

void explain_evidence_text(const struct explain_case *it);
/* JSON lines of the kinds item, weighed, finding, identity, ladder, basis. */
void explain_evidence_json(const struct explain_case *it);

/* The recorded sighting of that id, or NULL: its step is erased. */
const struct what_if_step *
explain_sighting_step(const struct what_if_story *story, const uint8_t *id);
/* The basis recorded for an address at a time; NULL: none. */
const struct case_basis *explain_basis(const struct case_policy *policy,
				       const struct addr *addr,
				       struct at_event when);
const char *explain_basis_kind(uint8_t kind);

/* Whose line it was: one row for all sightings that were told the same. */
struct explain_identity {
	uint8_t certainty;
	uint64_t binding;
	const char *source;
	struct at_event first, last, end;
	unsigned count;
	bool shared;
};
#define EXPLAIN_IDENTITIES_MAX 64
size_t explain_identities(const struct what_if_story *story,
			  struct explain_identity list[EXPLAIN_IDENTITIES_MAX]);

/* How one sighting counts in its item. */
enum explain_part {
	PART_WHOLE, /* the strongest: in full */
	PART_FIFTH  /* beside the strongest: a fifth */
};
enum explain_part explain_part_of(const struct case_item *item,
				  const struct case_record *record,
				  uint32_t at);
/* The sightings of an item are those of its key between first and last. */
bool explain_is_of(const struct case_item *item,
		   const struct case_sighting *sighting);

#endif
