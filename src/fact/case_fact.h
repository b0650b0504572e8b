/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nouns of the case that others than case/ speak of: states, kinds of event,
 * measures, notices, receipts.  Numbers are stored: append only.
 */
#ifndef FACT_CASE_FACT_H
#define FACT_CASE_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "fact/identity.h"
#include "fact/rsit.h"
#include "net/addr.h"

enum case_state {
	CASE_WATCHING = 1,
	CASE_OPEN = 2,
	CASE_NOTICED = 3,
	CASE_QUARANTINED = 4,
	CASE_PROBATION = 5,
	CASE_CLOSED = 6,
	CASE_HELD = 7,      /* a person decides */
	CASE_DISMISSED = 8, /* a person said: false alarm */
	CASE_MERGED = 9,    /* it goes on in another case */
	CASE_STATE_COUNT
};

enum case_event_kind {
	CASE_EVENT_SIGHTING = 1,
	CASE_EVENT_RECEIPT = 2,  /* of a notice */
	CASE_EVENT_TIMER = 3,    /* time has passed */
	CASE_EVENT_HOLD = 4,     /* a person */
	CASE_EVENT_RELEASE = 5,  /* a person */
	CASE_EVENT_DISMISS = 6,  /* a person */
	CASE_EVENT_WITHDRAW = 7, /* a sighting's attribution or truth fell */
	CASE_EVENT_RESUME = 8,   /* a person: a held case goes on by itself */
	CASE_EVENT_OBJECT = 9,   /* the subscriber: this is a mistake */
	CASE_EVENT_ANSWER = 10,  /* a person: the objection is right, or not */
	CASE_EVENT_ORDER = 11,   /* a person: this measure, for this reason */
	CASE_EVENT_MERGE = 12,   /* a person: both are one customer's */
	CASE_EVENT_BINDING = 13, /* a line of the party ends, or has ended */
	CASE_EVENT_KIND_COUNT
};

enum receipt_kind {
	RECEIPT_SENT = 1,
	RECEIPT_ACCEPTED = 2,
	RECEIPT_DELIVERED = 3,
	RECEIPT_SEEN = 4,
	RECEIPT_ACKNOWLEDGED = 5,
	RECEIPT_FAILED = 6,
	RECEIPT_KIND_COUNT
};

/* What a device said or showed of a measure, or of its release. */
enum effect_kind {
	EFFECT_ASKED = 1,
	EFFECT_ACKNOWLEDGED = 2,
	EFFECT_OBSERVED = 3, /* seen in force, or seen gone */
	EFFECT_REFUSED = 4,  /* it will not be done */
	EFFECT_FAILED = 5,   /* tried again */
	EFFECT_LOST = 6,     /* gone from the device while wanted */
	EFFECT_KIND_COUNT
};

enum measure_kind {
	MEASURE_FILTER = 1, /* attack tuple, on an address */
	MEASURE_LIMIT = 2,
	MEASURE_GARDEN = 3,
	MEASURE_BLOCK = 4,
	MEASURE_KIND_COUNT
};

/* Acts that go live one by one (`live:`). */
enum case_act {
	ACT_NOTICE = 0,
	ACT_FILTER = 1,
	ACT_LIMIT = 2,
	ACT_GARDEN = 3,
	ACT_BLOCK = 4,
	ACT_COUNT
};

/* How a notice travels. */
enum case_channel {
	CHANNEL_ANY = 0,   /* whichever reaches the party first */
	CHANNEL_OTHER = 1, /* another one than the notice before */
	CHANNEL_MAIL = 2,
	CHANNEL_SMS = 3,
	CHANNEL_LETTER = 4,
	CHANNEL_PHONE = 5,
	CHANNEL_PORTAL = 6, /* a page at the next visit */
	CHANNEL_COUNT
};

/* Which arm of a trial a case is in. */
enum case_arm {
	ARM_NONE = 0, /* no trial, or not eligible */
	ARM_TREATED = 1,
	ARM_HELD_BACK = 2 /* its measure was delayed */
};

/* "192.0.2.7 > 198.51.100.9:80/udp", an address, prefix or port block. */
#define MEASURE_TARGET_SIZE 128

const char *case_state_name(enum case_state state);
const char *case_event_kind_name(enum case_event_kind kind);
const char *receipt_kind_name(enum receipt_kind kind);
const char *measure_kind_name(enum measure_kind kind);
const char *effect_kind_name(enum effect_kind kind);
const char *case_act_name(enum case_act act);
/* "any", "other", "mail", "sms", "letter", "phone", "portal". */
const char *case_channel_name(enum case_channel channel);
/* "none", "treated", "held-back". */
const char *case_arm_name(enum case_arm arm);

/*
 * A notice's code: LZ-XXXX-XXXX-XXXX, 11 letters of 5 random bits each (the
 * low 55 of random_bits) and one check letter, of an alphabet without
 * look-alikes (no I, L, O, U).
 */
#define NOTICE_CODE_SIZE 18
void notice_code_format(uint64_t random_bits, char code[NOTICE_CODE_SIZE]);
/*
 * As people type it: upper or lower case, blanks and hyphens anywhere, LZ or
 * not, O for 0 and I or L for 1.  LZ_E_FORMAT; LZ_E_CHECKSUM for a wrong
 * letter or two swapped ones.
 */
LZ_NODISCARD int notice_code_parse(struct slice text, uint64_t *random_bits);

#endif
