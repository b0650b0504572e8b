/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings cut into pieces by the contracts of their holder's key: one piece a
 * contract, and one for each gap between them, held by nobody's customer.
 */
#include "ident/contract_table.h"

#include <string.h>

#include "base/memory.h"

#define CONTRACTS_MAX 16 /* of one key that touch one binding */
#define PIECES_MAX (2 * CONTRACTS_MAX + 1)

struct piece {
	int64_t from_us, to_us;
	uint32_t account; /* row of the table; with lack: none */
	uint8_t lack;
	bool conflict;
	/* Cut off where a date of a zone that nobody told is near. */
	int64_t sure_from_us, sure_to_us;
};

struct contract_layer {
	struct contract_layer_conf conf;
	struct at_event from, to; /* of the walk */
	struct binding row;       /* that is cut */
	size_t piece_count, piece_at;
	struct piece pieces[PIECES_MAX];
	struct binding given;
};

struct contract_layer *
contract_layer_new(const struct contract_layer_conf *conf)
{
	struct contract_layer *layer = memory_new(1, sizeof(*layer));

	if (layer)
		layer->conf = *conf;
	return layer;
}

void
contract_layer_free(struct contract_layer *layer)
{
	memory_free(layer);
}

/* ------------------------------------------------------------------ labels */

static bool
begins(const char *label, const char *scheme)
{
	return strncmp(label, scheme, strlen(scheme)) == 0;
}

/*
 * What an account is called by its sources: a name without its scheme.  A
 * circuit "7" and a remote id "7" are two lines, so these keep theirs.
 */
static const char *
account_of(enum party_kind kind, const char *label)
{
	static const char *const names[] = {"user:", "account:"};

	for (size_t i = 0; kind == PARTY_HOLDER && i < 2; i++) {
		const char *name = begins(label, names[i])
				       ? label + strlen(names[i])
				       : "";

		/* "addr:..." is what nobody knows: no login is called so. */
		if (*name && !begins(name, "addr:"))
			return name;
	}
	return label;
}

/* Does a source call this one by its account already? */
static bool
is_account(enum party_kind kind, const char *label)
{
	return kind == PARTY_ACCOUNT || begins(label, "account:") ||
	       !strchr(label, ':');
}

/* An address that its server gave to nobody: somebody else was seen on it. */
static bool
is_declined(enum party_kind kind, const char *label)
{
	return kind == PARTY_HOLDER && begins(label, "declined:");
}

/* Entries under the label; 0: the table doesn't know it. */
static size_t
entries_of(const struct contract_layer *layer, enum party_kind kind,
	   const char *label, char key[CONTRACT_KEY_SIZE],
	   const struct contract_entry **first)
{
	const struct contracts *contracts = layer->conf.contracts;
	char whole[CONTRACT_KEY_SIZE];
	struct text text;
	size_t count = 0;

	if (is_account(kind, label)) {
		text_init(&text, whole, sizeof(whole));
		text_add(&text, "account:");
		text_add(&text, account_of(kind, label));
		if (contract_key(slice_of(whole), key))
			count = contracts_find(contracts, key, first);
	}
	if (count == 0 && contract_key(slice_of(label), key))
		count = contracts_find(contracts, key, first);
	return count;
}

/* ------------------------------------------------------------------ pieces */

static bool
add_piece(struct contract_layer *layer, const struct piece *piece)
{
	if (layer->piece_count == PIECES_MAX)
		return false;
	layer->pieces[layer->piece_count++] = *piece;
	return true;
}

/* The part of an entry that lies in the row; false: none does. */
static bool
part_of(const struct contract_layer *layer, const struct contract_entry *entry,
	struct piece *piece)
{
	*piece = (struct piece){.from_us = entry->from_us > layer->row.start.us
					       ? entry->from_us
					       : layer->row.start.us,
				.to_us = entry->to_us < layer->row.end.us
					     ? entry->to_us
					     : layer->row.end.us,
				.account = entry->account,
				.sure_from_us = INT64_MIN,
				.sure_to_us = INT64_MAX};
	if (entry->from_date)
		piece->sure_from_us = entry->from_us + CONTRACT_DATE_US;
	if (entry->to_date)
		piece->sure_to_us = entry->to_us - CONTRACT_DATE_US;
	return piece->from_us < piece->to_us;
}

/* One account's contracts that touch or overlap are one; two accounts' that
 * overlap contradict each other.  Entries come by rising start. */
static bool
take_entry(struct contract_layer *layer, const struct contract_entry *entry)
{
	struct piece piece;

	if (!part_of(layer, entry, &piece))
		return true;
	for (size_t i = 0; i < layer->piece_count; i++) {
		struct piece *it = &layer->pieces[i];

		if (it->account == piece.account &&
		    it->to_us >= piece.from_us) {
			if (piece.to_us <= it->to_us)
				return true;
			/* It goes on: no change of hands. */
			piece.from_us = it->to_us;
			piece.sure_from_us = INT64_MIN;
			it->sure_to_us = INT64_MAX;
		}
	}
	if (piece.from_us >= piece.to_us)
		return true;
	for (size_t i = 0; i < layer->piece_count; i++) {
		struct piece *it = &layer->pieces[i];

		if (it->account != piece.account && it->to_us > piece.from_us &&
		    it->from_us < piece.to_us)
			it->conflict = piece.conflict = true;
	}
	return layer->piece_count < CONTRACTS_MAX && add_piece(layer, &piece);
}

/* What no contract covers, from the row's start on. */
static bool
add_gaps(struct contract_layer *layer, bool known)
{
	const size_t count = layer->piece_count;
	int64_t at = layer->row.start.us;

	while (at < layer->row.end.us) {
		struct piece gap = {.from_us = at,
				    .to_us = layer->row.end.us,
				    .lack = known ? BINDING_LACK_NOT_BEGUN
						  : BINDING_LACK_ACCOUNT};
		int64_t reach = at;

		for (size_t i = 0; i < count; i++) {
			const struct piece *it = &layer->pieces[i];

			if (it->from_us <= reach && it->to_us > reach)
				reach = it->to_us;
			else if (it->from_us > at && it->from_us < gap.to_us)
				gap.to_us = it->from_us;
		}
		if (reach == at && !add_piece(layer, &gap))
			return false;
		at = reach == at ? gap.to_us : reach;
	}
	return true;
}

/* A gap behind the end of some contract is one that ended. */
static void
say_lacks(struct contract_layer *layer, const struct contract_entry *entries,
	  size_t count, const char *key)
{
	for (size_t i = 0; i < layer->piece_count; i++) {
		struct piece *it = &layer->pieces[i];

		for (size_t j = 0; j < count; j++)
			if (it->lack == BINDING_LACK_NOT_BEGUN &&
			    contracts_entry_is(layer->conf.contracts,
					       &entries[j], key) &&
			    entries[j].to_us <= it->from_us)
				it->lack = BINDING_LACK_ENDED;
	}
}

/* The row as it is, of one account or of none. */
static void
whole(struct contract_layer *layer, const char *label, uint16_t marks)
{
	struct binding *row = &layer->row;

	layer->piece_count = 0;
	if (label && party_table_add(layer->conf.accounts, PARTY_ACCOUNT,
				     slice_of(label), &row->party) != 0) {
		label = NULL;
		marks |= BINDING_UNREADABLE;
	}
	if (!label)
		row->party = BINDING_NO_PARTY;
	row->marks |= marks;
	layer->given = *row;
}

/* Cuts the row; true: pieces are there, false: it goes out whole. */
static bool
cut(struct contract_layer *layer)
{
	const struct contracts *contracts = layer->conf.contracts;
	const char *label = party_table_label(layer->conf.parties,
					      layer->row.party);
	const struct contract_entry *entries = NULL;
	char key[CONTRACT_KEY_SIZE];
	enum party_kind kind;
	size_t count = 0, met = 0;
	bool good = true;

	layer->piece_count = layer->piece_at = 0;
	if (!label ||
	    layer->row.marks & (BINDING_INSIDE | BINDING_UNREADABLE)) {
		whole(layer, NULL, 0);
		return false;
	}
	kind = party_table_kind(layer->conf.parties, layer->row.party);
	/* A row that its source couldn't be understood in keeps its place. */
	if (kind == PARTY_HOLDER && begins(label, "unreadable:")) {
		whole(layer, NULL, BINDING_UNREADABLE);
		return false;
	}
	if (contracts)
		count = entries_of(layer, kind, label, key, &entries);
	for (size_t i = 0; i < count && good; i++) {
		if (!contracts_entry_is(contracts, &entries[i], key))
			continue;
		met++;
		good = entries[i].account != CONTRACT_SPOILED &&
		       take_entry(layer, &entries[i]);
	}
	if (met == 0 && !is_declined(kind, label) &&
	    (!contracts || is_account(kind, label))) {
		whole(layer, account_of(kind, label), 0);
		return false;
	}
	if (!good || !add_gaps(layer, met > 0)) {
		whole(layer, NULL, BINDING_UNREADABLE);
		return false;
	}
	say_lacks(layer, entries, count, key);
	return true;
}

/* A date alone is midnight somewhere: so near it the contract may not have begun,
 * or may be over. */
static void
doubt_dates(struct binding *given, const struct piece *piece)
{
	if (given->reported.us < piece->sure_from_us &&
	    given->start.us < piece->sure_from_us) {
		given->marks |= BINDING_START_INFERRED;
		given->reported.us = piece->sure_from_us;
	}
	if (given->end.us > piece->sure_to_us) {
		given->marks |= BINDING_END_INFERRED;
		if (given->heard.us > piece->sure_to_us)
			given->heard.us = piece->sure_to_us;
		if (given->vouched.us > piece->sure_to_us)
			given->vouched.us = piece->sure_to_us;
	}
}

/* A piece as a row; its end, where the contract gave it, is as sure as that. */
static void
give(struct contract_layer *layer, const struct piece *piece)
{
	struct binding *given = &layer->given;
	const char *name;

	*given = layer->row;
	if (piece->from_us > given->start.us) {
		given->start.us = piece->from_us;
		if (given->reported.us < given->start.us)
			given->reported = given->start;
		given->marks &= (uint16_t)~BINDING_START_INFERRED;
	}
	if (piece->to_us < given->end.us) {
		given->end.us = piece->to_us;
		given->marks &= (uint16_t)~BINDING_END_INFERRED;
	}
	if (!piece->lack)
		doubt_dates(given, piece);
	if (piece->conflict)
		given->marks |= BINDING_CONFLICT;
	given->lack = piece->lack;
	given->party = BINDING_NO_PARTY;
	if (piece->lack)
		return;
	name = contracts_name(layer->conf.contracts, piece->account);
	if (!name || party_table_add(layer->conf.accounts, PARTY_ACCOUNT,
				     slice_of(name), &given->party) != 0) {
		given->party = BINDING_NO_PARTY;
		given->marks |= BINDING_UNREADABLE;
	}
}

/* ------------------------------------------------------------------ cursor */

static void
walk_begin(void *context, uint32_t realm, const struct addr *addr,
	   struct at_event from, struct at_event to)
{
	struct contract_layer *layer = context;
	const struct binding_cursor *below = &layer->conf.below;

	layer->from = from;
	layer->to = to;
	layer->piece_count = layer->piece_at = 0;
	below->seek(below->context, realm, addr, from, to);
}

static void
walk_begin_port(void *context, uint32_t realm, const struct addr *addr,
		uint16_t port, struct at_event from, struct at_event to)
{
	struct contract_layer *layer = context;
	const struct binding_cursor *below = &layer->conf.below;

	layer->from = from;
	layer->to = to;
	layer->piece_count = layer->piece_at = 0;
	below->seek_port(below->context, realm, addr, port, from, to);
}

static const struct binding *
walk_next(void *context)
{
	struct contract_layer *layer = context;
	const struct binding_cursor *below = &layer->conf.below;
	const struct binding *row;

	for (;;) {
		while (layer->piece_at < layer->piece_count) {
			const struct piece *piece =
			    &layer->pieces[layer->piece_at++];

			if (piece->to_us <= layer->from.us ||
			    piece->from_us > layer->to.us)
				continue;
			give(layer, piece);
			return &layer->given;
		}
		row = below->next(below->context);
		if (!row)
			return NULL;
		layer->row = *row;
		if (!cut(layer))
			return &layer->given;
	}
}

static struct at_event
walk_oldest(void *context)
{
	const struct contract_layer *layer = context;

	return layer->conf.below.oldest(layer->conf.below.context);
}

struct binding_cursor
contract_layer_cursor(struct contract_layer *layer)
{
	return (struct binding_cursor){.context = layer,
				       .seek = walk_begin,
				       .seek_port = layer->conf.below.seek_port
							? walk_begin_port
							: NULL,
				       .next = walk_next,
				       .oldest = walk_oldest};
}
