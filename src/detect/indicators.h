/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indicators of C2 servers and sinkholes, from CSV
 * (type,value,port,proto,family,source,first_seen,last_seen,valid_until),
 * matched by address (or prefix) AND port AND protocol.  Domains are kept for
 * the DNS detectors to come and match no flow.  An address without a port
 * matches nothing (recycled and shared addresses): the row is refused with
 * that reason.
 */
#ifndef DETECT_INDICATORS_H
#define DETECT_INDICATORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/hash.h"
#include "base/times.h"
#include "net/addr.h"

#define INDICATOR_NAME_SIZE 32

struct indicator {
	struct prefix prefix;
	uint16_t port;
	uint8_t proto;
	bool sinkhole; /* type "sinkhole" or a source that says so */
	struct at_event first_seen, last_seen, valid_until; /* or unset */
	char family[INDICATOR_NAME_SIZE];
	char source[INDICATOR_NAME_SIZE]; /* origin becomes "list:SOURCE" */
};

struct indicator_list;

struct indicator_list *indicator_list_new(struct hash_key key);
void indicator_list_free(struct indicator_list *list);

/* Rows added from now on are refused where they touch one of these prefixes
 * (borrowed): everybody asks the resolver, and would be infected. */
void indicator_list_spare(struct indicator_list *list,
			  const struct prefix *prefixes, size_t count);

/* Called for each refused row. */
typedef void indicator_refused(void *context, uint64_t line,
			       const char *reason);

/*
 * Adds all rows of a CSV text.  A bad row is refused and the next one read;
 * answers the number of rows taken or LZ_E_FORMAT when the header lacks type,
 * value, or LZ_E_MEMORY.  Call _seal after the last one.
 */
LZ_NODISCARD int indicator_list_add_csv(struct indicator_list *list,
					const char *bytes, size_t length,
					indicator_refused *refused,
					void *context);
LZ_NODISCARD int indicator_list_seal(struct indicator_list *list);
size_t indicator_list_count(const struct indicator_list *list);

/* The most specific indicator for a remote endpoint, or NULL. */
const struct indicator *indicator_list_find(const struct indicator_list *list,
					    const struct addr *addr,
					    uint16_t port, uint8_t proto);

#endif
