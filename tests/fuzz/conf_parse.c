/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a configuration: refused with a reason, or printed in a form
 * that reads again and prints the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char first[1 << 20], second[1 << 20];

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf_errors errors;
	struct conf *conf;
	struct text text;
	int error = conf_parse("/c", (const char *)data, size, &conf, &errors);

	text_init(&text, first, sizeof(first));
	if (error) {
		conf_errors_format(&text, "c", &errors);
		if (error == LZ_E_FORMAT && !errors.count)
			abort();
		return 0;
	}
	conf_print(&text, conf);
	conf_free(conf);
	if (text.full)
		return 0;
	if (conf_parse("/c", first, text.length, &conf, &errors))
		abort();
	text_init(&text, second, sizeof(second));
	conf_print(&text, conf);
	conf_free(conf);
	if (strcmp(first, second) != 0)
		abort();
	return 0;
}
