/* SPDX-License-Identifier: Apache-2.0 */
/* One bounded read. */
#include "role/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/memory.h"

int
whole_file_read(const char *path, size_t max, char **bytes, size_t *length)
{
	FILE *file = fopen(path, "re");
	struct stat status = {0};
	int error = file && fstat(fileno(file), &status) == 0 ? 0 : -errno;

	*bytes = NULL;
	*length = 0;
	if (!error && (status.st_size < 0 || (size_t)status.st_size > max))
		error = LZ_E_FULL;
	if (!error) {
		*bytes = memory_new((size_t)status.st_size + 1, 1);
		error = *bytes ? 0 : LZ_E_MEMORY;
	}
	if (!error) {
		*length = fread(*bytes, 1, (size_t)status.st_size, file);
		error = ferror(file) ? -EIO : 0;
	}
	if (error) {
		memory_free(*bytes);
		*bytes = NULL;
	}
	if (file)
		fclose(file);
	return error;
}
