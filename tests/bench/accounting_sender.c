/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds whoever takes accounting on 127.0.0.1, and says in one line of JSON
 * what was answered:
 *
 *   accounting_sender PORT SECRET NAS OUTSTANDING MS FIRST
 *
 * NAS: how many; OUTSTANDING: packets under way of each; MS: for so long;
 * FIRST: number of the first session.  Every answer is checked against the
 * secret; ends with 1 where one was forged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/accounting_load.h"
#include "crypto/sha256.h"

static uint32_t
number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	struct accounting_load_conf conf = {.count = UINT32_MAX,
					    .again_ms = 2000,
					    .give_up_ms = 10000};
	struct accounting_load_result result;

	if (argc != 7) {
		fprintf(stderr, "usage: accounting_sender PORT SECRET NAS "
				"OUTSTANDING MS FIRST\n");
		return 2;
	}
	conf.port = (uint16_t)number(argv[1]);
	conf.secret = argv[2];
	conf.sockets = number(argv[3]);
	conf.window = number(argv[4]);
	conf.time_ms = number(argv[5]);
	conf.first = number(argv[6]);
	if (!conf.sockets || !conf.window || conf.window > 256 || !conf.time_ms)
		return 2;
	if (crypto_init() != 0 || !accounting_load(&conf, &result)) {
		perror("accounting_sender");
		return 1;
	}
	printf("{\"begun\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"again\":%" PRIu64
	       ",\"answered\":%" PRIu64 ",\"in_time\":%" PRIu64
	       ",\"forged\":%" PRIu64 ",\"seconds\":%.3f}\n",
	       result.begun, result.sent, result.again, result.answered,
	       result.in_time, result.forged, result.seconds);
	return result.forged ? 1 : 0;
}
