/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error numbers of the house.
 *
 * Functions answer 0 or a negative number: one of these, or -errno where a
 * system call failed (errno values stay above -1000).  Three classes are never
 * mixed: bad input (counted, the caller goes on), environment (returned up),
 * broken invariant (lz_assert, the process dies and its supervisor says so).
 */
#ifndef BASE_ERRORS_H
#define BASE_ERRORS_H

#define LZ_NODISCARD __attribute__((warn_unused_result))

enum lz_error {
	LZ_OK = 0,
	LZ_E_SHORT = -1000,  /* the input ends before the thing does */
	LZ_E_FORMAT = -1001, /* the input isn't of the form expected */
	LZ_E_RANGE = -1002,  /* a value outside what is possible or allowed */
	LZ_E_FULL = -1003,   /* a named ceiling is reached */
	LZ_E_MEMORY = -1004, /* no memory */
	LZ_E_NOT_FOUND = -1005, /* no such thing */
	LZ_E_EXISTS = -1006,    /* there already, nothing changed */
	LZ_E_VERSION = -1007,   /* a schema number this program doesn't know */
	LZ_E_CHECKSUM = -1008,  /* stored bytes are damaged */
	LZ_E_UNSUPPORTED = -1009, /* understood, and not offered */
	LZ_E_STATE = -1010,       /* not now: the thing's state forbids it */
	LZ_E_CRYPTO = -1011       /* the crypto library refused */
};

/* A short English phrase without a full stop, also for -errno; never NULL. */
const char *lz_strerror(int error);

#endif
