/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The traffic generator's effects: writes what an operator would write about
 * the invented provider (configuration, bindings, indicators, and the truth,
 * to compare with), its traffic as a capture of export datagrams, or sends
 * those datagrams over UDP in real time.
 */
#ifndef ROLE_GENERATE_H
#define ROLE_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "net/addr.h"
#include "sim/isp.h"

struct generate_result {
	uint64_t records, datagrams;
	char message[256]; /* on failure: what, where, what to do */
};

/*
 * Writes lazaret.yaml, bindings.csv, indicators.csv and truth.csv into a
 * folder (made if it is missing).  -errno with a message.
 */
LZ_NODISCARD int generate_files(const char *folder, const struct isp_conf *conf,
				struct generate_result *result);

/* Writes all export datagrams as a pcap file.  -errno with a message. */
LZ_NODISCARD int generate_capture(const char *path, const struct isp_conf *conf,
				  struct generate_result *result);

/*
 * Sends the export datagrams when their time has come (conf->start is now).
 * `to` are the two routers' collectors.  `progress` is called about once a
 * second with the time passed; answering false stops.
 */
typedef bool generate_progress(void *context, int64_t passed_us,
			       const struct generate_result *so_far);
LZ_NODISCARD int generate_send(const struct endpoint to[ISP_ROUTERS],
			       const struct isp_conf *conf,
			       generate_progress *progress, void *context,
			       struct generate_result *result);

/* What `lazaret generate` was asked for. */
struct generate_order {
	struct isp_conf isp;
	const char *folder, *capture; /* NULL: not asked for */
	bool send;
	struct endpoint to[ISP_ROUTERS];
};

/*
 * All of it, with progress on a terminal; SIGINT and SIGTERM end the sending
 * in order (0).  -errno with a message.
 */
LZ_NODISCARD int generate_run(struct generate_order *order,
			      struct generate_result *result);
/* Our clock, for a start of "now". */
struct at_event generate_now(void);

#endif
