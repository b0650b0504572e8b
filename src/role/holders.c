/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of who held what, joined, and accounts on top. */
#include "role/holders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "ident/deterministic_nat.h"
#include "ident/joined.h"
#include "index/index.h"
#include "role/accounts.h"
#include "role/bindings.h"
#include "role/raw_log.h"
#include "role/role.h"

#define OPEN_ROWS_MAX 16
#define REALMS_MAX 256
#define RENEW_US TIMES_SECOND_US
#define DOUBT_US (5 * TIMES_SECOND_US)
#define SILENT_US TIMES_HOUR_US

struct holders {
	struct binding_list *list;
	struct contracts *contracts; /* NULL: none configured */
	struct party_table *parties, *accounts;
	struct joined *joined;
	struct contract_layer *layer;
	struct deterministic_nat *nat; /* NULL: none configured */
	struct holders_part more;      /* free NULL: none */
	unsigned list_part, index_part, nat_part, more_part;
	const struct conf *conf;          /* NULL: over a list alone */
	char folder[CONF_PATH_SIZE + 32]; /* of the index; "": none is read */
	struct index_reader *reader;      /* NULL: not there yet */
	dev_t device;                     /* of its head's file */
	ino_t inode;
	int index_error;                /* it can't be read now */
	uint64_t changes;               /* besides those of the index */
	int64_t renewed_us, doubted_us; /* monotonic; 0: never */
	const char *doubt;              /* as found then */
	char doubtful[HOLDERS_NAME_SIZE];
	uint32_t realms[REALMS_MAX];
	size_t realm_count;
	/* What an index that can't be read answers: nobody may be named. */
	struct binding unreadable;
	bool unreadable_given;
};

/* ----------------------------------------------------------------- realms */

uint32_t
holders_realm(const struct holders *holders, size_t number)
{
	return number < holders->realm_count ? holders->realms[number] : 0;
}

void
holders_meet_realm(struct holders *holders, uint32_t realm)
{
	bool known = realm == 0 || holders->realm_count == REALMS_MAX;

	for (size_t i = 0; i < holders->realm_count && !known; i++)
		known = holders->realms[i] == realm;
	if (!known)
		holders->realms[holders->realm_count++] = realm;
}

static void
realms_meet(struct holders *holders, const struct registrar_conf *conf)
{
	for (size_t i = 0; i < conf->sender_count; i++) {
		const struct registrar_sender *sender = &conf->senders[i];

		holders_meet_realm(holders, sender->realm);
		for (uint8_t n = 0; n < sender->vrfs.count; n++)
			holders_meet_realm(holders, sender->vrfs.of[n].realm);
	}
	for (size_t i = 0; i < conf->exporter_count; i++)
		holders_meet_realm(holders, conf->exporters[i].realm);
	for (size_t i = 0; i < conf->plan_count; i++)
		holders_meet_realm(holders, conf->plans[i].realm);
}

/* ---------------------------------------------------------------- opening */

static const char *
list_label(void *context, uint32_t party)
{
	return binding_list_party(context, party);
}

/* The index as a part: it may come later, and it may become unreadable. */

static void
index_seek_begin(struct holders *holders, const struct addr *addr)
{
	holders->unreadable_given = !holders->index_error;
	holders->unreadable =
	    (struct binding){.subject.prefix = prefix_of(addr, 128),
			     .start = {INT64_MIN},
			     .end = {INT64_MAX},
			     .party = BINDING_NO_PARTY,
			     .marks = BINDING_UNREADABLE};
}

static void
index_seek(void *context, uint32_t realm, const struct addr *addr,
	   struct at_event from, struct at_event to)
{
	struct holders *holders = context;
	struct binding_cursor cursor;

	holders_meet_realm(holders, realm);
	index_seek_begin(holders, addr);
	if (!holders->reader || holders->index_error)
		return;
	cursor = index_reader_cursor(holders->reader);
	cursor.seek(cursor.context, realm, addr, from, to);
}

static void
index_seek_port(void *context, uint32_t realm, const struct addr *addr,
		uint16_t port, struct at_event from, struct at_event to)
{
	struct holders *holders = context;
	struct binding_cursor cursor;

	holders_meet_realm(holders, realm);
	index_seek_begin(holders, addr);
	if (!holders->reader || holders->index_error)
		return;
	cursor = index_reader_cursor(holders->reader);
	if (cursor.seek_port)
		cursor.seek_port(cursor.context, realm, addr, port, from, to);
	else
		cursor.seek(cursor.context, realm, addr, from, to);
}

static const struct binding *
index_next(void *context)
{
	struct holders *holders = context;
	struct binding_cursor cursor;

	if (!holders->unreadable_given) {
		holders->unreadable_given = true;
		return &holders->unreadable;
	}
	if (!holders->reader || holders->index_error)
		return NULL;
	cursor = index_reader_cursor(holders->reader);
	return cursor.next(cursor.context);
}

static struct at_event
index_oldest(void *context)
{
	const struct holders *holders = context;
	struct binding_cursor cursor;

	if (!holders->reader)
		return times_unset();
	cursor = index_reader_cursor(holders->reader);
	return cursor.oldest(cursor.context);
}

static const char *
index_label(void *context, uint32_t party)
{
	const struct holders *holders = context;
	const char *label;
	struct party_id id;

	return index_reader_party(holders->reader, party, &label, &id) == 0
		   ? label
		   : NULL;
}

/* Bindings of deterministic NAT are held by inside addresses alone. */
static const char *
no_label(void *context, uint32_t party)
{
	(void)context;
	(void)party;
	return NULL;
}

static int
parts_add(struct holders *holders)
{
	const struct joined_part list = {.cursor =
					     binding_list_cursor(holders->list),
					 .label = list_label,
					 .context = holders->list,
					 .kind = PARTY_ACCOUNT};
	const struct joined_part index = {.cursor = {.context = holders,
						     .seek = index_seek,
						     .seek_port =
							 index_seek_port,
						     .next = index_next,
						     .oldest = index_oldest},
					  .label = index_label,
					  .context = holders,
					  .kind = PARTY_HOLDER};
	struct joined_part nat = {.label = no_label};
	const struct joined_part more = {.cursor = holders->more.cursor,
					 .label = holders->more.label,
					 .context = holders->more.context,
					 .kind = PARTY_HOLDER};
	unsigned count = 0;
	int error;

	holders->list_part = count++;
	holders->index_part = holders->nat_part = JOINED_PARTS_MAX;
	holders->more_part = JOINED_PARTS_MAX;
	error = joined_add(holders->joined, &list);
	if (!error && holders->folder[0]) {
		holders->index_part = count++;
		error = joined_add(holders->joined, &index);
	}
	if (!error && holders->nat) {
		holders->nat_part = count++;
		nat.cursor = deterministic_nat_cursor(holders->nat, 0);
		error = joined_add(holders->joined, &nat);
	}
	if (!error && holders->more.free) {
		holders->more_part = count++;
		error = joined_add(holders->joined, &more);
	}
	return error;
}

static int
layers_make(struct holders *holders)
{
	struct contract_layer_conf conf = {.contracts = holders->contracts};
	int error;

	holders->parties = party_table_new();
	holders->accounts = party_table_new();
	holders->joined = holders->parties ? joined_new(holders->parties)
					   : NULL;
	if (!holders->joined || !holders->accounts)
		return LZ_E_MEMORY;
	error = parts_add(holders);
	conf.below = joined_cursor(holders->joined);
	conf.parties = holders->parties;
	conf.accounts = holders->accounts;
	holders->layer = contract_layer_new(&conf);
	return error ? error : holders->layer ? 0 : LZ_E_MEMORY;
}

struct holders *
holders_of(struct binding_list *list, struct contracts *contracts)
{
	struct holders *holders = memory_new(1, sizeof(*holders));

	if (!holders) {
		binding_list_free(list);
		contracts_free(contracts);
		return NULL;
	}
	holders->list = list;
	holders->contracts = contracts;
	if (layers_make(holders) == 0)
		return holders;
	holders_close(holders);
	return NULL;
}

/* Which file its head is now; false: there is none. */
static bool
head_number(const struct holders *holders, dev_t *device, ino_t *inode)
{
	char path[CONF_PATH_SIZE + 64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/head/data.mdb", holders->folder);
	if (stat(path, &status) != 0)
		return false;
	*device = status.st_dev;
	*inode = status.st_ino;
	return true;
}

/* A copy was put in its place: the old one would be read for ever. */
static bool
is_replaced(const struct holders *holders)
{
	dev_t device;
	ino_t inode;

	return head_number(holders, &device, &inode) &&
	       (device != holders->device || inode != holders->inode);
}

/* An index that isn't there yet is none: its registrar hasn't run. */
static int
index_open(struct holders *holders)
{
	int error = index_reader_open(holders->folder, &holders->reader);

	holders->changes += !error;
	(void)head_number(holders, &holders->device, &holders->inode);
	return error == -ENOENT ? 0 : error;
}

/* A row of the configuration as the arithmetic takes it. */
static int
plan_add(struct holders *holders, const struct registrar_plan *from,
	 const char **reason)
{
	struct deterministic_nat_plan plan = {.inside_realm = from->realm,
					      .ports = from->ports,
					      .first = from->first,
					      .last = from->last,
					      .order =
						  from->spread
						      ? DETERMINISTIC_NAT_SPREAD
						      : DETERMINISTIC_NAT_FILL,
					      .from = from->from,
					      .to = from->to};
	int error;

	*reason = "no range of IPv4 addresses";
	error = deterministic_nat_range(&from->inside, from->inside_boundaries,
					&plan.inside_first, &plan.inside_last);
	if (!error)
		error = deterministic_nat_range(&from->outside,
						from->outside_boundaries,
						&plan.outside_first,
						&plan.outside_last);
	for (uint8_t i = 0; i < from->excluded.count; i++)
		plan.excluded[plan.excluded_count++] =
		    (struct deterministic_nat_ports){from->excluded.of[i].first,
						     from->excluded.of[i].last};
	return error ? error
		     : deterministic_nat_add(holders->nat, &plan, reason);
}

static int
nat_open(struct holders *holders, const struct registrar_conf *conf)
{
	const char *reason = NULL;
	uint32_t lines[2];
	int error = 0;

	if (conf->plan_count == 0)
		return 0;
	holders->nat = deterministic_nat_new();
	if (!holders->nat)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < conf->plan_count && !error; i++) {
		error = plan_add(holders, &conf->plans[i], &reason);
		if (error)
			fprintf(stderr,
				"registrar.deterministic_nat: number %zu: %s\n",
				i + 1, reason);
	}
	if (error)
		return error;
	error = deterministic_nat_seal(holders->nat, lines);
	if (error)
		fputs("registrar.deterministic_nat: two configurations give "
		      "away the same ports at one time\n",
		      stderr);
	return error;
}

static int
parts_open(struct holders *holders, enum holders_scope scope)
{
	const struct conf *conf = holders->conf;
	int error;

	realms_meet(holders, &conf->registrar);
	holders->list = bindings_read(conf);
	error = holders->list ? accounts_read(conf, &holders->contracts)
			      : LZ_E_STATE;
	if (!error)
		error = nat_open(holders, &conf->registrar);
	if (error || scope != HOLDERS_ALL ||
	    !registrar_conf_wanted(&conf->registrar))
		return error;
	snprintf(holders->folder, sizeof(holders->folder), "%s/%s",
		 conf->state_dir, RAW_LOG_INDEX);
	error = index_open(holders);
	if (error)
		fprintf(stderr,
			"lazaret: %s: %s; ask as root or as a member of the "
			"roles' group (%u)\n",
			holders->folder, lz_strerror(error), conf->uid_base);
	return error;
}

struct holders *
holders_open(const struct conf *conf, enum holders_scope scope,
	     const struct holders_part *more)
{
	struct holders *holders = memory_new(1, sizeof(*holders));
	int error = LZ_E_MEMORY;

	if (!holders && more)
		more->free(more->context);
	if (holders) {
		holders->conf = conf;
		if (more)
			holders->more = *more;
		error = parts_open(holders, scope);
	}
	if (!error)
		error = layers_make(holders);
	if (!error)
		return holders;
	if (error == LZ_E_MEMORY)
		fputs("lazaret: no memory for the bindings\n", stderr);
	holders_close(holders);
	return NULL;
}

void
holders_close(struct holders *holders)
{
	if (!holders)
		return;
	contract_layer_free(holders->layer);
	joined_free(holders->joined);
	party_table_free(holders->parties);
	party_table_free(holders->accounts);
	contracts_free(holders->contracts);
	deterministic_nat_free(holders->nat);
	index_reader_close(holders->reader);
	if (holders->more.free)
		holders->more.free(holders->more.context);
	binding_list_free(holders->list);
	memory_free(holders);
}

void
holders_renew(struct holders *holders)
{
	int error = 0;

	if (!holders->folder[0])
		return;
	holders->renewed_us = role_clock_us(CLOCK_MONOTONIC);
	if (holders->reader && is_replaced(holders)) {
		index_reader_close(holders->reader);
		holders->reader = NULL;
	}
	if (holders->reader)
		error = index_reader_renew(holders->reader);
	else
		error = index_open(holders);
	holders->changes += error != holders->index_error;
	if (error && error != holders->index_error)
		fprintf(stderr,
			"%s: %s: nobody is named until it can be read\n",
			holders->folder, lz_strerror(error));
	holders->index_error = error;
}

uint64_t
holders_version(struct holders *holders)
{
	if (holders->folder[0] &&
	    role_clock_us(CLOCK_MONOTONIC) - holders->renewed_us >= RENEW_US)
		holders_renew(holders);
	return holders->changes +
	       (holders->reader ? index_reader_version(holders->reader) : 0);
}

struct binding_cursor
holders_cursor(struct holders *holders)
{
	return contract_layer_cursor(holders->layer);
}

/* ---------------------------------------------------------------- parties */

const char *
holders_account(const struct holders *holders, uint32_t party)
{
	return party_table_label(holders->accounts, party);
}

bool
holders_facts(const struct holders *holders, uint32_t party,
	      struct contract_facts *facts)
{
	const char *account = holders_account(holders, party);

	*facts = (struct contract_facts){"", "", "", "", "", false, false};
	return account && holders->contracts &&
	       contracts_facts(holders->contracts, account, facts);
}

uint64_t
holders_party_count(const struct holders *holders)
{
	const uint64_t listed = binding_list_party_count(holders->list);
	struct index_facts facts = {.parties = 0};

	if (holders->contracts)
		return contracts_count(holders->contracts);
	if (holders->reader)
		index_reader_facts(holders->reader, &facts);
	/* Two sources may know one: the smaller count brakes the sooner. */
	return listed > facts.parties ? listed : facts.parties;
}

#define KEYS_MAX 3

/* What sources call an account by itself.  Where accounts are configured, a
 * login of that name is whose they say. */
static unsigned
own_labels(const struct holders *holders, const char *account,
	   char labels[KEYS_MAX][PARTY_LABEL_SIZE])
{
	static const char *const schemes[KEYS_MAX] = {"", "account:", "user:"};
	const unsigned most = holders->contracts ? 2 : 3;
	unsigned count = 0;

	for (unsigned i = 0; i < most; i++) {
		struct text text;

		text_init(&text, labels[count], PARTY_LABEL_SIZE);
		text_add(&text, schemes[i]);
		text_add(&text, account);
		count += !text.full;
	}
	return count;
}

struct opening {
	struct holders *holders;
	struct at_event now;
	struct binding rows[OPEN_ROWS_MAX];
	size_t count; /* may exceed it */
};

static void
open_row(struct opening *opening, const struct binding *row)
{
	if (opening->count < OPEN_ROWS_MAX)
		opening->rows[opening->count] = *row;
	opening->count++;
}

static void
open_in_list(struct opening *opening, const char *label)
{
	const struct binding_list *list = opening->holders->list;
	const struct binding *rows[OPEN_ROWS_MAX];
	uint32_t party;
	size_t count;

	if (!binding_list_find(list, label, &party))
		return;
	count = binding_list_open(list, party, opening->now, rows,
				  OPEN_ROWS_MAX);
	for (size_t i = 0; i < count && i < OPEN_ROWS_MAX; i++)
		open_row(opening, rows[i]);
	if (count > OPEN_ROWS_MAX)
		opening->count = count;
}

static void
open_in_index(struct opening *opening, const char *label)
{
	struct index_reader *reader = opening->holders->reader;
	struct binding rows[OPEN_ROWS_MAX];
	uint32_t party;
	int count, error;

	if (!reader)
		return;
	error = index_reader_party_of(reader, label, &party);
	if (error == LZ_E_NOT_FOUND)
		return;
	count = error ? error
		      : index_reader_open_rows(reader, party, rows,
					       OPEN_ROWS_MAX);
	for (int i = 0; i < count && i < OPEN_ROWS_MAX; i++)
		open_row(opening, &rows[i]);
	if (count < 0 || count > OPEN_ROWS_MAX)
		opening->count = OPEN_ROWS_MAX + 1;
}

static bool
open_key(void *context, const char *key)
{
	open_in_list(context, key);
	open_in_index(context, key);
	return true;
}

/* The part of a row that is the party's now, by its contracts. */
static bool
is_held(struct holders *holders, const struct binding *row, uint32_t party,
	struct at_event now, struct binding *held)
{
	const struct binding_cursor cursor = holders_cursor(holders);
	const struct binding *it;

	cursor.seek(cursor.context, row->realm, &row->subject.prefix.addr, now,
		    now);
	while ((it = cursor.next(cursor.context)) != NULL)
		if (it->id == row->id && it->party == party &&
		    it->start.us <= now.us && it->end.us > now.us) {
			*held = *it;
			return true;
		}
	return false;
}

size_t
holders_open_of(struct holders *holders, uint32_t party, struct at_event now,
		struct binding *open, size_t max)
{
	struct opening opening = {.holders = holders, .now = now};
	const char *account = holders_account(holders, party);
	char labels[KEYS_MAX][PARTY_LABEL_SIZE];
	unsigned label_count;
	size_t count = 0;

	if (!account)
		return 0;
	label_count = own_labels(holders, account, labels);
	open_in_list(&opening, account);
	for (unsigned i = 0; i < label_count; i++)
		open_in_index(&opening, labels[i]);
	if (holders->contracts)
		contracts_keys(holders->contracts, account, open_key, &opening);
	if (opening.count > OPEN_ROWS_MAX || holders->index_error)
		return max + 1;
	for (size_t i = 0; i < opening.count; i++) {
		struct binding held;
		bool twice = false;

		if (!is_held(holders, &opening.rows[i], party, now, &held))
			continue;
		for (size_t j = 0; j < count && j < max; j++)
			twice |= open[j].id == held.id;
		if (twice)
			continue;
		if (count < max)
			open[count] = held;
		count++;
	}
	return count;
}

struct party_id
holders_number(struct holders *holders, const char *account)
{
	char labels[KEYS_MAX][PARTY_LABEL_SIZE];
	const unsigned count = own_labels(holders, account, labels);
	struct party_id id = {0};
	const char *label;
	uint32_t party;

	if (!holders->reader || holders->index_error)
		return id;
	for (unsigned i = 0; i < count; i++)
		if (index_reader_party_of(holders->reader, labels[i], &party) ==
			0 &&
		    index_reader_party(holders->reader, party, &label, &id) ==
			0)
			return id;
	return (struct party_id){0};
}

/* ---------------------------------------------------------------- sources */

bool
holders_source(const struct holders *holders, uint16_t source,
	       struct holders_source *said)
{
	struct at_event watermark;
	uint16_t of_part;
	unsigned part;

	*said = (struct holders_source){NULL, false, false};
	if (!joined_source(holders->joined, source, &part, &of_part))
		return false;
	if (part == holders->list_part)
		said->name = binding_list_source(holders->list, of_part);
	else if (part == holders->nat_part)
		said->name = "registrar.deterministic_nat";
	else if (part == holders->more_part) {
		said->name = holders->more.source(holders->more.context,
						  of_part);
		said->more = true;
	} else if (part == holders->index_part && holders->reader) {
		said->name = index_reader_source(holders->reader, of_part,
						 &watermark);
		said->raw = true;
	}
	return said->name != NULL;
}

bool
holders_indexed(const struct holders *holders)
{
	return holders->reader != NULL;
}

/* ----------------------------------------------------------------- doubts */

/* "NAME" or "NAME/SPEAKER". */
static bool
is_of(const char *source, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(source, name, length) == 0 &&
	       (source[length] == '\0' || source[length] == '/');
}

/* Has any speaker of an input said anything yet? */
static bool
has_spoken(const struct holders *holders, const char *name, uint64_t sources)
{
	for (uint64_t i = 0; i <= sources && i <= UINT16_MAX; i++) {
		struct at_event watermark;
		const char *source = index_reader_source(holders->reader,
							 (uint16_t)i,
							 &watermark);

		if (source && times_is_set(watermark) && is_of(source, name))
			return true;
	}
	return false;
}

static struct at_event
last_word(const struct holders *holders, uint64_t sources)
{
	struct at_event last = times_unset();

	for (uint64_t i = 0; i <= sources && i <= UINT16_MAX; i++) {
		struct at_event watermark;

		if (index_reader_source(holders->reader, (uint16_t)i,
					&watermark) &&
		    times_is_set(watermark) && watermark.us > last.us)
			last = watermark;
	}
	return last;
}

/* The configured input of a number, over all kinds; NULL behind the last. */
static const char *
input_name(const struct registrar_conf *conf, size_t number)
{
	if (number < conf->client_count)
		return conf->clients[number].name;
	number -= conf->client_count;
	if (number < conf->file_count)
		return conf->files[number].name;
	number -= conf->file_count;
	if (number < conf->database_count)
		return conf->databases[number].name;
	number -= conf->database_count;
	if (number < conf->sender_count)
		return conf->senders[number].name;
	number -= conf->sender_count;
	return number < conf->exporter_count ? conf->exporters[number].name
					     : NULL;
}

static const char *
find_doubt(struct holders *holders, struct at_event now)
{
	const struct registrar_conf *conf = &holders->conf->registrar;
	struct index_facts facts = {.sources = 0};
	const char *which = "registrar", *name;

	holders->doubtful[0] = '\0';
	(void)text_copy(holders->doubtful, HOLDERS_NAME_SIZE, slice_of(which));
	if (!holders->reader)
		return "the registrar has not run yet: no source of bindings "
		       "has spoken";
	if (holders->index_error)
		return "the index of bindings can't be read";
	index_reader_facts(holders->reader, &facts);
	for (size_t i = 0; (name = input_name(conf, i)) != NULL; i++) {
		if (has_spoken(holders, name, facts.sources))
			continue;
		(void)text_copy(holders->doubtful, HOLDERS_NAME_SIZE,
				slice_of(name));
		return "this source of bindings has not spoken yet";
	}
	if (last_word(holders, facts.sources).us < now.us - SILENT_US)
		return "no source of bindings has spoken for an hour: is the "
		       "registrar running?";
	return NULL;
}

const char *
holders_doubt(struct holders *holders, struct at_event now,
	      char which[HOLDERS_NAME_SIZE])
{
	const int64_t mono_us = role_clock_us(CLOCK_MONOTONIC);

	which[0] = '\0';
	if (!holders->folder[0])
		return NULL;
	if (!holders->doubted_us || holders->doubt ||
	    mono_us - holders->doubted_us >= DOUBT_US) {
		(void)holders_version(holders);
		holders->doubt = find_doubt(holders, now);
		holders->doubted_us = mono_us;
	}
	memcpy(which, holders->doubtful, HOLDERS_NAME_SIZE);
	return holders->doubt;
}

void
holders_outdated(struct holders *holders, struct at_event since)
{
	binding_list_outdated(holders->list, since);
	holders->changes++;
}

bool
holders_evidence(const struct holders *holders, const struct binding *row,
		 struct holders_evidence *evidence)
{
	return holders->more.free &&
	       holders->more.evidence(holders->more.context, row->offset,
				      evidence);
}

const char *
holders_folder(const struct holders *holders)
{
	return holders->folder;
}

int
holders_folder_make(const struct holders *holders)
{
	struct role_user user;
	int error;

	if (!holders->folder[0] || access(holders->folder, F_OK) == 0)
		return 0;
	role_user(holders->conf, ROLE_REGISTRAR, &user);
	error = role_folder(holders->folder, &user, 02750);
	if (error)
		fprintf(stderr, "%s: %s\n", holders->folder,
			lz_strerror(error));
	return error;
}

/* ------------------------------------------------------------------ stamps */

/* Times, size and number of a file, mixed into the stamp. */
static int
stamp_add(const char *path, size_t number, uint64_t *stamp)
{
	const struct hash_key key = {0, 0};
	struct stat status;
	int64_t seen[6] = {(int64_t)number};

	if (stat(path, &status) == 0) {
		seen[1] = (int64_t)status.st_ino;
		seen[2] = status.st_size;
		seen[3] = status.st_mtim.tv_sec;
		seen[4] = status.st_mtim.tv_nsec;
		seen[5] = status.st_ctim.tv_sec;
	} else if (errno != ENOENT) {
		return -errno;
	}
	*stamp ^= hash_bytes(&key, seen, sizeof(seen));
	return 0;
}

int
holders_stamp(const struct conf *conf, uint64_t *stamp)
{
	int error = 0;

	*stamp = 0;
	for (size_t i = 0; i < conf->binding_file_count && !error; i++)
		error = stamp_add(conf->binding_files[i], i, stamp);
	for (size_t i = 0; i < conf->account_source_count && !error; i++)
		if (conf->account_sources[i].csv[0])
			error = stamp_add(conf->account_sources[i].csv,
					  CONF_FILES_MAX + i, stamp);
	return error;
}
