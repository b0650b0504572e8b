/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One accounting record, attribute by attribute, and the events it means: the
 * half that packets (accounting.h) and detail files (detail.h) share.
 */
#ifndef LEASE_ACCOUNTING_WORD_H
#define LEASE_ACCOUNTING_WORD_H

#include "lease/accounting.h"
#include "radius/radius.h"

#define ACCOUNTING_BLOCKS_MAX 64
/* A prefix shorter than this is an operator's, no customer's. */
#define ACCOUNTING_PREFIX6_MIN 32

/* Set bits of accounting_word.told. */
enum accounting_told {
	ACCOUNTING_TOLD_STATUS = 0x1,
	ACCOUNTING_TOLD_DELAY = 0x2,
	ACCOUNTING_TOLD_SESSION_TIME = 0x4,
	ACCOUNTING_TOLD_EVENT = 0x8,
	ACCOUNTING_TOLD_NAS4 = 0x10,
	ACCOUNTING_TOLD_NAS6 = 0x20,
	ACCOUNTING_TOLD_FRAMED4 = 0x40
};

struct accounting_block {
	struct subject subject;
	bool released;
};

/* Slices borrow from the record. */
struct accounting_word {
	uint32_t told;
	bool twice; /* an attribute that may be there once, with two values */
	bool classes_differ;
	bool subjects_full;
	uint8_t subject_count;
	uint8_t block_count;
	uint32_t status, delay_s, session_time_s, event_s;
	struct addr nas4, nas6, framed4;
	/* at = NULL: not told */
	struct slice session_id, nas_identifier, user, calling, klass, circuit,
	    remote;
	struct lease_subject subjects[LEASE_SUBJECTS_MAX];
	struct accounting_block blocks[ACCOUNTING_BLOCKS_MAX];
};

/* Where a record came from. */
struct accounting_place {
	const struct accounting_conf *conf;
	const struct lease_output *output;
	struct at_arrival arrival; /* may be unset */
	const struct addr *peer;   /* NULL: a file; who spoke isn't known */
	uint64_t origin;
	uint64_t offset; /* for what is refused */
};

void accounting_word_init(struct accounting_word *word);
/* Takes in what it understands of an attribute; the rest is passed over. */
void accounting_word_add(struct accounting_word *word,
			 const struct radius_attribute *attribute,
			 const struct accounting_place *place);
/* ... a block of ports, where a source doesn't tell it as an attribute. */
void accounting_word_block(struct accounting_word *word,
			   const struct addr *outside, uint32_t first,
			   uint32_t last, uint32_t alloc,
			   const struct accounting_place *place);
/* All attributes are in: sends the events. */
void accounting_word_say(struct accounting_word *word,
			 const struct accounting_place *place);

#endif
