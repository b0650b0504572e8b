/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are read: packed ones give what the plain one gives, cut ones are
 * named as damaged, and what unpacks to very much takes no more memory.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "role/generate.h"
#include "role/input.h"

#define BOMB_BYTES ((size_t)256 << 20)

static char folder[] = "/tmp/lz-input-XXXXXX";

struct read_back {
	uint64_t records;
	uint64_t last_done, total;
	uint64_t sum; /* over all records, in their order */
};

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct read_back *back = context;

	for (size_t i = 0; i < count; i++)
		back->sum = back->sum * 31 + (uint64_t)records[i].start.us +
			    records[i].packets + records[i].sport;
	back->records += count;
}

static void
progress(void *context, uint64_t done, uint64_t total)
{
	struct read_back *back = context;

	assert_true(done >= back->last_done);
	back->last_done = done;
	back->total = total;
}

static int
read_file(const char *path, struct read_back *back, struct input_result *result)
{
	const struct flow_conf conf = {0};
	struct flow_decoder *decoder;
	struct input_conf input = {.format = INPUT_AUTO,
				   .sink = take,
				   .progress = progress,
				   .context = back};
	int error;

	decoder = flow_decoder_new(&conf);
	assert_non_null(decoder);
	input.decoder = decoder;
	*back = (struct read_back){0};
	error = input_file(path, &input, result);
	flow_decoder_free(decoder);
	return error;
}

static void
path_of(const char *name, char path[64])
{
	const int length = snprintf(path, 64, "%s/%s", folder, name);

	assert_in_range(length, 1, 63);
}

static void
pack(const char *from, const char *to, int (*filter)(struct archive *),
     size_t zeros)
{
	static char piece[65536];
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	FILE *file = from ? fopen(from, "r") : NULL;
	size_t length;

	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(filter(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, to), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	while (file && (length = fread(piece, 1, sizeof(piece), file)) > 0)
		assert_int_equal(archive_write_data(archive, piece, length),
				 length);
	memset(piece, '0', sizeof(piece));
	for (; zeros > 0; zeros -= sizeof(piece))
		assert_int_equal(archive_write_data(archive, piece,
						    sizeof(piece)),
				 sizeof(piece));
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	if (file)
		fclose(file);
}

static void
packed_is_as_plain(void **state)
{
	static const struct {
		const char *name;
		int (*filter)(struct archive *);
	} packers[] = {
	    {"f.gz", archive_write_add_filter_gzip},
	    {"f.xz", archive_write_add_filter_xz},
	    {"f.zst", archive_write_add_filter_zstd},
	};
	struct read_back plain, packed;
	struct input_result result;
	char from[64], to[64];

	(void)state;
	path_of("f.pcap", from);
	assert_int_equal(read_file(from, &plain, &result), 0);
	assert_int_equal(result.format, INPUT_DATAGRAMS);
	assert_true(plain.records > 1000);
	assert_int_equal(plain.last_done, plain.total);
	for (size_t i = 0; i < sizeof(packers) / sizeof(*packers); i++) {
		struct stat status;

		path_of(packers[i].name, to);
		pack(from, to, packers[i].filter, 0);
		assert_int_equal(read_file(to, &packed, &result), 0);
		assert_int_equal(packed.records, plain.records);
		assert_int_equal(packed.sum, plain.sum);
		/* Cut in the middle: what was there came, the rest is named. */
		assert_int_equal(stat(to, &status), 0);
		assert_int_equal(truncate(to, status.st_size / 2), 0);
		assert_int_equal(read_file(to, &packed, &result), LZ_E_FORMAT);
		assert_true(packed.records < plain.records);
		assert_non_null(strstr(result.message, packers[i].name));
	}
}

/* Most memory this process has used, kB. */
static long
peak_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %ld kB", &kb) == 1)
			break;
	fclose(file);
	return kb;
}

/* One row without an end, of 256 MiB, out of a quarter of a megabyte. */
static void
a_bomb_takes_no_memory(void **state)
{
	struct read_back back;
	struct input_result result;
	char head[64], bomb[64];
	const long before = peak_kb();
	FILE *file;
	int error;

	(void)state;
	path_of("head", head);
	path_of("bomb.gz", bomb);
	file = fopen(head, "w");
	assert_non_null(file);
	fputs("StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,"
	      "sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n",
	      file);
	assert_int_equal(fclose(file), 0);
	pack(head, bomb, archive_write_add_filter_gzip, BOMB_BYTES);
	error = read_file(bomb, &back, &result);
	assert_int_equal(back.records, 0);
	/* The row is refused and counted, or the file is. */
	assert_true(error != 0 || result.argus.refused > 0);
	assert_true(peak_kb() - before < 65536);
}

static void
what_cannot_be_read_is_named(void **state)
{
	struct read_back back;
	struct input_result result;
	char path[64];
	FILE *file;

	(void)state;
	path_of("absent", path);
	assert_int_equal(read_file(path, &back, &result), -ENOENT);
	assert_non_null(strstr(result.message, path));
	assert_int_equal(read_file(folder, &back, &result), -EISDIR);
	path_of("empty", path);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(read_file(path, &back, &result), LZ_E_FORMAT);
	assert_non_null(strstr(result.message, "is empty"));
}

static int
setup(void **state)
{
	struct generate_result result;
	struct isp_conf isp;
	char path[64];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	isp_conf_init(&isp);
	isp.lines = ISP_LINES_MIN;
	isp.start.us = INT64_C(1767607200000000);
	isp.duration_us = 20 * TIMES_SECOND_US;
	isp.quiet_us = 10 * TIMES_SECOND_US;
	path_of("f.pcap", path);
	return generate_capture(path, &isp, &result);
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packed_is_as_plain),
	    cmocka_unit_test(a_bomb_takes_no_memory),
	    cmocka_unit_test(what_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
