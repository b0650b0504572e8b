/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of all roles. */
#include "role/state_folders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "role/role.h"

static int
folder_under(const char *root, const char *name, const struct role_user *user,
	     mode_t mode)
{
	char path[CONF_PATH_SIZE];
	const int length = snprintf(path, sizeof(path), "%s/%s", root, name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	return role_folder(path, user, mode);
}

static int
ack_make(const char *path, const struct role_user *desk)
{
	const int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0640);
	int error = 0;

	/* What is there is the desk's own; root doesn't touch it. */
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	if (desk->switched && fchown(fd, desk->uid, desk->gid) != 0)
		error = -errno;
	close(fd);
	return error;
}

/* Who is read by the desk finds the file it writes to there from the start. */
static int
acks_make(const char *root, const struct role_user *desk)
{
	static const char *const names[] = {"sensor",    "notifier", "enforcer",
					    "registrar", "web",      "command"};
	int error = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !error;
	     i++) {
		char path[CONF_PATH_SIZE + 32];

		snprintf(path, sizeof(path), "%s/desk/ack.%s", root, names[i]);
		error = ack_make(path, desk);
	}
	return error;
}

int
state_folders_make(const struct conf *conf)
{
	static const enum role_number roles[] = {ROLE_SENSOR,   ROLE_DESK,
						 ROLE_NOTIFIER, ROLE_ENFORCER,
						 ROLE_WEB,      ROLE_METRICS,
						 ROLE_REGISTRAR};
	struct role_user user, desk;
	struct stat status;
	int error = 0;

	role_user(conf, ROLE_DESK, &desk);
	user = desk;
	if (user.switched)
		user.uid = 0;
	if (stat(conf->state_dir, &status) != 0)
		error = role_folder(conf->state_dir, &user, 0711);
	if (!error)
		error = role_folder(conf->run_dir, &user, 02750);
	if (!error)
		error = folder_under(conf->state_dir, "command", &user, 02770);
	if (!error)
		error = folder_under(conf->state_dir, "command/spool", &user,
				     02770);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && !error;
	     i++) {
		role_user(conf, roles[i], &user);
		error = folder_under(conf->state_dir, role_name(roles[i]),
				     &user, 02750);
	}
	role_user(conf, ROLE_WEB, &user);
	if (!error)
		error = folder_under(conf->state_dir, "web/machines", &user,
				     02750);
	return error ? error : acks_make(conf->state_dir, &desk);
}

int
state_folders_hold(const struct conf *conf)
{
	const int fd = open(conf->state_dir,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}
