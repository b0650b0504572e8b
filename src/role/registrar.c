/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's frame: folders, sandbox, the loop of its main thread. */
#include "role/registrar.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "role/registrar_indexer.h"
#include "role/registrar_intake.h"
#include "role/registrar_polls.h"
#include "role/registrar_webhook.h"
#include "spool/spool.h"

#define HOUSEKEEPING_US TIMES_SECOND_US
#define LEARNED_US (10 * TIMES_SECOND_US)
#define AGAIN_MS 1000 /* after a batch that failed */
#define INDEXER_NICE 10
#define CALLS_MAX 64
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

struct registrar {
	struct role *role;
	struct registrar_clients *clients;
	struct registrar_decoder *decoder;
	struct intake *intake;
	struct registrar_polls *polls; /* NULL: no database */
	struct indexer *indexer;
	struct indexer_paths paths;
	int wake, folder;
	int64_t housekept_us, learned_us; /* monotonic */
	struct role_needs needs;
	int calls[CALLS_MAX];
	const char *write_paths[2];
	/* The folders of the files that are followed: those are replaced. */
	const char *read_paths[REGISTRAR_FILES_MAX + 2];
	char webhook[CONF_PATH_SIZE + 32];
	char folders[REGISTRAR_FILES_MAX][CONF_PATH_SIZE];
	struct role_fd_call fd_calls[2];
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

static bool
path_make(char path[CONF_PATH_SIZE], const char *folder, const char *name)
{
	return (size_t)snprintf(path, CONF_PATH_SIZE, "%s/%s", folder, name) <
	       CONF_PATH_SIZE;
}

static bool
folders_make(struct registrar *registrar)
{
	struct indexer_paths *paths = &registrar->paths;
	const char *const folders[] = {paths->raw, paths->index,
				       paths->changes};
	struct role *role = registrar->role;
	struct role_user user;

	role_user(role->conf, role->number, &user);
	if (!path_make(paths->raw, role->state_dir, "raw") ||
	    !path_make(paths->index, role->state_dir, "index") ||
	    !path_make(paths->changes, role->state_dir, "spool") ||
	    !path_make(paths->bell, role->run_dir, "desk.bell"))
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const int error = role_folder(folders[i], &user, 02750);

		if (error) {
			fprintf(stderr, "registrar: %s: %s\n", folders[i],
				lz_strerror(error));
			return false;
		}
	}
	return true;
}

static bool
files_open(struct registrar *registrar)
{
	struct role *role = registrar->role;
	char ack[CONF_PATH_SIZE + 32];

	snprintf(ack, sizeof(ack), "%s/desk/ack.registrar", role->state_root);
	registrar->paths.ack_fd = open(ack, O_RDONLY | O_CLOEXEC);
	if (registrar->paths.ack_fd < 0)
		fprintf(stderr,
			"registrar: %s: %s; the spool of changes keeps "
			"everything until the next start\n",
			ack, strerror(errno));
	registrar->folder = open(role->state_dir,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	registrar->paths.folder_fd = registrar->folder;
	registrar->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	registrar->paths.bell_fd = spool_bell_open();
	return registrar->folder >= 0 && registrar->wake >= 0 &&
	       registrar->paths.bell_fd >= 0;
}

/* What the sandbox lets it read of others: the folders its files lie in. */
static void
folders_fill(struct registrar *registrar)
{
	const struct registrar_conf *conf = &registrar->role->conf->registrar;
	size_t count = 0;

	for (size_t i = 0; i < conf->file_count; i++) {
		char *folder = registrar->folders[count];
		bool there = false;

		memcpy(folder, conf->files[i].path, CONF_PATH_SIZE);
		*strrchr(folder, '/') = '\0';
		for (size_t j = 0; j < count; j++)
			there = there ||
				strcmp(registrar->folders[j], folder) == 0;
		if (!there)
			registrar->read_paths[count++] = folder;
	}
	if (conf->webhook) {
		snprintf(registrar->webhook, sizeof(registrar->webhook),
			 "%s/" REGISTRAR_WEBHOOK_FOLDER,
			 registrar->role->state_root);
		registrar->read_paths[count] = registrar->webhook;
	}
}

/* Landlock lets it connect to one TCP port: the first database's; sockets in
 * the file system need none. */
static uint16_t
database_port(const struct registrar_conf *conf)
{
	for (size_t i = 0; i < conf->database_count; i++) {
		const char *where = conf->databases[i].postgres;
		const char *port = strstr(where, "port=");
		struct slice rest = slice_of(port ? port + 5 : "5432");
		uint64_t number;

		if (strstr(where, "host=/"))
			continue;
		if (slice_u64(slice_split(&rest, ' '), UINT16_MAX, &number) ==
		    0)
			return (uint16_t)number;
	}
	return 0;
}

static void
needs_fill(struct registrar *registrar)
{
	static const int calls[] = {SCMP_SYS(recvmmsg),
				    SCMP_SYS(sendmmsg),
				    SCMP_SYS(accept4),
				    SCMP_SYS(poll),
				    SCMP_SYS(ppoll),
				    SCMP_SYS(openat),
				    SCMP_SYS(pread64),
				    SCMP_SYS(pwrite64),
				    SCMP_SYS(pwritev),
				    SCMP_SYS(fdatasync),
				    SCMP_SYS(fsync),
				    SCMP_SYS(ftruncate),
				    SCMP_SYS(unlinkat),
				    SCMP_SYS(unlink),
				    SCMP_SYS(getdents64),
				    SCMP_SYS(flock),
				    SCMP_SYS(fallocate),
				    SCMP_SYS(msync),
				    SCMP_SYS(renameat),
				    SCMP_SYS(renameat2),
				    SCMP_SYS(rename),
				    SCMP_SYS(mkdirat),
				    SCMP_SYS(mkdir),
				    SCMP_SYS(fchmod),
				    SCMP_SYS(newfstatat),
				    SCMP_SYS(stat),
				    SCMP_SYS(fstatfs),
				    SCMP_SYS(fcntl),
				    SCMP_SYS(mlock),
				    SCMP_SYS(sysinfo),
				    SCMP_SYS(uname),
				    SCMP_SYS(fchmodat),
				    SCMP_SYS(chmod),
				    SCMP_SYS(lstat),
				    SCMP_SYS(getpriority),
				    SCMP_SYS(setpriority),
				    -1};
	/* What a client of a database needs. */
	static const int database_calls[] = {
	    SCMP_SYS(socket),        SCMP_SYS(connect),
	    SCMP_SYS(sendto),        SCMP_SYS(recvfrom),
	    SCMP_SYS(sendmsg),       SCMP_SYS(recvmsg),
	    SCMP_SYS(getsockopt),    SCMP_SYS(setsockopt),
	    SCMP_SYS(getsockname),   SCMP_SYS(getpeername),
	    SCMP_SYS(shutdown),      SCMP_SYS(access),
	    SCMP_SYS(faccessat),     SCMP_SYS(faccessat2),
	    SCMP_SYS(ioctl),         SCMP_SYS(readlink),
	    SCMP_SYS(readlinkat),    SCMP_SYS(rt_sigtimedwait),
	    SCMP_SYS(rt_sigpending), -1};
	const bool databases = registrar->role->conf->registrar.database_count;
	size_t count = 0;

	for (; calls[count] != -1; count++)
		registrar->calls[count] = calls[count];
	for (size_t i = 0; databases && database_calls[i] != -1; i++)
		registrar->calls[count++] = database_calls[i];
	registrar->calls[count] = -1;
	folders_fill(registrar);
	registrar->write_paths[0] = registrar->role->state_dir;
	registrar->fd_calls[0] =
	    (struct role_fd_call){SCMP_SYS(sendto), registrar->paths.bell_fd};
	registrar->fd_calls[databases ? 0 : 1] = (struct role_fd_call){-1, -1};
	registrar->needs = (struct role_needs){
	    .read_paths = registrar->read_paths,
	    .write_paths = registrar->write_paths,
	    .syscalls = registrar->calls,
	    .fd_calls = registrar->fd_calls,
	    .connect_port = database_port(&registrar->role->conf->registrar),
	    .threads = true};
}

int
registrar_open(struct role *role, struct registrar **registrar)
{
	struct registrar *made = memory_new(1, sizeof(*made));
	int error;

	*registrar = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->wake = made->folder = made->paths.ack_fd = made->paths.bell_fd =
	    -1;
	if (!folders_make(made) || !files_open(made))
		return EXIT_CONF;
	if (registrar_clients_open(role->conf, &made->clients) != 0 ||
	    registrar_decoder_new(role->conf, &made->decoder) != 0)
		return EXIT_CONF;
	error = intake_new(role, made->clients, made->wake, &made->intake);
	if (error) {
		fprintf(stderr, "registrar: sockets: %s\n", lz_strerror(error));
		return EXIT_CONF;
	}
	if (role->conf->registrar.database_count &&
	    registrar_polls_new(role->conf, made->intake, &made->polls) != 0)
		return EXIT_CONF;
	needs_fill(made);
	return 0;
}

const struct role_needs *
registrar_needs(struct registrar *registrar)
{
	return &registrar->needs;
}

static void
signals_install(struct registrar *registrar)
{
	struct sigaction action = {.sa_handler = stop};

	stop_wake = registrar->wake;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGHUP, SIG_IGN);
}

static void
places_load(struct registrar *registrar)
{
	const struct registrar_conf *conf = &registrar->role->conf->registrar;
	uint8_t place[REGISTRAR_PLACE_SIZE];

	for (size_t i = 0; i < conf->database_count; i++)
		if (indexer_place(registrar->indexer, conf->databases[i].name,
				  place, sizeof(place)) == sizeof(place))
			registrar_polls_place(registrar->polls, i, place);
}

/* An index that is ahead of its raw log would pass over all that is new. */
static int
raw_log_join(struct registrar *registrar)
{
	const uint64_t position = indexer_position(registrar->indexer);
	const int answer = intake_skip(registrar->intake, position);

	if (answer < 0)
		fprintf(stderr, "registrar: %s: %s\n", registrar->paths.raw,
			lz_strerror(answer));
	if (answer != 1)
		return answer;
	fprintf(stderr,
		"registrar: ALARM: the raw log ends before record %" PRIu64
		", which the index has read: it was lost or put back from an "
		"older copy; new records are numbered behind that\n",
		position);
	indexer_lost(registrar->indexer);
	return 0;
}

/* Behind the sandbox, so that the files are the role's own.  The raw log comes
 * first: its writer says up to where readers may read. */
static int
stores_open(struct registrar *registrar)
{
	int error = intake_open(registrar->intake, registrar->paths.raw,
				registrar->folder);

	if (error) {
		fprintf(stderr, "registrar: %s: %s\n", registrar->paths.raw,
			lz_strerror(error));
		return error;
	}
	error = indexer_open(registrar->role, registrar->decoder,
			     &registrar->paths, &registrar->indexer);
	if (!error &&
	    registrar_decoder_load(registrar->decoder, registrar->folder) != 0)
		fprintf(stderr, "registrar: what decoders knew before can't be "
				"read; they wait for templates, and for "
				"somebody to look\n");
	if (!error)
		error = raw_log_join(registrar);
	if (error)
		return error;
	intake_indexed(registrar->intake, indexer_position(registrar->indexer));
	places_load(registrar);
	return 0;
}

static void
wait_for_more(struct registrar *registrar, int timeout_ms)
{
	struct pollfd polled = {.fd = registrar->wake, .events = POLLIN};
	uint64_t rings;

	if (poll(&polled, 1, timeout_ms) > 0 &&
	    read(registrar->wake, &rings, sizeof(rings)) < 0)
		polled.revents = 0; /* taken already */
}

static void
housekeep(struct registrar *registrar, int64_t now)
{
	indexer_housekeep(registrar->indexer);
	intake_indexed(registrar->intake, indexer_position(registrar->indexer));
	if (now - registrar->learned_us >= LEARNED_US) {
		if (registrar_decoder_save(registrar->decoder,
					   registrar->folder) != 0)
			fprintf(stderr,
				"registrar: what translators said can't "
				"be kept\n");
		registrar->learned_us = now;
	}
	/* Both threads must go around to count as alive. */
	if (now - intake_beat_us(registrar->intake) < ROLE_SILENT_US_MAX / 2)
		counters_beat(registrar->role->counters);
	registrar->housekept_us = now;
}

/* A NAS waits for its answer, and sends again what it gets none for; what is
 * stored waits for the index without harm.  So where the processor is short,
 * the intake goes first.  Of this thread alone. */
static void
stand_back(void)
{
	errno = 0;
	if (nice(INDEXER_NICE) == -1 && errno)
		fprintf(stderr, "registrar: indexing at full priority: %s\n",
			strerror(errno));
}

int
registrar_run(struct registrar *registrar, const char *note)
{
	int result = 0;

	if (stores_open(registrar) != 0)
		return EXIT_CONF;
	signals_install(registrar);
	if (intake_start(registrar->intake) != 0 ||
	    (registrar->polls && registrar_polls_start(registrar->polls) != 0))
		return EXIT_FAULT;
	stand_back();
	role_ready(registrar->role, note);
	while (!stopping) {
		const int64_t now = role_clock_us(CLOCK_MONOTONIC);

		if (now - registrar->housekept_us >= HOUSEKEEPING_US)
			housekeep(registrar, now);
		result = indexer_turn(registrar->indexer);
		if (result < 0)
			wait_for_more(registrar, AGAIN_MS);
		else if (result == 0)
			wait_for_more(registrar, (int)(HOUSEKEEPING_US / 1000));
	}
	/* What was taken is answered; what was stored is indexed, now or by the
	 * next one. */
	if (registrar->polls)
		registrar_polls_stop(registrar->polls);
	intake_stop(registrar->intake);
	do
		result = indexer_turn(registrar->indexer);
	while (result == 1);
	registrar->learned_us = 0;
	housekeep(registrar, role_clock_us(CLOCK_MONOTONIC));
	return result < 0 ? 1 : 0;
}

void
registrar_free(struct registrar *registrar)
{
	if (!registrar)
		return;
	registrar_polls_free(registrar->polls);
	intake_free(registrar->intake);
	indexer_free(registrar->indexer);
	registrar_decoder_free(registrar->decoder);
	registrar_clients_free(registrar->clients);
	for (size_t i = 0; i < 4; i++) {
		const int fds[] = {registrar->wake, registrar->folder,
				   registrar->paths.ack_fd,
				   registrar->paths.bell_fd};

		if (fds[i] >= 0)
			close(fds[i]);
	}
	memory_free(registrar);
}
