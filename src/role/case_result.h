/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an order, printed: one line a case. */
#ifndef ROLE_CASE_RESULT_H
#define ROLE_CASE_RESULT_H

#include "store/desk_view.h"

/*
 * The results of the command with that sequence, to standard output; refused
 * ones also for people to standard error.  *refused: there was such a one.
 * LZ_E_NOT_FOUND: the desk has written none; else as the store.
 */
LZ_NODISCARD int case_results(struct store *store, uint64_t sequence, bool json,
			      bool *refused);

#endif
