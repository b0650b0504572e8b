/* SPDX-License-Identifier: Apache-2.0 */
/* nf_tables over netlink. */
#include "quarantine/nft_wire.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/memory.h"

#define RECEIVE_BYTES (4 << 20)
#define MESSAGE_BYTES_MAX 512 /* of one change */

/* ------------------------------------------------------------ attributes */

const struct nlattr *
nft_attr_of(const struct nlmsghdr *message, int *left)
{
	const struct nlattr *attr =
	    mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));

	*left = (int)mnl_nlmsg_get_payload_len(message) -
		(int)sizeof(struct nfgenmsg);
	return mnl_attr_ok(attr, *left) ? attr : NULL;
}

const struct nlattr *
nft_attr_in(const struct nlattr *nest, int *left)
{
	const struct nlattr *attr = mnl_attr_get_payload(nest);

	*left = mnl_attr_get_payload_len(nest);
	return mnl_attr_ok(attr, *left) ? attr : NULL;
}

const struct nlattr *
nft_attr_next(const struct nlattr *attr, int *left)
{
	*left -= (attr->nla_len + 3) & ~3;
	attr = mnl_attr_next(attr);
	return mnl_attr_ok(attr, *left) ? attr : NULL;
}

/* ------------------------------------------------------------------ keys */

static size_t
put_addr(const struct nft_set *set, const struct addr *addr, uint8_t *at)
{
	const size_t skip = set->v4 ? 12 : 0;

	memcpy(at, addr->bytes + skip, 16 - skip);
	return 16 - skip;
}

size_t
nft_key_encode(const struct nft_set *set, const struct element *element,
	       uint8_t key[NFT_KEY_SIZE])
{
	size_t length = put_addr(set, &element->subject.addr, key);

	if (set->kind != MEASURE_FILTER)
		return length;
	/* Each part is padded to four bytes. */
	length += put_addr(set, &element->peer, key + length);
	memset(key + length, 0, NFT_KEY_SIZE - length);
	key[length] = (uint8_t)element->proto;
	length += 4;
	if (set->ports) {
		key[length] = (uint8_t)(element->peer_port >> 8);
		key[length + 1] = (uint8_t)element->peer_port;
		length += 4;
	}
	return length;
}

static struct addr
get_addr(const struct nft_set *set, const uint8_t *at)
{
	return set->v4 ? addr_from_v4_bytes(at) : addr_from_v6_bytes(at);
}

bool
nft_key_decode(const struct nft_set *set, const uint8_t *key, size_t length,
	       struct element *element)
{
	const size_t size = set->v4 ? 4 : 16;
	const size_t parts = set->kind != MEASURE_FILTER
				 ? size
				 : 2 * size + (set->ports ? 8 : 4);
	struct addr addr;

	if (length != parts)
		return false;
	addr = get_addr(set, key);
	*element = (struct element){.kind = set->kind,
				    .subject = prefix_of(&addr, set->length),
				    .peer_port = -1,
				    .proto = -1};
	if (!addr_equal(&element->subject.addr, &addr) ||
	    addr_is_v4(&addr) != set->v4)
		return false;
	if (set->kind != MEASURE_FILTER)
		return true;
	element->peer = get_addr(set, key + size);
	element->proto = key[2 * size];
	if (set->ports)
		element->peer_port = key[2 * size + 4] << 8 | key[2 * size + 5];
	return true;
}

/* ------------------------------------------------------------------ talk */

int
nft_talk_open(struct nft_talk *talk)
{
	const struct timeval wait = {NFT_WAIT_S, 0};
	int size = RECEIVE_BYTES, fd;

	talk->sequence = (uint32_t)time(NULL);
	talk->bytes = memory_new(2, NFT_BYTES);
	talk->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!talk->bytes || !talk->socket)
		return talk->bytes ? -errno : LZ_E_MEMORY;
	if (mnl_socket_bind(talk->socket, 0, MNL_SOCKET_AUTOPID) != 0)
		return -errno;
	fd = mnl_socket_get_fd(talk->socket);
	/* Answers to a batch wait all at once. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) !=
		0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0)
		return -errno;
	return 0;
}

void
nft_talk_close(struct nft_talk *talk)
{
	if (talk->socket)
		mnl_socket_close(talk->socket);
	memory_free(talk->bytes);
	*talk = (struct nft_talk){0};
}

struct nlmsghdr *
nft_message(struct nft_talk *talk, size_t at, unsigned type, unsigned flags,
	    uint8_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(talk->bytes + at);
	struct nfgenmsg *general = mnl_nlmsg_put_extra_header(message,
							      sizeof(*general));

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = ++talk->sequence;
	general->nfgen_family = family;
	general->version = NFNETLINK_V0;
	general->res_id = 0;
	return message;
}

/* -1 and errno; answers go behind what was sent. */
static ssize_t
receive(struct nft_talk *talk)
{
	const ssize_t got = mnl_socket_recvfrom(talk->socket,
						talk->bytes + NFT_BYTES,
						NFT_BYTES);

	if (got < 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return got;
}

static int
error_of(const struct nlmsghdr *message)
{
	const struct nlmsgerr *said = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(*said)))
		return -EBADMSG;
	return said->error > 0 ? -said->error : said->error;
}

int
nft_ask(struct nft_talk *talk, const struct nlmsghdr *message,
	nft_answer *answer, void *context)
{
	const uint32_t sequence = message->nlmsg_seq;
	bool interrupted = false;
	int error = 0;

	if (mnl_socket_sendto(talk->socket, message, message->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		const ssize_t got = receive(talk);
		const struct nlmsghdr *at = (void *)(talk->bytes + NFT_BYTES);
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(at, left); at = mnl_nlmsg_next(at, &left)) {
			if (at->nlmsg_seq != sequence)
				continue; /* of a talk that was given up */
			if (at->nlmsg_flags & NLM_F_DUMP_INTR)
				interrupted = true;
			if (at->nlmsg_type == NLMSG_ERROR && !error)
				error = error_of(at);
			if (at->nlmsg_type == NLMSG_ERROR ||
			    at->nlmsg_type == NLMSG_DONE)
				return !error && interrupted ? -EINTR : error;
			if (!error && answer)
				error = answer(context, at);
		}
	}
}

/* --------------------------------------------------------------- changes */

static size_t
put_change(struct nft_talk *talk, size_t at, const struct nft_set *set,
	   const struct change *change, bool remove)
{
	const unsigned type = NFNL_SUBSYS_NFTABLES << 8 |
			      (remove ? NFT_MSG_DELSETELEM
				      : NFT_MSG_NEWSETELEM);
	struct nlmsghdr *message = nft_message(talk, at, type,
					       remove ? 0 : NLM_F_CREATE,
					       NFPROTO_INET);
	struct nlattr *list, *entry, *key;
	uint8_t bytes[NFT_KEY_SIZE];
	const size_t length = nft_key_encode(set, &change->element, bytes);

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	entry = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	if (!remove)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_TIMEOUT,
				 htobe64((uint64_t)(change->timeout_us + 999) /
					 1000));
	key = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
	mnl_attr_put(message, NFTA_DATA_VALUE, length, bytes);
	mnl_attr_nest_end(message, key);
	mnl_attr_nest_end(message, entry);
	mnl_attr_nest_end(message, list);
	return at + message->nlmsg_len;
}

static size_t
put_batch_edge(struct nft_talk *talk, size_t at, unsigned type)
{
	struct nlmsghdr *message = nft_message(talk, at, type, 0, AF_UNSPEC);
	struct nfgenmsg *general = mnl_nlmsg_get_payload(message);

	general->res_id = htons(NFNL_SUBSYS_NFTABLES);
	return at + message->nlmsg_len;
}

/* Until the last message's answer is there, or that to the whole. */
static int
batch_answer(struct nft_talk *talk, uint32_t first, uint32_t last)
{
	int error = 0;

	for (;;) {
		const ssize_t got = receive(talk);
		const struct nlmsghdr *at = (void *)(talk->bytes + NFT_BYTES);
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(at, left); at = mnl_nlmsg_next(at, &left)) {
			const uint32_t index = at->nlmsg_seq - first;

			if (at->nlmsg_type != NLMSG_ERROR ||
			    index > last - first)
				continue;
			if (!error)
				error = error_of(at);
			if (at->nlmsg_seq == last ||
			    (at->nlmsg_seq == first && error))
				return error;
		}
	}
}

int
nft_change(struct nft_talk *talk, const struct nft_sets *sets,
	   const struct change *changes, size_t count)
{
	size_t at = 0, last = 0;
	uint32_t first, last_sequence;

	at = put_batch_edge(talk, at, NFNL_MSG_BATCH_BEGIN);
	first = talk->sequence;
	for (size_t i = 0; i < count; i++) {
		const struct change *change = &changes[i];
		const struct nft_set *set = nft_set_of(sets, &change->element);

		if (!set || at + 3 * MESSAGE_BYTES_MAX > NFT_BYTES)
			return LZ_E_RANGE;
		/* Older kernels don't change the time of what is there. */
		if (change->act != CHANGE_ADD) {
			last = at;
			at = put_change(talk, at, set, change, true);
		}
		if (change->act != CHANGE_REMOVE) {
			last = at;
			at = put_change(talk, at, set, change, false);
		}
	}
	((struct nlmsghdr *)(void *)(talk->bytes + last))->nlmsg_flags |=
	    NLM_F_ACK;
	last_sequence = talk->sequence;
	at = put_batch_edge(talk, at, NFNL_MSG_BATCH_END);
	if (mnl_socket_sendto(talk->socket, talk->bytes, at) < 0)
		return -errno;
	return batch_answer(talk, first, last_sequence);
}

/* ------------------------------------------------------------------ dump */

struct dumping {
	const struct nft_set *set;
	device_have_cb *have;
	void *context;
};

static int
take_entry(const struct dumping *dumping, const struct nlattr *entry)
{
	struct have have = {.left_us = HAVE_FOR_EVER};
	const struct nlattr *attr;
	int left;
	bool known = false;

	for (attr = nft_attr_in(entry, &left); attr;
	     attr = nft_attr_next(attr, &left)) {
		const unsigned type = mnl_attr_get_type(attr);

		if (type == NFTA_SET_ELEM_EXPIRATION &&
		    mnl_attr_get_payload_len(attr) == 8)
			have.left_us =
			    (int64_t)be64toh(mnl_attr_get_u64(attr)) * 1000;
		if (type == NFTA_SET_ELEM_KEY) {
			const struct nlattr *value = mnl_attr_get_payload(attr);

			known = mnl_attr_ok(value,
					    mnl_attr_get_payload_len(attr)) &&
				nft_key_decode(dumping->set,
					       mnl_attr_get_payload(value),
					       mnl_attr_get_payload_len(value),
					       &have.element);
		}
	}
	return dumping->have(dumping->context, known ? &have : NULL);
}

static int
take_entries(void *context, const struct nlmsghdr *message)
{
	const struct nlattr *attr, *entry;
	int left, inner;
	int error = 0;

	for (attr = nft_attr_of(message, &left); attr;
	     attr = nft_attr_next(attr, &left)) {
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		for (entry = nft_attr_in(attr, &inner); entry;
		     entry = nft_attr_next(entry, &inner)) {
			if (!error)
				error = take_entry(context, entry);
		}
	}
	return error;
}

int
nft_dump_set(struct nft_talk *talk, const struct nft_set *set,
	     device_have_cb *have, void *context)
{
	struct dumping dumping = {set, have, context};
	struct nlmsghdr *message =
	    nft_message(talk, 0, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM,
			NLM_F_DUMP, NFPROTO_INET);

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
	return nft_ask(talk, message, take_entries, &dumping);
}

int
nft_has_chain(struct nft_talk *talk, const char *name)
{
	struct nlmsghdr *message =
	    nft_message(talk, 0, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
			NLM_F_ACK, NFPROTO_INET);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
	return nft_ask(talk, message, NULL, NULL);
}
