/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the desk believes of the sensor's spool.  The sensor reads what any
 * stranger sends; were it taken over, it still says nothing here that its
 * detectors couldn't have said: no weight above the configured one, no time to
 * come (which would leap a grace), nobody outside, no subject that isn't its
 * address's, no name of a detector that isn't ours (each would be a cause of
 * its own to the brakes).  What it can say, that an address of ours attacks,
 * the brakes have to bear.
 */
#ifndef ROLE_CREDIBLE_H
#define ROLE_CREDIBLE_H

#include "base/times.h"
#include "conf/conf.h"
#include "fact/sighting.h"

/* Clocks of exporters and ours may differ so much. */
#define CREDIBLE_AHEAD_US (10 * TIMES_MINUTE_US)

/*
 * NULL: believed; a weight above the configured one is cut to it.  Else why
 * not (static text).
 */
const char *credible_sighting(const struct conf *conf, struct at_event now,
			      struct sighting *sighting);

#endif
