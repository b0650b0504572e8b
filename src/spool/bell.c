/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doorbells: an empty Unix datagram to a path says "look into the spool".  It
 * carries nothing and may be lost; who listens looks by itself each second.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "spool/spool.h"

static int
bell_address(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	return text_copy(address->sun_path, sizeof(address->sun_path),
			 slice_of(path))
		   ? 0
		   : -ENAMETOOLONG;
}

int
spool_bell_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

int
spool_bell_listen(const char *path)
{
	struct sockaddr_un address;
	int error = bell_address(path, &address);
	int fd;

	if (error)
		return error;
	fd = spool_bell_open();
	if (fd < 0)
		return fd;
	if (unlink(path) != 0 && errno != ENOENT)
		error = -errno;
	else if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		error = -errno;
	else if (chmod(path, 0660) != 0)
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

void
spool_bell_ring(int fd, const char *path)
{
	struct sockaddr_un address;

	if (bell_address(path, &address) == 0)
		(void)sendto(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
			     (struct sockaddr *)&address, sizeof(address));
}

void
spool_bell_drain(int fd)
{
	char ring[16];

	while (recv(fd, ring, sizeof(ring), MSG_DONTWAIT) >= 0)
		;
}

int
spool_bell_try(const char *path)
{
	struct sockaddr_un address;
	int error = bell_address(path, &address);
	int fd;

	if (error)
		return error;
	fd = spool_bell_open();
	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		error = -errno;
	close(fd);
	return error;
}
