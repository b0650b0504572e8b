/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a desk's store knows beside the steps of its cases, read once before
 * they are walked: whose each case is, and what became of each notice.
 */
#ifndef ROLE_POLICY_PAST_H
#define ROLE_POLICY_PAST_H

#include "fact/case_fact.h"
#include "fact/identity.h"
#include "store/policy_view.h"

#define POLICY_PAST_NONE UINT32_MAX

struct policy_past;

/* Before `until`.  LZ_E_MEMORY, or as the store; *past is the caller's. */
LZ_NODISCARD int policy_past_read(struct store *store, struct at_event until,
				  struct policy_past **past);
void policy_past_free(struct policy_past *past);

/* Rows of cases and of parties, from 0. */
uint32_t policy_past_cases(const struct policy_past *past);
uint32_t policy_past_parties(const struct policy_past *past);
/* POLICY_PAST_NONE: there is no such case. */
uint32_t policy_past_case(const struct policy_past *past, uint64_t case_id);
uint32_t policy_past_party_of(const struct policy_past *past, uint32_t row);
/* POLICY_PAST_NONE: no such party. */
uint32_t policy_past_party(const struct policy_past *past,
			   struct party_id party);
struct party_id policy_past_party_id(const struct policy_past *past,
				     uint32_t party);

/* A receipt, by how long after its notice was made. */
struct policy_past_receipt {
	int64_t now_after_us;  /* that it was known */
	int64_t time_after_us; /* that it says */
	uint8_t kind;          /* enum receipt_kind */
};
/* Of the k'th notice (from 0) that a party ever got, by time; false: it got no
 * so many. */
bool policy_past_receipts(const struct policy_past *past, uint32_t party,
			  uint32_t k, const struct policy_past_receipt **first,
			  size_t *count);

#endif
