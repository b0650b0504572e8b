/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask the API what: lines "SHA-256 NAME PERMISSION,...", blank ones and
 * those that begin with # left out.  Only hashes of tokens are kept.
 */
#ifndef WEB_PERMITS_H
#define WEB_PERMITS_H

#include "base/text.h"
#include "base/times.h"
#include "crypto/sha256.h"

#define PERMITS_MAX 256
#define PERMIT_NAME_SIZE 64
#define PERMIT_TOKEN_MAX 256

#define PERMIT_WHO 0x01      /* who: look-ups, answered with numbers */
#define PERMIT_REVEAL 0x02   /* who.reveal: and with the account */
#define PERMIT_MACHINES 0x04 /* machines: says who rents which machine */

/* So many requests of one token in so long; then it has to wait. */
#define PERMIT_ASKED_MAX 600
#define PERMIT_SPAN_US TIMES_MINUTE_US

struct permit {
	uint8_t hash[SHA256_SIZE];
	char name[PERMIT_NAME_SIZE];
	uint8_t may; /* PERMIT_* */
	uint32_t asked;
	int64_t since_us; /* when the count began, monotonic */
};

struct permits {
	size_t count;
	struct permit of[PERMITS_MAX];
};

typedef void permits_refused(void *context, uint64_t line, const char *reason);
/* Adds the lines of a file; a bad one is refused with its reason. LZ_E_FULL. */
LZ_NODISCARD int permits_read(struct permits *permits, const char *bytes,
			      size_t length, permits_refused *refused,
			      void *context);
/*
 * The permit of an Authorization header ("Bearer TOKEN"); NULL: of nobody.
 * Takes the same time whichever token it is, and for none of them.
 */
struct permit *permits_find(struct permits *permits, const char *header);
/* Counts one request; false: too many, wait. */
bool permit_ask(struct permit *permit, struct at_mono now);

#endif
