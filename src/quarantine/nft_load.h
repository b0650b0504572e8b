/* SPDX-License-Identifier: Apache-2.0 */
/* Handing a ruleset to nft(8). */
#ifndef QUARANTINE_NFT_LOAD_H
#define QUARANTINE_NFT_LOAD_H

#include <stddef.h>

#include "base/errors.h"

/*
 * Runs nft(8), which applies all of the text or nothing.  LZ_E_UNSUPPORTED: the
 * program isn't there; LZ_E_STATE: it refused; -errno.  `message` gets the first
 * line of what it said.
 */
LZ_NODISCARD int nft_load(const char *ruleset, size_t length, char *message,
			  size_t size);

#endif
