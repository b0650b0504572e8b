/* SPDX-License-Identifier: Apache-2.0 */
/* Where stores are: see the header. */
#include "role/store_place.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "role/secret_file.h"

#define PASSWORD_SIZE 256
#define PORT_STANDARD 5432

static int
password_read(const char *path, char password[PASSWORD_SIZE])
{
	FILE *file;
	int error = 0;

	password[0] = '\0';
	if (!path[0])
		return 0;
	file = secret_file_open(path);
	if (!file || (!fgets(password, PASSWORD_SIZE, file) && ferror(file)))
		error = errno ? -errno : -EIO;
	password[strcspn(password, "\r\n")] = '\0';
	if (file)
		fclose(file);
	if (error)
		fprintf(stderr, "store: password: %s: %s\n", path,
			lz_strerror(error));
	return error;
}

/* " key='...'" as libpq reads it. */
static void
add_quoted(struct text *text, const char *key, const char *value)
{
	text_char(text, ' ');
	text_add(text, key);
	text_add(text, "='");
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			text_char(text, '\\');
		text_char(text, *value);
	}
	text_add(text, "' ");
}

/* A person comes under a name of his own: PGUSER, else his login. */
static void
person_add(struct text *text)
{
	const char *name = getenv("PGUSER");
	const struct passwd *login = getpwuid(getuid());

	if (!name || !*name)
		name = login ? login->pw_name : "";
	if (*name)
		add_quoted(text, "user", name);
}

static int
place_database(const struct store_conf *conf, const char *owner,
	       const char *user, struct store_place *place)
{
	char password[PASSWORD_SIZE];
	struct text text;
	int error = password_read(conf->password_file, password);

	if (error)
		return error;
	text_init(&text, place->where, sizeof(place->where));
	text_add(&text, "postgres:");
	/* What stands behind wins. */
	if (user) {
		text_add(&text, "user=lazaret_");
		text_add(&text, user);
		text_char(&text, ' ');
	} else {
		person_add(&text);
	}
	text_add(&text, conf->postgres);
	if (password[0])
		add_quoted(&text, "password", password);
	explicit_bzero(password, sizeof(password));
	if (text.full)
		return LZ_E_RANGE;
	snprintf(place->name, sizeof(place->name), "%s: schema %s",
		 conf->postgres, owner);
	place->postgres = true;
	return 0;
}

int
store_place(const struct conf *conf, const char *state_root, const char *owner,
	    const char *user, struct store_place *place)
{
	/* Keys are the desk's, in a file of their own. */
	const char *folder = strcmp(owner, "keys") == 0 ? "desk" : owner;
	int length;

	*place = (struct store_place){.postgres = false};
	if (conf->store.postgres[0])
		return place_database(&conf->store, owner, user, place);
	length = snprintf(place->where, sizeof(place->where), "%s/%s/%s.sqlite",
			  state_root, folder, owner);
	memcpy(place->name, place->where, sizeof(place->name));
	return length < (int)sizeof(place->where) ? 0 : LZ_E_RANGE;
}

int
store_place_write(const struct store_place *place, const struct sql_set *set,
		  const char *role, bool (*asked_to_stop)(void),
		  struct store **store)
{
	const struct timespec moment = {1, 0};
	char message[STORE_MESSAGE_SIZE];
	bool said = false;
	int error;

	do {
		const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};

		error = store_open_writer(place->where, set, now, store,
					  message);
		if (error && !said)
			fprintf(stderr, "%s: %s: %s\n", role, place->name,
				message);
		said = error != 0;
		if (error == -ENOTCONN)
			(void)ppoll(NULL, 0, &moment, NULL);
	} while (error == -ENOTCONN && !asked_to_stop());
	return error;
}

void
store_place_forget(struct store_place *place)
{
	explicit_bzero(place->where, sizeof(place->where));
}

uint64_t
store_place_stamp(const struct store_place *place)
{
	struct stat status;

	if (place->postgres || stat(place->where, &status) != 0)
		return 0;
	return (uint64_t)status.st_ino * UINT64_C(0x9e3779b97f4a7c15) ^
	       (uint64_t)status.st_dev;
}

/* ------------------------------------------------------------- needs */

/* What libpq calls, behind what all roles may. */
static const int database_calls[] = {SCMP_SYS(connect),
				     SCMP_SYS(sendto),
				     SCMP_SYS(recvfrom),
				     SCMP_SYS(sendmsg),
				     SCMP_SYS(recvmsg),
				     SCMP_SYS(getsockopt),
				     SCMP_SYS(setsockopt),
				     SCMP_SYS(getsockname),
				     SCMP_SYS(getpeername),
				     SCMP_SYS(shutdown),
				     SCMP_SYS(poll),
				     SCMP_SYS(ppoll),
				     SCMP_SYS(fcntl),
				     SCMP_SYS(openat),
				     SCMP_SYS(newfstatat),
				     SCMP_SYS(stat),
				     SCMP_SYS(lstat),
				     SCMP_SYS(access),
				     SCMP_SYS(faccessat),
				     SCMP_SYS(faccessat2),
				     SCMP_SYS(readlink),
				     SCMP_SYS(readlinkat),
				     SCMP_SYS(uname),
				     SCMP_SYS(sysinfo),
				     SCMP_SYS(pread64),
				     SCMP_SYS(ioctl),
				     SCMP_SYS(rt_sigtimedwait),
				     SCMP_SYS(rt_sigpending),
				     -1};

/* A socket of these families alone; asking for a user's name takes one. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6};

static bool
listed(const int *calls, int call)
{
	for (; *calls != -1; calls++)
		if (*calls == call)
			return true;
	return false;
}

static void
add_call(int *calls, size_t *count, int call)
{
	lz_assert(*count + 1 < STORE_CALLS_MAX);
	calls[(*count)++] = call;
	calls[*count] = -1;
}

static void
add_fd_call(struct role_fd_call *calls, size_t *count, int call, int fd)
{
	lz_assert(*count + 1 < STORE_FD_CALLS_MAX);
	calls[(*count)++] = (struct role_fd_call){call, fd};
	calls[*count] = (struct role_fd_call){-1, -1};
}

/* Its TCP port; 0: a socket in the file system. */
static uint16_t
port_of(const char *where)
{
	const char *port = strstr(where, "port=");
	struct slice rest = slice_of(port ? port + 5 : "");
	uint64_t number;

	if (!strstr(where, "hostaddr="))
		return 0;
	if (port &&
	    slice_u64(slice_split(&rest, ' '), UINT16_MAX, &number) == 0)
		return (uint16_t)number;
	return PORT_STANDARD;
}

void
store_place_needs(const struct conf *conf, struct store_needs *room,
		  struct role_needs *needs)
{
	const struct role_fd_call *fd_call = needs->fd_calls;
	size_t count = 0, fd_count = 0;

	if (!conf->store.postgres[0])
		return;
	room->calls[0] = -1;
	for (const int *call = needs->syscalls; *call != -1; call++)
		add_call(room->calls, &count, *call);
	for (const int *call = database_calls; *call != -1; call++)
		if (!listed(room->calls, *call))
			add_call(room->calls, &count, *call);
	/* What is allowed on any descriptor needs no rule for one. */
	for (; fd_call && fd_call->syscall != -1; fd_call++)
		if (!listed(room->calls, fd_call->syscall) &&
		    fd_call->syscall != SCMP_SYS(socket))
			add_fd_call(room->fd_calls, &fd_count, fd_call->syscall,
				    fd_call->fd);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!listed(room->calls, SCMP_SYS(socket)))
			add_fd_call(room->fd_calls, &fd_count, SCMP_SYS(socket),
				    families[i]);
	needs->syscalls = room->calls;
	needs->fd_calls = fd_count ? room->fd_calls : NULL;
	needs->database_port = port_of(conf->store.postgres);
}
