/* SPDX-License-Identifier: Apache-2.0 */
/* The heap behind base/memory.h: zeroed, and safe from count * size overflow. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE ((size_t)64)

void *
memory_new(size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	/* calloc(0) may answer NULL, which here means "no memory". */
	return calloc(1, total ? total : 1);
}

void *
memory_new_aligned(size_t count, size_t size)
{
	size_t total;
	void *memory;

	if (__builtin_mul_overflow(count, size, &total) ||
	    total > SIZE_MAX - CACHE_LINE)
		return NULL;
	total = (total / CACHE_LINE + 1) * CACHE_LINE;
	memory = aligned_alloc(CACHE_LINE, total);
	if (memory)
		memset(memory, 0, total);
	return memory;
}

void *
memory_grow(void *old, size_t old_count, size_t new_count, size_t size)
{
	size_t total, used;
	char *memory;

	if (__builtin_mul_overflow(new_count, size, &total) ||
	    __builtin_mul_overflow(old_count, size, &used))
		return NULL;
	memory = realloc(old, total ? total : 1);
	if (memory && total > used)
		memset(memory + used, 0, total - used);
	return memory;
}

void
memory_free(void *memory)
{
	free(memory);
}
