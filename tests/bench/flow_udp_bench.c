/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record costs a collector, from a UDP socket on loopback: records per
 * second of its own processor time, system calls included, beside nfcapd on
 * the same datagrams in the same minute (where it is installed).
 *
 * A child sends a ring of distinct datagrams as fast as it can; what the
 * socket's buffer can't hold is lost and not counted, so both always have work.
 * Ours receives in batches, decodes and reads every record; nfcapd decodes and
 * writes its file (to memory, where /dev/shm is).  That is more, and less than
 * a sensor does: the ratio says what receiving and decoding cost, no more.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow_ring.h"

#define SEND 200000 /* datagrams a run */
#define BATCH 64
#define RUNS 3
#define BUFFER (8 << 20)
#define NFCAPD "/usr/bin/nfcapd"

/* A figure of one run. */
struct cost {
	uint64_t records;
	double seconds; /* processor time */
};

static double
seconds_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) /
		   1e6;
}

static int
listen_on(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	const int size = BUFFER;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) != 0)
		abort();
	/* As root beyond the system's limit, as nfcapd does. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) !=
	    0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
	return fd;
}

/* In a child: sends everything. */
static pid_t
start_sender(const struct flow_ring *ring, const struct sockaddr_in *to)
{
	pid_t child = fork();
	int fd;

	if (child != 0)
		return child;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
		_exit(1);
	for (size_t i = 0; i < SEND; i++)
		(void)send(fd, ring->bytes[i % FLOW_RING],
			   ring->length[i % FLOW_RING], 0);
	_exit(0);
}

static void
count(void *context, const struct flow_record *records, size_t number)
{
	uint64_t *sum = context;

	for (size_t i = 0; i < number; i++)
		*sum += records[i].packets + records[i].src.bytes[15];
}

/* Takes what is waiting, one batch; 0: nothing. */
static int
take_batch(int fd, struct flow_decoder *decoder, uint64_t *sum)
{
	static uint8_t bytes[BATCH][2048];
	struct sockaddr_in from[BATCH];
	struct iovec pieces[BATCH];
	struct mmsghdr messages[BATCH];
	int got;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = &from[i];
		messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < got; i++) {
		struct flow_datagram datagram = {
		    .source = addr_from_v4(ntohl(from[i].sin_addr.s_addr)),
		    .source_port = ntohs(from[i].sin_port),
		    .arrival = {FLOW_RING_NOW_US},
		    .bytes = bytes[i],
		    .length = messages[i].msg_len};

		(void)flow_decoder_datagram(decoder, &datagram, count, sum);
	}
	return got;
}

/* In a child, so that the processor time is the collector's alone. */
static void
collect(int fd, int answer)
{
	static const struct flow_conf conf = {.key = {1, 2}};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	const struct timeval patience = {.tv_sec = 1};
	struct flow_decoder_stats stats;
	uint64_t sum = 0;

	/* A second without a datagram: the sender has ended. */
	if (!decoder || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				   sizeof(patience)) != 0)
		_exit(1);
	while (take_batch(fd, decoder, &sum) > 0)
		;
	flow_decoder_stats(decoder, &stats);
	if (write(answer, &stats.records, sizeof(stats.records)) !=
		sizeof(stats.records) ||
	    sum == 0)
		_exit(1);
	_exit(0);
}

static void
wait_for(pid_t child, struct rusage *usage)
{
	int status;

	if (wait4(child, &status, 0, usage) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		abort();
}

static struct cost
ours(const struct flow_ring *ring)
{
	struct sockaddr_in address;
	struct rusage usage;
	struct cost cost = {0, 0};
	int fd = listen_on(&address), answer[2];
	pid_t collector, sender;

	if (pipe(answer) != 0)
		abort();
	collector = fork();
	if (collector == 0)
		collect(fd, answer[1]);
	sender = start_sender(ring, &address);
	wait_for(sender, NULL);
	wait_for(collector, &usage);
	if (read(answer[0], &cost.records, sizeof(cost.records)) !=
	    sizeof(cost.records))
		abort();
	cost.seconds = seconds_of(&usage);
	close(fd);
	close(answer[0]);
	close(answer[1]);
	return cost;
}

/* nfcapd in `folder`, its standard error in *said. */
static pid_t
start_nfcapd(const char *folder, uint16_t port, FILE **said)
{
	char number[8], buffer[16];
	int ends[2];
	pid_t child;

	snprintf(number, sizeof(number), "%u", port);
	snprintf(buffer, sizeof(buffer), "%d", BUFFER);
	if (pipe(ends) != 0)
		abort();
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		execl(NFCAPD, "nfcapd", "-b", "127.0.0.1", "-p", number, "-w",
		      folder, "-t", "86400", "-B", buffer, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*said = fdopen(ends[0], "r");
	if (!*said)
		abort();
	return child;
}

/* Reads lines until one holds `word`; false at the end. */
static bool
read_until(FILE *said, const char *word, char line[512])
{
	while (fgets(line, 512, said))
		if (strstr(line, word))
			return true;
	return false;
}

static struct cost
theirs(const struct flow_ring *ring)
{
	char folder[] = "/dev/shm/lazaret-bench-XXXXXX", line[512];
	char remove[64];
	struct sockaddr_in address;
	struct rusage usage;
	struct cost cost = {0, 0};
	FILE *said;
	pid_t nfcapd;

	close(listen_on(&address)); /* a port that is free */
	if (!mkdtemp(folder))
		abort();
	nfcapd = start_nfcapd(folder, ntohs(address.sin_port), &said);
	if (read_until(said, "Startup", line)) {
		wait_for(start_sender(ring, &address), NULL);
		kill(nfcapd, SIGTERM);
		if (read_until(said, "Flows: ", line))
			cost.records = strtoull(strstr(line, "Flows: ") +
						    strlen("Flows: "),
						NULL, 10);
	}
	wait_for(nfcapd, &usage);
	cost.seconds = seconds_of(&usage);
	fclose(said);
	snprintf(remove, sizeof(remove), "rm -rf %s", folder);
	if (system(remove) != 0)
		abort();
	return cost;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const char *name, enum flow_protocol protocol, double goal)
{
	const bool peer = access(NFCAPD, X_OK) == 0 &&
			  access("/dev/shm", W_OK) == 0;
	struct flow_ring *ring = malloc(sizeof(*ring));
	double rates[RUNS], ratios[RUNS];

	if (!ring)
		abort();
	flow_ring_fill(ring, protocol);
	for (unsigned i = 0; i < RUNS; i++) {
		struct cost own = ours(ring), other = {0, 0};

		rates[i] = (double)own.records / own.seconds;
		if (peer)
			other = theirs(ring);
		ratios[i] = other.records > 0
				? rates[i] /
				      ((double)other.records / other.seconds)
				: 0;
		fprintf(stderr,
			"%s: %" PRIu64 " records in %.3f s of processor time, "
			"nfcapd %" PRIu64 " in %.3f s\n",
			name, own.records, own.seconds, other.records,
			other.seconds);
	}
	qsort(rates, RUNS, sizeof(rates[0]), ascending);
	qsort(ratios, RUNS, sizeof(ratios[0]), ascending);
	printf("bench: %s %.0f records/cpu_s goal %.0f %s", name,
	       rates[RUNS / 2], goal,
	       rates[RUNS / 2] >= goal ? "met" : "missed");
	if (ratios[RUNS / 2] > 0)
		printf(" vs nfcapd %.2f", ratios[RUNS / 2]);
	putchar('\n');
	free(ring);
}

int
main(void)
{
	measure("flow_udp_v9", FLOW_NETFLOW9, 4e6);
	measure("flow_udp_ipfix", FLOW_IPFIX, 3e6);
	return 0;
}
