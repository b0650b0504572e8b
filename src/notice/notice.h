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

/* Why a notice is taken back. */
enum notice_wrong {
	NOTICE_WRONG_NONE = 0,      /* it isn't: the letter is the notice */
	NOTICE_WRONG_EVIDENCE = 1,  /* what it rested on was wrong */
	NOTICE_WRONG_HOLDER = 2,    /* it was another's line */
	NOTICE_WRONG_OBJECTION = 3, /* the subscriber said so and is right */
	NOTICE_WRONG_COUNT
};

/* Everything a text needs; travels from the desk to the notifier. */
struct notice_letter {
	uint64_t id; /* of the notice, also where it is taken back */
	uint64_t code_bits;
	uint32_t step; /* ladder step, from 1 */
	bool limits;   /* a later step limits the line: say so */
	struct at_event created;
	int64_t grace_us; /* until it must be clean */
	int64_t quiet_us; /* until the case is closed */
	uint8_t channel;  /* enum case_channel that is asked for */
	/* Of a correction: */
	uint8_t wrong;            /* enum notice_wrong; else NONE */
	bool lifted;              /* a measure was lifted with it */
	struct at_event told;     /* when the notice was made */
	struct sighting sighting; /* the newest */
};

/* The number its message goes under: a correction is a message of its own. */
uint64_t notice_message(const struct notice_letter *letter);

/*
 * The whole message.  now: its Date.  LZ_E_FULL when it doesn't fit; the
 * template's errors are ours (a test renders it).
 */
LZ_NODISCARD int notice_render(const struct notice_conf *conf,
			       const struct notice_letter *letter,
			       struct at_event now, struct text *text);

#endif
