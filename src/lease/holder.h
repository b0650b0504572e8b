/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of who holds: a kind, a colon, and the source's bytes, written so that
 * two different values never make the same label.
 *
 * Text stands as it is ("user:sub-a"), where it is UTF-8 without control
 * characters and doesn't begin with "0x"; anything else is hexadecimal
 * ("circuit:0x0004002a0103").  Nothing is folded, trimmed or cut: a label that
 * would be longer than PARTY_LABEL_SIZE is none at all, because a cut one could
 * be two people's.
 */
#ifndef LEASE_HOLDER_H
#define LEASE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "fact/identity.h"

/*
 * All answer whether the label was made; where not, label is "".  An empty
 * value makes none.  `kind` without the colon: "user", "circuit", "remote".
 */
bool holder_text(char label[PARTY_LABEL_SIZE], const char *kind,
		 struct slice value);
/* Always hexadecimal: "class:0x666f6f". */
bool holder_octets(char label[PARTY_LABEL_SIZE], const char *kind,
		   struct slice value);
/*
 * "mac:02:00:5e:10:00:01" from six octets as text, in any of the usual forms:
 * 02:00:5E:10:00:01, 02-00-..., 0200.5e10.0001, 02005e100001 (with a
 * letter: else it's a telephone number); what follows behind one more ':' or
 * '-' (an SSID) is left out where `tail`.
 */
bool holder_mac(char label[PARTY_LABEL_SIZE], struct slice value, bool tail);

#endif
