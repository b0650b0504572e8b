/* SPDX-License-Identifier: Apache-2.0 */
/* The binding files a configuration names, read into one list. */
#include "role/bindings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "crypto/sha256.h"

static void
refused(void *context, uint64_t line, const char *reason)
{
	fprintf(stderr, "%s:%llu: %s\n", (const char *)context,
		(unsigned long long)line, reason);
}

static int
add_file(struct binding_list *list, const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status = {0};
	char *bytes = NULL;
	size_t length = 0;
	int error = file && fstat(fileno(file), &status) == 0 ? 0 : -errno;

	if (!error &&
	    (status.st_size < 0 || (size_t)status.st_size > BINDINGS_BYTES_MAX))
		error = LZ_E_FULL;
	if (!error) {
		bytes = memory_new((size_t)status.st_size + 1, 1);
		error = bytes ? 0 : LZ_E_MEMORY;
	}
	if (!error) {
		length = fread(bytes, 1, (size_t)status.st_size, file);
		error = ferror(file) ? -EIO : 0;
	}
	if (!error)
		error = binding_list_add_csv(list, path, bytes, length, refused,
					     (void *)path);
	if (error < 0)
		fprintf(stderr, "%s: %s\n", path, lz_strerror(error));
	memory_free(bytes);
	if (file)
		fclose(file);
	return error < 0 ? error : 0;
}

struct binding_list *
bindings_read(const struct conf *conf)
{
	struct binding_list *list = binding_list_new();
	int error = list ? crypto_init() : LZ_E_MEMORY; /* rows are hashed */

	for (size_t i = 0; i < conf->binding_file_count && !error; i++)
		error = add_file(list, conf->binding_files[i]);
	if (!error)
		error = binding_list_seal(list);
	if (!error)
		return list;
	binding_list_free(list);
	return NULL;
}
