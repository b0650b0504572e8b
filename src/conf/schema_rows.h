/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files that hold rows of the schema table, one idea a file: how a row
 * is written, and which rows and lists the root puts together.
 */
#ifndef CONF_SCHEMA_ROWS_H
#define CONF_SCHEMA_ROWS_H

#include "conf/schema.h"

#define AT(member)                               \
	.offset = offsetof(struct conf, member), \
	.size = sizeof(((struct conf *)0)->member)
#define SEC TIMES_SECOND_US
#define MINUTE TIMES_MINUTE_US
#define HOUR TIMES_HOUR_US
#define DAY TIMES_DAY_US
#define END                  \
	{                    \
		.name = NULL \
	}
#define TEXT_ROW(key, member, help_text, ...)                                  \
	{                                                                      \
		.name = key, .kind = KIND_TEXT,                                \
		.offset = offsetof(struct conf, member),                       \
		.size = sizeof(((struct conf *)0)->member), .help = help_text, \
		__VA_ARGS__                                                    \
	}
#define ROW(key, kind_, member, low, high, standard_, help_text)        \
	{                                                               \
		.name = key, .kind = kind_,                             \
		.offset = offsetof(struct conf, member),                \
		.size = sizeof(((struct conf *)0)->member), .min = low, \
		.max = high, .standard = standard_, .help = help_text   \
	}

/* shadow, live. */
extern const struct schema_name schema_modes[];
/* true, false. */
extern const struct schema_name schema_yes_no[];

extern const struct schema schema_costs_rows[], schema_store_rows[];
extern const struct schema schema_network_rows[];
extern const struct schema_list schema_bindings_list, schema_indicators_list;
extern const struct schema_list schema_exporters_list;
extern const struct schema_list schema_live_list, schema_protected_list;
extern const struct schema schema_policy_rows[];
extern const struct schema_list schema_ladders_list, schema_bases_list;
extern const struct schema schema_hours_rows[], schema_trial_rows[];
extern const struct schema_list schema_essential_list;
extern const struct schema schema_quarantine_rows[], schema_portal_rows[];

#endif
