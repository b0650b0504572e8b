/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed day of hostile bytes: it may be refused or answer nonsense, but
 * nothing outside it is read.  Checksums are made right, since whoever forges a
 * file makes them right, too; the first byte says what else is left as it came.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "crypto/sha256.h"
#include "index/day_file.h"

#define PAGES_MAX 3
#define GROUPS_MAX 3
#define FILE_MAX                                                        \
	(DAY_HEADER_SIZE + PAGES_MAX * (DAY_PAGE_SIZE + DAY_KEY_SIZE) + \
	 GROUPS_MAX * DAY_GROUP_SIZE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

static void
take(struct input *input, uint8_t *to, size_t length)
{
	size_t n = length < input->left ? length : input->left;

	if (n > 0)
		memcpy(to, input->at, n);
	input->at += n;
	input->left -= n;
}

/* Header, directory and pages from the input; answers the length. */
static size_t
make_file(struct input *input, uint8_t *file)
{
	uint8_t how[3] = {0}, *tail;
	uint32_t pages, groups, length;

	take(input, how, sizeof(how));
	pages = how[1] % (PAGES_MAX + 1u);
	groups = how[2] % (GROUPS_MAX + 1u);
	length = groups * DAY_GROUP_SIZE + pages * DAY_KEY_SIZE;
	tail = file + DAY_HEADER_SIZE + (size_t)pages * DAY_PAGE_SIZE;
	take(input, tail, length);
	memcpy(file, DAY_MAGIC, DAY_MAGIC_SIZE);
	page_put(file + DAY_AT_VERSION, DAY_VERSION, 4);
	page_put(file + DAY_AT_DAY, how[0], 4);
	page_put(file + DAY_AT_PAGES, pages, 4);
	page_put(file + DAY_AT_GROUPS, groups, 4);
	page_put(file + DAY_AT_TAIL, (uint64_t)(tail - file), 8);
	page_put(file + DAY_AT_TAIL_LENGTH, length, 8);
	page_put(file + DAY_AT_TAIL_CRC, hash_crc32c(0, tail, length), 4);
	page_put(file + DAY_AT_CRC, hash_crc32c(0, file, DAY_AT_CRC), 4);
	for (uint32_t i = 0; i < pages; i++) {
		uint8_t *page = file + DAY_HEADER_SIZE +
				(size_t)i * DAY_PAGE_SIZE;
		size_t share = input->left / (pages - i);

		take(input, page + 4,
		     share < DAY_PAGE_SIZE - 4 ? share : DAY_PAGE_SIZE - 4);
		if (how[0] & 1)
			page_put(page + 12, i, 4);
		page_put(page, hash_crc32c(0, page + 4, DAY_PAGE_SIZE - 4), 4);
	}
	return (size_t)(tail - file) + length;
}

static int
see(void *context, const struct binding *row)
{
	uint64_t *sum = context;

	*sum += row->id + row->party + row->subject.port_last;
	return 0;
}

static void
ask(struct day *day, const uint8_t *data, size_t size)
{
	struct day_question question = {.port = -1,
					.port_last = -1,
					.length = -1,
					.to = {TIMES_LATEST_US}};
	uint64_t sum = 0;

	for (size_t i = 0; i < 16; i++)
		question.addr.bytes[i] = i < size ? data[size - 1 - i] : 0;
	for (unsigned i = 0; i < 8; i++) {
		if (i & 1)
			question.addr = addr_from_v4(
			    0xc0000200u + question.addr.bytes[3] % 8u);
		question.port = i & 2 ? question.addr.bytes[2] : -1;
		question.port_last = question.port;
		question.from.us = i & 4 ? TIMES_LATEST_US : 0;
		if (day_search(day, &question, see, &sum) != 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t *file = calloc(1, FILE_MAX), *exact;
	struct day *day = NULL;
	uint64_t sum = 0;
	size_t length;

	if (!file || crypto_init() != 0)
		abort();
	length = make_file(&input, file);
	/* Its very size, so that one byte too far is seen. */
	exact = malloc(length);
	if (!exact)
		abort();
	memcpy(exact, file, length);
	free(file);
	if (day_open_bytes(exact, length, &day) == 0) {
		ask(day, data, size);
		/* The SHA-256 of the header is none: never sound. */
		if (day_walk(day, see, &sum) > 0 || day_verify(day) == 0)
			abort();
		day_close(day);
	}
	free(exact);
	/* And the bytes as they came. */
	if (size > 0 && day_open_bytes(data, size, &day) == 0)
		day_close(day);
	return 0;
}
