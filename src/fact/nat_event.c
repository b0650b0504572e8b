/* SPDX-License-Identifier: Apache-2.0 */
/* The names of what translators say. */
#include "fact/nat_event.h"

const char *
nat_event_name(uint16_t event)
{
	static const char *const names[] = {
	    "other",
	    "create",
	    "delete",
	    "addresses_exhausted",
	    "nat44_create",
	    "nat44_delete",
	    "nat64_create",
	    "nat64_delete",
	    "nat44_bib_create",
	    "nat44_bib_delete",
	    "nat64_bib_create",
	    "nat64_bib_delete",
	    "ports_exhausted",
	    "quota_exceeded",
	    "address_create",
	    "address_delete",
	    "block_alloc",
	    "block_release",
	    "threshold",
	};

	return event < sizeof(names) / sizeof(names[0]) ? names[event]
							: names[0];
}

const char *
nat_gap_name(uint8_t gap)
{
	static const char *const names[] = {"none", "first", "lost", "restart",
					    "unread"};

	return gap < sizeof(names) / sizeof(names[0]) ? names[gap] : names[0];
}
