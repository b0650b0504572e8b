/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file of accounts, with a session and a list's row laid under
 * it: pieces never leave their row, never overlap where one account is named,
 * and cover it whole.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"
#include "ident/contracts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct one {
	struct binding row;
	bool given;
};

static void
seek(void *context, uint32_t realm, const struct addr *addr,
     struct at_event from, struct at_event to)
{
	(void)realm;
	(void)addr;
	(void)from;
	(void)to;
	((struct one *)context)->given = false;
}

static const struct binding *
next(void *context)
{
	struct one *one = context;

	if (one->given)
		return NULL;
	one->given = true;
	return &one->row;
}

static struct at_event
oldest(void *context)
{
	(void)context;
	return times_unset();
}

static void
walk(const struct contract_layer_conf *conf, const struct binding *row)
{
	struct contract_layer *layer = contract_layer_new(conf);
	const struct addr addr = addr_from_v4(0xc0000207);
	struct binding_cursor cursor;
	const struct binding *piece;
	int64_t reach = row->start.us, covered = 0;
	bool conflict = false;

	lz_assert(layer);
	cursor = contract_layer_cursor(layer);
	cursor.seek(cursor.context, 0, &addr, row->start, row->end);
	while ((piece = cursor.next(cursor.context)) != NULL) {
		lz_assert(piece->start.us >= row->start.us &&
			  piece->end.us <= row->end.us &&
			  piece->start.us < piece->end.us);
		lz_assert(piece->id == row->id);
		lz_assert(piece->lack == 0 || piece->party == BINDING_NO_PARTY);
		conflict |= (piece->marks & BINDING_CONFLICT) != 0;
		covered += piece->end.us - piece->start.us;
		reach = piece->end.us > reach ? piece->end.us : reach;
	}
	lz_assert(reach == row->end.us);
	lz_assert(conflict || covered == row->end.us - row->start.us);
	contract_layer_free(layer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = {"user:ann", "sub-a",
					     "mac:02:00:5e:00:53:01",
					     "class:0x6b"};
	struct contracts *contracts = contracts_new();
	struct party_table *parties = party_table_new();
	struct party_table *accounts = party_table_new();
	struct one one = {.row = {.id = 7,
				  .start = {INT64_C(1718870400000000)},
				  .end = {INT64_C(1718956800000000)}}};
	const struct contract_layer_conf conf = {.contracts = contracts,
						 .below = {.context = &one,
							   .seek = seek,
							   .next = next,
							   .oldest = oldest},
						 .parties = parties,
						 .accounts = accounts};

	lz_assert(contracts && parties && accounts && crypto_init() == 0);
	lz_assert(contracts_add_csv(contracts, (const char *)data, size, NULL,
				    NULL) <= (int)size);
	lz_assert(contracts_seal(contracts) == 0);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		lz_assert(party_table_add(parties,
					  i == 1 ? PARTY_ACCOUNT : PARTY_HOLDER,
					  slice_of(labels[i]),
					  &one.row.party) == 0);
		walk(&conf, &one.row);
	}
	party_table_free(accounts);
	party_table_free(parties);
	contracts_free(contracts);
	return 0;
}
