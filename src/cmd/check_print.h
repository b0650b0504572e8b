/* SPDX-License-Identifier: Apache-2.0 */
/* What check-config prints.  Contracts: lazaret(1), check-config. */
#ifndef CMD_CHECK_PRINT_H
#define CMD_CHECK_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "conf/conf.h"

/* A JSON line an error. */
void check_print_errors(struct text *text, const char *file,
			const struct conf_errors *errors);
/* The last line of JSON. */
void check_print_result(struct text *text, const char *file, size_t errors);
/* What the configuration does, as of now: sections, or a JSON line a
 * sentence. */
void check_print_words(struct text *text, const struct conf *conf, bool json);

#endif
