/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small invented internet provider: a few hundred lines, a handful of them
 * with a bot, the others with everything that looks like one and isn't.
 *
 * Seeded: the same seed gives the same records.  It plays the routers' part
 * too: long flows are cut at the active timeout, ended ones come out after the
 * inactive timeout, each direction is a record of its own.  Records come out
 * in the order the routers would send them.  Nothing is sent here, and no
 * clock is read: the start is an argument.
 *
 * Addresses are those reserved for documentation and benchmarks (RFC 5737,
 * RFC 3849, RFC 2544).
 */
#ifndef SIM_ISP_H
#define SIM_ISP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "fact/flow_record.h"
#include "net/addr.h"

#define ISP_LINES_MIN 20
#define ISP_LINES_MAX 500
#define ISP_LABEL_SIZE 16

enum isp_behaviour {
	ISP_BROWSING = 0, /* web and DNS, nothing else: most lines */
	/* infected */
	ISP_SCANNER,   /* Mirai-like: 160 SYN a second to 23 and 2323 */
	ISP_UDP_FLOOD, /* 900 packets a second, nothing comes back */
	ISP_SYN_FLOOD, /* 300 SYN a second; has spoken to the C2 before */
	ISP_C2_ONLY,   /* one quiet connection to the C2 */
	/* not infected, whatever it looks like */
	ISP_TORRENT,      /* many peers, many of them dead */
	ISP_VIDEO_UPLOAD, /* 600 packets a second out over UDP 443, few back */
	ISP_VPN,          /* 400 packets a second each way over UDP 51820 */
	ISP_SPEED_TEST,   /* 20 s of TCP at full speed out */
	ISP_MONITOR,      /* asks 40 own servers for open ports each minute */
	ISP_PING_MONITOR, /* pings 30 hosts once a second */
	ISP_CAMERA,       /* 300 packets a second out, running from the start */
	ISP_FLOOD_VICTIM, /* receives 2,000 packets a second */
	ISP_C2_SCANNED,   /* the C2's host probes it; it answers RST */
	ISP_BEHAVIOUR_COUNT
};

struct isp_conf {
	uint64_t seed;
	uint32_t lines; /* ISP_LINES_MIN..ISP_LINES_MAX */
	struct at_event start;
	int64_t duration_us;
	int64_t quiet_us; /* before the attacks begin */
	int64_t active_timeout_us;
	int64_t inactive_timeout_us;
};

struct isp_line {
	char label[ISP_LABEL_SIZE]; /* "line-0007" */
	struct addr v4;
	struct prefix v6; /* a /56 */
	enum isp_behaviour behaviour;
};

/* Interface indices the two routers use. */
#define ISP_IF_SUBSCRIBER 1
#define ISP_IF_BORDER 2
/* record.exporter: the router with NetFlow v9, and the one with IPFIX. */
#define ISP_ROUTER_NETFLOW9 0
#define ISP_ROUTER_IPFIX 1
#define ISP_ROUTERS 2

#define ISP_INSIDE_V4_A "198.51.100.0/24"
#define ISP_INSIDE_V4_B "203.0.113.0/24"
#define ISP_INSIDE_V6 "2001:db8:1000::/36"
#define ISP_C2_ADDRESS "192.0.2.66"
#define ISP_C2_PORT 48101

struct isp;

/* 120 s quiet, attacks to the end at 300 s, timeouts 5 s and 2 s, 300 lines. */
void isp_conf_init(struct isp_conf *conf);
/* NULL: no memory, or lines out of range. */
struct isp *isp_new(const struct isp_conf *conf);
void isp_free(struct isp *isp);

size_t isp_line_count(const struct isp *isp);
const struct isp_line *isp_line(const struct isp *isp, size_t index);
const char *isp_behaviour_name(enum isp_behaviour behaviour);
bool isp_behaviour_infected(enum isp_behaviour behaviour);

/* The next record by export time (record->exported); false at the end. */
bool isp_next(struct isp *isp, struct flow_record *record);

#endif
