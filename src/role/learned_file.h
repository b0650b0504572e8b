/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor's file of what routers say once in many minutes (flow/decoder.h),
 * so that a restarted sensor reads their data at once.
 */
#ifndef ROLE_LEARNED_FILE_H
#define ROLE_LEARNED_FILE_H

#include "base/errors.h"
#include "base/times.h"
#include "flow/decoder.h"

#define LEARNED_FILE_NAME "templates"

/*
 * Into a decoder that has seen nothing.  No file: 0.  LZ_E_CHECKSUM and what
 * flow_decoder_load says: the decoder is best freed.  -errno.
 */
LZ_NODISCARD int learned_file_read(int folder_fd, struct at_arrival now,
				   struct flow_decoder *decoder);
/* In one step: a kill leaves the old file or the new one.  -errno. */
LZ_NODISCARD int learned_file_write(int folder_fd, struct at_arrival now,
				    const struct flow_decoder *decoder);

#endif
