/* SPDX-License-Identifier: Apache-2.0 */
/* Files through the registrar's decoders into a table in memory. */
#include "role/file_bindings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "ident/binding_table.h"
#include "lease/reason.h"
#include "role/raw_log.h"
#include "role/registrar_decode.h"
#include "role/registrar_files.h"

#define SOURCES_MAX 65535u
#define NAME_SIZE (RAW_NAME_MAX + 1 + LEASE_SPEAKER_SIZE + 1)
#define SAID_MAX 20 /* refused records named; the rest is counted */

struct source {
	char name[NAME_SIZE];
};

/* A piece that was read: its rows' references begin with its number. */
struct piece {
	uint16_t file;
	uint64_t offset;
	uint8_t hash[SHA256_SIZE];
};

struct file_bindings {
	const struct conf *conf;
	struct registrar_decoder *decoder;
	struct binding_table *table;
	struct source *sources;
	size_t source_count, source_room;
	struct piece *pieces;
	size_t piece_count, piece_room;
	uint64_t refused;
	/* Of the record at hand. */
	const struct raw_record *record;
	struct tracker_source configured;
	int error;
};

/* Its number; made when new. */
static int
source_of(struct file_bindings *bindings, const char *speaker, uint16_t *number)
{
	const struct raw_record *record = bindings->record;
	struct source made;
	size_t i = 0;

	snprintf(made.name, sizeof(made.name), "%.*s%s%s",
		 (int)record->name_length, record->name, *speaker ? "/" : "",
		 speaker);
	while (i < bindings->source_count &&
	       strcmp(bindings->sources[i].name, made.name) != 0)
		i++;
	*number = (uint16_t)i;
	if (i < bindings->source_count)
		return 0;
	if (i == SOURCES_MAX)
		return LZ_E_FULL;
	if (i == bindings->source_room) {
		const size_t room = i * 2 + 64;
		struct source *grown = memory_grow(bindings->sources, i, room,
						   sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		bindings->sources = grown;
		bindings->source_room = room;
	}
	bindings->sources[bindings->source_count++] = made;
	bindings->configured.number = *number;
	return binding_table_set_source(bindings->table, &bindings->configured);
}

static void
take_refused(void *context, uint64_t offset, const char *name)
{
	struct file_bindings *bindings = context;
	const struct raw_record *record = bindings->record;
	const struct reason *reason = reason_find(name);

	if (bindings->refused++ >= SAID_MAX)
		return;
	fprintf(stderr, "%s: byte %llu: %s\n",
		bindings->conf->registrar.files[record->input].path,
		(unsigned long long)(record->offset + offset),
		reason ? reason->what : name);
}

static void
take_event(void *context, const struct lease_event *event)
{
	struct file_bindings *bindings = context;
	struct tracker_store store = binding_table_store(bindings->table);
	uint16_t number;
	int error = bindings->error;

	if (error)
		return;
	error = source_of(bindings, event->speaker, &number);
	if (!error)
		error =
		    tracker_event(&store,
				  binding_table_source(bindings->table, number),
				  event);
	if (error == LZ_E_RANGE)
		take_refused(bindings, event->origin & 0xffff, "word");
	else if (error < 0)
		bindings->error = error;
}

static int
piece_add(struct file_bindings *bindings, const struct raw_record *record)
{
	struct piece *piece;

	if (bindings->piece_count == bindings->piece_room) {
		const size_t room = bindings->piece_room * 2 + 64;
		struct piece *grown = memory_grow(bindings->pieces,
						  bindings->piece_room, room,
						  sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		bindings->pieces = grown;
		bindings->piece_room = room;
	}
	piece = &bindings->pieces[bindings->piece_count++];
	*piece = (struct piece){.file = record->input,
				.offset = record->offset};
	sha256(record->bytes, record->length, piece->hash);
	return 0;
}

static int
take_record(void *context, const struct raw_record *record)
{
	struct file_bindings *bindings = context;
	const struct lease_output output = {take_event, take_refused, bindings};
	int error = piece_add(bindings, record);

	if (error)
		return error;
	bindings->record = record;
	error = registrar_decode(bindings->decoder, record,
				 (uint64_t)bindings->piece_count << 16,
				 &bindings->configured, &output);
	return error ? error : bindings->error;
}

static int
read_all(struct file_bindings *bindings)
{
	struct registrar_files *files = registrar_files_new(bindings->conf);
	int error = files ? crypto_init() : LZ_E_MEMORY;

	if (!error)
		error = registrar_decoder_new(bindings->conf,
					      &bindings->decoder);
	if (!error)
		error = registrar_files_once(files, take_record, bindings);
	registrar_files_free(files);
	if (bindings->refused > SAID_MAX)
		fprintf(stderr, "... and %llu more were refused\n",
			(unsigned long long)bindings->refused - SAID_MAX);
	return error;
}

static void
bindings_free(void *context)
{
	struct file_bindings *bindings = context;

	registrar_decoder_free(bindings->decoder);
	binding_table_free(bindings->table);
	memory_free(bindings->sources);
	memory_free(bindings->pieces);
	memory_free(bindings);
}

static const char *
label_of(void *context, uint32_t party)
{
	const struct file_bindings *bindings = context;

	return party_table_label(binding_table_parties(bindings->table), party);
}

static const char *
source_name(void *context, uint16_t source)
{
	const struct file_bindings *bindings = context;

	return source < bindings->source_count ? bindings->sources[source].name
					       : NULL;
}

static bool
evidence_of(void *context, uint64_t reference,
	    struct holders_evidence *evidence)
{
	const struct file_bindings *bindings = context;
	const uint64_t number = reference >> 16;
	const struct piece *piece;

	if (number == 0 || number > bindings->piece_count)
		return false;
	piece = &bindings->pieces[number - 1];
	evidence->path = bindings->conf->registrar.files[piece->file].path;
	evidence->offset = piece->offset + (reference & 0xffff);
	memcpy(evidence->hash, piece->hash, sizeof(evidence->hash));
	return true;
}

static int
part_read(const struct conf *conf, struct holders_part *part)
{
	struct file_bindings *made = memory_new(1, sizeof(*made));
	int error = LZ_E_MEMORY;

	if (!made)
		return LZ_E_MEMORY;
	made->conf = conf;
	made->table = binding_table_new();
	if (made->table)
		error = read_all(made);
	if (error) {
		bindings_free(made);
		return error;
	}
	*part =
	    (struct holders_part){.context = made,
				  .cursor = binding_table_cursor(made->table),
				  .label = label_of,
				  .source = source_name,
				  .evidence = evidence_of,
				  .free = bindings_free};
	return 0;
}

/* Or something is there that only a failed opening can name. */
static bool
index_is_there(const struct conf *conf)
{
	char path[CONF_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s/head/data.mdb", conf->state_dir,
		 RAW_LOG_INDEX);
	return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

struct holders *
file_holders_open(const struct conf *conf, enum holders_scope scope)
{
	struct holders_part part;

	if (conf->registrar.file_count == 0 ||
	    (scope == HOLDERS_ALL && index_is_there(conf)))
		return holders_open(conf, scope, NULL);
	return part_read(conf, &part) == 0 ? holders_open(conf, scope, &part)
					   : NULL;
}
