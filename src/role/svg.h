/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small SVG writer: lines, step curves, boxes and words into a file.
 *
 * What it writes has a title and a description for those who can't see it, no
 * script, nothing from outside, and its own colours for light and dark.  It can
 * be read in black and white: series differ by dashes and shades, not by hue.
 * Lengths are pixels; text is escaped here.
 */
#ifndef ROLE_SVG_H
#define ROLE_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/errors.h"

#define SVG_PATH_SIZE 2048
#define SVG_SERIES 4 /* kinds of line that can be told apart */

struct svg {
	FILE *file;
	bool failed;
	char path[SVG_PATH_SIZE], part[SVG_PATH_SIZE + 8];
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };
enum svg_size { SVG_SMALL, SVG_NORMAL, SVG_LARGE };

/*
 * FOLDER/NAME, written beside it first and put in place by svg_close: nobody
 * sees half a picture.  -errno: there is nothing to close.
 */
LZ_NODISCARD int svg_open(struct svg *svg, const char *folder, const char *name,
			  unsigned width, unsigned height, const char *title,
			  const char *description);
/* 0 or -errno; the file is there only on 0. */
LZ_NODISCARD int svg_close(struct svg *svg);

void svg_text(struct svg *svg, double x, double y, enum svg_anchor anchor,
	      enum svg_size size, const char *words);
/* The same upwards, turned by a quarter. */
void svg_text_up(struct svg *svg, double x, double y, const char *words);
/* An axis or a tick; `faint`: of a grid. */
void svg_rule(struct svg *svg, double x1, double y1, double x2, double y2,
	      bool faint);
/* Line of a series, 0 to SVG_SERIES - 1. */
void svg_line(struct svg *svg, unsigned series, double x1, double y1, double x2,
	      double y2);
/* A box filled as a bar: dark, or light with an edge. */
void svg_bar(struct svg *svg, double x, double y, double width, double height,
	     bool light);
void svg_dot(struct svg *svg, double x, double y);

/* A step curve: begin, one point after the other, end.  The line goes right,
 * then up or down. */
struct svg_curve {
	double x, y;
	bool any;
};
void svg_curve_begin(struct svg *svg, struct svg_curve *curve, unsigned series);
void svg_curve_point(struct svg *svg, struct svg_curve *curve, double x,
		     double y);
void svg_curve_end(struct svg *svg);

/* A band between two step curves: points low[i], high[i] at x[i]. */
void svg_band(struct svg *svg, const double *x, const double *low,
	      const double *high, size_t count);

#endif
