/* SPDX-License-Identifier: Apache-2.0 */
/* Who is behind an actor's text. */
#include "role/person.h"

#include <string.h>

#define FOR ") for "
#define ROOT "(uid 0)"

const char *
person_of(const char *actor)
{
	const char *behind = actor;

	for (const char *at = strstr(actor, FOR); at; at = strstr(behind, FOR))
		behind = at + sizeof(FOR) - 1;
	return behind;
}

bool
person_is_anybody(const char *actor)
{
	const char *root = strstr(person_of(actor), ROOT);

	return root && root[sizeof(ROOT) - 1] == '\0';
}

bool
person_same(const char *one, const char *other)
{
	return person_is_anybody(one) || person_is_anybody(other) ||
	       strcmp(person_of(one), person_of(other)) == 0;
}
