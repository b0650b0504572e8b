/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of our own table, and the sets it has for entries.
 *
 * One table, inet lazaret; nothing else of the machine's ruleset is touched.
 * Entries stand in hash sets of whole or masked addresses, a set for each size
 * of subject: an interval set would cost seconds at 100,000 prefixes.
 */
#ifndef QUARANTINE_NFT_RULESET_H
#define QUARANTINE_NFT_RULESET_H

#include "quarantine/driver.h"

#define NFT_TABLE "lazaret"
#define NFT_NAME_SIZE 24
#define NFT_SETS_MAX (4 + 3 * (1 + PLAN_LENGTHS_MAX))

struct nft_set {
	char name[NFT_NAME_SIZE];
	uint8_t kind; /* enum measure_kind */
	bool v4;
	uint8_t length; /* of its subjects, mapped bits */
	bool ports;     /* of a filter: with the peer's port */
};

struct nft_sets {
	size_t count;
	struct nft_set at[NFT_SETS_MAX];
};

void nft_sets_fill(struct nft_sets *sets, const struct plan_lengths *lengths);
/* The set an entry stands in; NULL: there is none. */
const struct nft_set *nft_set_of(const struct nft_sets *sets,
				 const struct element *element);

/* A chain of this name is in a table made from that very text. */
#define NFT_MARK_SIZE 25
/*
 * Replaces the table, all at once.  `mark` gets the name of the marking chain.
 * text->full: too many essential prefixes for it.
 */
void nft_ruleset(struct text *text, const struct device_conf *conf,
		 const struct plan_lengths *lengths, char mark[NFT_MARK_SIZE]);

#endif
