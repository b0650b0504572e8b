/* SPDX-License-Identifier: Apache-2.0 */
/* From a question to an answer with its evidence. */
#include "role/who.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ident/identify.h"
#include "role/chain.h"
#include "role/raw_log.h"
#include "store/desk_store.h"

/* The first bytes of a row's hash, as sources of answers show them. */
static void
short_hash(uint64_t hash, char text[WHO_HASH_SIZE])
{
	snprintf(text, WHO_HASH_SIZE, "%016llx", (unsigned long long)hash);
}

/* The record of the raw log behind a row, where it is still kept. */
static int
raw_source(const struct conf *conf, const struct binding *row,
	   struct who_source *source)
{
	struct raw_evidence *evidence = memory_new(1, sizeof(*evidence));
	char folder[CONF_PATH_SIZE + 32];
	struct text text;

	if (!evidence)
		return LZ_E_MEMORY;
	snprintf(folder, sizeof(folder), "%s/%s", conf->state_dir,
		 RAW_LOG_FOLDER);
	if (raw_log_evidence(folder, row->offset, evidence) == 0) {
		snprintf(source->file, sizeof(source->file), "%s/%s",
			 RAW_LOG_FOLDER, evidence->file);
		source->offset = evidence->offset;
		text_init(&text, source->hash, sizeof(source->hash));
		text_hex(&text, evidence->hash, sizeof(evidence->hash));
	}
	memory_free(evidence);
	return 0;
}

/* The place in a file that was read for this question alone. */
static void
file_source(const struct holders *holders, const struct binding *row,
	    struct who_source *source)
{
	struct holders_evidence evidence;
	struct text text;

	if (!holders_evidence(holders, row, &evidence))
		return;
	(void)text_copy(source->file, sizeof(source->file),
			slice_of(evidence.path));
	source->offset = evidence.offset;
	text_init(&text, source->hash, sizeof(source->hash));
	text_hex(&text, evidence.hash, sizeof(evidence.hash));
}

static int
fill_source(const struct holders *holders, const struct conf *conf,
	    const struct binding *row, struct who_source *source)
{
	struct holders_source from;

	*source = (struct who_source){.offset = row->offset};
	if (!holders_source(holders, row->source, &from))
		return 0;
	if (from.raw || from.more)
		(void)text_copy(source->name, sizeof(source->name),
				slice_of(from.name));
	if (from.raw)
		return raw_source(conf, row, source);
	if (from.more) {
		file_source(holders, row, source);
		return 0;
	}
	(void)text_copy(source->file, sizeof(source->file),
			slice_of(from.name));
	if (row->hash) /* arithmetic (deterministic NAT) has none */
		short_hash(row->hash, source->hash);
	return 0;
}

/* Who is named; a number of the desk's goes before one of the index. */
static void
fill_party(struct holders *holders, struct store *desk, struct who_said *said)
{
	const uint32_t row = said->answer.party;
	const char *account = holders_account(holders, row);
	struct contract_facts facts;

	if (!account)
		return;
	(void)text_copy(said->account, sizeof(said->account),
			slice_of(account));
	(void)holders_facts(holders, row, &facts);
	(void)text_copy(said->reseller, sizeof(said->reseller),
			slice_of(facts.reseller));
	if (!said->numbered)
		return;
	if (desk &&
	    desk_store_party(desk, said->account, true, &said->party) == 0)
		return;
	said->party = holders_number(holders, said->account);
}

int
who_ask(struct holders *holders, const struct conf *conf, struct store *desk,
	const struct who_asked *asked, struct who_said *said)
{
	const struct identity_question question = {
	    .addr = asked->endpoint.addr,
	    .port = asked->endpoint.port,
	    .first = asked->at,
	    .last = asked->at,
	    /* The clock of who wrote it down, as the desk allows for it. */
	    .error_us = CHAIN_BINDING_ERROR_US};
	const struct binding_cursor cursor = holders_cursor(holders);
	int error = 0;

	*said = (struct who_said){.numbered = asked->numbers ||
					      holders_indexed(holders),
				  .reveal = asked->reveal};
	identify(&cursor, &question, &said->answer);
	if (said->answer.certainty >= CERTAINTY_PROBABLE)
		fill_party(holders, desk, said);
	for (uint8_t i = 0; i < said->answer.source_count && !error; i++)
		error = fill_source(holders, conf, &said->answer.sources[i],
				    &said->sources[i]);
	return error;
}

void
who_audit(const struct who_asked *asked, const struct who_said *said,
	  struct audit *audit)
{
	struct text text;

	text_init(&text, audit->question, sizeof(audit->question));
	endpoint_format(&text, &asked->endpoint);
	text_add(&text, " at ");
	times_format(&text, asked->at.us);
	_Static_assert(AUDIT_TEXT_SIZE == PARTY_LABEL_SIZE, "of an account");
	memcpy(audit->account, said->account, sizeof(audit->account));
	audit->certainty = said->answer.certainty;
	audit->party = said->party;
	audit->reveal = asked->reveal;
}
