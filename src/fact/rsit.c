/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The house's fixed vocabularies as text: RSIT types, roles, where a flow
 * entered, how certain an attribution is.
 */
#include "fact/rsit.h"

static const char *const class_names[RSIT_CLASS_COUNT] = {
    [RSIT_NONE] = "none",
    [RSIT_DDOS] = "ddos",
    [RSIT_SCANNER] = "scanner",
    [RSIT_BRUTE_FORCE] = "brute-force",
    [RSIT_SPAM] = "spam",
    [RSIT_INFECTED_SYSTEM] = "infected-system",
    [RSIT_C2_SERVER] = "c2-server",
    [RSIT_DDOS_AMPLIFIER] = "ddos-amplifier",
    [RSIT_VULNERABLE_SYSTEM] = "vulnerable-system",
};

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_NONE] = "none",
    [ROLE_INFECTED] = "infected",
    [ROLE_C2] = "c2",
    [ROLE_REFLECTOR] = "reflector",
    [ROLE_VICTIM] = "victim",
    [ROLE_VULNERABLE] = "vulnerable",
    [ROLE_INFORMATION] = "information",
};

static const char *const entered_names[] = {
    [ENTERED_UNKNOWN] = "unknown",
    [ENTERED_SUBSCRIBER] = "subscriber",
    [ENTERED_BORDER] = "border",
};

static const char *const certainty_names[CERTAINTY_COUNT] = {
    [CERTAINTY_NOBODY] = "nobody",       [CERTAINTY_EXPIRED] = "expired",
    [CERTAINTY_AMBIGUOUS] = "ambiguous", [CERTAINTY_PROBABLE] = "probable",
    [CERTAINTY_CERTAIN] = "certain",
};

const char *
rsit_class_name(enum rsit_class value)
{
	return (unsigned)value < RSIT_CLASS_COUNT ? class_names[value] : "none";
}

enum rsit_class
rsit_class_of(struct slice name)
{
	for (unsigned i = RSIT_NONE + 1; i < RSIT_CLASS_COUNT; i++)
		if (slice_equal(name, class_names[i]))
			return (enum rsit_class)i;
	return RSIT_NONE;
}

const char *
sighting_role_name(enum sighting_role role)
{
	return (unsigned)role < ROLE_COUNT ? role_names[role] : "none";
}

const char *
entered_name(enum entered entered)
{
	return (unsigned)entered <= ENTERED_BORDER ? entered_names[entered]
						   : "unknown";
}

const char *
certainty_name(enum certainty certainty)
{
	return (unsigned)certainty < CERTAINTY_COUNT
		   ? certainty_names[certainty]
		   : "nobody";
}
