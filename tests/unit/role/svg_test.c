/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures: text is escaped, half a picture is never seen, errors are said. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/svg.h"

static char folder[] = "/tmp/lz-svg-XXXXXX";
static char bytes[65536];

static const char *
read_back(const char *name)
{
	char path[256];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	length = fread(bytes, 1, sizeof(bytes) - 1, file);
	fclose(file);
	bytes[length] = '\0';
	return bytes;
}

static void
escapes_words(void **state)
{
	struct svg svg;

	(void)state;
	assert_int_equal(svg_open(&svg, folder, "a.svg", 100, 50,
				  "a < b & \"c\"", "</desc><script>"),
			 0);
	svg_text(&svg, 1, 2, SVG_START, SVG_NORMAL, "x > y\t& z");
	svg_text_up(&svg, 1, 2, "<b>");
	assert_int_equal(svg_close(&svg), 0);
	assert_non_null(read_back("a.svg"));
	assert_non_null(strstr(bytes, ">a &lt; b &amp; &quot;c&quot;</title>"));
	assert_non_null(strstr(bytes, "&lt;/desc&gt;&lt;script&gt;</desc>"));
	assert_non_null(strstr(bytes, ">x &gt; y &amp; z</text>"));
	assert_non_null(strstr(bytes, ">&lt;b&gt;</text>"));
	assert_null(strstr(bytes, "<script"));
}

static void
shows_nothing_by_halves(void **state)
{
	struct svg_curve curve;
	struct svg svg;

	(void)state;
	assert_int_equal(svg_open(&svg, folder, "b.svg", 100, 50, "t", "d"), 0);
	assert_null(read_back("b.svg"));
	assert_non_null(read_back("b.svg.part"));
	/* A curve of one point, a band of none, a bar without height. */
	svg_curve_begin(&svg, &curve, SVG_SERIES + 1);
	svg_curve_point(&svg, &curve, 1, 2);
	svg_curve_point(&svg, &curve, -0.04, 3);
	svg_curve_end(&svg);
	svg_band(&svg, NULL, NULL, NULL, 0);
	svg_bar(&svg, 1, 2, 3, 0, true);
	assert_int_equal(svg_close(&svg), 0);
	assert_null(read_back("b.svg.part"));
	assert_non_null(read_back("b.svg"));
	assert_non_null(strstr(bytes, "class=\"s1\" d=\"M1.0 2.0H0.0V3.0\""));
	assert_null(strstr(bytes, "class=\"bar-light\""));
	assert_null(strstr(bytes, "class=\"band\""));
}

static void
says_what_went_wrong(void **state)
{
	char long_folder[SVG_PATH_SIZE + 1];
	struct svg svg;

	(void)state;
	assert_int_equal(svg_open(&svg, "/nowhere-at-all", "a.svg", 1, 1, "t",
				  "d"),
			 -ENOENT);
	memset(long_folder, 'x', sizeof(long_folder));
	long_folder[SVG_PATH_SIZE] = '\0';
	assert_int_equal(svg_open(&svg, long_folder, "a.svg", 1, 1, "t", "d"),
			 -ENAMETOOLONG);
	/* A disk that is full. */
	assert_int_equal(svg_open(&svg, folder, "c.svg", 1, 1, "t", "d"), 0);
	assert_non_null(freopen("/dev/full", "w", svg.file));
	svg_text(&svg, 1, 1, SVG_END, SVG_SMALL, "words");
	assert_int_equal(svg_close(&svg), -ENOSPC);
	assert_null(read_back("c.svg"));
	assert_null(read_back("c.svg.part"));
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
	char path[256];

	(void)state;
	for (char name[] = "a.svg"; name[0] < 'd'; name[0]++) {
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escapes_words),
	    cmocka_unit_test(shows_nothing_by_halves),
	    cmocka_unit_test(says_what_went_wrong),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
