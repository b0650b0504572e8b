/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases for error numbers.
 *
 * strerror isn't used: it asks the locale and may write to a buffer of its
 * own.  The errno values listed are those our system calls really meet.
 */
#include "base/errors.h"

#include <errno.h>
#include <stddef.h>

struct phrase {
	int error;
	const char *text;
};

static const struct phrase phrases[] = {
    {LZ_OK, "no error"},
    {LZ_E_SHORT, "the input ends too early"},
    {LZ_E_FORMAT, "not of the form expected"},
    {LZ_E_RANGE, "a value out of range"},
    {LZ_E_FULL, "a ceiling is reached"},
    {LZ_E_MEMORY, "out of memory"},
    {LZ_E_NOT_FOUND, "not found"},
    {LZ_E_EXISTS, "there already"},
    {LZ_E_VERSION, "a schema number this program doesn't know"},
    {LZ_E_CHECKSUM, "stored bytes are damaged"},
    {LZ_E_UNSUPPORTED, "not supported"},
    {LZ_E_STATE, "not possible in this state"},
    {LZ_E_CRYPTO, "the crypto library refused"},
    {-EPERM, "not permitted"},
    {-ENOENT, "no such file or folder"},
    {-ESRCH, "no such process"},
    {-EINTR, "interrupted by a signal"},
    {-EIO, "input/output error"},
    {-ENXIO, "no such device or address"},
    {-E2BIG, "the argument list is too long"},
    {-ENOEXEC, "not a program"},
    {-EBADF, "bad file descriptor"},
    {-ECHILD, "no child process"},
    {-EAGAIN, "not ready, try again"},
    {-ENOMEM, "out of memory"},
    {-EACCES, "access denied"},
    {-EFAULT, "bad memory address"},
    {-EBUSY, "busy"},
    {-EEXIST, "there already"},
    {-EXDEV, "on another file system"},
    {-ENODEV, "no such device"},
    {-ENOTDIR, "not a folder"},
    {-EISDIR, "is a folder"},
    {-EINVAL, "invalid argument"},
    {-ENFILE, "too many files open in the system"},
    {-EMFILE, "too many files open in the process"},
    {-ETXTBSY, "the program is being written"},
    {-EFBIG, "the file is too large"},
    {-ENOSPC, "no space left on the device"},
    {-ESPIPE, "can't seek there"},
    {-EROFS, "the file system is read-only"},
    {-EPIPE, "nobody reads the other end"},
    {-ERANGE, "a result out of range"},
    {-EDEADLK, "would wait for itself"},
    {-ENAMETOOLONG, "the name is too long"},
    {-ENOSYS, "the system doesn't offer this call"},
    {-ENOTEMPTY, "the folder isn't empty"},
    {-ELOOP, "too many symbolic links"},
    {-EPROTO, "protocol error"},
    {-EOVERFLOW, "a value too large"},
    {-EMSGSIZE, "the message is too long"},
    {-EPROTONOSUPPORT, "the protocol isn't supported"},
    {-EOPNOTSUPP, "the operation isn't supported"},
    {-EAFNOSUPPORT, "the address family isn't supported"},
    {-EADDRINUSE, "the address is in use"},
    {-EADDRNOTAVAIL, "the address isn't on this machine"},
    {-ENETDOWN, "the network is down"},
    {-ENETUNREACH, "the network can't be reached"},
    {-ECONNABORTED, "the connection was broken off"},
    {-ECONNRESET, "the other side reset the connection"},
    {-ENOBUFS, "no buffer space"},
    {-ENOTCONN, "not connected"},
    {-ETIMEDOUT, "timed out"},
    {-ECONNREFUSED, "the connection was refused"},
    {-EHOSTUNREACH, "the host can't be reached"},
    {-EDQUOT, "the quota is used up"},
};

const char *
lz_strerror(int error)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].error == error)
			return phrases[i].text;
	return error < 0 && error > LZ_E_SHORT ? "a system error without a name"
					       : "an unknown error";
}
