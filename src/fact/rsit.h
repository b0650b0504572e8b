/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the whole house uses: RSIT types (classes), roles, certainty, where a
 * flow entered.  Numbers are stored and hashed: never renumber, only append.
 */
#ifndef FACT_RSIT_H
#define FACT_RSIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum rsit_class {
	RSIT_NONE = 0,
	RSIT_DDOS = 1,
	RSIT_SCANNER = 2,
	RSIT_BRUTE_FORCE = 3,
	RSIT_SPAM = 4,
	RSIT_INFECTED_SYSTEM = 5,
	RSIT_C2_SERVER = 6,
	RSIT_DDOS_AMPLIFIER = 7,
	RSIT_VULNERABLE_SYSTEM = 8,
	RSIT_CLASS_COUNT
};

enum sighting_role {
	ROLE_NONE = 0,
	ROLE_INFECTED = 1,
	ROLE_C2 = 2,
	ROLE_REFLECTOR = 3,
	ROLE_VICTIM = 4,
	ROLE_VULNERABLE = 5,
	ROLE_INFORMATION = 6,
	ROLE_COUNT
};

enum entered {
	ENTERED_UNKNOWN = 0,
	ENTERED_SUBSCRIBER = 1,
	ENTERED_BORDER = 2
};

enum certainty {
	CERTAINTY_NOBODY = 0,
	CERTAINTY_EXPIRED = 1,
	CERTAINTY_AMBIGUOUS = 2,
	CERTAINTY_PROBABLE = 3,
	CERTAINTY_CERTAIN = 4,
	CERTAINTY_COUNT
};

/* RSIT type names ("ddos", "infected-system" ...); "none" for NONE. */
const char *rsit_class_name(enum rsit_class value);
/* RSIT_NONE when the name is none of ours. */
enum rsit_class rsit_class_of(struct slice name);
const char *sighting_role_name(enum sighting_role role);
const char *entered_name(enum entered entered);
const char *certainty_name(enum certainty certainty);

#endif
