/* SPDX-License-Identifier: Apache-2.0 */
/* Where cases, notices and measures are kept. */
#ifndef CONF_STORE_CONF_H
#define CONF_STORE_CONF_H

#define STORE_CONF_TEXT_SIZE 512

struct store_conf {
	/* How the database is reached (libpq), without a password; "": SQLite
	 * files below state_dir. */
	char postgres[STORE_CONF_TEXT_SIZE];
	char password_file[STORE_CONF_TEXT_SIZE];
};

#endif
