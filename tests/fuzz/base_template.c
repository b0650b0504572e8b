/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a template: nothing but what the values say comes out of its
 * tags, no tag is left over, and a small buffer is never overrun.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/template.h"

#define TEXT_SIZE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
render(const char *source, char *buffer, size_t capacity)
{
	static const struct template_value values[] = {
	    {"address", "192.0.2.7"},
	    {"code", "LZ-0000-0000-0000"},
	    {"port", NULL},
	    {"a", "a"},
	};
	struct text text;
	int error;

	text_init(&text, buffer, capacity);
	error = template_render(source, TEMPLATE_PLAIN, values,
				sizeof(values) / sizeof(values[0]), &text);
	lz_assert(text.length < capacity && buffer[text.length] == '\0');
	return error;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *source = memory_new(size + 1, 1), *all = memory_new(TEXT_SIZE, 1);
	size_t small = size > 0 ? 1 + data[0] % 32u : 1;
	char *part = memory_new(small, 1);
	int error;

	if (!source || !all || !part)
		abort();
	if (size > 0)
		memcpy(source, data, size);
	error = render(source, all, TEXT_SIZE);
	if (error == 0) {
		lz_assert(strstr(all, "{{") == NULL);
		error = render(source, part, small);
		if (strlen(all) < small)
			lz_assert(error == 0 && strcmp(all, part) == 0);
		else
			lz_assert(error == LZ_E_FULL);
	} else {
		lz_assert(error == LZ_E_FORMAT || error == LZ_E_NOT_FOUND ||
			  error == LZ_E_FULL);
	}
	memory_free(source);
	memory_free(all);
	memory_free(part);
	return 0;
}
