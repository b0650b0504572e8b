/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: a case's sightings by class and family.  A row is kept however
 * many sightings are thinned away, and freed when all of it is withdrawn.
 */
#ifndef CASE_FINDINGS_H
#define CASE_FINDINGS_H

#include "case/step.h"

/*
 * Counts one sighting; answers its row.  Where no row is free, it goes into
 * its class's row without a family; that row is made of the class's newest one
 * (of any class's, where it has none) when it isn't there.
 */
uint8_t case_findings_add(struct case_record *record, uint8_t class,
			  const char *family, struct at_event time);
/* One sighting of the row was withdrawn. */
void case_findings_drop(struct case_record *record, uint8_t row);

#endif
