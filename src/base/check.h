/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lz_assert: an invariant of ours, checked in release builds too.  Never for
 * input: bad input is counted and answered, it doesn't end a process.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <assert.h>

#ifdef NDEBUG
#error "lz_assert must stay on: build without NDEBUG"
#endif
#define lz_assert(condition) assert(condition)

#endif
