/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a target, of the kind its first byte says: written and read again
 * it stays the same, its pieces lie within it, each stands in one set of the
 * device and its key reads back as the same piece.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "quarantine/nft_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_pieces(enum measure_kind kind, const struct target *target)
{
	static const struct plan_lengths lengths = {4, {48, 56, 64, 128}};
	struct nft_sets sets;
	struct plan plan;

	nft_sets_fill(&sets, &lengths);
	plan_init(&plan);
	if (plan_add(&plan, kind, target, &lengths, 1) == 0)
		lz_assert(plan.count > 0 && plan.count <= PLAN_PIECES_MAX);
	for (size_t i = 0; i < plan.count; i++) {
		const struct element *element = &plan.wanted[i].element;
		const struct nft_set *set = nft_set_of(&sets, element);
		struct element back;
		uint8_t key[NFT_KEY_SIZE];
		size_t length;

		lz_assert(prefix_contains(&target->subject.prefix,
					  &element->subject.addr));
		lz_assert(set != NULL);
		length = nft_key_encode(set, element, key);
		lz_assert(length <= NFT_KEY_SIZE);
		lz_assert(nft_key_decode(set, key, length, &back));
		lz_assert(element_compare(element, &back) == 0);
	}
	plan_fini(&plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char buffer[MEASURE_TARGET_SIZE + 64];
	struct target target, back;
	enum measure_kind kind;
	struct text text;

	if (size == 0)
		return 0;
	kind = (enum measure_kind)(MEASURE_FILTER + data[0] % 4);
	if (target_parse(kind, (struct slice){(const char *)data + 1, size - 1},
			 &target) != 0)
		return 0;
	text_init(&text, buffer, sizeof(buffer));
	target_format(&text, &target);
	lz_assert(!text.full);
	lz_assert(target_parse(kind, slice_of(buffer), &back) == 0);
	lz_assert(subject_equal(&target.subject, &back.subject));
	lz_assert(target.has_peer == back.has_peer);
	lz_assert(target.peer.port == back.peer.port &&
		  target.peer.proto == back.peer.proto);
	check_pieces(kind, &target);
	return 0;
}
