/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the template from facts, puts the header before it. */
#include "notice/notice.h"

#include <string.h>

#include "base/template.h"
#include "notice/maildir.h"
#include "notice/texts.h"
#include "notice/wrap.h"

#define FIELD_SIZE 256
#define PREFIX_V4_BITS 120 /* a /24 */
#define PREFIX_V6_BITS 48

static const char *const weekdays[] = {"Sunday",    "Monday",   "Tuesday",
				       "Wednesday", "Thursday", "Friday",
				       "Saturday"};
static const char *const months[] = {"January", "February", "March",
				     "April",   "May",      "June",
				     "July",    "August",   "September",
				     "October", "November", "December"};

/* What a class is told: which steps, and the words that differ. */
enum steps { STEPS_FLOOD, STEPS_BREAK_IN, STEPS_SPAM, STEPS_CONTACT };
struct words {
	enum steps steps;
	const char *title, *subject, *what, *time;
};

static const struct words flood = {
    STEPS_FLOOD, "A DEVICE ON YOUR LINE IS ATTACKING OTHERS. YOU CAN STOP IT.",
    "A device on your internet line is attacking others",
    "It floods other people's systems with data to make them stop.",
    "20 minutes"};
static const struct words scan = {
    STEPS_BREAK_IN,
    "A DEVICE ON YOUR LINE TRIES TO BREAK INTO OTHERS. YOU CAN STOP IT.",
    "A device on your internet line tries to break into others",
    "It looks for ways into other people's devices.", "20 minutes"};
static const struct words brute_force = {
    STEPS_BREAK_IN,
    "A DEVICE ON YOUR LINE TRIES TO BREAK INTO OTHERS. YOU CAN STOP IT.",
    "A device on your internet line tries to break into others",
    "It tries passwords on other people's devices.", "20 minutes"};
static const struct words spam = {
    STEPS_SPAM, "A DEVICE ON YOUR LINE SENDS UNWANTED MAIL. YOU CAN STOP IT.",
    "A device on your internet line sends unwanted mail",
    "It sends unwanted mail to many people.", "an hour"};
static const struct words contact = {
    STEPS_CONTACT, "A DEVICE ON YOUR LINE WAS TAKEN OVER. YOU CAN CLEAN IT.",
    "A device on your internet line was taken over",
    "It talked to a machine that criminals use to give orders to devices like "
    "it.",
    "an hour"};

static const struct words *words_of(enum rsit_class class)
{
	switch (class) {
	case RSIT_DDOS:
		return &flood;
	case RSIT_SCANNER:
		return &scan;
	case RSIT_BRUTE_FORCE:
		return &brute_force;
	case RSIT_SPAM:
		return &spam;
	default:
		return &contact;
	}
}

static void
add_date(struct text *text, int64_t us)
{
	struct times_date date = times_date_of(us);

	text_add(text, weekdays[date.weekday]);
	text_char(text, ' ');
	text_u64(text, date.day);
	text_char(text, ' ');
	text_add(text, months[date.month - 1]);
}

static void
add_clock(struct text *text, int64_t us)
{
	struct times_date date = times_date_of(us);

	text_padded(text, date.hour, 2);
	text_char(text, ':');
	text_padded(text, date.minute, 2);
}

static void
add_span(struct text *text, int64_t first_us, int64_t last_us)
{
	add_clock(text, first_us);
	if (last_us / TIMES_MINUTE_US != first_us / TIMES_MINUTE_US) {
		text_add(text, " to ");
		add_clock(text, last_us);
	}
}

/* "Tuesday 17 November 2026, 02:14 to 04:00, CET (01:14 to 03:00 UTC)." */
static void
add_when(struct text *text, const struct notice_conf *conf,
	 const struct sighting *sighting)
{
	int64_t offset_us = conf->zone_offset_s * TIMES_SECOND_US;
	int64_t first = sighting->first.us, last = sighting->last.us;

	add_date(text, first + offset_us);
	text_char(text, ' ');
	text_i64(text, times_date_of(first + offset_us).year);
	text_add(text, ", ");
	add_span(text, first + offset_us, last + offset_us);
	text_add(text, ", ");
	text_add(text, conf->zone_name[0] ? conf->zone_name : "UTC");
	if (offset_us != 0) {
		text_add(text, " (");
		add_span(text, first, last);
		text_add(text, " UTC)");
	}
	text_char(text, '.');
}

/* The network of an address, its last separator in brackets. */
static void
add_defanged(struct text *text, const struct addr *addr)
{
	struct prefix prefix =
	    prefix_of(addr, addr_is_v4(addr) ? PREFIX_V4_BITS : PREFIX_V6_BITS);
	char plain[PREFIX_TEXT_SIZE], *last;
	struct text inner;

	text_init(&inner, plain, sizeof(plain));
	prefix_format(&inner, &prefix);
	last = strrchr(plain, addr_is_v4(addr) ? '.' : ':');
	for (const char *at = plain; *at; at++) {
		if (at == last)
			text_char(text, '[');
		text_char(text, *at);
		if (at == last)
			text_char(text, ']');
	}
}

/* "2026-11-17T07:14:00.000000Z 192.0.2.17:40122 -> 198.51.100[.]0/24 ..." */
static void
add_expert(struct text *text, const struct sighting *sighting)
{
	const char *proto = addr_proto_name(sighting->proto);

	times_format(text, sighting->first.us);
	text_char(text, ' ');
	addr_format(text, &sighting->address);
	if (sighting->marks & SIGHTING_HAS_PORT) {
		text_add(text, " port ");
		text_u64(text, sighting->port);
	}
	if (sighting->marks & SIGHTING_HAS_PEER) {
		text_add(text, " -> ");
		add_defanged(text, &sighting->peer);
	}
	if (sighting->marks & SIGHTING_HAS_PEER_PORT) {
		text_add(text, " port ");
		text_u64(text, sighting->peer_port);
	}
	text_char(text, ' ');
	if (proto)
		text_add(text, proto);
	else
		text_u64(text, sighting->proto);
	text_char(text, ' ');
	text_add(text, rsit_class_name(sighting->class));
	if (sighting->family[0]) {
		text_char(text, ' ');
		text_add(text, sighting->family);
	}
}

static const char *
proto_word(uint8_t proto)
{
	return proto == 6 ? "TCP" : proto == 17 ? "UDP" : "IP";
}

/* The texts that values point to. */
struct fields {
	char clean_by[FIELD_SIZE], when[FIELD_SIZE], address[ADDR_TEXT_SIZE];
	char port[8], code[NOTICE_CODE_SIZE], quiet_days[24];
	char expert[2 * FIELD_SIZE];
};

static void
fill_fields(const struct notice_conf *conf, const struct notice_letter *letter,
	    struct fields *fields)
{
	int64_t offset_us = conf->zone_offset_s * TIMES_SECOND_US;
	struct text text;

	text_init(&text, fields->clean_by, sizeof(fields->clean_by));
	add_date(&text, letter->created.us + letter->grace_us + offset_us);
	text_init(&text, fields->when, sizeof(fields->when));
	add_when(&text, conf, &letter->sighting);
	text_init(&text, fields->address, sizeof(fields->address));
	addr_format(&text, &letter->sighting.address);
	text_init(&text, fields->port, sizeof(fields->port));
	text_u64(&text, letter->sighting.port);
	text_init(&text, fields->quiet_days, sizeof(fields->quiet_days));
	text_i64(&text, letter->quiet_us / TIMES_DAY_US);
	text_init(&text, fields->expert, sizeof(fields->expert));
	add_expert(&text, &letter->sighting);
	notice_code_format(letter->code_bits, fields->code);
}

static const char *
or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static int
render_body(const struct notice_conf *conf, const struct notice_letter *letter,
	    struct text *text)
{
	const struct sighting *sighting = &letter->sighting;
	const struct words *words = words_of(sighting->class);
	struct fields fields;
	const char *seen_by =
	    strcmp(sighting->origin, "own-flow") == 0
		? "Our own measurements of who connects to whom."
		: "Our own measurements, and a list of such machines that "
		  "others keep.";
	const bool has_port = (sighting->marks & SIGHTING_HAS_PORT) != 0;
	const struct template_value values[] = {
	    {"TITLE", words->title},
	    {"time", words->time},
	    {"flood", words->steps == STEPS_FLOOD ? "" : NULL},
	    {"break_in", words->steps == STEPS_BREAK_IN ? "" : NULL},
	    {"spam", words->steps == STEPS_SPAM ? "" : NULL},
	    {"contact", words->steps == STEPS_CONTACT ? "" : NULL},
	    {"clean_by", fields.clean_by},
	    {"again", letter->step > 1 ? "again" : NULL},
	    {"what", words->what},
	    {"when", fields.when},
	    {"address", fields.address},
	    {"port", has_port ? fields.port : NULL},
	    {"proto", proto_word(sighting->proto)},
	    {"seen_by", seen_by},
	    {"code", fields.code},
	    {"quiet_days", fields.quiet_days},
	    {"limits", letter->limits ? "limits" : NULL},
	    {"phone", or_null(conf->phone)},
	    {"hours", or_null(conf->hours)},
	    {"operator", conf->operator_name},
	    {"expert", fields.expert},
	};

	fill_fields(conf, letter, &fields);
	return template_render(notice_text_en_notice, TEMPLATE_PLAIN, values,
			       sizeof(values) / sizeof(values[0]), text);
}

/* What a correction says instead. */
static int
render_correction(const struct notice_conf *conf,
		  const struct notice_letter *letter, struct text *text)
{
	const uint8_t wrong = letter->wrong;
	char told[FIELD_SIZE], code[NOTICE_CODE_SIZE];
	const struct template_value values[] = {
	    {"TITLE", "WE WERE WRONG ABOUT YOUR LINE. WE ARE SORRY."},
	    {"told", told},
	    {"evidence", wrong == NOTICE_WRONG_EVIDENCE ? "" : NULL},
	    {"holder", wrong == NOTICE_WRONG_HOLDER ? "" : NULL},
	    {"objection", wrong == NOTICE_WRONG_OBJECTION ? "" : NULL},
	    {"lifted", letter->lifted ? "" : NULL},
	    {"code", code},
	    {"phone", or_null(conf->phone)},
	    {"hours", or_null(conf->hours)},
	    {"operator", conf->operator_name},
	};
	struct text when;

	text_init(&when, told, sizeof(told));
	add_date(&when,
		 letter->told.us + conf->zone_offset_s * TIMES_SECOND_US);
	notice_code_format(letter->code_bits, code);
	return template_render(notice_text_en_correction, TEMPLATE_PLAIN,
			       values, sizeof(values) / sizeof(values[0]),
			       text);
}

uint64_t
notice_message(const struct notice_letter *letter)
{
	return letter->wrong ? ~letter->id : letter->id;
}

static bool
is_plain(struct slice slice)
{
	for (size_t i = 0; i < slice.length; i++)
		if (slice.at[i] < 0x20 || slice.at[i] > 0x7e)
			return false;
	return true;
}

/* RFC 2047, Q encoding, one word: names are short. */
static void
add_encoded(struct text *text, struct slice slice)
{
	text_add(text, "=?UTF-8?Q?");
	for (size_t i = 0; i < slice.length; i++) {
		uint8_t c = (uint8_t)slice.at[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z');

		if (c < 0x20)
			continue; /* no line end gets into a header */
		if (plain) {
			text_char(text, (char)c);
		} else {
			text_char(text, '=');
			text_char(text, "0123456789ABCDEF"[c >> 4]);
			text_char(text, "0123456789ABCDEF"[c & 15]);
		}
	}
	text_add(text, "?=");
}

/* "Name <address>": the name may hold any letters. */
static void
add_from(struct text *text, const char *from)
{
	const char *open = strrchr(from, '<');
	struct slice name = {from, open ? (size_t)(open - from) : 0};
	struct slice address = slice_of(open ? open : from);

	name = slice_trim(name);
	if (name.length > 0) {
		if (is_plain(name))
			text_slice(text, name);
		else
			add_encoded(text, name);
		text_char(text, ' ');
	}
	for (size_t i = 0; i < address.length; i++)
		if ((uint8_t)address.at[i] >= 0x20)
			text_char(text, address.at[i]);
}

/* "<lz-0000000000abcdef@example.net>" */
static void
add_message_id(struct text *text, const char *from, uint64_t message)
{
	const char *domain = strrchr(from, '@');
	char name[MAILDIR_NAME_SIZE];

	maildir_name(message, name);
	text_char(text, '<');
	text_add(text, name);
	text_char(text, '@');
	for (const char *at = domain ? domain + 1 : "localhost";
	     *at && *at != '>' && *at > 0x20; at++)
		text_char(text, *at);
	text_char(text, '>');
}

static void
add_header(struct text *text, const struct notice_conf *conf,
	   const struct notice_letter *letter, struct at_event now)
{
	struct times_date date = times_date_of(now.us);
	const char *from = conf->from[0] ? conf->from : "lazaret@localhost";
	char code[NOTICE_CODE_SIZE];

	notice_code_format(letter->code_bits, code);
	text_add(text, "From: ");
	add_from(text, from);
	text_add(text, "\nTo: undisclosed-recipients:;\nSubject: ");
	text_add(text, letter->wrong
			   ? "We were wrong about your internet line"
			   : words_of(letter->sighting.class)->subject);
	text_add(text, "\n (case ");
	text_add(text, code);
	text_add(text, ")\nDate: ");
	text_bytes(text, weekdays[date.weekday], 3);
	text_add(text, ", ");
	text_padded(text, date.day, 2);
	text_char(text, ' ');
	text_bytes(text, months[date.month - 1], 3);
	text_char(text, ' ');
	text_i64(text, date.year);
	text_char(text, ' ');
	add_clock(text, now.us);
	text_char(text, ':');
	text_padded(text, date.second, 2);
	text_add(text, " +0000\nMessage-ID: ");
	add_message_id(text, from, notice_message(letter));
	if (letter->wrong) {
		text_add(text, "\nIn-Reply-To: ");
		add_message_id(text, from, letter->id);
	}
	text_add(text, "\nMIME-Version: 1.0\n"
		       "Content-Type: text/plain; charset=utf-8\n"
		       "Content-Transfer-Encoding: 8bit\n"
		       "Content-Language: en\n"
		       "Auto-Submitted: auto-generated\n\n");
}

int
notice_render(const struct notice_conf *conf,
	      const struct notice_letter *letter, struct at_event now,
	      struct text *text)
{
	char body[NOTICE_BYTES_MAX];
	struct text unwrapped;
	int error;

	text_init(&unwrapped, body, sizeof(body));
	error = letter->wrong ? render_correction(conf, letter, &unwrapped)
			      : render_body(conf, letter, &unwrapped);
	if (error)
		return error;
	add_header(text, conf, letter, now);
	wrap_lines(body, text);
	return text->full ? LZ_E_FULL : 0;
}
