/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only door to the heap for pure rooms.
 *
 * All three answer zeroed memory, or NULL when there is none or when
 * count * size overflows.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* count objects of size bytes, zeroed.  Owned by the caller: memory_free. */
void *memory_new(size_t count, size_t size);

/* The same, aligned to 64 bytes (a cache line). */
void *memory_new_aligned(size_t count, size_t size);

/*
 * Grows an array from old_count to new_count objects of size bytes; what is
 * added is zeroed.  On NULL the old array is unchanged and still owned.
 */
void *memory_grow(void *old, size_t old_count, size_t new_count, size_t size);

/* Frees what the functions above gave; NULL is harmless. */
void memory_free(void *memory);

#endif
