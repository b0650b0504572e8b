/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many NAS at once: sends RADIUS accounting with as many packets under way as
 * identifiers allow, and counts those that were answered genuinely.
 */
#ifndef TESTS_BENCH_ACCOUNTING_LOAD_H
#define TESTS_BENCH_ACCOUNTING_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct accounting_load_conf {
	uint16_t port; /* of 127.0.0.1 */
	const char *secret;
	uint32_t count;     /* packets at most, each of its own session */
	uint32_t first;     /* number of the first session */
	uint32_t sockets;   /* NAS: a source port, 256 identifiers each */
	uint32_t window;    /* packets under way, of one socket: 1 to 256 */
	int64_t again_ms;   /* unanswered for so long: sent again */
	int64_t give_up_ms; /* without any answer for so long: the end */
	int64_t time_ms;    /* then nothing new is sent; 0: until `count` */
};

struct accounting_load_result {
	uint64_t sent, again, forged;
	uint64_t begun;    /* sessions: each was sent at least once */
	uint64_t answered; /* of them, in the end */
	/* Answered while new ones were sent, and how long that was: from the
	 * first packet to the end of the time, or to the last answer. */
	uint64_t in_time;
	double seconds;
};

/* false: it could not be begun. */
bool accounting_load(const struct accounting_load_conf *conf,
		     struct accounting_load_result *result);

#endif
