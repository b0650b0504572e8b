/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every word of the portal, by name, in one table a language.  A word may hold
 * {{values}} of the page; templates hold words, and no text of their own.
 */
#ifndef WEB_WORDS_H
#define WEB_WORDS_H

#include <stddef.h>

#define WORDS_MAX 192

struct word {
	const char *name, *text;
};

/* A step of a guide; `key` is what forms and records say for it. */
#define GUIDE_STEPS 5
struct guide_step {
	const char *key, *title, *what, *why; /* why: NULL where it is plain */
};
struct guide {
	const char *title, *minutes;
	struct guide_step steps[GUIDE_STEPS];
};

/* What one class means to the person it is about. */
struct class_words {
	const char *doing; /* "It is trying to ..." */
	const char *seen;  /* "A device on your line ..." */
};

struct language {
	const char *code;
	const struct word *words;                    /* ended by a NULL name */
	const char *const *weekdays, *const *months; /* short */
	const struct class_words *classes;           /* by rsit_class */
	const struct guide *device, *computer;
};

extern const struct language words_english;

#endif
