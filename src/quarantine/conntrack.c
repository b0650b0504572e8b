/* SPDX-License-Identifier: Apache-2.0 */
/* ctnetlink: one dump, then a deletion for each connection chosen. */
#include "quarantine/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "base/memory.h"

#define TUPLE_BYTES_MAX 128
#define DUMP_TRIES 5

struct side {
	struct addr from, to;
	uint16_t to_port;
	uint8_t proto;
	bool known;
};

/* What is needed to delete it again. */
struct chosen {
	uint8_t family;
	uint16_t zone; /* network order */
	uint32_t id;   /* network order */
	bool has_zone, has_id;
	uint16_t length;
	uint8_t tuple[TUPLE_BYTES_MAX];
};

struct choosing {
	const struct conntrack_cut *cut;
	size_t count, room;
	struct chosen *list; /* owned */
};

static bool
get_addr(const struct nlattr *attr, struct addr *addr)
{
	const size_t length = mnl_attr_get_payload_len(attr);

	if (length == 4)
		*addr = addr_from_v4_bytes(mnl_attr_get_payload(attr));
	else if (length == 16)
		*addr = addr_from_v6_bytes(mnl_attr_get_payload(attr));
	return length == 4 || length == 16;
}

static void
get_addresses(const struct nlattr *ip, struct side *side)
{
	const struct nlattr *attr;
	int left;
	unsigned found = 0;

	for (attr = nft_attr_in(ip, &left); attr;
	     attr = nft_attr_next(attr, &left)) {
		switch (mnl_attr_get_type(attr)) {
		case CTA_IP_V4_SRC:
		case CTA_IP_V6_SRC:
			found += get_addr(attr, &side->from);
			break;
		case CTA_IP_V4_DST:
		case CTA_IP_V6_DST:
			found += get_addr(attr, &side->to);
			break;
		default:
			break;
		}
	}
	side->known = found == 2;
}

static void
get_proto(const struct nlattr *proto, struct side *side)
{
	const struct nlattr *attr;
	int left;

	for (attr = nft_attr_in(proto, &left); attr;
	     attr = nft_attr_next(attr, &left)) {
		const unsigned type = mnl_attr_get_type(attr);

		if (type == CTA_PROTO_NUM &&
		    mnl_attr_get_payload_len(attr) == 1)
			side->proto = mnl_attr_get_u8(attr);
		if (type == CTA_PROTO_DST_PORT &&
		    mnl_attr_get_payload_len(attr) == 2)
			side->to_port = ntohs(mnl_attr_get_u16(attr));
	}
}

static struct side
get_side(const struct nlattr *tuple)
{
	struct side side = {.known = false};
	const struct nlattr *attr;
	int left;

	for (attr = nft_attr_in(tuple, &left); attr;
	     attr = nft_attr_next(attr, &left)) {
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			get_addresses(attr, &side);
		if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			get_proto(attr, &side);
	}
	return side;
}

/* ---------------------------------------------------------------- choice */

static bool
is_under(const struct conntrack_cut *cut, const struct plan *plan,
	 const struct addr *addr)
{
	const struct plan_lengths *lengths = cut->lengths;
	struct element element = {.peer_port = -1, .proto = -1};

	for (size_t i = 0; i < lengths->count; i++) {
		element.subject = prefix_of(addr, lengths->at[i]);
		for (uint8_t kind = MEASURE_GARDEN; kind <= MEASURE_BLOCK;
		     kind++) {
			element.kind = kind;
			if (plan_find(plan, &element))
				return true;
		}
	}
	return false;
}

static bool
is_filtered(const struct plan *plan, const struct side *side)
{
	struct element element = {.kind = MEASURE_FILTER,
				  .subject = {side->from, 128},
				  .peer = side->to,
				  .peer_port = side->to_port,
				  .proto = side->proto};

	if (plan_find(plan, &element))
		return true;
	element.peer_port = -1;
	return plan_find(plan, &element) != NULL;
}

static bool
is_essential(const struct conntrack_cut *cut, const struct addr *addr)
{
	for (size_t i = 0; i < cut->conf->essential_count; i++)
		if (prefix_contains(&cut->conf->essential[i], addr))
			return true;
	return false;
}

static bool
is_portal(const struct conntrack_cut *cut, const struct addr *addr)
{
	const struct quarantine_conf *conf = cut->conf->quarantine;

	return (conf->portal4.port && addr_equal(addr, &conf->portal4.addr)) ||
	       (conf->portal6.port && addr_equal(addr, &conf->portal6.addr));
}

static bool
is_chosen(const struct conntrack_cut *cut, const struct side *original,
	  const struct side *reply, uint32_t status)
{
	const struct addr *peer;

	if (!original->known || !reply->known)
		return false;
	if ((status & IPS_DST_NAT) && is_portal(cut, &reply->from) &&
	    is_under(cut, cut->ended, &original->from))
		return true;
	if (is_filtered(cut->begun, original))
		return true;
	/* Before address translation on its own side, behind it on the other.
	 */
	if (is_under(cut, cut->begun, &original->from))
		peer = &original->to;
	else if (is_under(cut, cut->begun, &reply->from))
		peer = &original->from;
	else
		return false;
	return !is_essential(cut, peer) && !is_essential(cut, &reply->from);
}

static int
keep(struct choosing *choosing, const struct chosen *chosen)
{
	if (choosing->count == choosing->room) {
		const size_t more = choosing->room ? choosing->room * 2 : 64;
		struct chosen *grown = memory_grow(choosing->list,
						   choosing->room, more,
						   sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		choosing->list = grown;
		choosing->room = more;
	}
	choosing->list[choosing->count++] = *chosen;
	return 0;
}

static int
take_connection(void *context, const struct nlmsghdr *message)
{
	struct choosing *choosing = context;
	const struct nfgenmsg *general = mnl_nlmsg_get_payload(message);
	struct chosen chosen = {.family = general->nfgen_family};
	struct side original = {.known = false}, reply = {.known = false};
	const struct nlattr *attr;
	int left;
	uint32_t status = 0;

	for (attr = nft_attr_of(message, &left); attr;
	     attr = nft_attr_next(attr, &left)) {
		const uint16_t length = mnl_attr_get_payload_len(attr);
		const unsigned type = mnl_attr_get_type(attr);

		if (type == CTA_TUPLE_ORIG && length <= TUPLE_BYTES_MAX) {
			original = get_side(attr);
			chosen.length = length;
			memcpy(chosen.tuple, mnl_attr_get_payload(attr),
			       length);
		} else if (type == CTA_TUPLE_REPLY) {
			reply = get_side(attr);
		} else if (type == CTA_STATUS && length == 4) {
			status = ntohl(mnl_attr_get_u32(attr));
		} else if (type == CTA_ID && length == 4) {
			chosen.id = mnl_attr_get_u32(attr);
			chosen.has_id = true;
		} else if (type == CTA_ZONE && length == 2) {
			chosen.zone = mnl_attr_get_u16(attr);
			chosen.has_zone = true;
		}
	}
	if (!is_chosen(choosing->cut, &original, &reply, status))
		return 0;
	return keep(choosing, &chosen);
}

/* -------------------------------------------------------------- deletion */

static int
forget(struct nft_talk *talk, const struct chosen *chosen)
{
	struct nlmsghdr *message = nft_message(talk, 0,
					       NFNL_SUBSYS_CTNETLINK << 8 |
						   IPCTNL_MSG_CT_DELETE,
					       NLM_F_ACK, chosen->family);

	mnl_attr_put(message, CTA_TUPLE_ORIG | NLA_F_NESTED, chosen->length,
		     chosen->tuple);
	if (chosen->has_zone)
		mnl_attr_put_u16(message, CTA_ZONE, chosen->zone);
	if (chosen->has_id)
		mnl_attr_put_u32(message, CTA_ID, chosen->id);
	return nft_ask(talk, message, NULL, NULL);
}

int
conntrack_cut(struct nft_talk *talk, const struct conntrack_cut *cut,
	      size_t *count)
{
	struct choosing choosing = {.cut = cut};
	int error = -EINTR;

	*count = 0;
	for (unsigned i = 0; i < DUMP_TRIES && error == -EINTR; i++) {
		choosing.count = 0;
		error = nft_ask(talk,
				nft_message(talk, 0,
					    NFNL_SUBSYS_CTNETLINK << 8 |
						IPCTNL_MSG_CT_GET,
					    NLM_F_DUMP, AF_UNSPEC),
				take_connection, &choosing);
	}
	for (size_t i = 0; i < choosing.count && !error; i++) {
		error = forget(talk, &choosing.list[i]);
		if (!error)
			++*count;
		else if (error == -ENOENT)
			error = 0;
	}
	memory_free(choosing.list);
	return error;
}
