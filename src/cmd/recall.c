/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret recall`: takes back what rests on something that proved wrong. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/order.h"
#include "cmd/recall_asked.h"
#include "role/case_find.h"
#include "role/recall_show.h"

static const char help[] =
    "usage: lazaret recall --detector NAME|--indicator ADDR[:PORT]|--feed "
    "NAME|\n"
    "                      --exporter ADDR|--binding-source NAME\n"
    "                      --since TIME [--until TIME] --reason TEXT\n"
    "       lazaret recall approve|drop|lift NUMBER [--reason TEXT]\n"
    "       lazaret recall list [--json]\n"
    "       lazaret recall show NUMBER [--json]\n"
    "Proposes to take back all that rests on something that proved wrong, and\n"
    "says what that is.  When a second, different person approves it, each\n"
    "such sighting is withdrawn, cases are scored anew, measures lifted, and\n"
    "those who were told get a correction the same way.  What comes of it "
    "later\n"
    "is not believed until it is lifted.\n"
    "\n"
    "  --detector NAME        as `scan/1`\n"
    "  --indicator A[:PORT]   an address on a list, or one port of it\n"
    "  --feed NAME            a list or a feed, all of it\n"
    "  --exporter ADDR        a router that exports flows\n"
    "  --binding-source NAME  what names holders: an input, or INPUT/SPEAKER\n"
    "  --since TIME           RFC 3339; wrong from then on, by traffic time\n"
    "  --until TIME           and right again from then on\n"
    "  --reason TEXT          why; it stands in each case\n"
    "  --zone Z               of times shown: UTC or as +02:00\n"
    "  --json                 JSON lines\n"
    "  --config C             whose state_dir is read\n"
    "\n"
    "example: lazaret recall --feed example-c2 --since 2024-06-20T00:00:00Z "
    "\\\n"
    "           --reason \"the list held a cloud address\"\n";

static int
show(struct store *store, uint64_t number, const struct recall_view *view)
{
	const int error = number ? recall_show(store, number, view)
				 : recall_list(store, view);

	if (error == LZ_E_NOT_FOUND) {
		fprintf(stderr,
			"lazaret: there is no recall %" PRIu64
			"; `lazaret recall list` shows all\n",
			number);
		return CMD_REFUSED;
	}
	if (error)
		fprintf(stderr, "lazaret recall: %s: %s\n", lz_strerror(error),
			store_message(store));
	return error || fflush(stdout) != 0 ? CMD_FAULT : CMD_DONE;
}

/* Until it is all taken back; the desk does it, whether we wait or not. */
static int
follow(struct store *store, uint64_t number)
{
	const int error = recall_follow(store, number);

	if (error == -ETIMEDOUT) {
		fprintf(stderr,
			"lazaret: the desk has got no further for a minute; it "
			"goes on where it was when it runs\n");
		return CMD_MISSING;
	}
	return error ? CMD_FAULT : CMD_DONE;
}

static int
newest(void *context, const struct store_recall *recall)
{
	uint64_t *number = context;

	*number = recall->id;
	return 0;
}

static int
act(const struct recall_asked *asked, const struct conf *conf,
    struct store *store)
{
	const struct recall_view view = {asked->json, asked->zone_s};
	struct command command = asked->command;
	uint64_t sequence, number = command.other;
	int code = order_send(conf, &command, &sequence);

	if (code == CMD_DONE)
		code = order_results(store, sequence, asked->json);
	if (code != CMD_DONE)
		return code;
	if (command.act == COMMAND_RECALL &&
	    recall_store_list(store, newest, &number) != 0)
		return CMD_FAULT;
	if (command.act == COMMAND_RECALL_APPROVE)
		code = follow(store, number);
	return code == CMD_DONE ? show(store, number, &view) : code;
}

static int
run(const struct recall_asked *asked, const struct conf *conf)
{
	const struct recall_view view = {asked->json, asked->zone_s};
	struct store *store = case_store_open(conf);
	int code;

	if (!store)
		return CMD_MISSING;
	code = asked->command.act ? act(asked, conf, store)
				  : show(store, asked->command.other, &view);
	store_close(store);
	return code;
}

int
cmd_recall(int argc, char **argv)
{
	struct recall_asked asked = {.command.since.us = TIMES_UNSET_US,
				     .command.until.us = TIMES_UNSET_US};
	struct conf *conf;
	int name, code;

	while ((name = getopt_long(argc, argv, "h", recall_options, NULL)) !=
	       -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (!recall_asked_take(&asked, name, optarg))
			return CMD_USAGE;
	}
	code = recall_asked_check(&asked, argc - optind, &argv[optind]);
	if (code != CMD_DONE)
		return code;
	conf = options_conf(asked.config);
	if (!conf)
		return CMD_CONF;
	code = run(&asked, conf);
	conf_free(conf);
	return code;
}
