/* SPDX-License-Identifier: Apache-2.0 */
/* The binding files a configuration names, read into one list. */
#include "role/bindings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/sha256.h"
#include "role/whole_file.h"

static void
refused(void *context, uint64_t line, const char *reason)
{
	fprintf(stderr, "%s:%llu: %s\n", (const char *)context,
		(unsigned long long)line, reason);
}

static int
add_file(struct binding_list *list, const char *path)
{
	char *bytes;
	size_t length;
	int error = whole_file_read(path, BINDINGS_BYTES_MAX, &bytes, &length);

	if (!error)
		error = binding_list_add_csv(list, path, bytes, length, refused,
					     (void *)path);
	if (error < 0)
		fprintf(stderr, "%s: %s\n", path, lz_strerror(error));
	memory_free(bytes);
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
