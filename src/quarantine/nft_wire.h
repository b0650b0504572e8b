/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nf_tables over netlink: messages about entries of sets, and one talk over a
 * socket.  Everything is in the form of linux/netfilter/nf_tables.h.
 */
#ifndef QUARANTINE_NFT_WIRE_H
#define QUARANTINE_NFT_WIRE_H

#include <libmnl/libmnl.h>

#include "quarantine/nft_ruleset.h"

#define NFT_KEY_SIZE 40
#define NFT_WAIT_S 5 /* a kernel that doesn't answer for so long won't */

/* The attributes of a message, or within one; NULL behind the last. */
const struct nlattr *nft_attr_of(const struct nlmsghdr *message, int *left);
const struct nlattr *nft_attr_in(const struct nlattr *nest, int *left);
const struct nlattr *nft_attr_next(const struct nlattr *attr, int *left);

/* Bytes of the key an entry has in its set. */
size_t nft_key_encode(const struct nft_set *set, const struct element *element,
		      uint8_t key[NFT_KEY_SIZE]);
/* false: no key that nft_key_encode gives. */
bool nft_key_decode(const struct nft_set *set, const uint8_t *key,
		    size_t length, struct element *element);

struct nft_talk {
	struct mnl_socket *socket;
	uint32_t sequence; /* of the newest message */
	uint8_t *bytes;    /* NFT_BYTES, of both directions */
};
#define NFT_BYTES 65536u

LZ_NODISCARD int nft_talk_open(struct nft_talk *talk);
void nft_talk_close(struct nft_talk *talk);

/* The start of a message of a subsystem, behind what is in the buffer. */
struct nlmsghdr *nft_message(struct nft_talk *talk, size_t at, unsigned type,
			     unsigned flags, uint8_t family);

/*
 * One batch of changes in one transaction.  0: done.  Else nothing of it was,
 * and the first error of the kernel is answered (-ENOENT, -EPERM ...);
 * -ETIMEDOUT: it may have been.
 */
LZ_NODISCARD int nft_change(struct nft_talk *talk, const struct nft_sets *sets,
			    const struct change *changes, size_t count);

/* Called with each message of an answer; other than 0 ends it. */
typedef int nft_answer(void *context, const struct nlmsghdr *message);
/*
 * Sends the one message in the buffer and reads its answer to the end.  0, the
 * kernel's error, what `answer` said, -EINTR: a dump changed under way.
 */
LZ_NODISCARD int nft_ask(struct nft_talk *talk, const struct nlmsghdr *message,
			 nft_answer *answer, void *context);

/* All entries of a set; errors as nft_ask. */
LZ_NODISCARD int nft_dump_set(struct nft_talk *talk, const struct nft_set *set,
			      device_have_cb *have, void *context);
/* 0: our table has a chain of that name; -ENOENT. */
LZ_NODISCARD int nft_has_chain(struct nft_talk *talk, const char *name);

#endif
