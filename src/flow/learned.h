/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decoder has learned from routers, as bytes: exporters, their samplers
 * and templates, schema number first.  Part of the decoder (decoder.h says what
 * it is for); nobody else includes this.
 */
#ifndef FLOW_LEARNED_H
#define FLOW_LEARNED_H

#include "base/cursor.h"
#include "base/writer.h"
#include "flow/exporter.h"
#include "flow/template_table.h"

#define LEARNED_SCHEMA 2
/* Knew nothing of translators: their templates are learned anew. It had no
 * number of the next datagram either. */
#define LEARNED_SCHEMA_1 1
#define LEARNED_AGE_US_MAX TIMES_HOUR_US

size_t learned_bytes(const struct exporter_table *exporters,
		     const struct template_table *templates);
void learned_save(const struct exporter_table *exporters,
		  const struct template_table *templates, struct at_arrival now,
		  struct writer *writer);
LZ_NODISCARD int learned_load(struct exporter_table *exporters,
			      struct template_table *templates,
			      struct at_arrival now, struct cursor *cursor);

#endif
