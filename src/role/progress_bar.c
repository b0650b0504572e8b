/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on a terminal. */
#include "role/progress_bar.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 30
/* Without a total: a sign of life each so many records. */
#define COUNT_STEP 100000

static const char full[WIDTH + 1] = "##############################";

void
progress_bar_init(struct progress_bar *bar, const char *what)
{
	*bar = (struct progress_bar){.what = what,
				     .shows = isatty(STDERR_FILENO),
				     .yields = isatty(STDOUT_FILENO)};
}

void
progress_bar_show(struct progress_bar *bar, uint64_t done, uint64_t total,
		  uint64_t records)
{
	unsigned filled;

	if (!bar->shows)
		return;
	if (done > total)
		done = total;
	filled = total ? (unsigned)(done * WIDTH / total)
		       : (unsigned)(records / COUNT_STEP);
	if (bar->drawn && filled == bar->filled)
		return;
	bar->filled = filled;
	bar->drawn = true;
	if (total)
		fprintf(stderr, "\r%s: [%-*.*s] %llu records ", bar->what,
			WIDTH, (int)filled, full, (unsigned long long)records);
	else
		fprintf(stderr, "\r%s: %llu records ", bar->what,
			(unsigned long long)records);
	fflush(stderr);
}

void
progress_bar_yield(struct progress_bar *bar)
{
	if (!bar->drawn || !bar->yields)
		return;
	fputs("\r\033[K", stderr);
	bar->drawn = false;
}

void
progress_bar_end(struct progress_bar *bar)
{
	if (bar->drawn)
		fputc('\n', stderr);
	bar->drawn = false;
}
