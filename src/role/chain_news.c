/* SPDX-License-Identifier: Apache-2.0 */
/* Changed addresses as a sorted list, without those that another one holds. */
#include "role/chain_news.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void
chain_news_fini(struct chain_news *news)
{
	memory_free(news->list);
	*news = (struct chain_news){0};
}

void
chain_news_add(struct chain_news *news, const struct prefix *prefix)
{
	const size_t room = news->room * 2 + 64;
	struct prefix *grown;

	if (news->count == news->room) {
		grown = memory_grow(news->list, news->room, room,
				    sizeof(*grown));
		if (!grown) {
			news->all = true;
			return;
		}
		news->list = grown;
		news->room = room;
	}
	news->list[news->count++] = *prefix;
}

bool
chain_news_due(const struct chain_news *news, struct at_event now)
{
	const int64_t since_us = now.us - news->taken.us;

	/* A clock that was set back must not put it off. */
	return (news->count > 0 || news->all) &&
	       (since_us >= CHAIN_NEWS_US || since_us < 0);
}

/* By first address, the wider one first. */
static int
compare(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	const int order = memcmp(x->addr.bytes, y->addr.bytes,
				 sizeof(x->addr.bytes));

	return order ? order : (int)x->length - (int)y->length;
}

void
chain_news_sort(struct chain_news *news)
{
	size_t kept = 0;

	if (news->count == 0)
		return;
	qsort(news->list, news->count, sizeof(news->list[0]), compare);
	for (size_t i = 0; i < news->count; i++)
		if (kept == 0 || !prefix_contains(&news->list[kept - 1],
						  &news->list[i].addr))
			news->list[kept++] = news->list[i];
	news->count = kept;
}

bool
chain_news_touch(const struct chain_news *news, const struct prefix *prefix)
{
	size_t low = 0, high = news->count;

	if (news->all)
		return true;
	/* The first one behind the prefix's first address. */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (memcmp(news->list[middle].addr.bytes, prefix->addr.bytes,
			   sizeof(prefix->addr.bytes)) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (low > 0 &&
		prefix_contains(&news->list[low - 1], &prefix->addr)) ||
	       (low < news->count &&
		prefix_contains(prefix, &news->list[low].addr));
}

void
chain_news_drop(struct chain_news *news, struct at_event now)
{
	news->count = 0;
	news->all = false;
	news->taken = now;
}
