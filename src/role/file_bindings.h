/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who held what, from the files that `registrar.files` names, read once into
 * memory: for commands that leave nothing behind, where no registrar has read
 * them yet.  The decoders and rules are the registrar's own; retention isn't:
 * the files say what they say.
 */
#ifndef ROLE_FILE_BINDINGS_H
#define ROLE_FILE_BINDINGS_H

#include "role/holders.h"

/*
 * As holders_open, with the files of a configured registrar as a further part:
 * with HOLDERS_FILES always, with HOLDERS_ALL where there is no index.  What is
 * refused of them, and a file that can't be read, is said on standard error;
 * NULL then, too.
 */
struct holders *file_holders_open(const struct conf *conf,
				  enum holders_scope scope);

#endif
