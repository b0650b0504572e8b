/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as people have them: packed or not, cut off, of another kind, and such
 * that swell to much more than they seem.  The same text gives the same records
 * whatever it is packed in; what can't be read is named.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "role/generate.h"
#include "role/input.h"

#define ROWS 3000
#define ROW_SIZE 128
#define BOMB_BYTES (UINT64_C(96) << 20)
#define BOMB_PACKED_MAX (1 << 20)
#define BOMB_MEMORY_KB_MAX (32L << 10)

static const char header[] =
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,"
    "TotPkts,TotBytes,SrcBytes,Label\n";

static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
			      ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
#define FILTER_COUNT (sizeof(filters) / sizeof(filters[0]))

struct stand {
	char folder[32], path[64];
	char *text; /* Argus, ROWS rows */
	size_t length;
};

struct counted {
	uint64_t records, packets;
	uint64_t done, total; /* as progress was told last */
};

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct counted *counted = context;

	for (size_t i = 0; i < count; i++)
		counted->packets += records[i].packets;
	counted->records += count;
}

static void
progress(void *context, uint64_t done, uint64_t total)
{
	struct counted *counted = context;

	assert_true(done >= counted->done);
	assert_true(done <= total);
	counted->done = done;
	counted->total = total;
}

static int
read_as(const struct stand *stand, enum input_format format,
	struct counted *counted, struct input_result *result)
{
	const struct flow_conf flow = {.exporter_count = 0};
	struct input_conf conf = {.format = format,
				  .decoder = flow_decoder_new(&flow),
				  .sink = take,
				  .progress = progress,
				  .context = counted};
	int error;

	assert_non_null(conf.decoder);
	memset(counted, 0, sizeof(*counted));
	error = input_file(stand->path, &conf, result);
	flow_decoder_free(conf.decoder);
	return error;
}

static int
read_stand(const struct stand *stand, struct counted *counted,
	   struct input_result *result)
{
	return read_as(stand, INPUT_AUTO, counted, result);
}

static void
write_plain(const struct stand *stand, const void *bytes, size_t length,
	    const char *mode)
{
	FILE *file = fopen(stand->path, mode);

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* `bytes`, then `zeros` bytes of 'x', through a filter of libarchive's. */
static void
write_packed(const char *path, int filter, const char *bytes, size_t length,
	     uint64_t zeros)
{
	static char filling[1 << 16];
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_non_null(archive);
	assert_non_null(entry);
	memset(filling, 'x', sizeof(filling));
	assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path),
			 ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "data");
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, bytes, length), length);
	for (uint64_t done = 0; done < zeros; done += sizeof(filling))
		assert_int_equal(archive_write_data(archive, filling,
						    sizeof(filling)),
				 sizeof(filling));
	archive_entry_free(entry);
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

static void
write_text(const struct stand *stand, int filter)
{
	write_packed(stand->path, filter, stand->text, stand->length, 0);
}

static off_t
size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_size;
}

static int
setup(void **state)
{
	struct stand *stand = calloc(1, sizeof(*stand));
	const size_t room = sizeof(header) + ROWS * ROW_SIZE;

	assert_non_null(stand);
	snprintf(stand->folder, sizeof(stand->folder), "/tmp/lz-input-XXXXXX");
	assert_non_null(mkdtemp(stand->folder));
	snprintf(stand->path, sizeof(stand->path), "%s/flows", stand->folder);
	stand->text = malloc(room);
	assert_non_null(stand->text);
	stand->length = sizeof(header) - 1;
	memcpy(stand->text, header, stand->length);
	for (unsigned i = 0; i < ROWS; i++)
		stand->length += (size_t)snprintf(
		    stand->text + stand->length, ROW_SIZE,
		    "2024/06/20 10:%02u:%02u.%06u,1.5,udp,192.0.2.%u,%u,->,"
		    "198.51.100.9,53,INT,0,,2,%u,%u,background\n",
		    i / 60, i % 60, (i * 7919) % 1000000, i % 250 + 1, 1024 + i,
		    120 + i % 7, 120 + i % 7);
	*state = stand;
	return 0;
}

static int
teardown(void **state)
{
	struct stand *stand = *state;

	unlink(stand->path);
	rmdir(stand->folder);
	free(stand->text);
	free(stand);
	return 0;
}

static void
packing_changes_nothing(void **state)
{
	const struct stand *stand = *state;
	struct input_result result;
	struct counted counted;

	for (size_t i = 0; i < FILTER_COUNT; i++) {
		write_text(stand, filters[i]);
		assert_int_equal(read_stand(stand, &counted, &result), 0);
		assert_int_equal(result.format, INPUT_ARGUS);
		assert_int_equal(result.text.rows, ROWS);
		assert_int_equal(result.text.refused, 0);
		assert_int_equal(counted.records, ROWS);
		assert_int_equal(counted.packets, 2 * ROWS);
		assert_int_equal(counted.total, size_of(stand->path));
		assert_int_equal(counted.done, counted.total);
	}
}

/* As made by `cat a.gz b.gz`, the header in the first alone. */
static void
files_put_together_are_read_whole(void **state)
{
	const struct stand *stand = *state;
	const size_t half = stand->length / 2;
	struct input_result result;
	struct counted counted;
	char *second;
	char path[80];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s.second", stand->path);
	for (size_t i = 1; i < FILTER_COUNT; i++) {
		write_packed(stand->path, filters[i], stand->text, half, 0);
		write_packed(path, filters[i], stand->text + half,
			     stand->length - half, 0);
		length = (size_t)size_of(path);
		second = malloc(length);
		file = fopen(path, "rb");
		assert_non_null(second);
		assert_non_null(file);
		assert_int_equal(fread(second, 1, length, file), length);
		fclose(file);
		write_plain(stand, second, length, "ab");
		free(second);
		assert_int_equal(read_stand(stand, &counted, &result), 0);
		assert_int_equal(counted.records, ROWS);
	}
	unlink(path);
}

/* Cut anywhere: what is missing is said, with the file's name. */
static void
cut_off_is_said(void **state)
{
	static const unsigned eighths[] = {7, 4, 1};
	const struct stand *stand = *state;
	struct input_result result;
	struct counted counted;
	off_t whole;

	for (size_t i = 1; i < FILTER_COUNT; i++) {
		for (size_t k = 0; k < 3; k++) {
			write_text(stand, filters[i]);
			whole = size_of(stand->path);
			assert_int_equal(truncate(stand->path,
						  whole * eighths[k] / 8),
					 0);
			assert_int_equal(read_stand(stand, &counted, &result),
					 LZ_E_FORMAT);
			assert_true(counted.records < ROWS);
			assert_non_null(strstr(result.message, stand->path));
			assert_true(strlen(result.message) >
				    strlen(stand->path) + 2);
		}
	}
}

/* Bytes that unpack to other ones: they would name somebody else. */
static void
damage_is_said(void **state)
{
	const struct stand *stand = *state;
	struct input_result result;
	struct counted counted;
	FILE *file;

	for (size_t i = 1; i < FILTER_COUNT; i++) {
		write_text(stand, filters[i]);
		file = fopen(stand->path, "r+b");
		assert_non_null(file);
		assert_int_equal(fseek(file, (long)(size_of(stand->path) / 2),
				       SEEK_SET),
				 0);
		assert_true(fputs("damage, damage", file) >= 0);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(read_stand(stand, &counted, &result),
				 LZ_E_FORMAT);
		assert_non_null(strstr(result.message, stand->path));
	}
}

/*
 * One line without end: it is refused, once, and neither the packed nor the
 * unpacked size is ever in memory.
 */
static void
what_swells_stays_small_in_memory(void **state)
{
	const struct stand *stand = *state;
	struct rusage before, after;
	struct input_result result;
	struct counted counted;

	for (size_t i = 1; i < FILTER_COUNT; i++) {
		write_packed(stand->path, filters[i], stand->text,
			     stand->length, BOMB_BYTES);
		assert_true(size_of(stand->path) < BOMB_PACKED_MAX);
		assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
		assert_int_equal(read_stand(stand, &counted, &result), 0);
		assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
		assert_int_equal(counted.records, ROWS);
		assert_int_equal(result.text.refused, 1);
		assert_true(after.ru_maxrss - before.ru_maxrss <
			    BOMB_MEMORY_KB_MAX);
	}
}

static void
refuses(const struct stand *stand, int expected, const char *words)
{
	struct input_result result;
	struct counted counted;

	assert_int_equal(read_stand(stand, &counted, &result), expected);
	assert_int_equal(counted.records, 0);
	if (!strstr(result.message, words))
		fail_msg("\"%s\" says nothing of \"%s\"", result.message,
			 words);
	assert_non_null(strstr(result.message, stand->path));
}

static void
what_is_no_flow_file_is_refused(void **state)
{
	static const char nfdump[] = "\x0c\xa5\x02\x00rest of the file";
	static const char zeek[] = "#separator \\x09\n#fields\tts\n";
	const struct stand *stand = *state;

	unlink(stand->path);
	refuses(stand, -ENOENT, "No such file");
	assert_int_equal(mkdir(stand->path, 0700), 0);
	refuses(stand, -EISDIR, "is a folder");
	assert_int_equal(rmdir(stand->path), 0);
	write_plain(stand, "", 0, "wb");
	refuses(stand, LZ_E_FORMAT, "is empty");
	write_packed(stand->path, ARCHIVE_FILTER_GZIP, "", 0, 0);
	refuses(stand, LZ_E_FORMAT, "is empty");
	write_plain(stand, "%PDF-1.7\n", 9, "wb");
	refuses(stand, LZ_E_UNSUPPORTED, "not recognised");
	write_plain(stand, nfdump, sizeof(nfdump), "wb");
	refuses(stand, LZ_E_UNSUPPORTED, "nfdump");
	write_packed(stand->path, ARCHIVE_FILTER_ZSTD, zeek, sizeof(zeek), 0);
	refuses(stand, LZ_E_FORMAT, "no conn.log");
	write_plain(stand, "StartTime,Proto,SrcAddr\n1,udp,192.0.2.1\n", 40,
		    "wb");
	refuses(stand, LZ_E_UNSUPPORTED, "not recognised");
}

static void
text_goes_to_its_reader(void **state)
{
	static const struct {
		enum input_format format;
		const char *text;
	} files[] = {
	    {INPUT_NFDUMP,
	     "ts,te,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt\n"
	     "2024-06-20 10:00:00,2024-06-20 10:00:00,0.000,192.0.2.7,"
	     "192.0.2.8,1,2,UDP,3,180,4,240\nbad\n"},
	    {INPUT_ZEEK,
	     "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\t"
	     "id.orig_p\tid.resp_h\tid.resp_p\tproto\torig_pkts\t"
	     "resp_pkts\n"
	     "1\t192.0.2.7\t1\t192.0.2.8\t2\tudp\t3\t4\nbad\n"},
	    {INPUT_ZEEK,
	     "{\"ts\":1,\"id.orig_h\":\"192.0.2.7\",\"id.orig_p\":1,"
	     "\"id.resp_h\":\"192.0.2.8\",\"id.resp_p\":2,"
	     "\"proto\":\"udp\",\"orig_pkts\":3,\"resp_pkts\":4}\n{\n"},
	};
	const struct stand *stand = *state;
	struct input_result result;
	struct counted counted;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_packed(stand->path, ARCHIVE_FILTER_ZSTD, files[i].text,
			     strlen(files[i].text), 0);
		assert_int_equal(read_as(stand, files[i].format, &counted,
					 &result),
				 0);
		assert_int_equal(read_stand(stand, &counted, &result), 0);
		assert_int_equal(result.format, files[i].format);
		assert_int_equal(counted.records, 2);
		assert_int_equal(counted.packets, 7);
		assert_int_equal(result.text.rows, 1);
		assert_int_equal(result.text.by_reason[TEXT_COLUMNS], 1);
		assert_int_equal(read_as(stand, INPUT_ARGUS, &counted, &result),
				 LZ_E_FORMAT);
	}
}

static void
a_format_asked_for_must_be_it(void **state)
{
	const struct stand *stand = *state;
	struct input_result result;
	struct counted counted;

	write_text(stand, ARCHIVE_FILTER_XZ);
	assert_int_equal(read_as(stand, INPUT_ARGUS, &counted, &result), 0);
	assert_int_equal(counted.records, ROWS);
	assert_int_equal(read_as(stand, INPUT_DATAGRAMS, &counted, &result),
			 LZ_E_FORMAT);
	assert_int_equal(counted.records, 0);
}

/* The invented provider's capture: whole, packed, cut within a frame. */
static void
captures_unpack_as_text_does(void **state)
{
	const struct stand *stand = *state;
	struct generate_result made;
	struct input_result result;
	struct counted counted;
	struct isp_conf isp;
	char *bytes;
	size_t length;
	FILE *file;

	isp_conf_init(&isp);
	isp.lines = ISP_LINES_MIN;
	isp.duration_us = 20 * TIMES_SECOND_US;
	isp.quiet_us = 10 * TIMES_SECOND_US;
	assert_int_equal(generate_capture(stand->path, &isp, &made), 0);
	length = (size_t)size_of(stand->path);
	bytes = malloc(length);
	file = fopen(stand->path, "rb");
	assert_non_null(bytes);
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, length, file), length);
	fclose(file);
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		write_packed(stand->path, filters[i], bytes, length, 0);
		assert_int_equal(read_stand(stand, &counted, &result), 0);
		assert_int_equal(result.format, INPUT_DATAGRAMS);
		assert_int_equal(result.frames, made.datagrams);
		assert_int_equal(result.not_flow, 0);
		assert_int_equal(counted.records, made.records);
		write_packed(stand->path, filters[i], bytes, length - 5, 0);
		assert_int_equal(read_stand(stand, &counted, &result),
				 LZ_E_FORMAT);
		assert_int_equal(result.frames, made.datagrams - 1);
	}
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packing_changes_nothing),
	    cmocka_unit_test(files_put_together_are_read_whole),
	    cmocka_unit_test(cut_off_is_said),
	    cmocka_unit_test(damage_is_said),
	    cmocka_unit_test(what_swells_stays_small_in_memory),
	    cmocka_unit_test(what_is_no_flow_file_is_refused),
	    cmocka_unit_test(text_goes_to_its_reader),
	    cmocka_unit_test(a_format_asked_for_must_be_it),
	    cmocka_unit_test(captures_unpack_as_text_does),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
