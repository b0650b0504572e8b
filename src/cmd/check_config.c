/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret check-config`: what is wrong, or what it will do, in plain words. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/check_print.h"
#include "cmd/cmd.h"
#include "conf/conf.h"
#include "conf/schema.h"

#define OUTPUT_SIZE ((size_t)16 << 20)

static const char help[] =
    "usage: lazaret check-config [FILE] [--json] [--print] [--sample]\n"
    "Reads a configuration; names every error with file, line, column and\n"
    "key, or says in plain words what it does.\n"
    "\n"
    "  --config FILE  the same as FILE; else $LAZARET_CONFIG, else\n"
    "                 /etc/lazaret/lazaret.yaml\n"
    "  --print        the whole configuration as it is understood, as YAML\n"
    "  --sample       a commented file to start from\n"
    "  --json         one line an error, or one a sentence; one at the end\n"
    "\n"
    "example: lazaret check-config /etc/lazaret/lazaret.yaml\n";

/* Answers cmd_exit; fills the text for standard output. */
static int
check(const char *path, bool json, bool print, struct text *text)
{
	struct conf_errors *errors = memory_new(1, sizeof(*errors));
	struct conf *conf = NULL;
	int error = errors ? conf_read(path, &conf, errors) : LZ_E_MEMORY;

	if (json && errors) {
		check_print_errors(text, path, errors);
		if (!error)
			check_print_words(text, conf, true);
		check_print_result(text, path, errors->count);
	} else if (!error && print) {
		conf_print(text, conf);
	} else if (!error) {
		check_print_words(text, conf, false);
	}
	if (error && !json && errors) {
		conf_errors_format(text, path, errors);
		fputs(text->at, stderr);
		text_init(text, text->at, text->capacity);
	}
	conf_free(conf);
	memory_free(errors);
	return error == LZ_E_MEMORY ? CMD_FAULT : error ? CMD_CONF : CMD_DONE;
}

int
cmd_check_config(int argc, char **argv)
{
	static const struct option names[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},
	    {"print", no_argument, NULL, 'p'},
	    {"sample", no_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	const char *path = NULL;
	bool json = false, print = false, sample = false;
	struct text text;
	char *buffer;
	int name, status = CMD_DONE;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		path = name == 'c' ? optarg : path;
		json = json || name == 'j';
		print = print || name == 'p';
		sample = sample || name == 's';
	}
	if (!path && optind < argc)
		path = argv[optind++];
	path = conf_path(path, getenv("LAZARET_CONFIG"));
	if (optind < argc || (!path && !sample)) {
		fputs("lazaret check-config: give one FILE; see `lazaret "
		      "check-config --help`\n",
		      stderr);
		return CMD_USAGE;
	}
	buffer = memory_new(OUTPUT_SIZE, 1);
	if (!buffer)
		return CMD_FAULT;
	text_init(&text, buffer, OUTPUT_SIZE);
	if (sample)
		schema_sample(&text);
	else
		status = check(path, json, print, &text);
	if (fputs(buffer, stdout) < 0 || fflush(stdout) != 0)
		status = CMD_FAULT;
	memory_free(buffer);
	return status;
}
