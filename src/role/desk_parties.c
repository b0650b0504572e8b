/* SPDX-License-Identifier: Apache-2.0 */
/* Merges and splits at the desk. */
#include "role/desk_parties.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/desk_view.h"
#include "store/recall_store.h"

/* What a case keeps of its sightings, whole. */
struct kept {
	const struct case_record *record;
	const struct command *command; /* a split: which of them; NULL: all */
	size_t count;
	struct sighting sightings[CASE_SIGHTINGS_MAX];
	uint8_t certainty[CASE_SIGHTINGS_MAX];
	char sources[CASE_SIGHTINGS_MAX][CASE_TEXT_SIZE];
};

static bool
is_kept(const struct case_record *record, const struct sighting *sighting)
{
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (memcmp(record->sightings[i].id, sighting->id,
			   SIGHTING_ID_SIZE) == 0)
			return true;
	return false;
}

static bool
is_meant(const struct command *command, const struct sighting *sighting)
{
	if (!command)
		return true;
	if (command->split == SPLIT_CLASS)
		return sighting->class == command->class;
	if (command->split == SPLIT_ADDRESS)
		return addr_equal(&sighting->address, &command->address);
	for (unsigned i = 0; i < command->id_count; i++)
		if (memcmp(command->ids[i], sighting->id, SIGHTING_ID_SIZE) ==
		    0)
			return true;
	return false;
}

static int
keep_one(void *context, const struct recall_seen *seen)
{
	struct kept *kept = context;
	const size_t i = kept->count;

	if (i == CASE_SIGHTINGS_MAX || seen->recalled > 0 ||
	    !is_kept(kept->record, seen->sighting) ||
	    !is_meant(kept->command, seen->sighting))
		return 0;
	kept->sightings[i] = *seen->sighting;
	kept->certainty[i] = seen->certainty;
	(void)text_copy(kept->sources[i], sizeof(kept->sources[i]),
			slice_of(seen->binding_source));
	kept->count++;
	return 0;
}

static int
refuse(struct desk_answer *answer, int outcome, const char *text)
{
	answer->outcome = outcome;
	snprintf(answer->text, sizeof(answer->text), "%s", text);
	return 0;
}

/* ---------------------------------------------------------------- merge */

static int
merge_kept(const struct desk_parties *parties, const struct kept *kept)
{
	const struct command *command = parties->command;
	struct case_merge merge = {.from = command->case_id,
				   .into = command->other,
				   .count = kept->count,
				   .actor = command->actor,
				   .reason = command->reason};
	struct case_moved *moved = memory_new(kept->count ? kept->count : 1,
					      sizeof(*moved));
	int error;

	if (!moved)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < kept->count; i++)
		moved[i] =
		    (struct case_moved){.sighting = &kept->sightings[i],
					.certainty = kept->certainty[i],
					.binding_source = kept->sources[i][0]
							      ? kept->sources[i]
							      : NULL};
	merge.moved = moved;
	error = chain_merge(parties->chain, &merge, parties->now);
	memory_free(moved);
	return error;
}

static int
merge_with(const struct desk_parties *parties, struct kept *kept,
	   struct party_id party, struct party_id into,
	   struct desk_answer *answer)
{
	const struct command *command = parties->command;
	int error = recall_store_of_case(parties->store, command->case_id,
					 keep_one, kept);

	if (!error)
		error = merge_kept(parties, kept);
	if (error == LZ_E_STATE)
		return refuse(answer, error,
			      "both cases must be open, and not the same one");
	if (error)
		return error;
	snprintf(answer->text, sizeof(answer->text),
		 "it goes on in case %016" PRIx64, command->other);
	return desk_store_alias_put(parties->store, party, into, command->actor,
				    command->time);
}

int
desk_parties_merge(const struct desk_parties *parties,
		   struct desk_answer *answer)
{
	struct case_book *book = chain_book(parties->chain);
	const struct case_record *record;
	struct party_id party, into;
	struct kept *kept;
	bool known;
	int error;

	*answer = (struct desk_answer){.number = parties->command->case_id};
	record = case_book_find(book, parties->command->other);
	if (!record)
		return refuse(answer, LZ_E_NOT_FOUND,
			      "there is no such case to merge it into");
	into = record->party;
	known = record->known;
	record = case_book_find(book, parties->command->case_id);
	if (!record)
		return refuse(answer, LZ_E_NOT_FOUND, "there is no such case");
	/* Whoever has the address next would be taken for this customer. */
	if (!record->known || !known)
		return refuse(answer, LZ_E_STATE,
			      "only cases of customers are merged: an address "
			      "is nobody's name");
	party = record->party;
	kept = memory_new(1, sizeof(*kept));
	if (!kept)
		return LZ_E_MEMORY;
	kept->record = record;
	error = merge_with(parties, kept, party, into, answer);
	memory_free(kept);
	return error;
}

/* ---------------------------------------------------------------- split */

struct target {
	char label[PARTY_LABEL_SIZE];
	struct party_id party;
	bool known;
};

static int
see_target(void *context, const struct desk_view_case *view)
{
	struct target *target = context;

	target->party = view->stored.party;
	target->known = !view->subject || !*view->subject;
	if (!target->known)
		(void)text_copy(target->label, sizeof(target->label),
				slice_of(view->subject));
	return 0;
}

/* The party that a split goes to, by the name it has here. */
static int
find_target(const struct desk_parties *parties, struct target *target)
{
	const uint64_t other = parties->command->other;
	int error;

	*target = (struct target){.known = false};
	if (other == 0) {
		snprintf(target->label, sizeof(target->label), "split:%" PRIu64,
			 parties->sequence);
		return 0;
	}
	error = desk_view_case(parties->store, other, see_target, target);
	if (!error && target->known)
		error = desk_view_account(parties->store, target->party,
					  target->label);
	return error;
}

static int
split_kept(const struct desk_parties *parties, const struct kept *kept,
	   const struct target *target, struct desk_answer *answer)
{
	const struct command *command = parties->command;
	char reason[CASE_TEXT_SIZE];
	int error;

	if (kept->count == 0)
		return refuse(answer, LZ_E_NOT_FOUND,
			      "the case rests on no such sighting");
	snprintf(reason, sizeof(reason), "split: %.80s", command->reason);
	error = chain_split(parties->chain, command->case_id, target->label,
			    target->known, kept->sightings, kept->count,
			    command->actor, reason, parties->now);
	if (error == LZ_E_STATE)
		return refuse(answer, error, "it is that party's own case");
	/* Had it been merged, it is itself again. */
	if (!error && target->party.value)
		error = desk_store_alias_delete(parties->store, target->party);
	snprintf(answer->text, sizeof(answer->text),
		 "%zu sighting%s went to %s", kept->count,
		 kept->count == 1 ? "" : "s",
		 target->known ? "the other party" : target->label);
	return error;
}

int
desk_parties_split(const struct desk_parties *parties,
		   struct desk_answer *answer)
{
	const uint64_t case_id = parties->command->case_id;
	const struct case_record *record =
	    case_book_find(chain_book(parties->chain), case_id);
	struct target target;
	struct kept *kept;
	int error;

	*answer = (struct desk_answer){.number = case_id};
	if (!record)
		return refuse(answer, LZ_E_NOT_FOUND, "there is no such case");
	error = find_target(parties, &target);
	if (error == LZ_E_NOT_FOUND)
		return refuse(answer, error,
			      "there is no such party to give them to");
	if (error)
		return error;
	kept = memory_new(1, sizeof(*kept));
	if (!kept)
		return LZ_E_MEMORY;
	kept->record = record;
	kept->command = parties->command;
	error = recall_store_of_case(parties->store, case_id, keep_one, kept);
	if (!error)
		error = split_kept(parties, kept, &target, answer);
	memory_free(kept);
	return error;
}
