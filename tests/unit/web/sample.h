/* SPDX-License-Identifier: Apache-2.0 */
/* Every page of the portal in every state it has, filled with invented data. */
#ifndef TESTS_WEB_SAMPLE_H
#define TESTS_WEB_SAMPLE_H

#include "web/portal.h"

#define SAMPLE_PAGES 21

struct sample {
	const char *name; /* "why-garden" */
	struct portal_page page;
	struct portal_case about;
	struct portal_site site;
	struct sighting latest;
};

/* The n-th; `hostile`: each text it gets from outside is an attack. */
void sample_page(unsigned n, bool hostile, struct sample *sample);

#endif
