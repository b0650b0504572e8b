/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of the portal; filled by conf/. */
#ifndef WEB_WEB_CONF_H
#define WEB_WEB_CONF_H

#include <stddef.h>

#include "net/addr.h"

#define WEB_CONF_TEXT_SIZE 128
#define WEB_PROXIES_MAX 16

struct web_conf {
	char url[WEB_CONF_TEXT_SIZE]; /* "https://portal.example.net"; "" */
	char emergency[WEB_CONF_TEXT_SIZE]; /* "911" */
	size_t proxy_count;
	struct addr proxies[WEB_PROXIES_MAX]; /* whose X-Real-IP is believed */
};

#endif
