/* SPDX-License-Identifier: Apache-2.0 */
/* Accounting packets; what the attributes mean is in accounting_word.c. */
#include "lease/accounting.h"

#include <string.h>

#include "lease/accounting_word.h"
#include "radius/numbers.h"

int
accounting_conf_holder(struct accounting_conf *conf,
		       enum accounting_holder holder)
{
	for (size_t i = 0; i < conf->holder_count; i++)
		if (conf->holders[i] == holder)
			return LZ_E_EXISTS;
	if (conf->holder_count == ACCOUNTING_HOLDERS_MAX)
		return LZ_E_FULL;
	conf->holders[conf->holder_count++] = (uint8_t)holder;
	return 0;
}

int
accounting_conf_allow(struct accounting_conf *conf, struct slice name)
{
	struct text text;
	struct addr addr;

	if (conf->name_count == ACCOUNTING_NAMES_MAX)
		return LZ_E_FULL;
	if (name.length == 0)
		return LZ_E_RANGE;
	for (size_t i = 0; i < name.length; i++)
		if ((uint8_t)name.at[i] < ' ' || name.at[i] == 0x7f)
			return LZ_E_RANGE;
	text_init(&text, conf->names[conf->name_count], LEASE_SPEAKER_SIZE);
	/* Addresses in the one form they are compared in. */
	if (addr_parse(name, &addr) == 0)
		addr_format(&text, &addr);
	else
		text_slice(&text, name);
	if (text.full)
		return LZ_E_RANGE;
	conf->name_count++;
	return 0;
}

static void
refuse(const struct accounting_place *place, const char *reason)
{
	if (place->output->refused)
		place->output->refused(place->output->context, place->offset,
				       reason);
}

void
accounting_read(const struct accounting_conf *conf, const void *bytes,
		size_t length, struct at_arrival arrival,
		const struct addr *peer, uint64_t origin,
		const struct lease_output *output)
{
	const struct accounting_place place = {.conf = conf,
					       .output = output,
					       .arrival = arrival,
					       .peer = peer,
					       .origin = origin};
	struct radius_attribute attribute;
	struct radius_iterator iterator;
	struct radius_packet packet;
	struct accounting_word word;

	if (radius_read(&packet, bytes, length) != 0) {
		refuse(&place, "packet");
		return;
	}
	if (packet.code != RADIUS_ACCOUNTING_REQUEST) {
		refuse(&place, "code");
		return;
	}
	accounting_word_init(&word);
	radius_begin(&iterator, &packet);
	while (radius_next(&iterator, &attribute))
		accounting_word_add(&word, &attribute, &place);
	accounting_word_say(&word, &place);
}
