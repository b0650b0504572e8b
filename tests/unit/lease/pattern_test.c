/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pattern files: what they match, what they refuse, where a wrong one is said to
 * be wrong; the files of share/patterns with their own examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lease/pattern.h"
#include "lease/reason.h"

/* 2026-11-25T01:02:03Z */
#define EVENT_US INT64_C(1795568523000000)
#define EVENTS_MAX 128

struct said {
	size_t count, refused_count, entries;
	struct lease_event events[EVENTS_MAX];
	const char *reason;
	uint64_t offset;
};

static struct said said;

static void
sink(void *context, const struct lease_event *event)
{
	(void)context;
	assert_true(said.count < EVENTS_MAX);
	said.events[said.count++] = *event;
}

static void
refused(void *context, uint64_t offset, const char *reason)
{
	(void)context;
	assert_non_null(reason_find(reason));
	said.refused_count++;
	said.reason = reason;
	said.offset = offset;
}

static const struct lease_output output = {sink, refused, NULL};
static const struct pattern_conf conf = {.zone_offset_s = 3600, .realm = 9};

static struct pattern *
read_pattern(const char *file)
{
	struct pattern_problem problem;
	struct pattern *pattern = NULL;

	if (pattern_read(slice_of(file), &pattern, &problem) != 0)
		fail_msg("%u:%u: %s", problem.line, problem.column,
			 problem.text);
	return pattern;
}

static void
say_at(const struct pattern *pattern, const char *line, int64_t arrival_us)
{
	memset(&said, 0, sizeof(said));
	said.entries = pattern_say(pattern, &conf, slice_of(line),
				   (struct at_arrival){arrival_us}, 3 << 16,
				   &output);
	assert_int_equal(said.entries, said.count + said.refused_count);
}

static void
say(const struct pattern *pattern, const char *line)
{
	say_at(pattern, line, EVENT_US + 2 * TIMES_SECOND_US);
}

#define BLOCKS                                                               \
	"lazaret-pattern 1\n"                                                \
	"vrf blue 4\n"                                                       \
	"event alloc ADD {inside} > {outside}:{port_first}-{port_last} "     \
	"in {vrf};\n"                                                        \
	"event release DEL {inside} > {outside}:{port_first}+{port_count}\n" \
	"event alive ONE {proto} {inside}:{word} {outside}:{port}\n"

static void
blocks_of_a_message(void **state)
{
	struct pattern *pattern = read_pattern(BLOCKS);
	const struct lease_event *event = said.events;

	(void)state;
	say(pattern, "<14>Nov 25 02:02:03 cgn1 natd: ADD 100.64.0.5 > "
		     "203.0.113.40:1024-1535 in blue; DEL 2001:db8::5 > "
		     "203.0.113.40:1536+512 ONE udp 100.64.0.6:40000 "
		     "203.0.113.41:2001");
	assert_int_equal(said.count, 3);
	assert_int_equal(event[0].kind, LEASE_START);
	assert_string_equal(event[0].speaker, "cgn1");
	assert_int_equal(addr_v4(&event[0].inside), 0x64400005);
	assert_int_equal(event[0].inside_realm, 4);
	assert_int_equal(event[0].subjects[0].subject.port_first, 1024);
	assert_int_equal(event[0].subjects[0].subject.port_last, 1535);
	/* The header's time, in the configured zone. */
	assert_int_equal(event[0].at.us, EVENT_US);
	/* It came two seconds later. */
	assert_int_equal(event[0].error_us, 2 * TIMES_SECOND_US);
	assert_int_equal(event[0].origin, 3 << 16);
	assert_int_equal(event[1].kind, LEASE_STOP);
	assert_false(addr_is_v4(&event[1].inside));
	assert_int_equal(event[1].inside_realm, 9);
	assert_int_equal(event[1].subjects[0].subject.port_last, 2047);
	assert_int_equal(event[2].kind, LEASE_ALIVE);
	assert_int_equal(event[2].marks, LEASE_SHARES);
	assert_string_equal(event[2].session,
			    "100.64.0.6@9>203.0.113.41:2001-2001/17#40000");
	pattern_free(pattern);
}

static void
what_does_not_fit_is_refused_for_itself(void **state)
{
	struct pattern *pattern = read_pattern(BLOCKS);

	(void)state;
	say(pattern, "<14>Nov 25 02:02:03 c n: ADD 100.64.0.5 > "
		     "203.0.113.40:1024-99999 in blue;ADD 100.64.0.5 > "
		     "203.0.113.40:1024-1535 in blue;");
	assert_int_equal(said.count, 1);
	assert_string_equal(said.reason, "pattern");
	assert_int_equal(said.offset, 25);
	say(pattern, "<14>Nov 25 02:02:03 c n: ADD 100.64.0.5 > "
		     "203.0.113.40:1024-1535 in red;");
	assert_string_equal(said.reason, "vrf_unset");
	say(pattern, "<14>Nov 25 02:02:03 c n: DEL 100.64.0.5 > "
		     "203.0.113.40:65535+2");
	assert_string_equal(said.reason, "ports");
	say(pattern, "<14>Nov 25 02:02:03 c n: DEL 100.64.0.5 > "
		     "203.0.113.40:65535+0");
	assert_string_equal(said.reason, "ports");
	say(pattern, "<14>Nov 25 02:02:03 c n: something else");
	assert_int_equal(said.entries, 0);
	say(pattern, "");
	assert_int_equal(said.entries, 0);
	say(pattern, "<14>Nov 25 02:02:03 c n: ADD ");
	assert_int_equal(said.entries, 0); /* cut: not even its literal */
	say(pattern, "<14>Nov 25 02:02:03 c n: ADD x");
	assert_string_equal(said.reason, "pattern");
	pattern_free(pattern);
}

/* No port where an IPv6 address may go on. */
static void
an_address_is_never_cut_short(void **state)
{
	struct pattern *pattern = read_pattern(
	    "lazaret-pattern 1\n"
	    "event alloc ADD {inside} {outside}:{port}\n");

	(void)state;
	say(pattern, "ADD 100.64.0.5 2001:db8::9:2001");
	assert_int_equal(said.count, 0);
	assert_string_equal(said.reason, "pattern");
	say(pattern, "ADD 100.64.0.5a 203.0.113.40:2001");
	assert_int_equal(said.count, 0);
	say(pattern, "ADD 100.64.0.5 203.0.113.40:2001");
	assert_int_equal(said.count, 1);
	/* Without any time it is of just now. */
	assert_int_equal(said.events[0].at.us, EVENT_US + 2 * TIMES_SECOND_US);
	assert_int_equal(said.events[0].error_us, 5 * TIMES_SECOND_US);
	pattern_free(pattern);
}

static void
times_by_name(void **state)
{
	static const struct {
		const char *format, *time;
		int64_t error_us; /* 0: refused */
	} cases[] = {
	    {"bsd", "Nov 25 02:02:03", 1000000},
	    {"bsd", "Nov 25 2026 02:02:03.0", 100000},
	    {"bsd", "Nov 25 02:02:03 PM", 0},
	    {"iso", "2026-11-25 02:02:03", 1000000},
	    {"iso", "2026-11-25T02:02:03,000", 1000},
	    {"iso", "2026-11-25 02:02:03 AM", 0},
	    {"iso", "2026-11-25 02:02:03pm", 0},
	    {"iso", "2026-11-25 02:02", 0},
	    {"rfc3339", "2026-11-25T01:02:03Z", 1000000},
	    {"rfc3339", "2026-11-25T03:02:03.000+02:00", 1000},
	    {"rfc3339", "2026-11-25T01:02:03", 0},
	    {"epoch", "1795568523", 1000000},
	    {"epoch-ms", "1795568523000", 1000},
	    {"epoch-hex", "0x6b06338b", 1000000},
	    {"epoch-hex", "6B06338b", 1000000},
	    {"epoch-hex", "x", 0},
	    {"epoch", "99999999999999999999", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pattern *pattern;
		char file[256], line[256];

		snprintf(file, sizeof(file),
			 "lazaret-pattern 1\ninput line\ntime %s\n"
			 "event alloc A {time} {inside} {outside} {port}\n",
			 cases[i].format);
		snprintf(line, sizeof(line),
			 "A %s 100.64.0.5 203.0.113.40 2001", cases[i].time);
		pattern = read_pattern(file);
		say_at(pattern, line, EVENT_US);
		if (cases[i].error_us > 0) {
			assert_int_equal(said.count, 1);
			assert_int_equal(said.events[0].at.us, EVENT_US);
			assert_int_equal(said.events[0].error_us,
					 cases[i].error_us);
		} else {
			assert_int_equal(said.count, 0);
			assert_int_equal(said.refused_count, 1);
		}
		if (strchr(cases[i].time, 'M') || strstr(cases[i].time, "pm"))
			assert_string_equal(said.reason, "time_12_hours");
		pattern_free(pattern);
	}
}

static void
a_clock_far_off_is_doubted(void **state)
{
	struct pattern *pattern = read_pattern(
	    "lazaret-pattern 1\nzone +05:30\ntime iso\n"
	    "event alloc A {time} {inside} {outside} {port}\n");

	(void)state;
	say(pattern, "A 2026-11-25 06:32:03 100.64.0.5 203.0.113.40 2001");
	assert_int_equal(said.events[0].at.us, EVENT_US);
	assert_int_equal(said.events[0].marks, LEASE_SHARES);
	say(pattern, "A 2026-11-25 01:02:03 100.64.0.5 203.0.113.40 2001");
	assert_int_equal(said.events[0].marks,
			 LEASE_SHARES | LEASE_CLOCK_DOUBTED);
	assert_true(said.events[0].error_us > 5 * TIMES_HOUR_US);
	pattern_free(pattern);
}

static void
addresses_held_whole(void **state)
{
	struct pattern *pattern = read_pattern(
	    "lazaret-pattern 1\ninput line\ntime iso\nzone UTC\n"
	    "event alloc {time} {host} bind {address} line {{{circuit}}\n"
	    "event release {time} {host} free {address} mac {mac}\n");
	const struct lease_event *event = said.events;

	(void)state;
	say(pattern,
	    "2026-11-25 01:02:03 olt-7 bind 192.0.2.7 line {olt-7 1/2/3}");
	assert_int_equal(said.count, 1);
	assert_int_equal(event->kind, LEASE_START);
	assert_int_equal(event->subjects[0].slot, LEASE_SLOT_ADDRESS);
	assert_int_equal(addr_v4(&event->subjects[0].subject.prefix.addr),
			 0xc0000207);
	assert_string_equal(event->holder, "circuit:olt-7 1/2/3");
	assert_string_equal(event->speaker, "olt-7");
	assert_false(event->inside_told);
	assert_int_equal(event->realm, 9);
	assert_true(strlen(event->session) > 0);
	say(pattern, "2026-11-25 01:02:03 olt-7 free 2001:db8:7::/56 mac "
		     "02:00:5e:10:00:01");
	assert_int_equal(said.count, 1);
	assert_int_equal(event->kind, LEASE_STOP);
	assert_int_equal(event->subjects[0].slot, LEASE_SLOT_DELEGATED);
	assert_int_equal(event->subjects[0].subject.prefix.length, 56);
	assert_string_equal(event->holder, "mac:02:00:5e:10:00:01");
	say(pattern, "2026-11-25 01:02:03 olt-7 free 192.0.2.7 mac x");
	assert_string_equal(said.reason, "holder");
	/* Of an event that begins with a field another line is just another. */
	say(pattern, "2026-11-25 01:02:03 olt-7 something else");
	assert_int_equal(said.entries, 0);
	say(pattern, "2026-11-25 01:02:03 PM olt-7 bind 192.0.2.7 line {x}");
	assert_string_equal(said.reason, "time_12_hours");
	pattern_free(pattern);
}

static void
more_entries_than_any_line_has(void **state)
{
	struct pattern *pattern = read_pattern(
	    "lazaret-pattern 1\n"
	    "event alloc A{inside}>{outside}:{port};\n");
	char line[8192] = "";

	(void)state;
	for (unsigned i = 0; i < PATTERN_ENTRIES_MAX + 1; i++)
		strcat(line, "A10.0.0.1>203.0.113.40:2001;");
	say(pattern, line);
	assert_int_equal(said.count, PATTERN_ENTRIES_MAX);
	assert_string_equal(said.reason, "entries");
	pattern_free(pattern);
}

static void
a_file_in_chunks(void **state)
{
	struct pattern *pattern = read_pattern(
	    "lazaret-pattern 1\ninput line\ntime epoch\n"
	    "event alloc {time} A{inside}>{outside}:{port};\n");
	static const char text[] = "1795568523 A10.0.0.1>203.0.113.40:2001;\r\n"
				   "\n"
				   "1795568523 A10.0.0.1>203.0.113.40:2002;x\n"
				   "1795568523 A10.0.0.1>203.0.113.40:2003;";
	struct lease_chunk chunk = {.bytes = {text, sizeof(text) - 1},
				    .origin = 7 << 16,
				    .arrival = {TIMES_UNSET_US}};
	char *large;

	(void)state;
	memset(&said, 0, sizeof(said));
	assert_int_equal(pattern_feed(pattern, &conf, &chunk, &output),
			 strrchr(text, '\n') + 1 - text);
	assert_int_equal(said.count, 2);
	assert_int_equal(said.events[0].origin, 7 << 16);
	assert_int_equal(said.events[1].origin,
			 (7 << 16) + (strstr(text, "x\n") - text) - 39);
	chunk.end = true;
	memset(&said, 0, sizeof(said));
	assert_int_equal(pattern_feed(pattern, &conf, &chunk, &output),
			 sizeof(text) - 1);
	assert_int_equal(said.count, 3);
	/* A line without an end is given up, not waited for. */
	large = malloc(PATTERN_LINE_MAX + 1);
	assert_non_null(large);
	memset(large, 'x', PATTERN_LINE_MAX + 1);
	chunk.bytes = (struct slice){large, PATTERN_LINE_MAX + 1};
	chunk.end = false;
	memset(&said, 0, sizeof(said));
	assert_int_equal(pattern_feed(pattern, &conf, &chunk, &output),
			 PATTERN_LINE_MAX + 1);
	assert_string_equal(said.reason, "too_long");
	chunk.bytes.length = PATTERN_LINE_MAX;
	assert_int_equal(pattern_feed(pattern, &conf, &chunk, &output), 0);
	free(large);
	pattern_free(pattern);
}

static void
wrong_files_say_where(void **state)
{
	static const struct {
		const char *file;
		uint32_t line, column;
		const char *expected;
	} cases[] = {
	    {"", 1, 1, "an event"},
	    {"event alloc x\n", 1, 1, "\"lazaret-pattern 1\""},
	    {"lazaret-pattern 2\n", 1, 1, "\"lazaret-pattern 1\""},
	    {"lazaret-pattern 1\n\nfoo bar\n", 3, 1, "event, input"},
	    {"lazaret-pattern 1\n event alloc x\n", 2, 1, "no blank"},
	    {"lazaret-pattern 1\nevent add x\n", 2, 7, "alloc, release"},
	    {"lazaret-pattern 1\nevent alloc\n", 2, 1, "the text"},
	    {"lazaret-pattern 1\nevent alloc a {insid}\n", 2, 15,
	     "the name of a field, found \"insid\""},
	    {"lazaret-pattern 1\nevent alloc a {inside\n", 2, 15, "\"}\""},
	    {"lazaret-pattern 1\nevent alloc {inside}{outside} {port}\n", 2, 21,
	     "text between"},
	    {"lazaret-pattern 1\nevent alloc {inside} {inside}\n", 2, 22,
	     "each field once"},
	    {"lazaret-pattern 1\nevent alloc {inside} {outside}\n", 2, 1,
	     "{port}"},
	    {"lazaret-pattern 1\nevent alloc {inside} {port}\n", 2, 1,
	     "{inside} and {outside}"},
	    {"lazaret-pattern 1\nevent alloc {address} x\n", 2, 1,
	     "a holder beside"},
	    {"lazaret-pattern 1\nevent alloc {address} {mac} {circuit}\n", 2, 1,
	     "one holder"},
	    {"lazaret-pattern 1\nevent alloc {address} {inside} {mac}\n", 2, 1,
	     "{address}, or"},
	    {"lazaret-pattern 1\nevent alloc {inside} {outside} {port} {mac}\n",
	     2, 1, "no holder beside"},
	    {"lazaret-pattern 1\nevent alloc {time} {inside} {outside} "
	     "{port}\n",
	     2, 1, "a line \"time FORMAT\""},
	    {"lazaret-pattern 1\ninput line\nevent alloc {inside} {outside} "
	     "{port}\n",
	     3, 1, "{time}"},
	    {"lazaret-pattern 1\ntime noon\n", 2, 6, "bsd, rfc3339"},
	    {"lazaret-pattern 1\nzone CET\n", 2, 6, "UTC or an offset"},
	    {"lazaret-pattern 1\nvrf blue x\n", 2, 5, "a VRF's name"},
	    {"lazaret-pattern 1\ninput files\n", 2, 7, "syslog or line"},
	    {"lazaret-pattern 1\ninput line\ninput line\n", 3, 7, "one input"},
	    {"lazaret-pattern 1\ntime iso 12h\n", 2, 10, "the line's end"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pattern_problem problem;
		struct pattern *pattern = NULL;

		assert_int_equal(pattern_read(slice_of(cases[i].file), &pattern,
					      &problem),
				 LZ_E_FORMAT);
		assert_null(pattern);
		if (problem.line != cases[i].line ||
		    problem.column != cases[i].column ||
		    !strstr(problem.text, cases[i].expected))
			fail_msg("%zu: %u:%u %s", i, problem.line,
				 problem.column, problem.text);
	}
}

static void
ceilings_are_said(void **state)
{
	char *file = malloc(PATTERN_FILE_MAX + 16);
	struct pattern_problem problem;
	struct pattern *pattern;
	size_t at;

	(void)state;
	assert_non_null(file);
	memset(file, '#', PATTERN_FILE_MAX);
	assert_int_equal(pattern_read((struct slice){file, PATTERN_FILE_MAX},
				      &pattern, &problem),
			 LZ_E_FULL);
	at = (size_t)sprintf(file, "lazaret-pattern 1\n");
	for (unsigned i = 0; i <= PATTERN_EVENTS_MAX; i++)
		at += (size_t)sprintf(file + at,
				      "event alloc {inside} {outside} "
				      "{port}\n");
	assert_int_equal(pattern_read((struct slice){file, at}, &pattern,
				      &problem),
			 LZ_E_FULL);
	assert_int_equal(problem.line, PATTERN_EVENTS_MAX + 2);
	at = (size_t)sprintf(file, "lazaret-pattern 1\nevent alloc ");
	for (unsigned i = 0; i < PATTERN_PARTS_MAX; i++)
		at += (size_t)sprintf(file + at, "{skip}-");
	assert_int_equal(pattern_read((struct slice){file, at}, &pattern,
				      &problem),
			 LZ_E_FULL);
	free(file);
}

/* A shipped file, and the examples in it: each line is one event. */
static void
shipped(const char *name)
{
	const char *source = getenv("LAZARET_SOURCE");
	static const char mark[] = "# example: ";
	static char file[PATTERN_FILE_MAX];
	struct pattern *pattern;
	char path[4096];
	unsigned examples = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/share/patterns/%s",
		 source ? source : ".", name);
	in = fopen(path, "re");
	assert_non_null(in);
	file[fread(file, 1, sizeof(file) - 1, in)] = '\0';
	fclose(in);
	assert_non_null(strstr(file, "ot tested") ? strstr(file, "ot tested")
						  : strstr(file, "No maker"));
	pattern = read_pattern(file);
	for (char *at = strstr(file, mark); at; at = strstr(at + 1, mark)) {
		char *end = strchr(at, '\n');

		*end = '\0';
		say(pattern, at + strlen(mark));
		if (said.count != 1 || said.refused_count != 0)
			fail_msg("%s: %s: %s", name, said.reason, at);
		assert_true(said.events[0].marks == 0 ||
			    said.events[0].marks == LEASE_BLOCK_ENDS ||
			    said.events[0].marks == LEASE_CLOCK_DOUBTED ||
			    said.events[0].marks ==
				(LEASE_BLOCK_ENDS | LEASE_CLOCK_DOUBTED));
		*end = '\n';
		examples++;
	}
	assert_true(examples >= 2);
	pattern_free(pattern);
}

static void
shipped_files_match_their_examples(void **state)
{
	(void)state;
	shipped("f5-lsn.pattern");
	shipped("a10-port-batch.pattern");
	shipped("huawei-port-range.pattern");
	shipped("fortigate-pba.pattern");
	shipped("access-node.pattern");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_of_a_message),
	    cmocka_unit_test(what_does_not_fit_is_refused_for_itself),
	    cmocka_unit_test(an_address_is_never_cut_short),
	    cmocka_unit_test(times_by_name),
	    cmocka_unit_test(a_clock_far_off_is_doubted),
	    cmocka_unit_test(addresses_held_whole),
	    cmocka_unit_test(more_entries_than_any_line_has),
	    cmocka_unit_test(a_file_in_chunks),
	    cmocka_unit_test(wrong_files_say_where),
	    cmocka_unit_test(ceilings_are_said),
	    cmocka_unit_test(shipped_files_match_their_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
