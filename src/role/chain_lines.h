/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that their customers have given away: what stands on them ends.
 *
 * A measure, and a place where one may begin, hang on a binding that was open
 * when it was named.  Its end is often heard of only later: a lease that is
 * given back, a new list, a contract that has run out.  From then on the line
 * is another's, and nobody may sit in the garden of who was there before.
 *
 * A line whose row its sources don't know any more stays as it is: silence ends
 * nothing, and what was seen there is asked again by itself (chain_move).
 */
#ifndef ROLE_CHAIN_LINES_H
#define ROLE_CHAIN_LINES_H

#include "role/chain.h"

enum chain_lines_of {
	CHAIN_LINES_MEASURES, /* what is in force: often */
	CHAIN_LINES_ALL /* and places of open cases, where one may begin */
};

/*
 * Asks who holds each of these lines now (within: those that touch it alone;
 * NULL: all), and tells the case of each end that it doesn't know, in the order
 * of case numbers.  After holders_renew; before sightings of the same news.  0,
 * or as chain_event.
 */
LZ_NODISCARD int chain_lines(struct chain *chain, enum chain_lines_of what,
			     const struct prefix *within, struct at_event now);

#endif
