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

#define PACKET_MAX 256
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
	bool over; /* nothing new is sent */
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What a router says of a subscriber who has just come. */
static void
attributes_build(struct radius_build *build, uint32_t nas, uint32_t session)
{
	const struct addr own = addr_from_v4(0xc0000201 + nas);
	const struct addr framed = addr_from_v4(0x0a000000 + session);
	const uint8_t class[] = {'c',
				 0,
				 0,
				 (uint8_t)(session >> 16),
				 (uint8_t)(session >> 8),
				 (uint8_t)session};
	const struct prefix delegated = {{{0x20, 0x01, 0x0d, 0xb8, class[3],
					   class[4], class[5]}},
					 56};
	char text[48];

	radius_build_u32(build, RADIUS_ACCT_STATUS_TYPE, RADIUS_STATUS_START);
	radius_build_addr(build, RADIUS_NAS_IP_ADDRESS, &own);
	snprintf(text, sizeof(text), "bng-%u.example", nas);
	radius_build_text(build, RADIUS_NAS_IDENTIFIER, text);
	radius_build_text(build, RADIUS_NAS_PORT_ID, "ae0.1234:100-2000");
	snprintf(text, sizeof(text), "%08x-%08x", 0x5e551011u, session);
	radius_build_text(build, RADIUS_ACCT_SESSION_ID, text);
	snprintf(text, sizeof(text), "line%07u@example.net", session);
	radius_build_text(build, RADIUS_USER_NAME, text);
	snprintf(text, sizeof(text), "02-00-5E-%02X-%02X-%02X", class[3],
		 class[4], class[5]);
	radius_build_text(build, RADIUS_CALLING_STATION_ID, text);
	radius_build_bytes(build, RADIUS_CLASS, class, sizeof(class));
	radius_build_addr(build, RADIUS_FRAMED_IP_ADDRESS, &framed);
	radius_build_prefix6(build, RADIUS_DELEGATED_IPV6_PREFIX, &delegated);
	radius_build_u32(build, RADIUS_ACCT_DELAY_TIME, 0);
	radius_build_u32(build, RADIUS_EVENT_TIMESTAMP, (uint32_t)time(NULL));
}

static void
packet_build(struct load *load, struct flying *packet, uint32_t nas, uint8_t id,
	     uint32_t session)
{
	uint8_t bytes[RADIUS_PACKET_MAX];
	struct radius_build build;

	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, id);
	attributes_build(&build, nas, session);
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
		if (!packet->flies &&
		    (load->over || load->next == load->conf->count))
			continue;
		if (packet->flies) {
			load->result->again++;
		} else {
			packet_build(load, packet,
				     (uint32_t)(line - load->lines),
				     (uint8_t)id,
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
	struct accounting_load_result *result = load->result;
	const int64_t start = now_us();
	int64_t heard = start;

	while (result->answered <
	       (load->over ? load->next : load->conf->count)) {
		const int64_t now = now_us();
		bool any = false;

		if (load->conf->time_ms && !load->over &&
		    now - start >= load->conf->time_ms * 1000) {
			load->over = true;
			result->in_time = result->answered;
			result->seconds = (double)(now - start) / 1e6;
		}
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
	result->begun = load->next;
	if (load->over)
		return;
	result->in_time = result->answered;
	result->seconds = (double)(heard - start) / 1e6;
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
