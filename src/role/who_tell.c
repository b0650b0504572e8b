/* SPDX-License-Identifier: Apache-2.0 */
/* A look-up from the command line. */
#include "role/who_tell.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/memory.h"
#include "role/case_find.h"
#include "role/command_send.h"
#include "role/print_who.h"
#include "role/role.h"

#define LINE_SIZE 16384

/* Before anything is said: a look-up in the index that nobody could see later
 * is not made. */
static int
keep(const struct conf *conf, const struct who_order *order,
     const struct who_said *said)
{
	struct audit audit = {.time = {role_clock_us(CLOCK_REALTIME)}};
	int error;

	if (!said->numbered)
		return 0;
	command_actor(audit.actor);
	(void)text_copy(audit.why, sizeof(audit.why),
			slice_of(order->why ? order->why : ""));
	(void)text_copy(audit.about, sizeof(audit.about),
			slice_of(order->about ? order->about : ""));
	who_audit(&order->asked, said, &audit);
	error = audit_send(conf, &audit);
	if (!error)
		return 0;
	fprintf(stderr,
		"lazaret who: %s/command/spool: %s; a look-up that can't be "
		"kept is not answered. Start the desk with `lazaret run` once, "
		"and ask as root or as the user who runs it\n",
		conf->state_dir, lz_strerror(error));
	return LZ_E_STATE;
}

/* Without the index, "nobody" would only mean that nobody looked. */
bool
who_heard(const struct conf *conf, const struct holders *holders)
{
	const struct registrar_conf *registrar = &conf->registrar;

	if (!registrar_conf_heard(registrar) || holders_indexed(holders))
		return true;
	fprintf(stderr,
		"lazaret who: %s: the registrar that this configuration names "
		"has not run yet, so what it would have heard isn't known, and "
		"files alone could name the wrong party; start it with "
		"`lazaret run`, or ask with a configuration that names files "
		"and lists alone\n",
		holders_folder(holders)[0] ? holders_folder(holders)
					   : conf->state_dir);
	return false;
}

int
who_tell(const struct conf *conf, struct holders *holders,
	 const struct who_order *order)
{
	struct who_said *said = memory_new(1, sizeof(*said));
	char *line = memory_new(LINE_SIZE, 1);
	struct store *desk = NULL;
	int error = said && line ? 0 : LZ_E_MEMORY;
	struct text text;

	if (!error && holders_indexed(holders))
		desk = case_store_try(conf);
	if (!error)
		error = who_ask(holders, conf, desk, &order->asked, said);
	if (!error)
		error = keep(conf, order, said);
	if (!error) {
		text_init(&text, line, LINE_SIZE);
		(order->json ? print_who_json : print_who)(&text, said);
		fputs(line, stdout);
		error = fflush(stdout) == 0 ? 0 : -EIO;
	}
	store_close(desk);
	memory_free(line);
	memory_free(said);
	return error;
}
