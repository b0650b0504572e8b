/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What POST /api/v1/who is asked: one JSON object of
 *   address, port, proto, at, why, case, reveal
 * of which address, at and why must be there.  Nothing else, nothing twice.
 */
#ifndef WEB_WHO_BODY_H
#define WEB_WHO_BODY_H

#include "base/text.h"
#include "base/times.h"
#include "net/addr.h"

#define WHO_BODY_TEXT_SIZE 96

struct who_body {
	struct endpoint endpoint; /* port, proto -1: not said */
	struct at_event at;
	char why[WHO_BODY_TEXT_SIZE];
	char about[WHO_BODY_TEXT_SIZE]; /* the case; "" */
	bool reveal;
};

/* NULL, or what is wrong (static); texts are free of control characters. */
const char *who_body_read(const char *bytes, size_t length,
			  struct who_body *body);

#endif
