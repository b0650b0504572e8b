/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret version`. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

int
cmd_version(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--json") == 0) {
		puts("{\"v\":1,\"kind\":\"version\",\"version\":\"" LZ_VERSION
		     "\"}");
		return CMD_DONE;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("usage: lazaret version [--json]");
		return CMD_DONE;
	}
	if (argc > 1) {
		fprintf(stderr, "lazaret version: unexpected %s; see --help\n",
			argv[1]);
		return CMD_USAGE;
	}
	puts("lazaret " LZ_VERSION);
	return CMD_DONE;
}
