/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine output of CONTRACT, one JSON object into `text`, newline
 * included; what isn't known is left out.
 */
#ifndef ROLE_PRINT_H
#define ROLE_PRINT_H

#include "base/text.h"
#include "fact/sighting.h"

void print_sighting(struct text *text, const struct sighting *sighting);

#endif
