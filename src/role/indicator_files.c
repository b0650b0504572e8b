/* SPDX-License-Identifier: Apache-2.0 */
/* Indicator files from the disk: whole files, each bounded. */
#include "role/indicator_files.h"

#include <stdio.h>

#include "base/memory.h"

struct reading {
	const char *path;
	uint64_t refused;
};

static void
refuse(void *context, uint64_t line, const char *reason)
{
	struct reading *reading = context;

	reading->refused++;
	fprintf(stderr, "%s:%llu: %s\n", reading->path,
		(unsigned long long)line, reason);
}

static int
file_read(struct indicator_list *list, struct reading *reading)
{
	FILE *file = fopen(reading->path, "re");
	char *bytes = NULL;
	long length = -1;
	int taken = LZ_E_FORMAT;

	if (file && fseek(file, 0, SEEK_END) == 0)
		length = ftell(file);
	if (length >= 0 && length <= INDICATOR_FILE_BYTES_MAX)
		bytes = memory_new((size_t)length + 1, 1);
	if (bytes) {
		rewind(file);
		if (fread(bytes, 1, (size_t)length, file) == (size_t)length)
			taken = indicator_list_add_csv(list, bytes,
						       (size_t)length, refuse,
						       reading);
	}
	memory_free(bytes);
	if (file)
		fclose(file);
	if (taken >= 0)
		return 0;
	fprintf(stderr,
		"%s: no list of indicators could be read; expected CSV with a "
		"header line type,value,port,proto,...\n",
		reading->path);
	return taken;
}

struct indicator_list *
indicator_files_read(const struct conf *conf, struct hash_key key,
		     uint64_t *refused)
{
	struct indicator_list *list = indicator_list_new(key);
	struct reading reading = {NULL, 0};
	int error = list ? 0 : LZ_E_MEMORY;

	if (list)
		indicator_list_spare(list, conf->essential,
				     conf->essential_count);
	for (size_t i = 0; i < conf->indicator_file_count && !error; i++) {
		reading.path = conf->indicator_files[i];
		error = file_read(list, &reading);
	}
	if (!error)
		error = indicator_list_seal(list);
	if (refused)
		*refused = reading.refused;
	if (!error)
		return list;
	indicator_list_free(list);
	return NULL;
}
