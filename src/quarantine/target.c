/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of targets, in and out. */
#include "quarantine/target.h"

#include <string.h>

#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_SCTP 132

static bool
has_ports(int32_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

static int
peer_parse(struct slice text, struct target *target)
{
	struct endpoint peer;
	int error = endpoint_parse(text, &peer);

	if (error)
		return error;
	/* endpoint_parse also takes what nobody can filter by. */
	if (peer.proto < 0 || (peer.port >= 0 && !has_ports(peer.proto)))
		return LZ_E_FORMAT;
	if (addr_is_v4(&peer.addr) != addr_is_v4(&target->subject.prefix.addr))
		return LZ_E_FORMAT;
	if (target->subject.prefix.length != 128)
		return LZ_E_FORMAT;
	target->peer = peer;
	target->has_peer = true;
	return 0;
}

int
target_parse(enum measure_kind kind, struct slice text, struct target *target)
{
	static const char arrow[] = " > ";
	const size_t arrow_length = sizeof(arrow) - 1;
	struct target read = {.peer = {.port = -1, .proto = -1}};
	struct slice subject = text, peer = {NULL, 0};
	int error;

	for (size_t i = 0; i + arrow_length <= text.length; i++)
		if (memcmp(text.at + i, arrow, arrow_length) == 0) {
			subject.length = i;
			peer.at = text.at + i + arrow_length;
			peer.length = text.length - i - arrow_length;
			break;
		}
	if ((kind == MEASURE_FILTER) != (peer.at != NULL))
		return LZ_E_FORMAT;
	error = subject_parse(subject, &read.subject);
	if (!error && peer.at)
		error = peer_parse(peer, &read);
	if (!error)
		*target = read;
	return error;
}

void
target_format(struct text *text, const struct target *target)
{
	subject_format(text, &target->subject);
	if (!target->has_peer)
		return;
	text_add(text, " > ");
	endpoint_format(text, &target->peer);
}
