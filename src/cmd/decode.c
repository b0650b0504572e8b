/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret decode`: what flow records a file holds, and nothing else. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/decoding.h"
#include "role/input.h"

static const char help[] =
    "usage: lazaret decode FILE... [--json] [--format F] [--port N] [--zone "
    "Z]\n"
    "                      [--config C]\n"
    "Prints the flow records of captures of export datagrams (NetFlow v5, v9,\n"
    "IPFIX, sFlow), and what address translators said in them, of Argus text,\n"
    "of what `nfdump -o csv` prints and of Zeek's conn.log; gzip, xz and zstd\n"
    "are unpacked on the way.\n"
    "  --json      one JSON object a line, an exporter line each at the end\n"
    "  --format F  what the files are: datagrams, argus, nfdump or zeek; auto\n"
    "              looks at their first bytes\n"
    "  --port N    a further UDP port of export datagrams in captures\n"
    "  --zone Z    of text times without a zone: UTC or as +02:00\n"
    "  --config C  for the exporters' sampling and interfaces\n";

static int
decode_files(char **files, struct input_conf *input, const struct conf *conf,
	     bool json)
{
	struct decoding decoding = {flow_decoder_new(&conf->flow), json};
	bool refused = false;
	int status = CMD_DONE;

	if (!decoding.decoder)
		return CMD_FAULT;
	decoding_begin(&decoding);
	input->decoder = decoding.decoder;
	input->sink = decoding_flows;
	input->context = &decoding;
	for (; *files; files++) {
		struct input_result result;

		if (input_file(*files, input, &result) != 0) {
			fprintf(stderr, "lazaret decode: %s\n", result.message);
			status = CMD_INPUT;
		}
		refused = decoding_refused(*files, &result.text) || refused;
	}
	refused = decoding_end(&decoding) || refused;
	flow_decoder_free(decoding.decoder);
	return status == CMD_DONE && refused ? CMD_REFUSED : status;
}

int
cmd_decode(int argc, char **argv)
{
	static const struct option names[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"format", required_argument, NULL, 'f'},
	    {"port", required_argument, NULL, 'p'},
	    {"zone", required_argument, NULL, 'z'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct input_conf input = {.format = INPUT_AUTO};
	const char *config = NULL;
	bool json = false, good = true;
	struct conf *conf;
	uint64_t port = 0;
	int name, status;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == 'j')
			json = true;
		else if (name == 'c')
			config = optarg;
		else if (name == 'f')
			good = good && options_format(optarg, &input.format);
		else if (name == 'z')
			good = good &&
			       options_zone(optarg, &input.zone_offset_s);
		else if (name == 'p')
			good = good &&
			       slice_u64(slice_of(optarg), 65535, &port) == 0;
		else
			good = false;
	}
	input.port = (uint16_t)port;
	if (!good || optind == argc) {
		fputs("lazaret decode: usage: see --help\n", stderr);
		return CMD_USAGE;
	}
	conf = options_conf(config);
	if (!conf)
		return CMD_CONF;
	status = decode_files(argv + optind, &input, conf, json);
	conf_free(conf);
	return status;
}
