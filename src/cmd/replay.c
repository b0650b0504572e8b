/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret replay`: recorded flows through the whole chain. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/replay.h"

static const char help[] =
    "usage: lazaret replay FILE... [--config C] [--json] [--sample N]\n"
    "                      [--seed S] [--zone Z] [--format F]\n"
    "Runs recorded flows through the whole chain on the records' own clock:\n"
    "what was seen, who it was, who would be told, what would be measured,\n"
    "and why. Nothing is sent, stored or limited.\n"
    "\n"
    "The time of a line is the record time at which it was known: windows\n"
    "close after the exporters' timeouts (text: 120 s). The clock stops at\n"
    "the last record: what a case would do later, by its timers, isn't "
    "shown.\n"
    "\n"
    "  --config C  what is inside, who held it, which indicators, what acts;\n"
    "              without one every address counts as inside\n"
    "  --sample N  draw one packet in N first, as a sampling router would\n"
    "  --seed S    of that drawing and of all numbers, default 1\n"
    "  --zone Z    of text times without a zone: UTC or as +02:00\n"
    "  --format F  auto, datagrams, argus, nfdump or zeek\n"
    "  --json      one JSON object a line\n";

static int
usage(void)
{
	fputs("lazaret replay: a file, and good options, are needed; see "
	      "`lazaret replay --help`\n",
	      stderr);
	return CMD_USAGE;
}

static bool
option(struct replay_order *order, int name, const char *value)
{
	uint64_t number;

	switch (name) {
	case 'j':
		order->json = true;
		return true;
	case 'z':
		return options_zone(value, &order->zone_offset_s);
	case 'f':
		return options_format(value, &order->format);
	case 's':
		return slice_u64(slice_of(value), UINT64_MAX, &order->seed) ==
		       0;
	case 'n':
		if (slice_u64(slice_of(value), 1000000, &number) != 0 ||
		    number == 0)
			return false;
		order->sample = (uint32_t)number;
		return true;
	default:
		return false;
	}
}

int
cmd_replay(int argc, char **argv)
{
	static const struct option names[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},
	    {"sample", required_argument, NULL, 'n'},
	    {"seed", required_argument, NULL, 's'},
	    {"zone", required_argument, NULL, 'z'},
	    {"format", required_argument, NULL, 'f'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct replay_order order = {.format = INPUT_AUTO,
				     .sample = 1,
				     .seed = 1};
	const char *config = NULL;
	bool refused = false;
	int name, error;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_INPUT : CMD_DONE;
		if (name == 'c')
			config = optarg;
		else if (!option(&order, name, optarg))
			return usage();
	}
	if (optind == argc)
		return usage();
	order.files = argv + optind;
	order.file_count = argc - optind;
	order.conf = options_conf(config);
	if (!order.conf)
		return CMD_CONF;
	error = replay_run(&order, &refused);
	conf_free(order.conf);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("lazaret replay: standard output");
		return CMD_FAULT;
	}
	return error ? CMD_INPUT : refused ? CMD_REFUSED : CMD_DONE;
}
