/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `registrar.accounting`, `.files` and `.radacct`. */
#include <string.h>

#include "conf/schema_source.h"

#define CLIENT(member) offsetof(struct registrar_client, member)
#define SOURCE_FILE(member) offsetof(struct registrar_file, member)
#define DATABASE(member) offsetof(struct registrar_database, member)

static const struct schema_name format_names[] = {
    {"radius-detail", REGISTRAR_RADIUS_DETAIL},
    {"radacct", REGISTRAR_RADACCT},
    {"kea4", REGISTRAR_KEA4},
    {"kea6", REGISTRAR_KEA6},
    {"isc-dhcpd", REGISTRAR_ISC_DHCPD},
    {"address-list", REGISTRAR_ADDRESS_LIST},
    {"machines", REGISTRAR_MACHINES},
    {"port-blocks", REGISTRAR_PORT_BLOCKS},
    {"pattern", REGISTRAR_PATTERN},
    {NULL, 0}};

/* registrar.accounting */

static void
clients_take(struct reading *reading, void *base, const void *item,
	     const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_client client;

	memcpy(&client, item, sizeof(client));
	if (!client.name[0])
		schema_source_name(client.name, &client.address);
	schema_source_holders(reading, &client.holders, true, false, node);
	for (size_t i = 0; i < conf->client_count; i++)
		if (prefix_equal(&conf->clients[i].address, &client.address)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"registrar.accounting.clients: the "
					"address stands there twice");
			return;
		}
	schema_append(reading, (void **)&conf->clients, &conf->client_count,
		      REGISTRAR_CLIENTS_MAX, sizeof(client), &client, node);
}

static bool
clients_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->client_count)
		return false;
	memcpy(item, &conf->clients[index], sizeof(*conf->clients));
	return true;
}

static const struct schema client_rows[] = {
    {.name = "address",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = CLIENT(address),
     .help = "Who may send: an address or a prefix."},
    NAME_ROW(CLIENT(name), "Its name in answers; the address where not said."),
    {.name = "secret_file",
     .kind = KIND_PATH,
     .size = REGISTRAR_PATH_SIZE,
     .required = true,
     .offset = CLIENT(secret_file),
     .help = "File whose first line is the shared secret."},
    {.name = "proxy",
     .kind = KIND_CHOICE,
     .names = schema_yes_no,
     .size = 1,
     .offset = CLIENT(proxy),
     .standard = "false",
     .help = "true: a RADIUS server that forwards for many NAS; its own "
	     "restart ends nobody's session."},
    {.name = "nas",
     .kind = KIND_LIST,
     .list = &schema_nas_list,
     .offset = CLIENT(nas),
     .expected = "a list of NAS addresses or identifiers",
     .help = "NAS-IP-Address or NAS-Identifier it may speak for; any where "
	     "not said."},
    INTERIM_ROW(CLIENT(interim_us), "15m"),
    COMPLETE_ROW(CLIENT(complete)),
    CLOCK_ROW(CLIENT(clock_error_us)),
    HOLDER_ROW(CLIENT(holders)),
    END};
static const struct schema client_item = {.kind = KIND_GROUP,
					  .rows = client_rows};
static const struct schema_list client_list = {sizeof(struct registrar_client),
					       &client_item, false,
					       clients_take, clients_give};
const struct schema schema_accounting_rows[] = {
    {.name = "clients",
     .kind = KIND_LIST,
     .list = &client_list,
     .help = "NAS and RADIUS servers whose accounting is taken; from anybody "
	     "else nothing is."},
    END};

/* registrar.files */

static void
files_take(struct reading *reading, void *base, const void *item,
	   const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_file file;

	memcpy(&file, item, sizeof(file));
	file.zone_offset_s = schema_source_zone(file.zone);
	if (!file.name[0] && !text_copy(file.name, sizeof(file.name),
					slice_of(strrchr(file.path, '/') + 1)))
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.files: its name is too long; "
				"expected 'name' with a shorter one");
	schema_source_holders(reading, &file.holders,
			      file.format == REGISTRAR_RADIUS_DETAIL ||
				  file.format == REGISTRAR_RADACCT,
			      file.format == REGISTRAR_KEA4 ||
				  file.format == REGISTRAR_KEA6 ||
				  file.format == REGISTRAR_ISC_DHCPD,
			      node);
	if ((file.format == REGISTRAR_PATTERN) != (file.pattern_file[0] != 0))
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.files: 'format: pattern' and "
				"'pattern_file' need one another");
	schema_append(reading, (void **)&conf->files, &conf->file_count,
		      REGISTRAR_FILES_MAX, sizeof(file), &file, node);
}

static bool
files_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->file_count)
		return false;
	memcpy(item, &conf->files[index], sizeof(*conf->files));
	return true;
}

static const struct schema file_rows[] = {
    {.name = "path",
     .kind = KIND_PATH,
     .size = REGISTRAR_PATH_SIZE,
     .required = true,
     .offset = SOURCE_FILE(path),
     .help = "File that is read and followed, also when it is rotated."},
    {.name = "format",
     .kind = KIND_CHOICE,
     .names = format_names,
     .size = 1,
     .required = true,
     .offset = SOURCE_FILE(format),
     .help = "What stands in it; FILES says what columns CSV has."},
    NAME_ROW(SOURCE_FILE(name),
	     "Its name in answers; the file's own where not said."),
    {.name = "zone",
     .kind = KIND_ZONE,
     .size = REGISTRAR_ZONE_SIZE,
     .offset = SOURCE_FILE(zone),
     .help = "Zone of stamps that bear none: UTC or an offset. Where not said: "
	     "UTC; in radacct such rows are refused."},
    {.name = "pattern_file",
     .kind = KIND_PATH,
     .size = REGISTRAR_PATH_SIZE,
     .offset = SOURCE_FILE(pattern_file),
     .help = "What its lines look like, for format pattern."},
    {.name = "grace",
     .kind = KIND_DURATION,
     .min = 0,
     .max = TIMES_DAY_US,
     .offset = SOURCE_FILE(grace_us),
     .standard = "0s",
     .help = "How long an address stays with its holder after a lease's end."},
    INTERIM_ROW(SOURCE_FILE(interim_us), NULL),
    {.name = "complete",
     .kind = KIND_CHOICE,
     .names = schema_yes_no,
     .size = 1,
     .offset = SOURCE_FILE(complete),
     .standard = "true",
     .help = "false: who writes it may lose words (a syslog file)."},
    CLOCK_ROW(SOURCE_FILE(clock_error_us)),
    HOLDER_ROW(SOURCE_FILE(holders)),
    END};
static const struct schema file_item = {.kind = KIND_GROUP, .rows = file_rows};
const struct schema_list schema_source_files_list = {
    sizeof(struct registrar_file), &file_item, false, files_take, files_give};

/* registrar.radacct */

static void
databases_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_database database;

	memcpy(&database, item, sizeof(database));
	schema_source_holders(reading, &database.holders, true, false, node);
	schema_append(reading, (void **)&conf->databases, &conf->database_count,
		      REGISTRAR_DATABASES_MAX, sizeof(*conf->databases), item,
		      node);
}

static bool
databases_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->database_count)
		return false;
	memcpy(item, &conf->databases[index], sizeof(*conf->databases));
	return true;
}

static const struct schema database_rows[] = {
    {.name = "postgres",
     .kind = KIND_TEXT,
     .size = REGISTRAR_PATH_SIZE,
     .required = true,
     .offset = DATABASE(postgres),
     .help = "How the database is reached (libpq), without a password.",
     .example = "host=/run/postgresql dbname=radius user=lazaret"},
    {.name = "name",
     .kind = KIND_TEXT,
     .size = REGISTRAR_NAME_SIZE,
     .required = true,
     .offset = DATABASE(name),
     .help = "Its name in answers."},
    {.name = "password_file",
     .kind = KIND_PATH,
     .size = REGISTRAR_PATH_SIZE,
     .offset = DATABASE(password_file),
     .help = "File whose first line is the password."},
    {.name = "poll",
     .kind = KIND_DURATION,
     .min = SEC,
     .max = TIMES_HOUR_US,
     .offset = DATABASE(poll_us),
     .standard = "30s",
     .help = "How often radacct is asked for what changed."},
    INTERIM_ROW(DATABASE(interim_us), "15m"),
    CLOCK_ROW(DATABASE(clock_error_us)),
    HOLDER_ROW(DATABASE(holders)),
    END};
static const struct schema database_item = {.kind = KIND_GROUP,
					    .rows = database_rows};
const struct schema_list schema_radacct_list = {sizeof(
						    struct registrar_database),
						&database_item, false,
						databases_take, databases_give};
