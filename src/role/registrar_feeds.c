/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of files to lease events. */
#include "role/registrar_feeds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "lease/address_list.h"
#include "lease/block_csv.h"
#include "lease/detail.h"
#include "lease/isc.h"
#include "lease/kea.h"
#include "lease/machines.h"
#include "lease/radacct.h"
#include "role/pattern_file.h"
#include "role/registrar_decode.h"

#define STOPPED_NAME "stopped"
#define STOPPED_BYTES_MAX                                  \
	((REGISTRAR_FILES_MAX + REGISTRAR_DATABASES_MAX) * \
	 (REGISTRAR_NAME_SIZE + 1))

struct feed {
	const char *name;
	const struct registrar_file *conf; /* NULL: a database */
	struct accounting_conf accounting;
	struct radacct *radacct;
	struct kea kea;
	struct isc isc;
	struct address_list *list;
	struct machines *machines;
	struct block_csv *blocks;
	struct pattern *pattern;
	bool said; /* that it is stopped */
	bool held; /* an earlier process stopped it */
};

struct registrar_feeds {
	size_t count, file_count; /* databases stand behind the files */
	int folder;               /* the role's; -1: not known yet */
	struct feed *feeds;
};

static enum lease_holder_by
holder_by(const struct registrar_holders *holders)
{
	switch (holders->count ? holders->of[0] : 0) {
	case REGISTRAR_HOLDER_CIRCUIT:
		return LEASE_BY_CIRCUIT;
	case REGISTRAR_HOLDER_REMOTE:
		return LEASE_BY_REMOTE;
	case REGISTRAR_HOLDER_HARDWARE:
		return LEASE_BY_HARDWARE;
	case REGISTRAR_HOLDER_CLIENT:
		return LEASE_BY_CLIENT;
	default:
		return LEASE_BY_LINE;
	}
}

static int
feed_begin(struct feed *feed, const struct registrar_file *conf)
{
	const enum lease_holder_by by = holder_by(&conf->holders);
	const int32_t zone_s = conf->zone[0] ? conf->zone_offset_s
					     : LEASE_ZONE_UNTOLD;
	bool made = true;
	int error = 0;

	feed->conf = conf;
	feed->name = conf->name;
	switch (conf->format) {
	case REGISTRAR_RADIUS_DETAIL:
	case REGISTRAR_RADACCT:
		/* A RADIUS server wrote it, for many NAS. */
		feed->accounting.proxy = true;
		feed->accounting.clock_bound_us = conf->clock_error_us;
		error = registrar_holders_fill(&feed->accounting,
					       &conf->holders);
		if (!error && conf->format == REGISTRAR_RADACCT) {
			feed->radacct = radacct_new(&feed->accounting,
						    conf->zone[0] != '\0',
						    conf->zone_offset_s);
			made = feed->radacct != NULL;
		}
		break;
	case REGISTRAR_KEA4:
	case REGISTRAR_KEA6:
		kea_init(&feed->kea, by, conf->grace_us, 0);
		break;
	case REGISTRAR_ISC_DHCPD:
		feed->isc = (struct isc){by, conf->grace_us, 0};
		break;
	case REGISTRAR_ADDRESS_LIST:
		feed->list = address_list_new(zone_s, 0);
		made = feed->list != NULL;
		break;
	case REGISTRAR_MACHINES:
		feed->machines = machines_new(zone_s, 0);
		made = feed->machines != NULL;
		break;
	case REGISTRAR_PORT_BLOCKS:
		feed->blocks = block_csv_new(zone_s, 0);
		made = feed->blocks != NULL;
		break;
	default:
		return pattern_file_read(conf->pattern_file, &feed->pattern);
	}
	return made ? error : LZ_E_MEMORY;
}

static int
rows_begin(struct feed *feed, const struct registrar_database *conf)
{
	int error;

	feed->name = conf->name;
	feed->accounting.proxy = true;
	feed->accounting.clock_bound_us = conf->clock_error_us;
	error = registrar_holders_fill(&feed->accounting, &conf->holders);
	if (error)
		return error;
	/* The poll asks for UTC, and each time bears its zone. */
	feed->radacct = radacct_new(&feed->accounting, true, 0);
	return feed->radacct ? 0 : LZ_E_MEMORY;
}

int
registrar_feeds_new(const struct conf *conf, struct registrar_feeds **feeds)
{
	struct registrar_feeds *made = memory_new(1, sizeof(*made));
	int error = LZ_E_MEMORY;

	*feeds = NULL;
	if (!made)
		return error;
	made->folder = -1;
	made->file_count = conf->registrar.file_count;
	made->count = made->file_count + conf->registrar.database_count;
	made->feeds = memory_new(made->count + 1, sizeof(*made->feeds));
	if (made->feeds)
		error = 0;
	for (size_t i = 0; i < made->file_count && !error; i++)
		error = feed_begin(&made->feeds[i], &conf->registrar.files[i]);
	for (size_t i = made->file_count; i < made->count && !error; i++)
		error = rows_begin(
		    &made->feeds[i],
		    &conf->registrar.databases[i - made->file_count]);
	if (error)
		registrar_feeds_free(made);
	else
		*feeds = made;
	return error;
}

void
registrar_feeds_free(struct registrar_feeds *feeds)
{
	if (!feeds)
		return;
	for (size_t i = 0; feeds->feeds && i < feeds->count; i++) {
		radacct_free(feeds->feeds[i].radacct);
		address_list_free(feeds->feeds[i].list);
		machines_free(feeds->feeds[i].machines);
		block_csv_free(feeds->feeds[i].blocks);
		pattern_free(feeds->feeds[i].pattern);
	}
	memory_free(feeds->feeds);
	memory_free(feeds);
}

static size_t
feed_take(struct feed *feed, const struct lease_chunk *chunk,
	  const struct lease_output *output)
{
	const struct pattern_conf pattern = {
	    .zone_offset_s = feed->conf->zone_offset_s};

	switch (feed->conf->format) {
	case REGISTRAR_RADIUS_DETAIL:
		return detail_feed(&feed->accounting, chunk, output);
	case REGISTRAR_RADACCT:
		return radacct_feed(feed->radacct, chunk, output);
	case REGISTRAR_KEA4:
	case REGISTRAR_KEA6:
		return kea_feed(&feed->kea, chunk, output);
	case REGISTRAR_ISC_DHCPD:
		return isc_feed(&feed->isc, chunk, output);
	case REGISTRAR_ADDRESS_LIST:
		return address_list_feed(feed->list, chunk, output);
	case REGISTRAR_MACHINES:
		return machines_feed(feed->machines, chunk, output);
	case REGISTRAR_PORT_BLOCKS:
		return block_csv_feed(feed->blocks, chunk, output);
	default:
		return pattern_feed(feed->pattern, &pattern, chunk, output);
	}
}

/* Names of what is stopped, a line each: for the next process, which hasn't
 * seen what its stamps looked like before. */
static void
stopped_store(const struct registrar_feeds *feeds)
{
	const int fd =
	    openat(feeds->folder, STOPPED_NAME,
		   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	bool stored = fd >= 0;

	for (size_t i = 0; stored && i < feeds->count; i++) {
		const struct feed *feed = &feeds->feeds[i];
		char line[REGISTRAR_NAME_SIZE + 1];
		const int length = snprintf(line, sizeof(line), "%s\n",
					    feed->name);

		if (feed->said || feed->held)
			stored = write(fd, line, (size_t)length) == length;
	}
	if (!stored || fdatasync(fd) != 0)
		fprintf(stderr,
			"registrar: " STOPPED_NAME ": %s; a restart forgets "
			"what is stopped\n",
			strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
stopped_take(struct registrar_feeds *feeds, struct slice name)
{
	for (size_t i = 0; i < feeds->count; i++)
		if (slice_equal(name, feeds->feeds[i].name)) {
			feeds->feeds[i].held = true;
			fprintf(stderr, "registrar: %s is still stopped\n",
				feeds->feeds[i].name);
		}
}

int
registrar_feeds_load(struct registrar_feeds *feeds, int folder)
{
	char bytes[STOPPED_BYTES_MAX];
	const int fd = openat(folder, STOPPED_NAME,
			      O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct slice rest = {bytes, 0};
	ssize_t n;

	feeds->folder = folder;
	if (fd < 0 && errno == ENOENT)
		return 0;
	n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	if (fd >= 0)
		close(fd);
	/* Not known: then all that can be stopped is. */
	for (size_t i = 0; n < 0 && i < feeds->count; i++)
		feeds->feeds[i].held = feeds->feeds[i].radacct != NULL;
	if (n < 0)
		return -EIO;
	rest.length = (size_t)n;
	while (rest.at && rest.length)
		stopped_take(feeds, slice_split(&rest, '\n'));
	return 0;
}

static void
stop_say(struct registrar_feeds *feeds, struct feed *feed)
{
	const char *why = feed->radacct ? radacct_stopped(feed->radacct) : NULL;
	const bool before = feed->said;

	feed->said = why != NULL;
	if (!why || before)
		return;
	fprintf(stderr,
		"registrar: ALARM: %s is stopped: %s; nothing of it is taken "
		"until somebody has looked and made the file resume in the "
		"registrar's folder\n",
		feed->name, why);
	if (feeds->folder >= 0)
		stopped_store(feeds);
}

/* True: nothing of it is taken. */
static bool
is_held(const struct feed *feed, const struct lease_output *output)
{
	if (feed->held && output->refused)
		output->refused(output->context, 0, "stopped");
	return feed->held;
}

void
registrar_feeds_take(struct registrar_feeds *feeds, size_t file,
		     const struct raw_record *record, uint64_t origin,
		     const struct lease_output *output)
{
	struct feed *feed = &feeds->feeds[file];
	const struct lease_chunk chunk = {
	    .header = record->header,
	    .bytes = {(const char *)record->bytes, record->length},
	    .offset = record->offset,
	    .origin = origin,
	    .arrival = {record->fresh ? record->arrival.us : TIMES_UNSET_US},
	    .end = record->last};
	size_t taken;

	if (is_held(feed, output))
		return;
	taken = feed_take(feed, &chunk, output);
	/* It was cut where its decoder said. */
	if (taken < record->length && output->refused)
		output->refused(output->context, taken, "cut record");
	stop_say(feeds, feed);
}

void
registrar_feeds_rows(struct registrar_feeds *feeds, size_t database,
		     const struct raw_record *record, uint64_t origin,
		     const struct lease_output *output)
{
	struct feed *feed = &feeds->feeds[feeds->file_count + database];
	const struct lease_chunk chunk = {
	    .bytes = {(const char *)record->bytes, record->length},
	    .origin = origin,
	    .arrival = {TIMES_UNSET_US}, /* a row may be of long ago */
	    .end = true};

	if (is_held(feed, output))
		return;
	(void)radacct_feed(feed->radacct, &chunk, output);
	stop_say(feeds, feed);
}

unsigned
registrar_feeds_stopped(const struct registrar_feeds *feeds)
{
	unsigned stopped = 0;

	for (size_t i = 0; i < feeds->count; i++)
		stopped += feeds->feeds[i].said || feeds->feeds[i].held;
	return stopped;
}

void
registrar_feeds_resume(struct registrar_feeds *feeds)
{
	for (size_t i = 0; i < feeds->count; i++) {
		struct feed *feed = &feeds->feeds[i];

		if (feed->said)
			radacct_begin(feed->radacct);
		feed->said = feed->held = false;
	}
	if (feeds->folder >= 0)
		(void)unlinkat(feeds->folder, STOPPED_NAME, 0);
}
