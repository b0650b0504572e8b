/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of notices; filled by conf/, read by notice/. */
#ifndef NOTICE_NOTICE_CONF_H
#define NOTICE_NOTICE_CONF_H

#include <stdint.h>

#define NOTICE_CONF_TEXT_SIZE 128
#define NOTICE_CONF_PATH_SIZE 1024

struct notice_conf {
	char operator_name[NOTICE_CONF_TEXT_SIZE]; /* network name by default */
	char from
	    [NOTICE_CONF_TEXT_SIZE]; /* "Example Telecom <security@example.net>" */
	char phone[NOTICE_CONF_TEXT_SIZE]; /* help desk as printed on bills */
	char hours[NOTICE_CONF_TEXT_SIZE]; /* "every day 8 am to 8 pm" */
	char zone_name[NOTICE_CONF_TEXT_SIZE]; /* "UTC" */
	int32_t zone_offset_s;                 /* of the line's zone */
	char maildir[NOTICE_CONF_PATH_SIZE];   /* "": none */
	/* The mail server, "127.0.0.1:25"; "": none.  Without it and without
	 * a Maildir nobody is reachable. */
	char smtp[NOTICE_CONF_TEXT_SIZE];
	char contacts[NOTICE_CONF_PATH_SIZE]; /* CSV: party,mail; "": none */
};

#endif
