/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted list over the texts of one file. */
#include "role/contacts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/csv.h"
#include "base/memory.h"
#include "notice/mail_server.h"

#define COUNT_FIRST 1024

struct entry {
	const char *party, *mail;
	uint64_t line;
};

struct contacts {
	size_t count, room;
	struct entry *entries;
	size_t used;
	char *texts; /* a row's are shorter than the row */
};

static int
file_read(const char *path, char **bytes, size_t *length)
{
	FILE *file = fopen(path, "re");
	struct stat status = {0};
	int error = file && fstat(fileno(file), &status) == 0 ? 0 : -errno;

	*bytes = NULL;
	if (!error && (status.st_size < 0 ||
		       (uint64_t)status.st_size > CONTACTS_BYTES_MAX))
		error = LZ_E_FULL;
	if (!error) {
		*bytes = memory_new((size_t)status.st_size + 1, 1);
		error = *bytes ? 0 : LZ_E_MEMORY;
	}
	if (!error) {
		*length = fread(*bytes, 1, (size_t)status.st_size, file);
		error = ferror(file) ? -EIO : 0;
	}
	if (file)
		fclose(file);
	return error;
}

bool
contacts_is_mail(struct slice mail)
{
	const char *at = memchr(mail.at, '@', mail.length);

	if (!at || at == mail.at || at == mail.at + mail.length - 1 ||
	    mail.length >= MAIL_ADDRESS_SIZE)
		return false;
	for (size_t i = 0; i < mail.length; i++)
		if (mail.at[i] <= 0x20 || mail.at[i] >= 0x7f ||
		    strchr("<>\"\\,;:()", mail.at[i]))
			return false;
	return true;
}

static const char *
text_keep(struct contacts *contacts, struct slice slice)
{
	char *at = contacts->texts + contacts->used;

	memcpy(at, slice.at, slice.length);
	at[slice.length] = '\0';
	contacts->used += slice.length + 1;
	return at;
}

static int
entry_add(struct contacts *contacts, struct slice party, struct slice mail,
	  uint64_t line)
{
	struct entry *entry;

	if (contacts->count == contacts->room) {
		const size_t room = contacts->room ? 2 * contacts->room
						   : COUNT_FIRST;
		struct entry *grown = memory_grow(contacts->entries,
						  contacts->room, room,
						  sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		contacts->entries = grown;
		contacts->room = room;
	}
	entry = &contacts->entries[contacts->count++];
	entry->party = text_keep(contacts, party);
	entry->mail = text_keep(contacts, mail);
	entry->line = line;
	return 0;
}

static int
rows_take(struct contacts *contacts, const char *path, struct csv *csv,
	  struct csv_row *row)
{
	const int party = csv_next(csv, row) ? csv_column(row, "party") : -1;
	const int mail = party < 0 ? -1 : csv_column(row, "mail");
	int error = 0;

	if (party < 0 || mail < 0) {
		fprintf(stderr, "%s: no columns party and mail\n", path);
		return LZ_E_FORMAT;
	}
	while (!error && csv_next(csv, row)) {
		const bool whole = !row->reason &&
				   row->field_count > (size_t)party &&
				   row->field_count > (size_t)mail;
		const struct slice name = whole ? slice_trim(row->fields[party])
						: slice_of("");
		const struct slice address = whole
						 ? slice_trim(row->fields[mail])
						 : slice_of("");

		if (name.length == 0 || !contacts_is_mail(address))
			fprintf(stderr,
				"%s:%" PRIu64 ": no party and mail address\n",
				path, row->line);
		else
			error = entry_add(contacts, name, address, row->line);
	}
	return error;
}

static int
entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	const int order = strcmp(a->party, b->party);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* Of a party's rows the first counts. */
static void
repeated_drop(struct contacts *contacts, const char *path)
{
	size_t kept = 0;

	if (contacts->count)
		qsort(contacts->entries, contacts->count,
		      sizeof(*contacts->entries), entry_compare);
	for (size_t i = 0; i < contacts->count; i++) {
		const struct entry *entry = &contacts->entries[i];

		if (kept && strcmp(contacts->entries[kept - 1].party,
				   entry->party) == 0)
			fprintf(stderr,
				"%s:%" PRIu64 ": its party is named before\n",
				path, entry->line);
		else
			contacts->entries[kept++] = *entry;
	}
	contacts->count = kept;
}

int
contacts_read(const char *path, struct contacts **contacts)
{
	struct contacts *made = memory_new(1, sizeof(*made));
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *row = memory_new(1, sizeof(*row));
	char *bytes = NULL;
	size_t length = 0;
	int error = made && csv && row ? file_read(path, &bytes, &length)
				       : LZ_E_MEMORY;

	*contacts = NULL;
	if (!error) {
		/* Two texts of a row, each with its NUL, for the separator and
		 * the line's end; a last line may have none. */
		made->texts = memory_new(length + 2, 1);
		error = made->texts ? 0 : LZ_E_MEMORY;
	}
	if (!error) {
		csv_init(csv, bytes, length, ',');
		error = rows_take(made, path, csv, row);
	}
	memory_free(bytes);
	memory_free(csv);
	memory_free(row);
	if (error) {
		contacts_free(made);
		return error;
	}
	repeated_drop(made, path);
	*contacts = made;
	return 0;
}

void
contacts_free(struct contacts *contacts)
{
	if (!contacts)
		return;
	memory_free(contacts->entries);
	memory_free(contacts->texts);
	memory_free(contacts);
}

const char *
contacts_mail(const struct contacts *contacts, const char *party)
{
	size_t low = 0, high = contacts ? contacts->count : 0;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(contacts->entries[middle].party,
					 party);

		if (order == 0)
			return contacts->entries[middle].mail;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
