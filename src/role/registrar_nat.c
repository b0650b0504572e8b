/* SPDX-License-Identifier: Apache-2.0 */
/* IPFIX datagrams of translators to lease events. */
#include "role/registrar_nat.h"

#include <errno.h>
#include <sys/random.h>

#include "base/memory.h"
#include "flow/decoder.h"
#include "lease/nat.h"
#include "role/learned_file.h"
#include "role/role.h"

struct registrar_nat {
	const struct conf *conf;
	struct flow_conf flow;
	struct flow_decoder *decoder;
	struct nat *nat;
	/* Of the datagram at hand. */
	const struct registrar_exporter *exporter;
	const struct raw_record *record;
	uint64_t origin;
	const struct lease_output *output;
};

_Static_assert((int)REGISTRAR_RFC8158 == (int)NAT_PROFILE_RFC8158 &&
		   (int)REGISTRAR_JUNIPER_DRAFT ==
		       (int)NAT_PROFILE_JUNIPER_DRAFT,
	       "a profile is one number everywhere");

static void
take_events(void *context, const struct nat_event *events, size_t count)
{
	struct registrar_nat *nat = context;

	/* Without memory the datagram counts as lost: nat_settle says so. */
	if (nat_gather(nat->nat, events, count) != 0 && nat->output->refused)
		nat->output->refused(nat->output->context, 0, "memory");
}

static void
take_word(void *context, const struct nat_word *word)
{
	struct registrar_nat *nat = context;
	struct nat_source source = {.profile = (enum nat_profile)
						   nat->exporter->profile,
				    .realm = nat->exporter->realm,
				    .arrival = nat->record->arrival,
				    .origin = nat->origin};
	struct flow_exporter_stats stats;

	flow_decoder_exporter(nat->decoder, word->exporter, &stats);
	nat_speaker(source.speaker, &stats.addr, stats.domain);
	nat_settle(nat->nat, word, &source, nat->output);
}

/* Traffic that comes with them is the sensor's business. */
static void
pass_over(void *context, const struct flow_record *records, size_t count)
{
	(void)context;
	(void)records;
	(void)count;
}

static int
decoder_make(struct registrar_nat *nat)
{
	const struct nat_output output = {take_events, take_word, nat};

	flow_decoder_free(nat->decoder);
	nat->decoder = flow_decoder_new(&nat->flow);
	if (!nat->decoder)
		return LZ_E_MEMORY;
	flow_decoder_nat(nat->decoder, &output);
	return 0;
}

int
registrar_nat_new(const struct conf *conf, struct registrar_nat **nat)
{
	struct registrar_nat *made = memory_new(1, sizeof(*made));
	int error = LZ_E_MEMORY;

	*nat = NULL;
	if (!made)
		return error;
	made->conf = conf;
	made->nat = nat_new();
	if (getrandom(&made->flow.key, sizeof(made->flow.key), 0) !=
	    sizeof(made->flow.key))
		error = -errno;
	else if (made->nat)
		error = decoder_make(made);
	if (error)
		registrar_nat_free(made);
	else
		*nat = made;
	return error;
}

void
registrar_nat_free(struct registrar_nat *nat)
{
	if (!nat)
		return;
	flow_decoder_free(nat->decoder);
	nat_free(nat->nat);
	memory_free(nat);
}

void
registrar_nat_decode(struct registrar_nat *nat, size_t exporter,
		     const struct raw_record *record, uint64_t origin,
		     const struct lease_output *output)
{
	const struct flow_datagram datagram = {.source = record->peer,
					       .source_port = record->port,
					       .arrival = record->arrival,
					       .bytes = record->bytes,
					       .length = record->length};

	nat->exporter = &nat->conf->registrar.exporters[exporter];
	nat->record = record;
	nat->origin = origin;
	nat->output = output;
	if (flow_decoder_datagram(nat->decoder, &datagram, pass_over, NULL) <
		0 &&
	    output->refused)
		output->refused(output->context, 0, "datagram");
}

int
registrar_nat_load(struct registrar_nat *nat, int folder)
{
	const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};
	const int error = learned_file_read(folder, now, nat->decoder);

	if (!error)
		return 0;
	/* It may hold a part. */
	return decoder_make(nat) == 0 ? error : LZ_E_MEMORY;
}

int
registrar_nat_save(struct registrar_nat *nat, int folder)
{
	const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};

	if (flow_decoder_exporter_count(nat->decoder) == 0)
		return 0;
	return learned_file_write(folder, now, nat->decoder);
}
