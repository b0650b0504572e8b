/* SPDX-License-Identifier: Apache-2.0 */
/* Counter pages: one mapped file a role in the run directory. */
#include "role/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "conf/conf.h"
#include "role/counter_table.h"

#define PAGE_MAGIC UINT32_C(0x4c5a4354) /* "LZCT" */

struct counters {
	uint32_t magic, schema, table, reserved;
	_Atomic int64_t ready_since_us; /* 0: not ready */
	_Atomic int64_t beat_us;        /* monotonic */
	_Atomic uint64_t values[COUNTERS_MAX];
};
_Static_assert(COUNTER_COUNT <= COUNTERS_MAX, "a page holds no more");

#define COUNTER_ROW(symbol, role, type, name, help) {role, type, name, help},
const struct counter_row counter_rows[COUNTER_COUNT] = {
    COUNTER_TABLE(COUNTER_ROW)};
#undef COUNTER_ROW

static uint32_t
table_sum(void)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < COUNTER_COUNT; i++)
		sum = hash_crc32c(sum, counter_rows[i].name,
				  strlen(counter_rows[i].name));
	return sum;
}

static bool
page_known(const struct counters *page)
{
	return page->magic == PAGE_MAGIC && page->schema == COUNTERS_SCHEMA &&
	       page->table == table_sum();
}

static bool
page_path(char path[CONF_PATH_SIZE], const char *run_dir, const char *role)
{
	struct text text;

	text_init(&text, path, CONF_PATH_SIZE);
	text_add(&text, run_dir);
	text_char(&text, '/');
	text_add(&text, role);
	text_add(&text, ".counters");
	return !text.full;
}

/* Values of the same table are kept: a role that died goes on counting. */
struct counters *
counters_create(const char *run_dir, const char *role)
{
	char path[CONF_PATH_SIZE];
	struct counters *page;
	int fd;

	if (!page_path(path, run_dir, role)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return NULL;
	page = MAP_FAILED;
	errno = posix_fallocate(fd, 0, sizeof(*page));
	if (errno == 0)
		page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	if (!page_known(page)) {
		memset((void *)page, 0, sizeof(*page));
		page->schema = COUNTERS_SCHEMA;
		page->table = table_sum();
		page->magic = PAGE_MAGIC;
	}
	atomic_store(&page->ready_since_us, 0);
	return page;
}

const struct counters *
counters_open(const char *run_dir, const char *role)
{
	char path[CONF_PATH_SIZE];
	const struct counters *page = MAP_FAILED;
	struct stat status;
	int fd;

	if (!page_path(path, run_dir, role))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && status.st_size >= (off_t)sizeof(*page))
		page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	if (!page_known(page)) {
		counters_close(page);
		return NULL;
	}
	return page;
}

void
counters_close(const struct counters *counters)
{
	if (counters)
		munmap((void *)(uintptr_t)counters, sizeof(*counters));
}

int
counters_hold(const char *run_dir, const char *role)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[CONF_PATH_SIZE];
	int fd, error;

	if (!page_path(path, run_dir, role))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return fd;
	error = errno == EACCES ? -EAGAIN : -errno;
	close(fd);
	return error;
}

bool
counters_held(const char *run_dir, const char *role)
{
	struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	char path[CONF_PATH_SIZE];
	bool held;
	int fd;

	if (!page_path(path, run_dir, role))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	held = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
	close(fd);
	return held;
}

/* One writing role a page; relaxed, as no counter vouches for another. */
void
counters_add(struct counters *counters, unsigned index, uint64_t n)
{
	atomic_fetch_add_explicit(&counters->values[index], n,
				  memory_order_relaxed);
}

void
counters_set(struct counters *counters, unsigned index, uint64_t value)
{
	atomic_store_explicit(&counters->values[index], value,
			      memory_order_relaxed);
}

uint64_t
counters_get(const struct counters *counters, unsigned index)
{
	return atomic_load_explicit(
	    (_Atomic uint64_t *)(uintptr_t)&counters->values[index],
	    memory_order_relaxed);
}

void
counters_set_ready(struct counters *counters, int64_t since_us)
{
	atomic_store(&counters->ready_since_us, since_us);
}

int64_t
counters_ready_since_us(const struct counters *counters)
{
	return atomic_load(
	    (_Atomic int64_t *)(uintptr_t)&counters->ready_since_us);
}

static int64_t
monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

void
counters_beat(struct counters *counters)
{
	atomic_store_explicit(&counters->beat_us, monotonic_us(),
			      memory_order_relaxed);
}

int64_t
counters_silent_us(const struct counters *counters)
{
	return monotonic_us() -
	       atomic_load((_Atomic int64_t *)(uintptr_t)&counters->beat_us);
}
