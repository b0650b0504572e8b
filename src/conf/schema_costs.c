/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `costs`. */
#include "conf/schema_rows.h"

const struct schema schema_costs_rows[] = {
    TEXT_ROW("currency", costs.currency,
	     "Name of the unit of the rows below. Without it no costs are "
	     "counted.",
	     .example = "EUR"),
    ROW("notice_mail", KIND_SCORE, costs.mail_milli, 0, 1000000, "0",
	"A notice by mail."),
    ROW("notice_sms", KIND_SCORE, costs.sms_milli, 0, 1000000, "0",
	"A notice by text message."),
    ROW("letter", KIND_SCORE, costs.letter_milli, 0, 1000000, "0",
	"A notice by letter."),
    ROW("call", KIND_SCORE, costs.call_milli, 0, 1000000, "0",
	"A notice by telephone."),
    ROW("hour", KIND_SCORE, costs.hour_milli, 0, 10000000, "0",
	"An hour of staff."),
    ROW("contact_minutes", KIND_NUMBER, costs.contact_minutes, 0, 480, "0",
	"Minutes of staff for each release by staff, objection and question "
	"to a person."),
    END};
