/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of the portal, written on the server, without script.  A page gets
 * what it shows as a struct; it asks nothing itself.
 */
#ifndef WEB_PORTAL_H
#define WEB_PORTAL_H

#include "base/text.h"
#include "fact/case_fact.h"
#include "fact/sighting.h"
#include "web/words.h"

#define PORTAL_BYTES_MAX 32768

/* Who speaks.  Texts are "" where there is none. */
struct portal_site {
	const char *operator_name, *phone, *hours, *emergency, *zone_name;
	int32_t zone_offset_s;
};

/* What a case says to the one it is about. */
struct portal_case {
	enum rsit_class class;
	char code[NOTICE_CODE_SIZE]; /* "": never told */
	/* The strongest in force on this line; 0: none. */
	enum measure_kind measure;
	struct at_event since, expires;        /* of that */
	struct at_event first, last;           /* seen */
	unsigned days;                         /* on which it was seen */
	bool own, listed;                      /* seen by us, named by a list */
	struct at_event told_first, told_last; /* sent; unset */
	unsigned self_used, self_left;
	int64_t probation_us;
	struct at_event released;      /* unset */
	const struct sighting *latest; /* NULL: nothing for experts */
};

enum portal_kind {
	PORTAL_WHY,
	PORTAL_STEPS,
	PORTAL_GUIDE, /* steps, by code alone */
	PORTAL_OPENING,
	PORTAL_OPEN,
	PORTAL_REFUSED,
	PORTAL_ENTRY,
	PORTAL_HELP,
	PORTAL_MISSING,
	PORTAL_ERROR,
	PORTAL_KIND_COUNT
};

struct portal_page {
	enum portal_kind kind;
	/* From WHY to REFUSED; of the others NULL, or for its code alone. */
	const struct portal_case *about;
	const char *token; /* STEPS: of its form; GUIDE of OPEN; OPENING */
	uint32_t ticks;    /* OPEN: steps that were ticked */
	bool late;         /* OPENING: it takes longer than it should */
	bool form_was_old; /* STEPS */
	bool spent;        /* REFUSED: because of the quota */
	bool wrong_code, too_many; /* ENTRY */
	bool not_limited;          /* ENTRY: and we know it */
};

/* Steps of the guide for a class. */
const struct guide *portal_guide(const struct language *language,
				 enum rsit_class class);
/* LZ_E_FULL; the template's errors are ours (tests render every page). */
LZ_NODISCARD int portal_render(const struct portal_page *page,
			       const struct portal_site *site,
			       const struct language *language,
			       struct text *text);
const char *portal_style(void);

#endif
