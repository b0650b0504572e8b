/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar: who holds which address and port, by what NAS, lease files and
 * translators say.  Its intake thread stores what comes and answers; its main
 * thread makes bindings of it.
 */
#ifndef ROLE_REGISTRAR_H
#define ROLE_REGISTRAR_H

#include "role/role.h"

struct registrar;

/* Opens everything; on failure it has said why and answers an exit code.  What
 * was made is to be freed in any case. */
LZ_NODISCARD int registrar_open(struct role *role,
				struct registrar **registrar);
const struct role_needs *registrar_needs(struct registrar *registrar);
/* Runs until a signal ends it; the exit code. */
int registrar_run(struct registrar *registrar, const char *note);
void registrar_free(struct registrar *registrar);

#endif
