/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who held what, from the files that `registrar.files` names, read once into
 * memory: for commands that leave nothing behind, where no registrar has read
 * them yet.  The decoders and rules are the registrar's own; retention isn't:
 * the files say what they say.
 */
#ifndef ROLE_FILE_BINDINGS_H
#define ROLE_FILE_BINDINGS_H

#include "conf/conf.h"
#include "crypto/sha256.h"
#include "ident/binding_cursor.h"

struct file_bindings;

/*
 * Reads them all.  What is refused of them, and a file that can't be read, is
 * said on standard error.  -errno; LZ_E_MEMORY; LZ_E_FULL (more sources than
 * have numbers).
 */
LZ_NODISCARD int file_bindings_read(const struct conf *conf,
				    struct file_bindings **bindings);
void file_bindings_free(struct file_bindings *bindings);
/* One walk at a time. */
struct binding_cursor file_bindings_cursor(struct file_bindings *bindings);
/* As a source calls the holder: "user:NAME"; NULL: no such row. */
const char *file_bindings_label(const struct file_bindings *bindings,
				uint32_t party);
/* "INPUT" or "INPUT/SPEAKER"; NULL: no such source. */
const char *file_bindings_source(const struct file_bindings *bindings,
				 uint16_t source);

/* Where a row stands: the file, the byte, and what the block of it that was
 * read hashes to. */
struct file_evidence {
	const char *path; /* borrowed from the configuration */
	uint64_t offset;
	uint8_t hash[SHA256_SIZE];
};
/* false: the reference (binding.offset) is none of these files'. */
bool file_bindings_evidence(const struct file_bindings *bindings,
			    uint64_t reference, struct file_evidence *evidence);

#endif
