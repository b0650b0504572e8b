/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case a21 from the wire to an answer: datagrams, events, leases, bindings, and
 * who held the port; and what a datagram lost on the way does to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "crypto/sha256.h"
#include "flow/capture.h"
#include "flow/decoder.h"
#include "ident/binding_table.h"
#include "ident/identify.h"
#include "lease/nat.h"

#define SOURCE_LIST 1
#define SOURCE_NAT 2
/* 2024-06-20T12:00:00Z */
#define NOON_US INT64_C(1718884800000000)

static char folder[4096];

struct bench {
	struct binding_table *table;
	struct flow_decoder *decoder;
	struct nat *nat;
	struct nat_source source;
	uint64_t refused, gaps;
	uint32_t skip; /* added to sequence numbers from the second datagram */
};

static void
feed(struct bench *bench, uint16_t source, const struct lease_event *event)
{
	struct tracker_store store = binding_table_store(bench->table);

	assert_int_equal(
	    tracker_event(&store, binding_table_source(bench->table, source),
			  event),
	    0);
}

static void
take_lease(void *context, const struct lease_event *event)
{
	struct bench *bench = context;

	bench->gaps += event->kind == LEASE_GAP;
	feed(bench, SOURCE_NAT, event);
}

static void
take_refusal(void *context, uint64_t offset, const char *reason)
{
	struct bench *bench = context;

	(void)offset;
	(void)reason;
	bench->refused++;
}

static void
take_events(void *context, const struct nat_event *events, size_t count)
{
	struct bench *bench = context;

	assert_int_equal(nat_gather(bench->nat, events, count), 0);
}

static void
take_word(void *context, const struct nat_word *word)
{
	struct bench *bench = context;
	const struct lease_output output = {take_lease, take_refusal, bench};

	nat_settle(bench->nat, word, &bench->source, &output);
}

static void
no_flows(void *context, const struct flow_record *records, size_t count)
{
	(void)context;
	(void)records;
	assert_int_equal(count, 0);
}

/* The inside address is a subscriber's, by a static list. */
static void
begin(struct bench *bench)
{
	static const struct flow_conf conf = {.key = {3, 4}};
	const struct tracker_source list = {.number = SOURCE_LIST,
					    .complete = true,
					    .assigned = true,
					    .gap = times_unset()};
	const struct tracker_source nat = {.number = SOURCE_NAT,
					   .complete = true,
					   .gap = times_unset()};
	struct lease_event event = {.kind = LEASE_WHOLE,
				    .holder = "account:sub-5",
				    .subject_count = 1,
				    .at = {NOON_US + TIMES_DAY_US},
				    .start = {NOON_US - TIMES_DAY_US},
				    .end = times_unset(),
				    .sure = times_unset()};
	const struct nat_output output = {take_events, take_word, bench};

	bench->table = binding_table_new();
	bench->decoder = flow_decoder_new(&conf);
	bench->nat = nat_new();
	assert_true(bench->table && bench->decoder && bench->nat);
	assert_int_equal(binding_table_set_source(bench->table, &list), 0);
	assert_int_equal(binding_table_set_source(bench->table, &nat), 0);
	flow_decoder_nat(bench->decoder, &output);
	assert_int_equal(subject_parse(slice_of("100.64.0.5"),
				       &event.subjects[0].subject),
			 0);
	feed(bench, SOURCE_LIST, &event);
}

static void
end(struct bench *bench)
{
	binding_table_free(bench->table);
	flow_decoder_free(bench->decoder);
	nat_free(bench->nat);
}

static void
read_capture(struct bench *bench, unsigned most)
{
	char path[8192], why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *frame;
	pcap_t *pcap;

	snprintf(path, sizeof(path), "%s/a21_ipfix_nat_events.pcap", folder);
	pcap = pcap_open_offline(path, why);
	assert_non_null(pcap);
	for (unsigned i = 0;
	     i < most && pcap_next_ex(pcap, &header, &frame) == 1; i++) {
		struct flow_datagram datagram;
		struct capture_udp udp;
		uint8_t bytes[2048];

		assert_int_equal(capture_udp((uint32_t)pcap_datalink(pcap),
					     frame, header->caplen, &udp),
				 0);
		assert_true(udp.length >= 16 && udp.length <= sizeof(bytes));
		memcpy(bytes, udp.payload, udp.length);
		if (i > 0)
			bytes[11] = (uint8_t)(bytes[11] + bench->skip);
		datagram = (struct flow_datagram){
		    .source = udp.src,
		    .source_port = udp.sport,
		    .arrival = {(int64_t)header->ts.tv_sec * TIMES_SECOND_US +
				header->ts.tv_usec},
		    .bytes = bytes,
		    .length = udp.length};
		nat_speaker(bench->source.speaker, &udp.src, 1);
		bench->source.arrival = datagram.arrival;
		bench->source.origin = (uint64_t)(i + 1) << 16;
		(void)flow_decoder_datagram(bench->decoder, &datagram, no_flows,
					    NULL);
	}
	pcap_close(pcap);
	assert_int_equal(bench->refused, 0);
}

static struct identity_answer
ask(struct bench *bench, int32_t port, int64_t after_s)
{
	struct binding_cursor cursor = binding_table_cursor(bench->table);
	const struct identity_question question = {
	    .addr = addr_from_v4(0xcb007128),
	    .port = port,
	    .first = {NOON_US + after_s * TIMES_SECOND_US},
	    .last = {NOON_US + after_s * TIMES_SECOND_US},
	    .error_us = TIMES_SECOND_US};
	struct identity_answer answer;

	identify(&cursor, &question, &answer);
	return answer;
}

static void
the_holder_is_behind_the_port(void **state)
{
	struct bench bench = {0};
	struct identity_answer answer;

	(void)state;
	begin(&bench);
	read_capture(&bench, 2);
	assert_int_equal(bench.gaps, 1); /* nothing is known of before */
	answer = ask(&bench, 2001, 120);
	assert_int_equal(answer.certainty, CERTAINTY_CERTAIN);
	assert_string_equal(
	    party_table_label(binding_table_parties(bench.table), answer.party),
	    "account:sub-5");
	/* After its end, before its beginning, beside it. */
	assert_int_equal(ask(&bench, 2001, 400).certainty, CERTAINTY_NOBODY);
	assert_int_equal(ask(&bench, 2001, -100).certainty, CERTAINTY_NOBODY);
	assert_int_equal(ask(&bench, 2002, 120).certainty, CERTAINTY_NOBODY);
	/* Without a port nobody is named. */
	assert_int_equal(ask(&bench, -1, 120).certainty, CERTAINTY_AMBIGUOUS);
	end(&bench);
}

/* Its end isn't known yet: probable, until the translator has spoken on. */
static void
an_open_one_waits_for_word(void **state)
{
	struct bench bench = {0};

	(void)state;
	begin(&bench);
	read_capture(&bench, 1);
	assert_int_equal(ask(&bench, 2001, 120).certainty, CERTAINTY_PROBABLE);
	end(&bench);
}

/* Three events between its beginning and its end were lost: another may have
 * held it, and never is that called certain. */
static void
what_was_lost_costs_certainty(void **state)
{
	struct bench bench = {.skip = 3};

	(void)state;
	begin(&bench);
	read_capture(&bench, 2);
	assert_int_equal(bench.gaps, 2);
	assert_int_equal(ask(&bench, 2001, 120).certainty, CERTAINTY_PROBABLE);
	end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_holder_is_behind_the_port),
	    cmocka_unit_test(an_open_one_waits_for_word),
	    cmocka_unit_test(what_was_lost_costs_certainty),
	};
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");

	if (shared)
		snprintf(folder, sizeof(folder), "%s/cases", shared);
	else
		snprintf(folder, sizeof(folder), "%s/../shared/cases",
			 source ? source : ".");
	if (access(folder, R_OK) != 0) {
		puts("skipped: no test material (LAZARET_SHARED)");
		return 77;
	}
	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
