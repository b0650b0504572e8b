/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the registrar's inputs, and what ties them together. */
#include <string.h>

#include "conf/schema.h"

#define SEC TIMES_SECOND_US
#define END                  \
	{                    \
		.name = NULL \
	}
#define CLIENT(member) offsetof(struct registrar_client, member)
#define SOURCE_FILE(member) offsetof(struct registrar_file, member)
#define DATABASE(member) offsetof(struct registrar_database, member)
#define SENDER(member) offsetof(struct registrar_sender, member)
#define EXPORTER(member) offsetof(struct registrar_exporter, member)
#define PLAN(member) offsetof(struct plan_read, member)

static const struct schema_name yes_no[] = {{"true", 1},
					    {"false", 0},
					    {NULL, 0}};
static const struct schema_name holder_names[] = {
    {"class", REGISTRAR_HOLDER_CLASS},
    {"user-name", REGISTRAR_HOLDER_USER},
    {"calling-station", REGISTRAR_HOLDER_LINE},
    {"circuit-id", REGISTRAR_HOLDER_CIRCUIT},
    {"remote-id", REGISTRAR_HOLDER_REMOTE},
    {"line", REGISTRAR_HOLDER_BOTH},
    {"hardware", REGISTRAR_HOLDER_HARDWARE},
    {"client", REGISTRAR_HOLDER_CLIENT},
    {NULL, 0}};
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
static const struct schema_name log_names[] = {{"juniper",
						REGISTRAR_LOG_JUNIPER},
					       {"cisco", REGISTRAR_LOG_CISCO},
					       {"pattern",
						REGISTRAR_LOG_PATTERN},
					       {NULL, 0}};
static const struct schema_name order_names[] = {{"fill", 0},
						 {"spread", 1},
						 {NULL, 0}};
static const struct schema_name profile_names[] = {{"rfc8158",
						    REGISTRAR_RFC8158},
						   {"juniper-draft",
						    REGISTRAR_JUNIPER_DRAFT},
						   {NULL, 0}};

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

static void
name_from_addr(char name[REGISTRAR_NAME_SIZE], const struct prefix *prefix)
{
	struct text text;

	text_init(&text, name, REGISTRAR_NAME_SIZE);
	prefix_format(&text, prefix);
}

static int32_t
zone_offset(const char *zone)
{
	const int32_t minutes = zone[0] == '+' || zone[0] == '-'
				    ? ((zone[1] - '0') * 10 + zone[2] - '0') *
					      60 +
					  (zone[4] - '0') * 10 + zone[5] - '0'
				    : 0;

	return (zone[0] == '-' ? -60 : 60) * minutes;
}

/* Lists of a few, inside an item. */

static void
holder_take(struct reading *reading, void *base, const void *item,
	    const struct node *node)
{
	struct registrar_holders *holders = base;
	const uint8_t holder = *(const uint8_t *)item;

	if (holders->count == REGISTRAR_HOLDERS_MAX) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar: more than %u holders",
				REGISTRAR_HOLDERS_MAX);
		return;
	}
	for (uint8_t i = 0; i < holders->count; i++)
		if (holders->of[i] == holder) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"registrar: this holder stands there "
					"twice");
			return;
		}
	holders->of[holders->count++] = holder;
}

static bool
holder_give(const void *base, size_t index, void *item)
{
	const struct registrar_holders *holders = base;

	if (index >= holders->count)
		return false;
	memcpy(item, &holders->of[index], 1);
	return true;
}

static void
nas_take(struct reading *reading, void *base, const void *item,
	 const struct node *node)
{
	struct registrar_names *names = base;

	if (names->count == REGISTRAR_NAS_MAX) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar: more than %u NAS of one client",
				REGISTRAR_NAS_MAX);
		return;
	}
	memcpy(names->of[names->count++], item, REGISTRAR_NAME_SIZE);
}

static bool
nas_give(const void *base, size_t index, void *item)
{
	const struct registrar_names *names = base;

	if (index >= names->count)
		return false;
	memcpy(item, names->of[index], REGISTRAR_NAME_SIZE);
	return true;
}

static void
vrf_take(struct reading *reading, void *base, const void *item,
	 const struct node *node)
{
	struct registrar_vrfs *vrfs = base;

	if (vrfs->count == REGISTRAR_VRFS_MAX) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar: more than %u VRFs of one sender",
				REGISTRAR_VRFS_MAX);
		return;
	}
	memcpy(&vrfs->of[vrfs->count++], item, sizeof(vrfs->of[0]));
}

static bool
vrf_give(const void *base, size_t index, void *item)
{
	const struct registrar_vrfs *vrfs = base;

	if (index >= vrfs->count)
		return false;
	memcpy(item, &vrfs->of[index], sizeof(vrfs->of[0]));
	return true;
}

struct excluded_read {
	char ports[16];
};

static void
excluded_take(struct reading *reading, void *base, const void *item,
	      const struct node *node)
{
	struct registrar_excluded *excluded = base;
	const struct excluded_read *in = item;
	struct slice rest = slice_of(in->ports);
	const struct slice first = slice_split(&rest, '-');
	uint64_t from, to;

	if (excluded->count == REGISTRAR_EXCLUDED_MAX ||
	    slice_u64(first, 65535, &from) != 0 ||
	    slice_u64(rest.at ? rest : first, 65535, &to) != 0 || from > to) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.deterministic_nat: '%s'; expected "
				"at most %u ranges of ports such as 5060-5061",
				in->ports, REGISTRAR_EXCLUDED_MAX);
		return;
	}
	excluded->of[excluded->count++] =
	    (struct registrar_ports){(uint16_t)from, (uint16_t)to};
}

static bool
excluded_give(const void *base, size_t index, void *item)
{
	const struct registrar_excluded *excluded = base;
	struct excluded_read *in = item;
	struct text text;

	if (index >= excluded->count)
		return false;
	text_init(&text, in->ports, sizeof(in->ports));
	text_u64(&text, excluded->of[index].first);
	text_char(&text, '-');
	text_u64(&text, excluded->of[index].last);
	return true;
}

static const struct schema holder_item = {.kind = KIND_CHOICE,
					  .names = holder_names,
					  .size = 1};
static const struct schema_list holder_list = {1, &holder_item, false,
					       holder_take, holder_give};
static const struct schema nas_item = {.kind = KIND_TEXT,
				       .size = REGISTRAR_NAME_SIZE};
static const struct schema_list nas_list = {REGISTRAR_NAME_SIZE, &nas_item,
					    false, nas_take, nas_give};
static const struct schema excluded_item = {.kind = KIND_TEXT,
					    .size =
						sizeof(struct excluded_read)};
static const struct schema_list excluded_list = {sizeof(struct excluded_read),
						 &excluded_item, false,
						 excluded_take, excluded_give};

/* Rows that several items have. */
#define NAME_ROW(where, help_text)                                    \
	{                                                             \
		.name = "name", .kind = KIND_TEXT, .offset = (where), \
		.size = REGISTRAR_NAME_SIZE, .help = help_text        \
	}
#define COMPLETE_ROW(where)                                                   \
	{                                                                     \
		.name = "complete", .kind = KIND_CHOICE, .names = yes_no,     \
		.size = 1, .offset = (where), .standard = "false",            \
		.help = "true: nothing of it can be lost unseen, also while " \
			"the registrar is stopped, so silence says that "     \
			"nothing changed."                                    \
	}
#define CLOCK_ROW(where)                                                   \
	{                                                                  \
		.name = "clock_error", .kind = KIND_DURATION, .min = 0,    \
		.max = TIMES_HOUR_US, .offset = (where), .standard = "5s", \
		.help = "How far its clock may be off, each way."          \
	}
#define INTERIM_ROW(where, standard_)                                          \
	{                                                                      \
		.name = "interim", .kind = KIND_DURATION, .min = SEC,          \
		.max = TIMES_DAY_US, .offset = (where), .standard = standard_, \
		.help = "How often it speaks of what goes on; four times "     \
			"this in silence end it, inferred."                    \
	}
#define HOLDER_ROW(where)                                                    \
	{                                                                    \
		.name = "holder", .kind = KIND_LIST, .list = &holder_list,   \
		.offset = (where),                                           \
		.expected = "a list such as [class, user-name]",             \
		.help = "What names the account, the first that is there: "  \
			"class, user-name, calling-station, circuit-id, "    \
			"remote-id. Where not said: class, then user-name. " \
			"Of leases one: line (circuit and remote id), "      \
			"circuit-id, remote-id, hardware, client; line, "    \
			"else hardware, where not said."                     \
	}
#define ZONE_ROW(where)                                                    \
	{                                                                  \
		.name = "zone", .kind = KIND_ZONE, .offset = (where),      \
		.size = REGISTRAR_ZONE_SIZE, .standard = "UTC",            \
		.help = "Zone of stamps that bear none: UTC or an offset." \
	}
#define REALM_ROW(where)                                                   \
	{                                                                  \
		.name = "realm", .kind = KIND_NUMBER, .size = 4, .min = 0, \
		.max = 65535, .offset = (where), .standard = "0",          \
		.help = "Number that tells its inside addresses from the " \
			"same ones of other NATs."                         \
	}

static const struct schema vrf_rows[] = {
    {.name = "name",
     .kind = KIND_TEXT,
     .size = REGISTRAR_NAME_SIZE,
     .required = true,
     .offset = offsetof(struct registrar_vrf, name),
     .help = "What it calls the inside network; * for whatever it calls it."},
    REALM_ROW(offsetof(struct registrar_vrf, realm)),
    END};
static const struct schema vrf_item = {.kind = KIND_GROUP, .rows = vrf_rows};
static const struct schema_list vrf_list = {sizeof(struct registrar_vrf),
					    &vrf_item, true, vrf_take,
					    vrf_give};

/* What names a holder in RADIUS says nothing in a lease, and the reverse. */
static bool
holders_fit(const struct registrar_holders *holders, bool radius, bool dhcp)
{
	if (!radius && !dhcp)
		return holders->count == 0;
	if (dhcp && holders->count > 1)
		return false;
	for (uint8_t i = 0; i < holders->count; i++) {
		const uint8_t holder = holders->of[i];

		if (holder != REGISTRAR_HOLDER_CIRCUIT &&
		    holder != REGISTRAR_HOLDER_REMOTE &&
		    dhcp != (holder >= REGISTRAR_HOLDER_BOTH))
			return false;
	}
	return true;
}

static void
check_holders(struct reading *reading, const struct registrar_holders *holders,
	      bool radius, bool dhcp, const struct node *node)
{
	if (!holders_fit(holders, radius, dhcp))
		conf_errors_add(
		    reading->errors, node->line, node->column,
		    "registrar: 'holder' doesn't fit; expected %s",
		    radius ? "class, user-name, calling-station, circuit-id or "
			     "remote-id"
		    : dhcp ? "one of line, circuit-id, remote-id, hardware, "
			     "client"
			   : "none for this format");
}

/* registrar.accounting */

static void
clients_take(struct reading *reading, void *base, const void *item,
	     const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_client client;

	memcpy(&client, item, sizeof(client));
	if (!client.name[0])
		name_from_addr(client.name, &client.address);
	check_holders(reading, &client.holders, true, false, node);
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
     .names = yes_no,
     .size = 1,
     .offset = CLIENT(proxy),
     .standard = "false",
     .help = "true: a RADIUS server that forwards for many NAS; its own "
	     "restart ends nobody's session."},
    {.name = "nas",
     .kind = KIND_LIST,
     .list = &nas_list,
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
static const struct schema accounting_rows[] = {
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
	file.zone_offset_s = zone_offset(file.zone);
	if (!file.name[0] && !text_copy(file.name, sizeof(file.name),
					slice_of(strrchr(file.path, '/') + 1)))
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.files: its name is too long; "
				"expected 'name' with a shorter one");
	check_holders(reading, &file.holders,
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
     .names = yes_no,
     .size = 1,
     .offset = SOURCE_FILE(complete),
     .standard = "true",
     .help = "false: who writes it may lose words (a syslog file)."},
    CLOCK_ROW(SOURCE_FILE(clock_error_us)),
    HOLDER_ROW(SOURCE_FILE(holders)),
    END};
static const struct schema file_item = {.kind = KIND_GROUP, .rows = file_rows};
static const struct schema_list file_list = {sizeof(struct registrar_file),
					     &file_item, false, files_take,
					     files_give};

/* registrar.radacct */

static void
databases_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_database database;

	memcpy(&database, item, sizeof(database));
	check_holders(reading, &database.holders, true, false, node);
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
static const struct schema_list database_list = {
    sizeof(struct registrar_database), &database_item, false, databases_take,
    databases_give};

/* registrar.syslog */

static void
senders_take(struct reading *reading, void *base, const void *item,
	     const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_sender sender;

	memcpy(&sender, item, sizeof(sender));
	sender.zone_offset_s = zone_offset(sender.zone);
	if (!sender.name[0])
		name_from_addr(sender.name, &sender.address);
	if ((sender.format == REGISTRAR_LOG_PATTERN) !=
	    (sender.pattern_file[0] != 0))
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.syslog.senders: 'format: pattern' "
				"and 'pattern_file' need one another");
	for (size_t i = 0; i < conf->sender_count; i++)
		if (prefix_equal(&conf->senders[i].address, &sender.address)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"registrar.syslog.senders: the address "
					"stands there twice");
			return;
		}
	schema_append(reading, (void **)&conf->senders, &conf->sender_count,
		      REGISTRAR_SENDERS_MAX, sizeof(sender), &sender, node);
}

static bool
senders_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->sender_count)
		return false;
	memcpy(item, &conf->senders[index], sizeof(*conf->senders));
	return true;
}

static const struct schema sender_rows[] = {
    {.name = "address",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = SENDER(address),
     .help = "Who may send: an address or a prefix."},
    {.name = "format",
     .kind = KIND_CHOICE,
     .names = log_names,
     .size = 1,
     .required = true,
     .offset = SENDER(format),
     .help = "Whose messages of port blocks they are. juniper: "
	     "JSERVICES_NAT_PORT_BLOCK, ASP_NAT_PORT_BLOCK and "
	     "RT_SRC_NAT_PBA; cisco: CGv6 NAT44 and DS Lite (Userbased, "
	     "Sessionbased). Any other message is passed over unread."},
    NAME_ROW(SENDER(name), "Its name in answers; the address where not said."),
    {.name = "pattern_file",
     .kind = KIND_PATH,
     .size = REGISTRAR_PATH_SIZE,
     .offset = SENDER(pattern_file),
     .help = "What its messages look like, for format pattern."},
    ZONE_ROW(SENDER(zone)),
    INTERIM_ROW(SENDER(interim_us), NULL),
    COMPLETE_ROW(SENDER(complete)),
    CLOCK_ROW(SENDER(clock_error_us)),
    REALM_ROW(SENDER(realm)),
    {.name = "vrfs",
     .kind = KIND_LIST,
     .list = &vrf_list,
     .offset = SENDER(vrfs),
     .expected = "a list such as [{name: inside1, realm: 1}]",
     .help = "Inside networks that its messages name, and the realm of each; "
	     "one that isn't listed is refused."},
    END};
static const struct schema sender_item = {.kind = KIND_GROUP,
					  .rows = sender_rows};
static const struct schema_list sender_list = {sizeof(struct registrar_sender),
					       &sender_item, false,
					       senders_take, senders_give};
static const struct schema syslog_rows[] = {
    {.name = "senders",
     .kind = KIND_LIST,
     .list = &sender_list,
     .help = "NATs whose messages are read, by UDP and TCP."},
    END};

/* registrar.nat */

static void
exporters_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct registrar_exporter exporter;

	memcpy(&exporter, item, sizeof(exporter));
	if (!exporter.name[0]) {
		struct text text;

		text_init(&text, exporter.name, sizeof(exporter.name));
		addr_format(&text, &exporter.address);
	}
	for (size_t i = 0; i < conf->exporter_count; i++)
		if (addr_equal(&conf->exporters[i].address,
			       &exporter.address)) {
			conf_errors_add(reading->errors, node->line,
					node->column,
					"registrar.nat.exporters: the address "
					"stands there twice");
			return;
		}
	schema_append(reading, (void **)&conf->exporters, &conf->exporter_count,
		      REGISTRAR_EXPORTERS_MAX, sizeof(exporter), &exporter,
		      node);
}

static bool
exporters_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;

	if (index >= conf->exporter_count)
		return false;
	memcpy(item, &conf->exporters[index], sizeof(*conf->exporters));
	return true;
}

static const struct schema exporter_rows[] = {
    {.name = "address",
     .kind = KIND_ADDRESS,
     .required = true,
     .offset = EXPORTER(address),
     .help = "Where its datagrams come from."},
    {.name = "profile",
     .kind = KIND_CHOICE,
     .names = profile_names,
     .size = 1,
     .required = true,
     .offset = EXPORTER(profile),
     .help = "What its natEvent 14 and 15 mean: address bindings (rfc8158) or "
	     "blocks of ports (juniper-draft). Nothing in the data says so."},
    NAME_ROW(EXPORTER(name),
	     "Its name in answers; the address where not said."),
    INTERIM_ROW(EXPORTER(interim_us), NULL),
    CLOCK_ROW(EXPORTER(clock_error_us)),
    REALM_ROW(EXPORTER(realm)),
    END};
static const struct schema exporter_item = {.kind = KIND_GROUP,
					    .rows = exporter_rows};
static const struct schema_list exporter_list = {
    sizeof(struct registrar_exporter), &exporter_item, false, exporters_take,
    exporters_give};
static const struct schema nat_rows[] = {
    {.name = "exporters",
     .kind = KIND_LIST,
     .list = &exporter_list,
     .help = "NATs whose events are read from IPFIX."},
    END};

/* registrar.deterministic_nat */

struct plan_read {
	struct registrar_plan plan;
	char from[TIMES_RFC3339_SIZE], to[TIMES_RFC3339_SIZE];
};

/* "": unset. */
static bool
time_read(const char *written, struct at_event *time)
{
	*time = times_unset();
	return !*written || times_parse(slice_of(written), &time->us) == 0;
}

static void
plans_take(struct reading *reading, void *base, const void *item,
	   const struct node *node)
{
	struct registrar_conf *conf = &((struct conf *)base)->registrar;
	struct plan_read in;
	const char *wrong = NULL;

	memcpy(&in, item, sizeof(in));
	if (!addr_is_v4(&in.plan.inside.addr) ||
	    !addr_is_v4(&in.plan.outside.addr) || in.plan.inside.length < 96 ||
	    in.plan.outside.length < 96)
		wrong = "'inside' and 'outside' are IPv4 prefixes";
	else if (!time_read(in.from, &in.plan.from) ||
		 !time_read(in.to, &in.plan.to))
		wrong = "'from' and 'to' are times such as "
			"2024-06-20T10:00:00Z";
	else if (in.plan.last < in.plan.first)
		wrong = "'last' is below 'first'";
	else if (times_is_set(in.plan.from) && times_is_set(in.plan.to) &&
		 in.plan.to.us <= in.plan.from.us)
		wrong = "'to' isn't after 'from'";
	if (wrong) {
		conf_errors_add(reading->errors, node->line, node->column,
				"registrar.deterministic_nat: %s", wrong);
		return;
	}
	schema_append(reading, (void **)&conf->plans, &conf->plan_count,
		      REGISTRAR_PLANS_MAX, sizeof(in.plan), &in.plan, node);
}

static void
time_give(char written[TIMES_RFC3339_SIZE], struct at_event time)
{
	struct text text;

	text_init(&text, written, TIMES_RFC3339_SIZE);
	if (times_is_set(time))
		times_format(&text, time.us);
}

static bool
plans_give(const void *base, size_t index, void *item)
{
	const struct registrar_conf *conf =
	    &((const struct conf *)base)->registrar;
	struct plan_read in;

	if (index >= conf->plan_count)
		return false;
	in.plan = conf->plans[index];
	time_give(in.from, in.plan.from);
	time_give(in.to, in.plan.to);
	memcpy(item, &in, sizeof(in));
	return true;
}

static const struct schema plan_rows[] = {
    {.name = "inside",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = PLAN(plan.inside),
     .help = "Inside addresses of the NAT."},
    {.name = "outside",
     .kind = KIND_PREFIX,
     .required = true,
     .offset = PLAN(plan.outside),
     .help = "Outside addresses they are given ports of."},
    {.name = "ports",
     .kind = KIND_NUMBER,
     .size = 2,
     .min = 1,
     .max = 65535,
     .required = true,
     .offset = PLAN(plan.ports),
     .help = "Ports an inside address is given."},
    {.name = "first",
     .kind = KIND_NUMBER,
     .size = 2,
     .min = 0,
     .max = 65535,
     .offset = PLAN(plan.first),
     .standard = "1024",
     .help = "First port that is given."},
    {.name = "last",
     .kind = KIND_NUMBER,
     .size = 2,
     .min = 1,
     .max = 65535,
     .offset = PLAN(plan.last),
     .standard = "65535",
     .help = "Last port that is given."},
    {.name = "order",
     .kind = KIND_CHOICE,
     .names = order_names,
     .size = 1,
     .offset = PLAN(plan.spread),
     .standard = "fill",
     .help = "fill: one outside address after the other is given away; "
	     "spread: by turns."},
    {.name = "inside_boundaries",
     .kind = KIND_CHOICE,
     .names = yes_no,
     .size = 1,
     .required = true,
     .offset = PLAN(plan.inside_boundaries),
     .help = "Do network and broadcast address of 'inside' take part? One "
	     "address more or less moves everybody."},
    {.name = "outside_boundaries",
     .kind = KIND_CHOICE,
     .names = yes_no,
     .size = 1,
     .required = true,
     .offset = PLAN(plan.outside_boundaries),
     .help = "The same of 'outside'."},
    {.name = "exclude",
     .kind = KIND_LIST,
     .list = &excluded_list,
     .offset = PLAN(plan.excluded),
     .expected = "a list of ranges such as [5060-5061]",
     .help = "Ports that are given to nobody."},
    {.name = "from",
     .kind = KIND_TEXT,
     .size = TIMES_RFC3339_SIZE,
     .offset = PLAN(from),
     .help = "Since when it is configured so; always where not said.",
     .example = "2024-06-20T10:00:00Z"},
    {.name = "to",
     .kind = KIND_TEXT,
     .size = TIMES_RFC3339_SIZE,
     .offset = PLAN(to),
     .help = "Until when; to this day where not said."},
    REALM_ROW(PLAN(plan.realm)),
    END};
static const struct schema plan_item = {.kind = KIND_GROUP, .rows = plan_rows};
static const struct schema_list plan_list = {sizeof(struct plan_read),
					     &plan_item, false, plans_take,
					     plans_give};

const struct schema schema_registrar_rows[] = {
    {.name = "accounting",
     .kind = KIND_GROUP,
     .rows = accounting_rows,
     .help = "RADIUS accounting over UDP (listen.accounting)."},
    {.name = "files",
     .kind = KIND_LIST,
     .list = &file_list,
     .help = "Files of sessions, leases, addresses and port blocks."},
    {.name = "radacct",
     .kind = KIND_LIST,
     .list = &database_list,
     .help = "Databases whose table radacct is asked."},
    {.name = "syslog",
     .kind = KIND_GROUP,
     .rows = syslog_rows,
     .help = "Logs of port blocks (listen.syslog, listen.syslog_tcp)."},
    {.name = "nat",
     .kind = KIND_GROUP,
     .rows = nat_rows,
     .help = "NAT events of IPFIX (listen.nat)."},
    {.name = "deterministic_nat",
     .kind = KIND_LIST,
     .list = &plan_list,
     .help = "NATs that give ports by arithmetic and log nothing (RFC 7422), "
	     "each configuration with its dates."},
    {.name = "webhook",
     .kind = KIND_CHOICE,
     .names = yes_no,
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
