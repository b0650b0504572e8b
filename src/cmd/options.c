/* SPDX-License-Identifier: Apache-2.0 */
/* What several subcommands read from their command line alike. */
#include "cmd/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define ERRORS_TEXT_SIZE ((size_t)CONF_ERRORS_MAX * 512)

bool
options_zone(const char *value, int32_t *offset_s)
{
	uint64_t hours, minutes;

	*offset_s = 0;
	if (strcmp(value, "UTC") == 0)
		return true;
	if (strlen(value) != 6 || value[3] != ':' ||
	    (value[0] != '+' && value[0] != '-') ||
	    slice_u64((struct slice){value + 1, 2}, 14, &hours) != 0 ||
	    slice_u64((struct slice){value + 4, 2}, 59, &minutes) != 0)
		return false;
	*offset_s = (value[0] == '-' ? -60 : 60) *
		    (int32_t)(hours * 60 + minutes);
	return true;
}

bool
options_format(const char *value, enum input_format *format)
{
	static const char *const names[] = {[INPUT_AUTO] = "auto",
					    [INPUT_DATAGRAMS] = "datagrams",
					    [INPUT_ARGUS] = "argus",
					    [INPUT_NFDUMP] = "nfdump",
					    [INPUT_ZEEK] = "zeek"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			*format = (enum input_format)i;
			return true;
		}
	return false;
}

struct conf *
options_conf(const char *given)
{
	const char *path = conf_path(given, getenv("LAZARET_CONFIG"));
	struct conf_errors *errors = memory_new(1, sizeof(*errors));
	char *buffer = memory_new(ERRORS_TEXT_SIZE, 1);
	struct conf *conf = NULL;
	struct text text;

	if (errors && buffer) {
		text_init(&text, buffer, ERRORS_TEXT_SIZE);
		if (path ? conf_read(path, &conf, errors) : conf_default(&conf))
			conf_errors_format(&text, path ? path : "", errors);
		fputs(buffer, stderr);
	}
	memory_free(buffer);
	memory_free(errors);
	return conf;
}
