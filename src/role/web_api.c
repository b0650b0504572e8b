/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/v1/who: who may ask, what is asked, and that it is kept before it
 * is answered.  POST /api/v1/machines: who may say who rents what.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "role/counter_table.h"
#include "role/print_who.h"
#include "role/web_state.h"
#include "role/who.h"
#include "web/who_body.h"

#define PATH "/api/v1/who"
#define MACHINES_PATH "/api/v1/machines"
#define JSON_TYPE "application/json"
#define CONNECTIONS_MAX 64
#define DEADLINE_MS 10000
#define TOKENS_BYTES_MAX 65536
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

/* ----------------------------------------------------------------- before */

static void
refused(void *context, uint64_t line, const char *reason)
{
	fprintf(stderr, "%s:%llu: %s\n", (const char *)context,
		(unsigned long long)line, reason);
}

static int
tokens_read(struct web *web)
{
	const char *path = web->role->conf->api_tokens;
	char *bytes = memory_new(TOKENS_BYTES_MAX, 1);
	FILE *file = fopen(path, "re");
	size_t length = 0;
	int error = !bytes ? LZ_E_MEMORY : file ? 0 : -errno;

	if (!error) {
		length = fread(bytes, 1, TOKENS_BYTES_MAX, file);
		error = ferror(file)                 ? -EIO
			: length == TOKENS_BYTES_MAX ? LZ_E_FULL
						     : 0;
	}
	if (!error)
		error = permits_read(web->permits, bytes, length, refused,
				     (void *)(uintptr_t)path);
	if (error)
		fprintf(stderr, "web: %s: %s\n", path, lz_strerror(error));
	if (file)
		fclose(file);
	memory_free(bytes);
	return error;
}

static void api_ask(void *context, const struct http_request *request,
		    struct http_answer *answer);

static bool
api_start(struct web *web, int socket)
{
	const struct http_conf conf = {.socket = socket,
				       .connections_max = CONNECTIONS_MAX,
				       .posts = true,
				       .deadline_ms = DEADLINE_MS,
				       .counters = web->role->counters,
				       .answered = COUNTER_WEB_ANSWERED,
				       .refused = COUNTER_WEB_API_REFUSED,
				       .late = COUNTER_WEB_DEADLINES,
				       .ask = api_ask,
				       .context = web,
				       .beside = web->http};

	web->api = http_open(&conf);
	return web->api != NULL;
}

int
web_api_open(struct web *web, int socket)
{
	const struct conf *conf = web->role->conf;

	snprintf(web->registrar_folder, sizeof(web->registrar_folder),
		 "%s/registrar", web->role->state_root);
	web->permits = memory_new(1, sizeof(*web->permits));
	if (!web->permits || tokens_read(web) != 0)
		return EXIT_CONF;
	web->unwatched = holders_stamp(conf, &web->stamp) != 0;
	web->lists_were.us = role_clock_us(CLOCK_REALTIME);
	web->holders = holders_open(conf, HOLDERS_ALL, NULL);
	if (!web->holders || holders_folder_make(web->holders) != 0)
		return EXIT_CONF;
	if (!api_start(web, socket)) {
		fputs("web: the API can't be started\n", stderr);
		return EXIT_FAULT;
	}
	return 0;
}

/* An old list would go on to name whoever held a line when it was read. */
void
web_api_tick(struct web *web)
{
	uint64_t stamp;

	if (!web->holders || web->unwatched)
		return;
	if (holders_stamp(web->role->conf, &stamp) == 0 &&
	    stamp == web->stamp) {
		web->lists_were.us = role_clock_us(CLOCK_REALTIME);
		return;
	}
	web->unwatched = true;
	holders_outdated(web->holders, web->lists_were);
	fputs("web: a file of `bindings` or `accounts` has changed, or can't "
	      "be seen: its rows are not confirmed until `lazaret run` gets a "
	      "SIGHUP\n",
	      stderr);
}

/* ---------------------------------------------------------------- answers */

static void
say(struct http_answer *answer, unsigned status, const char *body,
    size_t length)
{
	answer->status = status;
	answer->type = JSON_TYPE;
	answer->body = body;
	answer->length = length;
	answer->headers[answer->header_count++] =
	    (struct http_header_line){"Cache-Control", "no-store"};
}

static void
refuse(struct web *web, struct http_answer *answer, unsigned status,
       const char *why)
{
	struct json_writer json;
	struct text text;

	text_init(&text, web->page, sizeof(web->page));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_string(&json, "error", why);
	json_close_object(&json);
	text_char(&text, '\n');
	say(answer, status, web->page, text.length);
	if (status == 401)
		answer->headers[answer->header_count++] =
		    (struct http_header_line){"WWW-Authenticate", "Bearer"};
	if (status == 429)
		answer->headers[answer->header_count++] =
		    (struct http_header_line){"Retry-After", "60"};
}

static struct at_mono
mono_now(void)
{
	return (struct at_mono){role_clock_us(CLOCK_MONOTONIC)};
}

/* Without the index, "nobody" would only mean that nobody looked. */
static bool
is_unheard(struct web *web)
{
	holders_renew(web->holders);
	return registrar_conf_wanted(&web->role->conf->registrar) &&
	       !holders_indexed(web->holders);
}

/* The permit shown; NULL: it has been answered. */
static struct permit *
permit_of(struct web *web, const struct http_request *request, uint8_t may,
	  const char *without, struct http_answer *answer)
{
	const struct addr source = tries_line(&request->source);
	struct permit *permit =
	    permits_find(web->permits, http_header(request, "Authorization"));

	if (!permit && tries_spent(&web->tokens, &source, mono_now())) {
		refuse(web, answer, 429, "too many wrong tokens: wait");
		return NULL;
	}
	if (!permit) {
		tries_count(&web->tokens, &source, mono_now());
		refuse(web, answer, 401,
		       "expected the header Authorization: Bearer TOKEN, with "
		       "a token of api.tokens");
		return NULL;
	}
	if (!(permit->may & may)) {
		refuse(web, answer, 403, without);
		return NULL;
	}
	/* Who only waits for the registrar uses none of a minute's requests. */
	if (may == PERMIT_WHO && is_unheard(web)) {
		refuse(web, answer, 503,
		       "the registrar has not run yet, so who held what isn't "
		       "known");
		return NULL;
	}
	if (!permit_ask(permit, mono_now())) {
		refuse(web, answer, 429,
		       "more requests than one token may make in a minute: "
		       "wait");
		return NULL;
	}
	return permit;
}

/* Asks, keeps, and only then answers. */
static void
look_up(struct web *web, const struct permit *permit,
	const struct who_body *body, struct http_answer *answer)
{
	const struct who_asked asked = {.endpoint = body->endpoint,
					.at = body->at,
					.reveal = body->reveal,
					.numbers = true};
	struct who_said *said = memory_new(1, sizeof(*said));
	struct audit audit = {.time = {role_clock_us(CLOCK_REALTIME)}};
	struct text text;
	int error = said ? 0 : LZ_E_MEMORY;

	if (!error)
		error = who_ask(web->holders, web->role->conf,
				web_desk_readable(web) ? web->desk : NULL,
				&asked, said);
	snprintf(audit.actor, sizeof(audit.actor), "api:%s", permit->name);
	(void)text_copy(audit.why, sizeof(audit.why), slice_of(body->why));
	(void)text_copy(audit.about, sizeof(audit.about),
			slice_of(body->about));
	if (!error) {
		who_audit(&asked, said, &audit);
		error = web_audit(web, &audit);
	}
	if (!error) {
		text_init(&text, web->page, sizeof(web->page));
		print_who_json(&text, said);
		error = text.full ? LZ_E_FULL : 0;
	}
	memory_free(said);
	if (error) {
		refuse(web, answer, 503,
		       "the look-up can't be kept now, so it is not answered");
		return;
	}
	counters_add(web->role->counters, COUNTER_WEB_LOOKUPS, 1);
	say(answer, 200, web->page, text.length);
}

static void
hear_machines(struct web *web, const struct permit *permit,
	      const struct http_request *request, struct http_answer *answer)
{
	const char *why = NULL;
	struct json_writer json;
	struct text text;
	size_t said;
	const int error = web_machines_take(web, permit, request, &said, &why);

	if (error == LZ_E_FORMAT) {
		refuse(web, answer, 400, why);
		return;
	}
	if (error) {
		refuse(web, answer, 503,
		       "it can't be stored now: say it again later");
		return;
	}
	text_init(&text, web->page, sizeof(web->page));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "stored", said);
	json_close_object(&json);
	text_char(&text, '\n');
	say(answer, 200, web->page, text.length);
}

static void
api_ask(void *context, const struct http_request *request,
	struct http_answer *answer)
{
	struct web *web = context;
	const struct permit *permit;
	struct who_body body;
	const bool machines = web->machines &&
			      strcmp(request->path, MACHINES_PATH) == 0;
	const char *wrong;

	if (!machines && strcmp(request->path, PATH) != 0) {
		refuse(web, answer, 404,
		       "there is " PATH ", and " MACHINES_PATH " where "
		       "registrar.webhook is true");
		return;
	}
	if (!request->post) {
		refuse(web, answer, 405, "expected POST");
		return;
	}
	permit = machines
		     ? permit_of(web, request, PERMIT_MACHINES,
				 "the token has no permission `machines`",
				 answer)
		     : permit_of(web, request, PERMIT_WHO,
				 "the token has no permission `who`", answer);
	if (!permit)
		return;
	if (machines) {
		hear_machines(web, permit, request, answer);
		return;
	}
	wrong = who_body_read(request->body, request->body_length, &body);
	if (wrong)
		refuse(web, answer, 400, wrong);
	else if (body.reveal && !(permit->may & PERMIT_REVEAL))
		refuse(web, answer, 403,
		       "the token has no permission `who.reveal`");
	else
		look_up(web, permit, &body, answer);
}
