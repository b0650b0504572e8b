/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer in ordinary builds: feeds every file of a corpus
 * folder to the fuzz target once, and the empty input first, so that an input
 * that once crashed stays a test. An empty or missing corpus is a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target gets an exact heap copy: reading past its end is then seen. */
static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		return -1;
	}
	for (;;) {
		uint8_t block[4096];
		size_t n = fread(block, 1, sizeof(block), file);
		uint8_t *grown;

		if (n == 0)
			break;
		grown = realloc(data, size + n);
		if (!grown) {
			fclose(file);
			free(data);
			fprintf(stderr, "%s: out of memory\n", path);
			return -1;
		}
		data = grown;
		memcpy(data + size, block, n);
		size += n;
	}
	if (ferror(file)) {
		fprintf(stderr, "%s: read error\n", path);
		fclose(file);
		free(data);
		return -1;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data ? data : (const uint8_t *)"", size);
	free(data);
	return 0;
}

static int
replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int replayed = 0;

	if (!dir) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		char path[4096];
		int n;

		if (entry->d_name[0] == '.')
			continue;
		n = snprintf(path, sizeof(path), "%s/%s", folder,
			     entry->d_name);
		if (n < 0 || (size_t)n >= sizeof(path) ||
		    replay_file(path) != 0) {
			replayed = -1;
			break;
		}
		replayed++;
	}
	closedir(dir);
	return replayed;
}

int
main(int argc, char **argv)
{
	int replayed;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	replayed = replay_folder(argv[1]);
	if (replayed <= 0) {
		fprintf(stderr, "%s: no inputs replayed\n", argv[1]);
		return 1;
	}
	printf("%d inputs replayed\n", replayed);
	return 0;
}
