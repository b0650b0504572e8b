/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scenario suite: runs every *.scn below a folder (or one file), in the
 * order of their names, and ends with `N passed, N failed`.
 *
 *   scenarios [DIR|FILE]...     runs them
 *   scenarios --page [DIR]      prints docs/SCENARIOS.md
 *   scenarios --story FILE      runs one and tells it
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "crypto/sha256.h"
#include "language/print.h"
#include "language/reader.h"
#include "language/run.h"
#include "language/world.h"

#define PATH_SIZE 4096
#define FILES_MAX 4096
#define ENDING ".scn"

struct files {
	size_t count;
	char *paths[FILES_MAX];
};

static bool
add_file(struct files *files, const char *path)
{
	if (files->count == FILES_MAX)
		return false;
	files->paths[files->count] = strdup(path);
	return files->paths[files->count++] != NULL;
}

static bool
is_scenario(const char *name)
{
	const size_t length = strlen(name), ending = strlen(ENDING);

	return length > ending && name[0] != '.' &&
	       strcmp(name + length - ending, ENDING) == 0;
}

/* Files below a folder; false: it can't be read. */
static bool
find_files(struct files *files, const char *path)
{
	struct dirent **entries;
	struct stat status;
	char inner[PATH_SIZE];
	bool good = true;
	int count;

	if (stat(path, &status) != 0)
		return false;
	if (!S_ISDIR(status.st_mode))
		return add_file(files, path);
	count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		return false;
	for (int i = 0; i < count; i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path,
			 entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && good &&
		    stat(inner, &status) == 0 &&
		    (S_ISDIR(status.st_mode) ||
		     is_scenario(entries[i]->d_name)))
			good = find_files(files, inner);
		free(entries[i]);
	}
	free(entries);
	return good;
}

/* ------------------------------------------------------------------- one */

static char *
read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *bytes = file ? malloc(STORY_BYTES_MAX + 1) : NULL;

	if (bytes)
		*length = fread(bytes, 1, STORY_BYTES_MAX + 1, file);
	if (file)
		fclose(file);
	return bytes;
}

/* Runs one; says why where it fails. */
static bool
run_file(const char *path, bool tell)
{
	struct world *world = NULL;
	struct story story;
	size_t length = 0;
	char *bytes = read_file(path, &length);
	bool passed = false;

	if (!bytes) {
		printf("%s: can't be read: %s\n", path, strerror(errno));
		return false;
	}
	if (story_read(&story, bytes, length) != 0)
		printf("%s:%u: %s\n", path, story.error_line, story.error);
	else
		world = world_new(&story);
	if (world) {
		passed = run_story(world);
		if (!passed)
			printf("%s:%u: FAILED: %s\n   %s\n   %s\n"
			       "   the story so far:\n",
			       path, story.statements[world->statement].line,
			       story.title,
			       story.statements[world->statement].text,
			       world->why);
		if (!passed || tell)
			print_story(stdout, world);
	}
	world_free(world);
	story_free(&story);
	free(bytes);
	return passed;
}

/* ------------------------------------------------------------------ page */

/* "01-notices" of ".../01-notices/name.scn". */
static void
topic_of(const char *path, char topic[PATH_SIZE])
{
	const char *name = strrchr(path, '/');
	const char *begin = name;

	while (begin > path && begin[-1] != '/')
		begin--;
	snprintf(topic, PATH_SIZE, "%.*s", (int)(name - begin), begin);
}

static int
print_page(const struct files *files)
{
	char topic[PATH_SIZE], last[PATH_SIZE] = "";
	int status = 0;

	print_page_head(stdout);
	printf("There are %zu.\n", files->count);
	for (size_t i = 0; i < files->count; i++) {
		struct story story;
		size_t length = 0;
		char *bytes = read_file(files->paths[i], &length);

		topic_of(files->paths[i], topic);
		if (strcmp(topic, last) != 0)
			printf("\n### %s\n\n", topic);
		snprintf(last, sizeof(last), "%s", topic);
		if (!bytes || story_read(&story, bytes, length) != 0) {
			status = 1;
			free(bytes);
			continue;
		}
		printf("- `%s`: %s (%s)\n", strrchr(files->paths[i], '/') + 1,
		       story.title, story.rule);
		story_free(&story);
		free(bytes);
	}
	return status;
}

static void
free_files(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->paths[i]);
	files->count = 0;
}

static int
run_files(const struct files *files, bool tell)
{
	unsigned passed = 0, failed = 0;

	for (size_t i = 0; i < files->count; i++) {
		const bool good = run_file(files->paths[i], tell);

		passed += good;
		failed += !good;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0 || passed == 0;
}

int
main(int argc, char **argv)
{
	static struct files files;
	const char *source = getenv("LAZARET_SOURCE");
	const bool page = argc > 1 && strcmp(argv[1], "--page") == 0;
	const bool tell = argc > 1 && strcmp(argv[1], "--story") == 0;
	char standard[PATH_SIZE];
	int first = 1 + (page || tell), status;

	if (crypto_init() != 0)
		return 70;
	snprintf(standard, sizeof(standard), "%s/tests/scenarios",
		 source ? source : ".");
	if (first == argc && !find_files(&files, standard))
		fprintf(stderr, "%s: can't be read\n", standard);
	for (int i = first; i < argc; i++)
		if (!find_files(&files, argv[i])) {
			fprintf(stderr, "%s: can't be read\n", argv[i]);
			return 4;
		}
	status = page ? print_page(&files) : run_files(&files, tell);
	free_files(&files);
	return status;
}
