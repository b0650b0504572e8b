/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many accounting records a second are durable and answered.
 *
 * Our intake alone, fed from another process: what listening costs, without
 * what is made of it (accounting_peers.py measures the whole role).
 *
 * Each answer is checked against the secret.  The intake's own processor time
 * is counted, system calls included: records a second of one core; the wall
 * beside it is of this machine, where the sender takes the other core.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/accounting_load.h"
#include "crypto/sha256.h"
#include "role/counter_table.h"
#include "role/registrar_intake.h"

#define SECRET "a secret of the bench"
#define RECORDS 600000
#define SOCKETS 64
#define WINDOW 256
#define GOAL 100000.0
#define BUFFER (32 << 20)

struct bench {
	char folder[64], raw[96];
	struct role role;
	struct registrar_clients *clients;
	struct intake *intake;
	uint16_t port;
};

static int
fail(const char *what)
{
	perror(what);
	return 1;
}

static bool
listen_on(struct bench *bench)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t length = sizeof(any);
	const int size = BUFFER;
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&any, &length) != 0)
		return false;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
	strcpy(bench->role.socket_names[0], "accounting");
	bench->role.sockets[bench->role.socket_count++] = fd;
	bench->port = ntohs(any.sin_port);
	return true;
}

static bool
begin(struct bench *bench)
{
	static const char yaml[] =
	    "network: { name: b, inside: [10.0.0.0/8] }\n"
	    "registrar: { accounting: { clients: [ { address: 127.0.0.1,\n"
	    "  name: bng, secret_file: secret } ] } }\n";
	static struct conf_errors errors;
	char path[96];
	FILE *file;

	strcpy(bench->folder, "accounting-XXXXXX");
	if (!mkdtemp(bench->folder))
		return false;
	snprintf(bench->raw, sizeof(bench->raw), "%s/raw", bench->folder);
	snprintf(path, sizeof(path), "%s/secret", bench->folder);
	file = fopen(path, "w");
	if (!file || fputs(SECRET "\n", file) < 0 || fclose(file) != 0 ||
	    mkdir(bench->raw, 0700) != 0)
		return false;
	snprintf(path, sizeof(path), "%s/lazaret.yaml", bench->folder);
	if (conf_parse(path, yaml, sizeof(yaml) - 1, &bench->role.conf,
		       &errors) != 0)
		return false;
	bench->role.name = "registrar";
	bench->role.counters = counters_create(bench->folder, "registrar");
	return bench->role.counters && listen_on(bench) &&
	       registrar_clients_open(bench->role.conf, &bench->clients) == 0 &&
	       intake_new(&bench->role, bench->clients,
			  eventfd(0, EFD_NONBLOCK), &bench->intake) == 0 &&
	       intake_open(bench->intake, bench->raw, -1) == 0;
}

static double
processor_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* In a process of its own; the result comes through a pipe. */
static bool
load_apart(const struct bench *bench, struct accounting_load_result *result)
{
	const struct accounting_load_conf conf = {.port = bench->port,
						  .secret = SECRET,
						  .count = RECORDS,
						  .sockets = SOCKETS,
						  .window = WINDOW,
						  .again_ms = 3000,
						  .give_up_ms = 10000};
	int pipes[2], status;
	pid_t child;
	bool ok;

	if (pipe(pipes) != 0)
		return false;
	child = fork();
	if (child == 0) {
		ok = accounting_load(&conf, result) &&
		     write(pipes[1], result, sizeof(*result)) ==
			 sizeof(*result);
		_exit(ok ? 0 : 1);
	}
	ok = child > 0 &&
	     read(pipes[0], result, sizeof(*result)) == sizeof(*result);
	close(pipes[0]);
	close(pipes[1]);
	return ok && waitpid(child, &status, 0) == child && status == 0;
}

static int
ours(void)
{
	static struct bench bench;
	struct accounting_load_result result = {0};
	double seconds;
	uint64_t syncs, stored;
	char command[128];
	bool ok;

	if (!begin(&bench))
		return fail("accounting_bench");
	/* The sender is forked before the thread begins; it waits for it in the
	 * socket. */
	seconds = processor_seconds();
	if (intake_start(bench.intake) != 0)
		return fail("thread");
	ok = load_apart(&bench, &result);
	seconds = processor_seconds() - seconds;
	syncs = counters_get(bench.role.counters, COUNTER_REGISTRAR_SYNCS);
	stored = counters_get(bench.role.counters, COUNTER_REGISTRAR_RAW_LAST);
	intake_free(bench.intake);
	registrar_clients_free(bench.clients);
	conf_free(bench.role.conf);
	snprintf(command, sizeof(command), "rm -r '%s'", bench.folder);
	if (system(command) != 0 || !ok)
		return fail("load");
	printf("accounting: %" PRIu64 " of %u answered, %" PRIu64
	       " sent again, %" PRIu64 " stored in %" PRIu64
	       " groups (%.0f a group)\n",
	       result.answered, RECORDS, result.again, stored, syncs,
	       syncs ? (double)stored / (double)syncs : 0.0);
	printf("accounting: %.0f records/s wall, durable and answered; %.0f a "
	       "second of one core (goal %.0f)\n",
	       (double)result.answered / result.seconds,
	       (double)result.answered / seconds, GOAL);
	if (result.answered != RECORDS || stored < RECORDS || result.forged)
		return 1;
	return (double)result.answered / seconds >= GOAL ? 0 : 1;
}

int
main(void)
{
	return crypto_init() == 0 ? ours() : 1;
}
