/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes files and prints their records on standard output. */
#ifndef ROLE_DECODE_H
#define ROLE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "role/input.h"

struct decode {
	struct flow_decoder *decoder;
	bool json;
	bool failed; /* standard output took it no more */
	uint64_t records;
};

enum decode_end {
	DECODE_DONE,
	DECODE_REFUSED,    /* records were lost or refused; it has said so */
	DECODE_UNREADABLE, /* a file; it has said why */
	DECODE_OUTPUT      /* standard output is closed or full */
};

/* files: NULL-ended.  Sets decoder, sink and context of *conf. */
enum decode_end decode_files(struct decode *decode, struct input_conf *conf,
			     char **files);

#endif
