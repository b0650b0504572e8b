/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pattern file. */
#include "role/pattern_file.h"

#include <errno.h>
#include <stdio.h>

#include "base/memory.h"

int
pattern_file_read(const char *path, struct pattern **pattern)
{
	char *bytes = memory_new(PATTERN_FILE_MAX + 1, 1);
	FILE *file = fopen(path, "re");
	struct pattern_problem problem = {0};
	struct slice whole = {bytes, 0};
	int error = bytes ? 0 : LZ_E_MEMORY;

	*pattern = NULL;
	if (!file)
		error = -errno;
	if (!error)
		whole.length = fread(bytes, 1, PATTERN_FILE_MAX + 1, file);
	if (!error && ferror(file))
		error = -EIO;
	if (!error)
		error = pattern_read(whole, pattern, &problem);
	if (error && problem.line)
		fprintf(stderr, "registrar: %s:%u:%u: %s\n", path, problem.line,
			problem.column, problem.text);
	else if (error)
		fprintf(stderr, "registrar: %s: %s\n", path,
			lz_strerror(error));
	if (file)
		fclose(file);
	memory_free(bytes);
	return error;
}
