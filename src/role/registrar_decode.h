/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From raw records to lease events: which decoder reads what of which input,
 * and what the tracker must know of that source.
 */
#ifndef ROLE_REGISTRAR_DECODE_H
#define ROLE_REGISTRAR_DECODE_H

#include "conf/conf.h"
#include "fact/lease_event.h"
#include "ident/tracker.h"
#include "lease/accounting.h"
#include "role/raw_record.h"

struct registrar_decoder;

/* Has said on standard error what is wrong (a pattern file) where it answers an
 * error. */
LZ_NODISCARD int registrar_decoder_new(const struct conf *conf,
				       struct registrar_decoder **decoder);
void registrar_decoder_free(struct registrar_decoder *decoder);

/* What decoders have learned (templates), kept in the role's folder over a
 * restart.  -errno; what a damaged file holds is said and passed over. */
LZ_NODISCARD int registrar_decoder_load(struct registrar_decoder *decoder,
					int folder);
LZ_NODISCARD int registrar_decoder_save(struct registrar_decoder *decoder,
					int folder);

/*
 * Gives the events of a record to `output`; *source is what is configured of
 * its input (number 0; interim, completeness, clock).  LZ_E_NOT_FOUND: no input
 * of that name and kind is configured any more.
 */
LZ_NODISCARD int registrar_decode(struct registrar_decoder *decoder,
				  const struct raw_record *record,
				  uint64_t origin,
				  struct tracker_source *source,
				  const struct lease_output *output);
/* Is it a log whose stamps are its own words, to be watched for a change of
 * their form (lease/time_watch.h)? */
bool registrar_decode_watched(const struct registrar_decoder *decoder,
			      const struct raw_record *record);

/* Sources that are stopped: their times changed form, and somebody has to
 * look. */
unsigned registrar_decoder_stopped(const struct registrar_decoder *decoder);
/* Somebody has looked. */
void registrar_decoder_resume(struct registrar_decoder *decoder);
/* The configuration's holders, or class and user-name. */
LZ_NODISCARD int
registrar_holders_fill(struct accounting_conf *conf,
		       const struct registrar_holders *holders);

#endif
