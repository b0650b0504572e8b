/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator would write about the invented provider, as files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "role/generate.h"

static int
fail(struct generate_result *result, const char *what, const char *name,
     int error)
{
	snprintf(result->message, sizeof(result->message),
		 "%.40s %.140s: %.60s", what, name, strerror(error));
	return -error;
}

static FILE *
file_open(const char *folder, const char *name, struct generate_result *result)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (file == NULL)
		(void)fail(result, "cannot write", path, errno);
	return file;
}

static int
file_close(FILE *file, const char *name, struct generate_result *result)
{
	bool bad = ferror(file) != 0;

	if (fclose(file) != 0 || bad)
		return fail(result, "cannot write", name, errno ? errno : EIO);
	return 0;
}

static int
write_bindings(const char *folder, const struct isp *isp,
	       struct generate_result *result)
{
	FILE *file = file_open(folder, "bindings.csv", result);
	size_t i;

	if (file == NULL)
		return -errno;
	fputs("address,port_first,port_last,party,start,end\n", file);
	for (i = 0; i < isp_line_count(isp); i++) {
		const struct isp_line *line = isp_line(isp, i);
		char buffer[2 * PREFIX_TEXT_SIZE];
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		addr_format(&text, &line->v4);
		fprintf(file, "%s,,,%s,2020-01-01T00:00:00Z,\n", buffer,
			line->label);
		text_init(&text, buffer, sizeof(buffer));
		prefix_format(&text, &line->v6);
		fprintf(file, "%s,,,%s,2020-01-01T00:00:00Z,\n", buffer,
			line->label);
	}
	return file_close(file, "bindings.csv", result);
}

static int
write_truth(const char *folder, const struct isp *isp,
	    struct generate_result *result)
{
	FILE *file = file_open(folder, "truth.csv", result);
	size_t i;

	if (file == NULL)
		return -errno;
	fputs("party,address,prefix,behaviour,infected\n", file);
	for (i = 0; i < isp_line_count(isp); i++) {
		const struct isp_line *line = isp_line(isp, i);
		char v4[ADDR_TEXT_SIZE], v6[PREFIX_TEXT_SIZE];
		struct text text;

		text_init(&text, v4, sizeof(v4));
		addr_format(&text, &line->v4);
		text_init(&text, v6, sizeof(v6));
		prefix_format(&text, &line->v6);
		fprintf(file, "%s,%s,%s,%s,%s\n", line->label, v4, v6,
			isp_behaviour_name(line->behaviour),
			isp_behaviour_infected(line->behaviour) ? "yes" : "no");
	}
	return file_close(file, "truth.csv", result);
}

static int
write_indicators(const char *folder, const struct isp_conf *conf,
		 struct generate_result *result)
{
	FILE *file = file_open(folder, "indicators.csv", result);
	char first[TIMES_RFC3339_SIZE], last[TIMES_RFC3339_SIZE];
	struct text text;

	if (file == NULL)
		return -errno;
	text_init(&text, first, sizeof(first));
	times_format(&text, conf->start.us - 20 * TIMES_DAY_US);
	text_init(&text, last, sizeof(last));
	times_format(&text, conf->start.us - TIMES_DAY_US);
	fputs("type,value,port,proto,family,source,first_seen,last_seen,"
	      "valid_until\n",
	      file);
	fprintf(file, "address,%s,%d,tcp,mirai,example-list,%s,%s,\n",
		ISP_C2_ADDRESS, ISP_C2_PORT, first, last);
	return file_close(file, "indicators.csv", result);
}

static int
write_configuration(const char *folder, const struct isp_conf *conf,
		    struct generate_result *result)
{
	static const char *const routers[] = {"127.0.0.1", "192.0.2.1",
					      "192.0.2.2"};
	FILE *file = file_open(folder, "lazaret.yaml", result);
	size_t i;

	if (file == NULL)
		return -errno;
	fprintf(file,
		"# An invented provider, made by `lazaret generate`.\n"
		"network:\n"
		"  name: example\n"
		"  source_filtered: true\n"
		"  inside: [%s, %s, { prefix: \"%s\", assign: 56 }]\n"
		"bindings: [{ csv: bindings.csv }]\n"
		"indicators: [{ csv: indicators.csv }]\n"
		"exporters:\n",
		ISP_INSIDE_V4_A, ISP_INSIDE_V4_B, ISP_INSIDE_V6);
	for (i = 0; i < sizeof(routers) / sizeof(routers[0]); i++)
		fprintf(file,
			"  - address: %s\n"
			"    active_timeout: %llds\n"
			"    inactive_timeout: %llds\n"
			"    interfaces: { subscriber: [%d], border: [%d] }\n",
			routers[i],
			(long long)(conf->active_timeout_us / TIMES_SECOND_US),
			(long long)(conf->inactive_timeout_us /
				    TIMES_SECOND_US),
			ISP_IF_SUBSCRIBER, ISP_IF_BORDER);
	return file_close(file, "lazaret.yaml", result);
}

int
generate_files(const char *folder, const struct isp_conf *conf,
	       struct generate_result *result)
{
	struct isp *isp;
	int error;

	memset(result, 0, sizeof(*result));
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return fail(result, "cannot make folder", folder, errno);
	isp = isp_new(conf);
	if (isp == NULL)
		return fail(result, "cannot make", "the lines", ENOMEM);
	error = write_configuration(folder, conf, result);
	if (error == 0)
		error = write_bindings(folder, isp, result);
	if (error == 0)
		error = write_indicators(folder, conf, result);
	if (error == 0)
		error = write_truth(folder, isp, result);
	isp_free(isp);
	return error;
}
