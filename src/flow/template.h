/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template of NetFlow v9 or IPFIX, compiled: which bytes of a data record
 * say what.  Parsing checks every length once, so that decoding a record is a
 * walk over known offsets.
 */
#ifndef FLOW_TEMPLATE_H
#define FLOW_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/errors.h"
#include "base/writer.h"

/* A template with more fields is refused: real ones stay under 100. */
#define TEMPLATE_FIELDS_MAX 256
#define TEMPLATE_VARIABLE 65535

/* What a field means to us; numbers index struct template_values. */
enum template_value {
	VALUE_SKIP, /* nothing we read */
	VALUE_PACKETS,
	VALUE_BYTES,
	VALUE_PROTO,
	VALUE_TCP_FLAGS,
	VALUE_SPORT,
	VALUE_DPORT,
	VALUE_IN_IF,
	VALUE_OUT_IF,
	VALUE_DIRECTION,
	VALUE_VRF,
	VALUE_ICMP, /* type and code together */
	VALUE_ICMP_TYPE,
	VALUE_ICMP_CODE,
	VALUE_START_UPTIME,
	VALUE_END_UPTIME,
	VALUE_START_S,
	VALUE_END_S,
	VALUE_START_MS,
	VALUE_END_MS,
	VALUE_START_NTP,
	VALUE_END_NTP,
	VALUE_START_DELTA,
	VALUE_END_DELTA,
	VALUE_INIT_MS,
	VALUE_SAMPLING,     /* 1:N */
	VALUE_SAMPLER,      /* number of the sampler used or described */
	VALUE_SAMPLED,      /* N packets are looked at ... */
	VALUE_SAMPLE_SPACE, /* ... then N are not */
	VALUE_SAMPLE_SIZE,  /* n out of N */
	VALUE_POPULATION,
	VALUE_NAT_EVENT,
	VALUE_NAT_NUMBERS, /* read beside a natEvent alone */
	VALUE_OBSERVED_S = VALUE_NAT_NUMBERS,
	VALUE_OBSERVED_MS,
	VALUE_OBSERVED_NTP,
	VALUE_OUTSIDE_PORT,
	VALUE_PORT_FIRST,
	VALUE_PORT_LAST,
	VALUE_PORT_STEP,
	VALUE_PORT_COUNT,
	VALUE_NAT_INSTANCE,
	VALUE_REALM,   /* internalAddressRealm */
	VALUE_NUMBERS, /* the above are numbers of 1 to 8 bytes */
	VALUE_SRC_V4 = VALUE_NUMBERS,
	VALUE_DST_V4,
	VALUE_SRC_V6,
	VALUE_DST_V6,
	VALUE_NAT_ADDRS, /* read beside a natEvent alone */
	VALUE_OUTSIDE_V4 = VALUE_NAT_ADDRS,
	VALUE_OUTSIDE_V6,
	VALUE_COUNT
};

struct template_field {
	uint16_t width;  /* TEMPLATE_VARIABLE: said in the record */
	uint16_t offset; /* in the record; 0 where the template is variable */
	uint8_t value;   /* enum template_value */
};

struct template
{
	uint32_t exporter;
	uint32_t id;
	bool options;
	bool variable;
	uint16_t width; /* of a record; where variable, the least */
	uint16_t field_count;
	uint64_t present; /* bit per template_value */
	/* Kept by the table (template_table.h). */
	bool used;          /* data came by it */
	uint64_t layout;    /* hash of its fields */
	uint64_t before;    /* layout it took the place of; 0: none */
	int64_t changed_us; /* arrival of that change */
	struct template_field fields[];
};

/*
 * Reads one template (not its id): v9 or IPFIX, options or not.  A new object
 * for memory_free.  LZ_E_FORMAT: impossible; LZ_E_MEMORY.  *withdrawn is set
 * for IPFIX' field count 0, and nothing is made.
 */
LZ_NODISCARD int template_read(struct cursor *cursor, bool v9, bool options,
			       bool *withdrawn, struct template **made);

/* The stored form (learned.c): all of a template but its exporter. */
void template_save(struct writer *writer, const struct template *template);
/* Reads that.  LZ_E_FORMAT: nothing template_read makes; LZ_E_MEMORY. */
LZ_NODISCARD int template_load(struct cursor *cursor, struct template **made);

/* Does a template speak of what an address translator did? */
static inline bool
template_is_nat(const struct template *template)
{
	return !template->options && template->present >> VALUE_NAT_EVENT & 1;
}

/* A record's values: numbers[v] is set where bit v of present is. */
struct template_values {
	uint64_t present;
	uint64_t numbers[VALUE_NUMBERS];
	const uint8_t *addrs[VALUE_COUNT - VALUE_NUMBERS];
};

static inline bool
template_has(const struct template_values *values, enum template_value value)
{
	return values->present >> value & 1;
}

/* Reads one record; false when it runs past the set (or can't be whole). */
bool template_values(const struct template *template, struct cursor *set,
		     struct template_values *values);

#endif
