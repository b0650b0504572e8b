/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A NAS of the tests: sends RADIUS accounting, each session with an address of
 * its own, and knows which of it was answered by whom shares the secret.
 */
#ifndef TESTS_ROLE_NAS_H
#define TESTS_ROLE_NAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "radius/radius.h"

#define NAS_SECRET "the secret of 1 NAS"

struct nas {
	int socket;
	struct md5 *md5;
	const char *secret;
	uint8_t id;
	uint8_t bytes[RADIUS_PACKET_MAX]; /* the last one built */
	size_t length;
};

/* From `source` ("127.0.0.2") to the port of 127.0.0.1. */
void nas_begin(struct nas *nas, const char *source, uint16_t port);
void nas_end(struct nas *nas);

/*
 * Builds a Start (status 1), Stop (2) or Interim (3) of session number
 * `session`: its address is 198.18.0.0 + session, its user "u<session>".
 */
void nas_build(struct nas *nas, uint32_t status, uint32_t session,
	       int64_t at_s);
/* Sends what was built (again). */
void nas_send(const struct nas *nas);
/* The next answer within so long: its id, or -1 where none comes.  One that
 * isn't genuine fails the test. */
int nas_answer(struct nas *nas, int timeout_ms);

#endif
