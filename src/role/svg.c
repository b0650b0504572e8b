/* SPDX-License-Identifier: Apache-2.0 */
/* Writes SVG. */
#include "role/svg.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

static const char style[] =
    "<style>\n"
    ".paper{fill:#ffffff}\n"
    "text{fill:#1a1a1a;font-family:\"DejaVu Sans\",Verdana,sans-serif}\n"
    ".small{font-size:11px}.normal{font-size:13px}.large{font-size:17px;"
    "font-weight:bold}\n"
    ".rule{stroke:#1a1a1a;stroke-width:1}\n"
    ".faint{stroke:#c8c8c8;stroke-width:1}\n"
    ".s0,.s1,.s2,.s3{stroke:#1a1a1a;fill:none;stroke-width:2.2}\n"
    ".s1{stroke-dasharray:9 5}\n"
    ".s2{stroke-dasharray:2 4;stroke-linecap:round}\n"
    ".s3{stroke-dasharray:12 4 2 4}\n"
    ".band{fill:#1a1a1a;fill-opacity:0.11;stroke:none}\n"
    ".bar{fill:#3c3c3c;stroke:#1a1a1a;stroke-width:0.6}\n"
    ".bar-light{fill:#e2e2e2;stroke:#1a1a1a;stroke-width:0.6}\n"
    ".dot{fill:#1a1a1a}\n"
    "@media (prefers-color-scheme: dark){\n"
    ".paper{fill:#16181b}text,.dot{fill:#f0f0f0}\n"
    ".rule,.s0,.s1,.s2,.s3{stroke:#f0f0f0}.faint{stroke:#4a4d52}\n"
    ".band{fill:#f0f0f0;fill-opacity:0.16}\n"
    ".bar{fill:#d8d8d8;stroke:#f0f0f0}"
    ".bar-light{fill:#43474d;stroke:#f0f0f0}\n"
    "}\n"
    "</style>\n";

static void
put(struct svg *svg, const char *text)
{
	svg->failed |= fputs(text, svg->file) < 0;
}

static void
put_escaped(struct svg *svg, const char *text)
{
	for (; *text; text++) {
		const char one[2] = {*text, '\0'};

		put(svg, *text == '<'    ? "&lt;"
			 : *text == '>'  ? "&gt;"
			 : *text == '&'  ? "&amp;"
			 : *text == '"'  ? "&quot;"
			 : *text == '\t' ? " "
					 : one);
	}
}

/* A length, to a tenth: what can be seen. */
static void
put_number(struct svg *svg, const char *before, double number)
{
	svg->failed |= fprintf(svg->file, "%s%.1f", before,
			       fabs(number) < 0.05 ? 0 : number) < 0;
}

int
svg_open(struct svg *svg, const char *folder, const char *name, unsigned width,
	 unsigned height, const char *title, const char *description)
{
	int length = snprintf(svg->path, sizeof(svg->path), "%s/%s", folder,
			      name);

	svg->failed = false;
	if (length < 0 || (size_t)length >= sizeof(svg->path))
		return -ENAMETOOLONG;
	(void)snprintf(svg->part, sizeof(svg->part), "%s.part", svg->path);
	svg->file = fopen(svg->part, "we");
	if (!svg->file)
		return -errno;
	svg->failed |=
	    fprintf(svg->file,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
		    "height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\" "
		    "aria-labelledby=\"title desc\">\n<title id=\"title\">",
		    width, height, width, height) < 0;
	put_escaped(svg, title);
	put(svg, "</title>\n<desc id=\"desc\">");
	put_escaped(svg, description);
	put(svg, "</desc>\n");
	put(svg, style);
	put(svg, "<rect class=\"paper\" x=\"0\" y=\"0\"");
	put_number(svg, " width=\"", width);
	put_number(svg, "\" height=\"", height);
	put(svg, "\"/>\n");
	return 0;
}

int
svg_close(struct svg *svg)
{
	int error = 0;

	put(svg, "</svg>\n");
	if (svg->failed || fflush(svg->file) != 0)
		error = errno ? -errno : -EIO;
	if (fclose(svg->file) != 0 && !error)
		error = -errno;
	if (!error && rename(svg->part, svg->path) != 0)
		error = -errno;
	if (error)
		(void)unlink(svg->part);
	return error;
}

void
svg_text(struct svg *svg, double x, double y, enum svg_anchor anchor,
	 enum svg_size size, const char *words)
{
	static const char *const anchors[] = {"start", "middle", "end"};
	static const char *const sizes[] = {"small", "normal", "large"};

	put(svg, "<text class=\"");
	put(svg, sizes[size]);
	put(svg, "\" text-anchor=\"");
	put(svg, anchors[anchor]);
	put_number(svg, "\" x=\"", x);
	put_number(svg, "\" y=\"", y);
	put(svg, "\">");
	put_escaped(svg, words);
	put(svg, "</text>\n");
}

void
svg_text_up(struct svg *svg, double x, double y, const char *words)
{
	put(svg, "<text class=\"normal\" text-anchor=\"middle\" transform=\"");
	put_number(svg, "translate(", x);
	put_number(svg, " ", y);
	put(svg, ") rotate(-90)\">");
	put_escaped(svg, words);
	put(svg, "</text>\n");
}

static void
line(struct svg *svg, const char *class, double x1, double y1, double x2,
     double y2)
{
	put(svg, "<line class=\"");
	put(svg, class);
	put_number(svg, "\" x1=\"", x1);
	put_number(svg, "\" y1=\"", y1);
	put_number(svg, "\" x2=\"", x2);
	put_number(svg, "\" y2=\"", y2);
	put(svg, "\"/>\n");
}

static const char *
series_class(unsigned series)
{
	static const char *const classes[SVG_SERIES] = {"s0", "s1", "s2", "s3"};

	return classes[series % SVG_SERIES];
}

void
svg_rule(struct svg *svg, double x1, double y1, double x2, double y2,
	 bool faint)
{
	line(svg, faint ? "faint" : "rule", x1, y1, x2, y2);
}

void
svg_line(struct svg *svg, unsigned series, double x1, double y1, double x2,
	 double y2)
{
	line(svg, series_class(series), x1, y1, x2, y2);
}

void
svg_bar(struct svg *svg, double x, double y, double width, double height,
	bool light)
{
	if (!(height > 0))
		return;
	put(svg, "<rect class=\"");
	put(svg, light ? "bar-light" : "bar");
	put_number(svg, "\" x=\"", x);
	put_number(svg, "\" y=\"", y);
	put_number(svg, "\" width=\"", width);
	put_number(svg, "\" height=\"", height);
	put(svg, "\"/>\n");
}

void
svg_dot(struct svg *svg, double x, double y)
{
	put(svg, "<circle class=\"dot\"");
	put_number(svg, " cx=\"", x);
	put_number(svg, "\" cy=\"", y);
	put(svg, "\" r=\"4.5\"/>\n");
}

void
svg_curve_begin(struct svg *svg, struct svg_curve *curve, unsigned series)
{
	curve->any = false;
	put(svg, "<path class=\"");
	put(svg, series_class(series));
	put(svg, "\" d=\"");
}

void
svg_curve_point(struct svg *svg, struct svg_curve *curve, double x, double y)
{
	if (!curve->any) {
		put_number(svg, "M", x);
		put_number(svg, " ", y);
	} else {
		put_number(svg, "H", x);
		put_number(svg, "V", y);
	}
	curve->any = true;
	curve->x = x;
	curve->y = y;
}

void
svg_curve_end(struct svg *svg)
{
	put(svg, "\"/>\n");
}

void
svg_band(struct svg *svg, const double *x, const double *low,
	 const double *high, size_t count)
{
	if (count < 2)
		return;
	put(svg, "<path class=\"band\" d=\"");
	put_number(svg, "M", x[0]);
	put_number(svg, " ", low[0]);
	for (size_t i = 1; i < count; i++) {
		put_number(svg, "H", x[i]);
		put_number(svg, "V", low[i]);
	}
	put_number(svg, "V", high[count - 1]);
	/* Back along the other edge: there a step comes before the way left. */
	for (size_t i = count - 1; i-- > 0;) {
		put_number(svg, "V", high[i]);
		put_number(svg, "H", x[i]);
	}
	put(svg, "Z\"/>\n");
}
