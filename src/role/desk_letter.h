/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a step's action to what the notifier is to say: rows of the outbox with
 * a letter each, a notice or what takes one back.
 */
#ifndef ROLE_DESK_LETTER_H
#define ROLE_DESK_LETTER_H

#include "role/chain.h"
#include "store/desk_store.h"

/*
 * Inside the open transaction; 0 or the store's error.  Of a notice or a
 * correction that is really sent, not of one that would be.
 */
LZ_NODISCARD int desk_letter_notice(struct store *store,
				    const struct case_output *step,
				    const struct case_notice *notice);
/*
 * wrong: enum notice_wrong, where the caller knows it; else it follows from the
 * event.
 */
LZ_NODISCARD int desk_letter_correction(struct store *store,
					const struct case_output *step,
					const struct case_notice *notice,
					uint8_t wrong);

#endif
