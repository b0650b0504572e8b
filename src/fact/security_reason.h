/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a line may be limited at all: a closed list, in code.  Security and
 * nothing else: neither configuration nor a person's order can add copyright,
 * content or a debt.  Numbers are stored: append only.
 */
#ifndef FACT_SECURITY_REASON_H
#define FACT_SECURITY_REASON_H

#include "base/errors.h"
#include "base/text.h"
#include "fact/rsit.h"

enum security_reason {
	REASON_NONE = 0,
	REASON_ATTACK = 1,      /* it attacks others now */
	REASON_INFECTED = 2,    /* it is still infected after notices */
	REASON_C2_HOSTED = 3,   /* it commands others' infected machines */
	REASON_AMPLIFIER = 4,   /* others attack through its open service */
	REASON_VULNERABLE = 5,  /* an open hole that is being used */
	REASON_CREDENTIALS = 6, /* stolen passwords are used from it */
	REASON_COUNT
};

/* What is said to whoever asks for a measure for another reason. */
#define REASON_REFUSED_TEXT                                           \
	"a line is limited for security alone: never for copyright, " \
	"content or debt"

/* "attack", "infected", "c2-hosted", "amplifier", "vulnerable",
 * "credentials"; "none". */
const char *security_reason_name(enum security_reason reason);
/*
 * By name.  LZ_E_UNSUPPORTED: a name of what must never be a reason (copyright,
 * piracy, content, speech, debt, unpaid, price ...): answer
 * REASON_REFUSED_TEXT; LZ_E_NOT_FOUND: any other that isn't on the list.
 */
LZ_NODISCARD int security_reason_parse(struct slice name,
				       enum security_reason *reason);
/* The reason a finding of that class gives. */
enum security_reason security_reason_of(enum rsit_class class);

#endif
