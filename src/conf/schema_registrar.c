/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `registrar`, and what ties its inputs together. */
#include <string.h>

#include "conf/schema_source.h"

bool
registrar_conf_heard(const struct registrar_conf *conf)
{
	return conf->client_count || conf->database_count ||
	       conf->sender_count || conf->exporter_count || conf->webhook;
}

bool
registrar_conf_wanted(const struct registrar_conf *conf)
{
	return conf->file_count > 0 || registrar_conf_heard(conf);
}

const struct schema schema_registrar_rows[] = {
    {.name = "accounting",
     .kind = KIND_GROUP,
     .rows = schema_accounting_rows,
     .help = "RADIUS accounting over UDP (listen.accounting)."},
    {.name = "files",
     .kind = KIND_LIST,
     .list = &schema_source_files_list,
     .help = "Files of sessions, leases, addresses and port blocks."},
    {.name = "radacct",
     .kind = KIND_LIST,
     .list = &schema_radacct_list,
     .help = "Databases whose table radacct is asked."},
    {.name = "syslog",
     .kind = KIND_GROUP,
     .rows = schema_syslog_rows,
     .help = "Logs of port blocks (listen.syslog, listen.syslog_tcp)."},
    {.name = "nat",
     .kind = KIND_GROUP,
     .rows = schema_nat_rows,
     .help = "NAT events of IPFIX (listen.nat)."},
    {.name = "deterministic_nat",
     .kind = KIND_LIST,
     .list = &schema_plans_list,
     .help = "NATs that give ports by arithmetic and log nothing (RFC 7422), "
	     "each configuration with its dates."},
    {.name = "webhook",
     .kind = KIND_CHOICE,
     .names = schema_yes_no,
     .size = 1,
     .offset = offsetof(struct conf, registrar.webhook),
     .standard = "false",
     .help = "true: rented machines are taken from POST /api/v1/machines, by "
	     "whose token has the permission machines. A word vouches for its "
	     "machine up to its own time alone: say again what still is, with "
	     "valid_from."},
    END};

/* A source is known by its name for as long as bindings are kept. */
struct names_seen {
	size_t count;
	const char *names[REGISTRAR_CLIENTS_MAX + REGISTRAR_FILES_MAX +
			  REGISTRAR_DATABASES_MAX + REGISTRAR_SENDERS_MAX +
			  REGISTRAR_EXPORTERS_MAX];
};

/* "x/mx1" is also what the speaker mx1 of "x" is known by. */
static bool
covers(const char *name, const char *other)
{
	const size_t length = strlen(name);

	return strncmp(name, other, length) == 0 &&
	       (other[length] == '\0' || other[length] == '/');
}

static bool
seen_before(struct names_seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->count; i++)
		if (covers(seen->names[i], name) ||
		    covers(name, seen->names[i]))
			return true;
	seen->names[seen->count++] = name;
	return false;
}

void
schema_registrar_check(const struct conf *conf, const struct node *root,
		       struct conf_errors *errors)
{
	const struct registrar_conf *registrar = &conf->registrar;
	struct names_seen seen = {0};
	const char *twice = NULL;

	for (size_t i = 0; i < registrar->client_count; i++)
		if (seen_before(&seen, registrar->clients[i].name))
			twice = registrar->clients[i].name;
	for (size_t i = 0; i < registrar->file_count; i++)
		if (seen_before(&seen, registrar->files[i].name))
			twice = registrar->files[i].name;
	for (size_t i = 0; i < registrar->database_count; i++)
		if (seen_before(&seen, registrar->databases[i].name))
			twice = registrar->databases[i].name;
	for (size_t i = 0; i < registrar->sender_count; i++)
		if (seen_before(&seen, registrar->senders[i].name))
			twice = registrar->senders[i].name;
	for (size_t i = 0; i < registrar->exporter_count; i++)
		if (seen_before(&seen, registrar->exporters[i].name))
			twice = registrar->exporters[i].name;
	for (const struct node *child = root->first; child && twice;
	     child = child->next)
		if (slice_equal(child->key, "registrar"))
			conf_errors_add(errors, child->line, child->column,
					"registrar: two inputs are called "
					"'%s', or one as the other with a '/' "
					"behind it; expected a 'name' of its "
					"own for each",
					twice);
}
