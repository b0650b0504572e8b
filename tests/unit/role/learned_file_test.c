/* SPDX-License-Identifier: Apache-2.0 */
/* The file of what routers said: whole or not at all, damage is noticed. */
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

#include "flow/export.h"
#include "role/learned_file.h"

#define NOW_US INT64_C(1700000000000000)

static const struct flow_conf conf = {.key = {1, 2}};
static const struct at_arrival now = {NOW_US};
static char folder[] = "/tmp/lazaret-learned-XXXXXX";
static int folder_fd = -1;

static int
setup(void **state)
{
	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	return folder_fd >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	unlinkat(folder_fd, LEARNED_FILE_NAME, 0);
	unlinkat(folder_fd, LEARNED_FILE_NAME ".new", 0);
	close(folder_fd);
	return rmdir(folder);
}

static void
ignore(void *context, const struct flow_record *records, size_t count)
{
	(void)context;
	(void)records;
	(void)count;
}

/* A decoder that has heard one exporter's templates. */
static struct flow_decoder *
taught(void)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	struct flow_record record = {.src = addr_from_v4(0xc0000207),
				     .dst = addr_from_v4(0xc6336409),
				     .start = {NOW_US - 2000000},
				     .end = {NOW_US - 1000000},
				     .packets = 3,
				     .bytes = 180,
				     .proto = 6};
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	struct flow_datagram datagram = {.source = addr_from_v4(0xcb007101),
					 .arrival = now,
					 .bytes = bytes};
	struct flow_export export;

	assert_non_null(decoder);
	flow_export_init(&export, FLOW_IPFIX, 1, 1, NOW_US - TIMES_HOUR_US);
	flow_export_datagram(&export, (struct at_event){NOW_US}, &record, 1,
			     bytes, &datagram.length);
	assert_int_equal(flow_decoder_datagram(decoder, &datagram, ignore,
					       NULL),
			 2); /* the flow, and what it says of sampling */
	return decoder;
}

static int
read_new(uint32_t *exporters)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	int error;

	assert_non_null(decoder);
	error = learned_file_read(folder_fd, now, decoder);
	*exporters = flow_decoder_exporter_count(decoder);
	flow_decoder_free(decoder);
	return error;
}

static void
test_there_and_back(void **state)
{
	struct flow_decoder *decoder = taught();
	struct stat status;
	uint32_t exporters;

	(void)state;
	assert_int_equal(read_new(&exporters), 0); /* nothing yet */
	assert_int_equal(exporters, 0);
	for (unsigned i = 0; i < 2; i++) { /* new, and in place of that */
		assert_int_equal(learned_file_write(folder_fd, now, decoder),
				 0);
		assert_int_equal(read_new(&exporters), 0);
		assert_int_equal(exporters, 1);
	}
	assert_int_equal(fstatat(folder_fd, LEARNED_FILE_NAME ".new", &status,
				 0),
			 -1);
	flow_decoder_free(decoder);
}

static void
test_damage(void **state)
{
	struct flow_decoder *decoder = taught();
	struct stat status;
	uint32_t exporters;
	char byte;
	int fd;

	(void)state;
	assert_int_equal(learned_file_write(folder_fd, now, decoder), 0);
	flow_decoder_free(decoder);
	fd = openat(folder_fd, LEARNED_FILE_NAME, O_RDWR);
	assert_int_equal(fstat(fd, &status), 0);
	for (off_t at = 0; at < status.st_size; at++) {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(read_new(&exporters), LZ_E_CHECKSUM);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(read_new(&exporters), 0);
	for (off_t length = status.st_size - 1; length >= 0; length--) {
		assert_int_equal(ftruncate(fd, length), 0);
		assert_int_equal(read_new(&exporters), LZ_E_CHECKSUM);
	}
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_there_and_back, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
