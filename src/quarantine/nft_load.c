/* SPDX-License-Identifier: Apache-2.0 */
/* nft(8) as a child, with the ruleset on its standard input. */
#include "quarantine/nft_load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
program_find(void)
{
	static const char *const places[] = {"/usr/sbin/nft", "/sbin/nft",
					     "/usr/local/sbin/nft"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

static void
child_run(const char *program, const int in[2], const int out[2])
{
	char name[] = "nft", option[] = "-f", stream[] = "-";
	char *arguments[] = {name, option, stream, NULL};
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = {path, NULL};

	if (dup2(in[0], STDIN_FILENO) >= 0 &&
	    dup2(out[1], STDOUT_FILENO) >= 0 &&
	    dup2(out[1], STDERR_FILENO) >= 0)
		execve(program, arguments, environment);
	_exit(127);
}

/* Writes the text and reads what is said, whichever is possible. */
static void
exchange(int to, int from, const char *at, size_t left, char *message,
	 size_t size)
{
	size_t heard = 0;
	bool reading = true;

	while (reading) {
		struct pollfd polled[2] = {{from, POLLIN, 0}, {to, POLLOUT, 0}};
		char bytes[4096];
		ssize_t got;

		if (poll(polled, to >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
			break;
		if (to >= 0 && polled[1].revents) {
			const ssize_t put = left ? write(to, at, left) : 0;

			if (put > 0) {
				at += put;
				left -= (size_t)put;
			}
			if (left == 0 || (put < 0 && errno != EAGAIN)) {
				close(to);
				to = -1;
			}
		}
		if (!polled[0].revents)
			continue;
		got = read(from, bytes, sizeof(bytes));
		for (ssize_t i = 0; i < got && heard + 1 < size; i++)
			message[heard++] = bytes[i];
		reading = got > 0;
	}
	if (to >= 0)
		close(to);
	message[heard] = '\0';
	message[strcspn(message, "\n")] = '\0';
}

int
nft_load(const char *ruleset, size_t length, char *message, size_t size)
{
	const char *program = program_find();
	int in[2], out[2], status = 0;
	pid_t child;

	if (!program) {
		snprintf(message, size,
			 "there is no nft(8): install the package nftables");
		return LZ_E_UNSUPPORTED;
	}
	if (pipe2(in, O_CLOEXEC) != 0)
		return -errno;
	if (pipe2(out, O_CLOEXEC) != 0) {
		const int error = -errno;

		close(in[0]);
		close(in[1]);
		return error;
	}
	child = fork();
	if (child == 0)
		child_run(program, in, out);
	close(in[0]);
	close(out[1]);
	if (child > 0) {
		(void)fcntl(in[1], F_SETFL, O_NONBLOCK);
		exchange(in[1], out[0], ruleset, length, message, size);
	} else {
		close(in[1]);
	}
	close(out[0]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -EAGAIN;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : LZ_E_STATE;
}
