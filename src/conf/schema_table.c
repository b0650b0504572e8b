/* SPDX-License-Identifier: Apache-2.0 */
/* The root of the schema, and the small groups. */
#include <string.h>

#include "base/memory.h"
#include "conf/schema_rows.h"

const struct schema_name schema_yes_no[] = {{"true", 1},
					    {"false", 0},
					    {NULL, 0}};
const struct schema_name schema_modes[] = {{"shadow", 0},
					   {"live", 1},
					   {NULL, 0}};

bool
schema_append(struct reading *reading, void **array, size_t *count, size_t max,
	      size_t size, const void *item, const struct node *node)
{
	void *grown;

	if (*count >= max) {
		conf_errors_add(reading->errors, node->line, node->column,
				"more than %zu of these", max);
		return false;
	}
	grown = memory_grow(*array, *count, *count + 1, size);
	if (!grown) {
		reading->no_memory = true;
		return false;
	}
	memcpy((char *)grown + *count * size, item, size);
	*array = grown;
	(*count)++;
	return true;
}

static const struct schema listen_rows[] = {
    ROW("netflow", KIND_ENDPOINT, listen[CONF_LISTEN_NETFLOW], 0, 0,
	"127.0.0.1:2055", "NetFlow v5 and v9, UDP. Port 0 takes a free one."),
    ROW("ipfix", KIND_ENDPOINT, listen[CONF_LISTEN_IPFIX], 0, 0,
	"127.0.0.1:4739", "IPFIX, UDP."),
    ROW("sflow", KIND_ENDPOINT, listen[CONF_LISTEN_SFLOW], 0, 0,
	"127.0.0.1:6343", "sFlow 5, UDP."),
    ROW("metrics", KIND_ENDPOINT, listen[CONF_LISTEN_METRICS], 0, 0,
	"127.0.0.1:9464", "/healthz and /metrics, HTTP."),
    ROW("portal", KIND_ENDPOINT, listen[CONF_LISTEN_PORTAL], 0, 0,
	"127.0.0.1:8081",
	"The subscribers' portal, HTTP; [::]:80 for both families."),
    ROW("api", KIND_ENDPOINT, listen[CONF_LISTEN_API], 0, 0, "127.0.0.1:8080",
	"The API, HTTP, where api.tokens says who may ask."),
    ROW("accounting", KIND_ENDPOINT, listen[CONF_LISTEN_ACCOUNTING], 0, 0,
	"127.0.0.1:1813", "RADIUS accounting, UDP."),
    ROW("syslog", KIND_ENDPOINT, listen[CONF_LISTEN_SYSLOG], 0, 0,
	"127.0.0.1:1514", "Logs of port blocks, UDP."),
    ROW("syslog_tcp", KIND_ENDPOINT, listen[CONF_LISTEN_SYSLOG_TCP], 0, 0,
	"127.0.0.1:1514", "The same, TCP."),
    ROW("nat", KIND_ENDPOINT, listen[CONF_LISTEN_NAT], 0, 0, "127.0.0.1:4740",
	"IPFIX of NAT events, UDP."),
    END};

static const struct schema run_rows[] = {
    ROW("uid_base", KIND_NUMBER, uid_base, 1000, 60000000, "61000",
	"Roles started by root run as this number plus their own, where no "
	"account lazaret-ROLE exists."),
    END};

static const struct schema weight_rows[] = {
    ROW("flood", KIND_SCORE, detect.weight_flood_milli, 0, 20000, "4",
	"Own flood in one window."),
    ROW("flood_lasts", KIND_SCORE, detect.weight_flood_lasts_milli, 0, 20000,
	"6", "Own flood in two windows in a row."),
    ROW("scan", KIND_SCORE, detect.weight_scan_milli, 0, 20000, "5", "Scan."),
    ROW("c2", KIND_SCORE, detect.weight_c2_milli, 0, 20000, "5",
	"Established contact of a command server seen within 7 days."),
    ROW("c2_old", KIND_SCORE, detect.weight_c2_old_milli, 0, 20000, "3",
	"The same, seen longer ago or undated."),
    ROW("sinkhole", KIND_SCORE, detect.weight_sinkhole_milli, 0, 20000, "5",
	"Established contact of a sinkhole."),
    END};

static const struct schema detect_rows[] = {
    {.name = "lateness",
     .kind = KIND_DURATION,
     .min = SEC,
     .max = HOUR,
     .offset = offsetof(struct conf, detect.lateness_us),
     .help = "Windows close at record time minus this. Where not said: the "
	     "largest active plus inactive timeout of the exporters, else "
	     "120s."},
    {.name = "sampling",
     .kind = KIND_NUMBER,
     .size = 4,
     .min = 1,
     .max = 1000000,
     .offset = offsetof(struct conf, detect.sampling),
     .help = "Largest 1:N expected; it chooses the window. Where not said: "
	     "the largest of the exporters, else 1."},
    ROW("sampling_wide_min", KIND_NUMBER, detect.sampling_wide_min, 1, 1000000,
	"100", "Above this 1:N windows last 60 s instead of 10 s."),
    ROW("flood_pps", KIND_NUMBER, detect.flood_pps, 1, 100000000, "200",
	"ICMP or UDP packets a second to one destination, unanswered."),
    ROW("flood_syn_pps", KIND_NUMBER, detect.flood_syn_pps, 1, 100000000, "100",
	"Bare SYN packets a second to one destination."),
    ROW("flood_icmp_abs_pps", KIND_NUMBER, detect.flood_icmp_abs_pps, 1,
	100000000, "1000", "Echo requests a second, answered or not."),
    ROW("flood_samples_min", KIND_NUMBER, detect.flood_samples_min, 1, 100000,
	"12", "Packets a window must show when sampled."),
    ROW("scan_targets", KIND_NUMBER, detect.scan_targets, 2, 100000, "10",
	"Unanswered targets on the worm ports that make a scan."),
    ROW("scan_targets_wide", KIND_NUMBER, detect.scan_targets_wide, 2, 100000,
	"50", "The same on other watched ports."),
    {.name = "weights",
     .kind = KIND_GROUP,
     .rows = weight_rows,
     .help = "What a sighting counts."},
    ROW("subjects_max", KIND_NUMBER, detect.subjects_max, 64, 16777216,
	"262144", "Subjects with state at a time; what goes is counted."),
    ROW("pairs_max", KIND_NUMBER, detect.pairs_max, 64, 16777216, "262144",
	"Subject and destination pairs with windows at a time."),
    END};

static const struct schema notice_rows[] = {
    TEXT_ROW("operator", notice.operator_name,
	     "Who signs; network.name where not said.",
	     .example = "Example Telecom"),
    TEXT_ROW("from", notice.from, "Sender of notices.",
	     .example = "Example Telecom <security@example.net>"),
    TEXT_ROW(
	"phone", notice.phone,
	"Help desk, as printed on bills: whoever doubts a notice calls it.",
	.example = "+1 555 0100"),
    TEXT_ROW("hours", notice.hours, "When the help desk answers.",
	     .example = "every day 8 am to 8 pm"),
    {.name = "zone",
     .kind = KIND_ZONE,
     AT(notice.zone_name),
     .standard = "UTC",
     .help = "Local time of notices: UTC or an offset such as +02:00."},
    {.name = "maildir",
     .kind = KIND_PATH,
     AT(notice.maildir),
     .example = "outbox",
     .help =
	 "Maildir that notices are put into, those for whom contacts names no "
	 "mail where smtp is given too."},
    TEXT_ROW(
	"smtp", notice.smtp,
	"Mail server that notices are handed to: an address and port, "
	"unencrypted, so one of ours and near. Needs contacts or accounts.",
	.example = "127.0.0.1:25"),
    {.name = "contacts",
     .kind = KIND_PATH,
     AT(notice.contacts),
     .example = "contacts.csv",
     .help = "CSV with the columns party and mail; only the notifier reads "
	     "it."},
    END};

static const struct schema retention_rows[] = {
    ROW("spool", KIND_DURATION, retention.spool_us, HOUR, 72 * HOUR, "72h",
	"Sightings between the roles."),
    ROW("bindings", KIND_DURATION, retention.bindings_us, 3 * DAY, 7 * DAY,
	"7d", "Who held which address, and the records that say so."),
    ROW("sightings", KIND_DURATION, retention.sightings_us, DAY, 14 * DAY,
	"14d", "Sightings nobody is named by, or of watched cases only."),
    ROW("cases", KIND_DURATION, retention.cases_us, DAY, 180 * DAY, "180d",
	"Cases after closing; then only counts are left."),
    END};

/* essential stands before live: what may go live depends on it. */
static const struct schema root_rows[] = {
    {.name = "network",
     .kind = KIND_GROUP,
     .rows = schema_network_rows,
     .required = true,
     .help = "Who we are."},
    {.name = "bindings",
     .kind = KIND_LIST,
     .list = &schema_bindings_list,
     .help = "Who held which address when: address,port_first,port_last,party,"
	     "start,end."},
    {.name = "registrar",
     .kind = KIND_GROUP,
     .rows = schema_registrar_rows,
     .help = "Live sources of who held which address when. The registrar runs "
	     "where one is named."},
    {.name = "accounts",
     .kind = KIND_LIST,
     .list = &schema_accounts_list,
     .help = "Whose customer a login, line or device is, and from when to "
	     "when. Where not said, an account is what its sources call it."},
    {.name = "indicators",
     .kind = KIND_LIST,
     .list = &schema_indicators_list,
     .help = "Command servers and sinkholes: type,value,port,proto,family,"
	     "source,first_seen,last_seen,valid_until."},
    {.name = "mode",
     .kind = KIND_CHOICE,
     .names = schema_modes,
     AT(policy.live_mode),
     .standard = "shadow",
     .help = "shadow computes everything and acts on nothing; live acts as "
	     "'live' says."},
    {.name = "essential",
     .kind = KIND_LIST,
     .list = &schema_essential_list,
     .help = "Prefixes that no measure may cut: voice, emergency and relay "
	     "services, DNS, DHCP, NTP, portal."},
    {.name = "live",
     .kind = KIND_LIST,
     .list = &schema_live_list,
     .help = "What goes live, by act and class: notice, filter.ddos, "
	     "garden.scanner."},
    {.name = "protected",
     .kind = KIND_LIST,
     .list = &schema_protected_list,
     .help = "Parties about whom a person decides (hospitals, authorities)."},
    {.name = "exporters",
     .kind = KIND_LIST,
     .list = &schema_exporters_list,
     .help = "What routers don't say of themselves."},
    {.name = "listen",
     .kind = KIND_GROUP,
     .rows = listen_rows,
     .help = "Where the roles listen; loopback until another address is "
	     "named."},
    {.name = "state_dir",
     .kind = KIND_PATH,
     AT(state_dir),
     .help = "Where state is kept. Where not said: /var/lib/lazaret for root, "
	     "else $XDG_STATE_HOME/lazaret."},
    {.name = "run_dir",
     .kind = KIND_PATH,
     AT(run_dir),
     .help = "Sockets and counters. Where not said: /run/lazaret for root, "
	     "else $XDG_RUNTIME_DIR/lazaret."},
    {.name = "run",
     .kind = KIND_GROUP,
     .rows = run_rows,
     .help = "How roles are started."},
    {.name = "detect",
     .kind = KIND_GROUP,
     .rows = detect_rows,
     .help = "Thresholds and sizes of the detectors."},
    {.name = "policy",
     .kind = KIND_GROUP,
     .rows = schema_policy_rows,
     .help = "When to tell and when to limit."},
    {.name = "notice",
     .kind = KIND_GROUP,
     .rows = notice_rows,
     .help = "How notices are written and sent."},
    {.name = "quarantine",
     .kind = KIND_GROUP,
     .rows = schema_quarantine_rows,
     .help = "How measures are enforced."},
    {.name = "portal",
     .kind = KIND_GROUP,
     .rows = schema_portal_rows,
     .help = "The pages for who is told or limited. They are served where "
	     "quarantine.driver isn't none, or by run --role web."},
    {.name = "api",
     .kind = KIND_GROUP,
     .rows = schema_api_rows,
     .help = "POST /api/v1/who and /api/v1/machines, for programs of the "
	     "operator's own."},
    {.name = "retention",
     .kind = KIND_GROUP,
     .rows = retention_rows,
     .help = "How long what is stored is kept; each may be shortened."},
    {.name = "store",
     .kind = KIND_GROUP,
     .rows = schema_store_rows,
     .help = "Where cases, notices and measures are kept."},
    {.name = "costs",
     .kind = KIND_GROUP,
     .rows = schema_costs_rows,
     .help = "What acts cost, for lazaret effect; nothing decides by it."},
    END};

const struct schema *
schema_root(void)
{
	return root_rows;
}
