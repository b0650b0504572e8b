/* SPDX-License-Identifier: Apache-2.0 */
/* An order to the desk from the command line, and what became of it. */
#ifndef CMD_ORDER_H
#define CMD_ORDER_H

#include "conf/conf.h"
#include "role/command.h"

struct store;

/*
 * Fills in who orders it and when, hands it over and waits until the desk has
 * taken it.  One of cmd_exit; where it wasn't done, it has said why.
 */
int order_send(const struct conf *conf, struct command *command,
	       uint64_t *sequence);
/* Prints what became of it; one of cmd_exit. */
int order_results(struct store *store, uint64_t sequence, bool json);

#endif
