/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers: however an exporter counts, what is lost is counted
 * exactly, what was overtaken is taken back, and a leap is somebody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/rng.h"
#include "flow/sequence.h"

/* An exporter that counts in one of the ways. */
struct exporter {
	enum sequence_way way;
	uint32_t next; /* number of the next datagram, records of it aside */
};

static const enum flow_protocol protocols[] = {FLOW_NETFLOW5, FLOW_NETFLOW9,
					       FLOW_IPFIX};

static uint32_t
weight_of(const struct exporter *exporter,
	  const struct sequence_records *records)
{
	switch (exporter->way) {
	case SEQUENCE_DATAGRAMS:
		return 1;
	case SEQUENCE_PRIOR:
	case SEQUENCE_WITH:
		return records->all;
	default:
		return records->flows;
	}
}

static uint32_t
number_of(struct exporter *exporter, const struct sequence_records *records)
{
	uint32_t weight = weight_of(exporter, records);
	uint32_t number = exporter->next;

	exporter->next += weight;
	if (exporter->way == SEQUENCE_WITH ||
	    exporter->way == SEQUENCE_WITH_FLOWS)
		number += weight;
	return number;
}

static struct sequence_records
some_records(struct rng *rng)
{
	struct sequence_records records = {0};

	records.flows = 1 + (uint32_t)rng_below(rng, 90);
	records.all = records.flows + (uint32_t)rng_below(rng, 3);
	return records;
}

/* Each way, over both protocols, with and without loss and overtaking. */
static void
every_way_is_learnt(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 17);
	for (unsigned run = 0; run < 3 * SEQUENCE_WAYS * 20; run++) {
		const enum flow_protocol protocol = protocols[run % 3];
		struct exporter exporter = {.way = run / 3 % SEQUENCE_WAYS,
					    .next = (uint32_t)rng_u64(&rng) |
						    1u << 20};
		struct sequence sequence = {0};
		int64_t lost = 0, counted = 0;

		for (unsigned i = 0; i < 500; i++) {
			struct sequence_records records = some_records(&rng);
			uint32_t number = number_of(&exporter, &records);

			/* Once it is known how this one counts. */
			if (i > 20 && i < 490 && rng_below(&rng, 20) == 0) {
				lost += weight_of(&exporter, &records);
				continue;
			}
			assert_int_equal(sequence_before(&sequence, protocol,
							 number),
					 SEQUENCE_GOES_ON);
			counted += sequence_after(&sequence, protocol, number,
						  &records);
			if (i < 20)
				assert_int_equal(counted, 0);
		}
		assert_int_equal(counted, lost);
	}
}

static void
what_was_overtaken_is_not_lost(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const enum flow_protocol protocol = protocols[i];
		const bool v9 = protocol == FLOW_NETFLOW9;
		struct exporter exporter = {.way = v9 ? SEQUENCE_DATAGRAMS
						      : SEQUENCE_PRIOR,
					    .next = UINT32_MAX - 200};
		const struct sequence_records records = {100, 100, false};
		struct sequence sequence = {0};
		int32_t counted = 0;
		uint32_t numbers[12];

		for (unsigned j = 0; j < 12; j++)
			numbers[j] = number_of(&exporter, &records);
		numbers[5] ^= numbers[6];
		numbers[6] ^= numbers[5];
		numbers[5] ^= numbers[6];
		for (unsigned j = 0; j < 12; j++) {
			assert_int_equal(sequence_before(&sequence, protocol,
							 numbers[j]),
					 SEQUENCE_GOES_ON);
			counted += sequence_after(&sequence, protocol,
						  numbers[j], &records);
		}
		assert_int_equal(counted, 0);
	}
}

static void
a_leap_is_somebody_else(void **state)
{
	const struct sequence_records records = {20, 20, false};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const enum flow_protocol protocol = protocols[i];
		const bool v9 = protocol == FLOW_NETFLOW9;
		struct sequence sequence = {0};

		(void)sequence_after(&sequence, protocol, 1u << 30, &records);
		assert_int_equal(sequence_before(&sequence, protocol, 1u << 29),
				 SEQUENCE_FOREIGN);
		assert_int_equal(sequence_before(&sequence, protocol,
						 (1u << 30) + (1u << 25)),
				 SEQUENCE_FOREIGN);
		/* Who counts records begins at zero again. */
		assert_int_equal(sequence_before(&sequence, protocol, 0),
				 v9 ? SEQUENCE_FOREIGN : SEQUENCE_ANEW);
		sequence_reset(&sequence);
		assert_int_equal(sequence_before(&sequence, protocol, 7),
				 SEQUENCE_GOES_ON);
		assert_int_equal(sequence_after(&sequence, protocol, 7,
						&records),
				 0);
	}
}

/* IPFIX: nobody can say how many records were in what wasn't decoded. */
static void
undecoded_records_are_not_lost(void **state)
{
	const struct sequence_records some = {20, 20, false};
	const struct sequence_records unsure = {5, 5, true};
	struct sequence sequence = {0};

	(void)state;
	assert_int_equal(sequence_after(&sequence, FLOW_IPFIX, 1000, &some), 0);
	assert_int_equal(sequence_after(&sequence, FLOW_IPFIX, 1020, &unsure),
			 0);
	assert_int_equal(sequence_before(&sequence, FLOW_IPFIX, 1100),
			 SEQUENCE_GOES_ON);
	assert_int_equal(sequence_after(&sequence, FLOW_IPFIX, 1100, &some), 0);
	assert_int_equal(sequence_after(&sequence, FLOW_IPFIX, 1125, &some), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_way_is_learnt),
	    cmocka_unit_test(what_was_overtaken_is_not_lost),
	    cmocka_unit_test(a_leap_is_somebody_else),
	    cmocka_unit_test(undecoded_records_are_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
