/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the registrar's live inputs have gone silent: a NAS or translator
 * that nobody hears any more names nobody, and nothing else would tell.  What
 * is silent is said once on standard error, and once when it is heard again.
 * It decides about no binding: that is the tracker's, by each session's words.
 */
#ifndef ROLE_REGISTRAR_SILENCE_H
#define ROLE_REGISTRAR_SILENCE_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/* Of inputs that don't say how often they speak. */
#define REGISTRAR_SILENCE_US TIMES_HOUR_US

struct registrar_silence;

/* All are taken as heard at `now_us` (monotonic).  conf is borrowed.  NULL: no
 * memory. */
struct registrar_silence *
registrar_silence_new(const struct registrar_conf *conf, int64_t now_us);
void registrar_silence_free(struct registrar_silence *silence);

/* kind: RAW_RADIUS, RAW_SYSLOG or RAW_IPFIX, any other is passed over; input:
 * the configuration's row of that kind. */
void registrar_silence_heard(struct registrar_silence *silence, uint8_t kind,
			     uint16_t input, int64_t now_us);
/* How many are silent now: four times their interim, else an hour. */
size_t registrar_silence_count(struct registrar_silence *silence,
			       int64_t now_us);

#endif
