/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic address translation (RFC 7422): who holds a port is arithmetic
 * over the translator's configuration, so there are no logs and nothing can be
 * lost; but the configuration of that day counts, so each has its dates.
 *
 * A plan gives inside address number n (from 0) its block of ports:
 *
 *   usable   ports of an outside address from `first` to `last` without the
 *            excluded ones, in rising order
 *   blocks   usable / ports; what is left over is nobody's (RFC 7422's dynamic
 *            pool, which the translator logs)
 *   FILL     outside address n / blocks, its block n % blocks: one outside
 *            address after the other is filled up (Juniper's deterministic
 *            port blocks, and most others)
 *   SPREAD   outside address n % addresses, its block n / addresses: the first
 *            block of each outside address, then the second of each
 *
 * A block holds `ports` usable ports; where excluded ones lie among them it
 * goes on behind them.  Ranges say the first and the last address that take
 * part: whether a network's own and its broadcast address do is the
 * translator's affair, and one address more or less moves everybody
 * (deterministic_nat_range).
 *
 * Only IPv4 on both sides.  Compiled once, then read only; but one cursor walks
 * one walk at a time.
 */
#ifndef IDENT_DETERMINISTIC_NAT_H
#define IDENT_DETERMINISTIC_NAT_H

#include <stddef.h>

#include "base/errors.h"
#include "ident/binding_cursor.h"

#define DETERMINISTIC_NAT_EXCLUDED_MAX 8
#define DETERMINISTIC_NAT_PLANS_MAX 1024
/* So many of an address's sharers a cursor shows where no port is given. */
#define DETERMINISTIC_NAT_SHARERS_MAX 256

enum deterministic_nat_order {
	DETERMINISTIC_NAT_FILL = 0,
	DETERMINISTIC_NAT_SPREAD = 1
};

struct deterministic_nat_ports {
	uint16_t first, last;
};

struct deterministic_nat_plan {
	struct addr inside_first, inside_last;
	struct addr outside_first, outside_last;
	uint32_t inside_realm;
	uint16_t ports; /* of a subscriber; 0: by `ratio` */
	uint16_t ratio; /* subscribers an outside address; 0: by `ports` */
	uint16_t first, last; /* 1024 and 65535 as a rule; first > 0 */
	uint8_t order;        /* enum deterministic_nat_order */
	uint8_t excluded_count;
	struct deterministic_nat_ports excluded[DETERMINISTIC_NAT_EXCLUDED_MAX];
	struct at_event from, to; /* [from, to); unset: for ever */
	int64_t error_us;         /* of both */
	uint32_t line;            /* of its configuration, for answers */
};

/* The range of a prefix; `boundaries`: its first and last address take part.
 * LZ_E_UNSUPPORTED: no IPv4 prefix; LZ_E_RANGE: nothing is left. */
LZ_NODISCARD int deterministic_nat_range(const struct prefix *prefix,
					 bool boundaries, struct addr *first,
					 struct addr *last);

struct deterministic_nat;

/* NULL when there is no memory. */
struct deterministic_nat *deterministic_nat_new(void);
void deterministic_nat_free(struct deterministic_nat *nat);
/*
 * LZ_E_UNSUPPORTED, LZ_E_RANGE, LZ_E_FULL, LZ_E_MEMORY, LZ_E_STATE (sealed), and
 * why in *reason (static): a plan that has no room for all its inside addresses
 * can't be the translator's.
 */
LZ_NODISCARD int
deterministic_nat_add(struct deterministic_nat *nat,
		      const struct deterministic_nat_plan *plan,
		      const char **reason);
/* After the last plan.  LZ_E_EXISTS: at one time two plans give away the same
 * ports (their lines in *lines); LZ_E_MEMORY. */
LZ_NODISCARD int deterministic_nat_seal(struct deterministic_nat *nat,
					uint32_t lines[2]);
size_t deterministic_nat_count(const struct deterministic_nat *nat);

/* Who holds a port. */
struct deterministic_nat_tenant {
	struct addr inside;
	uint32_t inside_realm;
	uint32_t plan; /* in the order of _add */
	/* The run of its ports that this one is in, without a gap. */
	struct deterministic_nat_ports run;
};

/* False: nobody by any plan of that time. */
bool deterministic_nat_find(const struct deterministic_nat *nat,
			    const struct addr *outside, uint16_t port,
			    struct at_event at,
			    struct deterministic_nat_tenant *tenant);

#define DETERMINISTIC_NAT_RUNS_MAX (DETERMINISTIC_NAT_EXCLUDED_MAX + 1)

/* Where an inside address comes out. */
struct deterministic_nat_place {
	struct addr outside;
	uint8_t run_count;
	struct deterministic_nat_ports runs[DETERMINISTIC_NAT_RUNS_MAX];
};

/* By one plan; false: it isn't one of its inside addresses. */
bool deterministic_nat_place(const struct deterministic_nat *nat, uint32_t plan,
			     const struct addr *inside,
			     struct deterministic_nat_place *place);

/* How many inside addresses share an outside one at a time. */
uint32_t deterministic_nat_sharers(const struct deterministic_nat *nat,
				   const struct addr *outside,
				   struct at_event at);

/*
 * Bindings held by inside addresses (BINDING_INSIDE), vouched for over all the
 * plan's time, `source` as their source.  Where the port isn't known, at most
 * DETERMINISTIC_NAT_SHARERS_MAX of a plan: enough to see that many share it.
 */
struct binding_cursor deterministic_nat_cursor(struct deterministic_nat *nat,
					       uint16_t source);

#endif
