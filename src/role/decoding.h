/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `lazaret decode` prints while it reads: flow records, translators'
 * events, and at the end a line an exporter and what was refused.
 */
#ifndef ROLE_DECODING_H
#define ROLE_DECODING_H

#include <stdbool.h>

#include "flow/decoder.h"
#include "flow/text_rows.h"

struct decoding {
	struct flow_decoder *decoder;
	bool json;
};

/* Has the decoder hand over what translators said; borrows `decoding`. */
void decoding_begin(struct decoding *decoding);
/* A flow_sink: prints records, text or not. */
void decoding_flows(void *context, const struct flow_record *records,
		    size_t count);
/* True, and said on standard error by reason, when rows of text were refused. */
bool decoding_refused(const char *path, const struct text_stats *stats);
/* Prints the exporters.  True, and said on standard error, when something was
 * refused or lost. */
bool decoding_end(const struct decoding *decoding);

#endif
