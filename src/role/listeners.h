/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening sockets, opened by the supervisor before any role runs and
 * handed down: what arrives while a role is restarted waits in them.
 */
#ifndef ROLE_LISTENERS_H
#define ROLE_LISTENERS_H

#include "conf/conf.h"
#include "role/role.h"

#define LISTENERS_BUFFER_BYTES (32 << 20)

struct listener {
	int fd; /* -1: not open */
	enum role_number role;
	const char *name;  /* as handed down: "netflow" */
	const char *proto; /* "udp", "tcp" */
	uint16_t port;     /* the real one */
	int buffer_bytes;  /* granted for receiving; 0: not a datagram socket */
	char address[ENDPOINT_TEXT_SIZE]; /* "127.0.0.1:2055" */
};

/*
 * Opens those of the given roles; -errno and *failed (the index) when one can't
 * be: its address and port are then what was asked for.
 */
LZ_NODISCARD int listeners_open(const struct conf *conf,
				const enum role_number *roles, size_t count,
				struct listener listeners[CONF_LISTENER_COUNT],
				size_t *failed);
void listeners_close(struct listener listeners[CONF_LISTENER_COUNT]);

#endif
