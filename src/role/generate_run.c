/* SPDX-License-Identifier: Apache-2.0 */
/* One order of the traffic generator, from files to the last datagram. */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "role/generate.h"

static volatile sig_atomic_t stopped;

static void
stop(int number)
{
	(void)number;
	stopped = 1;
}

static bool
progress(void *context, int64_t passed_us, const struct generate_result *so_far)
{
	const struct generate_order *order = context;

	if (isatty(STDERR_FILENO))
		fprintf(stderr,
			"\rgenerate: %lld of %lld s, %llu records in %llu "
			"datagrams ",
			(long long)(passed_us / TIMES_SECOND_US),
			(long long)(order->isp.duration_us / TIMES_SECOND_US),
			(unsigned long long)so_far->records,
			(unsigned long long)so_far->datagrams);
	return stopped == 0;
}

struct at_event
generate_now(void)
{
	struct timespec now;
	struct at_event time;

	clock_gettime(CLOCK_REALTIME, &now);
	time.us = (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
	return time;
}

int
generate_run(struct generate_order *order, struct generate_result *result)
{
	int error = 0;

	if (order->folder != NULL)
		error = generate_files(order->folder, &order->isp, result);
	if (error == 0 && order->capture != NULL)
		error = generate_capture(order->capture, &order->isp, result);
	if (error != 0 || !order->send)
		return error;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	error = generate_send(order->to, &order->isp, progress, order, result);
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	return stopped != 0 ? 0 : error;
}
