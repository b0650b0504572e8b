/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of nftables on this machine: nft(8) loads our table once, entries
 * come and go by netlink.  Every entry has a timeout: should we die for good,
 * the gate opens.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "quarantine/conntrack.h"
#include "quarantine/nft_load.h"

#define BATCH_MAX 64
#define DUMP_TRIES 5
#define RULESET_BYTES (256 * 1024)

struct nft_device {
	struct nft_talk talk;
	struct nft_sets sets;
	struct device_conf conf;
	char mark[NFT_MARK_SIZE];
	size_t told_count, told_room;
	struct device_event *told; /* what became of changes; not told yet */
	struct plan begun, ended;  /* whose connections are to be cut */
};

static int
fail(struct device *device, const char *what, int error)
{
	snprintf(device->message, sizeof(device->message), "%s: %s", what,
		 lz_strerror(error));
	return error;
}

/* ------------------------------------------------------------------ open */

static void
length_add(struct plan_lengths *lengths, uint8_t length)
{
	size_t at = 0;

	while (at < lengths->count && lengths->at[at] < length)
		at++;
	if ((at < lengths->count && lengths->at[at] == length) ||
	    lengths->count == PLAN_LENGTHS_MAX)
		return;
	memmove(lengths->at + at + 1, lengths->at + at, lengths->count - at);
	lengths->at[at] = length;
	lengths->count++;
}

static void
lengths_fill(struct plan_lengths *lengths, const struct plan_lengths *assigned)
{
	static const uint8_t usual[] = {48, 56, 64, 128};

	lengths->count = 0;
	for (size_t i = 0; i < sizeof(usual); i++)
		length_add(lengths, usual[i]);
	for (size_t i = 0; i < assigned->count; i++)
		if (assigned->at[i] > usual[0])
			length_add(lengths, assigned->at[i]);
}

/* Only where it isn't there yet: a restart leaves all entries in force. */
static int
table_make(struct device *device)
{
	struct nft_device *own = device->own;
	char *bytes = memory_new(1, RULESET_BYTES);
	struct text text;
	int error;

	if (!bytes)
		return LZ_E_MEMORY;
	text_init(&text, bytes, RULESET_BYTES);
	nft_ruleset(&text, &own->conf, &device->lengths, own->mark);
	error = text.full ? fail(device, "too much for one ruleset", LZ_E_FULL)
			  : nft_has_chain(&own->talk, own->mark);
	if (error == -EPERM)
		fail(device, "changing the firewall takes CAP_NET_ADMIN",
		     error);
	if (error == -ENOENT) {
		error = nft_load(bytes, text.length, device->message,
				 sizeof(device->message));
		if (!error)
			error = nft_has_chain(&own->talk, own->mark);
	}
	memory_free(bytes);
	return error;
}

static int
nft_open(struct device *device, const struct device_conf *conf)
{
	struct nft_device *own = memory_new(1, sizeof(*own));
	int error;

	device->fd = -1;
	device->own = own;
	if (!own)
		return LZ_E_MEMORY;
	own->conf = *conf;
	plan_init(&own->begun);
	plan_init(&own->ended);
	lengths_fill(&device->lengths, &conf->assigned);
	nft_sets_fill(&own->sets, &device->lengths);
	error = nft_talk_open(&own->talk);
	if (error)
		return fail(device, "no netlink socket", error);
	device->fd = mnl_socket_get_fd(own->talk.socket);
	error = table_make(device);
	if (error && !device->message[0])
		fail(device, "table " NFT_TABLE, error);
	return error;
}

/* ----------------------------------------------------------------- apply */

static enum device_result
result_of(int error)
{
	switch (error) {
	case 0:
		return DEVICE_DONE;
	case -ETIMEDOUT:
		return DEVICE_UNKNOWN;
	case -ENOENT: /* the table isn't there any more */
	case -EAGAIN:
	case -ENOBUFS:
	case -ENOMEM:
	case -EBUSY:
		return DEVICE_UNREACHABLE;
	default:
		return DEVICE_REFUSED;
	}
}

/* Whose connections have to go, too; cut once results are told. */
static int
cut_later(struct nft_device *own, const struct change *change)
{
	struct plan *plan = change->act == CHANGE_ADD ? &own->begun
						      : &own->ended;
	const struct target target = {
	    .subject = {change->element.subject, 0, 0},
	    .has_peer = change->element.kind == MEASURE_FILTER,
	    .peer = {change->element.peer, change->element.peer_port,
		     change->element.proto}};
	const struct plan_lengths same = {1, {change->element.subject.length}};

	if (change->act == CHANGE_REFRESH ||
	    change->element.kind == MEASURE_LIMIT)
		return 0;
	return plan_add(plan, (enum measure_kind)change->element.kind, &target,
			&same, INT64_MAX);
}

static int
tell_later(struct nft_device *own, const struct change *change, int error)
{
	const struct device_event event = {*change, result_of(error),
					   error < 0 ? -error : 0};

	if (own->told_count == own->told_room) {
		const size_t more = own->told_room ? own->told_room * 2 : 64;
		struct device_event *grown = memory_grow(own->told,
							 own->told_room, more,
							 sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		own->told = grown;
		own->told_room = more;
	}
	own->told[own->told_count++] = event;
	return error ? 0 : cut_later(own, change);
}

/* One by itself, whatever there is by now. */
static int
change_one(struct nft_device *own, struct change change)
{
	int error = nft_change(&own->talk, &own->sets, &change, 1);

	if (error != -ENOENT)
		return error;
	if (change.act == CHANGE_REMOVE) /* it has ended by itself */
		return nft_has_chain(&own->talk, own->mark);
	if (change.act == CHANGE_REFRESH) {
		change.act = CHANGE_ADD;
		error = nft_change(&own->talk, &own->sets, &change, 1);
	}
	return error;
}

static int
nft_apply(struct device *device, const struct change *changes, size_t count)
{
	struct nft_device *own = device->own;
	int error = 0;

	for (size_t i = 0; i < count && !error; i += BATCH_MAX) {
		const size_t n = count - i < BATCH_MAX ? count - i : BATCH_MAX;
		const int whole = nft_change(&own->talk, &own->sets,
					     changes + i, n);

		/* One that fails takes its batch along: then each alone. */
		for (size_t j = i; j < i + n && !error; j++)
			error = tell_later(own, &changes[j],
					   whole && whole != -ETIMEDOUT
					       ? change_one(own, changes[j])
					       : whole);
	}
	return error;
}

static int
cut(struct device *device)
{
	struct nft_device *own = device->own;
	const struct conntrack_cut cut = {&own->conf, &device->lengths,
					  &own->begun, &own->ended};
	size_t count;
	int error;

	if (own->begun.count == 0 && own->ended.count == 0)
		return 0;
	plan_seal(&own->begun);
	plan_seal(&own->ended);
	error = conntrack_cut(&own->talk, &cut, &count);
	plan_clear(&own->begun);
	plan_clear(&own->ended);
	return error;
}

static int
nft_poll(struct device *device, device_event_cb *tell, void *context)
{
	struct nft_device *own = device->own;
	int error;

	for (size_t i = 0; i < own->told_count; i++)
		tell(context, &own->told[i]);
	own->told_count = 0;
	error = cut(device);
	return error ? fail(device, "cutting connections", error) : 0;
}

/* ------------------------------------------------------------------ dump */

static int
nft_probe(struct device *device)
{
	struct nft_device *own = device->own;
	const int error = nft_has_chain(&own->talk, own->mark);

	if (error)
		fail(device, "table " NFT_TABLE, error);
	return error == -ENOENT ? LZ_E_NOT_FOUND : error;
}

static int
nft_dump(struct device *device, device_have_cb *have, void *context)
{
	struct nft_device *own = device->own;
	int error = nft_probe(device);

	for (size_t i = 0; i < own->sets.count && !error; i++) {
		error = nft_dump_set(&own->talk, &own->sets.at[i], have,
				     context);
		if (error)
			fail(device, own->sets.at[i].name, error);
	}
	return error;
}

static void
nft_close(struct device *device)
{
	struct nft_device *own = device->own;

	if (!own)
		return;
	nft_talk_close(&own->talk);
	plan_fini(&own->begun);
	plan_fini(&own->ended);
	memory_free(own->told);
	memory_free(own);
	device->own = NULL;
	device->fd = -1;
}

const struct driver driver_nftables = {
    .name = "nftables",
    .caps = DEVICE_CAN_FILTER | DEVICE_CAN_LIMIT | DEVICE_CAN_GARDEN |
	    DEVICE_CAN_BLOCK | DEVICE_HAS_V4 | DEVICE_HAS_V6_PREFIX |
	    DEVICE_HAS_DUMP | DEVICE_HAS_TTL,
    .open = nft_open,
    .apply = nft_apply,
    .dump = nft_dump,
    .probe = nft_probe,
    .poll = nft_poll,
    .close = nft_close};
