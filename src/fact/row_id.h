/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number of a binding's row: a function of what stays the same while words
 * arrive, so that sealed days needn't store it and it never changes when an end
 * moves (measures hang on it).
 */
#ifndef FACT_ROW_ID_H
#define FACT_ROW_ID_H

#include "fact/identity.h"

/*
 * From the row's realm, subject, source, slot and offset (of the word that made
 * it).  Never 0.  Not secret, not for keys.  A second row of the same word for
 * the same subject takes the next free number above.
 */
uint64_t binding_row_id(const struct binding *row);

#endif
