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
	uint32_t count;     /* packets, each of a session of its own */
	uint32_t first;     /* number of the first session */
	uint32_t sockets;   /* source ports: 256 identifiers each */
	uint32_t window;    /* packets under way, of one socket: 1 to 256 */
	int64_t again_ms;   /* unanswered for so long: sent again */
	int64_t give_up_ms; /* without any answer for so long: the end */
};

struct accounting_load_result {
	uint64_t sent, again, answered, forged;
	double seconds; /* from the first packet to the last answer */
};

/* false: it could not be begun. */
bool accounting_load(const struct accounting_load_conf *conf,
		     struct accounting_load_result *result);

#endif
