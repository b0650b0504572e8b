/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small part of mustache: {{name}}, {{#name}}..{{/name}} (when name has a
 * text), {{^name}}..{{/name}} (when it has none), {{! comment }}.  No partials,
 * no lambdas, no lists.  A tag of section or comment that stands alone on its
 * line takes the line with it.
 */
#ifndef BASE_TEMPLATE_H
#define BASE_TEMPLATE_H

#include "base/text.h"

#define TEMPLATE_DEPTH_MAX 8

/* How values are written; the source itself always as it is. */
enum template_form {
	TEMPLATE_PLAIN,
	TEMPLATE_HTML /* & < > " ' as character references */
};

struct template_value {
	const char *name;
	const char *text; /* NULL: has none */
};

/*
 * LZ_E_FORMAT: a tag without end, a section that isn't closed or not open;
 * LZ_E_NOT_FOUND: a name that isn't among the values; LZ_E_FULL: too deep, or
 * more than `text` holds.
 */
LZ_NODISCARD int template_render(const char *source, enum template_form form,
				 const struct template_value *values,
				 size_t count, struct text *text);

#endif
