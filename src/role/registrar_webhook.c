/* SPDX-License-Identifier: Apache-2.0 */
/* From the web role's spool of machines to the raw log, and from that on. */
#include "role/registrar_webhook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "spool/spool.h"

#define STEP_MAX 256
#define CLOCK_ERROR_US (5 * TIMES_SECOND_US) /* of who says it */

struct registrar_webhook {
	char path[CONF_PATH_SIZE + 32];
	int folder;
	struct spool_reader *reader; /* NULL: to be opened behind `taken` */
	uint64_t taken, kept;
	int said_error;
};

struct registrar_webhook *
registrar_webhook_new(const char *state_root)
{
	struct registrar_webhook *made = memory_new(1, sizeof(*made));

	if (!made)
		return NULL;
	made->folder = -1;
	snprintf(made->path, sizeof(made->path), "%s/" REGISTRAR_WEBHOOK_FOLDER,
		 state_root);
	return made;
}

void
registrar_webhook_free(struct registrar_webhook *webhook)
{
	if (!webhook)
		return;
	spool_reader_close(webhook->reader);
	memory_free(webhook);
}

int
registrar_webhook_open(struct registrar_webhook *webhook, int folder)
{
	const int fd = openat(folder, REGISTRAR_WEBHOOK_MARK,
			      O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int error;

	webhook->folder = folder;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	error = spool_watermark_read_fd(fd, &webhook->taken);
	close(fd);
	webhook->kept = webhook->taken;
	return error;
}

static void
complain(struct registrar_webhook *webhook, int error)
{
	if (error && error != webhook->said_error)
		fprintf(stderr, "registrar: %s: %s\n", webhook->path,
			lz_strerror(error));
	webhook->said_error = error;
}

static void
reader_drop(struct registrar_webhook *webhook)
{
	spool_reader_close(webhook->reader);
	webhook->reader = NULL;
}

/* The next record into the sink: 1, 0 at the end, negative. */
static int
one_take(struct registrar_webhook *webhook, registrar_files_sink *sink,
	 void *context)
{
	const uint8_t *body;
	size_t length;
	uint64_t sequence;
	struct raw_record record;
	int got = spool_reader_next(webhook->reader, &body, &length, &sequence);

	if (got != 1)
		return got;
	/* Whatever else stands there isn't what the web role writes. */
	got = raw_record_decode(body, length, &record);
	if (!got && record.kind != RAW_MACHINES)
		got = LZ_E_FORMAT;
	if (got)
		complain(webhook, got);
	else if (sink(context, &record) != 0)
		return -EAGAIN;
	webhook->taken = sequence;
	return 1;
}

int
registrar_webhook_step(struct registrar_webhook *webhook,
		       registrar_files_sink *sink, void *context)
{
	int got = 1;

	if (!webhook->reader) {
		const int error = spool_reader_open(webhook->path,
						    webhook->taken,
						    &webhook->reader);

		if (error) {
			webhook->reader = NULL;
			complain(webhook, error);
			return 0;
		}
	}
	for (unsigned i = 0; i < STEP_MAX && got == 1; i++)
		got = one_take(webhook, sink, context);
	/* Damage: the reader goes on behind it by itself. */
	if (got == LZ_E_CHECKSUM) {
		complain(webhook, got);
		return 1;
	}
	if (got < 0) {
		if (got != -EAGAIN)
			complain(webhook, got);
		reader_drop(webhook);
		return 0;
	}
	return got;
}

int
registrar_webhook_kept(struct registrar_webhook *webhook)
{
	int error;

	if (webhook->kept == webhook->taken)
		return 0;
	error = spool_watermark_write(webhook->folder, REGISTRAR_WEBHOOK_MARK,
				      webhook->taken);
	if (!error)
		webhook->kept = webhook->taken;
	return error;
}

int
registrar_webhook_decode(struct machines *machines,
			 const struct raw_record *record, uint64_t origin,
			 struct tracker_source *source,
			 const struct lease_output *output)
{
	const struct lease_chunk chunk = {.bytes = {(const char *)record->bytes,
						    record->length},
					  .origin = origin,
					  .arrival = record->arrival,
					  .end = true};

	if (!machines)
		return LZ_E_NOT_FOUND;
	*source = (struct tracker_source){.sessions_numbered = true,
					  .error_us = CLOCK_ERROR_US,
					  .gap = times_unset()};
	machines_json(machines, &chunk, output);
	return 0;
}
