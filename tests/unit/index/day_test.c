/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed days by themselves: every field comes back, whatever its values; a
 * search finds what a walk over all rows finds; bytes a row; damage and cuts at
 * every page answer "unreadable" or are refused, and never "nobody".
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "fact/row_id.h"
#include "index/day.h"
#include "unit/index/folder.h"

#define DAY 20500u
#define ROWS 30000u
#define ADDRS 900u

struct sample {
	struct shape shape;
	struct binding row;
};

struct sealed {
	struct folder folder;
	int folder_fd;
	struct sample *samples;
	size_t count;
	struct day_facts facts;
};

static struct subject
random_subject(struct rng *rng)
{
	struct subject subject = {.prefix = {.length = 128}};
	uint32_t n = (uint32_t)rng_below(rng, ADDRS);
	uint8_t v6[16] = {0x20,      0x01, 0x0d, 0xb8, 0, 0, (uint8_t)(n >> 8),
			  (uint8_t)n};

	switch (rng_below(rng, 5)) {
	case 0:
		subject.prefix.addr =
		    addr_from_v4((n % 2 ? 0xc0000000u : 0x0a000000u) + n * 3);
		break;
	case 1:
		subject.prefix.addr = addr_from_v4(0xcb007100u + n % 40);
		subject.port_first = (uint16_t)(1024 + 1024 * (n % 63));
		subject.port_last = (uint16_t)(subject.port_first + 1023);
		break;
	case 2:
		subject.prefix = (struct prefix){addr_from_v6_bytes(v6), 64};
		break;
	case 3:
		v6[15] = (uint8_t)(n + 1);
		subject.prefix.addr = addr_from_v6_bytes(v6);
		break;
	default:
		v6[15] = (uint8_t)(n % 7);
		subject.prefix.addr = addr_from_v6_bytes(v6);
		subject.port_first = (uint16_t)(2000 + n % 30);
		subject.port_last = (uint16_t)(2500 + n % 50);
	}
	return subject;
}

/* tidy: as a quiet network has them; else any value a field can have. */
static void
random_row(struct rng *rng, bool tidy, uint64_t n, struct binding *row)
{
	int64_t unit = tidy ? TIMES_SECOND_US : 1;
	int64_t length =
	    (int64_t)rng_below(rng, (uint64_t)(TIMES_DAY_US / unit)) * unit;

	memset(row, 0, sizeof(*row));
	row->subject = random_subject(rng);
	row->end.us = (int64_t)DAY * TIMES_DAY_US +
		      (int64_t)rng_below(rng, (uint64_t)(TIMES_DAY_US / unit)) *
			  unit;
	row->start.us = row->end.us - length;
	row->heard = row->end;
	row->reported = row->start;
	row->party = (uint32_t)rng_below(rng, 5000);
	row->offset = (n + 77) << 16;
	row->source = (uint16_t)rng_below(rng, 40);
	if (rng_below(rng, 100) == 0) {
		row->marks |= BINDING_END_INFERRED;
		row->heard.us -= length / 2;
	}
	if (!tidy) {
		row->realm = (uint32_t)rng_below(rng, 2) * 9;
		row->party = (uint32_t)rng_u64(rng);
		row->offset = rng_u64(rng);
		row->marks = (uint16_t)rng_u64(rng);
		row->slot = (uint8_t)rng_u64(rng);
		row->error_us = (int64_t)rng_u64(rng);
		row->heard.us = (int64_t)rng_u64(rng);
		row->reported.us = (int64_t)rng_u64(rng);
		row->line = (uint32_t)rng_u64(rng);
		row->hash = rng_u64(rng);
		if (row->marks & BINDING_INSIDE) {
			row->inside = row->subject.prefix.addr;
			row->inside_realm = (uint32_t)rng_u64(rng);
		}
	}
	row->id = !tidy && rng_below(rng, 2) ? rng_u64(rng) | 1
					     : binding_row_id(row);
}

static int
by_key(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	uint8_t left[ROW_KEY_MAX], right[ROW_KEY_MAX], shape[2][SHAPE_BYTES];
	size_t m = row_key(&x->shape, 0, &x->row, left);
	size_t n = row_key(&y->shape, 0, &y->row, right);
	int order;

	shape_pack(&x->shape, shape[0]);
	shape_pack(&y->shape, shape[1]);
	order = memcmp(shape[0], shape[1], SHAPE_BYTES);
	return order ? order : memcmp(left, right, m < n ? m : n);
}

static struct sealed
seal_rows(bool tidy, uint64_t seed, size_t count)
{
	struct sealed sealed = {.folder = folder_new(), .count = count};
	struct day_writer *writer;
	char name[DAY_NAME_SIZE];
	struct rng rng;
	int fd;

	rng_init(&rng, seed);
	sealed.samples = calloc(count + 1, sizeof(*sealed.samples));
	assert_non_null(sealed.samples);
	for (size_t i = 0; i < count; i++) {
		struct sample *sample = &sealed.samples[i];

		random_row(&rng, tidy, i, &sample->row);
		shape_of(&sample->row, &sample->shape);
		if (subject_has_ports(&sample->row.subject) &&
		    !sample->shape.v4)
			sample->shape = shape_any_ports(&sample->shape);
	}
	qsort(sealed.samples, count, sizeof(*sealed.samples), by_key);
	sealed.folder_fd = open(sealed.folder.path, O_RDONLY | O_DIRECTORY);
	day_name(DAY, name);
	fd = openat(sealed.folder_fd, name, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	writer = day_writer_new(fd, DAY);
	assert_non_null(writer);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(day_writer_add(writer,
						&sealed.samples[i].shape,
						&sealed.samples[i].row),
				 0);
	assert_int_equal(day_writer_finish(writer, &sealed.facts), 0);
	day_writer_free(writer);
	(void)close(fd);
	assert_int_equal(sealed.facts.rows, count);
	return sealed;
}

static void
sealed_free(struct sealed *sealed)
{
	(void)close(sealed->folder_fd);
	free(sealed->samples);
	folder_free(&sealed->folder);
}

static void
assert_same(const struct binding *a, const struct binding *b)
{
	assert_true(subject_equal(&a->subject, &b->subject));
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->realm, b->realm);
	assert_int_equal(a->start.us, b->start.us);
	assert_int_equal(a->end.us, b->end.us);
	assert_int_equal(a->heard.us, b->heard.us);
	assert_int_equal(a->reported.us, b->reported.us);
	assert_int_equal(a->error_us, b->error_us);
	assert_int_equal(a->party, b->party);
	assert_true(addr_equal(&a->inside, &b->inside));
	assert_int_equal(a->inside_realm, b->inside_realm);
	assert_int_equal(a->source, b->source);
	assert_int_equal(a->slot, b->slot);
	assert_int_equal(a->marks, b->marks);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->hash, b->hash);
}

struct walk {
	const struct sealed *sealed;
	size_t next;
};

static int
walk_row(void *context, const struct binding *row)
{
	struct walk *walk = context;

	assert_true(walk->next < walk->sealed->count);
	assert_same(row, &walk->sealed->samples[walk->next++].row);
	return 0;
}

static void
test_round_trip(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct sealed sealed = seal_rows(seed % 2 == 0, seed,
						 seed == 2 ? 1 : ROWS);
		struct walk walk = {&sealed, 0};
		struct day *day = NULL;

		assert_int_equal(day_open(sealed.folder_fd, DAY, &day), 0);
		assert_int_equal(day_verify(day), 0);
		assert_memory_equal(day_facts(day)->sum, sealed.facts.sum,
				    DAY_SUM_SIZE);
		assert_int_equal(day_walk(day, walk_row, &walk), 0);
		assert_int_equal(walk.next, sealed.count);
		day_close(day);
		sealed_free(&sealed);
	}
}

struct hits {
	uint64_t sum; /* of ids */
	size_t count, unreadable;
	struct binding last_unreadable;
};

static int
take_hit(void *context, const struct binding *row)
{
	struct hits *hits = context;

	if (row->marks & BINDING_UNREADABLE && row->party == BINDING_NO_PARTY &&
	    row->id == UINT64_MAX - DAY) {
		hits->unreadable++;
		hits->last_unreadable = *row;
		return 0;
	}
	hits->sum += row->id;
	hits->count++;
	return 0;
}

static bool
answers(const struct sample *sample, const struct day_question *question)
{
	const struct binding *row = &sample->row;
	bool near = sample->shape.port_size == SHAPE_ANY_PORTS;

	return row->realm == question->realm &&
	       prefix_contains(&row->subject.prefix, &question->addr) &&
	       (question->length < 0 ||
		row->subject.prefix.length == question->length) &&
	       (question->port < 0 || near ||
		!subject_has_ports(&row->subject) ||
		(row->subject.port_first <= question->port &&
		 row->subject.port_last >= question->port)) &&
	       row->start.us <= question->to.us &&
	       row->end.us > question->from.us;
}

static struct day_question
random_question(const struct sealed *sealed, struct rng *rng)
{
	const struct binding *near =
	    &sealed->samples[rng_below(rng, sealed->count)].row;
	struct day_question question = {
	    .realm = near->realm,
	    .addr = near->subject.prefix.addr,
	    .port = rng_below(rng, 2) ? -1 : near->subject.port_first,
	    .length = rng_below(rng, 4) ? -1 : near->subject.prefix.length,
	    .from = {near->start.us - 1000 + (int64_t)rng_below(rng, 2000)}};

	question.to.us =
	    question.from.us +
	    (rng_below(rng, 2) ? 0 : (int64_t)rng_below(rng, 7200000000u));
	if (rng_below(rng, 8) == 0)
		question.addr.bytes[rng_below(rng, 16)]++;
	if (question.port >= 0)
		question.port += (int32_t)rng_below(rng, 600);
	question.port_last = question.port;
	return question;
}

static void
test_search(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 2; seed++) {
		struct sealed sealed = seal_rows(seed == 0, 10 + seed, ROWS);
		struct day *day = NULL;
		struct rng rng;
		size_t found = 0;

		rng_init(&rng, seed);
		assert_int_equal(day_open(sealed.folder_fd, DAY, &day), 0);
		for (unsigned i = 0; i < 600; i++) {
			struct day_question question = random_question(&sealed,
								       &rng);
			struct hits hits = {0}, expected = {0};

			for (size_t k = 0; k < sealed.count; k++)
				if (answers(&sealed.samples[k], &question))
					(void)take_hit(&expected,
						       &sealed.samples[k].row);
			assert_int_equal(day_search(day, &question, take_hit,
						    &hits),
					 0);
			assert_int_equal(hits.count, expected.count);
			assert_int_equal(hits.sum, expected.sum);
			found += hits.count;
		}
		assert_true(found > 600);
		day_close(day);
		sealed_free(&sealed);
	}
}

static uint8_t *
read_file(const struct sealed *sealed, size_t *length)
{
	char name[DAY_NAME_SIZE];
	struct stat stats;
	uint8_t *bytes;
	int fd;

	day_name(DAY, name);
	fd = openat(sealed->folder_fd, name, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &stats), 0);
	*length = (size_t)stats.st_size;
	bytes = malloc(*length);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *length), (ssize_t)*length);
	(void)close(fd);
	return bytes;
}

/* One bit anywhere in a page: its addresses are unreadable, others as before. */
static void
damage_page(const struct sealed *sealed, uint8_t *bytes, size_t length,
	    size_t page, struct rng *rng)
{
	size_t at = DAY_HEADER_SIZE + page * DAY_PAGE_SIZE +
		    rng_below(rng, DAY_PAGE_SIZE);
	struct day *day = NULL;
	size_t unreadable = 0;

	bytes[at] ^= (uint8_t)(1u << rng_below(rng, 8));
	assert_int_equal(day_open_bytes(bytes, length, &day), 0);
	for (size_t i = 0; i < sealed->count; i += 61) {
		const struct binding *row = &sealed->samples[i].row;
		struct day_question question = {
		    .realm = row->realm,
		    .addr = row->subject.prefix.addr,
		    .port = -1,
		    .port_last = -1,
		    .length = row->subject.prefix.length,
		    .from = row->start,
		    .to = row->start};
		struct hits hits = {0}, expected = {0};

		for (size_t k = 0; k < sealed->count; k++)
			if (answers(&sealed->samples[k], &question))
				(void)take_hit(&expected,
					       &sealed->samples[k].row);
		assert_int_equal(day_search(day, &question, take_hit, &hits),
				 0);
		/* What is missing is said to be missing. */
		if (hits.count != expected.count)
			assert_true(hits.unreadable > 0);
		if (hits.unreadable > 0) {
			assert_true(row_touches(&hits.last_unreadable,
						question.from, question.to));
			unreadable++;
		}
	}
	assert_true(unreadable > 0);
	assert_int_equal(day_damaged(day), 1);
	assert_int_equal(day_verify(day), LZ_E_CHECKSUM);
	assert_int_equal(day_damaged(day), 1);
	day_close(day);
}

static void
test_damage(void **state)
{
	struct sealed sealed = seal_rows(true, 20, ROWS);
	size_t length;
	uint8_t *bytes = read_file(&sealed, &length);
	uint8_t *copy = malloc(length);
	struct rng rng;

	(void)state;
	assert_non_null(copy);
	rng_init(&rng, 5);
	assert_true(sealed.facts.pages >= 8);
	for (size_t page = 0; page < sealed.facts.pages; page++) {
		memcpy(copy, bytes, length);
		damage_page(&sealed, copy, length, page, &rng);
	}
	/* Header and directory: the whole day is refused. */
	for (size_t i = 0; i < 400; i++) {
		size_t tail = DAY_HEADER_SIZE +
			      (size_t)sealed.facts.pages * DAY_PAGE_SIZE;
		size_t at = i < 88 ? i : tail + rng_below(&rng, length - tail);
		struct day *day = NULL;

		memcpy(copy, bytes, length);
		copy[at] ^= (uint8_t)(1u << rng_below(&rng, 8));
		assert_true(day_open_bytes(copy, length, &day) < 0);
	}
	free(copy);
	free(bytes);
	sealed_free(&sealed);
}

/* A file cut at any page, or torn in one, is no day. */
static void
test_cuts(void **state)
{
	struct sealed sealed = seal_rows(true, 30, ROWS);
	size_t length;
	uint8_t *bytes = read_file(&sealed, &length);

	(void)state;
	for (size_t cut = 0; cut < length; cut += DAY_PAGE_SIZE / 4) {
		struct day *day = NULL;

		assert_true(day_open_bytes(bytes, cut, &day) < 0);
	}
	for (size_t cut = 1; cut < 64; cut++) {
		struct day *day = NULL;

		assert_true(day_open_bytes(bytes, length - cut, &day) < 0);
	}
	free(bytes);
	sealed_free(&sealed);
}

static void
test_refuses(void **state)
{
	struct sealed sealed = seal_rows(true, 40, 100);
	struct day *day = NULL;
	uint32_t number;

	(void)state;
	assert_int_equal(day_open(sealed.folder_fd, DAY + 1, &day),
			 -2 /* ENOENT */);
	assert_int_equal(day_name_parse("day-2026-02-17.bindings", &number), 0);
	assert_int_equal(number, 20501);
	assert_int_equal(day_name_parse("day-2026-02-30.bindings", &number),
			 LZ_E_FORMAT);
	assert_int_equal(day_name_parse("day-2026-2-17.bindings", &number),
			 LZ_E_FORMAT);
	assert_int_equal(day_name_parse("night", &number), LZ_E_FORMAT);
	sealed_free(&sealed);
}

/* Rows out of order would be lost to every search. */
static void
test_order(void **state)
{
	struct sealed sealed = seal_rows(true, 50, 2000);
	struct day_writer *writer = day_writer_new(-1, DAY);

	(void)state;
	assert_non_null(writer);
	assert_int_equal(day_writer_add(writer, &sealed.samples[1].shape,
					&sealed.samples[1].row),
			 0);
	assert_int_equal(day_writer_add(writer, &sealed.samples[1].shape,
					&sealed.samples[0].row),
			 LZ_E_STATE);
	day_writer_free(writer);
	sealed_free(&sealed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip), cmocka_unit_test(test_search),
	    cmocka_unit_test(test_damage),     cmocka_unit_test(test_cuts),
	    cmocka_unit_test(test_refuses),    cmocka_unit_test(test_order),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
