/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's silent inputs. */
#include "role/registrar_silence.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "role/raw_record.h"

#define INTERIMS 4

struct heard {
	const char *name; /* the configuration's */
	int64_t at_us, limit_us;
	bool silent;
};

struct registrar_silence {
	/* Clients, then senders, then exporters. */
	size_t clients, senders, count;
	struct heard of[];
};

static void
heard_add(struct registrar_silence *silence, const char *name,
	  int64_t interim_us, int64_t now_us)
{
	silence->of[silence->count++] =
	    (struct heard){.name = name,
			   .at_us = now_us,
			   .limit_us = interim_us ? INTERIMS * interim_us
						  : REGISTRAR_SILENCE_US};
}

struct registrar_silence *
registrar_silence_new(const struct registrar_conf *conf, int64_t now_us)
{
	const size_t count = conf->client_count + conf->sender_count +
			     conf->exporter_count;
	struct registrar_silence *silence =
	    memory_new(1, sizeof(*silence) + count * sizeof(struct heard));

	if (!silence)
		return NULL;
	silence->clients = conf->client_count;
	silence->senders = conf->sender_count;
	for (size_t i = 0; i < conf->client_count; i++)
		heard_add(silence, conf->clients[i].name,
			  conf->clients[i].interim_us, now_us);
	for (size_t i = 0; i < conf->sender_count; i++)
		heard_add(silence, conf->senders[i].name,
			  conf->senders[i].interim_us, now_us);
	for (size_t i = 0; i < conf->exporter_count; i++)
		heard_add(silence, conf->exporters[i].name,
			  conf->exporters[i].interim_us, now_us);
	return silence;
}

void
registrar_silence_free(struct registrar_silence *silence)
{
	memory_free(silence);
}

void
registrar_silence_heard(struct registrar_silence *silence, uint8_t kind,
			uint16_t input, int64_t now_us)
{
	size_t i = input;
	struct heard *heard;

	if (kind == RAW_SYSLOG)
		i += silence->clients;
	else if (kind == RAW_IPFIX)
		i += silence->clients + silence->senders;
	else if (kind != RAW_RADIUS)
		return;
	if (i >= silence->count)
		return;
	heard = &silence->of[i];
	heard->at_us = now_us;
	if (heard->silent)
		fprintf(stderr, "registrar: %s is heard again\n", heard->name);
	heard->silent = false;
}

size_t
registrar_silence_count(struct registrar_silence *silence, int64_t now_us)
{
	size_t silent = 0;

	for (size_t i = 0; i < silence->count; i++) {
		struct heard *heard = &silence->of[i];
		const int64_t for_us = now_us - heard->at_us;

		if (!heard->silent && for_us >= heard->limit_us) {
			heard->silent = true;
			fprintf(stderr,
				"registrar: %s: nothing was heard of it for "
				"%" PRId64 " minutes: is it up, and does it "
				"send here?\n",
				heard->name, for_us / TIMES_MINUTE_US);
		}
		silent += heard->silent;
	}
	return silent;
}
