/* SPDX-License-Identifier: Apache-2.0 */
/* The web role's answers: who asks, for what, and what is said. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "role/command.h"
#include "role/counter_table.h"
#include "role/web_state.h"
#include "web/captive.h"
#include "web/form.h"

#define FORM_US_MAX TIMES_DAY_US
#define ORDER_US_MAX (7 * TIMES_DAY_US)
#define GUIDE_US_MAX TIMES_DAY_US
#define LATE_US (30 * TIMES_SECOND_US)
#define REFRESH_S "3"
#define DID_SIZE 96

/* One request, all that is known of it. */
struct asked {
	struct web *web;
	const struct http_request *request;
	struct http_answer *answer;
	struct web_line line;
	struct at_event now;
	bool proxied; /* by one of ours */
};

/* ---------------------------------------------------------------- answers */

static void
header(struct asked *asked, const char *name, const char *value)
{
	struct http_answer *answer = asked->answer;

	if (answer->header_count < HTTP_HEADERS_MAX)
		answer->headers[answer->header_count++] =
		    (struct http_header_line){name, value};
}

static void
plain(struct asked *asked, unsigned status, const char *type, const char *body)
{
	asked->answer->status = status;
	asked->answer->type = type;
	asked->answer->body = body;
	asked->answer->length = strlen(body);
	header(asked, "Cache-Control", "no-store");
}

static void
redirect(struct asked *asked, unsigned status, const char *where)
{
	plain(asked, status, "text/plain; charset=utf-8", "");
	header(asked, "Location", where);
}

static struct portal_site
site_of(const struct conf *conf)
{
	const struct notice_conf *notice = &conf->notice;

	return (struct portal_site){.operator_name = notice->operator_name[0]
							 ? notice->operator_name
							 : conf->network_name,
				    .phone = notice->phone,
				    .hours = notice->hours,
				    .emergency = conf->web.emergency,
				    .zone_name = notice->zone_name[0]
						     ? notice->zone_name
						     : "UTC",
				    .zone_offset_s = notice->zone_offset_s};
}

static void
show(struct asked *asked, unsigned status, const struct portal_page *page)
{
	struct web *web = asked->web;
	const struct portal_site site = site_of(web->role->conf);
	struct text text;

	text_init(&text, web->page, sizeof(web->page));
	if (portal_render(page, &site, &words_english, &text) != 0) {
		/* A test renders every page: what is left is text too long. */
		counters_add(web->role->counters, COUNTER_WEB_FAILED, 1);
		plain(asked, 500, "text/plain; charset=utf-8",
		      "This page does not work. Please call us.\n");
		return;
	}
	plain(asked, status, "text/html; charset=utf-8", web->page);
	header(asked, "Content-Security-Policy",
	       "default-src 'none'; style-src 'self'; form-action 'self'; "
	       "base-uri 'none'; frame-ancestors 'none'");
	/* Without any, browsers don't say where a form comes from either. */
	header(asked, "Referrer-Policy", "same-origin");
	header(asked, "X-Content-Type-Options", "nosniff");
}

static void
show_kind(struct asked *asked, unsigned status, enum portal_kind kind)
{
	const struct portal_page page = {.kind = kind};

	show(asked, status, &page);
}

/* ---------------------------------------------------------------- looking */

/* 0, LZ_E_NOT_FOUND, or an error: then the desk's store can't be asked now. */
static int
find_line(struct asked *asked, struct web_found *found)
{
	struct web *web = asked->web;
	int error;

	if (!web_desk_readable(web))
		return LZ_E_STATE;
	error = web_case_of_line(web->desk, web->role->conf, &asked->line,
				 asked->now, found);
	if (error && error != LZ_E_NOT_FOUND)
		web_desk_failed(web, error);
	return error;
}

static int
find_id(struct asked *asked, uint64_t case_id, struct web_found *found)
{
	struct web *web = asked->web;
	int error;

	if (!web_desk_readable(web))
		return LZ_E_STATE;
	error = web_case_of_id(web->desk, web->role->conf, case_id, asked->now,
			       found);
	if (error && error != LZ_E_NOT_FOUND)
		web_desk_failed(web, error);
	return error;
}

/* Is the line led here, whatever it asks for? */
static bool
is_walled(const struct web_found *found)
{
	return found->about.measure == MEASURE_GARDEN ||
	       found->about.measure == MEASURE_BLOCK;
}

static int
argument_token(const struct asked *asked, enum token_purpose purpose,
	       int64_t max_us, struct token *token)
{
	const char *text = http_argument(asked->request, "t");

	return text ? token_read(asked->web->key, slice_of(text), purpose, NULL,
				 asked->now, max_us, token)
		    : LZ_E_FORMAT;
}

static struct at_mono
mono_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct at_mono){(int64_t)now.tv_sec * TIMES_SECOND_US +
				now.tv_nsec / 1000};
}

/* Sends on to a page of ours with a token of its own. */
static void
redirect_token(struct asked *asked, const char *path, const struct token *token)
{
	struct web *web = asked->web;
	char text[TOKEN_TEXT_SIZE];

	token_make(web->key, token, NULL, text);
	snprintf(web->location, sizeof(web->location), "%s?t=%s", path, text);
	redirect(asked, 303, web->location);
}

/* ------------------------------------------------------------------ pages */

static void
page_why(struct asked *asked)
{
	struct portal_page page = {.kind = PORTAL_ENTRY};
	struct web_found found;
	const int error = find_line(asked, &found);

	if (!error) {
		page.kind = PORTAL_WHY;
		page.about = &found.about;
	}
	page.not_limited = error == LZ_E_NOT_FOUND;
	show(asked, 200, &page);
}

static void
show_steps(struct asked *asked, unsigned status, const struct web_found *found,
	   bool form_was_old)
{
	const struct addr line = tries_line(&asked->line.addr);
	const struct token token = {.purpose = TOKEN_FORM,
				    .case_id = found->case_id,
				    .made = asked->now};
	char text[TOKEN_TEXT_SIZE];
	const struct portal_page page = {.kind = PORTAL_STEPS,
					 .about = &found->about,
					 .token = text,
					 .form_was_old = form_was_old};

	token_make(asked->web->key, &token, &line, text);
	show(asked, status, &page);
}

static void
page_steps(struct asked *asked)
{
	struct web_found found;
	const int error = find_line(asked, &found);

	if (!error)
		show_steps(asked, 200, &found, false);
	else if (error == LZ_E_NOT_FOUND)
		redirect(asked, 303, "/");
	else
		show_kind(asked, 503, PORTAL_ERROR);
}

static void
page_guide(struct asked *asked)
{
	struct portal_page page = {.kind = PORTAL_GUIDE};
	struct web_found found;
	struct token token;
	int error;

	if (argument_token(asked, TOKEN_GUIDE, GUIDE_US_MAX, &token) != 0) {
		redirect(asked, 303, "/");
		return;
	}
	error = find_id(asked, token.case_id, &found);
	page.about = &found.about;
	if (!error)
		show(asked, 200, &page);
	else if (error == LZ_E_NOT_FOUND)
		redirect(asked, 303, "/");
	else
		show_kind(asked, 503, PORTAL_ERROR);
}

static void
show_open(struct asked *asked, struct web_found *found,
	  const struct token *order, struct at_event since)
{
	const struct token token = {.purpose = TOKEN_GUIDE,
				    .case_id = found->case_id,
				    .made = asked->now};
	char text[TOKEN_TEXT_SIZE];
	const struct portal_page page = {.kind = PORTAL_OPEN,
					 .about = &found->about,
					 .token = text,
					 .ticks = order->ticks};

	found->about.released = since;
	token_make(asked->web->key, &token, NULL, text);
	show(asked, 200, &page);
}

/* What is so, as the store has it: never that it is open before it is. */
static void
page_opening(struct asked *asked)
{
	struct web *web = asked->web;
	struct portal_page page = {.kind = PORTAL_OPENING};
	enum web_order order = WEB_ORDER_WAITS;
	struct at_event since;
	struct web_found found = {0};
	struct token token;
	int error;

	if (argument_token(asked, TOKEN_ORDER, ORDER_US_MAX, &token) != 0) {
		redirect(asked, 303, "/");
		return;
	}
	error = find_id(asked, token.case_id, &found);
	if (!error) {
		error = web_case_order(web->desk, web->role->conf,
				       token.case_id,
				       token.order | COMMAND_RESULT_WEB,
				       token.made, asked->now, &order, &since);
		if (error)
			web_desk_failed(web, error);
	}
	if (!error && order == WEB_ORDER_OPEN) {
		show_open(asked, &found, &token, since);
		return;
	}
	if (error == LZ_E_NOT_FOUND || order == WEB_ORDER_AGAIN) {
		redirect(asked, 303, "/");
		return;
	}
	page.about = &found.about;
	page.token = http_argument(asked->request, "t");
	page.late = asked->now.us - token.made.us > LATE_US;
	if (order == WEB_ORDER_REFUSED) {
		page.kind = PORTAL_REFUSED;
		page.spent = found.about.self_left == 0;
		found.about.measure = MEASURE_GARDEN;
		found.about.since = token.made;
	}
	show(asked, 200, &page);
	if (order == WEB_ORDER_WAITS)
		header(asked, "Refresh", REFRESH_S);
}

/* ------------------------------------------------------------------ forms */

static bool
begins_with(const char *text, const char *start, const char *host)
{
	const size_t length = strlen(start);

	return strncmp(text, start, length) == 0 &&
	       strncasecmp(text + length, host, strlen(host)) == 0;
}

/* "http://HOST" of ours, and nothing or a path behind it. */
static bool
is_ours(const struct asked *asked, const char *from)
{
	const char *host = asked->request->host, *url;
	size_t length;

	if (!host)
		return false;
	url = asked->web->role->conf->web.url;
	length = strlen(url);
	if (length && strncasecmp(from, url, length) == 0)
		return from[length] == '\0' || from[length] == '/';
	if (begins_with(from, "http://", host))
		length = strlen("http://");
	else if (begins_with(from, "https://", host))
		length = strlen("https://");
	else
		return false;
	length += strlen(host);
	return from[length] == '\0' || from[length] == '/';
}

/* A form that another page sends is not what this person wants. */
static bool
same_origin(const struct asked *asked)
{
	const char *origin = http_header(asked->request, "Origin");
	const char *referer = http_header(asked->request, "Referer");

	if (origin)
		return is_ours(asked, origin);
	/* Some browsers of captive windows say neither: the token is left. */
	return !referer || is_ours(asked, referer);
}

static bool
form_read(struct asked *asked, struct form *form)
{
	if (!same_origin(asked) ||
	    form_parse(form, asked->request->body,
		       asked->request->body_length) != 0) {
		counters_add(asked->web->role->counters, COUNTER_WEB_FORGED, 1);
		show_kind(asked, 403, PORTAL_ERROR);
		return false;
	}
	return true;
}

static void
show_code_problem(struct asked *asked, bool too_many)
{
	const struct portal_page page = {.kind = PORTAL_ENTRY,
					 .wrong_code = !too_many,
					 .too_many = too_many};

	show(asked, too_many ? 429 : 422, &page);
}

static void
post_code(struct asked *asked)
{
	struct web *web = asked->web;
	const struct addr line = tries_line(&asked->line.addr);
	struct token token = {.purpose = TOKEN_GUIDE, .made = asked->now};
	struct form form;
	const char *code;
	uint64_t bits;
	int error;

	if (!form_read(asked, &form))
		return;
	if (tries_spent(&web->codes, &line, mono_now())) {
		counters_add(web->role->counters, COUNTER_WEB_CODES_STOPPED, 1);
		show_code_problem(asked, true);
		return;
	}
	if (!web_desk_readable(web)) {
		show_kind(asked, 503, PORTAL_ERROR);
		return;
	}
	code = form_get(&form, "code");
	error = code ? notice_code_parse(slice_of(code), &bits) : LZ_E_FORMAT;
	if (!error)
		error = desk_view_case_of_code(web->desk, bits, &token.case_id);
	if (!error) {
		redirect_token(asked, "/guide", &token);
		return;
	}
	if (error != LZ_E_FORMAT && error != LZ_E_CHECKSUM &&
	    error != LZ_E_NOT_FOUND) {
		web_desk_failed(web, error);
		show_kind(asked, 503, PORTAL_ERROR);
		return;
	}
	tries_count(&web->codes, &line, mono_now());
	counters_add(web->role->counters, COUNTER_WEB_CODES_WRONG, 1);
	show_code_problem(asked, false);
}

/* "did unplug restart; camera", of our own words alone. */
static uint32_t
ticks_read(const struct form *form, const struct guide *guide,
	   char did[DID_SIZE])
{
	static const char *const devices[] = {"camera", "router", "computer",
					      "phone", "unknown"};
	uint32_t ticks = 0;
	struct text text;

	text_init(&text, did, DID_SIZE);
	text_add(&text, "ticked:");
	for (unsigned i = 0; i < GUIDE_STEPS; i++) {
		if (!form_has(form, "step", guide->steps[i].key))
			continue;
		ticks |= 1u << i;
		text_char(&text, ' ');
		text_add(&text, guide->steps[i].key);
	}
	if (!ticks)
		text_add(&text, " nothing");
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (form_has(form, "device", devices[i])) {
			text_add(&text, "; device: ");
			text_add(&text, devices[i]);
			break;
		}
	return ticks;
}

static void
release(struct asked *asked, const struct web_found *found,
	const struct form *form)
{
	struct web *web = asked->web;
	const struct addr line = tries_line(&asked->line.addr);
	struct token token = {.purpose = TOKEN_ORDER,
			      .case_id = found->case_id,
			      .made = asked->now};
	char did[DID_SIZE];

	/* The program that is to be cleaned away could press it, too. */
	if (tries_spent(&web->orders, &line, mono_now())) {
		show_code_problem(asked, true);
		return;
	}
	tries_count(&web->orders, &line, mono_now());
	token.ticks =
	    ticks_read(form, portal_guide(&words_english, found->about.class),
		       did);
	if (web_order(web, found->case_id, did, asked->now, &token.order) != 0)
		show_kind(asked, 503, PORTAL_ERROR);
	else
		redirect_token(asked, "/opening", &token);
}

static void
post_release(struct asked *asked)
{
	const struct addr line = tries_line(&asked->line.addr);
	struct web_found found;
	struct token token;
	struct form form;
	const char *text;
	int error;

	if (!form_read(asked, &form))
		return;
	error = find_line(asked, &found);
	if (error) {
		if (error == LZ_E_NOT_FOUND)
			redirect(asked, 303, "/");
		else
			show_kind(asked, 503, PORTAL_ERROR);
		return;
	}
	text = form_get(&form, "token");
	error = text ? token_read(asked->web->key, slice_of(text), TOKEN_FORM,
				  &line, asked->now, FORM_US_MAX, &token)
		     : LZ_E_FORMAT;
	if (error || token.case_id != found.case_id) {
		counters_add(asked->web->role->counters, COUNTER_WEB_FORGED, 1);
		show_steps(asked, 403, &found, true);
		return;
	}
	release(asked, &found, &form);
}

/* ---------------------------------------------------------------- captive */

static void
portal_url(struct asked *asked)
{
	const struct endpoint local = {asked->request->local,
				       asked->request->local_port, -1};
	struct web *web = asked->web;
	struct text text;

	text_init(&text, web->url, sizeof(web->url));
	if (web->role->conf->web.url[0]) {
		text_add(&text, web->role->conf->web.url);
		text_char(&text, '/');
		return;
	}
	text_add(&text, "http://");
	if (local.port != 80) {
		endpoint_format(&text, &local);
	} else if (addr_is_v4(&local.addr)) {
		addr_format(&text, &local.addr);
	} else {
		text_char(&text, '[');
		addr_format(&text, &local.addr);
		text_char(&text, ']');
	}
	text_char(&text, '/');
}

static void
captive_api(struct asked *asked)
{
	struct web *web = asked->web;
	struct web_found found;
	const int error = find_line(asked, &found);
	struct text text;

	if (error && error != LZ_E_NOT_FOUND) {
		plain(asked, 503, "text/plain; charset=utf-8", "");
		return;
	}
	portal_url(asked);
	text_init(&text, web->page, sizeof(web->page));
	captive_format(&text, !error && is_walled(&found), web->url);
	plain(asked, 200, CAPTIVE_TYPE, web->page);
	/* Its own rule (RFC 8908 section 4.1); other lines get other answers. */
	asked->answer->headers[asked->answer->header_count - 1].value =
	    "private, no-store";
}

/*
 * Asked for as another host: the line is led here, or its system asks whether
 * it is.  What it wanted is not looked at, but for the paths of such probes.
 */
static void
foreign(struct asked *asked)
{
	const struct captive_probe *probe =
	    captive_probe_of(asked->request->path);
	struct web_found found;

	if (probe && find_line(asked, &found) == LZ_E_NOT_FOUND) {
		plain(asked, probe->status, probe->type, probe->body);
		return;
	}
	counters_add(asked->web->role->counters, COUNTER_WEB_LED, 1);
	portal_url(asked);
	redirect(asked, asked->request->post ? 303 : 302, asked->web->url);
}

/* -------------------------------------------------------------------- all */

/* "[2001:db8::1]:80", "192.0.2.1", "Portal.example:8081" without its port. */
static struct slice
host_alone(const char *host)
{
	const char *end = *host == '[' ? strchr(host, ']') : NULL;
	const char *colon = strchr(end ? end : host, ':');

	if (end)
		return (struct slice){host + 1, (size_t)(end - host - 1)};
	return (struct slice){host,
			      colon ? (size_t)(colon - host) : strlen(host)};
}

static bool
is_own_host(const struct asked *asked)
{
	const char *host = asked->request->host;
	const char *url = asked->web->role->conf->web.url;
	const struct addr loopback = addr_from_v4(0x7f000001);
	struct slice name, own;
	struct addr addr;

	if (asked->proxied)
		return true;
	if (!host)
		return false;
	name = host_alone(host);
	if (addr_parse(name, &addr) == 0)
		return addr_equal(&addr, &asked->request->local);
	if (slice_equal_folded(name, "localhost"))
		return addr_equal(&loopback, &asked->request->local);
	if (!strstr(url, "://"))
		return false;
	own = host_alone(strstr(url, "://") + 3);
	return own.length == name.length &&
	       strncasecmp(own.at, name.at, own.length) == 0;
}

/* false: a proxy of ours that doesn't say who asks. */
static bool
who_asks(struct asked *asked)
{
	const struct web_conf *conf = &asked->web->role->conf->web;
	const char *real;

	asked->line = (struct web_line){asked->request->source,
					asked->request->source_port};
	for (size_t i = 0; i < conf->proxy_count; i++)
		asked->proxied |= addr_equal(&conf->proxies[i],
					     &asked->request->source);
	if (!asked->proxied)
		return true;
	real = http_header(asked->request, "X-Real-IP");
	asked->line.port = 0;
	return real && addr_parse(slice_of(real), &asked->line.addr) == 0;
}

static const struct {
	const char *path;
	void (*get)(struct asked *asked);
	void (*post)(struct asked *asked);
} routes[] = {{"/", page_why, NULL},
	      {"/steps", page_steps, NULL},
	      {"/guide", page_guide, NULL},
	      {"/opening", page_opening, NULL},
	      {"/code", page_why, post_code},
	      {"/release", page_steps, post_release},
	      {"/captive", captive_api, NULL}};

static void
route(struct asked *asked)
{
	const char *path = asked->request->path;
	const bool post = asked->request->post;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(path, routes[i].path) != 0)
			continue;
		if (!post)
			routes[i].get(asked);
		else if (routes[i].post)
			routes[i].post(asked);
		else
			redirect(asked, 303, routes[i].path);
		return;
	}
	if (strcmp(path, "/portal.css") == 0) {
		plain(asked, 200, "text/css; charset=utf-8", portal_style());
		asked->answer->headers[0].value = "max-age=3600";
	} else if (strcmp(path, "/help") == 0) {
		show_kind(asked, 200, PORTAL_HELP);
	} else if (captive_probe_of(path)) {
		foreign(asked);
	} else {
		show_kind(asked, 404, PORTAL_MISSING);
	}
}

void
web_ask(void *context, const struct http_request *request,
	struct http_answer *answer)
{
	struct asked asked = {.web = context,
			      .request = request,
			      .answer = answer};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	asked.now.us = (int64_t)now.tv_sec * TIMES_SECOND_US +
		       now.tv_nsec / 1000;
	if (!who_asks(&asked))
		plain(&asked, 400, "text/plain; charset=utf-8",
		      "whom do you ask for?\n");
	else if (is_own_host(&asked))
		route(&asked);
	else
		foreign(&asked);
}
