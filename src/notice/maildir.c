/* SPDX-License-Identifier: Apache-2.0 */
/* tmp -> fsync -> rename to new -> fsync of the folder. */
#include "notice/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static int
open_folder(int at, const char *name)
{
	int fd;

	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return -errno;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
maildir_open(const char *path, struct maildir *maildir)
{
	int top, error = 0;

	*maildir = (struct maildir){-1, -1, -1};
	top = open_folder(AT_FDCWD, path);
	if (top < 0)
		return top;
	maildir->tmp = open_folder(top, "tmp");
	maildir->new = open_folder(top, "new");
	maildir->cur = open_folder(top, "cur");
	if (maildir->tmp < 0)
		error = maildir->tmp;
	else if (maildir->new < 0)
		error = maildir->new;
	else if (maildir->cur < 0)
		error = maildir->cur;
	(void)close(top);
	if (error)
		maildir_close(maildir);
	return error;
}

void
maildir_close(struct maildir *maildir)
{
	int *folders[] = {&maildir->tmp, &maildir->new, &maildir->cur};

	for (size_t i = 0; i < 3; i++) {
		if (*folders[i] >= 0)
			(void)close(*folders[i]);
		*folders[i] = -1;
	}
}

int
maildir_writable(const struct maildir *maildir)
{
	/* Messages are made in one and moved to the other; cur is only read. */
	if (faccessat(maildir->tmp, ".", W_OK | X_OK, 0) != 0 ||
	    faccessat(maildir->new, ".", W_OK | X_OK, 0) != 0 ||
	    faccessat(maildir->cur, ".", R_OK | X_OK, 0) != 0)
		return -errno;
	return 0;
}

void
maildir_name(uint64_t notice, char name[MAILDIR_NAME_SIZE])
{
	uint8_t bytes[8];
	struct text text;

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(notice >> (56 - 8 * i));
	text_init(&text, name, MAILDIR_NAME_SIZE);
	text_add(&text, "lz-");
	text_hex(&text, bytes, sizeof(bytes));
}

/* 1: a file of that name, flags aside, is in the folder; 0; -errno. */
static int
look_into(int folder, const char *name)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	size_t length = strlen(name);
	struct dirent *entry;
	int found = 0;

	if (!entries) {
		found = -errno;
		if (fd >= 0)
			(void)close(fd);
		return found;
	}
	errno = 0;
	while (!found && (entry = readdir(entries)))
		found = strncmp(entry->d_name, name, length) == 0 &&
			(entry->d_name[length] == '\0' ||
			 entry->d_name[length] == ':');
	if (!found && errno)
		found = -errno;
	(void)closedir(entries);
	return found;
}

/*
 * The same, looking twice: a name that a reader changes while the folder is
 * listed may be passed over.  What is found stays: a delivery that was cut off
 * before its folder was durable is ended here.
 */
static int
holds(int folder, const char *name)
{
	int found = look_into(folder, name);

	if (found == 0)
		found = look_into(folder, name);
	if (found > 0 && fsync(folder) != 0)
		return -errno;
	return found;
}

static int
write_whole(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		length -= (size_t)written;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

static int
place(const struct maildir *maildir, const char *name, const char *bytes,
      size_t length)
{
	int fd = openat(maildir->tmp, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0600);
	int error;

	if (fd < 0)
		return -errno;
	error = write_whole(fd, bytes, length);
	if (close(fd) != 0 && !error)
		error = -errno;
	if (!error && renameat(maildir->tmp, name, maildir->new, name) != 0)
		error = -errno;
	if (error)
		(void)unlinkat(maildir->tmp, name, 0);
	else if (fsync(maildir->new) != 0)
		error = -errno;
	return error;
}

int
maildir_deliver(const struct maildir *maildir, uint64_t notice,
		const char *bytes, size_t length)
{
	char name[MAILDIR_NAME_SIZE];
	int found;

	maildir_name(notice, name);
	/* new before cur: a reader moves files that way only. */
	found = holds(maildir->new, name);
	if (found == 0)
		found = holds(maildir->cur, name);
	if (found)
		return found > 0 ? LZ_E_EXISTS : found;
	return place(maildir, name, bytes, length);
}
