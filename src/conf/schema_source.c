/* SPDX-License-Identifier: Apache-2.0 */
/* What the registrar's inputs share: small lists, names, holders. */
#include <string.h>

#include "conf/schema_source.h"

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

void
schema_source_name(char name[REGISTRAR_NAME_SIZE], const struct prefix *prefix)
{
	struct text text;

	text_init(&text, name, REGISTRAR_NAME_SIZE);
	prefix_format(&text, prefix);
}

int32_t
schema_source_zone(const char *zone)
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

static const struct schema holder_item = {.kind = KIND_CHOICE,
					  .names = holder_names,
					  .size = 1};
const struct schema_list schema_holder_list = {1, &holder_item, false,
					       holder_take, holder_give};
static const struct schema nas_item = {.kind = KIND_TEXT,
				       .size = REGISTRAR_NAME_SIZE};
const struct schema_list schema_nas_list = {REGISTRAR_NAME_SIZE, &nas_item,
					    false, nas_take, nas_give};

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
const struct schema_list schema_vrf_list = {sizeof(struct registrar_vrf),
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

void
schema_source_holders(struct reading *reading,
		      const struct registrar_holders *holders, bool radius,
		      bool dhcp, const struct node *node)
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
