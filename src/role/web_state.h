/* SPDX-License-Identifier: Apache-2.0 */
/* What the web role holds, and the halves of it: web.c, web_pages.c. */
#ifndef ROLE_WEB_STATE_H
#define ROLE_WEB_STATE_H

#include <sys/types.h>

#include "role/holders.h"
#include "role/http.h"
#include "role/store_place.h"
#include "role/web.h"
#include "role/web_case.h"
#include "spool/spool.h"
#include "web/permits.h"
#include "web/token.h"
#include "web/tries.h"

#define WEB_PATH_SIZE (CONF_PATH_SIZE + 32)

struct web {
	struct role *role;
	struct http *http;
	struct http *api;        /* NULL: nobody may ask */
	struct holders *holders; /* with the API */
	struct permits *permits;
	uint64_t stamp;             /* of the lists' files */
	bool unwatched;             /* they can't be seen, or have changed */
	struct at_event lists_were; /* last seen unchanged */
	char registrar_folder[WEB_PATH_SIZE];
	struct store *desk;       /* read-only; NULL: not there now */
	struct store_place place; /* of the desk's store */
	struct store_needs store_needs;
	uint64_t desk_stamp;        /* of what is open */
	int desk_error, keep_error; /* said last */
	struct spool_writer *spool;
	int ring;
	struct spool_writer *machines; /* with the API and registrar.webhook */
	char machines_path[WEB_PATH_SIZE], machines_mark[WEB_PATH_SIZE];
	char desk_folder[WEB_PATH_SIZE];
	char desk_bell[WEB_PATH_SIZE], ack_path[WEB_PATH_SIZE];
	char spool_path[WEB_PATH_SIZE], key_path[WEB_PATH_SIZE];
	const char *read_list[3], *write_list[3];
	struct role_fd_call fd_calls[2];
	struct role_needs needs;
	uint8_t fresh_key[TOKEN_KEY_SIZE]; /* random, should there be none */
	uint8_t key[TOKEN_KEY_SIZE];
	unsigned ticks;
	struct tries codes, orders; /* by line */
	struct tries tokens;        /* wrong ones, by who sent them */
	char url[WEB_CONF_TEXT_SIZE + ENDPOINT_TEXT_SIZE];
	char location[WEB_CONF_TEXT_SIZE + ENDPOINT_TEXT_SIZE + 128];
	char page[PORTAL_BYTES_MAX];
};

/* The desk's store is open and as it should be. */
bool web_desk_readable(struct web *web);
/* After an error: it is opened anew by the next request. */
void web_desk_failed(struct web *web, int error);
/* Appends a release durably and rings; *sequence. */
LZ_NODISCARD int web_order(struct web *web, uint64_t case_id, const char *did,
			   struct at_event now, uint64_t *sequence);
/* Appends a look-up durably and rings, before it is answered. */
struct audit;
LZ_NODISCARD int web_audit(struct web *web, const struct audit *audit);
/* web_api.c: what the API needs, before the sandbox; an exit code or 0. */
LZ_NODISCARD int web_api_open(struct web *web, int socket);
/* web_machines.c: behind the sandbox; -errno. */
LZ_NODISCARD int web_machines_open(struct web *web);
void web_machines_housekeep(struct web *web);
void web_machines_close(struct web *web);
/*
 * Takes a body, whole or not at all: durable when it answers 0, and *said is how
 * many words were in it.  LZ_E_FORMAT: *said counts what could be read, *why
 * is a sentence.  Else it can't be stored now.
 */
LZ_NODISCARD int web_machines_take(struct web *web, const struct permit *permit,
				   const struct http_request *request,
				   size_t *said, const char **why);
/* About once a second: have the lists changed? */
void web_api_tick(struct web *web);
/* Answers a request (struct http_conf.ask). */
void web_ask(void *context, const struct http_request *request,
	     struct http_answer *answer);

#endif
