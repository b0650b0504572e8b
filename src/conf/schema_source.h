/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the registrar's inputs share: rows that several kinds of
 * source have, and lists of a few inside an item.
 */
#ifndef CONF_SCHEMA_SOURCE_H
#define CONF_SCHEMA_SOURCE_H

#include "conf/schema_rows.h"

/* Rows that several items have. */
#define NAME_ROW(where, help_text)                                    \
	{                                                             \
		.name = "name", .kind = KIND_TEXT, .offset = (where), \
		.size = REGISTRAR_NAME_SIZE, .help = help_text        \
	}
#define COMPLETE_ROW(where)                                                   \
	{                                                                     \
		.name = "complete", .kind = KIND_CHOICE,                      \
		.names = schema_yes_no, .size = 1, .offset = (where),         \
		.standard = "false",                                          \
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
		.name = "holder", .kind = KIND_LIST,                         \
		.list = &schema_holder_list, .offset = (where),              \
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

extern const struct schema_list schema_holder_list, schema_nas_list,
    schema_vrf_list;

/* A name for who has none: the address. */
void schema_source_name(char name[REGISTRAR_NAME_SIZE],
			const struct prefix *prefix);
/* "+02:00" in seconds; 0 for UTC. */
int32_t schema_source_zone(const char *zone);
/* What names a holder in RADIUS says nothing in a lease, and the reverse: adds
 * an error where it doesn't fit. */
void schema_source_holders(struct reading *reading,
			   const struct registrar_holders *holders, bool radius,
			   bool dhcp, const struct node *node);

/* The parts of `registrar`. */
extern const struct schema schema_accounting_rows[], schema_syslog_rows[],
    schema_nat_rows[];
extern const struct schema_list schema_source_files_list, schema_radacct_list,
    schema_plans_list;

#endif
