/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a page gives along to be told again: which case, until when, signed
 * with a key of the web role alone.  It can't be made or changed by others; a
 * bound one is worth nothing on another line.
 */
#ifndef WEB_TOKEN_H
#define WEB_TOKEN_H

#include "base/text.h"
#include "base/times.h"
#include "net/addr.h"

#define TOKEN_KEY_SIZE 32
#define TOKEN_BODY_SIZE 29
#define TOKEN_MAC_SIZE 16
#define TOKEN_TEXT_SIZE (2 * (TOKEN_BODY_SIZE + TOKEN_MAC_SIZE) + 1)

enum token_purpose {
	TOKEN_FORM = 1,  /* the form of a release; bound to the line */
	TOKEN_ORDER = 2, /* what became of a release */
	TOKEN_GUIDE = 3  /* a code was right */
};

struct token {
	enum token_purpose purpose;
	uint64_t case_id;
	uint64_t order; /* sequence in the web spool; 0 */
	struct at_event made;
	uint32_t ticks; /* steps that were ticked, a bit each */
};

/* `line` is NULL for one that isn't bound. */
void token_make(const uint8_t key[TOKEN_KEY_SIZE], const struct token *token,
		const struct addr *line, char text[TOKEN_TEXT_SIZE]);
/*
 * LZ_E_FORMAT: no token; LZ_E_CHECKSUM: not ours, changed, or of another line;
 * LZ_E_STATE: ours, older than max_us or of another purpose.
 */
LZ_NODISCARD int token_read(const uint8_t key[TOKEN_KEY_SIZE],
			    struct slice text, enum token_purpose purpose,
			    const struct addr *line, struct at_event now,
			    int64_t max_us, struct token *token);

#endif
