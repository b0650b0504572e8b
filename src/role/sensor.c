/* SPDX-License-Identifier: Apache-2.0 */
/* The sensor's deciding thread. */
#include "role/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "detect/detect.h"
#include "flow/decoder.h"
#include "role/counter_table.h"
#include "role/indicator_files.h"
#include "role/learned_file.h"
#include "role/receiver.h"
#include "role/ring.h"
#include "spool/spool.h"

#define SYNC_US 5000 /* a sighting waits no longer for company */
#define HOUSEKEEPING_US TIMES_SECOND_US
#define DATAGRAMS_A_TURN 64
/* What routers said is written down when it changes, and kept fresh. */
#define LEARNED_US_MIN (10 * TIMES_SECOND_US)
#define LEARNED_US_MAX TIMES_MINUTE_US
#define WATCHED_NAME "watched" /* file: up to where windows were closed */
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

struct sensor {
	struct role *role;
	struct flow_decoder *decoder;
	struct indicator_list *indicators;
	struct detect *detect;
	struct ring *ring;
	struct receiver *receiver;
	struct spool_writer *spool;
	int wake, folder, bell, ack;
	char spool_path[CONF_PATH_SIZE], bell_path[CONF_PATH_SIZE];
	struct role_needs needs;
	const char *write_paths[2];
	struct role_fd_call fd_calls[2];

	bool unsynced;
	int64_t unsynced_since_us, sync_not_before_us; /* monotonic */
	int64_t housekept_us, datagram_us;             /* monotonic */
	int64_t watched_us;
	int64_t learned_us; /* written, monotonic */
	uint64_t learned;
	int64_t complained_us;
	/* Detector statistics already counted. */
	struct detect_stats counted;
	struct flow_decoder_stats decoded;
};

/* What the signal handler may touch. */
static volatile sig_atomic_t stopping;
static int stop_wake = -1;

static void
stop(int number)
{
	const uint64_t one = 1;
	const int saved = errno;

	(void)number;
	stopping = 1;
	if (write(stop_wake, &one, sizeof(one)) < 0)
		stopping = 2; /* its ceiling: the loop is awake anyhow */
	errno = saved;
}

static void
complain(struct sensor *sensor, const char *what, int error)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);

	if (sensor->complained_us &&
	    now - sensor->complained_us < TIMES_MINUTE_US)
		return;
	sensor->complained_us = now;
	fprintf(stderr, "sensor: %s: %s\n", what, lz_strerror(error));
}

static void
sync_spool(struct sensor *sensor)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	int error;

	if (!sensor->unsynced || now < sensor->sync_not_before_us)
		return;
	error = spool_writer_sync(sensor->spool);
	if (error) {
		/* They wait in the writer; a full disk isn't asked all the
		 * time. */
		sensor->sync_not_before_us = now + TIMES_SECOND_US;
		counters_add(sensor->role->counters,
			     COUNTER_SENSOR_SPOOL_ERRORS, 1);
		complain(sensor, "the spool can't be synced", error);
		return;
	}
	sensor->unsynced = false;
	counters_set(sensor->role->counters, COUNTER_SENSOR_SPOOL_LAST,
		     spool_writer_last(sensor->spool));
	spool_bell_ring(sensor->bell, sensor->bell_path);
}

static void
take_sighting(void *context, const struct sighting *sighting)
{
	struct sensor *sensor = context;
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct writer writer;
	int error = LZ_E_RANGE;

	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, sighting);
	if (!writer.failed)
		error = spool_writer_append(sensor->spool, bytes, writer.length,
					    NULL);
	counters_add(sensor->role->counters, COUNTER_SENSOR_SIGHTINGS, 1);
	if (error) {
		counters_add(sensor->role->counters,
			     COUNTER_SENSOR_SPOOL_REFUSED, 1);
		complain(sensor, "a sighting is lost, the spool takes no more",
			 error);
		return;
	}
	if (!sensor->unsynced)
		sensor->unsynced_since_us = role_clock_us(CLOCK_MONOTONIC);
	sensor->unsynced = true;
}

static void
take_flows(void *context, const struct flow_record *records, size_t count)
{
	struct sensor *sensor = context;
	struct flow_exporter_stats exporter;

	/* A batch is of one datagram, so of one exporter. */
	flow_decoder_exporter(sensor->decoder, records[0].exporter, &exporter);
	if (exporter.disputed)
		detect_dispute(sensor->detect, records[0].exporter);
	detect_exporter(sensor->detect, records[0].exporter, &exporter.addr);
	detect_flows(sensor->detect, records, count, take_sighting, sensor);
}

static void
count_detect(struct sensor *sensor)
{
	struct counters *counters = sensor->role->counters;
	struct detect_stats now;

	detect_stats(sensor->detect, &now);
	counters_add(counters, COUNTER_SENSOR_LATE,
		     now.late_milli_packets / 1000 -
			 sensor->counted.late_milli_packets / 1000);
	counters_add(counters, COUNTER_SENSOR_IMPLAUSIBLE,
		     now.implausible - sensor->counted.implausible);
	counters_add(counters, COUNTER_SENSOR_OUTSIDE,
		     now.outside - sensor->counted.outside);
	counters_add(counters, COUNTER_SENSOR_PAIRS_EVICTED,
		     now.pairs_evicted - sensor->counted.pairs_evicted);
	counters_add(counters, COUNTER_SENSOR_SUBJECTS_EVICTED,
		     now.subjects_evicted - sensor->counted.subjects_evicted);
	counters_set(counters, COUNTER_SENSOR_SUBJECTS, now.subjects);
	counters_set(counters, COUNTER_SENSOR_PAIRS, now.pairs);
	counters_set(counters, COUNTER_SENSOR_DETECT_BYTES, now.bytes);
	if (now.records)
		counters_set(counters, COUNTER_SENSOR_RECORD_TIME,
			     (uint64_t)now.record_time_us);
	sensor->counted = now;
}

static void
count_decoder(struct sensor *sensor)
{
	struct counters *counters = sensor->role->counters;
	const uint32_t exporters = flow_decoder_exporter_count(sensor->decoder);
	uint64_t seen = 0, lost = 0, disputed = 0;
	struct flow_decoder_stats now;

	flow_decoder_stats(sensor->decoder, &now);
	counters_add(counters, COUNTER_SENSOR_RECORDS,
		     now.records - sensor->decoded.records);
	counters_add(counters, COUNTER_SENSOR_UNSUPPORTED,
		     now.unsupported - sensor->decoded.unsupported);
	for (unsigned i = 0; i < FLOW_MALFORMED_COUNT; i++)
		counters_add(counters, COUNTER_SENSOR_MALFORMED_HEADER + i,
			     now.malformed[i] - sensor->decoded.malformed[i]);
	sensor->decoded = now;
	for (uint32_t i = 0; i < exporters; i++) {
		struct flow_exporter_stats exporter;

		flow_decoder_exporter(sensor->decoder, i, &exporter);
		/* Those of before a restart may never speak again. */
		seen += exporter.datagrams > 0 && !exporter.superseded;
		lost += exporter.lost;
		disputed += exporter.disputed && !exporter.superseded;
	}
	counters_set(counters, COUNTER_SENSOR_EXPORTERS, seen);
	counters_set(counters, COUNTER_SENSOR_DISPUTED, disputed);
	counters_set(counters, COUNTER_SENSOR_EXPORT_LOST, lost);
}

static void
trim_spool(struct sensor *sensor)
{
	uint64_t read = 0;
	int error;

	if (sensor->ack < 0)
		return;
	error = spool_watermark_read_fd(sensor->ack, &read);
	if (!error)
		error = spool_writer_trim(sensor->spool, read);
	if (error)
		complain(sensor, "the spool can't be trimmed", error);
	counters_set(sensor->role->counters, COUNTER_SENSOR_SPOOL_READ, read);
}

static void
note_watched(struct sensor *sensor, int64_t until_us)
{
	const int error = spool_watermark_write(sensor->folder, WATCHED_NAME,
						(uint64_t)until_us);

	sensor->watched_us = until_us;
	if (error)
		complain(sensor, "can't note what was watched", error);
}

static void
keep_learned(struct sensor *sensor, int64_t now)
{
	const uint64_t learned = flow_decoder_learned(sensor->decoder);
	int error;

	if (flow_decoder_exporter_count(sensor->decoder) == 0 ||
	    now - sensor->learned_us <
		(learned != sensor->learned ? LEARNED_US_MIN : LEARNED_US_MAX))
		return;
	error = learned_file_write(sensor->folder,
				   (struct at_arrival){
				       role_clock_us(CLOCK_REALTIME)},
				   sensor->decoder);
	if (error)
		complain(sensor, "can't keep what routers said", error);
	sensor->learned = learned;
	sensor->learned_us = now;
}

/* Once a second. */
static void
housekeep(struct sensor *sensor, int64_t now)
{
	/* Exporters are silent: time passes all the same, a little behind
	 * ours, so that one who was only slow isn't late. */
	if (sensor->counted.records &&
	    now - sensor->datagram_us >= TIMES_SECOND_US)
		detect_advance(sensor->detect,
			       (struct at_event){role_clock_us(CLOCK_REALTIME) -
						 TIMES_SECOND_US},
			       take_sighting, sensor);
	counters_beat(sensor->role->counters);
	count_detect(sensor);
	count_decoder(sensor);
	trim_spool(sensor);
	keep_learned(sensor, now);
	if (sensor->counted.records &&
	    sensor->counted.closed_until_us > sensor->watched_us)
		note_watched(sensor, sensor->counted.closed_until_us);
	sensor->housekept_us = now;
}

/* What was open when the sensor ended is lost; since when, is said. */
static void
say_gap(struct sensor *sensor)
{
	const int64_t now = role_clock_us(CLOCK_REALTIME);
	char message[2 * TIMES_RFC3339_SIZE + 80];
	char path[CONF_PATH_SIZE + sizeof(WATCHED_NAME) + 1];
	struct text text;
	uint64_t until;
	int error;

	snprintf(path, sizeof(path), "%s/" WATCHED_NAME,
		 sensor->role->state_dir);
	error = spool_watermark_read(path, &until);
	if (error) {
		fprintf(stderr,
			"sensor: %s: %s; since when nothing was "
			"watched is unknown\n",
			path, lz_strerror(error));
		return;
	}
	if (until == 0 || (int64_t)until >= now)
		return;
	counters_add(sensor->role->counters, COUNTER_SENSOR_GAPS, 1);
	counters_add(sensor->role->counters, COUNTER_SENSOR_GAP_US,
		     (uint64_t)now - until);
	/* Said; another death soon doesn't say it once more. */
	note_watched(sensor, now);
	text_init(&text, message, sizeof(message));
	text_add(&text, "not watched: ");
	times_format(&text, (int64_t)until);
	text_add(&text, " to ");
	times_format(&text, now);
	fprintf(stderr, "sensor: %s (restarted; open windows are lost)\n",
		message);
}

static int
keys_make(struct conf *conf)
{
	struct hash_key keys[2];

	if (getrandom(keys, sizeof(keys), 0) != sizeof(keys))
		return -errno;
	conf->flow.key = keys[0];
	conf->detect.key = keys[1];
	return 0;
}

static bool
detectors_make(struct sensor *sensor)
{
	struct conf *conf = sensor->role->conf;
	uint64_t refused;

	if (keys_make(conf) != 0)
		return false;
	sensor->indicators = indicator_files_read(conf, conf->detect.key,
						  &refused);
	if (!sensor->indicators)
		return false;
	conf->detect.indicators = sensor->indicators;
	counters_set(sensor->role->counters, COUNTER_SENSOR_INDICATORS,
		     indicator_list_count(sensor->indicators));
	counters_set(sensor->role->counters, COUNTER_SENSOR_INDICATORS_REFUSED,
		     refused);
	sensor->decoder = flow_decoder_new(&conf->flow);
	sensor->detect = detect_new(&conf->detect);
	sensor->ring = ring_new();
	return sensor->decoder && sensor->detect && sensor->ring;
}

static bool
files_open(struct sensor *sensor)
{
	struct role *role = sensor->role;
	char ack[CONF_PATH_SIZE + 32];
	struct role_user user;
	int error;

	role_user(role->conf, role->number, &user);
	snprintf(ack, sizeof(ack), "%s/desk/ack.sensor", role->state_root);
	if ((size_t)snprintf(sensor->spool_path, CONF_PATH_SIZE, "%s/spool",
			     role->state_dir) >= CONF_PATH_SIZE ||
	    (size_t)snprintf(sensor->bell_path, CONF_PATH_SIZE, "%s/desk.bell",
			     role->run_dir) >= CONF_PATH_SIZE)
		return false;
	error = role_folder(sensor->spool_path, &user, 02750);
	if (error) {
		fprintf(stderr, "sensor: %s: %s\n", sensor->spool_path,
			lz_strerror(error));
		return false;
	}
	sensor->ack = open(ack, O_RDONLY | O_CLOEXEC);
	if (sensor->ack < 0)
		fprintf(stderr,
			"sensor: %s: %s; the spool keeps everything until the "
			"next start\n",
			ack, strerror(errno));
	sensor->folder = open(role->state_dir,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sensor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sensor->bell = spool_bell_open();
	return sensor->folder >= 0 && sensor->wake >= 0 && sensor->bell >= 0;
}

static void
needs_fill(struct sensor *sensor)
{
	static const int calls[] = {SCMP_SYS(recvmmsg),
				    SCMP_SYS(poll),
				    SCMP_SYS(ppoll),
				    SCMP_SYS(openat),
				    SCMP_SYS(pread64),
				    SCMP_SYS(pwrite64),
				    SCMP_SYS(fdatasync),
				    SCMP_SYS(fsync),
				    SCMP_SYS(ftruncate),
				    SCMP_SYS(unlinkat),
				    SCMP_SYS(getdents64),
				    SCMP_SYS(flock),
				    SCMP_SYS(fallocate),
				    SCMP_SYS(msync),
				    SCMP_SYS(renameat),
				    SCMP_SYS(renameat2),
				    -1};

	sensor->write_paths[0] = sensor->role->state_dir;
	sensor->fd_calls[0] = (struct role_fd_call){SCMP_SYS(sendto),
						    sensor->bell};
	sensor->fd_calls[1] = (struct role_fd_call){-1, -1};
	sensor->needs = (struct role_needs){.write_paths = sensor->write_paths,
					    .syscalls = calls,
					    .fd_calls = sensor->fd_calls,
					    .threads = true};
}

int
sensor_open(struct role *role, struct sensor **sensor)
{
	struct sensor *made = memory_new(1, sizeof(*made));
	int error;

	*sensor = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->wake = made->folder = made->bell = made->ack = -1;
	if (!detectors_make(made) || !files_open(made))
		return EXIT_CONF;
	error = receiver_new(role->sockets, role->socket_count, made->wake,
			     made->ring, role->counters, &made->receiver);
	if (error) {
		fprintf(stderr, "sensor: sockets: %s\n", lz_strerror(error));
		return EXIT_CONF;
	}
	if (role->socket_count == 0)
		fprintf(stderr, "sensor: no socket was handed down: nothing "
				"will be received\n");
	needs_fill(made);
	return 0;
}

const struct role_needs *
sensor_needs(struct sensor *sensor)
{
	return &sensor->needs;
}

/* Behind the sandbox, so that the files are the role's own. */
static int
spool_begin(struct sensor *sensor)
{
	uint64_t read = 0;
	int error = spool_writer_open(sensor->spool_path, &sensor->spool);

	if (!error && sensor->ack >= 0)
		error = spool_watermark_read_fd(sensor->ack, &read);
	if (!error && read > spool_writer_last(sensor->spool)) {
		fprintf(stderr,
			"sensor: the desk has read to %" PRIu64
			", the spool ends at %" PRIu64 ": going on behind\n",
			read, spool_writer_last(sensor->spool));
		error = spool_writer_skip(sensor->spool, read);
	}
	if (error)
		fprintf(stderr, "sensor: %s: %s\n", sensor->spool_path,
			lz_strerror(error));
	return error;
}

/* Templates of before, so that data can be read before they are repeated. */
static int
learned_begin(struct sensor *sensor)
{
	const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};
	int error = learned_file_read(sensor->folder, now, sensor->decoder);

	sensor->learned = flow_decoder_learned(sensor->decoder);
	if (!error)
		return 0;
	fprintf(stderr,
		"sensor: " LEARNED_FILE_NAME ": %s; waiting for routers to "
		"repeat their templates\n",
		lz_strerror(error));
	flow_decoder_free(sensor->decoder);
	sensor->decoder = flow_decoder_new(&sensor->role->conf->flow);
	return sensor->decoder ? 0 : LZ_E_MEMORY;
}

static void
signals_install(struct sensor *sensor)
{
	struct sigaction action = {.sa_handler = stop};

	stop_wake = sensor->wake;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGHUP, SIG_IGN);
}

/* Decodes what has come; true when nothing is left. */
static bool
turn(struct sensor *sensor)
{
	struct flow_datagram datagram;

	for (unsigned i = 0; i < DATAGRAMS_A_TURN; i++) {
		if (!ring_peek(sensor->ring, &datagram))
			return true;
		(void)flow_decoder_datagram(sensor->decoder, &datagram,
					    take_flows, sensor);
		ring_pop(sensor->ring);
		sensor->datagram_us = role_clock_us(CLOCK_MONOTONIC);
	}
	return false;
}

static void
wait_for_more(struct sensor *sensor, int64_t now)
{
	struct pollfd polled = {.fd = sensor->wake, .events = POLLIN};
	int64_t left_us = sensor->housekept_us + HOUSEKEEPING_US - now;
	uint64_t rings;

	if (left_us < 0)
		left_us = 0;
	if (poll(&polled, 1, (int)(left_us / 1000) + 1) > 0 &&
	    read(sensor->wake, &rings, sizeof(rings)) < 0)
		polled.revents = 0; /* taken already */
}

int
sensor_run(struct sensor *sensor, const char *note)
{
	if (spool_begin(sensor) != 0)
		return EXIT_CONF;
	if (learned_begin(sensor) != 0)
		return EXIT_FAULT;
	signals_install(sensor);
	say_gap(sensor);
	if (receiver_start(sensor->receiver) != 0)
		return EXIT_FAULT;
	role_ready(sensor->role, note);
	while (!stopping) {
		const bool idle = turn(sensor);
		const int64_t now = role_clock_us(CLOCK_MONOTONIC);

		if (now - sensor->housekept_us >= HOUSEKEEPING_US)
			housekeep(sensor, now);
		if (idle || now - sensor->unsynced_since_us >= SYNC_US)
			sync_spool(sensor);
		if (idle)
			wait_for_more(sensor, now);
	}
	/* What left the sockets is still looked at.  Open windows aren't judged
	 * early: the other direction may be on its way. */
	receiver_stop(sensor->receiver);
	while (!turn(sensor))
		sync_spool(sensor);
	sensor->learned_us = INT64_MIN / 2;
	housekeep(sensor, role_clock_us(CLOCK_MONOTONIC));
	sensor->sync_not_before_us = 0;
	sync_spool(sensor);
	return sensor->unsynced ? 1 : 0;
}

void
sensor_free(struct sensor *sensor)
{
	if (!sensor)
		return;
	receiver_free(sensor->receiver);
	spool_writer_close(sensor->spool);
	detect_free(sensor->detect);
	flow_decoder_free(sensor->decoder);
	indicator_list_free(sensor->indicators);
	ring_free(sensor->ring);
	for (size_t i = 0; i < 4; i++) {
		const int fds[] = {sensor->wake, sensor->folder, sensor->bell,
				   sensor->ack};

		if (fds[i] >= 0)
			close(fds[i]);
	}
	memory_free(sensor);
}
