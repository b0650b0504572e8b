/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a notice says, and its form as a mail message (RFC 5322, UTF-8, plain
 * text, wrapped).  No link, no attachment, no personal data beyond the line's
 * own address, port and times; other networks are shortened and defanged.
 */
#ifndef NOTICE_NOTICE_H
#define NOTICE_NOTICE_H

#include "base/text.h"
#include "fact/case_fact.h"
#include "fact/sighting.h"
#include "notice/notice_conf.h"

#define NOTICE_BYTES_MAX 16384

/* Everything a text needs; travels from the desk to the notifier. */
struct notice_letter {
	uint64_t id;
	uint64_t code_bits;
	uint32_t step; /* ladder step, from 1 */
	bool limits;   /* a later step limits the line: say so */
	struct at_event created;
	int64_t grace_us;         /* until it must be clean */
	int64_t quiet_us;         /* until the case is closed */
	struct sighting sighting; /* the newest */
};

/*
 * The whole message.  now: its Date.  LZ_E_FULL when it doesn't fit; the
 * template's errors are ours (a test renders it).
 */
LZ_NODISCARD int notice_render(const struct notice_conf *conf,
			       const struct notice_letter *letter,
			       struct at_event now, struct text *text);

#endif
