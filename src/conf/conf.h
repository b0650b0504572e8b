/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: one YAML file, one schema table, every error named with
 * file, line, column and key, what was found and what was expected, all of
 * them at once.  It also fills the *_conf.h of the pure rooms.
 *
 * Reading opens the one file; the files it names (bindings, indicators) are
 * read by roles.  Paths are resolved against the file's own folder.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"
#include "case/policy.h"
#include "conf/accounts_conf.h"
#include "conf/costs_conf.h"
#include "conf/registrar_conf.h"
#include "conf/store_conf.h"
#include "detect/detect_conf.h"
#include "flow/flow_conf.h"
#include "net/addr.h"
#include "net/prefix_map.h"
#include "notice/notice_conf.h"
#include "quarantine/quarantine_conf.h"
#include "web/web_conf.h"

#define CONF_PATH_SIZE 1024
#define CONF_FILES_MAX 64
#define CONF_INSIDE_MAX 65536
#define CONF_EXPORTERS_MAX 1024
#define CONF_ESSENTIAL_MAX 1024
#define CONF_ERRORS_MAX 64

enum conf_listener {
	CONF_LISTEN_NETFLOW,    /* 127.0.0.1:2055/udp */
	CONF_LISTEN_IPFIX,      /* 127.0.0.1:4739/udp */
	CONF_LISTEN_SFLOW,      /* 127.0.0.1:6343/udp */
	CONF_LISTEN_METRICS,    /* 127.0.0.1:9464/tcp */
	CONF_LISTEN_PORTAL,     /* 127.0.0.1:8081/tcp */
	CONF_LISTEN_ACCOUNTING, /* 127.0.0.1:1813/udp; opened, as those below,
				   where the registrar has somebody to hear */
	CONF_LISTEN_SYSLOG,     /* 127.0.0.1:1514/udp */
	CONF_LISTEN_SYSLOG_TCP, /* 127.0.0.1:1514/tcp */
	CONF_LISTEN_NAT,        /* 127.0.0.1:4740/udp */
	CONF_LISTEN_API,        /* 127.0.0.1:8080/tcp; where tokens are named */
	CONF_LISTENER_COUNT
};

struct conf_endpoint {
	struct addr addr;
	uint16_t port; /* 0: a free one */
};

/* How long what is stored is kept; each may be shortened, none lengthened. */
struct conf_retention {
	int64_t spool_us;     /* 72 h: sightings waiting to be read */
	int64_t bindings_us;  /* 7 d, and the raw log they rest on */
	int64_t sightings_us; /* 14 d: unattributed, or of cases watched only */
	int64_t cases_us;     /* 180 d after closing; then counts alone */
};

/* Paths are absolute.  Hash keys (flow.key, detect.key) are zero: who builds
 * tables sets them, roles from the system's randomness. */
struct conf {
	char file[CONF_PATH_SIZE];
	char network_name[64];
	char state_dir[CONF_PATH_SIZE];
	char run_dir[CONF_PATH_SIZE];
	uint32_t uid_base; /* 61000 */
	struct conf_endpoint listen[CONF_LISTENER_COUNT];

	size_t inside_count;
	struct inside_item *inside_items;
	struct prefix_map *inside; /* sealed; NULL without a configuration */

	size_t binding_file_count;
	char (*binding_files)[CONF_PATH_SIZE];
	size_t indicator_file_count;
	char (*indicator_files)[CONF_PATH_SIZE];

	size_t account_source_count;
	struct accounts_source *account_sources;
	char api_tokens[CONF_PATH_SIZE]; /* "": there is no API */

	struct registrar_conf registrar;

	struct flow_conf flow;
	struct detect_conf detect; /* indicators still NULL */
	struct case_policy policy; /* its user calls case_policy_seal */
	char hours_zone[64];       /* of policy.calendar, as it was written */
	size_t essential_count;    /* spared by every measure */
	struct prefix *essential;
	struct conf_retention retention;
	struct notice_conf notice;
	struct quarantine_conf quarantine;
	struct web_conf web;
	struct costs_conf costs;
	struct store_conf store;
};

struct conf_error {
	uint32_t line, column; /* from 1; 0: the file as a whole */
	char message[256];     /* key, what was found, what was expected */
};

struct conf_errors {
	size_t count; /* may exceed CONF_ERRORS_MAX: the rest isn't kept */
	struct conf_error errors[CONF_ERRORS_MAX];
};

/*
 * Reads and checks a file.  0: *conf is owned by the caller (conf_free).
 * LZ_E_FORMAT: *errors says what is wrong, *conf is NULL.  -errno: can't be
 * read, one error says so.
 */
LZ_NODISCARD int conf_read(const char *path, struct conf **conf,
			   struct conf_errors *errors);
/* The same from memory; `name` stands for the file in messages. */
LZ_NODISCARD int conf_parse(const char *name, const char *bytes, size_t length,
			    struct conf **conf, struct conf_errors *errors);
/* Everything by default: each address is inside, shadow, no lists. */
LZ_NODISCARD int conf_default(struct conf **conf);
void conf_free(struct conf *conf);

/*
 * The path a command uses: `given` (--config) or $LAZARET_CONFIG (passed in
 * by the caller as `environment`) or /etc/lazaret/lazaret.yaml if it exists;
 * NULL when there is none.
 */
const char *conf_path(const char *given, const char *environment);

/* "file:line:column: message" lines. */
void conf_errors_format(struct text *text, const char *file,
			const struct conf_errors *errors);
/* Canonical YAML; reading it again gives the same configuration. */
void conf_print(struct text *text, const struct conf *conf);
/*
 * What makes the policy, a line a key: "policy.grace: 3d", lists by number
 * ("policy.ladders.1.steps.2.after: 3d").  protected: the list of parties, too.
 */
void conf_print_policy(struct text *text, const struct conf *conf,
		       bool protected);
/*
 * In plain words, sentence by sentence, for a lawyer and a help desk: by what
 * right, who is told when and by what, what is limited when and how long, who
 * decides, what never happens, what is kept how long (check-config).  now_us:
 * what has expired, and what soon will.
 */
typedef void conf_say(void *context, const char *topic, const char *sentence);
void conf_explain(const struct conf *conf, int64_t now_us, conf_say *say,
		  void *context);

#endif
