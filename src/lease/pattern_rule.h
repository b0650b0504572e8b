/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern file, compiled.  Between pattern_read.c, which makes it, and
 * pattern.c, which matches by it; nobody else includes this.
 */
#ifndef LEASE_PATTERN_RULE_H
#define LEASE_PATTERN_RULE_H

#include "base/text.h"
#include "lease/pattern.h"

enum pattern_field {
	FIELD_LITERAL,
	FIELD_INSIDE,
	FIELD_OUTSIDE,
	FIELD_ADDRESS,
	FIELD_PORT_FIRST,
	FIELD_PORT_LAST,
	FIELD_PORT_COUNT,
	FIELD_PORT,
	FIELD_TIME,
	FIELD_PROTO,
	FIELD_FREE, /* from here on: whatever stands before the next literal */
	FIELD_VRF = FIELD_FREE,
	FIELD_HOST,
	FIELD_WORD,
	FIELD_SKIP,
	FIELD_SUBSCRIBER,
	FIELD_CIRCUIT,
	FIELD_REMOTE,
	FIELD_MAC,
	FIELD_ACCOUNT,
	FIELD_COUNT
};
#define FIELD_HOLDERS                                                        \
	(1u << FIELD_SUBSCRIBER | 1u << FIELD_CIRCUIT | 1u << FIELD_REMOTE | \
	 1u << FIELD_MAC | 1u << FIELD_ACCOUNT)

enum pattern_time {
	PATTERN_TIME_NONE,
	PATTERN_TIME_BSD,
	PATTERN_TIME_RFC3339,
	PATTERN_TIME_ISO,
	PATTERN_TIME_EPOCH,
	PATTERN_TIME_EPOCH_MS,
	PATTERN_TIME_EPOCH_HEX
};

struct pattern_part {
	uint8_t field;       /* enum pattern_field */
	uint16_t at, length; /* FIELD_LITERAL: in pattern->literals */
};

struct pattern_rule {
	uint8_t kind; /* enum lease_kind */
	uint8_t time; /* enum pattern_time */
	bool zone_told;
	int32_t zone_offset_s;
	uint32_t line; /* in its file */
	uint32_t has;  /* bit per enum pattern_field */
	uint8_t part_count;
	struct pattern_part parts[PATTERN_PARTS_MAX];
};

struct pattern_vrf {
	uint16_t at, length; /* of its name, in pattern->literals */
	uint32_t realm;
};

struct pattern {
	bool lines; /* input line */
	uint32_t rule_count, vrf_count, literal_length;
	struct pattern_rule rules[PATTERN_EVENTS_MAX];
	struct pattern_vrf vrfs[PATTERN_VRFS_MAX];
	char literals[PATTERN_FILE_MAX];
};

#endif
