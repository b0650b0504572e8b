/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look-up, printed: with the account where lists are the user's own, else with
 * the party's number, and the account for who may see it.
 */
#ifndef ROLE_PRINT_WHO_H
#define ROLE_PRINT_WHO_H

#include "base/text.h"
#include "role/who.h"

void print_who_json(struct text *text, const struct who_said *said);
void print_who(struct text *text, const struct who_said *said);

#endif
