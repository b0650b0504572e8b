/* SPDX-License-Identifier: Apache-2.0 */
/* Pages to look at and to test. */
#include "unit/web/sample.h"

#include <string.h>

#define DAY_US TIMES_DAY_US
#define HOSTILE "\"'><script>alert(1)</script>&{{code}}"

/* Monday 23 November 2026, 15:05:03 UTC */
static const int64_t since_us = INT64_C(1795446303) * 1000000;

static const struct {
	const char *name;
	enum portal_kind kind;
	enum measure_kind measure;
	enum rsit_class class;
} pages[SAMPLE_PAGES] = {
    {"why-garden", PORTAL_WHY, MEASURE_GARDEN, RSIT_DDOS},
    {"why-limit", PORTAL_WHY, MEASURE_LIMIT, RSIT_SCANNER},
    {"why-filter", PORTAL_WHY, MEASURE_FILTER, RSIT_DDOS},
    {"why-spent", PORTAL_WHY, MEASURE_GARDEN, RSIT_INFECTED_SYSTEM},
    {"why-spam", PORTAL_WHY, MEASURE_BLOCK, RSIT_SPAM},
    {"why-bare", PORTAL_WHY, MEASURE_GARDEN, RSIT_BRUTE_FORCE},
    {"steps", PORTAL_STEPS, MEASURE_GARDEN, RSIT_DDOS},
    {"steps-spam-old", PORTAL_STEPS, MEASURE_LIMIT, RSIT_SPAM},
    {"steps-spent", PORTAL_STEPS, MEASURE_GARDEN, RSIT_DDOS},
    {"steps-filter", PORTAL_STEPS, MEASURE_FILTER, RSIT_DDOS},
    {"guide", PORTAL_GUIDE, 0, RSIT_SCANNER},
    {"opening", PORTAL_OPENING, 0, RSIT_DDOS},
    {"opening-late", PORTAL_OPENING, 0, RSIT_DDOS},
    {"open", PORTAL_OPEN, 0, RSIT_DDOS},
    {"refused-spent", PORTAL_REFUSED, MEASURE_GARDEN, RSIT_DDOS},
    {"refused", PORTAL_REFUSED, MEASURE_GARDEN, RSIT_DDOS},
    {"entry", PORTAL_ENTRY, 0, RSIT_NONE},
    {"entry-wrong", PORTAL_ENTRY, 0, RSIT_NONE},
    {"entry-tries", PORTAL_ENTRY, 0, RSIT_NONE},
    {"missing", PORTAL_MISSING, 0, RSIT_NONE},
    {"error", PORTAL_ERROR, 0, RSIT_NONE},
};

static void
fill_case(struct sample *sample, unsigned n)
{
	struct portal_case *about = &sample->about;
	struct sighting *latest = &sample->latest;

	*about = (struct portal_case){.class = pages[n].class,
				      .code = "LZ-K7QM-4R2D-9XTB",
				      .measure = pages[n].measure,
				      .since = {since_us},
				      .expires = {since_us + 30 * DAY_US},
				      .first = {since_us - 6 * DAY_US},
				      .last = {since_us - DAY_US / 3},
				      .days = 3,
				      .own = true,
				      .listed = true,
				      .told_first = {since_us - 6 * DAY_US},
				      .told_last = {since_us - 3 * DAY_US},
				      .self_left = 2,
				      .probation_us = 14 * DAY_US,
				      .released = {since_us + DAY_US},
				      .latest = latest};
	*latest = (struct sighting){.time = about->last,
				    .first = about->last,
				    .last = about->last,
				    .address = addr_from_v4(0xc0000211),
				    .peer = addr_from_v4(0xc6336409),
				    .port = 40122,
				    .peer_port = 23,
				    .proto = 6,
				    .marks = SIGHTING_HAS_PORT |
					     SIGHTING_HAS_PEER |
					     SIGHTING_HAS_PEER_PORT,
				    .origin = "own-flow"};
	if (strstr(pages[n].name, "spent")) {
		about->self_left = 0;
		about->self_used = 2;
	}
	if (strstr(pages[n].name, "filter")) {
		about->days = 1;
		about->told_first = about->told_last = times_unset();
		about->listed = false;
	}
	if (strstr(pages[n].name, "bare")) {
		about->code[0] = '\0';
		about->days = 1;
		about->self_left = 1;
		about->first = about->last;
		about->told_first = about->told_last;
		about->own = false;
		about->latest = NULL;
	}
}

static void
fill_page(struct sample *sample, unsigned n)
{
	struct portal_page *page = &sample->page;
	const char *name = pages[n].name;

	*page = (struct portal_page){.kind = pages[n].kind,
				     .token = "00ff00ff",
				     .ticks = 0x07};
	if (page->kind < PORTAL_ENTRY)
		page->about = &sample->about;
	page->late = strstr(name, "late") != NULL;
	page->form_was_old = strstr(name, "old") != NULL;
	page->spent = strcmp(name, "refused-spent") == 0;
	page->wrong_code = strstr(name, "wrong") != NULL;
	page->too_many = strstr(name, "tries") != NULL;
	page->not_limited = strcmp(name, "entry") == 0;
}

void
sample_page(unsigned n, bool hostile, struct sample *sample)
{
	sample->name = pages[n].name;
	sample->site = (struct portal_site){.operator_name = "Example Telecom",
					    .phone = "202-555-0143",
					    .hours = "every day 8 am to 8 pm",
					    .emergency = "911",
					    .zone_name = "UTC"};
	fill_case(sample, n);
	fill_page(sample, n);
	if (strstr(sample->name, "bare"))
		sample->site.phone = sample->site.hours = "";
	if (!hostile)
		return;
	sample->site.operator_name = sample->site.phone = sample->site.hours =
	    sample->site.emergency = sample->site.zone_name = HOSTILE;
	sample->page.token = HOSTILE;
	strcpy(sample->about.code, "'\"><b>&{{a}}");
	strcpy(sample->latest.origin, "<i>");
}
