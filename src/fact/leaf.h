/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves: what the ledger will hold of a legal fact.  A leaf is a commitment,
 * made when the fact is; it tells nothing to who lacks the case's key, and with
 * the key shows that this very fact stood in this place.  No names, no case
 * numbers, no times finer than the hour stand in it.
 *
 *   salt       = HMAC-SHA-256(key of the case, "lazaret leaf" 1 number)
 *   commitment = SHA-256(version 1 | salt 32 | canonical bytes)
 *
 * Numbers are eight bytes, big-endian.  Destroying the key is erasure: the
 * canonical bytes can be guessed, 32 random bytes can't.
 */
#ifndef FACT_LEAF_H
#define FACT_LEAF_H

#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "base/writer.h"

#define LEAF_VERSION 1
#define LEAF_KEY_SIZE 32
#define LEAF_SALT_SIZE 32
#define LEAF_COMMITMENT_SIZE 32
#define LEAF_ABOUT_SIZE 32
#define LEAF_BYTES_MAX 128

/* Stored: append only. */
enum leaf_kind {
	LEAF_ATTRIBUTED = 1, /* a sighting to a case; about: its id */
	LEAF_NOTICE_CREATED = 2,
	LEAF_NOTICE_SENT = 3,
	LEAF_NOTICE_ACCEPTED = 4,
	LEAF_NOTICE_DELIVERED = 5,
	LEAF_NOTICE_SEEN = 6,
	LEAF_NOTICE_ACKNOWLEDGED = 7,
	LEAF_NOTICE_FAILED = 8,
	LEAF_MEASURE_ON = 9,
	LEAF_MEASURE_OFF = 10,
	LEAF_OBJECTION = 11,
	LEAF_ANSWER = 12, /* detail 1: it was right */
	LEAF_RELEASE = 13,
	LEAF_CORRECTION = 14,
	LEAF_RECALL = 15,    /* ref: the recall */
	LEAF_WITHDRAWN = 16, /* an attribution; about: the sighting's id */
	LEAF_ERASURE = 17,   /* of no case; detail: how many leaves */
	LEAF_KIND_COUNT
};

/* "attributed", "notice-created" ... */
const char *leaf_kind_name(enum leaf_kind kind);

struct leaf_fact {
	enum leaf_kind kind;
	uint64_t case_id;     /* 0: of none */
	struct at_event time; /* when it was so */
	uint64_t ref;         /* notice, measure or recall; 0 */
	uint64_t detail;      /* certainty, enum measure_kind ...; 0 */
	/* What it is about: a sighting's id, a text's hash; length 0: nothing.
	 */
	uint8_t about[LEAF_ABOUT_SIZE];
	uint8_t about_length;
};

/* Canonical bytes v1: version, kind, case, time, ref, detail, about. */
void leaf_canonical(struct writer *writer, const struct leaf_fact *fact);
/* The salt of a leaf by its number in order. */
void leaf_salt(const uint8_t key[LEAF_KEY_SIZE], uint64_t number,
	       uint8_t salt[LEAF_SALT_SIZE]);
/* Of canonical bytes, at most LEAF_BYTES_MAX. */
void leaf_commitment(const uint8_t salt[LEAF_SALT_SIZE], const void *canonical,
		     size_t length, uint8_t commitment[LEAF_COMMITMENT_SIZE]);

/* One more commitment into a hash over many, which begins as zeros. */
void leaf_chain(uint8_t hash[LEAF_COMMITMENT_SIZE],
		const uint8_t commitment[LEAF_COMMITMENT_SIZE]);

#endif
