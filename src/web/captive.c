/* SPDX-License-Identifier: Apache-2.0 */
/* Probes and the API's one object. */
#include "web/captive.h"

#include <string.h>

#include "base/json_writer.h"

/* By path alone: names of hosts change, and none is kept. */
static const struct captive_probe probes[] = {
    {"/generate_204", 204, "text/plain", ""},
    {"/gen_204", 204, "text/plain", ""},
    {"/hotspot-detect.html", 200, "text/html",
     "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"},
    {"/library/test/success.html", 200, "text/html",
     "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"},
    {"/connecttest.txt", 200, "text/plain", "Microsoft Connect Test"},
    {"/ncsi.txt", 200, "text/plain", "Microsoft NCSI"},
    {"/canonical.html", 200, "text/html",
     "<meta http-equiv=\"refresh\" content=\"0;url=https://"
     "support.mozilla.org/kb/captive-portal\"/>"},
    {"/success.txt", 200, "text/plain", "success\n"},
    {"/check_network_status.txt", 200, "text/plain",
     "NetworkManager is online\n"},
};

const struct captive_probe *
captive_probe_of(const char *path)
{
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (strcmp(probes[i].path, path) == 0)
			return &probes[i];
	return NULL;
}

void
captive_format(struct text *text, bool captive, const char *url)
{
	struct json_writer json;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_bool(&json, "captive", captive);
	if (captive)
		json_string(&json, "user-portal-url", url);
	json_bool(&json, "can-extend-session", false);
	json_close_object(&json);
}
