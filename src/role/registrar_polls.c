/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's third thread: databases. */
#include "role/registrar_polls.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/memory.h"
#include "lease/radacct.h"
#include "role/secret_file.h"
#include "store/radacct_query.h"

#define PASSWORD_SIZE 256
#define FULL_MS 50 /* the intake has too much already */
#define COMPLAINT_US TIMES_MINUTE_US

struct database {
	const struct registrar_database *conf;
	struct registrar_polls *all;
	uint16_t index;
	char password[PASSWORD_SIZE];
	struct radacct_query *query;
	struct radacct_place place;
	int64_t due_us, complained_us; /* monotonic */
	int64_t begun_us;              /* the present poll, our clock */
};

struct registrar_polls {
	struct intake *intake;
	size_t count;
	struct database databases[REGISTRAR_DATABASES_MAX];
	int stop;
	bool started;
	pthread_t thread;
};

/* True: asked to end meanwhile. */
static bool
wait_ms(struct registrar_polls *polls, int ms)
{
	struct pollfd polled = {.fd = polls->stop, .events = POLLIN};

	return poll(&polled, 1, ms) > 0;
}

static int
put(struct database *database, uint8_t kind, const void *bytes, size_t length)
{
	const struct raw_record record = {.kind = kind,
					  .input = database->index,
					  .arrival = {database->begun_us},
					  .name = database->conf->name,
					  .name_length =
					      strlen(database->conf->name),
					  .bytes = bytes,
					  .length = length};
	int error;

	while ((error = intake_put(database->all->intake, &record)) ==
	       LZ_E_FULL)
		if (wait_ms(database->all, FULL_MS))
			return -ECANCELED;
	return error;
}

static int
take_rows(void *context, const char *csv, size_t length)
{
	return put(context, RAW_ROWS, csv, length);
}

static int
say_whole(struct database *database)
{
	uint8_t bytes[REGISTRAR_PLACE_SIZE];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_u64(&writer, database->place.id);
	writer_u64(&writer, (uint64_t)database->place.seen_us);
	return put(database, RAW_WHOLE, bytes, sizeof(bytes));
}

static void
database_poll(struct database *database)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	struct radacct_place place = database->place;
	char message[STORE_MESSAGE_SIZE] = "";
	int error;

	database->due_us = now + database->conf->poll_us;
	database->begun_us = role_clock_us(CLOCK_REALTIME);
	error = radacct_query_poll(database->query, &place, take_rows, database,
				   message);
	if (!error) {
		database->place = place;
		error = say_whole(database);
	}
	if (!error || error == -ECANCELED ||
	    (database->complained_us &&
	     now - database->complained_us < COMPLAINT_US))
		return;
	database->complained_us = now;
	fprintf(stderr, "registrar: %s: %s; it is asked again\n",
		database->conf->name, *message ? message : lz_strerror(error));
}

static void *
run(void *context)
{
	struct registrar_polls *polls = context;
	bool stopping = false;

	while (!stopping) {
		int64_t next_us = INT64_MAX;

		for (size_t i = 0; i < polls->count; i++) {
			struct database *database = &polls->databases[i];

			if (role_clock_us(CLOCK_MONOTONIC) >= database->due_us)
				database_poll(database);
			if (database->due_us < next_us)
				next_us = database->due_us;
		}
		next_us -= role_clock_us(CLOCK_MONOTONIC);
		stopping = wait_ms(polls,
				   next_us > 0 ? (int)(next_us / 1000) + 1 : 0);
	}
	return NULL;
}

/* The first line of a file. */
static int
password_read(struct database *database)
{
	const char *path = database->conf->password_file;
	FILE *file;
	int error = 0;

	if (!*path)
		return 0;
	file = secret_file_open(path);
	if (!file ||
	    (!fgets(database->password, PASSWORD_SIZE, file) && ferror(file)))
		error = -errno;
	database->password[strcspn(database->password, "\r\n")] = '\0';
	if (error)
		fprintf(stderr, "registrar: password of %s: %s: %s\n",
			database->conf->name, path, lz_strerror(error));
	if (file)
		fclose(file);
	return error;
}

int
registrar_polls_new(const struct conf *conf, struct intake *intake,
		    struct registrar_polls **polls)
{
	struct registrar_polls *made = memory_new(1, sizeof(*made));
	int error = 0;

	*polls = made;
	if (!made)
		return LZ_E_MEMORY;
	made->intake = intake;
	made->count = conf->registrar.database_count;
	made->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (made->stop < 0)
		return -errno;
	for (size_t i = 0; i < made->count && !error; i++) {
		struct database *database = &made->databases[i];

		database->conf = &conf->registrar.databases[i];
		database->all = made;
		database->index = (uint16_t)i;
		error = password_read(database);
		database->query = radacct_query_new(database->conf->postgres,
						    database->password,
						    RADACCT_COLUMNS,
						    made->stop);
		if (!error && !database->query)
			error = LZ_E_MEMORY;
	}
	return error;
}

void
registrar_polls_place(struct registrar_polls *polls, size_t database,
		      const uint8_t place[REGISTRAR_PLACE_SIZE])
{
	struct cursor cursor;

	cursor_init(&cursor, place, REGISTRAR_PLACE_SIZE);
	polls->databases[database].place.id = cursor_u64(&cursor);
	polls->databases[database].place.seen_us = (int64_t)cursor_u64(&cursor);
}

int
registrar_polls_start(struct registrar_polls *polls)
{
	const int error = pthread_create(&polls->thread, NULL, run, polls);

	polls->started = error == 0;
	return -error;
}

void
registrar_polls_stop(struct registrar_polls *polls)
{
	const uint64_t one = 1;

	if (polls->started &&
	    write(polls->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(polls->thread, NULL);
	polls->started = false;
}

void
registrar_polls_free(struct registrar_polls *polls)
{
	if (!polls)
		return;
	registrar_polls_stop(polls);
	for (size_t i = 0; i < polls->count; i++) {
		radacct_query_free(polls->databases[i].query);
		explicit_bzero(polls->databases[i].password, PASSWORD_SIZE);
	}
	if (polls->stop >= 0)
		close(polls->stop);
	memory_free(polls);
}
