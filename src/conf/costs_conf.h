/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What acts cost the operator, for `lazaret effect`: thousandths of its
 * currency.  Nothing decides by them.
 */
#ifndef CONF_COSTS_CONF_H
#define CONF_COSTS_CONF_H

#include <stdint.h>

#define COSTS_CURRENCY_SIZE 8

struct costs_conf {
	char currency[COSTS_CURRENCY_SIZE]; /* "": no costs are counted */
	int32_t mail_milli, sms_milli, letter_milli, call_milli; /* a notice */
	int32_t hour_milli;                                      /* of staff */
	uint32_t contact_minutes; /* of staff, each time a person is needed */
};

#endif
