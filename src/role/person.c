/* SPDX-License-Identifier: Apache-2.0 */
/* Who is behind an actor's text. */
#include "role/person.h"

#include <string.h>

#define FOR ") for "

const char *
person_of(const char *actor)
{
	const char *behind = actor;

	for (const char *at = strstr(actor, FOR); at; at = strstr(behind, FOR))
		behind = at + sizeof(FOR) - 1;
	return behind;
}

bool
person_same(const char *one, const char *other)
{
	return strcmp(person_of(one), person_of(other)) == 0;
}
