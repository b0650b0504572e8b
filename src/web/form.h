/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a form sends: application/x-www-form-urlencoded.  Names and values are
 * decoded once, bounded, NUL-terminated; nothing is repaired.
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include <stdbool.h>

#include "base/text.h"

#define FORM_BYTES_MAX 2048
#define FORM_FIELDS_MAX 32

struct form {
	size_t count;
	struct {
		const char *name, *value;
	} fields[FORM_FIELDS_MAX];
	char bytes[FORM_BYTES_MAX + FORM_FIELDS_MAX + 1];
};

/*
 * LZ_E_FULL: more bytes or fields than that; LZ_E_FORMAT: a broken escape, a
 * control character, or bytes that aren't UTF-8.  Then *form holds no field.
 */
LZ_NODISCARD int form_parse(struct form *form, const char *bytes,
			    size_t length);
/* The first of that name; NULL: none. */
const char *form_get(const struct form *form, const char *name);
/* Was that value among those of the name? */
bool form_has(const struct form *form, const char *name, const char *value);

#endif
