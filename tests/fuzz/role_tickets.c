/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file of tickets: each row is taken whole or refused with a
 * reason, and what is taken names a time and somebody.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/tickets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take(void *context, const struct ticket *ticket)
{
	size_t *rows = context;

	(*rows)++;
	lz_assert(ticket->line > 1);
	lz_assert(ticket->has_address || ticket->account[0]);
	lz_assert(strnlen(ticket->account, PARTY_LABEL_SIZE) <
		  PARTY_LABEL_SIZE);
	lz_assert(ticket->from.us >= TIMES_EARLIEST_US &&
		  ticket->from.us < TIMES_LATEST_US);
	lz_assert(ticket->to.us >= ticket->from.us);
	return 0;
}

static void
refuse(void *context, uint64_t line, const char *reason)
{
	size_t *rows = context;

	(void)line;
	(*rows)++;
	lz_assert(reason && *reason);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t rows = 0;
	const int error = tickets_parse((const char *)data, size, take, refuse,
					&rows);

	lz_assert(error == 0 || error == LZ_E_FORMAT);
	lz_assert(rows <= size + 1);
	return 0;
}
