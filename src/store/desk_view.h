/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others ask the desk's store: the command line, the notifier.  Rows go
 * to a visitor whose texts and bytes are borrowed until it returns; a visitor
 * that answers other than 0 ends the walk, and that is answered.
 */
#ifndef STORE_DESK_VIEW_H
#define STORE_DESK_VIEW_H

#include "store/desk_store.h"

struct desk_view_case {
	struct store_case stored;
	const char *subject; /* "addr:..."; "" for an account */
};
typedef int desk_view_case_visit(void *context,
				 const struct desk_view_case *view);
typedef int desk_view_event_visit(void *context,
				  const struct store_event *event);
typedef int desk_view_action_visit(void *context,
				   const struct store_action *action);
typedef int desk_view_notice_visit(void *context,
				   const struct store_notice *notice);
typedef int desk_view_measure_visit(void *context,
				    const struct store_measure *measure);
typedef int desk_view_outbox_visit(void *context,
				   const struct store_outbox *outbox);
typedef int desk_view_result_visit(void *context,
				   const struct store_result *result);

struct desk_view_receipt {
	enum receipt_kind kind;
	struct at_event time;
	const char *proof;
	bool correction; /* of what took it back, not of the notice itself */
};
typedef int desk_view_receipt_visit(void *context,
				    const struct desk_view_receipt *receipt);

/* One case; LZ_E_NOT_FOUND. */
LZ_NODISCARD int desk_view_case(struct store *store, uint64_t case_id,
				desk_view_case_visit *visit, void *context);
/* Those in a set of states (bit per enum case_state), oldest change first. */
LZ_NODISCARD int desk_view_cases(struct store *store, uint32_t states,
				 desk_view_case_visit *visit, void *context);
/* The case of a notice's code; LZ_E_NOT_FOUND. */
LZ_NODISCARD int desk_view_case_of_code(struct store *store, uint64_t code_bits,
					uint64_t *case_id);
/* The case of a notice; LZ_E_NOT_FOUND. */
LZ_NODISCARD int desk_view_case_of_notice(struct store *store, uint64_t notice,
					  uint64_t *case_id);
/* Its steps by number, those in sightings' rows among them. */
LZ_NODISCARD int desk_view_events(struct store *store, uint64_t case_id,
				  desk_view_event_visit *visit, void *context);
LZ_NODISCARD int desk_view_actions(struct store *store, uint64_t case_id,
				   uint64_t n, desk_view_action_visit *visit,
				   void *context);
/* The sightings that went to a case, oldest first. */
LZ_NODISCARD int desk_view_sightings(struct store *store, uint64_t case_id,
				     desk_store_sighting_visit *visit,
				     void *context);
LZ_NODISCARD int desk_view_notices(struct store *store, uint64_t case_id,
				   desk_view_notice_visit *visit,
				   void *context);
LZ_NODISCARD int desk_view_receipts(struct store *store, uint64_t notice,
				    desk_view_receipt_visit *visit,
				    void *context);
LZ_NODISCARD int desk_view_measures(struct store *store, uint64_t case_id,
				    desk_view_measure_visit *visit,
				    void *context);
/* Rows of a lane with a number above `after`, rising, at most `limit`. */
LZ_NODISCARD int desk_view_outbox(struct store *store, enum store_lane lane,
				  uint64_t after, uint32_t limit,
				  desk_view_outbox_visit *visit, void *context);
/* The highest number of a row that is there; 0: none. */
LZ_NODISCARD int desk_view_outbox_newest(struct store *store, uint64_t *newest);
LZ_NODISCARD int desk_view_results(struct store *store, uint64_t command,
				   desk_view_result_visit *visit,
				   void *context);
/*
 * The account reference of a party, the only question that answers one: for
 * notifier, pages and `who --reveal`.  LZ_E_NOT_FOUND: it is an address.
 */
LZ_NODISCARD int desk_view_account(struct store *store, struct party_id party,
				   char label[PARTY_LABEL_SIZE]);

#endif
