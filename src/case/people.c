/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of people: who can be told, who must be asked, who said so. */
#include <string.h>

#include "base/hash.h"
#include "case/facts.h"
#include "case/ladder.h"
#include "fact/security_reason.h"

const struct case_policy *
case_current(const struct case_step_input *input)
{
	return input->current ? input->current : input->policy;
}

bool
case_is_live(const struct case_step_input *input, enum case_act act,
	     uint8_t class)
{
	const struct case_policy *current = case_current(input);

	if (!input->policy->live_mode || !current->live_mode)
		return false;
	if (act != ACT_NOTICE && !current->essential_set)
		return false;
	/* What is switched off is off at once; on, for new cases. */
	return class < RSIT_CLASS_COUNT && input->policy->live[act][class] &&
	       current->live[act][class];
}

bool
case_measure_live(const struct case_record *record,
		  const struct case_step_input *input, enum measure_kind kind)
{
	enum case_act act = kind == MEASURE_LIMIT   ? ACT_LIMIT
			    : kind == MEASURE_BLOCK ? ACT_BLOCK
						    : ACT_GARDEN;
	bool any = false;

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];

		if (!case_counts(it, CASE_COUNT_INFECTED) ||
		    it->weight_milli <= 0)
			continue;
		any = true;
		if (!case_is_live(input, act, it->class))
			return false;
	}
	return any && case_last_notice(record, true) != NULL;
}

/* ---- who can be told ---- */

bool
case_has_channel(const struct case_record *record)
{
	unsigned channels = record->channels ? record->channels : 1;
	unsigned failed = 0;

	for (uint32_t i = 0; i < record->notice_count; i++)
		failed += times_is_set(record->notices[i].failed);
	return record->reachable && failed < channels;
}

/*
 * The longest network with a basis recorded counts, by its rows that hold now;
 * an address without any may not be acted upon once one is recorded at all.
 */
static bool
has_basis(const struct case_policy *policy, const struct addr *address,
	  struct at_event now)
{
	int longest = -1;
	bool holds = policy->basis_count == 0;

	for (uint32_t i = 0; i < policy->basis_count; i++) {
		const struct case_basis *basis = &policy->bases[i];
		bool now_in = basis->from_us <= now.us &&
			      now.us < basis->until_us;

		if (!prefix_contains(&basis->network, address) ||
		    basis->network.length < longest)
			continue;
		if (basis->network.length > longest)
			holds = false;
		longest = basis->network.length;
		holds |= now_in;
	}
	return holds;
}

/* Every place that may be acted upon, and what was seen. */
static bool
lacks_basis(const struct case_view *view)
{
	const struct case_record *record = view->record;

	if (view->current->basis_count == 0)
		return false;
	if (view->event->kind == CASE_EVENT_SIGHTING &&
	    !has_basis(view->current, &view->event->sighting->address,
		       view->now))
		return true;
	for (uint32_t i = 0; i < record->place_count; i++)
		if (case_place_open(&record->places[i], view->now) &&
		    !has_basis(view->current,
			       &record->places[i].target.prefix.addr,
			       view->now))
			return true;
	return false;
}

static uint64_t
brake_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	const uint8_t brake = view->input->brake;
	uint64_t facts = 0;

	if (brake & CASE_BRAKE_NOTICE)
		facts |= CASE_F_BRAKE_NOTICE;
	if (brake & CASE_BRAKE_MEASURE)
		facts |= CASE_F_BRAKE_MEASURE;
	if (brake & CASE_BRAKE_COMMON && !(record->asked & CASE_ANSWERED_BRAKE))
		facts |= CASE_F_COMMON;
	if (lacks_basis(view))
		facts |= CASE_F_NO_BASIS | CASE_F_BRAKE_NOTICE |
			 CASE_F_BRAKE_MEASURE;
	return facts;
}

static uint64_t
telling_facts(const struct case_view *view, uint64_t facts)
{
	const struct case_record *record = view->record;
	uint64_t stops = CASE_F_NO_CHANNEL | CASE_F_NO_BASIS;

	if (!case_has_channel(record))
		facts |= CASE_F_NO_CHANNEL;
	if (case_last_notice(record, view->live))
		facts |= CASE_F_TOLD;
	/* What persons order waits for no automation. */
	if (view->event->kind != CASE_EVENT_ORDER)
		stops |= CASE_F_PROTECTED | CASE_F_BRAKE_NOTICE | CASE_F_NIGHT;
	if (record->known && record->notice_count < CASE_NOTICES_MAX &&
	    !((facts | view->facts) & stops))
		facts |= CASE_F_CAN_TELL;
	return facts;
}

/* ---- two persons ---- */

/* Behind "root (uid 0) for ann (uid 1000)" stands ann; behind root alone,
 * whoever can become root: ann, too. */
uint32_t
case_person(const char *actor)
{
	static const char on_behalf[] = " for ", root[] = "(uid 0)";
	const char *who = actor;
	uint32_t hash;

	for (const char *at = actor; *at; at++)
		if (strncmp(at, on_behalf, sizeof(on_behalf) - 1) == 0)
			who = at + sizeof(on_behalf) - 1;
	for (const char *at = who; *at; at++)
		if (strcmp(at, root) == 0)
			return CASE_PERSON_ANYBODY;
	hash = hash_crc32c(0, who, strlen(who));
	return hash | 2u; /* neither 0 nor anybody */
}

uint8_t
case_deed(const struct case_event *event)
{
	return event->kind == CASE_EVENT_ORDER ? event->measure
					       : CASE_DEED_RESUME;
}

static bool
needs_two(const struct case_view *view)
{
	const struct case_record *record = view->record;
	uint32_t kinds = view->policy->two_persons | view->current->two_persons;

	if (view->event->kind == CASE_EVENT_RESUME)
		return record->protected &&
		       record->asked & CASE_ASKED_PROTECTED &&
		       !(record->asked & CASE_ANSWERED_PROTECTED);
	return view->event->kind == CASE_EVENT_ORDER &&
	       (record->protected || kinds >> view->event->measure & 1);
}

static uint64_t
two_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	int64_t age_us = view->now.us - record->first_person_at.us;
	const uint32_t person = case_person(view->event->actor);
	uint64_t facts = CASE_F_TWO;

	if (!needs_two(view))
		return 0;
	if (record->first_person <= CASE_PERSON_ANYBODY ||
	    !times_is_set(record->first_person_at) ||
	    record->first_deed != case_deed(view->event) ||
	    age_us > view->policy->approval_us)
		return facts;
	return facts |
	       (person == CASE_PERSON_ANYBODY || person == record->first_person
		    ? CASE_F_SAME_PERSON
		    : CASE_F_SECOND);
}

static uint64_t
order_facts(const struct case_view *view)
{
	const struct case_event *event = view->event;
	uint64_t facts = 0;

	if (event->security == REASON_NONE || event->security >= REASON_COUNT)
		facts |= CASE_F_NO_REASON;
	if (event->measure <= MEASURE_FILTER ||
	    event->measure >= MEASURE_KIND_COUNT ||
	    event->measure <= case_strongest(view->record))
		facts |= CASE_F_NO_ORDER;
	return facts;
}

/* ---- the subscriber ---- */

static uint64_t
release_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	int64_t since_us = view->now.us - view->policy->self_release_span_us;
	uint64_t facts = CASE_F_SELF;
	uint32_t recent = 0;

	for (uint32_t i = 0; i < record->self_release_count; i++)
		recent += record->self_released[i].us > since_us;
	if (recent >= view->policy->self_releases) {
		facts |= CASE_F_SELF_SPENT;
		if (record->staff_released.us > since_us)
			facts |= CASE_F_WRITTEN;
	}
	return facts;
}

uint64_t
case_people_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	const struct case_event *event = view->event;
	uint64_t facts = brake_facts(view);

	if (record->protected && !(record->asked & CASE_ANSWERED_PROTECTED))
		facts |= CASE_F_PROTECTED;
	if (record->asked & CASE_DISMISSED_BEFORE &&
	    !(record->asked & CASE_ANSWERED_DISMISSED))
		facts |= CASE_F_DISMISSED;
	if (event->kind == CASE_EVENT_RECEIPT &&
	    event->receipt == RECEIPT_FAILED)
		facts |= CASE_F_FAILED;
	if (event->kind == CASE_EVENT_RELEASE && event->self)
		facts |= release_facts(view);
	if (event->kind == CASE_EVENT_ANSWER && event->granted)
		facts |= CASE_F_GRANTED;
	if (event->kind == CASE_EVENT_ORDER)
		facts |= order_facts(view);
	return telling_facts(view, facts | two_facts(view));
}
