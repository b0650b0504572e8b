/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would have happened otherwise: the case decided once more with one thing
 * changed at a time, and said in plain words where that changes what the
 * subscriber met.  Used by explain.c alone.
 */
#ifndef ROLE_EXPLAIN_OTHERWISE_H
#define ROLE_EXPLAIN_OTHERWISE_H

#include "role/explain_evidence.h"

/*
 * recorded: what was really decided; present: the policy of now, or NULL.
 * LZ_E_MEMORY.
 */
LZ_NODISCARD int explain_otherwise(const struct explain_case *it,
				   const struct what_if_outcome *recorded,
				   const struct case_policy *present,
				   bool json);

#endif
