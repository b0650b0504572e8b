/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to the desk, through the command spool. */
#include "role/command_send.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "spool/spool.h"

#define LOOK_AGAIN_MS 20
#define RING_AGAIN_MS 1000
#define PATH_SIZE (CONF_PATH_SIZE + 32)

/* ------------------------------------------------------------ who, why */

/* Bytes of one character of printable UTF-8; 0: it is none. */
static size_t
character_length(const unsigned char *at)
{
	uint32_t code;
	size_t length;

	if (*at < 0x80)
		return *at >= 0x20 && *at != 0x7f;
	length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
	if (*at < 0xc2 || *at > 0xf4)
		return 0;
	code = *at & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) /* the NUL, too */
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	/* Overlong forms, surrogates, C1 controls, what there isn't. */
	if (code < 0xa0 || (length == 3 && code < 0x800) ||
	    (length == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

static bool
is_printable(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		const size_t length = character_length(at);

		if (length == 0)
			return false;
		at += length;
	}
	return true;
}

const char *
command_reason_check(const char *reason)
{
	if (slice_trim(slice_of(reason)).length == 0)
		return "it is empty";
	if (strlen(reason) >= CASE_TEXT_SIZE)
		return "it is longer than 95 bytes";
	if (!is_printable(reason))
		return "it holds control characters or isn't UTF-8";
	return NULL;
}

void
command_actor(char actor[CASE_TEXT_SIZE])
{
	const struct passwd *user = getpwuid(getuid());
	/* What sudo says is worth something only where root passes it on. */
	const char *behind = getuid() == 0 ? getenv("SUDO_USER") : NULL;
	const char *behind_id = getenv("SUDO_UID");
	struct text text;

	_Static_assert(CASE_TEXT_SIZE == 96, "as the text above says");
	text_init(&text, actor, CASE_TEXT_SIZE);
	if (user && is_printable(user->pw_name) && strlen(user->pw_name) <= 32)
		text_add(&text, user->pw_name);
	text_add(&text, text.length ? " (uid " : "(uid ");
	text_u64(&text, getuid());
	text_char(&text, ')');
	if (!behind || !behind_id || !*behind || !is_printable(behind) ||
	    strlen(behind) > 32 ||
	    strspn(behind_id, "0123456789") != strlen(behind_id) ||
	    strlen(behind_id) > 10)
		return;
	text_add(&text, " for ");
	text_add(&text, behind);
	text_add(&text, " (uid ");
	text_add(&text, behind_id);
	text_char(&text, ')');
}

/* -------------------------------------------------------------- waiting */

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
wait_a_moment(void)
{
	const struct timespec moment = {0, LOOK_AGAIN_MS * 1000000L};

	nanosleep(&moment, NULL);
}

static int
open_waiting(const char *path, int64_t ms_max, struct spool_writer **writer)
{
	const int64_t deadline = now_ms() + ms_max;
	int error = spool_writer_open(path, writer);

	while (error == LZ_E_EXISTS && now_ms() < deadline) {
		wait_a_moment();
		error = spool_writer_open(path, writer);
	}
	return error;
}

/* Until the desk's watermark covers the sequence. */
static int
wait_for_desk(const char *bell_path, const char *ack, uint64_t sequence,
	      int64_t ms_max)
{
	const int64_t deadline = now_ms() + ms_max;
	const int bell = spool_bell_open();
	int64_t ring_at = now_ms();
	uint64_t done = 0;
	int error = bell < 0 ? bell : 0;

	while (!error && done < sequence) {
		if (now_ms() >= ring_at) {
			spool_bell_ring(bell, bell_path);
			ring_at = now_ms() + RING_AGAIN_MS;
		}
		error = spool_watermark_read(ack, &done);
		/* A slot being written: the next look sees it whole. */
		if (error == LZ_E_CHECKSUM)
			error = 0;
		if (!error && done < sequence) {
			error = now_ms() < deadline ? 0 : -ETIMEDOUT;
			wait_a_moment();
		}
	}
	if (bell >= 0)
		close(bell);
	/* It is in the spool: no error takes it out again. */
	return error ? -ETIMEDOUT : 0;
}

/* -------------------------------------------------------------- sending */

static int
append(struct spool_writer *writer, const char *ack, const void *bytes,
       size_t length, uint64_t *sequence)
{
	uint64_t done;
	int error = spool_watermark_read(ack, &done);

	if (!error)
		error = spool_writer_trim(writer, done);
	/* A spool put back from an older copy: the desk would pass over it. */
	if (!error && spool_writer_last(writer) < done)
		error = spool_writer_skip(writer, done);
	if (!error)
		error = spool_writer_append(writer, bytes, length, sequence);
	return error ? error : spool_writer_sync(writer);
}

int
command_append(const struct conf *conf, const void *bytes, size_t length,
	       int64_t lock_ms_max, uint64_t *sequence)
{
	char spool[PATH_SIZE], ack[PATH_SIZE];
	struct spool_writer *writer;
	mode_t mask;
	int error;

	snprintf(spool, sizeof(spool), "%s/command/spool", conf->state_dir);
	snprintf(ack, sizeof(ack), "%s/desk/ack.command", conf->state_dir);
	/* The desk reads as a member of the group, whatever our mask is. */
	mask = umask(0027);
	error = open_waiting(spool, lock_ms_max, &writer);
	if (!error) {
		error = append(writer, ack, bytes, length, sequence);
		/* Let go before the answer: others may order meanwhile. */
		spool_writer_close(writer);
	}
	(void)umask(mask);
	return error;
}

int
command_send(const struct conf *conf, const struct command *command,
	     struct command_wait wait, uint64_t *sequence)
{
	char bell[PATH_SIZE], ack[PATH_SIZE];
	uint8_t bytes[COMMAND_BYTES_MAX];
	struct writer body;
	int error;

	snprintf(bell, sizeof(bell), "%s/desk.bell", conf->run_dir);
	snprintf(ack, sizeof(ack), "%s/desk/ack.command", conf->state_dir);
	error = spool_bell_try(bell);
	if (error == -ENOENT || error == -ECONNREFUSED)
		return LZ_E_STATE;
	if (error)
		return error;
	writer_init(&body, bytes, sizeof(bytes));
	command_encode(&body, command);
	if (body.failed)
		return LZ_E_FULL;
	error = command_append(conf, bytes, body.length, wait.lock_ms_max,
			       sequence);
	return error ? error
		     : wait_for_desk(bell, ack, *sequence, wait.answer_ms_max);
}

int
audit_send(const struct conf *conf, const struct audit *audit)
{
	uint8_t bytes[AUDIT_BYTES_MAX];
	char bell[PATH_SIZE];
	struct writer body;
	uint64_t sequence;
	int error, ring;

	writer_init(&body, bytes, sizeof(bytes));
	audit_encode(&body, audit);
	if (body.failed)
		return LZ_E_FULL;
	error = command_append(conf, bytes, body.length,
			       COMMAND_WAIT.lock_ms_max, &sequence);
	if (error)
		return error;
	/* It is kept, whether the desk hears now or comes to it later. */
	snprintf(bell, sizeof(bell), "%s/desk.bell", conf->run_dir);
	ring = spool_bell_open();
	if (ring >= 0) {
		spool_bell_ring(ring, bell);
		close(ring);
	}
	return 0;
}
