/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as FreeRADIUS 3 prints them, back to the octets they had in the
 * packet.  For detail.h.
 */
#ifndef LEASE_DETAIL_VALUE_H
#define LEASE_DETAIL_VALUE_H

#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"

#define DETAIL_OCTETS_MAX 253

enum detail_form {
	DETAIL_TEXT,   /* "in quotes", \" \\ \n \r \t \ooo escaped */
	DETAIL_OCTETS, /* 0x0123, or as text */
	DETAIL_NUMBER,
	DETAIL_STATUS, /* Acct-Status-Type: a number or its name */
	DETAIL_DATE,   /* "Jun 20 2024 10:00:00 CEST", or a number */
	DETAIL_ADDR4,
	DETAIL_ADDR6,
	DETAIL_PREFIX6, /* 2001:db8::/56 */
	DETAIL_ALLOC    /* IP-Port-Range-Alloc */
};

/*
 * Is the value whole: quotes closed at its end, or no blank in it?  So that a
 * line into which another one was written is noticed, whatever it says.
 */
bool detail_value_whole(struct slice value);

/*
 * Octets of a value in `form`; answers how many.  LZ_E_FORMAT;
 * LZ_E_UNSUPPORTED: a date in a zone that isn't known for sure.
 */
LZ_NODISCARD int detail_value(struct slice value, enum detail_form form,
			      uint8_t octets[DETAIL_OCTETS_MAX]);

#endif
