/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of which a later word says that their holder is another, gathered
 * until all cases are looked through for them at once: a busy network gives
 * hundreds of addresses away each second, and a book has a million cases.
 */
#ifndef ROLE_CHAIN_NEWS_H
#define ROLE_CHAIN_NEWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/times.h"
#include "net/addr.h"

/* Between two looks through all cases. */
#define CHAIN_NEWS_US TIMES_SECOND_US

struct chain_news {
	struct prefix *list;
	size_t count, room;
	bool all;              /* there was no memory: any address may be */
	struct at_event taken; /* when they were looked for last; 0: never */
};

void chain_news_fini(struct chain_news *news);
void chain_news_add(struct chain_news *news, const struct prefix *prefix);
/* Is there any, and the last look long enough ago? */
bool chain_news_due(const struct chain_news *news, struct at_event now);
/* To be called once before any chain_news_touch. */
void chain_news_sort(struct chain_news *news);
/* Does one of them share an address with the prefix? */
bool chain_news_touch(const struct chain_news *news,
		      const struct prefix *prefix);
/* They have been looked for. */
void chain_news_drop(struct chain_news *news, struct at_event now);

#endif
