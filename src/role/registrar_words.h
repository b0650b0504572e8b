/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decoders' short reasons mean: what was met, what was expected, and
 * what to do about it, for who reads the registrar's messages.
 */
#ifndef ROLE_REGISTRAR_WORDS_H
#define ROLE_REGISTRAR_WORDS_H

/* A sentence without its full stop; NULL: the reason isn't known. */
const char *registrar_words(const char *reason);

#endif
