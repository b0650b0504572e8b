/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret generate`: an invented provider's traffic, as files or live. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "role/generate.h"

static const char help[] =
    "usage: lazaret generate [--out FOLDER] [--pcap FILE]\n"
    "                        [--netflow ADDR:PORT --ipfix ADDR:PORT]\n"
    "An invented provider of some hundred lines, a few of them infected,\n"
    "many that only look so.  The same seed gives the same traffic.\n"
    "\n"
    "  --out FOLDER        write lazaret.yaml, bindings.csv, indicators.csv\n"
    "                      and truth.csv (who is infected, to compare)\n"
    "  --pcap FILE         write the routers' export datagrams as a capture\n"
    "  --netflow ADDR:PORT send router 1's NetFlow v9 there, in real time\n"
    "  --ipfix ADDR:PORT   send router 2's IPFIX there, in real time\n"
    "  --seed S            default 1\n"
    "  --lines N           20 to 500, default 300\n"
    "  --quiet SECONDS     before the attacks begin, default 120\n"
    "  --duration SECONDS  in all, default 300\n"
    "  --start TIME        RFC 3339, or `now`; default now where traffic is\n"
    "                      sent, else 2026-01-05T10:00:00Z\n"
    "\n"
    "example: lazaret generate --out isp --pcap isp/flows.pcap &&\n"
    "         lazaret replay isp/flows.pcap --config isp/lazaret.yaml\n";

static int
usage(const char *what, const char *value)
{
	fprintf(stderr,
		"lazaret generate: %s %s; see `lazaret generate --help`\n",
		what, value);
	return CMD_USAGE;
}

static bool
option(struct generate_order *order, int name, const char *value)
{
	struct slice slice = slice_of(value);
	struct endpoint *to = &order->to[name == 'i'];
	uint64_t number = 0;

	switch (name) {
	case 'o':
		order->folder = value;
		return true;
	case 'p':
		order->capture = value;
		return true;
	case 'n':
	case 'i':
		return endpoint_parse(slice, to) == 0 && to->port > 0;
	case 't':
		if (strcmp(value, "now") == 0)
			order->isp.start = generate_now();
		else
			return times_parse(slice, &order->isp.start.us) == 0;
		return true;
	}
	if (slice_u64(slice, name == 's' ? UINT64_MAX : 86400, &number) != 0)
		return false;
	if (name == 's')
		order->isp.seed = number;
	else if (name == 'l')
		order->isp.lines = (uint32_t)number;
	else if (name == 'q')
		order->isp.quiet_us = (int64_t)number * TIMES_SECOND_US;
	else
		order->isp.duration_us = (int64_t)number * TIMES_SECOND_US;
	return name != 'l' ||
	       (number >= ISP_LINES_MIN && number <= ISP_LINES_MAX);
}

int
cmd_generate(int argc, char **argv)
{
	static const struct option names[] = {
	    {"out", required_argument, NULL, 'o'},
	    {"pcap", required_argument, NULL, 'p'},
	    {"netflow", required_argument, NULL, 'n'},
	    {"ipfix", required_argument, NULL, 'i'},
	    {"seed", required_argument, NULL, 's'},
	    {"lines", required_argument, NULL, 'l'},
	    {"quiet", required_argument, NULL, 'q'},
	    {"duration", required_argument, NULL, 'd'},
	    {"start", required_argument, NULL, 't'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct generate_order order = {0};
	struct generate_result result = {0};
	int name;

	isp_conf_init(&order.isp);
	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_INPUT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		if (name != 'c' && !option(&order, name, optarg))
			return usage("not a good value:", optarg);
	}
	if (optind < argc)
		return usage("unexpected", argv[optind]);
	order.send = order.to[0].port > 0;
	if (order.send != (order.to[1].port > 0))
		return usage("give both", "--netflow and --ipfix");
	if (order.folder == NULL && order.capture == NULL && !order.send)
		return usage("say where:", "--out, --pcap, or --netflow and "
					   "--ipfix");
	if (order.isp.start.us == 0 &&
	    (order.send || !option(&order, 't', "2026-01-05T10:00:00Z")))
		order.isp.start = generate_now();
	if (generate_run(&order, &result) != 0) {
		fprintf(stderr, "lazaret generate: %s\n", result.message);
		return CMD_INPUT;
	}
	fprintf(stderr, "generate: %llu records in %llu datagrams\n",
		(unsigned long long)result.records,
		(unsigned long long)result.datagrams);
	return CMD_DONE;
}
