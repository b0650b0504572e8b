/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case c06 from the wire to the binding: one Start sent four times (exactly
 * again, with a new id and a delay, over another address) is one session, and
 * a packet with a wrong authenticator is nobody's word.
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
#include "ident/binding_table.h"
#include "lease/accounting.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"

/* 2024-06-20 08:00:00 UTC. */
#define EIGHT_US (INT64_C(1718870400) * TIMES_SECOND_US)
#define EVENTS_MAX 8
#define SOURCE 1

struct result {
	size_t genuine, wrong, event_count, refused_count;
	struct lease_event events[EVENTS_MAX];
	const char *refused[EVENTS_MAX];
	/* Answers to the first two packets. */
	uint8_t answers[2][RADIUS_PACKET_MAX];
	int lengths[2];
};

static char folder[4096];
static struct md5 *md5;

static void
take(void *context, const struct lease_event *event)
{
	struct result *result = context;

	assert_true(result->event_count < EVENTS_MAX);
	result->events[result->event_count++] = *event;
}

static void
take_refused(void *context, uint64_t offset, const char *reason)
{
	struct result *result = context;

	(void)offset;
	assert_true(result->refused_count < EVENTS_MAX);
	result->refused[result->refused_count++] = reason;
}

/* What a listener does with a datagram. */
static void
receive(struct result *result, const struct accounting_conf *conf,
	const struct capture_udp *udp, struct at_arrival arrival)
{
	const struct lease_output output = {take, take_refused, result};
	struct slice secret = slice_of("lazaret-test");
	uint8_t answer[RADIUS_PACKET_MAX];
	struct radius_packet packet;
	int length;

	assert_int_equal(radius_read(&packet, udp->payload, udp->length), 0);
	if (radius_verify_request(&packet, md5, secret) != RADIUS_GENUINE) {
		result->wrong++;
		return;
	}
	length = radius_build_accounting_response(answer, &packet, md5, secret);
	assert_int_equal(length, RADIUS_HEADER_SIZE);
	if (result->genuine < 2) {
		memcpy(result->answers[result->genuine], answer,
		       (size_t)length);
		result->lengths[result->genuine] = length;
	}
	result->genuine++;
	accounting_read(conf, udp->payload, udp->length, arrival, &udp->src, 0,
			&output);
}

static void
read_case(const struct accounting_conf *conf, struct result *result)
{
	char path[8192], why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *frame;
	pcap_t *pcap;

	snprintf(path, sizeof(path), "%s/c06_radius_retransmit.pcap", folder);
	pcap = pcap_open_offline(path, why);
	assert_non_null(pcap);
	memset(result, 0, sizeof(*result));
	while (pcap_next_ex(pcap, &header, &frame) == 1) {
		struct at_arrival arrival = {(int64_t)header->ts.tv_sec *
						 TIMES_SECOND_US +
					     header->ts.tv_usec};
		struct capture_udp udp;

		assert_int_equal(capture_udp((uint32_t)pcap_datalink(pcap),
					     frame, header->caplen, &udp),
				 0);
		receive(result, conf, &udp, arrival);
	}
	pcap_close(pcap);
}

static struct accounting_conf
conf_of_the_nas(void)
{
	struct accounting_conf conf = {.clock_bound_us = 30 * TIMES_SECOND_US};

	assert_int_equal(accounting_conf_holder(&conf, ACCOUNTING_USER), 0);
	return conf;
}

/* The second way to us belongs to the same NAS, as configured. */
static void
c06_is_one_session(void **state)
{
	struct accounting_conf conf = conf_of_the_nas();
	struct binding_table *table = binding_table_new();
	struct tracker_source source = {.number = SOURCE,
					.sessions_numbered = true,
					.gap = times_unset()};
	struct tracker_store store;
	struct result result;
	size_t rows = 0;

	(void)state;
	assert_non_null(table);
	assert_int_equal(accounting_conf_allow(&conf, slice_of("203.0.113.20")),
			 0);
	read_case(&conf, &result);
	assert_int_equal(result.genuine, 4);
	assert_int_equal(result.wrong, 1);
	assert_int_equal(result.refused_count, 0);
	assert_int_equal(result.event_count, 4);
	/* The same question gets the same answer. */
	assert_int_equal(result.lengths[0], result.lengths[1]);
	assert_memory_equal(result.answers[0], result.answers[1],
			    (size_t)result.lengths[0]);

	store = binding_table_store(table);
	assert_int_equal(binding_table_set_source(table, &source), 0);
	for (size_t i = 0; i < result.event_count; i++) {
		const struct lease_event *event = &result.events[i];

		assert_int_equal(event->kind, LEASE_START);
		assert_string_equal(event->speaker, "203.0.113.20");
		assert_string_equal(event->session, "S1");
		assert_string_equal(event->holder, "user:sub-a");
		assert_int_equal(event->subject_count, 1);
		/* The exact copy only knows when it came. */
		assert_true(event->at.us - event->error_us <= EIGHT_US &&
			    event->at.us >= EIGHT_US);
		assert_int_equal(event->at.us,
				 i == 1 ? EIGHT_US + 3 * TIMES_SECOND_US
					: EIGHT_US);
		assert_int_equal(
		    tracker_event(&store, binding_table_source(table, SOURCE),
				  event),
		    0);
	}
	for (size_t i = 0; i < binding_table_count(table); i++) {
		const struct binding *row = binding_table_row(table, i);

		if (!row || row->realm == TRACKER_REALM_NONE)
			continue;
		rows++;
		assert_int_equal(addr_v4(&row->subject.prefix.addr),
				 0xc0000214);
		assert_int_equal(row->start.us, EIGHT_US);
		assert_int_equal(row->end.us, INT64_MAX);
		assert_int_equal(row->marks & BINDING_CONFLICT, 0);
	}
	assert_int_equal(rows, 1);
	binding_table_free(table);
}

/* Without that, who comes from another address is another NAS. */
static void
c06_believes_no_unknown_way(void **state)
{
	struct accounting_conf conf = conf_of_the_nas();
	struct result result;

	(void)state;
	read_case(&conf, &result);
	assert_int_equal(result.event_count, 4);
	assert_string_equal(result.events[2].speaker, "203.0.113.20");
	assert_string_equal(result.events[3].speaker, "203.0.113.77");
	assert_int_equal(result.refused_count, 1);
	assert_string_equal(result.refused[0], "nas_not_its_own");
}

static int
begin(void **state)
{
	(void)state;
	if (crypto_init() != 0)
		return -1;
	md5 = md5_new();
	return md5 ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	md5_free(md5);
	crypto_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(c06_is_one_session),
	    cmocka_unit_test(c06_believes_no_unknown_way),
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
	return cmocka_run_group_tests(tests, begin, end);
}
