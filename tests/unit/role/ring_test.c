/* SPDX-License-Identifier: Apache-2.0 */
/* The ring between two threads: order, contents, its end, fullness. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "role/ring.h"

#define PASSED_ON 400000
#define SEED 7

/* Everything about the n-th follows from n: both sides know it. */
static void
datagram_make(struct rng *rng, uint64_t n, uint8_t *bytes,
	      struct flow_datagram *datagram)
{
	const size_t length = n % 1000 ? (size_t)rng_below(rng, 1500)
				       : RING_DATAGRAM_MAX;

	memset(bytes, (int)(n & 0xff), length);
	*datagram = (struct flow_datagram){.source = addr_from_v4((uint32_t)n),
					   .source_port = (uint16_t)n,
					   .arrival = {(int64_t)n},
					   .bytes = bytes,
					   .length = length};
}

static void
datagram_compare(const struct flow_datagram *got,
		 const struct flow_datagram *wanted)
{
	assert_int_equal(got->arrival.us, wanted->arrival.us);
	assert_int_equal(got->source_port, wanted->source_port);
	assert_true(addr_equal(&got->source, &wanted->source));
	assert_int_equal(got->length, wanted->length);
	assert_memory_equal(got->bytes, wanted->bytes, got->length);
}

static void
test_empty_and_one(void **state)
{
	struct ring *ring = ring_new();
	uint8_t bytes[RING_DATAGRAM_MAX];
	struct flow_datagram in, out;
	struct rng rng;

	(void)state;
	assert_non_null(ring);
	assert_false(ring_peek(ring, &out));
	rng_init(&rng, SEED);
	for (uint64_t n = 0; n < 3; n++) { /* the first is the longest */
		datagram_make(&rng, n, bytes, &in);
		assert_true(ring_put(ring, &in));
		assert_true(ring_peek(ring, &out));
		datagram_compare(&out, &in);
		assert_true(ring_peek(ring, &out)); /* it stays until popped */
		ring_pop(ring);
		assert_false(ring_peek(ring, &out));
	}
	in.length = 0;
	assert_true(ring_put(ring, &in));
	assert_true(ring_peek(ring, &out));
	assert_int_equal(out.length, 0);
	ring_free(ring);
}

/* Full drops the newest, and room comes back; several times around. */
static void
test_full(void **state)
{
	struct ring *ring = ring_new();
	uint8_t bytes[RING_DATAGRAM_MAX];
	struct flow_datagram in, out;
	uint64_t put = 0, taken = 0;
	struct rng writing, reading;

	(void)state;
	assert_non_null(ring);
	rng_init(&writing, SEED);
	rng_init(&reading, SEED);
	for (unsigned round = 0; round < 3; round++) {
		struct rng before = writing;

		for (;; put++) {
			before = writing;
			datagram_make(&writing, put, bytes, &in);
			if (!ring_put(ring, &in))
				break;
		}
		writing = before; /* the same once more, when there is room */
		/* 64 MiB of some 750 bytes and their heads each */
		assert_in_range(put - taken, 40000, 100000);
		while (taken < put - 10000) {
			datagram_make(&reading, taken, bytes, &in);
			assert_true(ring_peek(ring, &out));
			datagram_compare(&out, &in);
			ring_pop(ring);
			taken++;
		}
	}
	ring_free(ring);
}

struct passing {
	struct ring *ring;
	uint64_t full;
};

static void *
write_all(void *context)
{
	struct passing *passing = context;
	uint8_t bytes[RING_DATAGRAM_MAX];
	struct flow_datagram datagram;
	struct rng rng;

	rng_init(&rng, SEED);
	for (uint64_t n = 0; n < PASSED_ON; n++) {
		datagram_make(&rng, n, bytes, &datagram);
		while (!ring_put(passing->ring, &datagram)) {
			passing->full++;
			sched_yield();
		}
	}
	return NULL;
}

static void
test_two_threads(void **state)
{
	struct passing passing = {ring_new(), 0};
	uint8_t bytes[RING_DATAGRAM_MAX];
	struct flow_datagram wanted, got;
	pthread_t writer;
	struct rng rng;

	(void)state;
	assert_non_null(passing.ring);
	assert_int_equal(pthread_create(&writer, NULL, write_all, &passing), 0);
	rng_init(&rng, SEED);
	for (uint64_t n = 0; n < PASSED_ON; n++) {
		datagram_make(&rng, n, bytes, &wanted);
		while (!ring_peek(passing.ring, &got))
			sched_yield();
		datagram_compare(&got, &wanted);
		ring_pop(passing.ring);
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_false(ring_peek(passing.ring, &got));
	ring_free(passing.ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty_and_one),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
