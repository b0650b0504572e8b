/* SPDX-License-Identifier: Apache-2.0 */
/* The traffic generator's datagrams: into a capture, or sent in real time.
 *  The traffic itself is sim/isp.c's. */
#include "role/generate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flow/export.h"

#define TICK_US 100000 /* a router sends what it has this often */
#define RECORDS_MAX 512
#define FRAME_HEADERS 42 /* Ethernet 14, IPv4 20, UDP 8 */
#define ROUTER_BOOT_US (3600 * TIMES_SECOND_US) /* up since an hour */

static const uint16_t router_ports[ISP_ROUTERS] = {2055, 4739};

/* Takes one datagram of a router; answers 0 or -errno. */
typedef int datagram_out(void *context, uint32_t router, struct at_event now,
			 const uint8_t *bytes, size_t length);

struct pump {
	struct isp *isp;
	struct flow_export exports[ISP_ROUTERS];
	size_t counts[ISP_ROUTERS];
	struct flow_record records[ISP_ROUTERS][RECORDS_MAX];
	datagram_out *out;
	void *context;
	struct generate_result *result;
};

static int
fail(struct generate_result *result, const char *what, const char *name,
     int error)
{
	snprintf(result->message, sizeof(result->message),
		 "%.40s %.120s: %.80s", what, name, strerror(error));
	return -error;
}

static struct pump *
pump_new(const struct isp_conf *conf, datagram_out *out, void *context,
	 struct generate_result *result)
{
	struct pump *pump = calloc(1, sizeof(*pump));
	int64_t boot = conf->start.us - ROUTER_BOOT_US;

	if (pump != NULL)
		pump->isp = isp_new(conf);
	if (pump == NULL || pump->isp == NULL) {
		snprintf(result->message, sizeof(result->message),
			 "no memory for %u lines", conf->lines);
		free(pump);
		return NULL;
	}
	flow_export_init(&pump->exports[ISP_ROUTER_NETFLOW9], FLOW_NETFLOW9, 1,
			 1, boot);
	flow_export_init(&pump->exports[ISP_ROUTER_IPFIX], FLOW_IPFIX, 2, 1,
			 boot);
	pump->out = out;
	pump->context = context;
	pump->result = result;
	return pump;
}

static void
pump_free(struct pump *pump)
{
	isp_free(pump->isp);
	free(pump);
}

static int
pump_flush(struct pump *pump, uint32_t router, struct at_event now)
{
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	size_t done = 0;

	while (done < pump->counts[router]) {
		size_t length;
		int error;

		done += flow_export_datagram(&pump->exports[router], now,
					     pump->records[router] + done,
					     pump->counts[router] - done, bytes,
					     &length);
		error = pump->out(pump->context, router, now, bytes, length);
		if (error != 0)
			return error;
		pump->result->datagrams++;
	}
	pump->counts[router] = 0;
	return 0;
}

static int
pump_flush_all(struct pump *pump, struct at_event now)
{
	uint32_t router;
	int error = 0;

	for (router = 0; router < ISP_ROUTERS && error == 0; router++)
		error = pump_flush(pump, router, now);
	return error;
}

/* All records, tick by tick. */
static int
pump_run(struct pump *pump)
{
	struct flow_record record;
	struct at_event tick = {INT64_MIN};
	int error = 0;

	while (error == 0 && isp_next(pump->isp, &record)) {
		uint32_t router = record.exporter;

		if (tick.us == INT64_MIN)
			tick.us = record.exported.us + TICK_US;
		while (error == 0 && record.exported.us > tick.us) {
			error = pump_flush_all(pump, tick);
			tick.us += TICK_US;
		}
		if (error == 0 && pump->counts[router] == RECORDS_MAX)
			error = pump_flush(pump, router, tick);
		pump->records[router][pump->counts[router]++] = record;
		pump->result->records++;
	}
	return error != 0 ? error : pump_flush_all(pump, tick);
}

struct capture {
	pcap_dumper_t *dumper;
};

static void
put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
ip_checksum(uint8_t header[20])
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)(header[i] << 8 | header[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put_u16(header + 10, ~sum & 0xffff);
}

/* A frame as the collector's network would have carried it. */
static int
capture_datagram(void *context, uint32_t router, struct at_event now,
		 const uint8_t *bytes, size_t length)
{
	static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 2, 2,
					     0, 0, 0, 0, 1, 8, 0};
	static const uint8_t ip[20] = {0x45, 0, 0,   0, 0, 0, 0x40, 0, 64, 17,
				       0,    0, 192, 0, 2, 1, 192,  0, 2,  3};
	struct capture *capture = context;
	uint8_t frame[FRAME_HEADERS + FLOW_EXPORT_DATAGRAM_MAX];
	struct pcap_pkthdr header;

	memcpy(frame, ethernet, sizeof(ethernet));
	memcpy(frame + 14, ip, sizeof(ip));
	put_u16(frame + 16, 28 + length);
	frame[29] = (uint8_t)(1 + router);
	ip_checksum(frame + 14);
	put_u16(frame + 34, 50000 + router);
	put_u16(frame + 36, router_ports[router]);
	put_u16(frame + 38, 8 + length);
	put_u16(frame + 40, 0); /* no UDP checksum, RFC 768 */
	memcpy(frame + FRAME_HEADERS, bytes, length);
	header.ts.tv_sec = (time_t)(now.us / TIMES_SECOND_US);
	header.ts.tv_usec = (suseconds_t)(now.us % TIMES_SECOND_US);
	header.caplen = (bpf_u_int32)(FRAME_HEADERS + length);
	header.len = header.caplen;
	pcap_dump((u_char *)capture->dumper, &header, frame);
	return 0;
}

int
generate_capture(const char *path, const struct isp_conf *conf,
		 struct generate_result *result)
{
	struct capture capture = {NULL};
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	struct pump *pump;
	int error = 0;

	memset(result, 0, sizeof(*result));
	if (pcap != NULL)
		capture.dumper = pcap_dump_open(pcap, path);
	if (capture.dumper == NULL) {
		error = fail(result, "cannot write", path, errno ? errno : EIO);
	} else if ((pump = pump_new(conf, capture_datagram, &capture,
				    result)) == NULL) {
		error = -ENOMEM;
	} else {
		error = pump_run(pump);
		pump_free(pump);
		if (pcap_dump_flush(capture.dumper) != 0)
			error = fail(result, "cannot write", path, errno);
	}
	if (capture.dumper != NULL)
		pcap_dump_close(capture.dumper);
	if (pcap != NULL)
		pcap_close(pcap);
	return error;
}

struct sender {
	int sockets[ISP_ROUTERS];
	int64_t start_us, told_us;
	generate_progress *progress;
	void *context;
	struct generate_result *result;
};

/* Waits until the datagram's time has come; false when told to stop. */
static bool
sender_wait(struct sender *sender, int64_t until_us)
{
	for (;;) {
		int64_t now = generate_now().us;
		int64_t left = until_us - now;
		struct timespec pause = {0, 0};

		if (now - sender->told_us >= TIMES_SECOND_US) {
			sender->told_us = now;
			if (!sender->progress(sender->context,
					      now - sender->start_us,
					      sender->result))
				return false;
		}
		if (left <= 0)
			return true;
		if (left > TIMES_SECOND_US / 2)
			left = TIMES_SECOND_US / 2;
		pause.tv_nsec = left * 1000;
		nanosleep(&pause, NULL);
	}
}

static int
send_datagram(void *context, uint32_t router, struct at_event now,
	      const uint8_t *bytes, size_t length)
{
	struct sender *sender = context;

	if (!sender_wait(sender, now.us))
		return -EINTR;
	/* Nobody listens (yet): a router doesn't care, nor do we. */
	if (send(sender->sockets[router], bytes, length, 0) < 0 &&
	    errno != ECONNREFUSED && errno != ENOBUFS)
		return fail(sender->result, "cannot send to", "the collector",
			    errno);
	return 0;
}

static int
socket_to(const struct endpoint *to)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	bool is_v4 = addr_is_v4(&to->addr);
	int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC,
			0);
	int done;

	if (fd < 0)
		return -errno;
	v4.sin_port = htons((uint16_t)to->port);
	v6.sin6_port = htons((uint16_t)to->port);
	memcpy(&v4.sin_addr, to->addr.bytes + 12, 4);
	memcpy(&v6.sin6_addr, to->addr.bytes, 16);
	done = is_v4 ? connect(fd, (struct sockaddr *)&v4, sizeof(v4))
		     : connect(fd, (struct sockaddr *)&v6, sizeof(v6));
	if (done != 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

int
generate_send(const struct endpoint to[ISP_ROUTERS],
	      const struct isp_conf *conf, generate_progress *progress,
	      void *context, struct generate_result *result)
{
	struct sender sender = {{-1, -1}, conf->start.us, conf->start.us,
				progress, context,        result};
	struct pump *pump;
	uint32_t router;
	int error = 0;

	memset(result, 0, sizeof(*result));
	for (router = 0; router < ISP_ROUTERS && error == 0; router++) {
		sender.sockets[router] = socket_to(&to[router]);
		if (sender.sockets[router] < 0)
			error = fail(result, "cannot open a socket to",
				     "the collector", -sender.sockets[router]);
	}
	if (error == 0) {
		pump = pump_new(conf, send_datagram, &sender, result);
		error = pump == NULL ? -ENOMEM : pump_run(pump);
		if (pump != NULL)
			pump_free(pump);
	}
	for (router = 0; router < ISP_ROUTERS; router++) {
		if (sender.sockets[router] >= 0)
			close(sender.sockets[router]);
	}
	return error;
}
