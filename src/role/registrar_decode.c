/* SPDX-License-Identifier: Apache-2.0 */
/* From raw records to lease events. */
#include "role/registrar_decode.h"

#include <string.h>

#include "base/memory.h"
#include "lease/accounting.h"
#include "lease/machines.h"
#include "lease/port_block.h"
#include "role/pattern_file.h"
#include "role/registrar_feeds.h"
#include "role/registrar_nat.h"
#include "role/registrar_webhook.h"

/* A session is over after so many intervals of silence. */
#define SILENT_AFTER 4

struct registrar_decoder {
	const struct conf *conf;
	struct accounting_conf *clients;
	/* Of each sender. */
	struct port_block_vrf (*vrfs)[REGISTRAR_VRFS_MAX];
	struct pattern **patterns; /* NULL: a maker we know */
	struct registrar_nat *nat;
	struct registrar_feeds *feeds;
	struct machines *webhook; /* NULL: none */
};

_Static_assert((int)REGISTRAR_HOLDER_CLASS == (int)ACCOUNTING_CLASS &&
		   (int)REGISTRAR_HOLDER_USER == (int)ACCOUNTING_USER &&
		   (int)REGISTRAR_HOLDER_LINE == (int)ACCOUNTING_CALLING &&
		   (int)REGISTRAR_HOLDER_CIRCUIT == (int)ACCOUNTING_CIRCUIT &&
		   (int)REGISTRAR_HOLDER_REMOTE == (int)ACCOUNTING_REMOTE,
	       "a holder is one number everywhere");

int
registrar_holders_fill(struct accounting_conf *conf,
		       const struct registrar_holders *holders)
{
	int error = 0;

	if (holders->count == 0) {
		error = accounting_conf_holder(conf, ACCOUNTING_CLASS);
		if (!error)
			error = accounting_conf_holder(conf, ACCOUNTING_USER);
	}
	for (uint8_t i = 0; i < holders->count && !error; i++)
		error = accounting_conf_holder(conf, (enum accounting_holder)
							 holders->of[i]);
	return error;
}

static int
clients_fill(struct registrar_decoder *decoder)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	int error = 0;

	decoder->clients = memory_new(conf->client_count + 1,
				      sizeof(*decoder->clients));
	if (!decoder->clients)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < conf->client_count && !error; i++) {
		const struct registrar_client *client = &conf->clients[i];
		struct accounting_conf *to = &decoder->clients[i];

		to->proxy = client->proxy;
		to->clock_bound_us = client->clock_error_us;
		error = registrar_holders_fill(to, &client->holders);
		for (uint8_t n = 0; n < client->nas.count && !error; n++)
			error =
			    accounting_conf_allow(to,
						  slice_of(client->nas.of[n]));
		/* Named twice is named. */
		if (error == LZ_E_EXISTS)
			error = 0;
	}
	return error;
}

static int
senders_fill(struct registrar_decoder *decoder)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	int error = 0;

	decoder->vrfs = memory_new(conf->sender_count + 1,
				   sizeof(*decoder->vrfs));
	decoder->patterns = memory_new(conf->sender_count + 1,
				       sizeof(*decoder->patterns));
	if (!decoder->vrfs || !decoder->patterns)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < conf->sender_count && !error; i++) {
		const struct registrar_vrfs *vrfs = &conf->senders[i].vrfs;

		if (conf->senders[i].format == REGISTRAR_LOG_PATTERN)
			error = pattern_file_read(conf->senders[i].pattern_file,
						  &decoder->patterns[i]);

		for (uint8_t n = 0; n < vrfs->count; n++) {
			text_copy(decoder->vrfs[i][n].name, PORT_BLOCK_VRF_SIZE,
				  slice_of(vrfs->of[n].name));
			decoder->vrfs[i][n].realm = vrfs->of[n].realm;
		}
	}
	return error;
}

int
registrar_decoder_new(const struct conf *conf,
		      struct registrar_decoder **decoder)
{
	struct registrar_decoder *made = memory_new(1, sizeof(*made));
	int error;

	*decoder = NULL;
	if (!made)
		return LZ_E_MEMORY;
	made->conf = conf;
	error = clients_fill(made);
	if (!error)
		error = senders_fill(made);
	if (!error)
		error = registrar_nat_new(conf, &made->nat);
	if (!error)
		error = registrar_feeds_new(conf, &made->feeds);
	if (!error && conf->registrar.webhook) {
		made->webhook = machines_new(LEASE_ZONE_UNTOLD, 0);
		if (!made->webhook)
			error = LZ_E_MEMORY;
	}
	if (error)
		registrar_decoder_free(made);
	else
		*decoder = made;
	return error;
}

void
registrar_decoder_free(struct registrar_decoder *decoder)
{
	if (!decoder)
		return;
	registrar_feeds_free(decoder->feeds);
	machines_free(decoder->webhook);
	registrar_nat_free(decoder->nat);
	for (size_t i = 0;
	     decoder->patterns && i < decoder->conf->registrar.sender_count;
	     i++)
		pattern_free(decoder->patterns[i]);
	memory_free(decoder->patterns);
	memory_free(decoder->vrfs);
	memory_free(decoder->clients);
	memory_free(decoder);
}

static bool
is_named(const struct raw_record *record, const char *name)
{
	return record->name_length == strlen(name) &&
	       memcmp(record->name, name, record->name_length) == 0;
}

/* The place the record says, where the name stands there; else by the name. */
#define FIND(rows, count, record, index)                         \
	do {                                                     \
		*(index) = (record)->input;                      \
		if (*(index) < (count) &&                        \
		    is_named(record, (rows)[*(index)].name))     \
			break;                                   \
		*(index) = 0;                                    \
		while (*(index) < (count) &&                     \
		       !is_named(record, (rows)[*(index)].name)) \
			++*(index);                              \
	} while (0)

static int
radius_decode(struct registrar_decoder *decoder,
	      const struct raw_record *record, uint64_t origin,
	      struct tracker_source *source, const struct lease_output *output)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	const struct registrar_client *client;
	size_t i;

	FIND(conf->clients, conf->client_count, record, &i);
	if (i == conf->client_count)
		return LZ_E_NOT_FOUND;
	client = &conf->clients[i];
	*source = (struct tracker_source){.interim_us = client->interim_us,
					  .silent_after = SILENT_AFTER,
					  .complete = client->complete,
					  .sessions_numbered = true,
					  .error_us = client->clock_error_us,
					  .gap = times_unset()};
	accounting_read(&decoder->clients[i], record->bytes, record->length,
			record->arrival, &record->peer, origin, output);
	return 0;
}

/* Of the input as a whole: nothing else happened until then, or (RAW_GAP) more
 * may have happened than was read. */
static void
whole_say(const struct raw_record *record, int64_t error_us, uint64_t origin,
	  const struct lease_output *output)
{
	const struct lease_event event = {.kind = record->kind == RAW_GAP
						      ? LEASE_GAP
						      : LEASE_WORD,
					  .at = {record->arrival.us},
					  .start = times_unset(),
					  .end = times_unset(),
					  .sure = times_unset(),
					  .error_us = error_us,
					  .arrival = record->arrival,
					  .origin = origin};

	output->sink(output->context, &event);
}

/*
 * What it says of others' logs besides isn't ours.  Juniper's blocks have a word
 * of their own that tells one tenure from the next.
 */
static int
syslog_decode(struct registrar_decoder *decoder,
	      const struct raw_record *record, uint64_t origin,
	      struct tracker_source *source, const struct lease_output *output)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	const struct slice bytes = {(const char *)record->bytes,
				    record->length};
	const struct registrar_sender *sender;
	struct port_block_conf blocks;
	struct pattern_conf pattern;
	size_t i;

	FIND(conf->senders, conf->sender_count, record, &i);
	if (i == conf->sender_count)
		return LZ_E_NOT_FOUND;
	sender = &conf->senders[i];
	*source =
	    (struct tracker_source){.interim_us = sender->interim_us,
				    .silent_after = SILENT_AFTER,
				    .complete = sender->complete,
				    .sessions_numbered = sender->format ==
							 REGISTRAR_LOG_JUNIPER,
				    .error_us = sender->clock_error_us,
				    .gap = times_unset()};
	blocks =
	    (struct port_block_conf){.zone_offset_s = sender->zone_offset_s,
				     .realm = sender->realm,
				     .vrf_count = sender->vrfs.count,
				     .vrfs = decoder->vrfs[i]};
	pattern = (struct pattern_conf){sender->zone_offset_s, sender->realm};
	if (record->kind == RAW_GAP)
		whole_say(record, sender->clock_error_us, origin, output);
	else if (decoder->patterns[i])
		pattern_say(decoder->patterns[i], &pattern, bytes,
			    record->arrival, origin, output);
	else
		port_block_read(&blocks, bytes, record->arrival, origin,
				output);
	return 0;
}

/* Sequence numbers show what was lost: silence says that nothing changed. */
static int
nat_decode(struct registrar_decoder *decoder, const struct raw_record *record,
	   uint64_t origin, struct tracker_source *source,
	   const struct lease_output *output)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	size_t i;

	FIND(conf->exporters, conf->exporter_count, record, &i);
	if (i == conf->exporter_count)
		return LZ_E_NOT_FOUND;
	*source =
	    (struct tracker_source){.interim_us = conf->exporters[i].interim_us,
				    .silent_after = SILENT_AFTER,
				    .complete = true,
				    .error_us =
					conf->exporters[i].clock_error_us,
				    .gap = times_unset()};
	registrar_nat_decode(decoder->nat, i, record, origin, output);
	return 0;
}

/* What a database says of sessions is what NAS said, with their gaps. */
static int
rows_decode(struct registrar_decoder *decoder, const struct raw_record *record,
	    uint64_t origin, struct tracker_source *source,
	    const struct lease_output *output)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	const struct registrar_database *database;
	size_t i;

	FIND(conf->databases, conf->database_count, record, &i);
	if (i == conf->database_count)
		return record->kind == RAW_GAP
			   ? syslog_decode(decoder, record, origin, source,
					   output)
			   : LZ_E_NOT_FOUND;
	database = &conf->databases[i];
	*source = (struct tracker_source){.interim_us = database->interim_us,
					  .silent_after = SILENT_AFTER,
					  .sessions_numbered = true,
					  .error_us = database->clock_error_us,
					  .gap = times_unset()};
	if (record->kind == RAW_WHOLE)
		whole_say(record, database->clock_error_us, origin, output);
	else
		registrar_feeds_rows(decoder->feeds, i, record, origin, output);
	return 0;
}

/*
 * A lease file loses nothing; but a session that RADIUS said began may have
 * ended in a word nobody wrote down, so it is known up to its own last word.
 */
static int
file_decode(struct registrar_decoder *decoder, const struct raw_record *record,
	    uint64_t origin, struct tracker_source *source,
	    const struct lease_output *output)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	const struct registrar_file *file;
	bool radius;
	size_t i;

	FIND(conf->files, conf->file_count, record, &i);
	if (i == conf->file_count)
		return rows_decode(decoder, record, origin, source, output);
	file = &conf->files[i];
	radius = file->format == REGISTRAR_RADIUS_DETAIL ||
		 file->format == REGISTRAR_RADACCT;
	*source = (struct tracker_source){.interim_us = file->interim_us,
					  .silent_after = SILENT_AFTER,
					  .complete = file->complete && !radius,
					  .sessions_numbered = true,
					  .assigned = file->format ==
						      REGISTRAR_ADDRESS_LIST,
					  .error_us = file->clock_error_us,
					  .gap = times_unset()};
	if (record->kind != RAW_FILE)
		whole_say(record, file->clock_error_us, origin, output);
	else
		registrar_feeds_take(decoder->feeds, i, record, origin, output);
	return 0;
}

int
registrar_decoder_load(struct registrar_decoder *decoder, int folder)
{
	const int error = registrar_feeds_load(decoder->feeds, folder);

	return error ? error : registrar_nat_load(decoder->nat, folder);
}

int
registrar_decoder_save(struct registrar_decoder *decoder, int folder)
{
	return registrar_nat_save(decoder->nat, folder);
}

int
registrar_decode(struct registrar_decoder *decoder,
		 const struct raw_record *record, uint64_t origin,
		 struct tracker_source *source,
		 const struct lease_output *output)
{
	switch (record->kind) {
	case RAW_RADIUS:
		return radius_decode(decoder, record, origin, source, output);
	case RAW_SYSLOG:
		return syslog_decode(decoder, record, origin, source, output);
	case RAW_ROWS:
		return rows_decode(decoder, record, origin, source, output);
	case RAW_FILE:
	case RAW_WHOLE:
	case RAW_GAP:
		return file_decode(decoder, record, origin, source, output);
	case RAW_MACHINES:
		return registrar_webhook_decode(decoder->webhook, record,
						origin, source, output);
	case RAW_IPFIX:
		return nat_decode(decoder, record, origin, source, output);
	default:
		return LZ_E_NOT_FOUND;
	}
}

unsigned
registrar_decoder_stopped(const struct registrar_decoder *decoder)
{
	return registrar_feeds_stopped(decoder->feeds);
}

bool
registrar_decode_watched(const struct registrar_decoder *decoder,
			 const struct raw_record *record)
{
	const struct registrar_conf *conf = &decoder->conf->registrar;
	size_t i;

	if (record->kind == RAW_SYSLOG)
		return true;
	if (record->kind != RAW_FILE)
		return false;
	FIND(conf->files, conf->file_count, record, &i);
	/* Lists say no times of events; leases and a NAS that buffers say old
	 * ones again; radacct is watched by its decoder. */
	return i < conf->file_count &&
	       (conf->files[i].format == REGISTRAR_PORT_BLOCKS ||
		conf->files[i].format == REGISTRAR_PATTERN);
}

void
registrar_decoder_resume(struct registrar_decoder *decoder)
{
	registrar_feeds_resume(decoder->feeds);
}
