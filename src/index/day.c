/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a sealed day: mapped, each page checked when it is first touched.
 * What a damaged page might have held is answered as unreadable: the directory
 * says which addresses it begins and ends with.
 */
#include "index/day.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "crypto/sha256.h"
#include "index/day_file.h"

#define ADDR_BITS 128
#define HALF_BITS 64
#define PORT_BITS 16

enum page_state { STATE_UNSEEN = 0, STATE_SOUND = 1, STATE_DAMAGED = 2 };

struct day_group {
	struct shape shape;
	uint32_t first_page, pages;
	uint32_t found; /* the page that the last search was for */
};

struct day {
	struct day_facts facts;
	const uint8_t *bytes;
	size_t length;
	bool mapped;
	uint32_t damaged;
	struct day_group *groups;
	struct page_key *keys; /* of each page's first row */
	uint8_t *states;
	struct page_view *views; /* of sound pages */
};

/* What one search carries. */
struct search {
	struct day *day;
	const struct day_question *question;
	struct day_group *group;
	struct page_key low, high; /* keys that answer, start in high: to */
	day_found *found;
	void *context;
};

static int
read_header(struct day *day, uint64_t *tail, uint64_t *tail_length)
{
	const uint8_t *header = day->bytes;
	struct day_facts *facts = &day->facts;

	if (day->length < DAY_HEADER_SIZE)
		return LZ_E_SHORT;
	if (memcmp(header, DAY_MAGIC, DAY_MAGIC_SIZE) != 0)
		return LZ_E_FORMAT;
	if (page_u32(header + DAY_AT_CRC) != hash_crc32c(0, header, DAY_AT_CRC))
		return LZ_E_CHECKSUM;
	if (page_u32(header + DAY_AT_VERSION) != DAY_VERSION)
		return LZ_E_VERSION;
	facts->day = page_u32(header + DAY_AT_DAY);
	facts->rows = page_u64(header + DAY_AT_ROWS);
	facts->pages = page_u32(header + DAY_AT_PAGES);
	facts->groups = page_u32(header + DAY_AT_GROUPS);
	facts->bytes = day->length;
	memcpy(facts->sum, header + DAY_AT_SUM, sizeof(facts->sum));
	*tail = page_u64(header + DAY_AT_TAIL);
	*tail_length = page_u64(header + DAY_AT_TAIL_LENGTH);
	if (facts->groups > UINT16_MAX ||
	    *tail != DAY_HEADER_SIZE + (uint64_t)facts->pages * DAY_PAGE_SIZE ||
	    *tail_length != (uint64_t)facts->groups * DAY_GROUP_SIZE +
				(uint64_t)facts->pages * DAY_KEY_SIZE)
		return LZ_E_FORMAT;
	if (*tail + *tail_length != day->length)
		return LZ_E_SHORT;
	if (page_u32(header + DAY_AT_TAIL_CRC) !=
	    hash_crc32c(0, day->bytes + *tail, *tail_length))
		return LZ_E_CHECKSUM;
	return LZ_OK;
}

static int
read_tail(struct day *day, const uint8_t *at)
{
	uint32_t pages = 0;

	day->groups = memory_new(day->facts.groups + 1u, sizeof(*day->groups));
	day->keys = memory_new(day->facts.pages + 1u, sizeof(*day->keys));
	day->states = memory_new(day->facts.pages + 1u, 1);
	day->views = memory_new_aligned(day->facts.pages + 1u,
					sizeof(*day->views));
	if (!day->groups || !day->keys || !day->states || !day->views)
		return LZ_E_MEMORY;
	for (uint32_t i = 0; i < day->facts.groups; i++) {
		struct day_group *group = &day->groups[i];

		shape_unpack(at, &group->shape);
		group->first_page = page_u32(at + SHAPE_BYTES);
		group->pages = page_u32(at + SHAPE_BYTES + 4);
		group->found = group->first_page;
		if (group->first_page != pages || group->pages == 0 ||
		    group->pages > day->facts.pages - pages)
			return LZ_E_FORMAT;
		pages += group->pages;
		at += DAY_GROUP_SIZE;
	}
	if (pages != day->facts.pages)
		return LZ_E_FORMAT;
	for (uint32_t i = 0; i < pages; i++) {
		day->keys[i] = (struct page_key){page_u64(at), page_u64(at + 8),
						 page_u64(at + 16),
						 page_u64(at + 24)};
		at += DAY_KEY_SIZE;
	}
	return LZ_OK;
}

static int
open_mapped(const uint8_t *bytes, size_t length, bool mapped, struct day **out)
{
	struct day *day = memory_new(1, sizeof(*day));
	uint64_t tail, tail_length;
	int error;

	if (!day) {
		if (mapped)
			(void)munmap((void *)(uintptr_t)bytes, length);
		return LZ_E_MEMORY;
	}
	day->bytes = bytes;
	day->length = length;
	day->mapped = mapped;
	error = read_header(day, &tail, &tail_length);
	if (!error)
		error = read_tail(day, bytes + tail);
	if (error) {
		day_close(day);
		return error;
	}
	*out = day;
	return LZ_OK;
}

int
day_open_bytes(const uint8_t *bytes, size_t length, struct day **day)
{
	return open_mapped(bytes, length, false, day);
}

int
day_open(int folder_fd, uint32_t number, struct day **day)
{
	char name[DAY_NAME_SIZE];
	struct stat stat;
	void *bytes;
	int fd, error;

	day_name(number, name);
	fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) != 0) {
		error = -errno;
		(void)close(fd);
		return error;
	}
	if (stat.st_size < DAY_HEADER_SIZE) {
		(void)close(fd);
		return LZ_E_SHORT;
	}
	bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	error = bytes == MAP_FAILED ? -errno : LZ_OK;
	(void)close(fd);
	if (error)
		return error;
	error = open_mapped(bytes, (size_t)stat.st_size, true, day);
	if (!error && (*day)->facts.day != number) {
		day_close(*day);
		*day = NULL;
		return LZ_E_FORMAT;
	}
	return error;
}

void
day_close(struct day *day)
{
	if (!day)
		return;
	if (day->mapped)
		(void)munmap((void *)(uintptr_t)day->bytes, day->length);
	memory_free(day->groups);
	memory_free(day->keys);
	memory_free(day->states);
	memory_free(day->views);
	memory_free(day);
}

const struct day_facts *
day_facts(const struct day *day)
{
	return &day->facts;
}

uint32_t
day_damaged(const struct day *day)
{
	return day->damaged;
}

/* The page, checked; NULL: it can't be trusted. */
static const struct page_view *
page_at(struct day *day, const struct day_group *group, uint32_t number)
{
	const uint8_t *page = day->bytes + DAY_HEADER_SIZE +
			      (size_t)number * DAY_PAGE_SIZE;
	uint8_t *state = &day->states[number];

	if (*state == STATE_SOUND)
		return &day->views[number];
	if (*state == STATE_DAMAGED)
		return NULL;
	if (page_u32(page) == hash_crc32c(0, page + 4, DAY_PAGE_SIZE - 4) &&
	    page_u32(page + 12) == number &&
	    page_group(page) == (uint16_t)(group - day->groups) &&
	    page_check(page) == LZ_OK) {
		*state = STATE_SOUND;
		page_view_init(&day->views[number], page);
		return &day->views[number];
	}
	*state = STATE_DAMAGED;
	day->damaged++;
	return NULL;
}

int
day_verify(struct day *day)
{
	uint8_t sum[SHA256_SIZE];

	for (uint32_t g = 0; g < day->facts.groups; g++) {
		const struct day_group *group = &day->groups[g];

		for (uint32_t i = 0; i < group->pages; i++)
			(void)page_at(day, group, group->first_page + i);
	}
	sha256(day->bytes + DAY_HEADER_SIZE, day->length - DAY_HEADER_SIZE,
	       sum);
	if (day->damaged > 0 || memcmp(sum, day->facts.sum, sizeof(sum)) != 0)
		return LZ_E_CHECKSUM;
	return LZ_OK;
}

void
day_unreadable(uint32_t day, const struct day_question *question,
	       struct binding *row)
{
	int64_t begin_us = (int64_t)day * TIMES_DAY_US;

	memset(row, 0, sizeof(*row));
	row->id = UINT64_MAX - day;
	row->subject.prefix = (struct prefix){question->addr, ADDR_BITS};
	if (question->damaged_ports)
		row->subject.port_last = UINT16_MAX;
	row->realm = question->realm;
	row->start.us = begin_us - ROW_SHORT_US;
	row->end.us = begin_us + TIMES_DAY_US;
	row->heard = row->start;
	row->party = BINDING_NO_PARTY;
	row->marks = BINDING_UNREADABLE;
}

/* The last page of the group that may hold the key; first_page if none. */
static uint32_t
find_page(const struct day *day, struct day_group *group,
	  const struct page_key *key)
{
	uint32_t low = group->first_page, end = low + group->pages;
	uint32_t high = end, found = group->found;

	/* A search comes right after its own prefetch. */
	if (page_key_compare(&day->keys[found], key) <= 0 &&
	    (found + 1 == end ||
	     page_key_compare(&day->keys[found + 1], key) > 0))
		return found;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (page_key_compare(&day->keys[middle], key) <= 0)
			low = middle;
		else
			high = middle;
	}
	group->found = low;
	return low;
}

static bool
below(const struct page_key *key, const struct page_key *low)
{
	if (key->key != low->key)
		return key->key < low->key;
	if (key->low != low->low)
		return key->low < low->low;
	return key->port < low->port;
}

/*
 * Takes the rows of one page from `row` down; 1: rows below can't answer, so
 * the search has its end.
 */
static int
search_page(const struct search *search, const struct page_view *page,
	    unsigned row)
{
	const struct day_question *question = search->question;
	bool one_subject = search->low.port == search->high.port &&
			   search->low.key == search->high.key;

	while (row-- > 0) {
		struct page_key key = {page_value(page, &page->key, row),
				       page_value(page, &page->low, row),
				       page_value(page, &page->port, row),
				       page_value(page, &page->start, row)};
		int64_t start_us = (int64_t)key.start;
		struct binding binding;
		int error;

		if (below(&key, &search->low))
			return 1;
		if (one_subject && start_us < question->from.us - ROW_SHORT_US)
			return 1;
		if (start_us > question->to.us ||
		    (int64_t)(key.start + page_value(page, &page->length,
						     row)) <= question->from.us)
			continue;
		page_row(page->page, &search->group->shape, row, &binding);
		error = search->found(search->context, &binding);
		if (error)
			return error;
	}
	return 0;
}

static int
search_damaged(const struct search *search)
{
	struct binding row;

	day_unreadable(search->day->facts.day, search->question, &row);
	return search->found(search->context, &row);
}

/* Rows from low to high, the last ones first. */
static int
search_range(const struct search *search)
{
	struct day *day = search->day;
	struct day_group *group = search->group;
	uint32_t number = find_page(day, group, &search->high);
	bool first = true;

	if (page_key_compare(&day->keys[number], &search->high) > 0)
		return LZ_OK;
	for (;; number--, first = false) {
		const struct page_view *page = page_at(day, group, number);
		unsigned row = 0;
		int result;

		if (page) {
			row = first ? page_upper(page, &search->high)
				    : page->rows;
			result = search_page(search, page, row);
		} else {
			result = search_damaged(search);
		}
		if (result < 0)
			return result;
		if (result == 1 || number == group->first_page ||
		    below(&day->keys[number], &search->low))
			return LZ_OK;
	}
}

/* The keys of an address in a shape; port -1: of all ports. */
static void
set_keys(struct search *search, int32_t port_first)
{
	const struct shape *shape = &search->group->shape;
	struct prefix prefix = prefix_of(&search->question->addr,
					 shape->length);
	uint64_t low = port_first >= 0 ? (uint64_t)port_first : 0;
	uint64_t high = port_first >= 0 ? (uint64_t)port_first : UINT16_MAX;

	search->low = (struct page_key){.port = low};
	search->high =
	    (struct page_key){.port = high,
			      .start = (uint64_t)search->question->to.us};
	if (port_first < 0)
		search->high.start = UINT64_MAX;
	if (shape->v4) {
		uint64_t addr = (uint64_t)addr_v4(&prefix.addr) << PORT_BITS;

		search->low.key = addr | low;
		search->high.key = addr | high;
		search->low.port = search->high.port = 0;
		return;
	}
	for (size_t i = 0; i < ADDR_BITS / 8; i++) {
		uint64_t *half = i < 8 ? &search->low.key : &search->low.low;

		*half = *half << 8 | prefix.addr.bytes[i];
	}
	search->high.key = search->low.key;
	search->high.low = search->low.low;
}

/* Makes ready to search a group; false: nothing in it can answer. */
static bool
take_group(struct search *search, struct day_group *group)
{
	const struct day_question *question = search->question;
	const struct shape *shape = &group->shape;
	int32_t block;

	if (!shape_may_hold(shape, question->realm, &question->addr) ||
	    (question->length >= 0 && shape->length != question->length) ||
	    !shape_ports(shape, question->port, question->port_last, &block))
		return false;
	search->group = group;
	set_keys(search, block);
	return true;
}

void
day_prefetch(struct day *day, const struct day_question *question)
{
	struct search search = {.question = question};

	for (uint32_t i = 0; i < day->facts.groups; i++) {
		uint32_t page;

		if (!take_group(&search, &day->groups[i]))
			continue;
		page = find_page(day, search.group, &search.high);
		if (day->states[page] == STATE_SOUND)
			page_prefetch(&day->views[page], &search.high);
	}
}

int
day_search(struct day *day, const struct day_question *question,
	   day_found *found, void *context)
{
	struct search search = {.day = day,
				.question = question,
				.found = found,
				.context = context};

	for (uint32_t i = 0; i < day->facts.groups; i++) {
		int error;

		if (!take_group(&search, &day->groups[i]))
			continue;
		error = search_range(&search);
		if (error)
			return error;
	}
	return LZ_OK;
}

int
day_walk(struct day *day, day_found *found, void *context)
{
	for (uint32_t g = 0; g < day->facts.groups; g++) {
		const struct day_group *group = &day->groups[g];

		for (uint32_t i = 0; i < group->pages; i++) {
			const struct page_view *page =
			    page_at(day, group, group->first_page + i);

			if (!page)
				return LZ_E_CHECKSUM;
			for (unsigned k = 0; k < page->rows; k++) {
				struct binding row;
				int error;

				page_row(page->page, &group->shape, k, &row);
				error = found(context, &row);
				if (error)
					return error;
			}
		}
	}
	return LZ_OK;
}
