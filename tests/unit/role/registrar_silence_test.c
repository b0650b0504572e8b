/* SPDX-License-Identifier: Apache-2.0 */
/* Which live inputs are silent: by the interval of each, and until heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "role/raw_record.h"
#include "role/registrar_silence.h"

#define MINUTE TIMES_MINUTE_US

static void
counts_by_interval(void **state)
{
	static struct registrar_client clients[1] = {
	    {.name = "bng1", .interim_us = 10 * MINUTE}};
	static struct registrar_sender senders[2] = {{.name = "cgn1"},
						     {.name = "cgn2"}};
	static struct registrar_exporter exporters[1] = {
	    {.name = "cgn3", .interim_us = 30 * MINUTE}};
	static struct registrar_conf conf;
	struct registrar_silence *silence;

	(void)state;
	conf.clients = clients;
	conf.client_count = 1;
	conf.senders = senders;
	conf.sender_count = 2;
	conf.exporters = exporters;
	conf.exporter_count = 1;
	silence = registrar_silence_new(&conf, MINUTE);
	assert_non_null(silence);
	assert_int_equal(registrar_silence_count(silence, 40 * MINUTE), 0);
	assert_int_equal(registrar_silence_count(silence, 41 * MINUTE), 1);
	/* A file's record is none of an input of these. */
	registrar_silence_heard(silence, RAW_FILE, 0, 42 * MINUTE);
	assert_int_equal(registrar_silence_count(silence, 42 * MINUTE), 1);
	registrar_silence_heard(silence, RAW_RADIUS, 0, 42 * MINUTE);
	assert_int_equal(registrar_silence_count(silence, 42 * MINUTE), 0);
	registrar_silence_heard(silence, RAW_SYSLOG, 1, 60 * MINUTE);
	assert_int_equal(registrar_silence_count(silence, 61 * MINUTE), 1);
	registrar_silence_heard(silence, RAW_RADIUS, 0, 120 * MINUTE);
	assert_int_equal(registrar_silence_count(silence, 121 * MINUTE), 3);
	registrar_silence_heard(silence, RAW_IPFIX, 0, 121 * MINUTE);
	assert_int_equal(registrar_silence_count(silence, 121 * MINUTE), 2);
	/* Beyond what is configured nothing is written. */
	registrar_silence_heard(silence, RAW_IPFIX, 1, 121 * MINUTE);
	assert_int_equal(registrar_silence_count(silence, 121 * MINUTE), 2);
	registrar_silence_free(silence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_by_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
