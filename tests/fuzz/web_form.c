/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: what is read is bounded text, and reads the same when written again. */
#include <stdlib.h>
#include <string.h>

#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct form form, again;

/* Every byte escaped. */
static size_t
write_part(const char *part, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t length = 0;

	for (; *part; part++) {
		out[length++] = '%';
		out[length++] = digits[(uint8_t)*part >> 4];
		out[length++] = digits[(uint8_t)*part & 15];
	}
	return length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char out[3 * (FORM_BYTES_MAX + 2 * FORM_FIELDS_MAX) + 1];
	size_t written = 0;

	if (form_parse(&form, (const char *)bytes, length) != 0) {
		if (form.count != 0)
			abort();
		return 0;
	}
	if (form.count > FORM_FIELDS_MAX || length > FORM_BYTES_MAX)
		abort();
	for (size_t i = 0; i < form.count; i++) {
		const char *value = form_get(&form, form.fields[i].name);

		if (!value || !form_has(&form, form.fields[i].name, value))
			abort();
		written += write_part(form.fields[i].name, out + written);
		out[written++] = '=';
		written += write_part(form.fields[i].value, out + written);
		out[written++] = '&';
	}
	if (written > FORM_BYTES_MAX)
		return 0;
	if (form_parse(&again, out, written) != 0 || again.count != form.count)
		abort();
	for (size_t i = 0; i < form.count; i++)
		if (strcmp(form.fields[i].name, again.fields[i].name) != 0 ||
		    strcmp(form.fields[i].value, again.fields[i].value) != 0)
			abort();
	return 0;
}
