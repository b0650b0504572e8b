/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics role: two pages over role/http.h. */
#include "role/metrics.h"

#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "role/counter_table.h"
#include "role/http.h"

#define CONNECTIONS_MAX 64
#define DEADLINE_MS 5000 /* for a whole request */
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

struct metrics {
	struct role *role;
	struct http *http;
	struct role_needs needs;
	const char *read_paths[2];
	char text[METRICS_TEXT_SIZE];
};

static void
answer_with(struct http_answer *answer, unsigned status, const char *type,
	    const char *body)
{
	*answer =
	    (struct http_answer){.status = status,
				 .type = type,
				 .body = body,
				 .length = strlen(body),
				 .header_count = 1,
				 .headers = {{"Cache-Control", "no-store"}}};
}

static void
ask(void *context, const struct http_request *request,
    struct http_answer *answer)
{
	struct metrics *metrics = context;
	struct text text;
	bool healthy;

	text_init(&text, metrics->text, sizeof(metrics->text));
	if (strcmp(request->path, "/healthz") == 0) {
		healthy = metrics_health(&text, metrics->role->run_dir,
					 metrics->role->supervisor != 0);
		answer_with(answer, healthy ? 200 : 503, "application/json",
			    text.at);
	} else if (strcmp(request->path, "/metrics") == 0) {
		metrics_page(&text, metrics->role->run_dir);
		answer_with(answer, 200, "text/plain; version=0.0.4", text.at);
	} else {
		answer_with(answer, 404, "text/plain",
			    "there is /healthz and /metrics\n");
	}
}

static void
tick(void *context)
{
	struct metrics *metrics = context;

	counters_beat(metrics->role->counters);
}

static int
listening_socket(const struct role *role)
{
	for (size_t i = 0; i < role->socket_count; i++)
		if (strcmp(role->socket_names[i], "metrics") == 0)
			return role->sockets[i];
	return -1;
}

static void
needs_fill(struct metrics *metrics)
{
	static const int calls[] = {HTTP_CALLS, SCMP_SYS(openat),
				    SCMP_SYS(fcntl), -1};

	metrics->read_paths[0] = metrics->role->run_dir;
	metrics->needs = (struct role_needs){.read_paths = metrics->read_paths,
					     .syscalls = calls};
}

int
metrics_open(struct role *role, struct metrics **metrics)
{
	struct metrics *made = memory_new(1, sizeof(*made));
	const struct http_conf conf = {.socket = listening_socket(role),
				       .connections_max = CONNECTIONS_MAX,
				       .deadline_ms = DEADLINE_MS,
				       .counters = role->counters,
				       .answered = COUNTER_METRICS_REQUESTS,
				       .refused = COUNTER_METRICS_REFUSED,
				       .late = COUNTER_METRICS_DEADLINES,
				       .ask = ask,
				       .tick = tick,
				       .context = made};

	*metrics = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	if (conf.socket < 0) {
		fprintf(stderr, "metrics: no socket was handed down\n");
		return EXIT_CONF;
	}
	made->http = http_open(&conf);
	if (!made->http) {
		fprintf(stderr, "metrics: HTTP can't be started\n");
		return EXIT_FAULT;
	}
	needs_fill(made);
	return 0;
}

const struct role_needs *
metrics_needs(struct metrics *metrics)
{
	return &metrics->needs;
}

int
metrics_run(struct metrics *metrics, const char *note)
{
	role_ready(metrics->role, note);
	http_run(metrics->http);
	return 0;
}

void
metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	http_free(metrics->http);
	memory_free(metrics);
}
