/* SPDX-License-Identifier: Apache-2.0 */
/* What several subcommands read from their command line alike. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "role/input.h"

/* "UTC" or "+hh:mm" to seconds east of it. */
bool options_zone(const char *value, int32_t *offset_s);
bool options_format(const char *value, enum input_format *format);
/*
 * The configuration of --config (NULL: none given), the environment or the
 * standard place; without one, everything by default.  NULL: it has said why.
 */
struct conf *options_conf(const char *given);

#endif
