/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systems ask a network to learn whether a portal stands before it: the
 * captive portal API (RFC 8908), and the pages they fetch and compare.
 */
#ifndef WEB_CAPTIVE_H
#define WEB_CAPTIVE_H

#include <stdbool.h>

#include "base/text.h"

#define CAPTIVE_TYPE "application/captive+json"

/* What a probe expects where nothing stands in the way. */
struct captive_probe {
	const char *path;
	unsigned status;
	const char *type, *body;
};

/* NULL: it is no probe's path. */
const struct captive_probe *captive_probe_of(const char *path);
/* The API's object; `url` is said while captive. */
void captive_format(struct text *text, bool captive, const char *url);

#endif
