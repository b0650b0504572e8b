/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that their customers have given away: what stands on them ends.
 *
 * A measure, and a place where one may begin, hang on a binding that was open
 * when it was named.  Its end is often heard of only later: a lease that is
 * given back, a new list, a contract that has run out.  From then on the line
 * is another's, and nobody may sit in the garden of who was there before.
 *
 * Only a word ends anything: the end of the row itself, or that another
 * customer has the line now where its row isn't known any more.  What a source
 * doesn't say, because it is silent, can't be read or isn't there yet, leaves
 * everything as it is; what was seen there is asked again by itself
 * (chain_move).
 */
#ifndef ROLE_CHAIN_LINES_H
#define ROLE_CHAIN_LINES_H

#include "role/chain.h"
#include "role/chain_news.h"

enum chain_lines_of {
	CHAIN_LINES_MEASURES, /* what is in force: often */
	CHAIN_LINES_ALL /* and places of open cases, where one may begin */
};

/*
 * Asks who holds each of these lines now (within: sorted, those that it touches
 * alone; NULL: all), and tells the case of each end that it doesn't know, in the
 * order of case numbers.  After holders_renew; before sightings of the same
 * news.  Takes a walk through all open cases, and look-ups of those lines.  0,
 * or as chain_event.
 */
LZ_NODISCARD int chain_lines(struct chain *chain, enum chain_lines_of what,
			     const struct chain_news *within,
			     struct at_event now);
/* The same of all lines that the news touches, when it is due; then it is
 * dropped. */
LZ_NODISCARD int chain_lines_news(struct chain *chain, struct chain_news *news,
				  struct at_event now);

#endif
