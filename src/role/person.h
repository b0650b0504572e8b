/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is behind an actor's text ("ann (uid 1000)", "root (uid 0) for ann (uid
 * 1000)"): where two persons are needed, the same one twice is one.
 */
#ifndef ROLE_PERSON_H
#define ROLE_PERSON_H

#include <stdbool.h>

/* The part that names the person: whoever root acts for, else the caller. */
const char *person_of(const char *actor);
/* Root, and nobody says who: whoever can become root. */
bool person_is_anybody(const char *actor);
/* May they be the same? */
bool person_same(const char *one, const char *other);

#endif
