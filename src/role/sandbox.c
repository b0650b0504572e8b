/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closing a role's sandbox: paths opened, privileges dropped, Landlock where
 * the kernel has it, then seccomp with a list of what may still be called.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "role/role.h"

/* The library's own macros leave the second operand of a comparison out. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SYSCALLS_NAMED 512
#define NAME_SIZE 32
#define PATHS_MAX 64

/*
 * Landlock as of ABI 7; Debian 12's header ends at ABI 2, and a kernel asked at
 * run time says which of these it knows.
 */
#define LANDLOCK_FS_READ (1u << 2 | 1u << 3) /* file, folder */
/* Also to make, remove and move files, folders and sockets in it. */
#define LANDLOCK_FS_WRITE                                                     \
	(1u << 1 | LANDLOCK_FS_READ | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 8 | \
	 1u << 9 | 1u << 13 | 1u << 14)
#define LANDLOCK_FS_WRITE_FILE (1u << 1 | 1u << 2 | 1u << 14)
#define LANDLOCK_NET_TCP 3u /* bind and connect */
#define LANDLOCK_SCOPES 3u  /* abstract sockets, signals */
struct landlock_ruleset {
	uint64_t fs, net, scoped;
};
struct landlock_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));
#define LANDLOCK_NET_CONNECT 2u
#define LANDLOCK_RULE_PORT 2
struct landlock_port {
	uint64_t allowed, port;
};

struct grant {
	int fd;
	uint64_t rights;
};

/* What the handler of a forbidden call may look at. */
static char call_names[SYSCALLS_NAMED][NAME_SIZE];
static char report_name[NAME_SIZE];

static const int common_calls[] = {
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
    SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(brk),
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid),
    SCMP_SYS(sched_yield), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group),
    /* perror looks at standard error through a duplicate */
    SCMP_SYS(dup), SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(getegid), -1};

static void
forbidden(int number, siginfo_t *info, void *context)
{
	static const char said[] = ": forbidden call ";
	char line[2 * NAME_SIZE + sizeof(said) + 8];
	char digits[12];
	size_t length = strlen(report_name), at = sizeof(digits);
	const unsigned call = (unsigned)info->si_syscall;
	const char *name = digits + at;
	sigset_t set;

	(void)context;
	if (call < SYSCALLS_NAMED && call_names[call][0]) {
		name = call_names[call];
		at = strlen(name);
	} else {
		unsigned rest = call;

		do
			digits[--at] = (char)('0' + rest % 10);
		while ((rest /= 10) != 0);
		name = digits + at;
		at = sizeof(digits) - at;
	}
	memcpy(line, report_name, length);
	memcpy(line + length, said, sizeof(said) - 1);
	length += sizeof(said) - 1;
	memcpy(line + length, name, at);
	length += at;
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, length) < 0)
		line[0] = '\0'; /* dying all the same */
	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
	_exit(128 + number);
}

static int
handler_install(const char *name)
{
	struct sigaction action = {.sa_sigaction = forbidden,
				   .sa_flags = SA_SIGINFO};

	/* Names are looked up now: the handler may not allocate. */
	for (int i = 0; i < SYSCALLS_NAMED; i++) {
		char *found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
							       i);

		if (found)
			snprintf(call_names[i], NAME_SIZE, "%s", found);
		free(found);
	}
	snprintf(report_name, sizeof(report_name), "%s", name);
	return sigaction(SIGSYS, &action, NULL) == 0 ? 0 : -errno;
}

static int
grants_open(const char *const *paths, bool write, struct grant *grants,
	    size_t *count)
{
	for (; paths && *paths; paths++) {
		struct stat status;
		struct grant *grant = &grants[*count];
		bool folder;

		if (*count == PATHS_MAX)
			return LZ_E_FULL;
		grant->fd = open(*paths, O_PATH | O_CLOEXEC);
		if (grant->fd < 0 || fstat(grant->fd, &status) != 0) {
			fprintf(stderr, "can't grant %s: %s\n", *paths,
				strerror(errno));
			return -errno;
		}
		folder = S_ISDIR(status.st_mode);
		if (write)
			grant->rights = folder ? LANDLOCK_FS_WRITE
					       : LANDLOCK_FS_WRITE_FILE;
		else
			grant->rights = folder ? LANDLOCK_FS_READ : 1u << 2;
		(*count)++;
	}
	return 0;
}

/* What the process and its children may never have again. */
static void
capabilities_bound(uint64_t keep)
{
	for (unsigned long i = 0; i < 64; i++)
		if (!(keep >> i & 1))
			(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

static int
capabilities_keep(uint64_t keep)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct have[2], kept[2];

	if (syscall(SYS_capget, &header, have) != 0)
		return -errno;
	for (unsigned i = 0; i < 2; i++) {
		kept[i].permitted = have[i].permitted &
				    (uint32_t)(keep >> 32 * i);
		kept[i].effective = kept[i].permitted;
		kept[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, kept) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return -errno;
	return 0;
}

static int
privileges_drop(const struct role_user *user, pid_t supervisor, uint64_t keep)
{
	const struct rlimit no_core = {0, 0};

	/* A core would hold who was seen doing what. */
	if (setrlimit(RLIMIT_CORE, &no_core) != 0)
		return -errno;
	if (keep) {
		capabilities_bound(keep);
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
			return -errno;
	}
	if (user->switched &&
	    (setgroups(0, NULL) != 0 ||
	     setresgid(user->gid, user->gid, user->gid) != 0 ||
	     setresuid(user->uid, user->uid, user->uid) != 0))
		return -errno;
	if (keep) {
		const int error = capabilities_keep(keep);

		if (error)
			return error;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	/* Changing the user has cleared what role_begin asked for. */
	if (supervisor &&
	    (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != supervisor))
		return -ESRCH;
	return 0;
}

/* 0, or 1 where the kernel has no Landlock. */
static int
landlock_close(const struct grant *grants, size_t count,
	       const struct role_needs *needs)
{
	struct landlock_ruleset set = {(1u << 13) - 1, 0, 0};
	const struct landlock_port ports[] = {{LANDLOCK_NET_CONNECT,
					       needs->connect_port},
					      {LANDLOCK_NET_CONNECT,
					       needs->database_port}};
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	int fd, error = 0;

	if (abi < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 1 : -errno;
	if (abi >= 2)
		set.fs |= 1u << 13;
	if (abi >= 3)
		set.fs |= 1u << 14;
	if (abi >= 4)
		set.net = LANDLOCK_NET_TCP;
	if (abi >= 5)
		set.fs |= 1u << 15;
	if (abi >= 6)
		set.scoped = LANDLOCK_SCOPES;
	fd = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < count && !error; i++) {
		const struct landlock_beneath rule = {grants[i].rights & set.fs,
						      grants[i].fd};

		if (syscall(SYS_landlock_add_rule, fd, 1, &rule, 0) != 0)
			error = -errno;
	}
	for (size_t i = 0; i < 2 && !error; i++)
		if (ports[i].port && set.net &&
		    syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PORT,
			    &ports[i], 0) != 0)
			error = -errno;
	if (!error && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		error = -errno;
	close(fd);
	return error;
}

static int
filter_common(scmp_filter_ctx filter)
{
	static const scmp_datum_t fcntls[] = {F_GETFD, F_SETFD, F_GETFL};
	int error = 0;

	for (const int *call = common_calls; *call != -1 && !error; call++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *call, 0);
	/* fstat, as libc spells it: an empty path, nothing is looked up */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
					 SCMP_SYS(newfstatat), 1,
					 SCMP_A3(SCMP_CMP_MASKED_EQ,
						 AT_EMPTY_PATH, AT_EMPTY_PATH));
	/* memory, never executable */
	if (!error)
		error =
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!error)
		error =
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
				     1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* abort and raise: to itself alone */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
					 SCMP_SYS(tgkill), 1,
					 SCMP_A0(SCMP_CMP_EQ,
						 (scmp_datum_t)getpid()));
	/* perror: is the stream open, and for what?  fdopendir besides */
	for (size_t i = 0; i < sizeof(fcntls) / sizeof(*fcntls) && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
					 SCMP_SYS(fcntl), 1,
					 SCMP_A1(SCMP_CMP_EQ, fcntls[i]));
	return error;
}

static int
filter_threads(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
				    -1};
	const scmp_datum_t thread = CLONE_VM | CLONE_THREAD;
	int error;

	/* Its flags lie in memory where a filter can't look; libc then takes
	 * clone. */
	error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
				 SCMP_SYS(clone3), 0);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
					 SCMP_SYS(clone), 1,
					 SCMP_A0(SCMP_CMP_MASKED_EQ, thread,
						 thread));
	for (const int *call = calls; *call != -1 && !error; call++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *call, 0);
	return error;
}

static int
filter_close(const struct role_needs *needs)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	const int *call = needs->syscalls;
	const struct role_fd_call *on = needs->fd_calls;
	int error;

	if (!filter)
		return LZ_E_MEMORY;
	error = filter_common(filter);
	for (; call && *call != -1 && !error; call++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *call, 0);
	for (; on && on->syscall != -1 && !error; on++)
		error =
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, on->syscall, 1,
				     SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)on->fd));
	if (!error && needs->threads)
		error = filter_threads(filter);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

int
sandbox_close(const char *name, const struct role_user *user, pid_t supervisor,
	      const struct role_needs *needs, const char **note)
{
	struct grant grants[PATHS_MAX];
	size_t count = 0;
	int error, lacking = 0;

	error = grants_open(needs->read_paths, false, grants, &count);
	if (!error)
		error = grants_open(needs->write_paths, true, grants, &count);
	if (!error)
		error = handler_install(name);
	if (!error)
		error = privileges_drop(user, supervisor, needs->capabilities);
	if (!error)
		lacking = landlock_close(grants, count, needs);
	for (size_t i = 0; i < count; i++)
		close(grants[i].fd);
	if (error || lacking < 0)
		return error ? error : lacking;
	if (user->switched)
		*note = lacking ? "no Landlock" : "";
	else
		*note = lacking ? "as caller, no Landlock" : "as caller";
	return filter_close(needs);
}
