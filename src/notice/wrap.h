/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breaks long lines at blanks for mail readers of any width.  What hangs:
 * "1. text" under its text, "Label     text" (two blanks or more) under its
 * text, an indented line under its first letter.
 */
#ifndef NOTICE_WRAP_H
#define NOTICE_WRAP_H

#include "base/text.h"

#define WRAP_COLUMNS 72

/* A word longer than a line stands on a line of its own, unbroken. */
void wrap_lines(const char *source, struct text *text);

#endif
