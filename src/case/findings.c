/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of one class and one family, few enough to be looked through. */
#include <string.h>

#include "case/findings.h"

static struct case_finding *
find(struct case_record *record, uint8_t class, const char *family)
{
	for (uint32_t i = 0; i < record->finding_count; i++)
		if (record->findings[i].class == class &&
		    strcmp(record->findings[i].family, family) == 0)
			return &record->findings[i];
	return NULL;
}

static struct case_finding *
take_free(struct case_record *record)
{
	for (uint32_t i = 0; i < record->finding_count; i++)
		if (record->findings[i].class == RSIT_NONE)
			return &record->findings[i];
	return record->finding_count < CASE_FINDINGS_MAX
		   ? &record->findings[record->finding_count++]
		   : NULL;
}

/* The class's last row, from now on for all further families of it. */
static struct case_finding *
widen(struct case_record *record, uint8_t class)
{
	struct case_finding *row = &record->findings[CASE_FINDINGS_MAX - 1];

	for (uint32_t i = 0; i < record->finding_count; i++)
		if (record->findings[i].class == class)
			row = &record->findings[i];
	memset(row->family, 0, sizeof(row->family));
	return row;
}

uint8_t
case_findings_add(struct case_record *record, uint8_t class, const char *family,
		  struct at_event time)
{
	struct case_finding *row = find(record, class, family);

	if (!row) {
		row = take_free(record);
		if (row) {
			memset(row, 0, sizeof(*row));
			row->class = class;
			row->first = row->last = time;
			(void)text_copy(row->family, sizeof(row->family),
					slice_of(family));
		}
	}
	if (!row)
		row = find(record, class, "");
	if (!row)
		row = widen(record, class);
	row->count++;
	if (time.us < row->first.us)
		row->first = time;
	if (time.us > row->last.us)
		row->last = time;
	return (uint8_t)(row - record->findings);
}

void
case_findings_drop(struct case_record *record, uint8_t row)
{
	struct case_finding *finding = &record->findings[row];

	if (row >= record->finding_count || finding->count == 0)
		return;
	if (--finding->count == 0)
		memset(finding, 0, sizeof(*finding));
}
