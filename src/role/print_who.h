/* SPDX-License-Identifier: Apache-2.0 */
/* Who held an address, printed: with labels, the list being the user's own. */
#ifndef ROLE_PRINT_WHO_H
#define ROLE_PRINT_WHO_H

#include "base/text.h"
#include "ident/binding_list.h"

void print_who_json(struct text *text, const struct binding_list *list,
		    const struct identity_answer *answer);
void print_who(struct text *text, const struct binding_list *list,
	       const struct identity_answer *answer);

#endif
