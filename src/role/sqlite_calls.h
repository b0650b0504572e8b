/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls of a role that writes a SQLite database behind its sandbox, as
 * the head of a list for role_needs.syscalls: opening by path (Landlock says
 * where), locks, the journal, shared memory, temporary files of its folder.
 */
#ifndef ROLE_SQLITE_CALLS_H
#define ROLE_SQLITE_CALLS_H

#include <seccomp.h>

/* clang-format off */
#define SQLITE_CALLS \
	SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(lstat), SCMP_SYS(stat), \
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), \
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), \
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fcntl), \
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fsync), \
	SCMP_SYS(fdatasync), SCMP_SYS(unlink), SCMP_SYS(unlinkat), \
	SCMP_SYS(fchmod), SCMP_SYS(clock_nanosleep), SCMP_SYS(uname)
/* clang-format on */

#endif
