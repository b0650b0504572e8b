/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow input from files: recognises the form (pcap of export datagrams, text
 * of Argus, nfdump or Zeek), unpacks gzip, xz and zstd on the way, and hands
 * records to a sink.  The file is read in bounded pieces; nothing is left behind.
 */
#ifndef ROLE_INPUT_H
#define ROLE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "fact/flow_record.h"
#include "flow/decoder.h"
#include "flow/text_rows.h"

enum input_format {
	INPUT_AUTO,
	INPUT_DATAGRAMS,
	INPUT_ARGUS,
	INPUT_NFDUMP, /* its CSV */
	INPUT_ZEEK    /* conn.log */
};

struct input_conf {
	enum input_format format;
	int32_t zone_offset_s; /* of zoneless text times */
	uint16_t port;         /* further export port in captures; 0: none */
	struct flow_decoder *decoder; /* for datagrams */
	flow_sink *sink;
	void *context;
	/* Progress: bytes of the file read so far and in all; may be NULL. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
};

struct input_result {
	enum input_format format;  /* what it was */
	struct text_stats text;    /* of what wasn't a capture */
	uint64_t frames, not_flow; /* frames, and those not export datagrams */
	char message[256]; /* on failure: what, where, what was expected */
};

/* Reads one file.  LZ_E_UNSUPPORTED, LZ_E_FORMAT or -errno with a message. */
LZ_NODISCARD int input_file(const char *path, const struct input_conf *conf,
			    struct input_result *result);

#endif
