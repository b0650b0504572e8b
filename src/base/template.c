/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the source; a stack of open sections says what is written. */
#include "base/template.h"

#include <string.h>

struct section {
	struct slice name;
	bool shown;
};

struct renderer {
	const struct template_value *values;
	size_t count;
	struct text *text;
	enum template_form form;
	unsigned depth;
	struct section sections[TEMPLATE_DEPTH_MAX];
};

static bool
is_shown(const struct renderer *renderer)
{
	return renderer->depth == 0 ||
	       renderer->sections[renderer->depth - 1].shown;
}

static const struct template_value *
find(const struct renderer *renderer, struct slice name)
{
	for (size_t i = 0; i < renderer->count; i++)
		if (slice_equal(name, renderer->values[i].name))
			return &renderer->values[i];
	return NULL;
}

static int
open_section(struct renderer *renderer, char sign, struct slice name)
{
	const struct template_value *value = find(renderer, name);
	struct section *section;

	if (!value)
		return LZ_E_NOT_FOUND;
	if (renderer->depth == TEMPLATE_DEPTH_MAX)
		return LZ_E_FULL;
	section = &renderer->sections[renderer->depth];
	section->name = name;
	section->shown = is_shown(renderer) &&
			 (value->text != NULL) == (sign == '#');
	renderer->depth++;
	return 0;
}

static int
close_section(struct renderer *renderer, struct slice name)
{
	const struct section *section;

	if (renderer->depth == 0)
		return LZ_E_FORMAT;
	section = &renderer->sections[renderer->depth - 1];
	if (section->name.length != name.length ||
	    memcmp(section->name.at, name.at, name.length) != 0)
		return LZ_E_FORMAT;
	renderer->depth--;
	return 0;
}

static void
put_html(struct text *text, const char *value)
{
	for (; *value; value++) {
		switch (*value) {
		case '&':
			text_add(text, "&amp;");
			break;
		case '<':
			text_add(text, "&lt;");
			break;
		case '>':
			text_add(text, "&gt;");
			break;
		case '"':
			text_add(text, "&quot;");
			break;
		case '\'':
			text_add(text, "&#39;");
			break;
		default:
			text_char(text, *value);
		}
	}
}

/* What stands between the braces. */
static int
take_tag(struct renderer *renderer, struct slice tag)
{
	const struct template_value *value;
	char sign = tag.length ? tag.at[0] : '\0';

	if (sign == '!')
		return 0;
	if (sign == '#' || sign == '^' || sign == '/') {
		struct slice name =
		    slice_trim((struct slice){tag.at + 1, tag.length - 1});

		return sign == '/' ? close_section(renderer, name)
				   : open_section(renderer, sign, name);
	}
	value = find(renderer, slice_trim(tag));
	if (!value)
		return LZ_E_NOT_FOUND;
	if (!value->text || !is_shown(renderer))
		return 0;
	if (renderer->form == TEMPLATE_HTML)
		put_html(renderer->text, value->text);
	else
		text_add(renderer->text, value->text);
	return 0;
}

/* Whether a tag from `open` to `after` is alone on its line. */
static bool
is_alone(const char *source, const char *open, const char *after)
{
	char sign = open[2];

	return strchr("!#^/", sign) && sign != '\0' &&
	       (open == source || open[-1] == '\n') &&
	       (*after == '\n' || *after == '\0');
}

int
template_render(const char *source, enum template_form form,
		const struct template_value *values, size_t count,
		struct text *text)
{
	struct renderer renderer = {.values = values,
				    .count = count,
				    .text = text,
				    .form = form};
	const char *at = source, *open;

	while ((open = strstr(at, "{{"))) {
		const char *close = strstr(open, "}}");
		struct slice before = {at, (size_t)(open - at)};
		int error;

		if (!close)
			return LZ_E_FORMAT;
		if (is_shown(&renderer))
			text_slice(text, before);
		error = take_tag(&renderer,
				 (struct slice){open + 2,
						(size_t)(close - open - 2)});
		if (error)
			return error;
		at = close + 2;
		if (is_alone(source, open, at) && *at == '\n')
			at++;
	}
	if (renderer.depth > 0)
		return LZ_E_FORMAT;
	text_add(text, at);
	return text->full ? LZ_E_FULL : 0;
}
