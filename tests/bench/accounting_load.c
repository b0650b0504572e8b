/* SPDX-License-Identifier: Apache-2.0 */
/* Many NAS at once. */
#include "bench/accounting_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "radius/numbers.h"
#include "radius/radius_build.h"

#define PACKET_MAX 192
#define BATCH 64

struct flying {
	uint8_t bytes[PACKET_MAX];
	uint16_t length;
	bool flies;
	int64_t sent_ms;
};

struct line {
	int fd;
	uint32_t flying;
	struct flying packets[256]; /* by identifier */
};

struct load {
	const struct accounting_load_conf *conf;
	struct accounting_load_result *result;
	struct md5 *md5;
	struct line *lines;
	struct pollfd *polled;
	uint32_t next;
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* About what a BNG sends: 20 attributes would be twice that. */
static void
packet_build(struct load *load, struct flying *packet, uint8_t id,
	     uint32_t session)
{
	uint8_t bytes[RADIUS_PACKET_MAX];
	const struct addr nas = addr_from_v4(0xc0000201);
	const struct addr framed = addr_from_v4(0x0a000000 + session);
	struct radius_build build;
	char text[32];

	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, id);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, RADIUS_STATUS_START);
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &nas);
	snprintf(text, sizeof(text), "%08x-%08x", 0x5e551011u, session);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, text);
	snprintf(text, sizeof(text), "line%07u@example.net", session);
	radius_build_text(&build, RADIUS_USER_NAME, text);
	radius_build_text(&build, RADIUS_NAS_PORT_ID, "ae0.1234:100-2000");
	radius_build_text(&build, RADIUS_CALLING_STATION_ID,
			  "02-00-5E-00-53-01");
	radius_build_addr(&build, RADIUS_FRAMED_IP_ADDRESS, &framed);
	radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP, (uint32_t)time(NULL));
	if (radius_build_request(&build, load->md5,
				 (struct slice){load->conf->secret,
						strlen(load->conf->secret)}) !=
		0 ||
	    build.length > PACKET_MAX)
		abort();
	memcpy(packet->bytes, bytes, build.length);
	packet->length = (uint16_t)build.length;
}

/* New packets for a line, as its window allows. */
static void
line_send(struct load *load, struct line *line)
{
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	struct flying *batch[BATCH];
	const int64_t now_ms = now_us() / 1000;
	unsigned n = 0;
	int sent;

	for (unsigned id = 0; id < load->conf->window && n < BATCH; id++) {
		struct flying *packet = &line->packets[id];

		if (packet->flies &&
		    now_ms - packet->sent_ms < load->conf->again_ms)
			continue;
		if (!packet->flies && load->next == load->conf->count)
			continue;
		if (packet->flies) {
			load->result->again++;
		} else {
			packet_build(load, packet, (uint8_t)id,
				     load->conf->first + load->next++);
			packet->flies = true;
			line->flying++;
		}
		packet->sent_ms = now_ms;
		pieces[n] = (struct iovec){packet->bytes, packet->length};
		messages[n].msg_hdr = (struct msghdr){.msg_iov = &pieces[n],
						      .msg_iovlen = 1};
		batch[n++] = packet;
	}
	sent = n ? sendmmsg(line->fd, messages, n, MSG_DONTWAIT) : 0;
	/* What didn't go is sent again when its time comes. */
	for (unsigned i = sent < 0 ? 0 : (unsigned)sent; i < n; i++)
		batch[i]->sent_ms = now_ms - load->conf->again_ms + 5;
	load->result->sent += sent < 0 ? 0 : (uint64_t)sent;
}

static void
answer_take(struct load *load, struct line *line, const uint8_t *bytes,
	    size_t length)
{
	struct radius_packet answer;
	struct flying *packet;

	if (radius_read(&answer, bytes, length) != 0)
		return;
	packet = &line->packets[answer.id];
	if (!packet->flies)
		return; /* of what was sent twice */
	if (radius_verify_response(
		&answer, packet->bytes + 4, load->md5,
		(struct slice){load->conf->secret,
			       strlen(load->conf->secret)}) != RADIUS_GENUINE) {
		load->result->forged++;
		return;
	}
	packet->flies = false;
	line->flying--;
	load->result->answered++;
}

static bool
line_receive(struct load *load, struct line *line)
{
	static uint8_t bytes[BATCH][RADIUS_PACKET_MAX];
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i],
						      .msg_iovlen = 1};
	}
	n = recvmmsg(line->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		answer_take(load, line, bytes[i], messages[i].msg_len);
	return n > 0;
}

static bool
lines_open(struct load *load)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(load->conf->port)};
	const int size = 4 << 20;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (uint32_t i = 0; i < load->conf->sockets; i++) {
		const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0 ||
		    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
			return false;
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
		load->lines[i].fd = fd;
		load->polled[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	return true;
}

static void
play(struct load *load)
{
	const int64_t start = now_us();
	int64_t heard = start;

	while (load->result->answered < load->conf->count) {
		bool any = false;

		for (uint32_t i = 0; i < load->conf->sockets; i++) {
			any = line_receive(load, &load->lines[i]) || any;
			line_send(load, &load->lines[i]);
		}
		if (any)
			heard = now_us();
		else if (now_us() - heard > load->conf->give_up_ms * 1000)
			break;
		else
			(void)poll(load->polled, load->conf->sockets, 1);
	}
	load->result->seconds = (double)(heard - start) / 1e6;
}

bool
accounting_load(const struct accounting_load_conf *conf,
		struct accounting_load_result *result)
{
	struct load load = {.conf = conf, .result = result};
	bool begun;

	*result = (struct accounting_load_result){0};
	load.md5 = md5_new();
	load.lines = calloc(conf->sockets, sizeof(*load.lines));
	load.polled = calloc(conf->sockets, sizeof(*load.polled));
	begun = load.md5 && load.lines && load.polled && lines_open(&load);
	if (begun)
		play(&load);
	for (uint32_t i = 0; load.lines && i < conf->sockets; i++)
		if (load.lines[i].fd > 0)
			close(load.lines[i].fd);
	free(load.lines);
	free(load.polled);
	md5_free(load.md5);
	return begun;
}
